"""Which numbers a number reaches through one op, and which it is reached from: of many at once, as masks."""

from __future__ import annotations

from collections.abc import Callable
from math import prod

import numpy as np

from app.engine.elements import repeated, unraveled
from app.engine.formula import Index
from app.engine.graph import Graph, Operation, rule_of
from app.engine.program import unbroadcast
from app.engine.row import Shape

Numbers = Callable[[str], np.ndarray]
"""A node's id → its numbers."""


def only(shape: Shape, index: Index) -> np.ndarray:
    """A mask of one element."""
    mask = np.zeros(shape, bool)
    mask[index] = True
    return mask


def reached(graph: Graph, consumer: Operation, argument: int, mask: np.ndarray) -> np.ndarray:
    """Which elements of the consumer some elements of its argument reach: those that become NaN with them."""
    if consumer.size == 1:
        return np.full(consumer.shape, mask.any())
    if consumer.row.is_elementwise:
        return np.broadcast_to(mask, consumer.shape)
    tainted = _ones(graph, consumer)
    tainted[argument] = np.where(mask, np.nan, 1.0)
    with np.errstate(all="ignore"):
        found: np.ndarray = np.isnan(consumer.row.value(*tainted, **consumer.attributes))
    return found


def reaching(graph: Graph, consumer: Operation, argument: int, mask: np.ndarray) -> np.ndarray:
    """Which elements of an argument some elements of the consumer depend on: those that a NaN flows back to."""
    shape = graph[consumer.inputs[argument]].shape
    rule = consumer.row.rules[argument]
    if rule is None or prod(shape) == 1:
        return np.full(shape, mask.any())
    ones = _ones(graph, consumer)
    with np.errstate(all="ignore"):
        y = consumer.row.forward(*ones, **consumer.attributes)
        share = rule.vjp(np.where(mask, np.nan, 0.0), y, *ones, **consumer.attributes)
        found: np.ndarray = np.isnan(np.broadcast_to(unbroadcast(np.asarray(share), shape), shape))
    return found


def _ones(graph: Graph, consumer: Operation) -> list[np.ndarray]:
    """Arguments that hide nothing: a zero or an infinity would, and ones may be class numbers, too."""
    return [np.ones(graph[id].shape) for id in consumer.inputs]


def all_locals(graph: Graph, values: Numbers, consumer: Operation, argument: int) -> np.ndarray | None:
    """Every local derivative of an argument at once, where each number of it reaches one place of the consumer.

    Element by element in the shape of the consumer; of a scalar consumer in the shape of the argument. Else None.
    """
    row = consumer.row
    if not row.is_elementwise and consumer.size > 1:
        return None
    arguments = [values(id) for id in consumer.inputs]
    with np.errstate(all="ignore"):
        y = row.forward(*arguments, **consumer.attributes)
        share = rule_of(consumer, argument).vjp(np.ones(consumer.shape), y, *arguments, **consumer.attributes)
    return np.broadcast_to(share, consumer.shape if row.is_elementwise else arguments[argument].shape)


def factor_of(consumer: Operation, argument: int) -> int:
    """The argument of which a local derivative is simply an element, by its number. Raises TypeError if none is."""
    factor = rule_of(consumer, argument).factor
    if factor is None:
        raise TypeError(f"the local derivative of {consumer.id} is no factor")
    return factor


def factor_index(graph: Graph, consumer: Operation, argument: int, index: Index, place: Index) -> Index:
    """Which element of the other factor is ∂consumer[place]/∂argument[index], for a rule that has a `factor`.

    Such an op is a sum of products, so with a single 1 in one factor its output is that element of the other one.
    """
    factor = factor_of(consumer, argument)
    made = [np.zeros(graph[id].shape) for id in consumer.inputs]
    made[argument][index] = 1.0
    made[factor] = np.arange(1.0, graph[consumer.inputs[factor]].size + 1).reshape(made[factor].shape)
    number = int(consumer.row.value(*made, **consumer.attributes)[place]) - 1
    return unraveled(number, made[factor].shape)


def told_by(
    graph: Graph, values: Numbers, consumer: Operation, argument: int, index: Index, place: Index
) -> tuple[str, Index]:
    """Which operand makes ∂consumer[place]/∂argument[index] what it is: mostly the number itself.

    It is the other one of two where the derivative stays as it is when the number itself changes.
    """
    id = consumer.inputs[argument]
    if not consumer.row.is_elementwise or len(consumer.inputs) != 2:
        return id, index
    places = [repeated(place, graph[input].shape) for input in consumer.inputs]
    operands = [np.array(values(input)[where]) for input, where in zip(consumer.inputs, places, strict=True)]
    elsewhere = np.array(0.25 if operands[argument] == 0.5 else 0.5)
    changed = [elsewhere if number == argument else one for number, one in enumerate(operands)]
    with np.errstate(all="ignore"):
        is_same = np.array_equal(
            _slope(consumer, argument, operands), _slope(consumer, argument, changed), equal_nan=True
        )
    return (consumer.inputs[1 - argument], places[1 - argument]) if is_same else (id, index)


def _slope(consumer: Operation, argument: int, operands: list[np.ndarray]) -> float:
    y = consumer.row.forward(*operands, **consumer.attributes)
    return float(rule_of(consumer, argument).vjp(np.ones(()), y, *operands, **consumer.attributes))


def first(mask: np.ndarray) -> Index:
    """The first element of a mask that is set."""
    return unraveled(int(mask.argmax()), mask.shape)


def are_rows(places: np.ndarray, shape: Shape) -> bool:
    """Whether places (n, axes) are the same element of every row."""
    if len(shape) < 2 or len(places) != shape[0] or shape[0] < 2:
        return False
    return bool((places[:, 1:] == places[0, 1:]).all())
