"""Why a number is not finite, followed back to the first that was not, in the order in which they were computed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from heapq import heappop, heappush

import numpy as np

from app.engine.cause import Cause, Kind
from app.engine.elements import repeated
from app.engine.explain import Edge, Term, terms
from app.engine.formula import Index, Place
from app.engine.graph import Graph, Leaf, Operation
from app.engine.reach import Numbers, first, only, reached, reaching, told_by

Test = Callable[[np.ndarray], np.ndarray]


def why_not_finite(
    graph: Graph, values: Numbers, id: str, index: Index, is_gradient: bool = False
) -> tuple[Cause, ...]:
    """Of a value: where NaN was born of infinities, if it was, and the first number of all that was not finite."""
    start = _source(graph, values, id, index, lambda array: ~np.isfinite(array))
    first_of_all = _made(graph, values, *start, is_gradient)
    if not np.isnan(values(id)[index]) or np.isnan(first_of_all.at.number):
        return (first_of_all,)
    source = _source(graph, values, id, index, np.isnan)
    if isinstance(graph[source[0]], Leaf):
        return (_made(graph, values, *source, is_gradient),)
    return (*_born(graph, values, *source, is_gradient), first_of_all)


def _born(graph: Graph, values: Numbers, id: str, index: Index, is_gradient: bool) -> tuple[Cause, ...]:
    """A NaN that infinities made."""
    node = graph.operation(id)
    operands = _operands(graph, values, node, index)
    if operands and np.isfinite(operands).all():
        return ()
    at = Place(id, index, float(values(id)[index]))
    return (Cause("indeterminate", at, node.op, numbers=operands, is_gradient=is_gradient),)


def _source(graph: Graph, values: Numbers, id: str, index: Index, is_bad: Test) -> tuple[str, Index]:
    """The first number for which a test holds, among all that made this one and hand it on."""
    masks = {id: only(graph[id].shape, index)}
    waiting, source = [-graph.position(id)], (id, index)
    while waiting:
        node = graph.nodes[-heappop(waiting)]
        mask = masks.pop(node.id)
        if isinstance(node, Leaf):
            source = (node.id, first(mask))
            continue
        handed = np.zeros(node.shape, bool)
        for argument, input in enumerate(node.inputs):
            bad = is_bad(values(input))
            if not bad.any():
                continue
            handed |= reached(graph, node, argument, bad)
            made_of = bad & _made_of(graph, node, argument, mask)
            if made_of.any():
                if input not in masks:
                    heappush(waiting, -graph.position(input))
                    masks[input] = made_of
                masks[input] = masks[input] | made_of
        if (mask & ~handed).any():
            source = (node.id, first(mask & ~handed))
    return source


def _made_of(graph: Graph, node: Operation, argument: int, mask: np.ndarray) -> np.ndarray:
    """Which elements of an argument some elements of a node are made of."""
    if node.row.is_elementwise and graph[node.inputs[argument]].shape == node.shape:
        return mask
    return reaching(graph, node, argument, mask)


def _made(graph: Graph, values: Numbers, id: str, index: Index, is_gradient: bool = False) -> Cause:
    """What an op did to make a number that is not finite; a leaf only has it."""
    node, number = graph[id], float(values(id)[index])
    at = Place(id, index, number)
    if isinstance(node, Leaf):
        return Cause("given", at, is_gradient=is_gradient)
    operands = _operands(graph, values, node, index)
    # Where all operands are finite, an infinity is either a pole, which these ops have at 0 only, or an overflow.
    kind: Kind = "undefined" if np.isnan(number) else "pole" if 0.0 in operands else "overflow"
    return Cause(kind, at, node.op, numbers=operands, is_gradient=is_gradient)


def _operands(graph: Graph, values: Numbers, node: Operation, index: Index) -> tuple[float, ...]:
    """The numbers that an element by element op made one of its elements from; of other ops none."""
    if not node.row.is_elementwise:
        return ()
    return tuple(float(values(input)[repeated(index, graph[input].shape)]) for input in node.inputs)


def why_gradient_not_finite(
    graph: Graph, values: Numbers, gradients: Numbers, id: str, index: Index
) -> tuple[Cause, ...]:
    """Of a gradient: the forward pass comes first, so where it went wrong that is the cause."""
    while True:
        ways = graph.flows(id)
        if len(ways) == 1:
            consumer = ways[0][0]
            if graph[id].size == consumer.size == 1 and _is_like(gradients, id, consumer.id):
                id, index = consumer.id, (0,) * len(consumer.shape)
                continue
        found = _step_back(graph, values, gradients, id, index)
        if not isinstance(found, Place):
            return found
        id, index = found.node, found.index


def _step_back(graph: Graph, values: Numbers, gradients: Numbers, id: str, index: Index) -> Place | tuple[Cause, ...]:
    """The upstream gradient that a gradient owes it to, or else the cause that lies here."""
    edges = terms(graph, values, gradients, id, index).edges
    here = Place(id, index, float(gradients(id)[index]), is_gradient=True)
    term = _first(edges, np.isnan) or _first(edges, np.isinf)
    if term is None:
        return (Cause("overflow_sum", here, count=sum(map(len, edges))),)
    arrived = Place(term.consumer, term.index, term.upstream, is_gradient=True)
    if np.isnan(here.number) and not np.isnan(term.product):
        return (Cause("infinities", here), *_whence(graph, values, gradients, term, id, index))
    if np.isnan(term.product) and not np.isnan([term.upstream, term.local]).any():
        at = Place(term.consumer, term.index, float(values(term.consumer)[term.index]))
        born = Cause("zero_times_infinity", at, numbers=(term.upstream, term.local))
        return (born, *_whence(graph, values, gradients, term, id, index))
    return arrived if _is_bad(term.upstream) else _here(graph, values, graph.operation(term.consumer), term, id, index)


def _whence(graph: Graph, values: Numbers, gradients: Numbers, term: Term, id: str, index: Index) -> tuple[Cause, ...]:
    """Where the infinity in a term comes from: it arrived, or it is the slope."""
    if _is_bad(term.upstream):
        return why_gradient_not_finite(graph, values, gradients, term.consumer, term.index)
    return _here(graph, values, graph.operation(term.consumer), term, id, index)


def _first(edges: Sequence[Edge], is_bad: Test) -> Term | None:
    """The first term whose product is bad."""
    with np.errstate(all="ignore"):
        found = ((edge, is_bad(edge.upstream * edge.local)) for edge in edges)
        return next((edge.term(int(bad.argmax())) for edge, bad in found if bad.any()), None)


def _is_like(gradients: Numbers, id: str, consumer: str) -> bool:
    """Whether two single gradients are both NaN, or both infinite."""
    own, other = gradients(id).item(), gradients(consumer).item()
    return _is_bad(other) and np.isnan(own) == np.isnan(other)


def _here(graph: Graph, values: Numbers, consumer: Operation, term: Term, id: str, index: Index) -> tuple[Cause, ...]:
    """Why a term is not finite although a finite number arrived: because of a value, or of a slope."""
    if _is_bad(values(consumer.id)[term.index]):
        return why_not_finite(graph, values, consumer.id, term.index, is_gradient=True)
    for argument, input in enumerate(consumer.inputs):
        bad = ~np.isfinite(values(input))
        if bad.any():
            made_of = bad & _made_of(graph, consumer, argument, only(consumer.shape, term.index))
            if made_of.any():
                return why_not_finite(graph, values, input, first(made_of), is_gradient=True)
    at = Place(consumer.id, term.index, float(values(consumer.id)[term.index]))
    told, where = told_by(graph, values, consumer, term.argument, index, term.index)
    source = Place(told, where, float(values(told)[where]))
    if np.isnan(term.local):
        return (Cause("no_logarithm", at, consumer.op, source, term.local),)
    if _is_bad(term.local):
        return (Cause("steep", at, consumer.op, source, term.local),)
    return (Cause("overflow_back", at, consumer.op, source, numbers=(term.upstream, term.local)),)


def _is_bad(number: float) -> bool:
    return not np.isfinite(number)
