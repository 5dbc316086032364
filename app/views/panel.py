"""Everything about one node: its numbers in full, its formula, where its gradient comes from, the second opinion."""

import json
from dataclasses import dataclass

import numpy as np

from app.engine.elements import unraveled
from app.engine.graph import Node
from app.engine.why import missing
from app.layout.measure import shape_text
from app.notation import numbers
from app.notation.naming import Name, textbook
from app.session.moment import Picture
from app.views.conventions import Agreement, of_node
from app.views.drawing.cards import kind_of
from app.views.origin import Origin
from app.views.warnings import Warned, warnings_of
from app.views.why import SENTENCES, Why

ROWS, COLUMNS = 12, 5
MOST_COLUMNS = 10
MOST_FIELDS = 60
MOST_JSON = 2_000


@dataclass(frozen=True, slots=True)
class Cell:
    """One number of a table: rounded, in full, and its index (`0,1`)."""

    short: str
    exact: str
    index: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class Table:
    """A matrix, or the part of it around the number looked at; `first_row` and `first_column` say where it begins.

    `above`, `below`, `before` and `behind` are indexes in the parts next to it, None where there is no more.
    """

    first_row: int
    first_column: int
    column_numbers: tuple[int, ...]
    rows: tuple[tuple[int, tuple[Cell, ...]], ...]
    all_rows: int
    all_columns: int
    is_whole: bool
    above: str | None
    below: str | None
    before: str | None
    behind: str | None


@dataclass(frozen=True, slots=True)
class Editing:
    """How a leaf is changed: in fields where it is small, else the chosen number, or all as JSON if not too many."""

    fields: tuple[tuple[tuple[str, str], ...], ...]
    one: str
    text: str


@dataclass(frozen=True, slots=True)
class Panel:
    """The node looked at. `reason` says in words why the gradient is missing, where it is."""

    id: str
    number: int
    name: Name
    kind: str
    operation: str
    sentence: str
    shape: str
    line: int | None
    is_frozen: bool
    is_pinned: bool
    is_visited: bool
    index: str
    index_label: str
    value: str | None
    gradient: str | None
    value_table: Table | None
    gradient_table: Table | None
    reason: str | None
    editing: Editing | None
    origin: Origin
    why: tuple[Why, ...]
    warnings: tuple[Warned, ...]
    agreements: tuple[Agreement, ...]


def chosen_index(node: Node, asked: tuple[int, ...] | None) -> tuple[int, ...]:
    """The index looked at: the one asked for if there is such a number, else the first."""
    first = (0,) * len(node.shape)
    if asked is None or len(asked) != len(node.shape):
        return first
    return asked if all(0 <= at < length for at, length in zip(asked, node.shape, strict=True)) else first


def panel(
    picture: Picture, id: str, index: tuple[int, ...], is_pinned: bool, origin: Origin, why: tuple[Why, ...] = ()
) -> Panel:
    """The panel of a node, one of whose numbers is looked at more closely."""
    graph, node = picture.graph, picture.graph[id]
    value, gradient = picture.value(id), picture.gradient(id)
    row = node.row if node.op else None
    return Panel(
        id=id,
        number=graph.position(id),
        name=textbook(id),
        kind=kind_of(graph, node),
        operation=node.op or "",
        sentence=row.sentence if row else "",
        shape=shape_text(node.shape),
        line=node.line,
        is_frozen=id in picture.frozen,
        is_pinned=is_pinned,
        is_visited=picture.is_visited(id),
        index=numbers.index_address(index),
        index_label=numbers.index_text(index),
        value=None if value is None else numbers.exact(value[index]),
        gradient=None if gradient is None else numbers.exact(gradient[index]),
        value_table=table(value, index),
        gradient_table=table(gradient, index),
        reason=None if gradient is not None else SENTENCES[missing(graph, id)],
        editing=editing(value, index) if node.kind in ("input", "parameter") else None,
        origin=origin,
        why=why,
        warnings=tuple(one for one in warnings_of(picture.problem) if id in (one.node, one.loss)),
        agreements=of_node(node),
    )


def table(array: np.ndarray | None, index: tuple[int, ...]) -> Table | None:
    """An array as a table around one of its numbers; None for what is not computed, and for a single number."""
    if array is None or array.ndim == 0:
        return None
    flat = numbers.matrix(array)
    place = int(np.ravel_multi_index(index, array.shape))
    row, column = divmod(place, flat.shape[1])
    room = COLUMNS if flat.shape[1] > MOST_COLUMNS else MOST_COLUMNS
    top, left = around(row, ROWS, flat.shape[0]), around(column, room, flat.shape[1])
    shown = flat[top : top + ROWS, left : left + room]
    rows = tuple(
        (top + down, tuple(cell(array, top + down, left + right, number, place) for right, number in enumerate(line)))
        for down, line in enumerate(shown.tolist())
    )
    columns = tuple(range(left, left + shown.shape[1]))
    down, right = top + shown.shape[0], left + shown.shape[1]
    neighbours = (
        index_at(array, max(0, top - ROWS + ROWS // 2), column) if top else None,
        index_at(array, min(down + ROWS // 2, flat.shape[0] - 1), column) if down < flat.shape[0] else None,
        index_at(array, row, max(0, left - room + room // 2)) if left else None,
        index_at(array, row, min(right + room // 2, flat.shape[1] - 1)) if right < flat.shape[1] else None,
    )
    return Table(top, left, columns, rows, *flat.shape, shown.shape == flat.shape, *neighbours)


def cell(array: np.ndarray, row: int, column: int, number: float, chosen: int) -> Cell:
    """One number of the table with the index it has in the array."""
    is_chosen = row * array.shape[-1] + column == chosen
    return Cell(numbers.short(number), numbers.exact(number), index_at(array, row, column), is_chosen)


def index_at(array: np.ndarray, row: int, column: int) -> str:
    """The index that a place of the table has in the array, as addresses write it."""
    return numbers.index_address(unraveled(row * array.shape[-1] + column, array.shape))


def around(place: int, room: int, length: int) -> int:
    """Where a window of so many begins, so that a place is in it."""
    return max(0, min(place - room // 2, length - room))


def editing(value: np.ndarray | None, index: tuple[int, ...]) -> Editing | None:
    """The fields to change a leaf with."""
    if value is None:
        return None
    if value.size > MOST_FIELDS:
        text = json.dumps(numbers.literal(value + 0.0)) if value.size <= MOST_JSON else ""
        return Editing((), numbers.typed(value[index]), text)
    flat = numbers.matrix(value)
    places = np.arange(value.size).reshape(flat.shape)
    fields = tuple(
        tuple((label(value, place), numbers.typed(number)) for place, number in zip(at, line, strict=True))
        for at, line in zip(places.tolist(), flat.tolist(), strict=True)
    )
    return Editing(fields, "", "")


def label(array: np.ndarray, place: int) -> str:
    """The index of a field behind the name: `[0, 1]`."""
    return numbers.index_text(unraveled(place, array.shape))
