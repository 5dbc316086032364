"""The cards of the graph: what never changes on each (its frame), and its numbers at a moment."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from app.engine.graph import Graph, Node
from app.layout import measure
from app.layout.layout import Box, GraphLayout
from app.layout.measure import Card
from app.notation import numbers
from app.notation.naming import Name, textbook
from app.session.moment import Picture

ROUND = 9.0
CUT = 9.0
LEFT_ROUND = 19.0
DIGIT_BASELINE = 12.0
COLUMN = measure.NUMBER_LETTERS * measure.DIGIT


@dataclass(frozen=True, slots=True)
class Frame:
    """What stays the same on a node's card. `number` is its place in the graph and names its elements on the page.

    `outline` is an SVG path from the card's own corner; each kind of node has a form of its own.
    """

    number: int
    id: str
    kind: str
    name: Name
    operation: str
    shape: str
    is_stacked: bool
    is_frozen: bool
    x: float
    y: float
    width: float
    height: float
    outline: str


@dataclass(frozen=True, slots=True)
class Line:
    """One row of numbers on a card: where it stands, and each number's right edge, digits and index in the array."""

    y: float
    cells: tuple[tuple[float, str, str], ...]


@dataclass(frozen=True, slots=True)
class Block:
    """The value or the gradient on a card. `state` is known, pending (not computed yet) or never (there is none)."""

    state: str
    y: float
    lines: tuple[Line, ...]
    more: tuple[tuple[float, float, str], ...]


@dataclass(frozen=True, slots=True)
class Numbers:
    """A node's value and gradient at one moment, ready to be drawn on its card."""

    number: int
    value: Block
    gradient: Block | None
    is_fresh: bool


def frame(graph: Graph, card: Card, box: Box, frozen: frozenset[str]) -> Frame:
    """The unchanging part of one card."""
    node = graph[card.node]
    kind = kind_of(graph, node)
    return Frame(
        number=graph.position(node.id),
        id=node.id,
        kind=kind,
        name=textbook(card.title),
        operation=card.operation,
        shape=card.shape,
        is_stacked=card.is_stacked,
        is_frozen=node.id in frozen,
        x=box.x,
        y=box.y,
        width=box.width,
        height=box.height,
        outline=outline(kind, box.width, box.height),
    )


def outline(kind: str, width: float, height: float) -> str:
    """The form of a card: ops round, parameters with a corner cut off, inputs round on the left, constants pills."""
    if kind in ("op", "loss"):
        return rounded(width, height, ROUND)
    if kind == "parameter":
        return f"M0 0H{width - CUT}L{width} {CUT}V{height}H0Z"
    if kind == "input":
        return rounded_left(width, height, LEFT_ROUND)
    return rounded(width, height, min(width, height) / 2)


def rounded(width: float, height: float, radius: float) -> str:
    """A rectangle with round corners."""
    arc = f"a{radius} {radius} 0 0 1 "
    return (
        f"M{radius} 0H{width - radius}{arc}{radius} {radius}V{height - radius}{arc}-{radius} {radius}"
        f"H{radius}{arc}-{radius} -{radius}V{radius}{arc}{radius} -{radius}Z"
    )


def rounded_left(width: float, height: float, radius: float) -> str:
    """A rectangle whose left corners are round."""
    arc = f"a{radius} {radius} 0 0 1 "
    return f"M{radius} 0H{width}V{height}H{radius}{arc}-{radius} -{radius}V{radius}{arc}{radius} -{radius}Z"


def numbers_of(picture: Picture, card: Card, is_fresh: bool = False) -> Numbers:
    """The numbers of one card at the picture's moment."""
    graph, id = picture.graph, card.node
    is_bare = not card.title
    top = (card.height - measure.ROW) / 2 if is_bare else measure.HEADER + card.is_stacked * measure.SUBTITLE
    value = block(card, picture.value(id), top, "pending")
    height = card.rows * measure.ROW + card.has_more_rows * measure.MORE
    gradient = None
    if card.has_gradient:
        gradient = block(card, picture.gradient(id), top + height + measure.ROW_GAP, "pending")
    return Numbers(graph.position(id), value, gradient, is_fresh)


def block(card: Card, array: np.ndarray | None, top: float, missing: str) -> Block:
    """One array on a card, or the places where its numbers will stand."""
    texts = preview(card, array)
    left = measure.PADDING + (measure.MARK if card.title else 0.0)
    rights = [left + (place + 1) * COLUMN + place * measure.COLUMN_GAP for place in range(card.columns)]
    if not card.title:
        rights = [card.width / 2]
    lines = tuple(
        Line(
            top + row * measure.ROW + DIGIT_BASELINE,
            tuple((right, texts[row][column], card.index(row, column)) for column, right in enumerate(rights)),
        )
        for row in range(card.rows)
    )
    return Block("known" if array is not None else missing, top, lines, ellipses(card, top, rights))


def preview(card: Card, array: np.ndarray | None) -> Sequence[Sequence[str]]:
    """The digits of the first rows and columns; nothing in each place where nothing is computed yet."""
    if array is None:
        return [[""] * card.columns] * card.rows
    if array.ndim == 0:
        return [[numbers.compact(float(array))]]
    if array.ndim == 1:
        array = array[np.newaxis]
    while array.ndim > 2:
        array = array[0]
    return [[numbers.compact(number) for number in row] for row in array[: card.rows, : card.columns].tolist()]


def ellipses(card: Card, top: float, rights: Sequence[float]) -> tuple[tuple[float, float, str], ...]:
    """Where dots say that there are more columns or rows than are shown."""
    dots = []
    if card.has_more_columns:
        dots += [
            (rights[-1] + measure.MARK / 2 + 2, top + row * measure.ROW + DIGIT_BASELINE, "⋯")
            for row in range(card.rows)
        ]
    if card.has_more_rows:
        middle = (measure.PADDING + measure.MARK + rights[-1]) / 2
        dots.append((middle, top + card.rows * measure.ROW + 9.0, "⋮"))
    return tuple(dots)


def frames(picture: Picture, layout: GraphLayout, cards: Mapping[str, Card]) -> tuple[Frame, ...]:
    """The frames of all cards that the layout draws."""
    return tuple(frame(picture.graph, cards[box.node], box, picture.frozen) for box in layout.boxes)


def kind_of(graph: Graph, node: Node) -> str:
    """The word for what a node is, `loss` for the last one."""
    return "loss" if node is graph.loss else node.kind
