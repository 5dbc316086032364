"""Contour lines of a grid of heights by marching squares: each cell is crossed by which of its corners are above.

Points are in units of the grid: x counts columns, y counts rows. Where a height is not finite, no line is drawn.
Source: W. E. Lorensen, H. E. Cline, Marching Cubes (SIGGRAPH 1987), in two dimensions.
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
OPPOSITE = {5: 10, 10: 5}
"""With the middle above, a line goes through a cell as if its other two corners were."""

Edge = tuple[int, int, int]
"""The edge of the grid that begins at a row and a column and goes down (1) or right (0)."""
Line = list[tuple[float, float]]


def contour(heights: np.ndarray, level: float) -> list[Line]:
    """The lines on which a grid of heights (rows, columns) has this level; a closed one ends where it begins."""
    edges = crossed(heights, level)
    places = dict(zip(map(tuple, edges.reshape(-1, 3).tolist()), crossings(heights, level, edges), strict=True))
    return [[places[edge] for edge in chain] for chain in chained(edges)]


def pieces(heights: np.ndarray, level: float) -> np.ndarray:
    """The same lines in pieces of one cell each, in no order: x and y of both ends, (pieces, 4). Much quicker."""
    return np.reshape(crossings(heights, level, crossed(heights, level)), (-1, 4))


def crossed(heights: np.ndarray, level: float) -> np.ndarray:
    """The two edges through which a line enters and leaves a cell, for each piece of line: (pieces, 2, 3)."""
    cases = cases_of(heights, level)
    found = [np.empty((0, 2, 3), int)]
    for case, sides in CROSSED.items():
        cells = np.argwhere(cases == case)
        found += [np.stack([edges_of(one, cells), edges_of(other, cells)], axis=1) for one, other in sides]
    return np.concatenate(found)


def cases_of(heights: np.ndarray, level: float) -> np.ndarray:
    """Each cell's case, 0 where one of its corners is not finite."""
    rows, columns = heights.shape[0] - 1, heights.shape[1] - 1
    corners = np.stack([heights[down : down + rows, right : right + columns] for down, right in CORNERS])
    cases = np.sum((corners > level) << np.arange(4)[:, None, None], axis=0)
    with np.errstate(invalid="ignore", over="ignore"):
        is_middle_above = corners.mean(axis=0) > level
    turned = [np.where((cases == case) & is_middle_above, other - case, 0) for case, other in OPPOSITE.items()]
    return np.where(np.isfinite(corners).all(axis=0), cases + sum(turned), 0)


def edges_of(side: int, cells: np.ndarray) -> np.ndarray:
    """A side of cells (cells, 2) as edges of the grid, the same one for both cells that share it."""
    edges = np.empty((len(cells), 3), int)
    edges[:, :2] = cells + np.array([side == BOTTOM, side == RIGHT])
    edges[:, 2] = side in (LEFT, RIGHT)
    return edges


def crossings(heights: np.ndarray, level: float, edges: np.ndarray) -> list[tuple[float, float]]:
    """Where a line crosses edges (…, 3), each on a straight slope from one end of it to the other."""
    row, column, is_down = edges.reshape(-1, 3).T
    begin, end = heights[row, column], heights[row + is_down, column + 1 - is_down]
    with np.errstate(all="ignore"):
        # By halves, since two finite heights may be further apart than any number is.
        share = np.nan_to_num((level / 2 - begin / 2) / (end / 2 - begin / 2), nan=0.5).clip(0, 1)
    x, y = column + np.where(is_down, 0.0, share), row + np.where(is_down, share, 0.0)
    return list(zip(x.tolist(), y.tolist(), strict=True))


def chained(edges: np.ndarray) -> list[list[Edge]]:
    """Pieces joined to lines; an edge lies on two of them at most."""
    neighbours: defaultdict[Edge, list[Edge]] = defaultdict(list)
    for one, other in edges.tolist():
        neighbours[tuple(one)].append(tuple(other))
        neighbours[tuple(other)].append(tuple(one))
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
