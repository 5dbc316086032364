"""Where the numbers on the lines between two columns of circles stand, so that none covers another."""

from collections.abc import Iterable
from functools import lru_cache
from math import hypot

LABEL_WIDTH, LABEL_HEIGHT = 64.0, 31.0
TRIES = (0.5, 0.4, 0.6, 0.32, 0.68, 0.25, 0.75, 0.45, 0.55, 0.36, 0.64, 0.28, 0.72, 0.2, 0.8, 0.16, 0.84)
COVERED, CROSSED, ASTRAY = 100.0, 3.0, 2.0

Point = tuple[float, float]
Segment = tuple[float, float, float, float]


def clipped(start: Point, end: Point, radius: float, end_radius: float) -> Segment:
    """The line between two circles, from edge to edge."""
    (x1, y1), (x2, y2) = start, end
    length = hypot(x2 - x1, y2 - y1) or 1.0
    dx, dy = (x2 - x1) / length, (y2 - y1) / length
    return x1 + dx * radius, y1 + dy * radius, x2 - dx * end_radius, y2 - dy * end_radius


@lru_cache(maxsize=256)
def label_places(lines: tuple[Segment, ...]) -> tuple[Point, ...]:
    """A place on each line for its numbers, (x, y) of their middle: apart from each other, on few other lines.

    Lines are served one after the other, steep ones last, each with the best of a few places.
    """
    order = sorted(range(len(lines)), key=lambda number: abs(lines[number][3] - lines[number][1]))
    places: dict[int, Point] = {}
    for number in order:
        tries = [(along(lines[number], share), abs(share - 0.5)) for share in TRIES]
        others = [line for other, line in enumerate(lines) if other != number]
        places[number] = min(tries, key=lambda one: cost(one[0], one[1], others, places.values()))[0]
    return tuple(places[number] for number in range(len(lines)))


def along(line: Segment, share: float) -> Point:
    """A point of a line, `share` of the way from its start."""
    x1, y1, x2, y2 = line
    return x1 + (x2 - x1) * share, y1 + (y2 - y1) * share


def cost(point: Point, distance: float, lines: list[Segment], taken: Iterable[Point]) -> float:
    """How bad a place is: another label there is worst, another line's number might be meant, the middle is best."""
    covered = sum(overlap(point, other) for other in taken)
    crossed = sum(meets(point, line) for line in lines)
    return COVERED * covered + CROSSED * crossed + ASTRAY * distance


def overlap(point: Point, other: Point) -> float:
    """The part of a label's box that another one covers."""
    width = LABEL_WIDTH - abs(point[0] - other[0])
    height = LABEL_HEIGHT - abs(point[1] - other[1])
    return width * height / (LABEL_WIDTH * LABEL_HEIGHT) if width > 0 and height > 0 else 0.0


def meets(point: Point, line: Segment) -> bool:
    """Whether a line passes through the box of a label."""
    x, y = point
    half_width, half_height = LABEL_WIDTH / 2, LABEL_HEIGHT / 2
    x1, y1, x2, y2 = line
    low, high = 0.0, 1.0
    for from_, to, least, most in (
        (x1, x2, x - half_width, x + half_width),
        (y1, y2, y - half_height, y + half_height),
    ):
        if from_ == to:
            if not least <= from_ <= most:
                return False
            continue
        first, last = sorted(((least - from_) / (to - from_), (most - from_) / (to - from_)))
        low, high = max(low, first), min(high, last)
    return low < high
