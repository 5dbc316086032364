"""What does not go together in a graph, told before anything is computed. Words are elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import inf, isfinite, isnan, nan
from typing import Literal

import numpy as np

from app.engine.graph import Graph, Node, Operation
from app.engine.row import Shape

Kind = Literal["scores", "probabilities", "targets", "single", "broadcast"]
Targets = Callable[[str], np.ndarray | None]
"""A node's id → its numbers, None for what is computed."""

LEAST = 1e-9
"""Floors closer than this, of their own size, differ by rounding."""


@dataclass(frozen=True, slots=True)
class Mismatch:
    """One thing that does not go with another: where it is, and the loss that it is about, if it is about one.

    Every output of `node` lies between `bounds`, so that the loss cannot fall below `floor` (NaN: not known), and
    `outside` of `among` targets cannot be met. `shapes` are those of two operands that are repeated against each other.
    """

    kind: Kind
    node: str
    loss: str = ""
    bounds: tuple[float, float] = (-inf, inf)
    floor: float = nan
    outside: int = 0
    among: int = 0
    shapes: tuple[Shape, ...] = ()


def mismatches(graph: Graph, targets: Targets | None = None) -> tuple[Mismatch, ...]:
    """All that does not go together, in the order of the graph; the leaves begin with `targets`, else as they do."""
    targets = targets or (lambda id: graph[id].initial)
    return tuple(found for node in graph.operations for found in _of(graph, node, targets))


def _of(graph: Graph, node: Operation, targets: Targets) -> Iterator[Mismatch]:
    row = node.row
    if row.is_elementwise and len(node.inputs) == 2 and _meet_all(graph, node):
        yield Mismatch("broadcast", node.id, shapes=tuple(graph[id].shape for id in node.inputs))
    if _is_always_one(node):
        yield Mismatch("single", node.id)
    elif row.is_loss and (found := _of_loss(graph, node, targets)):
        yield found


def _meet_all(graph: Graph, node: Node) -> bool:
    """Whether both operands are repeated, so that each number of one meets many of the other."""
    return all(1 < graph[id].size < node.size for id in node.inputs)


def _is_always_one(node: Node) -> bool:
    """Whether this is a softmax of single numbers."""
    if not isinstance(node, Operation) or node.op != "softmax":
        return False
    return not node.shape or node.shape[node.attributes.get("axis", -1)] == 1


def _of_loss(graph: Graph, node: Operation, targets: Targets) -> Mismatch | None:
    """What keeps a loss from its lowest value, or from being one: bounds of the prediction that it is given."""
    told, row = graph[node.inputs[0]], node.row
    bounds = told.row.bounds if isinstance(told, Operation) else None
    if bounds is None or _is_always_one(told):
        return None
    if row.takes == "probabilities" and (bounds[0] < 0.0 or bounds[1] > 1.0):
        return Mismatch("probabilities", told.id, node.id, bounds)
    target = targets(node.inputs[1])
    floor = nan if target is None else _floor(node, bounds, target, told.shape)
    if row.takes == "scores":
        is_squeezed = bounds[1] - bounds[0] < inf
        return Mismatch("scores", told.id, node.id, bounds, floor) if is_squeezed or not isnan(floor) else None
    if target is None or isnan(floor):
        return None
    outside = int(np.sum((target < bounds[0]) | (target > bounds[1])))
    return Mismatch(
        kind="targets", node=told.id, loss=node.id, bounds=bounds, floor=floor, outside=outside, among=target.size
    )


def _floor(node: Operation, bounds: tuple[float, float], target: np.ndarray, shape: Shape) -> float:
    """The lowest that bounds leave of a loss; NaN where that is not known, or where it is no higher than without."""
    row, best_for = node.row, node.row.best
    if best_for is None:
        return nan
    wanted = (len(target), *shape[1:]) if target.ndim and len(shape) > 1 else shape
    with np.errstate(all="ignore"):
        best = np.asarray(best_for(target, wanted), float)
        lowest, floor = (float(row.value(one, target)) for one in (best, np.clip(best, *bounds)))
    return floor if isfinite(floor) and floor > lowest + LEAST * max(1.0, abs(lowest)) else nan
