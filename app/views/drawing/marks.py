"""What is marked in the graph at a moment: the node visited, the edges that fed it, the node looked at."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.layout.layout import Box, EdgePath, GraphLayout
from app.session.moment import Picture
from app.views.drawing.cards import kind_of, outline

LABEL_WIDTH, LABEL_HEIGHT = 80.0, 40.0

Shares = Mapping[tuple[str, int], tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Halo:
    """The outline around one card."""

    x: float
    y: float
    path: str


@dataclass(frozen=True, slots=True)
class Flow:
    """One edge along which numbers have just flowed: its line, the arrow's head, and what happened on its way.

    Backward, the upstream gradient is multiplied by `local` and arrives as `product`; elsewhere both are empty.
    `is_crowded` says that another edge passes so close that both have to stand on one line.
    """

    path: str
    head: str
    x: float
    y: float
    local: str = ""
    product: str = ""
    is_crowded: bool = False


@dataclass(frozen=True, slots=True)
class Marks:
    """`phase` says how everything is drawn: forward solid and round, backward dashed and pointed."""

    phase: str
    visited: Halo | None
    selected: Halo | None
    flows: tuple[Flow, ...]


def marks(
    picture: Picture,
    layout: GraphLayout,
    selected: str | None,
    shares: Shares | None = None,
) -> Marks:
    """The marks of a moment; `shares` are local and product on the edges of a node visited backward."""
    visited = layout.box_of.get(picture.node) if picture.node else None
    chosen = layout.box_of.get(selected) if selected else None
    return Marks(
        picture.phase,
        halo(picture, visited),
        halo(picture, chosen),
        flows(picture, layout, shares or {}) if visited else (),
    )


def halo(picture: Picture, box: Box | None) -> Halo | None:
    """The outline of a card, to be drawn around it."""
    if box is None:
        return None
    graph = picture.graph
    return Halo(box.x, box.y, outline(kind_of(graph, graph[box.node]), box.width, box.height))


def flows(picture: Picture, layout: GraphLayout, shares: Shares) -> tuple[Flow, ...]:
    """Forward, the edges into the node visited; backward, those from its consumers."""
    if picture.phase == "forward":
        edges = layout.edges_into.get(picture.node, ())
        return tuple(Flow(edge.path, edge.head, *edge.label) for edge in edges)
    edges = [edge for edge in layout.edges_out_of.get(picture.node, ()) if picture.has_gradient(edge.target)]
    return tuple(
        Flow(
            edge.path, edge.tail, *edge.label, *shares.get((edge.target, edge.argument), ("", "")),
            is_crowded=any(is_close(edge, other) for other in edges if other is not edge),
        )
        for edge in edges
    )  # fmt: skip


def is_close(edge: EdgePath, other: EdgePath) -> bool:
    """Whether two words above and below each edge would meet."""
    (x, y), (other_x, other_y) = edge.label, other.label
    return abs(x - other_x) < LABEL_WIDTH and abs(y - other_y) < LABEL_HEIGHT
