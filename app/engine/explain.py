"""Where one number's gradient comes from: upstream × local = product, a term for each number it reaches directly."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from app.engine.graph import Graph, Node, rule_of
from app.engine.ops import OPS

Index = tuple[int, ...]
Numbers = Callable[[str], np.ndarray]
"""A node's id → its numbers."""


@dataclass(frozen=True, slots=True)
class Term:
    """The share that element `index` of `consumer` sends back through its argument number `argument`."""

    consumer: str
    argument: int
    index: Index
    upstream: float
    local: float

    @property
    def product(self) -> float:
        return self.upstream * self.local


def terms(graph: Graph, values: Numbers, gradients: Numbers, id: str, index: Index) -> list[Term]:
    """The terms that sum to the gradient of one element of a node, in the order of its consumers.

    `values` are those of the forward pass, so of parameters before their update; consumers' gradients must be complete.
    """
    if not graph.has_gradient(id):
        return []
    return [
        Term(user, argument, place, float(gradients(user)[place]), float(local))
        for user, argument in graph.consumers(id)
        if graph.has_gradient(user) and rule_of(graph[user], argument)
        for place, local in locals_of(graph, values, graph[user], argument, index)
    ]


def locals_of(
    graph: Graph, values: Numbers, consumer: Node, argument: int, index: Index
) -> list[tuple[Index, float]]:
    """∂consumer[place]/∂argument[index] for each place of the consumer that this element reaches."""
    arguments = [values(id) for id in consumer.inputs]
    # Listed here: a generator would compute after the warnings are switched on again.
    with np.errstate(all="ignore"):
        if OPS[consumer.op].is_elementwise:
            return list(_locals_elementwise(consumer, argument, index, arguments))
        reached = _reached(consumer, argument, index, arguments)
        by_rule = _locals_by_jvp if rule_of(consumer, argument).jvp else _locals_by_vjp
        return list(by_rule(consumer, argument, index, arguments, reached))


def _locals_elementwise(
    consumer: Node, argument: int, index: Index, arguments: list[np.ndarray]
) -> Iterator[tuple[Index, float]]:
    """An upstream gradient of ones makes every share a local derivative; broadcasting says which are the element's."""
    locals_ = np.broadcast_to(_share(consumer, argument, np.ones(consumer.shape), arguments), consumer.shape)
    shape = arguments[argument].shape
    extra = len(consumer.shape) - len(shape)
    for place in np.ndindex(*(_span(consumer.shape, shape, extra))):
        full = tuple(
            place[axis] if axis < extra or shape[axis - extra] == 1 else index[axis - extra]
            for axis in range(len(consumer.shape))
        )
        yield full, locals_[full]


def _span(output: Index, shape: Index, extra: int) -> list[int]:
    """Along each axis, how many outputs one element is repeated to."""
    return [n if axis < extra or shape[axis - extra] == 1 else 1 for axis, n in enumerate(output)]


def _reached(consumer: Node, argument: int, index: Index, arguments: list[np.ndarray]) -> np.ndarray:
    """Which outputs an element reaches: those that become NaN with it, whatever the derivative happens to be.

    The other numbers are ones: class numbers must stay class numbers, and a zero or an infinity proves nothing.
    """
    if consumer.size == 1:
        return np.ones(consumer.shape, bool)
    tainted = [
        np.ones_like(array) if number != argument else _one_hot(array, index, np.nan) + 1
        for number, array in enumerate(arguments)
    ]
    return np.isnan(OPS[consumer.op].value(*tainted, **consumer.attributes))


def _locals_by_jvp(
    consumer: Node, argument: int, index: Index, arguments: list[np.ndarray], reached: np.ndarray
) -> Iterator[tuple[Index, float]]:
    jvp: Any = rule_of(consumer, argument).jvp
    moved = jvp(_one_hot(arguments[argument], index, 1.0), *arguments, **consumer.attributes)
    for place in np.argwhere(reached).tolist():
        yield tuple(place), moved[tuple(place)]


def _locals_by_vjp(
    consumer: Node, argument: int, index: Index, arguments: list[np.ndarray], reached: np.ndarray
) -> Iterator[tuple[Index, float]]:
    for place in np.argwhere(reached).tolist():
        upstream = _one_hot(reached, tuple(place), 1.0)
        share = _share(consumer, argument, upstream, arguments)
        yield tuple(place), np.broadcast_to(share, arguments[argument].shape)[index]


def _share(consumer: Node, argument: int, g: np.ndarray, arguments: list[np.ndarray]) -> Any:
    y = OPS[consumer.op].forward(*arguments, **consumer.attributes)
    return rule_of(consumer, argument).vjp(g, y, *arguments, **consumer.attributes)


def _one_hot(like: np.ndarray, index: Index, number: float) -> np.ndarray:
    array = np.zeros(like.shape)
    array[index] = number
    return array
