"""Graphs of many forms, for tests of pictures."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from app.engine.graph import Graph, GraphBuilder
from app.layout.layouts import Layouts
from app.nn.expression import parse
from app.nn.limits import Limits
from app.nn.presets import PRESETS
from app.nn.problem import build
from app.nn.spec import parse_spec

COLAH = "a = 2\nb = 1\nc = a + b\nd = b + 1\ne = c * d"


def one_node() -> Graph:
    """The smallest graph: a parameter that is its own loss."""
    builder = GraphBuilder()
    builder.parameter("x", 3.0)
    return builder.build()


def preset(name: str) -> Graph:
    """The graph of a worked example."""
    return build(parse_spec(PRESETS[name].spec, Limits()), Limits()).graph


def chain(length: int) -> Graph:
    """One product after the other, each with the same factor."""
    products = (f"c{number + 1} = c{number} * k" for number in range(length))
    return parse("\n".join(["k = 0.5", "c0 = 1.0", *products]), Limits())


def wide_sum(terms: int) -> Graph:
    """A sum of thousands of names, written as a program adds them."""
    names = [f"x{number} = {number}.0" for number in range(terms)]
    return parse("\n".join([*names, "s = x0", *(f"s += x{number}" for number in range(1, terms))]), Limits())


def scalar_network(*sizes: int) -> Graph:
    """A dense network written out number by number."""
    lines, before = [f"x{number} = input(0.5)" for number in range(sizes[0])], [f"x{n}" for n in range(sizes[0])]
    for layer, units in enumerate(sizes[1:], 1):
        names = [f"h{layer}_{unit}" for unit in range(units)]
        for unit, name in enumerate(names):
            weights = [f"w{layer}_{unit}_{number}" for number in range(len(before))]
            lines += [f"{weight} = 0.1" for weight in weights]
            products = " + ".join(f"{w} * {x}" for w, x in zip(weights, before, strict=True))
            lines.append(f"{name} = tanh({products})")
        before = names
    return parse("\n".join([*lines, f"loss = {' + '.join(f'{name}**2' for name in before)}"]), Limits())


def recurrent(steps: int) -> Graph:
    """A recurrent net, unrolled: the same weights at every time step."""
    lines = ["W = [[0.1, 0.2], [0.3, 0.4]]", "U = [[0.5, 0.1], [0.2, 0.3]]", "b = [0.1, 0.1]", "h0 = input([0, 0])"]
    for step in range(1, steps + 1):
        lines += [f"x{step} = input([{step}, 1])", f"h{step} = tanh(W @ h{step - 1} + U @ x{step} + b)"]
    return parse("\n".join([*lines, f"loss = sum(h{steps} ** 2)"]), Limits())


FORMS = {
    "colah": lambda: parse(COLAH, Limits()),
    "mazur": lambda: preset("mazur"),
    "article": lambda: preset("article"),
    "article-training": lambda: preset("article-training"),
    "micrograd": lambda: preset("micrograd"),
    "cs231n-staged": lambda: preset("cs231n-staged"),
    "squares": lambda: parse("x = 3\ny = x * x\nz = y * y + x * x", Limits()),
    "one node": one_node,
    "shared leaf": lambda: chain(40),
    "recurrent": lambda: recurrent(6),
    "network": lambda: scalar_network(3, 6, 5, 2),
    "unused": lambda: parse("a = 1\nb = 2\nc = a * 2\nd = b + 1", Limits()),
    "window of a chain": lambda: chain(2000),
    "window of a sum": lambda: wide_sum(1600),
}


def wait_patiently(layouts: Layouts) -> None:
    """Have every page wait for its picture, however busy the machine is: else it comes without, and asks again."""
    layouts.layout_for = partial(layouts.layout_for, patience=60.0)


@contextmanager
def office(*arguments, **named) -> Iterator[Layouts]:
    """Layouts that are closed at the end. Graphviz has time enough on a busy machine, unless a test gives it less."""
    layouts = Layouts(*arguments, **{"seconds": 60.0, **named})
    try:
        yield layouts
    finally:
        layouts.close()
