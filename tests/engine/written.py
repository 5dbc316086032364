"""What is written out over single numbers, computed again: the assertions that several tests share."""

import math
from collections.abc import Iterator

import numpy as np

from app.engine.explain import local_formula, locals_of, value_formula
from app.engine.formula import (
    FUNCTIONS,
    Call,
    Formula,
    Leaf,
    Negative,
    Number,
    Place,
    Power,
    Product,
    Quotient,
    Series,
    Sum,
)
from app.engine.graph import Graph
from app.engine.plan import Plan, Snapshot

NAMES = {**FUNCTIONS, "inf": math.inf, "nan": math.nan}


def finished(graph: Graph) -> Snapshot:
    plan = Plan(graph)
    plan.run(1, graph.backward_end)
    return plan.snapshot()


def size(formula: Formula) -> float:
    """How large the numbers are that a formula adds up: what its rounding errors are relative to.

    Where numbers cancel, the digits of the difference are not those of its parts: 1 − 0.9999999 has nine of sixteen.
    """
    match formula:
        case Leaf():
            return abs(formula.value)
        case Sum(parts):
            return sum(size(part) for part in parts)
        case Product(factors):
            return math.prod(size(factor) for factor in factors)
        case Quotient(numerator, denominator):
            return size(numerator) * abs((1.0 / denominator).value)
        case Power(base, exponent) if exponent.value > 0:
            return Power(Number(size(base)), exponent).value
        case Negative(of):
            return size(of)
        case Call("ln", _):
            return max(1.0, abs(formula.value))
    return abs(formula.value)


def assert_computes(formula: Formula, number: float) -> None:
    """Value and text compute to the number within 1e-12 of it, or of what was added up to make it."""
    tolerance = max(1e-12 * abs(number), 1e-13 * min(size(formula), 1e300))
    if math.isfinite(number):
        assert abs(formula.value - number) <= tolerance
        assert abs(eval(formula.text(), dict(NAMES)) - number) <= tolerance
    else:
        # A comparison with what is not a number is 0, whatever else is made of it.
        assert formula.text() and (formula.value in (number, 0.0) or math.isnan(formula.value) == math.isnan(number))


def assert_value_computes(graph: Graph, shown: Snapshot, id: str, index: tuple[int, ...]) -> None:
    formula = value_formula(graph, shown.value, id, index)
    assert_places_hold(formula, shown)
    assert_computes(formula, float(shown.value(id)[index]))


def assert_locals_compute(graph: Graph, shown: Snapshot, consumer: str, argument: int, index: tuple[int, ...]) -> None:
    places, locals = locals_of(graph, shown.value, graph[consumer], argument, index)
    for place, local in zip(places.tolist(), locals.tolist(), strict=True):
        formula = local_formula(graph, shown.value, consumer, argument, index, tuple(place))
        assert_places_hold(formula, shown)
        assert_computes(formula, local)


def assert_places_hold(formula: Formula, shown: Snapshot) -> None:
    """Whatever a formula says stands at a place of the graph does stand there."""
    for place in leaves(formula):
        if isinstance(place, Place):
            np.testing.assert_equal(place.number, float(shown.value(place.node)[place.index]))


def leaves(formula: Formula) -> Iterator[Leaf]:
    if isinstance(formula, Leaf):
        yield formula
        return
    for name in formula.__dataclass_fields__:
        part = getattr(formula, name)
        for one in part if isinstance(part, tuple | Series) else (part,):
            if isinstance(one, Formula):
                yield from leaves(one)


def assert_all_compute(graph: Graph, id: str) -> None:
    """Every element of a node, and every local derivative of it."""
    shown = finished(graph)
    for index in np.ndindex(*graph[id].shape):
        assert_value_computes(graph, shown, id, index)
    for argument, input in enumerate(graph[id].inputs):
        if graph[id].row.rules[argument] and not graph[input].integer:
            for index in np.ndindex(*graph[input].shape):
                assert_locals_compute(graph, shown, id, argument, index)
