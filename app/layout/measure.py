"""How large the card of a node is: known from names and shapes alone, so that nothing jumps when values appear."""

import math
import unicodedata
from dataclasses import dataclass

from app.engine.graph import Graph, Node
from app.notation.naming import operation_words
from app.notation.numbers import index_address, short

PADDING = 10.0
HEADER = 26.0
SUBTITLE = 14.0
ROW = 16.0
ROW_GAP = 5.0
MORE = 12.0
DIGIT = 6.4
NUMBER_LETTERS = 10
COLUMN_GAP = 8.0
MARK = 16.0
ICON = 18.0
MAX_ROWS = 3
MAX_COLUMNS = 3
MAX_TITLE = 150.0
TITLE_SIZE = 15.0
SUBTITLE_SIZE = 11.0
CONSTANT_HEIGHT = 30.0


@dataclass(frozen=True, slots=True)
class Card:
    """The outline of a node's card: its words, how many rows and columns of numbers it previews, and its size."""

    node: str
    title: str
    operation: str
    shape: str
    is_stacked: bool
    rows: int
    columns: int
    has_more_rows: bool
    has_more_columns: bool
    has_gradient: bool
    width: float
    height: float
    rank: int = 0

    def index(self, row: int, column: int) -> str:
        """The index of a number on the card, as addresses write it; of more than two axes, the first are at 0."""
        return index_address(((0,) * self.rank + (row, column))[-self.rank :]) if self.rank else ""


def letter_width(letter: str) -> float:
    """The width of one letter of a sans-serif font, in parts of its size, rather too wide than too narrow."""
    if unicodedata.east_asian_width(letter) in "WF":
        return 1.0
    if unicodedata.combining(letter):
        return 0.0
    if letter in "iIjl.,:;'|!()[] ftr·":
        return 0.38
    if letter in "mwMW@—…":
        return 0.95
    return 0.72 if letter.isupper() else 0.6


def text_width(text: str, size: float) -> float:
    """The estimated width of a text in pixels."""
    return sum(map(letter_width, text)) * size


def shorten(text: str, size: float, room: float) -> str:
    """The text, or as much of its beginning as fits the room, ending in `…`."""
    if text_width(text, size) <= room:
        return text
    room -= text_width("…", size)
    for end, letter in enumerate(text):
        room -= letter_width(letter) * size
        if room < 0:
            return text[:end] + "…"
    return text


def operation_text(node: Node) -> str:
    """What the card says the node does: `×`, `sigmoid`, nothing for a leaf."""
    if node.op is None:
        return ""
    return node.row.sign or operation_words(node.op)


def shape_text(shape: tuple[int, ...]) -> str:
    """The shape as people write it: `100×3`; nothing for a scalar."""
    return "×".join(map(str, shape))


def preview_shape(shape: tuple[int, ...]) -> tuple[int, int]:
    """Rows and columns of the matrix a card shows: the last two axes of the array, the others at their first entry."""
    if not shape:
        return 1, 1
    return (shape[-2] if len(shape) > 1 else 1), shape[-1]


def measure(graph: Graph, node: Node) -> Card:
    """The card of one node."""
    all_rows, all_columns = preview_shape(node.shape)
    # The dots for what is left out take as much room as the last row.
    rows = all_rows if all_rows <= MAX_ROWS else MAX_ROWS - 1
    columns = min(all_columns, MAX_COLUMNS)
    # Rows are also left out where there are more than two axes.
    has_more_columns, has_more_rows = all_columns > columns, math.prod(node.shape) > rows * all_columns
    numbers = columns * NUMBER_LETTERS * DIGIT + (columns - 1) * COLUMN_GAP + (MARK if has_more_columns else 0.0)
    has_gradient = graph.has_gradient(node.id)
    if node.kind == "constant" and not node.shape:
        width = round(2 * PADDING + max(2, len(short(float(node.initial)))) * DIGIT)
        return Card(
            node=node.id,
            title="",
            operation="",
            shape="",
            is_stacked=False,
            rows=1,
            columns=1,
            has_more_rows=False,
            has_more_columns=False,
            has_gradient=False,
            width=width,
            height=CONSTANT_HEIGHT,
        )
    title = shorten(node.id, TITLE_SIZE, MAX_TITLE)
    is_large = has_more_rows or has_more_columns
    shape = shape_text(node.shape) if is_large else ""
    operation = operation_text(node)
    rest = " ".join(filter(None, (operation, shape)))
    is_stacked, words = header(title, rest, numbers + MARK, ICON if node.kind in ("parameter", "input") else 0.0)
    block = rows * ROW + (MORE if has_more_rows else 0.0)
    height = HEADER + (SUBTITLE if is_stacked else 0.0) + block * (1 + has_gradient) + ROW_GAP * has_gradient + 6.0
    width = math.ceil((2 * PADDING + max(words, numbers + MARK)) / 2) * 2
    return Card(
        node=node.id,
        title=title,
        operation=operation,
        shape=shape,
        is_stacked=is_stacked,
        rows=rows,
        columns=columns,
        has_more_rows=has_more_rows,
        has_more_columns=has_more_columns,
        has_gradient=has_gradient,
        width=width,
        height=height,
        rank=len(node.shape),
    )


def header(title: str, rest: str, room: float, icon: float) -> tuple[bool, float]:
    """Whether the words beside a title need a line of their own, and how wide all of it is, with room for an icon."""
    first, second = text_width(title, TITLE_SIZE) + icon, text_width(rest, SUBTITLE_SIZE)
    together = first + 8.0 + second if rest else first
    if together <= max(room, 110.0):
        return False, together
    return True, max(first, second)
