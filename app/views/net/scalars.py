"""A graph of single numbers as circles and lines: on each line the local derivative, and what flows back along it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from app.engine.explain import locals_of
from app.engine.graph import Graph, Node, Operation
from app.layout.measure import operation_text, shorten
from app.notation.naming import Name, textbook
from app.session.explanation import Explanation
from app.session.moment import Picture
from app.views.net.circles import LINE_ROOM, Circle, Figure, Line, Marking, Part, fitted, whole
from app.views.net.rank import Ranking, ranking
from app.views.net.spread import Point, clipped, label_places
from app.views.scene import Scene

MOST_NODES = 60
RADIUS, CONSTANT_RADIUS = 34.0, 22.0
GAP, PITCH = 188.0, 106.0
MARGIN = 28.0
CAPTION_ROOM = 88.0


@dataclass(frozen=True, slots=True)
class ScalarNet:
    """The circles and lines, and the size of the picture."""

    width: float
    height: float
    circles: tuple[Circle, ...]
    lines: tuple[Line, ...]


def is_scalar_net(graph: Graph) -> bool:
    """Whether a graph is made of few nodes of one number each."""
    return len(graph.nodes) <= MOST_NODES and not any(node.shape for node in graph.nodes)


def scalar_net(scene: Scene, marking: Marking) -> ScalarNet:
    """Every node as a circle, in columns by how many steps it takes to compute it."""
    graph = scene.picture.graph
    found = ranking(tuple(tuple(graph.position(id) for id in node.inputs) for node in graph.nodes))
    middles = [(MARGIN + RADIUS + column * GAP, MARGIN + RADIUS + height * PITCH) for column, height in found.places]
    circles = tuple(circle(marking, node, middle) for node, middle in zip(graph.nodes, middles, strict=True))
    return ScalarNet(
        max(x for x, _ in middles) + RADIUS + MARGIN,
        max(y for _, y in middles) + RADIUS + MARGIN + 20.0,
        circles,
        lines(scene, marking, circles, found),
    )


def circle(marking: Marking, node: Node, middle: Point) -> Circle:
    """One node; below it its name, and what it does."""
    is_bare = node.kind == "constant" and node.id.startswith("_")
    radius = CONSTANT_RADIUS if is_bare else RADIUS
    figure = marking.figure(node.id, (), 2 * radius - 14)
    kind = "constant" if is_bare else "loss" if node is marking.picture.graph.loss else node.kind
    is_named = not node.id.startswith("_")
    caption = None if is_bare else textbook(shorten(node.id, 15.0, CAPTION_ROOM)) if is_named else Name("")
    position = marking.picture.graph.position(node.id)
    part = Part(figure, whole(radius), 0.0, "whole")
    return Circle(f"u{position}", kind, *middle, radius, (part,), caption, operation=operation_text(node))


def lines(scene: Scene, marking: Marking, circles: tuple[Circle, ...], found: Ranking) -> tuple[Line, ...]:
    """Every argument of every op as a line, with the local derivative once it can be computed."""
    picture, graph = scene.picture, scene.picture.graph
    explained = explanations(scene)
    edges = [
        (graph.position(id), target, argument)
        for target, node in enumerate(graph.nodes)
        for argument, id in enumerate(node.inputs)
    ]
    courses = [course(circles, found, edge) for edge in edges]
    segments = tuple((*longest(points),) for points in courses)
    places = label_places(segments)
    drawn = []
    for (source, target, argument), points, place in zip(edges, courses, places, strict=True):
        ends = graph.nodes[source].id, graph.nodes[target].id
        share = figure(picture, explained(ends[0]), graph.operation(ends[1]), argument)
        is_near = marking.chosen is not None and marking.chosen[0] in ends
        is_flowing = picture.is_visited(ends[1] if picture.phase == "forward" else ends[0])
        shows = "always" if share else "never"
        drawn.append(
            Line(f"l{target}-{argument}", curve(points), 1.4, False, share, *place, shows, is_near, is_flowing)
        )
    return tuple(drawn)


def explanations(scene: Scene) -> Callable[[str], Explanation]:
    """What the local derivatives of each node are made of: with sequential updates every node finds other numbers."""
    if scene.picture.is_sequential:
        return cache(scene.reading.explain)
    whole = scene.reading.explain(scene.picture.graph.loss.id)
    return lambda id: whole


def figure(picture: Picture, explained: Explanation, consumer: Operation, argument: int) -> Figure | None:
    """The local derivative of one argument, and its product with the upstream gradient; None where nothing flows."""
    id, graph = consumer.inputs[argument], picture.graph
    if not graph.has_gradient(id) or not graph.has_gradient(consumer.id) or consumer.row.rules[argument] is None:
        return None
    local = share = None
    if picture.has_value(consumer.id):
        _, found = locals_of(graph, explained.values, consumer, argument, (), explained.arguments)
        local = float(found[0])
    upstream = picture.gradient(consumer.id)
    # Before a node is visited, sequential updates may still change what it is going to find.
    is_settled = picture.has_gradient(id) or not picture.is_sequential
    if local is not None and upstream is not None and is_settled:
        share = f"= {fitted(float(upstream) * local, LINE_ROOM - 12)}"
    label = f"∂{consumer.id}/∂{id}"
    text = None if local is None else f"× {fitted(local, LINE_ROOM - 12)}"
    return Figure(
        node=id,
        index="",
        label=label,
        value=text,
        gradient=share,
        has_gradient=True,
        is_chosen=False,
        is_visited=picture.is_visited(id) and picture.phase == "backward",
    )


def course(circles: tuple[Circle, ...], found: Ranking, edge: tuple[int, int, int]) -> list[Point]:
    """The points a line goes through, from edge to edge of its circles."""
    source, target, argument = edge
    bends = found.bends.get((source, target), ())
    middle = [(MARGIN + RADIUS + column * GAP, MARGIN + RADIUS + height * PITCH) for column, height in bends]
    start, end = circles[source], circles[target]
    # Two lines between the same circles part company, so that x · x shows both.
    offset = 14.0 * (argument - 0.5) if found.is_doubled(source, target) else 0.0
    points = [(start.x, start.y + offset), *middle, (end.x, end.y + offset)]
    first = clipped(points[0], points[1], start.radius, 0.0)
    last = clipped(points[-2], points[-1], 0.0, end.radius)
    return [first[:2], *points[1:-1], last[2:]]


def longest(points: list[Point]) -> tuple[float, float, float, float]:
    """The last stretch of a line, on which its numbers stand."""
    return (*points[-2], *points[-1])


def curve(points: list[Point]) -> str:
    """A line through its points, its bends rounded."""
    text = f"M{points[0][0]:.1f} {points[0][1]:.1f}"
    for before, at, after in zip(points, points[1:-1], points[2:], strict=False):
        into, out = towards(at, before), towards(at, after)
        text += f"L{into[0]:.1f} {into[1]:.1f}Q{at[0]:.1f} {at[1]:.1f} {out[0]:.1f} {out[1]:.1f}"
    return text + f"L{points[-1][0]:.1f} {points[-1][1]:.1f}"


def towards(point: Point, other: Point) -> Point:
    """A point a little way from one to another."""
    dx, dy = other[0] - point[0], other[1] - point[1]
    share = min(0.4, 40.0 / ((dx * dx + dy * dy) ** 0.5 or 1.0))
    return point[0] + dx * share, point[1] + dy * share
