"""Bends and splines: level at both ends, written as SVG, and read where Graphviz drew them."""

from app.layout.layout import Point

HEAD_LENGTH = 8.0
HEAD_HALF_WIDTH = 4.0


def ease(part: float) -> float:
    """How far a bend has climbed after a part of its width, both from 0 to 1."""
    low, high = 0.0, 1.0
    for _ in range(12):
        t = (low + high) / 2
        if 1.5 * t * (1 - t) + t**3 < part:
            low = t
        else:
            high = t
    t = (low + high) / 2
    return t * t * (3 - 2 * t)


def bend(begin: Point, end: Point) -> str:
    """A curve between two points that is level at both, or a straight line where they are level with each other."""
    (x, y), (next_x, next_y) = begin, end
    if abs(next_y - y) < 0.05:
        return f"H{number(next_x)}"
    middle = number((x + next_x) / 2)
    return f"C{middle} {number(y)} {middle} {number(next_y)} {number(next_x)} {number(next_y)}"


def point_on(begin: Point, end: Point, x: float) -> Point:
    """The point of a bend at x."""
    part = (x - begin[0]) / (end[0] - begin[0])
    return round(x, 1), begin[1] + (end[1] - begin[1]) * ease(part)


def heights(course: tuple[Point, ...], stops: list[int]) -> list[float]:
    """The y of a Bezier spline at each x of `stops`, which grow."""
    found, piece = [], 0
    for x in stops:
        while piece + 6 < len(course) - 1 and course[piece + 3][0] < x:
            piece += 3
        found.append(height(course[piece : piece + 4], x))
    return found


def height(piece: tuple[Point, ...], x: float) -> float:
    """The y of one cubic piece at x, by halving, as Graphviz lets lines run from left to right."""
    low, high = 0.0, 1.0
    for _ in range(14):
        t = (low + high) / 2
        low, high = (t, high) if cubic([p[0] for p in piece], t) < x else (low, t)
    return cubic([p[1] for p in piece], (low + high) / 2)


def cubic(p: list[float], t: float) -> float:
    s = 1 - t
    return s * s * s * p[0] + 3 * s * s * t * p[1] + 3 * s * t * t * p[2] + t * t * t * p[3]


def arrow(tip: Point, direction: int) -> str:
    """The corners of an arrow head whose tip points to the right (1) or to the left (−1)."""
    x, y = tip
    back = number(x - direction * HEAD_LENGTH)
    return f"{number(x)},{number(y)} {back},{number(y - HEAD_HALF_WIDTH)} {back},{number(y + HEAD_HALF_WIDTH)}"


def number(value: float) -> str:
    """A coordinate with one decimal, without a needless one."""
    return f"{value:.1f}".removesuffix(".0")
