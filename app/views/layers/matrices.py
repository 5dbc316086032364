"""Matrices as they are written in equations: in brackets with all numbers, cut where long, a map of shades where large.

Their places are the same before and after the numbers are known, so that nothing moves when they appear.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import ceil

import numpy as np

from app.engine.graph import Graph
from app.notation import numbers
from app.notation.mathml import MathML
from app.notation.naming import Name, textbook
from app.plots.heat import Heat, Target, coarser, heat
from app.views.layers.equations import Piece

MOST_ROWS, CUT_ROWS = 6, 4
MOST_COLUMNS, CUT_COLUMNS = 5, 3
DIGITS = 5
ROOM = (150.0, 150.0)
MOST_CELLS = 24
MOST_ENTRIES = 6


@dataclass(frozen=True, slots=True)
class Focus:
    """The number looked at, and the row of the batch."""

    id: str
    index: tuple[int, ...]
    sample: int = 0


@dataclass(frozen=True, slots=True)
class Entry:
    """One number of a matrix; `index` is where it stands in the node. Both texts are empty while it is not known."""

    short: str
    exact: str
    index: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class Matrix:
    """A matrix under its symbol. `state` is known or pending; `heat` stands for the numbers where they are too many.

    `rows` may be a part: `first_row` and `first_column` say where it begins in a matrix of `all_rows` × `all_columns`.
    """

    symbol: MathML
    node: str | None
    name: Name | None
    role: str
    state: str
    shape: str
    rows: tuple[tuple[Entry, ...], ...]
    first_row: int
    first_column: int
    all_rows: int
    all_columns: int
    heat: Heat | None

    @property
    def has_rows_above(self) -> bool:
        return self.first_row > 0

    @property
    def has_rows_below(self) -> bool:
        return self.first_row + len(self.rows) < self.all_rows

    @property
    def has_columns_before(self) -> bool:
        return self.first_column > 0

    @property
    def has_columns_behind(self) -> bool:
        return self.first_column + len(self.rows[0]) < self.all_columns


def matrix(graph: Graph, piece: Piece, focus: Focus) -> Matrix:
    """A piece of an equation, ready to be shown to a reader who looks at one number."""
    all_rows, all_columns = piece.shape[::-1] if piece.is_turned else piece.shape
    is_large = all_rows > MOST_ROWS and all_columns > MOST_COLUMNS
    chosen = place_of(graph, piece, focus)
    top, rows = window(all_rows, MOST_ROWS, CUT_ROWS, chosen[0])
    left, columns = window(all_columns, MOST_COLUMNS, CUT_COLUMNS, chosen[1])
    return Matrix(
        symbol=piece.symbol,
        node=piece.node,
        name=textbook(piece.node) if piece.node else None,
        role=piece.role,
        state="pending" if piece.array is None else "known",
        shape=f"{all_rows}×{all_columns}",
        rows=() if is_large else entries(graph, piece, focus, (top, rows), (left, columns)),
        first_row=top,
        first_column=left,
        all_rows=all_rows,
        all_columns=all_columns,
        heat=map_of(graph, piece, focus) if is_large else None,
    )


def window(length: int, most: int, cut: int, place: int) -> tuple[int, int]:
    """Where the shown part of an axis begins, and how long it is."""
    if length <= most:
        return 0, length
    return max(0, min(place - cut // 2, length - cut)), cut


def place_of(graph: Graph, piece: Piece, focus: Focus) -> tuple[int, int]:
    """The row and column, as written, to be in sight: of the number looked at, else of the sample."""
    row, column = 0, 0
    if piece.batch_axis is not None:
        row, column = (focus.sample, 0) if piece.batch_axis == 0 else (0, focus.sample)
    if piece.node == focus.id and piece.index_of is None:
        index = focus.index if len(focus.index) == 2 else (0, *(focus.index or (0,)))
        row, column = index
    row, column = min(row, piece.shape[0] - 1), min(column, piece.shape[1] - 1)
    return (column, row) if piece.is_turned else (row, column)


def entries(
    graph: Graph, piece: Piece, focus: Focus, down: tuple[int, int], right: tuple[int, int]
) -> tuple[tuple[Entry, ...], ...]:
    """The numbers of the shown part."""
    return tuple(
        tuple(entry(graph, piece, focus, row, column) for column in range(right[0], sum(right)))
        for row in range(down[0], sum(down))
    )


def entry(graph: Graph, piece: Piece, focus: Focus, row: int, column: int) -> Entry:
    """One number, at a row and column as written."""
    if piece.is_turned:
        row, column = column, row
    index = index_at(graph, piece, row, column)
    text = numbers.index_address(index or ())
    is_chosen = piece.node == focus.id and index == focus.index
    if piece.array is None:
        return Entry("", "", text, is_chosen)
    number = float(piece.array[row, column])
    return Entry(numbers.short(number, DIGITS), numbers.exact(number), text, is_chosen)


def index_at(graph: Graph, piece: Piece, row: int, column: int) -> tuple[int, ...] | None:
    """The index in the node; None for numbers that stand in no node."""
    return None if piece.node is None else piece.place(row, column, len(graph[piece.node].shape))


def map_of(graph: Graph, piece: Piece, focus: Focus) -> Heat:
    """A piece as a map of shades; of zeros, and not to be entered, while it is not known."""
    shape = piece.shape[::-1] if piece.is_turned else piece.shape
    block = (ceil(shape[0] / MOST_CELLS), ceil(shape[1] / MOST_CELLS))
    coarse, places = coarser(np.zeros(shape) if piece.matrix is None else piece.matrix, block)
    row, column = place_of(graph, piece, focus)
    chosen = (row // block[0], column // block[1]) if piece.node == focus.id else None
    drawn = heat(coarse, lambda row, column: (), chosen, ROOM)
    drawn = replace(drawn, all_rows=shape[0], all_columns=shape[1], block=block, targets=())
    if piece.array is None:
        return replace(drawn, shades=(), strokes="", largest="")

    def index_of(row: int, column: int) -> tuple[int, ...]:
        row, column = places[row, column].tolist()
        return index_at(graph, piece, *((column, row) if piece.is_turned else (row, column))) or ()

    return replace(drawn, targets=entries_of_map(coarse, index_of) if piece.node else ())


def entries_of_map(coarse: np.ndarray, index_of: Callable[[int, int], tuple[int, ...]]) -> tuple[Target, ...]:
    """Few parts of a map that lead into it, each to its number of largest magnitude."""
    group = (ceil(coarse.shape[0] / MOST_ENTRIES), ceil(coarse.shape[1] / MOST_ENTRIES))
    strongest, places = coarser(coarse, group)
    found = heat(strongest, lambda row, column: index_of(*places[row, column].tolist())).targets
    return tuple(
        replace(
            target,
            x=target.x * group[1],
            y=target.y * group[0],
            width=min(group[1], coarse.shape[1] - target.x * group[1]),
            height=min(group[0], coarse.shape[0] - target.y * group[0]),
        )
        for target in found
    )
