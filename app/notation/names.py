"""Nodes, their elements and their derivatives as LaTeX, and the rows' own formulas with a graph's names in them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from app.engine.graph import Flow, Graph, Operation
from app.notation import numbers
from app.notation.formulas import LOGARITHM, PLACE
from app.notation.lettering import Chunk, name
from app.notation.rounding import MOST, rounded
from app.notation.symbols import MOST_SHARES, fitting, share_latex

EXPONENT = re.compile(r"e([+-]?)0*([1-9]\d*)")
POWER_OF_TEN = 3.5
"""How much wider `×10` and an exponent is than an `e` and its digits."""
SPECIAL: Mapping[str, str] = {"NaN": r"\mathrm{NaN}", "∞": r"\infty", "-∞": r"-\infty"}


def number(shown: str) -> str:
    """A rounded number as LaTeX sets it, `−1.5e−7` as `-1.5\\times10^{-7}`."""
    plain = shown.replace(numbers.MINUS, "-")
    return SPECIAL.get(plain) or EXPONENT.sub(r"\\times10^{\1\2}", plain.replace("e+", "e"))


def digits_of(value: float, digits: int) -> Chunk:
    """A number rounded to so many significant digits."""
    shown = rounded(value, digits)
    return Chunk(number(shown), len(shown) + POWER_OF_TEN * ("e" in shown))


def symbol(graph: Graph, id: str) -> Chunk:
    """A node's name; an unnamed constant is its number."""
    node = graph[id]
    if node.kind == "constant" and not node.shape and id.startswith("_"):
        return digits_of(float(node.initial), MOST)
    return name(id)


def element(graph: Graph, id: str, index: Sequence[int] = ()) -> Chunk:
    """One number of a node: its name, and where it stands in it."""
    place = f"[{','.join(map(str, index))}]" if index else ""
    own = symbol(graph, id)
    return Chunk(own.latex + place, own.width + len(place))


def derivative(graph: Graph, id: str, index: Sequence[int] = ()) -> Chunk:
    """∂loss/∂number."""
    above, below = name(graph.loss.id), element(graph, id, index)
    return Chunk(fraction(above.latex, below.latex), 1 + max(above.width, below.width))


def fraction(above: str, below: str) -> str:
    """∂above/∂below."""
    return rf"\frac{{\partial {above}}}{{\partial {below}}}"


def definition(graph: Graph, node: Operation) -> str:
    """`y = f(a, b)` of an op's node, as its row has it."""
    return f"{name(node.id).latex} = {inner(graph, node, node.row.latex)}"


def chain_rule(graph: Graph, id: str) -> str:
    """∂loss/∂node by its consumers: upstream · local for each, then what the rows' rules say it is."""
    whole = derivative(graph, id).latex
    if id == graph.loss.id:
        return f"{whole} = 1"
    edges = graph.flows(id)
    shown, rest = edges[:MOST_SHARES], r" + \cdots" if len(edges) > MOST_SHARES else ""
    users = list(dict.fromkeys(user.id for user, _ in edges))[:MOST_SHARES]
    own = symbol(graph, id).latex
    chained = [rf"{derivative(graph, user).latex}\,{fraction(name(user).latex, own)}" for user in users]
    return f"{whole} = {' + '.join(chained)}{rest} = {joined(graph, shown)}{rest}"


def joined(graph: Graph, edges: Sequence[Flow]) -> str:
    """The shares of several edges as one sum; a share with a minus before it needs no plus."""
    shares = [flowing_back(graph, user, argument) for user, argument in edges]
    return "".join(share if share.startswith("-") or not place else f" + {share}" for place, share in enumerate(shares))


def flowing_back(graph: Graph, consumer: Operation, argument: int) -> str:
    """What one argument of a consumer receives, as its row's rule says it."""
    return inner(graph, consumer, share_latex(consumer, argument))


def inner(graph: Graph, node: Operation, latex: str) -> str:
    """A row's formula with names in its places."""
    names = {str(place): operand(graph, id) for place, id in enumerate(node.inputs, start=1)}
    names |= {"y": name(node.id).latex, "g": derivative(graph, node.id).latex}
    spaced = LOGARITHM.sub(r"\\ln\\,", fitting(graph, node, latex))
    return PLACE.sub(lambda place: f"{{{names[place[1]]}}}", spaced)


def operand(graph: Graph, id: str) -> str:
    """A name inside a formula: a negative number in parentheses, so that no two signs follow each other."""
    own = symbol(graph, id).latex
    return f"({own})" if own.startswith("-") else own
