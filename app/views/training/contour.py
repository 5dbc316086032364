"""The line on which a function of the plane is 0, from its values on a grid: marching squares.

Source: W. E. Lorensen, H. E. Cline, Marching Cubes (SIGGRAPH 1987), in two dimensions.
"""

from __future__ import annotations

import numpy as np

Crossing = tuple[np.ndarray, np.ndarray, np.ndarray]


def contour(field: np.ndarray) -> str:
    """The line as an SVG path, in cells of the grid: the number in row r and column c stands at (c + ½, r + ½)."""
    # The outermost numbers go on to the edge of the picture.
    wide = np.pad(field, 1, mode="edge")
    if not np.isfinite(wide).all():
        return ""
    found = [segments(first, second) for first, second in pairs(wide)]
    ends = np.concatenate(found) if found else np.empty((0, 4))
    return "".join([f"M{a:.2f} {b:.2f}L{c:.2f} {d:.2f}" for a, b, c, d in (ends - 0.5).tolist()])


def pairs(field: np.ndarray) -> list[tuple[Crossing, Crossing]]:
    """The two edges of a square between which the line runs, with the squares where it is those two."""
    edges = {name: crossing(field, name) for name in ("top", "right", "bottom", "left")}
    crossed = {name: edge[0] for name, edge in edges.items()}
    is_saddle = np.logical_and.reduce(list(crossed.values()))
    # Where all four edges are crossed, the corners that agree with the middle are joined.
    middle = (field[:-1, :-1] + field[:-1, 1:] + field[1:, :-1] + field[1:, 1:]) > 0
    is_joined = middle == (field[:-1, :-1] > 0)
    found = []
    for first, second in (("top", "bottom"), ("left", "right")):
        found.append(both(edges, first, second, ~is_saddle))
    for first, second in (("top", "right"), ("bottom", "left")):
        found.append(both(edges, first, second, ~is_saddle | is_joined))
    for first, second in (("top", "left"), ("bottom", "right")):
        found.append(both(edges, first, second, ~is_saddle | ~is_joined))
    return found


def both(edges: dict[str, Crossing], first: str, second: str, where: np.ndarray) -> tuple[Crossing, Crossing]:
    """Two edges, narrowed to the squares where both are crossed and the line runs from one to the other."""
    is_both = edges[first][0] & edges[second][0] & where
    return tuple((is_both, *edges[name][1:]) for name in (first, second))


def crossing(field: np.ndarray, edge: str) -> Crossing:
    """Of every square: whether the line crosses an edge of it, and how far from its left and from its top."""
    a, b, c, d = field[:-1, :-1], field[:-1, 1:], field[1:, 1:], field[1:, :-1]
    one, other = {"top": (a, b), "right": (b, c), "bottom": (d, c), "left": (a, d)}[edge]
    with np.errstate(all="ignore"):
        share = np.nan_to_num(one / (one - other), nan=0.5).clip(0, 1)
    x = {"right": np.ones_like(share), "left": np.zeros_like(share)}.get(edge, share)
    y = {"top": np.zeros_like(share), "bottom": np.ones_like(share)}.get(edge, share)
    return (one > 0) != (other > 0), x, y


def segments(first: Crossing, second: Crossing) -> np.ndarray:
    """The pieces of line between two edges, (pieces, 4): x and y of both ends."""
    rows, columns = at = np.nonzero(first[0])
    ends = [(columns + x[at], rows + y[at]) for _, x, y in (first, second)]
    return np.stack([*ends[0], *ends[1]], axis=1)
