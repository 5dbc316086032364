"""Many numbers as a map of shades: the sign is told by the colour and a stroke, the magnitude by how dark it is.

A map too fine for a screen is made coarser: a cell then shows the number of largest magnitude among those it covers.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import ceil, isqrt

import numpy as np

from app.notation import numbers

MOST_ROWS = MOST_COLUMNS = 64
MOST_SINGLE_TARGETS, TARGETS_ALONG = 16, 10
LEVELS = 8
LARGEST_CELL = 18.0
SMALLEST_CELL = 2.0
ODD, ABSENT = LEVELS + 1, LEVELS + 2

Cell = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Shade:
    """All cells of one shade as one SVG path, a cell being 1 × 1. `name` is `plus3`, `minus8`, `zero`, `odd` …"""

    name: str
    path: str


@dataclass(frozen=True, slots=True)
class Target:
    """A part of the map that can be entered, in cells: it leads to the number of largest magnitude in it."""

    x: int
    y: int
    width: int
    height: int
    index: str
    label: str
    number: str


@dataclass(frozen=True, slots=True)
class Heat:
    """A map of `rows` × `columns` cells, `cell` pixels each, of `all_rows` × `all_columns` numbers.

    `largest` is the magnitude of the darkest shade. `strokes` marks what is below 0 where there is room for it.
    `chosen` is the cell with the number looked at, (x, y), if it is in the map. A cell covers `block` numbers.
    """

    rows: int
    columns: int
    all_rows: int
    all_columns: int
    block: Cell
    cell: float
    largest: str
    shades: tuple[Shade, ...]
    strokes: str
    targets: tuple[Target, ...]
    chosen: Cell | None

    @property
    def width(self) -> float:
        return self.columns * self.cell

    @property
    def height(self) -> float:
        return self.rows * self.cell

    @property
    def covered(self) -> int:
        """How many numbers a cell stands for."""
        return self.block[0] * self.block[1]


def heat(
    matrix: np.ndarray,
    index_of: Callable[[int, int], tuple[int, ...]],
    chosen: Cell | None = None,
    room: tuple[float, float] = (256.0, 256.0),
    count: int | None = None,
) -> Heat:
    """The map of a matrix (rows, columns), as large as fits the room in pixels.

    `index_of` gives the index of the number in a row and column. With `count`, only so many cells exist, row by row.
    """
    block = block_of(matrix.shape)
    shown, places = coarser(matrix, block)
    present = np.arange(shown.size).reshape(shown.shape) < (shown.size if count is None else count)
    finite = np.abs(shown[np.isfinite(shown) & present])
    largest = float(finite.max()) if finite.size else 0.0
    levels = np.where(present, shading(shown, largest), ABSENT)
    rows, columns = shown.shape
    cell = cell_of(shown.shape, room)
    return Heat(
        rows,
        columns,
        *matrix.shape,
        block,
        cell,
        numbers.short(largest, 3),
        shades(levels),
        strokes(levels) if cell >= 8 else "",
        targets(shown, places, present, index_of),
        (chosen[1] // block[1], chosen[0] // block[0]) if chosen else None,
    )


def block_of(shape: Cell) -> Cell:
    """How many numbers of a matrix one cell covers, down and across."""
    return ceil(shape[0] / MOST_ROWS), ceil(shape[1] / MOST_COLUMNS)


def cell_of(cells: Cell, room: tuple[float, float]) -> float:
    """The side of a cell in pixels, where so many rows and columns of them are to fit a room."""
    return max(SMALLEST_CELL, min(LARGEST_CELL, room[0] // cells[1], room[1] // cells[0]))


def size_of(shape: Cell, room: tuple[float, float]) -> tuple[float, float]:
    """The width and height of the map of a matrix in pixels, known before its numbers are."""
    block = block_of(shape)
    rows, columns = ceil(shape[0] / block[0]), ceil(shape[1] / block[1])
    cell = cell_of((rows, columns), room)
    return columns * cell, rows * cell


def grid(vector: np.ndarray) -> np.ndarray:
    """A vector as rows of a nearly square matrix, the last row filled up with zeros."""
    columns = columns_of(vector.size)
    rows = ceil(vector.size / columns)
    matrix = np.zeros(rows * columns)
    matrix[: vector.size] = vector
    return matrix.reshape(rows, columns)


def columns_of(count: int) -> int:
    """How many columns a grid of so many units has: a divisor near the square root, else the root itself."""
    root = max(1, isqrt(count))
    near = [columns for columns in range(root, root // 2, -1) if count % columns == 0]
    return near[0] if near else root + 1


def coarser(matrix: np.ndarray, block: Cell) -> tuple[np.ndarray, np.ndarray]:
    """The number of largest magnitude of every block, and its place in the matrix, (…, 2); NaN is larger than all."""
    magnitude = np.abs(matrix)
    places = strongest_places(np.where(np.isnan(magnitude), np.inf, magnitude), block)
    return matrix[places[..., 0], places[..., 1]], places


def strongest_places(magnitude: np.ndarray, block: Cell) -> np.ndarray:
    """(row, column) of the largest number in every block, shape (blocks down, blocks across, 2)."""
    rows, columns = ceil(magnitude.shape[0] / block[0]), ceil(magnitude.shape[1] / block[1])
    padded = np.full((rows * block[0], columns * block[1]), -2.0)
    padded[: magnitude.shape[0], : magnitude.shape[1]] = magnitude
    blocks = padded.reshape(rows, block[0], columns, block[1]).transpose(0, 2, 1, 3).reshape(rows, columns, -1)
    inner = np.unravel_index(blocks.argmax(axis=2), block)
    down = np.arange(rows)[:, None] * block[0] + inner[0]
    right = np.arange(columns)[None, :] * block[1] + inner[1]
    return np.stack([down, right], axis=-1)


def shading(shown: np.ndarray, largest: float) -> np.ndarray:
    """A signed level for each cell: 0 for zero, ±1 to ±LEVELS by magnitude, ODD for what is not finite."""
    finite = np.where(np.isfinite(shown), shown, 0.0)
    share = np.abs(finite) / largest if largest else np.zeros(shown.shape)
    levels = np.sign(finite) * np.ceil(share * LEVELS).clip(1, LEVELS)
    return np.where(np.isfinite(shown), levels, ODD).astype(int)


def shade_name(level: int) -> str:
    """The word for a level, which the style sheet knows."""
    if level == ODD:
        return "odd"
    return "zero" if level == 0 else f"{'plus' if level > 0 else 'minus'}{abs(level)}"


def shades(levels: np.ndarray) -> tuple[Shade, ...]:
    """The cells of each level as one path; neighbours in a row are drawn in one go."""
    rows, columns = levels.shape
    begins = np.ones((rows, columns), bool)
    begins[:, 1:] = levels[:, 1:] != levels[:, :-1]
    starts = np.flatnonzero(begins)
    widths = np.diff(starts, append=rows * columns)
    found = levels.ravel()[starts]
    return tuple(
        Shade(shade_name(level), runs(starts[found == level], widths[found == level], columns))
        for level in np.unique(found).tolist()
        if level != ABSENT
    )


def runs(starts: np.ndarray, widths: np.ndarray, columns: int) -> str:
    """Runs of cells, each one row high, as a path; `starts` counts the cells row by row."""
    down, right = np.divmod(starts, columns)
    cells = zip(right.tolist(), down.tolist(), widths.tolist(), strict=True)
    return "".join([f"M{x} {y}h{width}v1h-{width}z" for x, y, width in cells])


def strokes(levels: np.ndarray) -> str:
    """A short stroke, a minus, in the middle of each cell below 0."""
    return "".join(f"M{x + 0.3:g} {y + 0.5:g}h.4" for y, x in np.argwhere(levels < 0).tolist())


def targets(
    shown: np.ndarray, places: np.ndarray, present: np.ndarray, index_of: Callable[[int, int], tuple[int, ...]]
) -> tuple[Target, ...]:
    """The parts that can be entered: each cell of a small map, groups of cells of a large one."""
    down, across = (1 if length <= MOST_SINGLE_TARGETS else ceil(length / TARGETS_ALONG) for length in shown.shape)
    along = down, across
    # What does not exist must not be entered: a magnitude of less than nothing is never the largest.
    magnitude = np.where(present, np.where(np.isnan(shown), np.inf, np.abs(shown)), -1.0)
    strongest = strongest_places(magnitude, along)
    found = []
    for row, line in enumerate(strongest.tolist()):
        for column, (y, x) in enumerate(line):
            if present[y, x]:
                index = index_of(*places[y, x].tolist())
                top, left = row * along[0], column * along[1]
                width, height = min(along[1], shown.shape[1] - left), min(along[0], shown.shape[0] - top)
                text = numbers.index_text(index)
                found.append(
                    Target(
                        x=left,
                        y=top,
                        width=width,
                        height=height,
                        index=numbers.index_address(index),
                        label=text,
                        number=numbers.short(shown[y, x], 4),
                    )
                )
    return tuple(found)
