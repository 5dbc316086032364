"""The ops for people: what each row says, its formulas, its curve, and one example run through the engine."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np

from app.engine.graph import Graph, GraphBuilder, forward_cost
from app.engine.ops import OPS, Example, Op
from app.engine.plan import Plan
from app.errors import N_
from app.notation import numbers
from app.notation.formulas import formula

SYMBOLS = {"prediction": r"\hat{y}", "target": "y"}
OUTPUT = "output"
CURVE_SPAN = 4.0
CURVE_POINTS = 97
CURVE_TOP = 3.0


@dataclass(frozen=True)
class Derivative:
    """What one argument receives, in MathML: the left and the right side of ∂L/∂argument = …"""

    left: str
    right: str


@dataclass(frozen=True)
class Curve:
    """An op of one number drawn from −4 to 4: its value and its derivative, as points of SVG polylines."""

    values: tuple[str, ...]
    slopes: tuple[str, ...]


@dataclass(frozen=True)
class WorkedArgument:
    """One argument of an example, its symbol in MathML, and the gradient that comes back to it."""

    symbol: str
    value: str
    gradient: str | None


@dataclass(frozen=True)
class WorkedExample:
    """An example of a row, run forward and backward by the engine."""

    arguments: tuple[WorkedArgument, ...]
    attributes: str
    output: WorkedArgument
    cost: int


@dataclass(frozen=True)
class OpEntry:
    """One op as its page shows it."""

    name: str
    signature: str
    sentence: str
    formula: str
    derivatives: tuple[Derivative, ...]
    curve: Curve | None
    example: WorkedExample


@dataclass(frozen=True)
class OpFamily:
    """Ops of one kind, under a title."""

    id: str
    title: str
    entries: tuple[OpEntry, ...]


FAMILIES: tuple[tuple[str, str, Callable[[Op], bool]], ...] = (
    ("arithmetic", N_("Arithmetic, element by element"), lambda op: op.is_elementwise and len(op.arguments) > 1),
    ("functions", N_("Functions of one number"), lambda op: op.is_elementwise and len(op.arguments) == 1),
    ("arrays", N_("Matrices, shapes and reductions"), lambda op: not op.is_elementwise and not op.is_loss),
    ("losses", N_("Losses"), lambda op: op.is_loss),
)


@cache
def op_families() -> tuple[OpFamily, ...]:
    """Every op of the table, under the title of its kind."""
    return tuple(
        OpFamily(id, title, tuple(op_entry(op) for op in OPS.values() if belongs(op)))
        for id, title, belongs in FAMILIES
    )


def op_entry(op: Op) -> OpEntry:
    """One row as its page shows it."""
    names, output = tuple(map(symbol_of, op.arguments)), output_of(op)
    derivatives = tuple(
        Derivative(formula(r"\frac{\partial L}{\partial #1} =", (name,)), formula(rule.latex, names, output))
        for name, rule in zip(names, op.rules, strict=True)
        if rule
    )
    whole = formula(f"#y = {op.latex}", names, output)
    return OpEntry(
        name=op.name,
        signature=signature(op),
        sentence=op.sentence,
        formula=whole,
        derivatives=derivatives,
        curve=curve(op.name),
        example=worked(op.name),
    )


def symbol_of(argument: str) -> str:
    """An argument as formulas write it, in LaTeX."""
    return SYMBOLS.get(argument, argument)


def output_of(op: Op) -> str:
    """The output as formulas write it: a loss is what all gradients are of."""
    return "L" if op.is_loss else "y"


def signature(op: Op) -> str:
    """How an expression calls the op."""
    keywords = (f"{name}={value!r}" for name, value in op.attributes.items())
    return f"{op.name}({', '.join([*op.arguments, *keywords])})"


@cache
def worked(name: str) -> WorkedExample:
    """The first example of a row: its output, and what comes back where the elements' gradients are 1, 2, 3, …"""
    op = OPS[name]
    example = op.examples[0]
    graph = example_graph(op, example)
    plan = Plan(graph)
    plan.run(1, graph.backward_end)
    found = plan.snapshot()

    def seen(id: str, symbol: str) -> WorkedArgument:
        gradient = shown(found.gradient(id)) if graph.has_gradient(id) else None
        return WorkedArgument(formula("#1", (symbol,)), shown(found.value(id)), gradient)

    arguments = tuple(seen(given, symbol_of(given)) for given, _ in zip(op.arguments, example.arguments, strict=False))
    attributes = ", ".join(f"{key}={value}" for key, value in example.attributes.items())
    return WorkedExample(
        arguments, attributes, seen(OUTPUT, output_of(op)), forward_cost(graph, graph.operation(OUTPUT))
    )


def shown(array: np.ndarray) -> str:
    """An array as nested lists of rounded numbers."""
    if array.ndim == 0:
        return numbers.short(float(array))
    return f"[{', '.join(shown(part) for part in array)}]"


def example_graph(op: Op, example: Example) -> Graph:
    """The op applied to its example; the loss weighs what comes out by 1, 2, 3, … and adds it up.

    Equal weights would hide what softmax does: its outputs sum to 1 whatever its inputs are.
    """
    builder = GraphBuilder()
    leaves = [builder.input(name, value) for name, value in zip(op.arguments, example.arguments, strict=False)]
    output = builder.op(op.name, leaves, OUTPUT, **example.attributes)
    if output.shape:
        weights = builder.constant("_weights", np.arange(1.0, output.size + 1).reshape(output.shape))
        builder.op("sum", [builder.op("mul", [output, weights], "_weighed")], "_loss")
    return builder.build()


@cache
def curve(name: str) -> Curve | None:
    """The curve of an op of one number and of its derivative, or None for every other op."""
    op = OPS[name]
    if not op.is_elementwise or len(op.arguments) != 1:
        return None
    x = np.linspace(-CURVE_SPAN, CURVE_SPAN, CURVE_POINTS)
    with np.errstate(all="ignore"):
        saved = op.forward(x)
        value = saved[0] if isinstance(saved, tuple) else saved
        # Outside the domain a rule may still give a number: there is no slope where there is no value.
        slope = np.where(np.isfinite(value), op.rules[0].vjp(np.ones_like(x), saved, x), np.nan)
    return Curve(polylines(x, value), polylines(x, slope))


def polylines(x: np.ndarray, y: np.ndarray) -> tuple[str, ...]:
    """The stretches of a curve that lie inside the picture, y growing downwards; a jump parts two stretches."""
    stretches: list[list[str]] = [[]]
    before = None
    for across, up in zip(x.tolist(), y.tolist(), strict=True):
        inside = abs(up) <= CURVE_TOP
        if not inside or (before is not None and abs(up - before) > 0.5):
            stretches.append([])
        if inside:
            stretches[-1].append(f"{across:.3g},{-up:.3g}")
        before = up if inside else None
    return tuple(" ".join(points) for points in stretches if len(points) > 1)
