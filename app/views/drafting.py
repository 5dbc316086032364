"""From a placement to a layout: numbers become node ids again, and a margin is put around the picture."""

import hashlib

from app.views.folding import Hidden, Part
from app.views.layout import Box, EdgePath, GraphLayout, Stub
from app.views.paths import Curve, Painter, arrow
from app.views.placing import Placement

BORDER = 20.0


def key_of(part: Part) -> str:
    """A name for the picture of a part: the same structure, sizes and ids make the same name."""
    content = ([card.node for card in part.cards], part.sketch.sizes, part.sketch.inputs, part.window)
    return hashlib.sha256(repr(content).encode()).hexdigest()[:24]


def draft(part: Part, placement: Placement, key: str) -> GraphLayout:
    """The finished layout of a part of a graph."""
    painter = Painter(part.sketch, placement, BORDER)
    curves = list(painter.curves())
    first, stop = len(part.before), len(part.before) + len(part.cards)
    boxes = tuple(Box(part.cards[box - first].node, *painter.outline(box)) for box in range(first, stop))
    return GraphLayout(
        key=key,
        width=painter.width + 2 * BORDER,
        height=painter.height + 2 * BORDER,
        boxes=boxes,
        edges=tuple(edges(part, curves)),
        stubs=tuple(stubs(part, painter, curves)),
        window=part.window,
        is_rough=placement.is_rough,
    )


def edges(part: Part, curves: list[Curve]) -> list[EdgePath]:
    """The lines between drawn nodes."""
    first = len(part.before)
    return [edge_path(part.cards[source - first].node, part.cards[target - first].node, argument, curve)
            for (source, target, _), argument, curve in zip(part.sketch.edges, part.arguments, curves, strict=True)
            if argument is not None]


def edge_path(source: str, target: str, argument: int, curve: Curve) -> EdgePath:
    return EdgePath(source, target, argument, curve.path, head=arrow(curve.tip, 1), tail=arrow(curve.start, -1),
                    tip=curve.tip, start=curve.start, label=curve.middle)


def stubs(part: Part, painter: Painter, curves: list[Curve]) -> list[Stub]:
    """The boxes for what is left out, each with its line."""
    first, stop = len(part.before), len(part.before) + len(part.cards)
    lines = {source if source < first else target: curve
             for (source, target, _), curve in zip(part.sketch.edges, curves, strict=True)
             if source < first or target >= stop}
    boxes = [*range(first), *range(stop, stop + len(part.after))]
    return [stub(hidden, painter.outline(box), lines[box].path)
            for box, hidden in zip(boxes, (*part.before, *part.after), strict=True)]


def stub(hidden: Hidden, outline: tuple[float, float, float, float], path: str) -> Stub:
    return Stub(hidden.node, hidden.neighbour, hidden.side, hidden.count, *outline, path)
