"""A network as people draw it on a board: a column of circles for each layer, every one joined to the next column's."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from app.nn.problem import Problem

WIDTH, HEIGHT = 300.0, 170.0
TOP, BOTTOM, EDGE = 8.0, 24.0, 16.0
MOST_CIRCLES, MOST_COLUMNS = 8, 12
LARGEST_RADIUS, GAP = 8.0, 0.3


@dataclass(frozen=True)
class Column:
    """One layer: where its circles stand, how large they are, how many units; `dots` is where some are left out."""

    x: float
    circles: tuple[float, ...]
    radius: float
    units: int
    dots: float | None


@dataclass(frozen=True)
class Sketch:
    """The picture in a box of 300 × 170: columns from left to right, and all lines between them as one path."""

    columns: tuple[Column, ...]
    lines: str


def sketch(problem: Problem) -> Sketch | None:
    """The sketch of a network, or None of an expression and of more layers than fit."""
    return drawn(problem.widths) if 1 < len(problem.widths) <= MOST_COLUMNS else None


def drawn(widths: Sequence[int]) -> Sketch:
    """The sketch of layers of so many units each, the inputs first."""
    step = (WIDTH - 2 * EDGE) / (len(widths) - 1)
    columns = tuple(column(EDGE + number * step, units) for number, units in enumerate(widths))
    pairs = itertools.pairwise(columns)
    return Sketch(columns, "".join(between(left, right) for left, right in pairs))


def column(x: float, units: int) -> Column:
    """The circles of a layer, centred; of a long one the first and the last, with dots between them."""
    places = min(units, MOST_CIRCLES)
    room = HEIGHT - TOP - BOTTOM
    step = min(room / places, LARGEST_RADIUS * (2 + 4 * GAP))
    first = TOP + (room - step * places) / 2 + step / 2
    centres = [first + place * step for place in range(places)]
    dots = centres.pop(MOST_CIRCLES - 2) if units > MOST_CIRCLES else None
    return Column(x, tuple(centres), min(LARGEST_RADIUS, step / (2 + 2 * GAP)), units, dots)


def between(left: Column, right: Column) -> str:
    """Lines from every circle of one column to every one of the next."""
    return "".join(
        f"M{left.x:.1f} {here:.1f}L{right.x:.1f} {there:.1f}" for here in left.circles for there in right.circles
    )
