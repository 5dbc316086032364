"""Where one number's gradient comes from: upstream × local = product, a term for each number it reaches directly."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

import numpy as np

from app.engine.elements import Elements, repeated
from app.engine.formula import Formula, Index, Number, formula
from app.engine.graph import Graph, Leaf, Operation, rule_of
from app.engine.reach import Numbers, only, reached
from app.engine.row import Rule, Shape


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


@dataclass(frozen=True, slots=True, eq=False)
class Edge:
    """All terms of one argument of one consumer: places (terms, axes of the consumer), upstream and local (terms,)."""

    consumer: str
    argument: int
    places: np.ndarray
    upstream: np.ndarray
    local: np.ndarray

    def __len__(self) -> int:
        return len(self.local)

    def term(self, number: int) -> Term:
        place = tuple(self.places[number].tolist())
        return Term(self.consumer, self.argument, place, float(self.upstream[number]), float(self.local[number]))

    def total(self) -> float:
        """What all of them send back together."""
        with np.errstate(all="ignore"):
            return float(np.dot(self.upstream, self.local))


class Terms(Sequence[Term]):
    """The terms of one number, edge by edge. A number can have a million; each is made when it is looked at."""

    def __init__(self, edges: Sequence[Edge] = ()) -> None:
        self.edges = tuple(edges)
        self._ends = list(accumulate(map(len, self.edges)))

    def __len__(self) -> int:
        return self._ends[-1] if self._ends else 0

    def __getitem__(self, place: Any) -> Any:
        if isinstance(place, slice):
            return [self[number] for number in range(len(self))[place]]
        number = range(len(self))[place]
        edge = bisect_right(self._ends, number)
        return self.edges[edge].term(number - (self._ends[edge] - len(self.edges[edge])))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and list(self) == list(other)


def terms(
    graph: Graph, values: Numbers, gradients: Numbers, id: str, index: Index, read: Numbers | None = None
) -> Terms:
    """The terms that sum to the gradient of one element of a node, in the order of its consumers.

    `values` are those of the forward pass, so of parameters before their update; consumers' gradients must be complete.
    `read` are the arguments as the backward pass found them, where some parameters have moved by then.
    """
    if not graph.has_gradient(id):
        return Terms()
    edges = []
    for consumer, argument in graph.flows(id):
        places, local = locals_of(graph, values, consumer, argument, index, read)
        edges.append(Edge(consumer.id, argument, places, _at(gradients(consumer.id), places), local))
    return Terms(edges)


def locals_of(
    graph: Graph, values: Numbers, consumer: Operation, argument: int, index: Index, read: Numbers | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """The places of the consumer that this element of its argument reaches, and ∂consumer[place]/∂element for each.

    `read` are the arguments as the backward pass found them, where that is not as the forward pass left them.
    """
    arguments = [(read or values)(id) for id in consumer.inputs]
    with np.errstate(all="ignore"):
        y = _returned(consumer, [values(id) for id in consumer.inputs], arguments)
        if consumer.row.is_elementwise:
            local = _share(consumer, argument, np.ones(consumer.shape), y, arguments)
            places = _repeated_to(consumer.shape, arguments[argument].shape, index)
            return places, _at(np.broadcast_to(local, consumer.shape), places)
        places = np.argwhere(reached(graph, consumer, argument, only(arguments[argument].shape, index)))
        rule = rule_of(consumer, argument)
        if rule.factor is not None:
            local = _local_of(rule)(tuple(places.T), index, None, *arguments, **consumer.attributes)
            return places, np.broadcast_to(local, len(places))
        if rule.jvp:
            moved = rule.jvp(only(arguments[argument].shape, index) * 1.0, *arguments, **consumer.attributes)
            return places, _at(np.broadcast_to(moved, consumer.shape), places)
        return places, np.array([_local_by_vjp(consumer, argument, index, y, arguments, place) for place in places])


def _returned(consumer: Operation, then: list[np.ndarray], now: list[np.ndarray]) -> Any:
    """What the forward rule returned; an argument that it handed through is the one that stands there now."""
    y = consumer.row.forward(*then, **consumer.attributes)
    if not isinstance(y, tuple):
        return y
    return tuple(next((new for old, new in zip(then, now, strict=True) if part is old), part) for part in y)


def value_formula(graph: Graph, values: Numbers, id: str, index: Index) -> Formula | None:
    """How one element of an op's node follows from single numbers of its inputs; None for leaves."""
    node = graph[id]
    if isinstance(node, Leaf):
        return None
    row, arguments = node.row, [Elements(input, values(input)) for input in node.inputs]
    write = row.element or row.forward
    if row.is_elementwise:
        return formula(write(*(one[repeated(index, one.shape)] for one in arguments), **node.attributes))
    return formula(write(index, *arguments, **node.attributes))


def local_formula(
    graph: Graph,
    values: Numbers,
    consumer_id: str,
    argument: int,
    index: Index,
    place: Index,
    read: Numbers | None = None,
) -> Formula:
    """∂consumer[place]/∂argument[index], for a place that this element of the consumer's argument reaches.

    `read` are the arguments as the backward pass found them, where that is not as the forward pass left them.
    """
    node = graph.operation(consumer_id)
    rule, arguments = rule_of(node, argument), [Elements(input, (read or values)(input)) for input in node.inputs]
    output = Elements(consumer_id, values(consumer_id))
    if not node.row.is_elementwise:
        return formula(_local_of(rule)(place, index, output, *arguments, **node.attributes))
    places = [output[place], *(one[repeated(place, one.shape)] for one in arguments)]
    local = rule.local(*places, **node.attributes) if rule.local else rule.vjp(Number(1.0), *places, **node.attributes)
    return formula(local)


def _local_of(rule: Rule) -> Callable[..., Any]:
    """What writes a local derivative that is not said by the vjp of 1. Raises TypeError where the row says nothing."""
    if rule.local is None:
        raise TypeError(f"no local derivative is written for {rule.latex}")
    return rule.local


def _at(array: np.ndarray, places: np.ndarray) -> np.ndarray:
    """The elements of an array at places (n, axes)."""
    found: np.ndarray = np.asarray(array)[tuple(places.T)].reshape(-1)
    return found


def _repeated_to(output: Shape, shape: Shape, index: Index) -> np.ndarray:
    """The places of an output that broadcasting repeats one element of an argument to."""
    extra = len(output) - len(shape)
    along = [
        np.arange(length) if axis < extra or shape[axis - extra] == 1 else np.array([index[axis - extra]])
        for axis, length in enumerate(output)
    ]
    if not along:
        return np.zeros((1, 0), int)
    return np.stack(np.meshgrid(*along, indexing="ij"), axis=-1).reshape(-1, len(output))


def _local_by_vjp(
    consumer: Operation, argument: int, index: Index, y: Any, arguments: list[np.ndarray], place: np.ndarray
) -> float:
    upstream = only(consumer.shape, tuple(place)) * 1.0
    share = _share(consumer, argument, upstream, y, arguments)
    return float(np.broadcast_to(share, arguments[argument].shape)[index])


def _share(consumer: Operation, argument: int, g: np.ndarray, y: Any, arguments: list[np.ndarray]) -> Any:
    return rule_of(consumer, argument).vjp(g, y, *arguments, **consumer.attributes)
