"""The picture of a landscape: shades, contour lines, the way taken, and −gradient as an arrow."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from app.notation import numbers
from app.plots import png
from app.plots.axes import Tick, round_numbers
from app.plots.contours import Line, contour
from app.plots.shades import coloured, finer
from app.views.landscape.frame import (
    BOTTOM,
    LEFT,
    RIGHT,
    SIDE,
    TOP,
    Arrow,
    Dot,
    Frame,
    Point,
    across_of,
    arrow,
    dots,
    up_of,
    way,
)

APART = 46.0
"""The least distance between two labels of the scale."""
WIDE = 20.0
"""How many times larger the highest loss is than the lowest before heights are powers of ten."""
PIXELS, BENDS = 8, 2
"""Pixels, and parts of a contour line, along one step of the grid."""
MOST_LINES = 16
MANTISSAS = ((1, 1.5, 2, 2.5, 3, 4, 5, 6, 7, 8), (1, 1.5, 2, 3, 5, 7), (1, 2, 3, 5), (1, 2, 5), (1, 3), (1,))
"""At which multiples of powers of ten lines are drawn, the finest that is not too fine."""
ARROW, BATCH_ARROW = 74.0, 58.0
OUTERMOST = (0.7, 99.7)
"""Between these percentages of all points a logarithmic scale reaches from shade to shade."""
LABEL_PLACES = (0.5, 0.3, 0.7)
SHORTEST_LABELLED, LABELS_APART = 90.0, 36.0


@dataclass(frozen=True, slots=True)
class Contour:
    """All lines of one loss as one path. `at` is where its label stands, x, y and the slope in degrees."""

    label: str
    path: str
    is_firm: bool
    at: tuple[float, float, float] | None


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
        width=LEFT + SIDE + RIGHT,
        height=TOP + SIDE + BOTTOM,
        left=LEFT,
        top=TOP,
        side=SIDE,
        image=png.address(coloured(finer(heights, PIXELS, is_centred=True)[::-1], low, high)),
        contours=contours(heights, low, high, is_logarithmic, here),
        rows=up_of(shown.up + starts[1]).ticks(5, four_digits),
        columns=across_of(shown.across + starts[0]).ticks(5, four_digits),
        way=way(frame, [*path, (0.0, 0.0)]) if path else "",
        dots=dots(frame, shown.path, shown.iterations),
        here=here,
        arrow=arrow(here, shown.descent, ARROW),
        batch_arrow=None if shown.batch_descent is None else arrow(here, shown.batch_descent, BATCH_ARROW),
        strip=png.address(coloured(np.linspace(low, high, 128)[None, :], low, high)),
        marks=marks(low, high, is_logarithmic),
        is_logarithmic=is_logarithmic,
        blanks=int(shown.losses.size - finite.size),
    )


def four_digits(number: float) -> str:
    return numbers.short(number, 4)


def marks(low: float, high: float, is_logarithmic: bool) -> tuple[Tick, ...]:
    """The levels along the scale of colours; of those that are too close to each other only some have a label."""
    axis, last, found = across_of((low, high)), -APART, []
    if low == high:
        return (Tick(round(axis.place(low), 1), four_digits(10.0**low if is_logarithmic else low)),)
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
