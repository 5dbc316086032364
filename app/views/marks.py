"""What is marked in the graph at a moment: the node visited, the edges that fed it, the node looked at."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.session.moment import Picture
from app.views.cards import kind_of, outline
from app.views.layout import Box, GraphLayout

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
    """

    path: str
    head: str
    x: float
    y: float
    local: str = ""
    product: str = ""


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
        Flow(edge.path, edge.tail, *edge.label, *shares.get((edge.target, edge.argument), ())) for edge in edges
    )
