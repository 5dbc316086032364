"""The table view: every node with the same numbers as its card, a page of them at a time."""

from dataclasses import dataclass

import numpy as np

from app.layout.measure import operation_text, shape_text
from app.notation import numbers
from app.notation.naming import Name, textbook
from app.session.moment import Picture
from app.views.drawing.cards import kind_of

TABLE_PREVIEW = 4
PAGE = 200


@dataclass(frozen=True, slots=True)
class Row:
    """A node as a row of the table view, with the same numbers as its card."""

    number: int
    id: str
    name: Name
    kind: str
    operation: str
    inputs: tuple[str, ...]
    shape: str
    value: str | None
    gradient: str | None
    has_gradient: bool
    is_visited: bool
    is_fresh: bool


@dataclass(frozen=True, slots=True)
class TablePage:
    """The rows of the table that are shown; `earlier` and `later` are nodes of the pages before and after it.

    `key` names the page; with only some rows of it, they are what changed.
    """

    key: str
    first: int
    last: int
    total: int
    earlier: str | None
    later: str | None
    rows: tuple[Row, ...]


def table_page(picture: Picture, focus: str, only: frozenset[str] | None, drawn: str) -> TablePage:
    """The page of the table on which a node stands; with `only`, just those rows, if the page is shown already."""
    nodes = picture.graph.nodes
    first = picture.graph.position(focus) // PAGE * PAGE
    last = min(first + PAGE, len(nodes))
    only = only if drawn == f"rows{first}" else None
    ids = [node.id for node in nodes[first:last] if only is None or node.id in only]
    return TablePage(
        key=f"rows{first}",
        first=first,
        last=last - 1,
        total=len(nodes),
        earlier=nodes[first - 1].id if first else None,
        later=nodes[last].id if last < len(nodes) else None,
        rows=tuple(row(picture, id, only is not None and id in only) for id in ids),
    )


def row(picture: Picture, id: str, is_fresh: bool) -> Row:
    """One node as a row."""
    graph, node = picture.graph, picture.graph[id]
    return Row(
        number=graph.position(id),
        id=id,
        name=textbook(id),
        kind=kind_of(graph, node),
        operation=operation_text(node),
        inputs=node.inputs,
        shape=shape_text(node.shape),
        value=preview(picture.value(id)),
        gradient=preview(picture.gradient(id)),
        has_gradient=graph.has_gradient(id),
        is_visited=picture.is_visited(id),
        is_fresh=is_fresh,
    )


def preview(array: np.ndarray | None) -> str | None:
    """An array in one line: all of a small one, the beginning of a large one; None where nothing is computed."""
    if array is None:
        return None
    texts = [numbers.short(number) for number in array.ravel()[:TABLE_PREVIEW].tolist()]
    return "  ".join(texts) + ("  …" if array.size > TABLE_PREVIEW else "")
