"""A picture as the run it stands in, measured up to this moment: what a diagnosis reads."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

import numpy as np

from app.engine import flow
from app.engine.course import Course
from app.engine.graph import cost
from app.engine.plane import Plane, flat
from app.engine.surface import Surface
from app.session.gauges import Gauges
from app.session.moment import Picture
from app.views.warnings import found_in

MOST_NODES, MOST_WORK = 200, 200_000
"""Beyond, it takes long to make a plan of a graph, or to ask for its loss at some dozens of other places."""


def course_of(picture: Picture) -> Course:
    """The run up to the cursor, with this moment's own gauges once its backward pass is done."""
    iterations, columns = gauged(picture)
    batches = picture.batches
    x = picture.value(picture.graph.data.id) if batches else None
    return Course(
        picture.graph,
        picture.losses,
        iterations,
        columns,
        picture.parameters_now,
        steps=steps(picture),
        rows=1 if x is None else len(x),
        is_full_batch=(batches is None or batches.size is None) and not picture.problem.noises,
        first_non_finite=picture.first_non_finite,
        inputs=x,
        targets=picture.value(picture.graph.target.id) if batches else None,
        optimizer=picture.optimizer,
        shown=(picture.began or picture.snapshot) if is_complete(picture) else None,
        mismatches=found_in(picture.problem),
        along=Line(picture).losses if can_probe(picture) else None,
        frozen=picture.frozen,
    )


def can_probe(picture: Picture) -> bool:
    """Whether the loss elsewhere may be asked for: of an expression, and of one that is quickly computed."""
    graph = picture.graph
    is_small = len(graph.nodes) <= MOST_NODES and cost(graph) <= MOST_WORK
    return picture.batches is None and is_complete(picture) and is_small


class Line:
    """The loss of a picture's graph along lines through the parameters that its gradients belong to."""

    def __init__(self, picture: Picture) -> None:
        shown = picture.began or picture.snapshot
        self._graph, self._frozen = picture.graph, picture.frozen
        self._leaves = {node.id: shown.value(node.id) for node in picture.graph.nodes if node.kind != "op"}

    @cached_property
    def _surface(self) -> Surface:
        return Surface(self._graph, self._frozen)

    def losses(self, direction: Mapping[str, np.ndarray], lengths: np.ndarray) -> np.ndarray:
        """The losses so many times a direction away."""
        origin, along = (flat(vectors, self._surface.ids) for vectors in (self._leaves, direction))
        plane = Plane(origin, along, np.zeros_like(along))
        return self._surface.relief(plane, lengths, np.zeros(1), self._leaves).losses[0]


def gauged(picture: Picture) -> tuple[np.ndarray, Mapping[str, np.ndarray]]:
    """The gauges up to this moment: their iterations, and the columns by name.

    What is known already of an iteration whose gradients are not computed at this moment is left out.
    """
    gauges, here = picture.gauges, picture.cursor.iteration
    count = int(np.searchsorted(gauges.iterations, here, side="right" if is_complete(picture) else "left"))
    iterations = gauges.iterations[:count]
    columns = {name: gauges.numbers[:count, place] for place, name in enumerate(gauges.columns)}
    if not is_complete(picture) or (count and iterations[-1] == here):
        return iterations, columns
    own = measured(picture)
    for name, number in own.items():
        columns[name] = np.append(columns.get(name, np.empty(0)), number)
    return np.append(iterations, here), columns


def flows(picture: Picture) -> Gauges:
    """How the gradients flowed up to this moment."""
    iterations, found = gauged(picture)
    names = tuple(name for name in flow.columns(picture.graph) if name in found)
    numbers = np.stack([found[name] for name in names], axis=1) if len(iterations) else np.empty((0, len(names)))
    return Gauges(names, iterations, numbers)


def is_complete(picture: Picture) -> bool:
    """Whether this moment's backward pass is done."""
    return picture.cursor.position >= picture.graph.backward_end


def measured(picture: Picture) -> dict[str, float]:
    """This moment's own gauges."""
    shown = picture.began or picture.snapshot
    numbers = flow.measure(picture.graph, shown.value, shown.gradient)
    return dict(zip(flow.columns(picture.graph), numbers.tolist(), strict=True))


def measured_of(picture: Picture) -> dict[str, float]:
    """This moment's own gauges as far as they are computed: of some layers only, while the gradient is on its way."""
    return {name: number for name, number in measured(picture).items() if is_known(picture, name)}


def is_known(picture: Picture, name: str) -> bool:
    """Whether what a gauge measures is computed at this moment."""
    id, _, column = name.rpartition(".")
    if id not in picture.graph:
        return is_complete(picture)
    if column == "weight_norm":
        return True
    return picture.has_gradient(id) if picture.graph[id].kind == "parameter" else picture.has_value(id)


def steps(picture: Picture) -> dict[str, float]:
    """How far this moment's update has moved what is measured, beside how large it was; empty before it."""
    if picture.began is None:
        return {}
    moved = [row.weight for row in flow.measured(picture.graph) if picture.is_updated(row.weight)]
    with np.errstate(all="ignore"):
        sizes = {id: flow.norm(picture.began.value(id)) for id in moved}
        steps = {id: flow.norm(picture.snapshot.value(id) - picture.began.value(id)) for id in moved}
        return {id: steps[id] / sizes[id] for id in moved if sizes[id]}
