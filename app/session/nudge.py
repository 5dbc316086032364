"""One number of a session nudged: the loss it leads to beside the loss that its gradient predicts."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from app.engine.check import Probe
from app.engine.graph import Graph, Node
from app.engine.nudge import LADDER, POINTS, ZOOMS, LossCurve, Step, loss_curve, reach_of, shrinks_squared, steps
from app.errors import N_, Invalid
from app.nn.wording import shown
from app.session.edits import node_of
from app.session.moment import Picture

RUNS = POINTS + LADDER + 3
"""Forward passes that one answer takes: the curve, the steps, and going there and back."""
USUAL = 0.5
"""The part of the reach that a number is nudged by where nothing else is asked for."""
NOT_MOVED = {
    "constant": N_("Expected an input, a parameter or an operation to nudge, but {node} is a constant."),
    "class numbers": N_("Expected a number that can be nudged, but {node} holds class numbers."),
}


@dataclass(frozen=True, slots=True, eq=False)
class Nudge:
    """One number moved `by` so much, everything else as it is, on the numbers before the update.

    `value`, `gradient` and `loss` are None until they are computed. The first of `steps` is the one asked for, the
    others are shorter; there are none, and no `curve`, before the loss is computed or where the number is not finite.
    `is_square` says whether the prediction's error falls with the square of the step, None where it cannot be told.
    """

    id: str
    index: tuple[int, ...]
    value: float | None
    gradient: float | None
    loss: float | None
    zoom: float
    reach: float
    by: float
    steps: tuple[Step, ...] = ()
    curve: LossCurve | None = None
    is_square: bool | None = None


def movable(graph: Graph, id: str) -> Node:
    """A node whose numbers can be nudged. Raises NotFound, or Invalid for constants and class numbers."""
    node = node_of(graph, id)
    if not is_movable(node):
        raise Invalid(NOT_MOVED["constant" if node.kind == "constant" else "class numbers"], node=id)
    return node


def is_movable(node: Node) -> bool:
    """Whether a number of this node can be nudged: class numbers only say which output counts."""
    return node.kind != "constant" and not node.integer


def check_nudge(by: Any, zoom: Any) -> None:
    """Raise Invalid unless the step is None or a finite number and the zoom one of those there are."""
    if by is not None and not (isinstance(by, int | float) and math.isfinite(by)):
        raise Invalid(N_("Expected a finite number to nudge by, got {came}."), came=shown(by), pointer="/by")
    if zoom not in ZOOMS:
        known = [f"{one:g}" for one in ZOOMS]
        raise Invalid(N_("Expected one of {known}, got {came}."), known=known, came=shown(zoom), pointer="/zoom")


def unmoved(picture: Picture, before: Picture, id: str, index: tuple[int, ...], by: float | None, zoom: float) -> Nudge:
    """A number as it stands, and how far it is going to be moved. `before` is the picture without its update."""
    value = float(before.snapshot.value(id)[index]) if picture.has_value(id) else None
    gradient = float(picture.snapshot.gradient(id)[index]) if picture.has_gradient(id) else None
    reach = reach_of(value if value is not None and math.isfinite(value) else 0.0, zoom)
    return Nudge(
        id=id,
        index=index,
        value=value,
        gradient=gradient,
        loss=picture.loss,
        zoom=zoom,
        reach=reach,
        by=USUAL * reach if by is None else by,
    )


def moved(still: Nudge, probe: Probe) -> dict[str, Any]:
    """What moving the number leads to, as fields of a nudge."""
    found = steps(probe, still.id, still.index, still.by, still.gradient)
    curve = loss_curve(probe, still.id, still.index, still.reach)
    return {"steps": found, "curve": curve, "is_square": shrinks_squared(found)}


def can_move(still: Nudge) -> bool:
    """Whether there is a loss to compare with, and a number to move."""
    return still.loss is not None and still.value is not None and math.isfinite(still.value)
