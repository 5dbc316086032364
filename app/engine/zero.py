"""Why a gradient is exactly 0, followed through all that it reaches to where it became so."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from app.engine.cause import Cause
from app.engine.elements import repeated
from app.engine.explain import Edge, local_formula, terms
from app.engine.formula import Index, Number, Place
from app.engine.graph import Flow, Graph, rule_of
from app.engine.reach import (
    Numbers,
    all_locals,
    are_rows,
    factor_index,
    first,
    only,
    reached,
    reaching,
    told_by,
)

EDGES = {"off": 0.0, "kept": 1.0}
"""Where what is flat begins: there the slope is 0 by agreement, and not because of what lies around."""


def why_zero(graph: Graph, values: Numbers, gradients: Numbers, id: str, index: Index) -> Cause | None:
    """What makes the gradient of a number 0, followed to where that began."""
    found = _why_zero(graph, values, gradients, id, index)
    if found is None or found.source is None or found.among != 1 or found.kind not in EDGES:
        return found
    return replace(found, kind="kink") if abs(found.source.number) == EDGES[found.kind] else found


def _why_zero(graph: Graph, values: Numbers, gradients: Numbers, id: str, index: Index) -> Cause | None:
    """Where the gradient of a number became 0: the first place on its way back at which something else arrived.

    As long as nothing arrives at all that the number reaches, that is looked at instead, op by op towards the loss; of
    several ways the first is taken.
    """
    mask, is_one_way = only(graph[id].shape, index), False
    while ways := graph.flows(id):
        if len(ways) == 1 and mask.size == ways[0][0].size == 1 and gradients(ways[0][0].id).item() == 0:
            # Only a shorter way to the same: a chain of single numbers may be very long.
            id, mask = ways[0][0].id, np.ones(ways[0][0].shape, bool)
            continue
        reaches = [reached(graph, consumer, argument, mask) for consumer, argument in ways]
        upstreams = [gradients(consumer.id) for consumer, _ in ways]
        if any(upstream[reach].any() for upstream, reach in zip(upstreams, reaches, strict=True)):
            found = _where(graph, values, gradients, id, mask)
            return replace(found, is_one_way=True) if found and is_one_way else found
        is_one_way |= len(ways) > 1
        id, mask = ways[0][0].id, reaches[0]
    return None


def _where(graph: Graph, values: Numbers, gradients: Numbers, id: str, mask: np.ndarray) -> Cause | None:
    """What makes the gradients of some elements of a node 0, although something arrives behind them."""
    if np.count_nonzero(mask) == 1:
        return _of_one(graph, values, gradients, id, first(mask))
    for flow in graph.flows(id):
        found = _of_many(graph, values, gradients, flow, mask)
        if found:
            return found
    arriving = (
        mask & reaching(graph, consumer, argument, gradients(consumer.id) != 0)
        for consumer, argument in graph.flows(id)
    )
    shown = next((one for one in arriving if one.any()), mask)
    found = _of_one(graph, values, gradients, id, first(shown))
    return replace(found, is_one_way=True) if found else None


def _of_many(graph: Graph, values: Numbers, gradients: Numbers, flow: Flow, mask: np.ndarray) -> Cause | None:
    """One op whose local derivative is 0 for all elements at which something arrives."""
    consumer, argument = flow
    local = all_locals(graph, values, consumer, argument)
    if local is None:
        return None
    is_elementwise = consumer.row.is_elementwise
    reach = np.broadcast_to(mask, consumer.shape) if is_elementwise else mask
    upstream = np.broadcast_to(gradients(consumer.id), local.shape)
    off = reach & (local == 0)
    if not (off & (upstream != 0)).any() or (reach & ~off & (upstream != 0)).any():
        return None
    place = first(off & (upstream != 0))
    id = consumer.inputs[argument]
    index = repeated(place, graph[id].shape) if is_elementwise else place
    found = _flat(graph, values, flow, id, index, place if is_elementwise else (0,) * len(consumer.shape))
    places = np.argwhere(off)
    return replace(found, count=len(places), among=int(np.count_nonzero(reach)), is_rows=are_rows(places, local.shape))


def _of_one(graph: Graph, values: Numbers, gradients: Numbers, id: str, index: Index) -> Cause | None:
    """Why the terms of one number are all 0, or sum to it."""
    edges = terms(graph, values, gradients, id, index).edges
    with np.errstate(all="ignore"):
        products = [edge.upstream * edge.local for edge in edges]
    here = Place(id, index, float(gradients(id)[index]), is_gradient=True)
    count = sum(int(np.count_nonzero(product)) for product in products)
    if count:
        return Cause("cancel", here, count=count, among=sum(map(len, edges)))
    for edge in edges:
        off = (edge.local == 0) & (edge.upstream != 0)
        if off.any():
            return _of_edge(graph, values, edge, off, id, index, is_one_way=len(edges) > 1)
    arriving = [edge for edge in edges if (edge.upstream != 0).any()]
    return _underflow(values, arriving[0]) if arriving else None


def _of_edge(
    graph: Graph, values: Numbers, edge: Edge, off: np.ndarray, id: str, index: Index, is_one_way: bool
) -> Cause:
    """The local derivatives of one consumer, which are 0 wherever something arrives."""
    place = tuple(edge.places[int(np.abs(np.where(off, edge.upstream, 0.0)).argmax())].tolist())
    found = _flat(graph, values, (graph.operation(edge.consumer), edge.argument), id, index, place)
    count = int(np.count_nonzero(edge.local == 0))
    is_rows = count == len(edge) and are_rows(edge.places, graph[edge.consumer].shape)
    return replace(found, count=count, among=len(edge), is_rows=is_rows, is_one_way=is_one_way)


def _underflow(values: Numbers, edge: Edge) -> Cause:
    """Two factors too small for their product to be told from 0."""
    term = edge.term(int((edge.upstream != 0).argmax()))
    at = Place(term.consumer, term.index, float(values(term.consumer)[term.index]))
    return Cause("underflow", at, numbers=(term.upstream, term.local))


def _level(graph: Graph, values: Numbers, flow: Flow, own: Place, at: Place) -> Cause:
    """A slope of 0 of which an op's row says no more: whose number makes it so, and whether only rounding does."""
    consumer, argument = flow
    if local_formula(graph, values, consumer.id, argument, own.index, at.index) == Number(0.0):
        # The row writes a 0 of its own, where the formula that holds elsewhere has no value.
        base = consumer.inputs[0]
        where = repeated(at.index, graph[base].shape)
        return Cause("agreed", at, consumer.op, Place(base, where, float(values(base)[where])), 0.0)
    told, where = told_by(graph, values, *flow, own.index, at.index)
    if told != own.node:
        return Cause("flat", at, flow[0].op, Place(told, where, float(values(told)[where])), 0.0)
    # A power and a cosine are flat at 0; beside it a slope of 0 is one too small for floating point.
    return Cause("level" if own.number else "flat", at, flow[0].op, own, 0.0)


def _flat(graph: Graph, values: Numbers, flow: Flow, id: str, index: Index, place: Index) -> Cause:
    """A local derivative that is 0, by the words of its op's row."""
    consumer, argument = flow
    rule = rule_of(consumer, argument)
    at = Place(consumer.id, place, float(values(consumer.id)[place]))
    if rule.factor is None:
        # A loss is flat where the prediction is right, whichever of the two is asked about.
        if consumer.row.is_loss:
            prediction = Place(consumer.inputs[0], index, float(values(consumer.inputs[0])[index]))
            return Cause(rule.flat, at, consumer.op, prediction, 0.0)
        own = Place(id, index, float(values(id)[index]))
        if rule.flat == "flat":
            return _level(graph, values, flow, own, at)
        return Cause(rule.flat, at, consumer.op, own, 0.0)
    told, where = consumer.inputs[rule.factor], factor_index(graph, consumer, argument, index, place)
    return Cause("factor", at, consumer.op, Place(told, where, float(values(told)[where])), 0.0)
