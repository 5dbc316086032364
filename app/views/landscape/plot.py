"""The picture of a landscape: shades, contour lines, the way taken, and −gradient as an arrow."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from app.views import numbers, png
from app.views.axes import Axis, Tick, round_numbers
from app.views.contours import Line, contour
from app.views.landscape.shades import coloured, finer

SIDE, LEFT, RIGHT, TOP, BOTTOM = 452.0, 62.0, 12.0, 12.0, 96.0
APART = 46.0
"""The least distance between two labels of the scale."""
WIDE = 20.0
"""How many times larger the highest loss is than the lowest before heights are powers of ten."""
PIXELS, BENDS = 8, 2
"""Pixels, and parts of a contour line, along one step of the grid."""
MOST_LINES = 16
MANTISSAS = ((1, 1.5, 2, 2.5, 3, 4, 5, 6, 7, 8), (1, 1.5, 2, 3, 5, 7), (1, 2, 3, 5), (1, 2, 5), (1, 3), (1,))
"""At which multiples of powers of ten lines are drawn, the finest that is not too fine."""
ARROW, BATCH_ARROW, HEAD = 74.0, 58.0, 11.0
OUTERMOST = (0.7, 99.7)
"""Between these percentages of all points a logarithmic scale reaches from shade to shade."""
FAINTEST = 0.35
FEW_DOTS = 20
LABEL_PLACES = (0.5, 0.3, 0.7)
SHORTEST_LABELLED, LABELS_APART = 90.0, 36.0

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Contour:
    """All lines of one loss as one path. `at` is where its label stands, x, y and the slope in degrees."""

    label: str
    path: str
    is_firm: bool
    at: tuple[float, float, float] | None


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


@dataclass(frozen=True, slots=True)
class Plot:
    """The picture in units of its own. `here` is None, and so are arrows, where the moment is not in it.

    `strip` is the scale of colours as a picture, `marks` the losses along it; `blanks` counts what is not finite.
    """

    width: float
    height: float
    left: float
    top: float
    side: float
    image: str
    contours: tuple[Contour, ...]
    rows: tuple[Tick, ...]
    columns: tuple[Tick, ...]
    way: str
    dots: tuple[Dot, ...]
    here: Point | None
    arrow: Arrow | None
    batch_arrow: Arrow | None
    strip: str
    marks: tuple[Tick, ...]
    is_logarithmic: bool
    blanks: int


@dataclass(frozen=True, slots=True)
class Frame:
    """The square that the plane is drawn in."""

    across: Axis
    up: Axis

    def place(self, point: Sequence[float]) -> Point:
        return round(self.across.place(point[0]), 1), round(self.up.place(point[1]), 1)

    def holds(self, point: Sequence[float]) -> bool:
        return self.across.holds(point[0]) and self.up.holds(point[1])


class Shown(Protocol):
    """What is drawn of a landscape, as it is described there."""

    across: np.ndarray
    up: np.ndarray
    losses: np.ndarray
    iterations: tuple[int, ...]
    path: np.ndarray
    descent: np.ndarray
    batch_descent: np.ndarray | None


def plot(shown: Shown, starts: tuple[float, float] = (0.0, 0.0)) -> Plot | None:
    """The picture of a landscape; None where no loss of it is finite. The axes count from `starts`."""
    finite = shown.losses[np.isfinite(shown.losses)]
    if not finite.size:
        return None
    frame = Frame(across_of(shown.across), up_of(shown.up))
    is_logarithmic = bool(finite.min() > 0 and finite.max() > WIDE * finite.min())
    heights = heights_of(shown.losses, is_logarithmic)
    low, high = scale(heights, is_logarithmic)
    here = frame.place((0, 0)) if frame.holds((0, 0)) else None
    path = [point for point in shown.path if np.isfinite(point).all()]
    return Plot(
        LEFT + SIDE + RIGHT,
        TOP + SIDE + BOTTOM,
        LEFT,
        TOP,
        SIDE,
        png.address(coloured(finer(heights, PIXELS, is_centred=True)[::-1], low, high)),
        contours(heights, low, high, is_logarithmic, here),
        up_of(shown.up + starts[1]).ticks(5, four_digits),
        across_of(shown.across + starts[0]).ticks(5, four_digits),
        way(frame, [*path, (0.0, 0.0)]) if path else "",
        dots(frame, shown),
        here,
        arrow(here, shown.descent, ARROW),
        None if shown.batch_descent is None else arrow(here, shown.batch_descent, BATCH_ARROW),
        png.address(coloured(np.linspace(low, high, 128)[None, :], low, high)),
        marks(low, high, is_logarithmic),
        is_logarithmic,
        int(shown.losses.size - finite.size),
    )


def across_of(ends: Sequence[float]) -> Axis:
    """The axis to the right, from the first number to the last."""
    return Axis(float(ends[0]), float(ends[-1]), LEFT, LEFT + SIDE)


def up_of(ends: Sequence[float]) -> Axis:
    """The axis upwards."""
    return Axis(float(ends[0]), float(ends[-1]), TOP + SIDE, TOP)


def four_digits(number: float) -> str:
    return numbers.short(number, 4)


def marks(low: float, high: float, is_logarithmic: bool) -> tuple[Tick, ...]:
    """The levels along the scale of colours; of those that are too close to each other only some have a label."""
    axis, last, found = across_of((low, high)), -APART, []
    for level, label, _ in levels(low, high, is_logarithmic):
        place = axis.place(level)
        found.append(Tick(round(place, 1), label if place - last >= APART else ""))
        last = place if found[-1].label else last
    return tuple(found)


def scale(heights: np.ndarray, is_logarithmic: bool) -> tuple[float, float]:
    """The heights of the darkest and the lightest shade. A minimum has no bottom among powers of ten: of these the few
    outermost ones share a shade with the next.
    """
    finite = heights[np.isfinite(heights)]
    low, high = np.percentile(finite, OUTERMOST) if is_logarithmic else (finite.min(), finite.max())
    return float(low), float(high)


def heights_of(losses: np.ndarray, is_logarithmic: bool) -> np.ndarray:
    """What is drawn as height: the loss, or its power of ten; NaN where it is not finite."""
    known = np.where(np.isfinite(losses), losses, np.nan)
    return np.log10(known) if is_logarithmic else known


def levels(low: float, high: float, is_logarithmic: bool) -> list[tuple[float, str, bool]]:
    """The heights that lines are drawn at, the losses they stand for, and whether these are powers of ten."""
    if not is_logarithmic:
        return [(level, four_digits(level), False) for level in round_numbers(low, high, 12) if low < level < high]
    fitting = (mantissas for mantissas in MANTISSAS if (high - low) * len(mantissas) <= MOST_LINES)
    mantissas = next(fitting, MANTISSAS[-1])
    powers = range(math.floor(low), math.ceil(high) + 1)
    found = [(power + math.log10(mantissa), mantissa, power) for power in powers for mantissa in mantissas]
    return [
        (at, numbers.short(mantissa * 10.0**power, 3), mantissa == 1)
        for at, mantissa, power in found
        if low < at < high
    ]


def contours(
    heights: np.ndarray, low: float, high: float, is_logarithmic: bool, here: Point | None
) -> tuple[Contour, ...]:
    """The lines of all levels, in the units of the picture; no label stands in the way of the moment or of another."""
    fine = finer(heights, BENDS)
    step = SIDE / (len(fine) - 1)
    drawn, taken = [], [here] if here else []
    for number, (level, label, is_firm) in enumerate(levels(low, high, is_logarithmic)):
        lines = [[(LEFT + step * x, TOP + SIDE - step * y) for x, y in line] for line in contour(fine, level)]
        at = label_place(max(lines, key=len), LABEL_PLACES[number % len(LABEL_PLACES)]) if lines else None
        if at and any(math.dist(at[:2], other) < LABELS_APART for other in taken):
            at = None
        taken += [at[:2]] if at else []
        drawn.append(Contour(label, "".join(map(path_of, lines)), is_firm, at))
    return tuple(drawn)


def path_of(line: Line) -> str:
    """A line as an SVG path."""
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in line)


def label_place(line: Line, part: float) -> tuple[float, float, float] | None:
    """Where on a line its label stands, turned along it but never upside down; None where there is no room."""
    points = np.array(line)
    if np.ptp(points, axis=0).max() < SHORTEST_LABELLED:
        return None
    middle = int(len(line) * part)
    begin, end = points[max(middle - 3, 0)], points[min(middle + 3, len(line) - 1)]
    x, y = points[middle]
    turn = math.degrees(math.atan2(end[1] - begin[1], end[0] - begin[0]))
    turn = turn - 180 if turn > 90 else turn + 180 if turn < -90 else turn
    is_inside = LEFT + 24 < x < LEFT + SIDE - 24 and TOP + 24 < y < TOP + SIDE - 24
    return (round(float(x), 1), round(float(y), 1), round(turn)) if is_inside else None


def way(frame: Frame, points: Sequence[Sequence[float]]) -> str:
    """The line through the checkpoints to the moment shown; it may leave the picture and come back."""
    far = 20 * SIDE
    placed = (np.clip(frame.place(point), -far, far) for point in points)
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in placed)


def dots(frame: Frame, shown: Shown) -> tuple[Dot, ...]:
    """The checkpoints that are in the picture."""
    count = len(shown.path)
    radius = 4.0 if count <= FEW_DOTS else 2.8
    return tuple(
        Dot(*frame.place(point), round(FAINTEST + (1 - FAINTEST) * (number + 1) / count, 2), radius, iteration)
        for number, (point, iteration) in enumerate(zip(shown.path, shown.iterations, strict=True))
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
