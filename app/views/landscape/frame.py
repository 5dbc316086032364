"""The square that a landscape is drawn in, and what stands on it: the way taken, its checkpoints, arrows."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from app.plots.axes import Axis

SIDE, LEFT, RIGHT, TOP, BOTTOM = 452.0, 62.0, 12.0, 12.0, 96.0
HEAD = 11.0
"""How long the head of an arrow is."""
FAINTEST = 0.35
FEW_DOTS = 20

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Frame:
    """The square that the plane is drawn in."""

    across: Axis
    up: Axis

    def place(self, point: Sequence[float]) -> Point:
        return round(self.across.place(point[0]), 1), round(self.up.place(point[1]), 1)

    def holds(self, point: Sequence[float]) -> bool:
        return self.across.holds(point[0]) and self.up.holds(point[1])


def across_of(ends: Sequence[float]) -> Axis:
    """The axis to the right, from the first number to the last."""
    return Axis(float(ends[0]), float(ends[-1]), LEFT, LEFT + SIDE)


def up_of(ends: Sequence[float]) -> Axis:
    """The axis upwards."""
    return Axis(float(ends[0]), float(ends[-1]), TOP + SIDE, TOP)


@dataclass(frozen=True, slots=True)
class Dot:
    """A checkpoint on the plane; the older the fainter."""

    x: float
    y: float
    opacity: float
    radius: float
    iteration: int


@dataclass(frozen=True, slots=True)
class Arrow:
    """A shaft and the corners of its head, as SVG writes them."""

    shaft: str
    head: str


def way(frame: Frame, points: Sequence[Sequence[float]]) -> str:
    """The line through the checkpoints to the moment shown; it may leave the picture and come back."""
    far = 20 * SIDE
    placed = (np.clip(frame.place(point), -far, far) for point in points)
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in placed)


def dots(frame: Frame, path: np.ndarray, iterations: Sequence[int]) -> tuple[Dot, ...]:
    """The checkpoints that are in the picture."""
    count = len(path)
    radius = 4.0 if count <= FEW_DOTS else 2.8
    return tuple(
        Dot(*frame.place(point), round(FAINTEST + (1 - FAINTEST) * (number + 1) / count, 2), radius, iteration)
        for number, (point, iteration) in enumerate(zip(path, iterations, strict=True))
        if frame.holds(point)
    )


def arrow(here: Point | None, direction: np.ndarray, length: float) -> Arrow | None:
    """An arrow of one length in a direction of the plane; None where there is no direction."""
    size = float(np.hypot(*direction))
    if here is None or not size or not math.isfinite(size):
        return None
    dx, dy = float(direction[0]) / size, -float(direction[1]) / size
    x, y = here
    end = x + dx * length, y + dy * length
    neck = end[0] - dx * HEAD, end[1] - dy * HEAD
    wing = HEAD * 0.5
    corners = (end, (neck[0] - dy * wing, neck[1] + dx * wing), (neck[0] + dy * wing, neck[1] - dx * wing))
    return Arrow(f"M{x} {y}L{neck[0]:.1f} {neck[1]:.1f}", " ".join(f"{a:.1f},{b:.1f}" for a, b in corners))
