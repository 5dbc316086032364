"""Heights as colours: from deep water to sand, darker the lower, so that the order shows without colour as well."""

from __future__ import annotations

import numpy as np

from app.plots.axes import Axis

ANCHORS = np.array(
    [
        (13, 27, 72), (19, 52, 117), (29, 82, 160), (52, 117, 190), (95, 153, 207),
        (143, 187, 217), (190, 216, 221), (226, 234, 219), (245, 240, 219), (252, 247, 234),
    ],
    dtype=np.float64,
)  # fmt: skip
"""Red, green and blue at equal distances from the lowest to the highest."""
STEPS = 64
"""So many colours are told apart: fewer make a smaller file, and terraces that lead the eye along the slopes."""


def coloured(heights: np.ndarray, low: float, high: float) -> np.ndarray:
    """Pixels (rows, columns, 4) of a grid of heights; what is not finite is transparent."""
    finite = np.isfinite(heights)
    share = Axis(low, high, 0.0, 1.0).places(np.where(finite, heights, low))
    pixels = np.empty((*heights.shape, 4), np.uint8)
    pixels[..., :3] = colours(share)
    pixels[..., 3] = np.where(finite, 255, 0)
    return pixels


def colours(share: np.ndarray) -> np.ndarray:
    """Red, green and blue of shares from 0, the lowest, to 1."""
    steps = np.floor(np.clip(share, 0, 1 - 1e-9) * STEPS) / (STEPS - 1)
    places = np.linspace(0, 1, len(ANCHORS))
    return np.stack([np.interp(steps, places, ANCHORS[:, part]) for part in range(3)], axis=-1).round()


def finer(grid: np.ndarray, times: int, is_centred: bool = False) -> np.ndarray:
    """A grid with so many steps where there was one, smooth in between but never beyond the corners around.

    The points of the grid keep their numbers; `is_centred` gives the middles of the steps instead. Cubic convolution:
    Keys 1981, "Cubic Convolution Interpolation for Digital Image Processing", a = −1/2. NaN spreads no further than
    the steps that touch it.
    """
    rows, columns = (places_along(length, times, is_centred) for length in grid.shape)
    # By the largest, so that no sum on the way is larger than any number.
    known = np.where(np.isfinite(grid), grid, 0.0)
    largest = float(np.abs(known).max(initial=0.0)) or 1.0
    smooth = largest * (weights(rows, grid.shape[0]) @ (known / largest) @ weights(columns, grid.shape[1]).T)
    low, high = around(grid, rows, columns, np.minimum), around(grid, rows, columns, np.maximum)
    with np.errstate(invalid="ignore"):
        return np.where(np.isfinite(low) & np.isfinite(high), np.clip(smooth, low, high), np.nan)


def places_along(length: int, times: int, is_centred: bool) -> np.ndarray:
    """Where the finer points lie, in units of the grid."""
    if is_centred:
        return (np.arange((length - 1) * times) + 0.5) / times
    return np.arange((length - 1) * times + 1) / times


def weights(places: np.ndarray, length: int) -> np.ndarray:
    """How much each point of the grid counts at each place, (places, length); beyond the ends it goes on straight."""
    cell = np.minimum(places.astype(int), length - 2)
    t = places - cell
    found = np.zeros((len(places), length))
    parts = (
        (-1, ((-0.5 * t + 1) * t - 0.5) * t),
        (0, (1.5 * t - 2.5) * t * t + 1),
        (1, ((-1.5 * t + 2) * t + 0.5) * t),
        (2, (0.5 * t - 0.5) * t * t),
    )
    row = np.arange(len(places))
    for step, part in parts:
        at = cell + step
        is_before, is_behind = at < 0, at >= length
        # One step beyond the end lies as far from the last point as the one before it, on the other side.
        np.add.at(found, (row, np.clip(at, 0, length - 1)), np.where(is_before | is_behind, 2 * part, part))
        np.add.at(found, (row[is_before], np.full(is_before.sum(), 1)), -part[is_before])
        np.add.at(found, (row[is_behind], np.full(is_behind.sum(), length - 2)), -part[is_behind])
    return found


def around(grid: np.ndarray, rows: np.ndarray, columns: np.ndarray, choose: np.ufunc) -> np.ndarray:
    """The lowest or the highest of the four points around each finer one; not finite where one of them is not."""
    down, right = (
        np.minimum(places.astype(int), length - 2) for places, length in zip((rows, columns), grid.shape, strict=True)
    )
    pairs = choose(grid[:-1], grid[1:])
    cells = choose(pairs[:, :-1], pairs[:, 1:])
    return cells[np.ix_(down, right)]
