"""From a placement to a layout: numbers become node ids again, and a margin is put around the picture."""

import hashlib

from app.layout.curves import arrow
from app.layout.folding import Hidden, Part, reference_text
from app.layout.layout import Box, EdgePath, GraphLayout, Reference, Stub
from app.layout.paths import Curve, Painter
from app.layout.placing import Placement

BORDER = 20.0


def key_of(part: Part) -> str:
    """A name for the picture of a part, made from all that the picture is made from."""
    return hashlib.sha256(repr(part).encode()).hexdigest()[:24]


def draft(part: Part, placement: Placement, key: str) -> GraphLayout:
    """The finished layout of a part of a graph."""
    painter = Painter(part.sketch, placement, BORDER)
    curves = list(painter.curves())
    first = len(part.before) + len(part.references)
    boxes = tuple(Box(card.node, *painter.outline(box)) for box, card in enumerate(part.cards, first))
    return GraphLayout(
        key=key,
        width=painter.width + 2 * BORDER,
        height=painter.height + 2 * BORDER,
        boxes=boxes,
        cards=part.cards,
        edges=tuple(edges(part, curves)),
        stubs=tuple(stubs(part, painter, curves)),
        references=tuple(references(part, painter)),
        window=part.window,
        is_rough=placement.is_rough,
    )


def edges(part: Part, curves: list[Curve]) -> list[EdgePath]:
    """The lines between drawn nodes, those from references included."""
    ids = [
        *(hidden.node for hidden in part.before),
        *(leaf for leaf, _ in part.references),
        *(card.node for card in part.cards),
        *(hidden.node for hidden in part.after),
    ]
    return [
        edge_path(ids[source], ids[target], argument, curve)
        for (source, target, _), argument, curve in zip(part.sketch.edges, part.arguments, curves, strict=True)
        if argument is not None
    ]


def edge_path(source: str, target: str, argument: int, curve: Curve) -> EdgePath:
    return EdgePath(
        source,
        target,
        argument,
        curve.path,
        head=arrow(curve.tip, 1),
        tail=arrow(curve.start, -1),
        tip=curve.tip,
        start=curve.start,
        label=curve.label,
    )


def stubs(part: Part, painter: Painter, curves: list[Curve]) -> list[Stub]:
    """The boxes for what is left out, each with its line."""
    first, stop = len(part.before), len(part.sketch.sizes) - len(part.after)
    lines = {
        source if source < first else target: curve
        for (source, target, _), curve in zip(part.sketch.edges, curves, strict=True)
        if source < first or target >= stop
    }
    boxes = [*range(first), *range(stop, stop + len(part.after))]
    return [
        stub(hidden, painter.outline(box), lines[box].path)
        for box, hidden in zip(boxes, (*part.before, *part.after), strict=True)
    ]


def references(part: Part, painter: Painter) -> list[Reference]:
    """The leaves that are named again."""
    return [
        Reference(leaf, target, reference_text(leaf), *painter.outline(box))
        for box, (leaf, target) in enumerate(part.references, len(part.before))
    ]


def stub(hidden: Hidden, outline: tuple[float, float, float, float], path: str) -> Stub:
    return Stub(hidden.node, hidden.neighbour, hidden.side, hidden.count, *outline, path)
