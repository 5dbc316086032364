"""Painting lines: curves between placed boxes that leave to the right, arrive from the left and keep clear of others.

Graphviz says past which boxes a long line goes; the curve itself is ours, so that it is calm between the columns and
every argument arrives at a place of its own.
"""

import itertools
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

from app.layout.curves import bend, ease, heights, number, point_on
from app.layout.layout import Point
from app.layout.placing import Placement, Sketch, seats

CLEARANCE = 7.0
MIN_GAP = 56.0
MIN_GAP_WITH_WORDS = 78.0
WIDEST_SCALAR = 170.0
MAX_EXTRA_GAP = 110.0
GAP_PER_RISE = 0.16
SEAT_GAP = 14.0
REPEAT_GAP = 9.0
REPEAT_LABEL_GAP = 38.0
ALIGNED = 1.5
LABEL_DISTANCE = 32.0


@dataclass(frozen=True, slots=True)
class Curve:
    """A painted line: its SVG path, where it starts and ends, and a point on it near its end, between the columns."""

    path: str
    start: Point
    tip: Point
    label: Point


@dataclass(slots=True)
class Column:
    """The boxes that stand above each other: their common extent, and the stretches of y they occupy, merged."""

    left: float
    right: float
    tops: list[float]
    bottoms: list[float]

    def blocks(self, low: float, high: float) -> bool:
        """Whether a line between these two heights would touch a box."""
        stretch = bisect_left(self.bottoms, low)
        return stretch < len(self.tops) and self.tops[stretch] < high

    def nearest_free(self, y: float) -> float:
        """The height closest to `y` at which a line passes every box."""
        stretch = bisect_right(self.tops, y) - 1
        if stretch < 0 or self.bottoms[stretch] <= y:
            return y
        top, bottom = self.tops[stretch], self.bottoms[stretch]
        return top if y - top <= bottom - y else bottom


class Painter:
    """Paints the lines of one placement, columns moved apart where lines need room, with a border left and above."""

    def __init__(self, sketch: Sketch, placement: Placement, border: float = 0.0) -> None:
        self.sketch, self.placement, self.border = sketch, placement, border
        self.ys = [round(y + border, 1) for _, y in placement.centres]
        self.number_columns()
        self.columns = [self.column(members) for members in self.members]
        self.courses = [
            self.course(source, target, course)
            for (source, target, _), course in zip(sketch.edges, placement.courses, strict=True)
        ]
        self.spread_columns()

    def number_columns(self) -> None:
        """Find which boxes share a column: those with the same centre."""
        self.centres = sorted({round(x) for x, _ in self.placement.centres})
        self.column_of = [bisect_left(self.centres, round(x)) for x, _ in self.placement.centres]
        self.members: list[list[int]] = [[] for _ in self.centres]
        for box, column in enumerate(self.column_of):
            self.members[column].append(box)

    def column(self, members: list[int]) -> Column:
        half = max(self.sketch.sizes[box][0] for box in members) / 2
        x = self.placement.centres[members[0]][0]
        column = Column(x - half, x + half, [], [])
        for box in sorted(members, key=self.ys.__getitem__):
            reach = self.sketch.sizes[box][1] / 2 + CLEARANCE
            if column.bottoms and column.bottoms[-1] >= self.ys[box] - reach:
                column.bottoms[-1] = max(column.bottoms[-1], self.ys[box] + reach)
            else:
                column.tops.append(self.ys[box] - reach)
                column.bottoms.append(self.ys[box] + reach)
        return column

    def course(self, source: int, target: int, course: tuple[Point, ...]) -> list[float]:
        """The heights of a line at its start, at each column it passes, and at its end."""
        first, last = self.column_of[source], self.column_of[target]
        start, end = self.ys[source], self.ys[target]
        between = range(first + 1, last)
        if course:
            wished = [y + self.border for y in heights(course, [self.centres[column] for column in between])]
        else:
            wished = [start + (end - start) * (column - first) / (last - first) for column in between]
        return [start, *(self.columns[column].nearest_free(y) for column, y in zip(between, wished, strict=True)), end]

    def spread_columns(self) -> None:
        """Move columns apart where lines between them climb far, and note where each box then stands."""
        rises = [0.0] * len(self.columns)
        for (source, _, _), course in zip(self.sketch.edges, self.courses, strict=True):
            for step, (y, next_y) in enumerate(itertools.pairwise(course), self.column_of[source]):
                rises[step] = max(rises[step], abs(next_y - y))
        x = self.border
        for column, rise in zip(self.columns, rises, strict=True):
            width = column.right - column.left
            column.left, column.right = x, x + width
            x += width + self.gap() + round(min(MAX_EXTRA_GAP, GAP_PER_RISE * rise))
        self.width, self.height = self.columns[-1].right - self.border, self.placement.height
        self.lefts = [self.left(box) for box in range(len(self.ys))]

    def gap(self) -> float:
        """The room between columns: more where all boxes hold single numbers, since words then stand on the lines."""
        is_scalar = all(width < WIDEST_SCALAR for width, _ in self.sketch.sizes)
        return MIN_GAP_WITH_WORDS if is_scalar else MIN_GAP

    def left(self, box: int) -> float:
        """The left edge of a box: ops stand in the middle of their column, leaves close to what they feed."""
        column, width = self.columns[self.column_of[box]], self.sketch.sizes[box][0]
        if not self.sketch.inputs[box]:
            return column.right - width
        return (column.left + column.right - width) / 2

    def outline(self, box: int) -> tuple[float, float, float, float]:
        """The left upper corner, width and height of a box."""
        width, height = self.sketch.sizes[box]
        return round(self.lefts[box], 1), round(self.ys[box] - height / 2, 1), width, height

    def curves(self) -> Iterator[Curve]:
        """The painted lines, in the sketch's order of edges."""
        ends = self.seat_heights()
        for (source, target, argument), course in zip(self.sketch.edges, self.courses, strict=True):
            among = self.among_repeats(source, target, argument)
            course = [course[0] + among * REPEAT_GAP, *course[1:-1], ends[target, argument]]
            yield self.curve(source, target, course, self.ys[target] + among * REPEAT_LABEL_GAP if among else None)

    def seat_heights(self) -> dict[tuple[int, int], float]:
        """Where each argument arrives at its box: in order from the top, the straight one in the middle."""
        arrivals = {
            (target, argument): course[-2]
            for (_, target, argument), course in zip(self.sketch.edges, self.courses, strict=True)
        }
        found = {}
        for target, order in enumerate(seats(self.sketch)):
            room = self.sketch.sizes[target][1] - 2 * CLEARANCE
            gap = min(SEAT_GAP, room / max(1, len(order)))
            level = [
                seat
                for seat, argument in enumerate(order)
                if abs(arrivals[target, argument] - self.ys[target]) < ALIGNED
            ]
            middle = level[0] if len(level) == 1 and len(order) < 4 else (len(order) - 1) / 2
            for seat, argument in enumerate(order):
                found[target, argument] = self.ys[target] + (seat - middle) * gap
        return found

    def among_repeats(self, source: int, target: int, argument: int) -> float:
        """The place of a line among those from the same source to the same op, 0 being the middle: ±½ for two."""
        sources = self.sketch.inputs[target]
        return sources[:argument].count(source) - (sources.count(source) - 1) / 2

    def curve(self, source: int, target: int, course: list[float], label_height: float | None) -> Curve:
        """One line: level inside the columns, bends between them, each as long as the boxes allow."""
        first, last = self.column_of[source], self.column_of[target]
        start = (self.lefts[source] + self.sketch.sizes[source][0], course[0])
        tip = (self.lefts[target], course[-1])
        parts, here = [f"M{number(start[0])} {number(start[1])}"], 0
        while here < len(course) - 1:
            there = self.farthest(first, course, here)
            begin = (self.columns[first + here].right, course[here])
            end = (self.columns[first + there].left, course[there])
            parts += (f"H{number(begin[0])}", bend(begin, end))
            here = there
        parts.append(f"H{number(tip[0])}")
        room = end[0] - self.columns[last - 1].right
        x, y = point_on(begin, end, end[0] - min(LABEL_DISTANCE, room / 2))
        return Curve("".join(parts), start, tip, (x, round(y if label_height is None else label_height, 1)))

    def farthest(self, first: int, course: list[float], here: int) -> int:
        """The farthest stop of a course that one bend can reach from this one without touching a box."""
        for there in range(len(course) - 1, here + 1, -1):
            if self.is_clear(first, course, here, there):
                return there
        return here + 1

    def is_clear(self, first: int, course: list[float], here: int, there: int) -> bool:
        x, y = self.columns[first + here].right, course[here]
        width, rise = self.columns[first + there].left - x, course[there] - y
        for column in self.columns[first + here + 1 : first + there]:
            enter = y + rise * ease((column.left - x) / width)
            leave = y + rise * ease((column.right - x) / width)
            if column.blocks(min(enter, leave), max(enter, leave)):
                return False
        return True
