"""Contour lines of a grid of heights by marching squares: each cell is crossed by which of its corners are above.

Points are in units of the grid: x counts columns, y counts rows. Where a height is not finite, no line is drawn.
"""

from __future__ import annotations

from collections import defaultdict

import numpy as np

LEFT, TOP, RIGHT, BOTTOM = range(4)
CORNERS = ((0, 0), (0, 1), (1, 1), (1, 0))
"""(down, right) of a cell's corners: bits 1, 2, 4 and 8 of its case."""
CROSSED: dict[int, tuple[tuple[int, int], ...]] = {
    1: ((LEFT, TOP),),
    2: ((TOP, RIGHT),),
    3: ((LEFT, RIGHT),),
    4: ((RIGHT, BOTTOM),),
    5: ((LEFT, TOP), (RIGHT, BOTTOM)),
    6: ((TOP, BOTTOM),),
    7: ((LEFT, BOTTOM),),
    8: ((BOTTOM, LEFT),),
    9: ((TOP, BOTTOM),),
    10: ((TOP, RIGHT), (BOTTOM, LEFT)),
    11: ((RIGHT, BOTTOM),),
    12: ((LEFT, RIGHT),),
    13: ((TOP, RIGHT),),
    14: ((LEFT, TOP),),
}
"""Which sides of a cell a line goes through; of two opposite corners above, with the middle of the cell below."""
MIDDLE_ABOVE = {5: CROSSED[10], 10: CROSSED[5]}

Edge = tuple[int, int, bool]
"""The edge of the grid that begins at a row and a column and goes down (True) or right."""
Line = list[tuple[float, float]]


def contour(heights: np.ndarray, level: float) -> list[Line]:
    """The lines on which a grid of heights (rows, columns) has this level; a closed one ends where it begins."""
    cases, is_middle_above = cases_of(heights, level)
    segments: list[tuple[Edge, Edge]] = []
    for row, column in np.argwhere((cases > 0) & (cases < 15)).tolist():
        case = int(cases[row, column])
        sides = MIDDLE_ABOVE[case] if case in MIDDLE_ABOVE and is_middle_above[row, column] else CROSSED[case]
        segments += [(edge_of(one, row, column), edge_of(other, row, column)) for one, other in sides]
    return [[crossing(heights, level, edge) for edge in chain] for chain in chained(segments)]


def cases_of(heights: np.ndarray, level: float) -> tuple[np.ndarray, np.ndarray]:
    """Each cell's case, 0 where one of its corners is not finite; and whether its middle is above the level."""
    rows, columns = heights.shape[0] - 1, heights.shape[1] - 1
    corners = np.stack([heights[down : down + rows, right : right + columns] for down, right in CORNERS])
    is_finite = np.isfinite(corners).all(axis=0)
    cases = np.sum((corners > level) << np.arange(4)[:, None, None], axis=0)
    with np.errstate(invalid="ignore", over="ignore"):
        return np.where(is_finite, cases, 0), corners.mean(axis=0) > level


def edge_of(side: int, row: int, column: int) -> Edge:
    """A side of a cell as an edge of the grid, the same one for both cells that share it."""
    return row + (side == BOTTOM), column + (side == RIGHT), side in (LEFT, RIGHT)


def crossing(heights: np.ndarray, level: float, edge: Edge) -> tuple[float, float]:
    """Where a line crosses an edge, on a straight slope from one end of it to the other."""
    row, column, is_down = edge
    begin, end = heights[row, column], heights[row + is_down, column + (not is_down)]
    share = float((level - begin) / (end - begin))
    return (column, row + share) if is_down else (column + share, row)


def chained(segments: list[tuple[Edge, Edge]]) -> list[list[Edge]]:
    """Segments joined to lines; an edge lies on two of them at most."""
    neighbours: defaultdict[Edge, list[Edge]] = defaultdict(list)
    for one, other in segments:
        neighbours[one].append(other)
        neighbours[other].append(one)
    ends = [edge for edge, near in neighbours.items() if len(near) == 1]
    chains = [walk(neighbours, edge) for edge in ends if neighbours[edge]]
    closed = [walk(neighbours, edge) for edge in list(neighbours) if neighbours[edge]]
    return chains + closed


def walk(neighbours: defaultdict[Edge, list[Edge]], start: Edge) -> list[Edge]:
    """From edge to edge until there is none left to go to; what was walked is taken away."""
    line = [start]
    while neighbours[line[-1]]:
        following = neighbours[line[-1]].pop()
        neighbours[following].remove(line[-1])
        line.append(following)
    return line
