"""A small true picture of a graph for a card: the workspace's own layout, with hardly any words."""

from dataclasses import dataclass

from app.engine.graph import Graph, Node
from app.layout.curves import number
from app.layout.layout import Box, GraphLayout
from app.layout.measure import text_width
from app.notation import numbers
from app.notation.naming import Name, textbook
from app.views.drawing.cards import kind_of, outline

MOST_LABELLED = 80
LONGEST = 9
LARGEST_TEXT = 46.0
LARGEST_BARE = 34.0
PADDING = 14.0
MARGIN = 14.0
LEAST_WIDTH = 820.0
LEAST_HEIGHT = 330.0


@dataclass(frozen=True, slots=True)
class Spot:
    """One node: where it stands, its form, and its label in the middle of it, `size` high."""

    kind: str
    x: float
    y: float
    outline: str
    label: Name
    is_name: bool
    size: float
    middle_x: float
    baseline: float


@dataclass(frozen=True, slots=True)
class Miniature:
    """The picture: an SVG view box, the lines' paths, the nodes. A part of a large graph `is_part`."""

    view_box: str
    lines: tuple[str, ...]
    spots: tuple[Spot, ...]
    is_part: bool


def miniature(graph: Graph, layout: GraphLayout) -> Miniature:
    """The picture of a graph, or of the part of it that its layout shows."""
    is_labelled = len(layout.boxes) <= MOST_LABELLED
    again = tuple(Box(named.node, named.x, named.y, named.width, named.height) for named in layout.references)
    spots = tuple(spot(graph, box, is_labelled) for box in (*layout.boxes, *again))
    lines = tuple(edge.path for edge in layout.edges)
    return Miniature(view_box(layout.width, layout.height), lines, spots, layout.window is not None)


def spot(graph: Graph, box: Box, is_labelled: bool) -> Spot:
    """One node of the picture."""
    node = graph[box.node]
    text, is_name = words(node)
    label = (textbook(text) if is_name else Name(text)) if is_labelled else Name("")
    size = text_size(box, text, is_bare=node.kind == "constant")
    form = outline(kind_of(graph, node), box.width, box.height)
    baseline = box.height / 2 + size * 0.33
    return Spot(
        kind=kind_of(graph, node),
        x=box.x,
        y=box.y,
        outline=form,
        label=label,
        is_name=is_name,
        size=size,
        middle_x=box.width / 2,
        baseline=baseline,
    )


def text_size(box: Box, text: str, is_bare: bool) -> float:
    """How large a label may be; a bare one, without an outline around it, may reach a little over its box."""
    room = (box.width + PADDING, LARGEST_BARE) if is_bare else (box.width - PADDING, box.height - 8.0)
    return min(LARGEST_TEXT, room[1], room[0] / max(text_width(text, 1.0), 0.1))


def words(node: Node) -> tuple[str, bool]:
    """What stands in a box, and whether that is its node's name: a number, an op's sign or name, or the id."""
    if node.kind == "constant" and not node.shape:
        return numbers.short(float(node.initial), 3), False
    if node.op and node.row.sign:
        return node.row.sign, False
    if node.op and not node.id[:1].isalpha():
        return node.op, False
    return (node.id if len(node.id) <= LONGEST else node.id[: LONGEST - 1] + "…"), True


def view_box(width: float, height: float) -> str:
    """The part of the plane that is shown: the picture in the middle, and never so little that it looms."""
    across, down = max(width + 2 * MARGIN, LEAST_WIDTH), max(height + 2 * MARGIN, LEAST_HEIGHT)
    return " ".join(map(number, ((width - across) / 2, (height - down) / 2, across, down)))
