"""Where everything in a picture of a graph stands: boxes, lines and arrow tips, in pixels, y growing downwards.

A layout depends on the graph alone, never on what is computed: one picture serves every moment of a run.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from app.layout.measure import Card

Side = Literal["before", "after"]
Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Box:
    """The card of one node; x and y are its left upper corner."""

    node: str
    x: float
    y: float
    width: float
    height: float

    @property
    def right(self) -> float:
        return self.x + self.width

    @property
    def bottom(self) -> float:
        return self.y + self.height

    @property
    def centre(self) -> Point:
        return self.x + self.width / 2, self.y + self.height / 2


@dataclass(frozen=True, slots=True)
class EdgePath:
    """One argument of one op, drawn from the node that feeds it: `x * x` has two.

    `path` is the `d` of an SVG path from source to target. The arrow heads are points of a polygon: `head` at the
    target for values flowing forward, `tail` at the source for gradients flowing back. `label` is a spot on the line.
    """

    source: str
    target: str
    argument: int
    path: str
    head: str
    tail: str
    tip: Point
    start: Point
    label: Point


@dataclass(frozen=True, slots=True)
class Stub:
    """What a window leaves out beside one of its boxes: `count` neighbours; `neighbour` is the first, a place to go."""

    node: str
    neighbour: str
    side: Side
    count: int
    x: float
    y: float
    width: float
    height: float
    path: str


@dataclass(frozen=True, slots=True)
class Reference:
    """The name of a leaf, repeated right before an op far away that it also feeds, in place of a line all the way.

    The edges that leave it have the leaf as their source.
    """

    node: str
    target: str
    text: str
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Window:
    """Which part of a graph is drawn: `shown` of `total` nodes, with so many ops of the graph's order before and after.

    `earlier` and `later` are nodes to look at for the window before and after this one, None at an end.
    """

    total: int
    shown: int
    ops_before: int
    ops_after: int
    earlier: str | None
    later: str | None


@dataclass(frozen=True)
class GraphLayout:
    """A picture of a graph without its numbers. `window` is None where the whole graph is drawn.

    `is_rough` says that Graphviz did not answer in time and a simpler way of placing was used. Boxes, and the cards
    in them, stand in the graph's order. `key` names the layout: equal keys, equal pictures.
    """

    key: str
    width: float
    height: float
    boxes: tuple[Box, ...]
    cards: tuple[Card, ...]
    edges: tuple[EdgePath, ...]
    stubs: tuple[Stub, ...] = ()
    references: tuple[Reference, ...] = ()
    window: Window | None = None
    is_rough: bool = False

    def __hash__(self) -> int:
        return hash(self.key)

    @cached_property
    def box_of(self) -> Mapping[str, Box]:
        """Boxes by the id of their node."""
        return {box.node: box for box in self.boxes}

    @cached_property
    def card_of(self) -> Mapping[str, Card]:
        """What was measured of each drawn node, by its id."""
        return {card.node: card for card in self.cards}

    @cached_property
    def edges_into(self) -> Mapping[str, tuple[EdgePath, ...]]:
        """The drawn edges that feed each node, by its id."""
        return self._edges_by("target")

    @cached_property
    def edges_out_of(self) -> Mapping[str, tuple[EdgePath, ...]]:
        """The drawn edges that leave each node, by its id."""
        return self._edges_by("source")

    def _edges_by(self, end: str) -> dict[str, tuple[EdgePath, ...]]:
        found: dict[str, list[EdgePath]] = {box.node: [] for box in self.boxes}
        for edge in self.edges:
            found[getattr(edge, end)].append(edge)
        return {node: tuple(edges) for node, edges in found.items()}


@dataclass(frozen=True)
class Pending:
    """The picture is being made: ask again after `seconds`."""

    key: str
    seconds: float = 0.5
