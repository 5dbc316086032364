"""Why a gradient is tiny beside those it was made from: followed along the largest terms towards the loss."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from app.engine.cause import Cause, Kind
from app.engine.explain import Edge, locals_of, terms
from app.engine.formula import Index, Place
from app.engine.graph import Flow, Graph, rule_of
from app.engine.reach import Numbers, factor_index, told_by

FADED = 0.01
"""A slope below this is remarkable: a sigmoid's is at most 1/4, and a hundredth is what it has beyond 4.6."""
VANISHED = 1e-6
"""A gradient below this share of those further on is tiny: at a rate that suits them it moves nothing in float32."""
CANCELLED = 1e-4
"""A sum below this share of its terms' sizes has nearly cancelled: four of its sixteen digits are lost."""
MOST_SUMS, MOST_STEPS = 64, 1000
"""So far is looked: so many sums of several terms, so many numbers in all. What fades more slowly is not remarkable."""
FADING: dict[str, Kind] = {"saturated": "fading", "level": "nearly_level"}
"""Curves that are flat somewhere (`ops.Flat`), and what is said of one that nearly is."""


@dataclass(frozen=True, slots=True)
class Step:
    """A number on the way to the loss, and the largest of the terms that its gradient is made of."""

    id: str
    index: Index
    consumer: str
    argument: int
    place: Index
    gradient: float
    local: float
    cancelled: float = 1.0


def why_tiny(graph: Graph, values: Numbers, gradients: Numbers, id: str, index: Index) -> Cause | None:
    """What makes a gradient small that is not 0; None for an ordinary one."""
    steps = _way(graph, values, gradients, id, index)
    if not steps:
        return None
    for step in steps:
        if step.cancelled < CANCELLED:
            return Cause("nearly_cancel", _here(step), local=step.cancelled)
    far = max(range(len(steps)), key=lambda number: abs(steps[number].gradient))
    usual = min(abs(steps[far].gradient), _weight(graph, gradients, steps[-1]))
    share = abs(steps[0].gradient) / usual if usual else 1.0
    if share >= FADED or not far:
        return None
    way = steps[:far]
    return _fading(graph, values, way, share, usual) or _vanishing(graph, values, way, steps[far], share)


def _weight(graph: Graph, gradients: Numbers, last: Step) -> float:
    """What counts as much at the end of the way: where a logarithm is steep a slope is large, as the slope of the
    sigmoid before it is small, and their product is an ordinary number.
    """
    consumer = graph.operation(last.consumer) if last.consumer else None
    if consumer and consumer.row.is_loss:
        return abs(float(gradients(consumer.id))) / graph[last.id].size
    return abs(last.gradient)


def _fading(graph: Graph, values: Numbers, way: list[Step], share: float, usual: float) -> Cause | None:
    """One flat slope of a curve that fades, which alone makes the difference."""
    faded = [
        step
        for step in way
        if abs(step.local) < FADED and abs(step.gradient) < FADED * usual and _is_fading(graph, step)
    ]
    smallest = min(faded, key=lambda step: abs(step.local), default=None)
    if smallest is None or share < VANISHED * abs(smallest.local):
        return None
    return _at(values, graph, FADING[_flat_of(graph, smallest)], smallest)


def _vanishing(graph: Graph, values: Numbers, way: list[Step], far: Step, share: float) -> Cause | None:
    """Many small factors, or one that is very small."""
    if share >= VANISHED:
        return None
    smallest = min(way, key=lambda step: abs(step.local))
    if share >= VANISHED * abs(smallest.local):
        is_factor = rule_of(graph.operation(smallest.consumer), smallest.argument).factor is not None
        return _at(values, graph, "small_factor" if is_factor else "small_slope", smallest)
    found, left = _at(values, graph, "vanishing", smallest), abs(way[0].gradient / far.gradient)
    count = sum(abs(step.local) < 1 for step in way)
    return Cause(
        kind="vanishing",
        at=found.at,
        op=found.op,
        source=Place(far.id, far.index, far.gradient, True),
        local=found.local,
        numbers=(left,),
        count=count,
    )


def _way(graph: Graph, values: Numbers, gradients: Numbers, id: str, index: Index) -> list[Step]:
    """The largest terms from a number on, as far as the prediction: a loss, or a sum of everything, only weighs it."""
    steps: list[Step] = []
    sums = 0
    while sums < MOST_SUMS and len(steps) < MOST_STEPS:
        ways = graph.flows(id)
        gradient = float(gradients(id)[index])
        if not ways:
            steps.append(Step(id=id, index=index, consumer="", argument=0, place=(), gradient=gradient, local=1.0))
            break
        if len(ways) == 1 and graph[id].size == ways[0][0].size == 1:
            step: Step | None = _single(gradients, id, index, ways[0], gradient)
        else:
            step, sums = _largest(graph, values, gradients, id, index, gradient), sums + 1
        if step is None:
            break
        steps.append(step)
        consumer = graph.operation(step.consumer)
        if consumer.row.is_loss or consumer.size == 1 < graph[id].size:
            # How a loss weighs its elements is no shrinking; the step stays, for the gradient at its beginning.
            break
        id, index = step.consumer, step.place
    return steps


def _single(gradients: Numbers, id: str, index: Index, way: Flow, gradient: float) -> Step:
    """A number with one consumer: its local derivative follows from the two gradients, without computing anything."""
    consumer, argument = way
    place = (0,) * len(consumer.shape)
    local = gradient / float(gradients(consumer.id)[place])
    return Step(
        id=id, index=index, consumer=consumer.id, argument=argument, place=place, gradient=gradient, local=local
    )


def _largest(graph: Graph, values: Numbers, gradients: Numbers, id: str, index: Index, gradient: float) -> Step | None:
    """The largest term of a sum, and how much of all terms together is left of them."""
    with np.errstate(all="ignore"):
        sizes = [
            (np.abs(edge.upstream * edge.local), edge) for edge in terms(graph, values, gradients, id, index).edges
        ]
    sizes = [(size, edge) for size, edge in sizes if len(edge)]
    total = sum(float(size.sum()) for size, _ in sizes)
    if not 0 < total < np.inf:
        return None
    size, edge = max(sizes, key=lambda pair: float(pair[0].max()))
    return _step(id, index, edge, int(size.argmax()), gradient, abs(gradient) / total)


def _step(id: str, index: Index, edge: Edge, number: int, gradient: float, cancelled: float) -> Step:
    term = edge.term(number)
    return Step(
        id=id,
        index=index,
        consumer=term.consumer,
        argument=term.argument,
        place=term.index,
        gradient=gradient,
        local=term.local,
        cancelled=cancelled,
    )


def _is_fading(graph: Graph, step: Step) -> bool:
    return graph.operation(step.consumer).row.is_elementwise and _flat_of(graph, step) in FADING


def _flat_of(graph: Graph, step: Step) -> str:
    return rule_of(graph.operation(step.consumer), step.argument).flat


def _here(step: Step) -> Place:
    return Place(step.id, step.index, step.gradient, is_gradient=True)


def _at(values: Numbers, graph: Graph, kind: Kind, step: Step) -> Cause:
    """A step as the cause, with the local derivative computed in full."""
    consumer = graph.operation(step.consumer)
    rule = rule_of(consumer, step.argument)
    places, local = locals_of(graph, values, consumer, step.argument, step.index)
    exact = float(local[(places == np.array(step.place, int)).all(axis=1).argmax()])
    told, where = told_by(graph, values, consumer, step.argument, step.index, step.place)
    if rule.factor is not None:
        told = consumer.inputs[rule.factor]
        where = factor_index(graph, consumer, step.argument, step.index, step.place)
    source = Place(told, where, float(values(told)[where]))
    at = Place(step.consumer, step.place, float(values(step.consumer)[step.place]))
    return Cause(kind, at, consumer.op, source, exact)
