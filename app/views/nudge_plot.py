"""The loss over one number as a picture: its curve, the tangent that the gradient is, a nudge and the gap it leaves."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from app.engine.nudge import LossCurve, Step
from app.plots.axes import Axis, Tick, widened

WIDTH, HEIGHT = 520.0, 300.0
LEFT, RIGHT, TOP, BOTTOM = 64.0, 14.0, 14.0, 30.0
TANGENT_ROOM = 0.5
"""How much of the curve's height the picture may grow by to either side, to show where the tangent goes."""
INSIDE = 1 - 1e-9

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Plot:
    """Lines and points in the picture's own units. `tangent` is empty where there is no gradient yet.

    `here` is the number as it is, `truth` where the nudge leads, `promise` where the tangent says that it leads; each
    is None where it is not in the picture. `gap` is between the two: x, from, to.
    """

    width: float
    height: float
    left: float
    right: float
    top: float
    bottom: float
    curve: str
    tangent: str
    here: Point | None
    truth: Point | None
    promise: Point | None
    gap: tuple[float, float, float] | None
    rows: tuple[Tick, ...]
    columns: tuple[Tick, ...]


@dataclass(frozen=True, slots=True)
class Window:
    """The part of the plane that is drawn: numbers to the right, losses upwards."""

    across: Axis
    up: Axis

    def place(self, number: float, loss: float) -> Point | None:
        """Where a point is drawn; None where it is outside."""
        is_inside = self.across.holds(number) and self.up.holds(loss)
        return (round(self.across.place(number), 1), round(self.up.place(loss), 1)) if is_inside else None


def plot(curve: LossCurve, value: float, loss: float, gradient: float | None, step: Step) -> Plot | None:
    """The picture of a nudge; None where no loss of the curve is finite."""
    if not np.isfinite(curve.losses).any():
        return None
    slope = gradient if gradient is not None and math.isfinite(gradient) and math.isfinite(loss) else None
    window = window_of(curve, value, loss, slope)
    truth, promise, gap = nudged(window, value, loss, step)
    return Plot(
        width=WIDTH,
        height=HEIGHT,
        left=LEFT,
        right=WIDTH - RIGHT,
        top=TOP,
        bottom=HEIGHT - BOTTOM,
        curve=path_of(map(window.place, curve.numbers.tolist(), curve.losses.tolist())),
        tangent="" if slope is None else tangent_of(window, value, loss, slope),
        here=window.place(value, loss),
        truth=truth,
        promise=promise,
        gap=gap,
        rows=window.up.ticks(),
        columns=window.across.ticks(),
    )


def window_of(curve: LossCurve, value: float, loss: float, slope: float | None) -> Window:
    """All of the curve, and some room for the tangent.

    It does not depend on the step, so that nothing but the step moves while the slider is dragged.
    """
    first, last = float(curve.numbers[0]), float(curve.numbers[-1])
    losses = curve.losses[np.isfinite(curve.losses)]
    low, high = float(losses.min()), float(losses.max())
    room = (high - low) * TANGENT_ROOM
    if slope is not None and math.isfinite(room):
        rise = abs(slope) * (last - value)
        low, high = min(low, max(loss - rise, low - room)), max(high, min(loss + rise, high + room))
    return Window(Axis(first, last, LEFT, WIDTH - RIGHT), Axis(*widened(low, high), HEIGHT - BOTTOM, TOP))


def tangent_of(window: Window, value: float, loss: float, slope: float) -> str:
    """The line through the loss with this slope, cut where it leaves the picture."""
    down, above = value - window.across.low, window.across.high - value
    if slope:
        back, ahead = sorted(((window.up.low - loss) / slope, (window.up.high - loss) / slope))
        down, above = min(down, -back), min(above, ahead)
    ways = (-down * INSIDE, above * INSIDE)
    return path_of(window.place(value + way, loss + slope * way) for way in ways)


def nudged(
    window: Window, value: float, loss: float, step: Step
) -> tuple[Point | None, Point | None, tuple[float, float, float] | None]:
    """Where the nudge leads, where the tangent says that it leads, and the gap between them."""
    truth = window.place(value + step.by, step.loss)
    if truth is None or step.predicted is None or not math.isfinite(step.predicted):
        return truth, None, None
    promised = loss + step.predicted
    seen = min(max(promised, window.up.low), window.up.high)
    return truth, window.place(value + step.by, promised), (truth[0], truth[1], round(window.up.place(seen), 1))


def path_of(points: Iterable[Point | None]) -> str:
    """A line through points; where one is missing it begins anew."""
    words, is_drawing = [], False
    for point in points:
        if point is not None:
            words.append(f"{'L' if is_drawing else 'M'}{point[0]} {point[1]}")
        is_drawing = point is not None
    return " ".join(words)
