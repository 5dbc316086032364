"""Where the slope of a loss is held by agreement, as other programs hold it, and is not that of its own value."""

from __future__ import annotations

import numpy as np

from app.engine.cause import Cause
from app.engine.formula import Index, Place
from app.engine.graph import Graph, Operation
from app.engine.reach import Numbers, first, only, reached


def why_held(graph: Graph, values: Numbers, id: str, index: Index) -> Cause | None:
    """The first place at which a number's gradient passes through a slope that is held."""
    for node in graph.operations:
        is_held = node.row.held
        if is_held:
            with np.errstate(all="ignore"):
                held = is_held(*(values(input) for input in node.inputs))
            if held.any() and graph.position(node.inputs[0]) >= graph.position(id):
                return _at(graph, values, node, held, reaches(graph, id, index).get(node.inputs[0]))
    return None


def _at(graph: Graph, values: Numbers, node: Operation, held: np.ndarray, reach: np.ndarray | None) -> Cause | None:
    if reach is None or not (held & reach).any():
        return None
    where = first(held & reach)
    at = Place(node.id, (0,) * len(node.shape), float(values(node.id).flat[0]))
    source = Place(node.inputs[0], where, float(values(node.inputs[0])[where]))
    return Cause("held", at, node.op, source)


def reaches(graph: Graph, id: str, index: Index) -> dict[str, np.ndarray]:
    """All that a number reaches: a mask for each node that has such elements."""
    masks = {id: only(graph[id].shape, index)}
    for node in graph.operations:
        ways = [(number, input) for number, input in enumerate(node.inputs) if input in masks]
        if ways:
            masks[node.id] = np.any([reached(graph, node, number, masks[input]) for number, input in ways], axis=0)
    return masks
