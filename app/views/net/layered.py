"""The circles of a layered net's columns, and the lines of weights between two of them."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from math import isfinite

import numpy as np

from app.engine.formula import Index
from app.notation.naming import Name
from app.views.net.chain import Chain, Focus
from app.views.net.circles import LINE_ROOM, Circle, Figure, Line, Marking, Part, left_half, right_half, whole
from app.views.net.spread import Point, Segment, along, clipped, label_places
from app.views.net.units import Drawn

LARGE, MEDIUM, SMALL = 51.0, 36.0, 28.0
FEW, MANY = 6, 4
MOST_LABELS = 30
HALF_ROOM = 42.0
BIAS_ROOM = 52.0
TAG_HEIGHT = 20.0
SPACE, LITTLE_SPACE = 22.0, 12.0
MORE = 30.0
THIN, THICK = 0.8, 4.2
NEAR_SOURCE, NEAR_TARGET = 0.24, 0.76


@dataclass(frozen=True, slots=True)
class Sight:
    """A layered net as one reader sees it: what is marked, and the unit and the row of the batch looked at."""

    marking: Marking
    chain: Chain
    focus: Focus | None
    sample: int

    def is_focus(self, column: int, unit: int) -> bool:
        """Whether a unit of a column is the one looked at."""
        return self.focus is not None and (self.focus.column, self.focus.unit) == (column, unit)


@dataclass(frozen=True, slots=True)
class Sheet:
    """One column, placed: `x` is the middle of its circles, `bottom` the lowest point of what is drawn."""

    drawn: Drawn
    x: float
    right: float
    bottom: float
    height: float
    radius: float
    circles: tuple[Circle, ...]
    targets: tuple[tuple[float, float, Figure], ...]


def radius_of(drawn: Drawn) -> float:
    """How large the circles of a column are: halves for z and a need room, many units leave little."""
    if len(drawn.units) > FEW:
        return SMALL
    return LARGE if len(drawn.column.nodes) == 2 or drawn.column.is_loss else MEDIUM


def pitch_of(count: int) -> float:
    """How far apart the middles of so many circles stand; the same in all short columns, so that lines run level."""
    if count > FEW:
        return 2 * SMALL + SPACE
    return 2 * LARGE + TAG_HEIGHT + (SPACE if count < MANY else LITTLE_SPACE)


def column_sheet(sight: Sight, drawn: Drawn, left: float, middle: float) -> Sheet:
    """A column with its left edge and the middle of its height given."""
    radius = radius_of(drawn)
    pitch = pitch_of(len(drawn.units))
    height = pitch * len(drawn.units) + (MORE if drawn.left_out else 0.0)
    x, top = left + radius, middle - height / 2
    circles = tuple(
        circle(sight, drawn, unit, (x, top + pitch * (place + 0.5)), radius) for place, unit in enumerate(drawn.units)
    )
    return Sheet(
        drawn=drawn,
        x=x,
        right=x + radius,
        bottom=top + height,
        height=height,
        radius=radius,
        circles=circles,
        targets=targets(sight, drawn, circles),
    )


def circle(sight: Sight, drawn: Drawn, unit: int, place: Point, radius: float) -> Circle:
    """One unit with its numbers."""
    column, marking, chain = drawn.column, sight.marking, sight.chain
    layer = column.layer
    bias = None
    if layer and layer.bias:
        bias = marking.figure(layer.bias, chain.bias_place(layer, unit), BIAS_ROOM)
    nodes = column.nodes if radius == LARGE else column.nodes[-1:]
    room = HALF_ROOM if len(nodes) > 1 else 2 * radius - 14
    figures = [marking.figure(id, chain.place(id, unit, sight.sample), room) for id in nodes]
    kind = "loss" if column.is_loss else "unit" if layer else "input"
    return Circle(
        f"u{column.number}-{unit}",
        kind,
        *place,
        radius,
        parts(figures, radius),
        Name(str(unit)) if column.units > 1 else None,
        bias,
        is_near=sight.is_focus(column.number, unit),
        is_tight=radius == SMALL,
    )


def parts(figures: list[Figure], radius: float) -> tuple[Part, ...]:
    """The figures of a unit as halves of a circle, or one as all of it."""
    if len(figures) == 1:
        return (Part(figures[0], whole(radius), 0.0, "whole"),)
    before, after = figures
    shift = radius * 0.47
    return Part(before, left_half(radius), -shift, "before"), Part(after, right_half(radius), shift, "after")


def targets(sight: Sight, drawn: Drawn, circles: tuple[Circle, ...]) -> tuple[tuple[float, float, Figure], ...]:
    """What the loss compares with: beside each last unit, or under the loss where it is one number for all."""
    chain = sight.chain
    id, last = chain.targets, len(chain.columns) - 1
    if id is None:
        return ()
    is_below = chain.is_per_sample(id)
    if drawn.column.number != (last if is_below else last - 1):
        return ()
    found = []
    for unit, one in zip(drawn.units, circles, strict=True):
        figure = sight.marking.figure(id, chain.place(id, unit, sight.sample), LINE_ROOM)
        place = (one.x, one.y + one.radius + 16) if is_below else (one.x + one.radius + 46, one.y - 8)
        found.append((*place, figure))
    return tuple(found)


def lines_between(sight: Sight, before: Sheet, after: Sheet) -> tuple[Line, ...]:
    """The lines between two columns that stand next to each other, unit after unit of the second one."""
    pairs = list(product(after.circles, before.circles))
    segments = tuple(
        clipped((source.x, source.y), (unit.x, unit.y), before.radius, after.radius) for unit, source in pairs
    )
    is_flowing = are_flowing(sight.marking, before, after)
    if after.drawn.column.layer:
        return weight_lines(sight, before, after, segments, is_flowing)
    sources = [source for _, source in product(after.drawn.units, before.drawn.units)]
    return tuple(
        plain_line(sight, before.drawn.column.number, source, segment, is_flowing)
        for source, segment in zip(sources, segments, strict=True)
    )


def are_flowing(marking: Marking, before: Sheet, after: Sheet) -> bool:
    """Whether the node visited is what these lines led to, or from where numbers came back along them."""
    picture = marking.picture
    if picture.phase == "forward":
        return picture.is_visited(after.drawn.column.nodes[0])
    return picture.is_visited(before.drawn.column.nodes[-1])


def plain_line(sight: Sight, number: int, unit: int, segment: Segment, is_flowing: bool) -> Line:
    """A line without a weight, from a unit of a column: what the loss is made of."""
    is_near = sight.is_focus(number, unit) or (sight.focus is not None and sight.focus.column == number + 1)
    return Line(
        key=f"l{number + 1}-0-{unit}",
        path=path(segment),
        width=1.2,
        is_negative=False,
        figure=None,
        x=0.0,
        y=0.0,
        shows="never",
        is_near=is_near,
        is_flowing=is_flowing,
    )


def weight_lines(
    sight: Sight, before: Sheet, after: Sheet, segments: tuple[Segment, ...], is_flowing: bool
) -> tuple[Line, ...]:
    """The lines of weights into a column, with as many of their numbers as there is room for."""
    layer, number = after.drawn.column.layer, after.drawn.column.number
    is_labelled = are_labelled(before, after)
    spots = label_places(segments) if is_labelled else None
    # A part of a wide layer has its numbers in the maps, too: choosing a unit is enough there.
    otherwise = "never" if before.drawn.left_out or after.drawn.left_out else "near"
    units = list(product(after.drawn.units, before.drawn.units))
    at = [sight.chain.weight_place(layer, unit, source) for unit, source in units]
    weights = numbers_at(sight.marking.picture.value(layer.weights), at)
    largest = max((abs(weight) for weight in weights if isfinite(weight)), default=0.0) or 1.0
    found = []
    for place, (segment, (unit, source), weight) in enumerate(zip(segments, units, weights, strict=True)):
        near = nearness(sight, number, source, unit)
        spot = spots[place] if spots else along(segment, NEAR_TARGET if near == "leaving" else NEAR_SOURCE)
        found.append(
            Line(
                f"l{number}-{unit}-{source}",
                path(segment),
                thickness(weight, largest),
                weight < 0,
                sight.marking.figure(layer.weights, at[place], LINE_ROOM),
                *(round(part, 1) for part in spot),
                "always" if is_labelled or near else otherwise,
                near in ("entering", "leaving"),
                is_flowing,
            )
        )
    return tuple(found)


def numbers_at(array: np.ndarray | None, places: list[Index]) -> list[float]:
    """The numbers of an array at some places; where it is not computed they are drawn like zeros, without digits."""
    return [0.0 if array is None else float(array[place]) for place in places]


def thickness(weight: float, largest: float) -> float:
    """How thick the line of a weight is, in pixels."""
    return round(THIN + (THICK - THIN) * min(1.0, abs(weight) / largest), 2) if isfinite(weight) else THICK


def are_labelled(before: Sheet, after: Sheet) -> bool:
    """Whether all lines between two columns have room for their numbers."""
    sizes = len(before.circles), len(after.circles)
    return max(sizes) <= FEW and sizes[0] * sizes[1] <= MOST_LABELS


def nearness(sight: Sight, number: int, source: int, unit: int) -> str:
    """How a line of weights touches what is looked at: entering or leaving it, beside the weight chosen, or not."""
    if sight.is_focus(number, unit):
        return "entering" if sight.focus.source in (None, source) else "beside"
    return "leaving" if sight.is_focus(number - 1, source) and sight.focus.source is None else ""


def path(segment: Segment) -> str:
    """A straight line."""
    x1, y1, x2, y2 = (f"{number:.1f}" for number in segment)
    return f"M{x1} {y1}L{x2} {y2}"
