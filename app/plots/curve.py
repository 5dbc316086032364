"""The loss curve: the losses of all finished iterations as one line, however many there are."""

import math
from dataclasses import dataclass

import numpy as np

from app.notation import numbers
from app.plots.axes import Axis, Tick, along, path, upward

WIDTH, HEIGHT = 360.0, 150.0
LEFT, RIGHT, TOP, BOTTOM = 58.0, 10.0, 12.0, 24.0
BUCKETS = 300


@dataclass(frozen=True, slots=True)
class Curve:
    """A line through the losses. `path` is empty where nothing is finished yet; `gaps` counts what is not finite.

    `end` is the newest loss, or that of the moment shown; `now` where that moment is, across.
    """

    width: float
    height: float
    left: float
    right: float
    top: float
    bottom: float
    path: str
    end: tuple[float, float] | None
    now: float | None
    first: str
    last: str
    count: int
    gaps: int
    is_logarithmic: bool
    rows: tuple[Tick, ...]
    columns: tuple[Tick, ...]


def curve(losses: np.ndarray, iteration: int | None = None, newest: int | None = None) -> Curve:
    """The curve of the losses of iterations 0, 1, 2, …; logarithmic where they span more than two powers of ten.

    With `iteration`, the moment shown is marked; it may be the one after them. `newest` is the last iteration
    finished at that moment, −1 where there is none.
    """
    finite = np.isfinite(losses)
    kept, last = losses[finite], max(len(losses) - 1, 0)
    across, up = along(last, LEFT, WIDTH - RIGHT), upward(kept, HEIGHT - BOTTOM, TOP)
    at, points = decimated(np.flatnonzero(finite), kept)
    has_points = len(at) > 0
    return Curve(
        width=WIDTH,
        height=HEIGHT,
        left=LEFT,
        right=WIDTH - RIGHT,
        top=TOP,
        bottom=HEIGHT - BOTTOM,
        path=path(across.places(at), up.places(points)),
        end=end_of(losses, newest, across, up) if has_points else None,
        now=across.place(min(iteration, last)) if has_points and iteration is not None else None,
        first=numbers.short(losses[0]) if len(losses) else "",
        last=numbers.short(losses[-1]) if len(losses) else "",
        count=len(losses),
        gaps=int(len(losses) - len(kept)),
        is_logarithmic=up.is_logarithmic,
        rows=up.ticks() if has_points else (),
        columns=across.ticks() if len(losses) else (),
    )


def end_of(losses: np.ndarray, iteration: int | None, across: Axis, up: Axis) -> tuple[float, float] | None:
    """Where the dot stands: on the loss of an iteration, else on the newest; nowhere if that is not finite."""
    if iteration is None or iteration >= len(losses):
        iteration = int(np.flatnonzero(np.isfinite(losses))[-1])
    if iteration < 0:
        return None
    loss = float(losses[iteration])
    return (across.place(iteration), up.place(loss)) if math.isfinite(loss) else None


def decimated(places: np.ndarray, heights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The lowest and the highest point of each bucket, in order: no spike is lost.

    Buckets are powers of two long, so that a curve that grows stays as it is where it has been.
    """
    if len(places) <= 2 * BUCKETS:
        return places, heights
    size = 1 << math.ceil(math.log2(len(places) / BUCKETS))
    # The last bucket is filled up with its last number.
    rows = np.pad(heights, (0, -len(heights) % size), mode="edge").reshape(-1, size)
    starts = np.arange(len(rows)) * size
    kept = np.concatenate([[0, len(places) - 1], starts + rows.argmin(axis=1), starts + rows.argmax(axis=1)])
    kept = np.unique(kept.clip(max=len(places) - 1))
    return places[kept], heights[kept]
