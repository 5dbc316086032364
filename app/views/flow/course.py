"""A picture as the run it stands in, measured up to this moment: what a diagnosis reads."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from app.engine import flow
from app.engine.illness import Course
from app.session.moment import Picture


def course_of(picture: Picture) -> Course:
    """The run up to the cursor, with this moment's own gauges once its backward pass is done."""
    iterations, columns = gauged(picture)
    x, batches = picture.value("x") if "x" in picture.graph else None, picture.batches
    return Course(
        picture.graph,
        picture.losses,
        iterations,
        columns,
        picture.parameters_now,
        steps=steps(picture),
        rows=len(x) if x is not None and x.shape else 1,
        is_full_batch=(batches is None or batches.size is None) and not picture.problem.masks,
        first_non_finite=picture.first_non_finite,
        inputs=x,
    )


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
    """How far this moment's update has moved each matrix of weights, beside how large it was; empty before it."""
    if picture.began is None:
        return {}
    moved = [layer.weight for layer in flow.layers(picture.graph) if picture.is_updated(layer.weight)]
    with np.errstate(all="ignore"):
        sizes = {id: flow.norm(picture.began.value(id)) for id in moved}
        steps = {id: flow.norm(picture.snapshot.value(id) - picture.began.value(id)) for id in moved}
        return {id: steps[id] / sizes[id] for id in moved if sizes[id]}
