"""A worked example at the end of its backward pass, drawn as the workspace draws it: the picture on the first page."""

from dataclasses import dataclass
from functools import cache
from types import SimpleNamespace

from app.engine.explain import terms
from app.engine.plan import Plan
from app.engine.snapshot import Snapshot
from app.layout.layout import EdgePath, GraphLayout
from app.layout.layouts import Layouts
from app.layout.measure import measure
from app.nn.presets import PRESETS
from app.notation import numbers
from app.views.drawing.cards import Frame, Numbers, frame, numbers_of
from app.views.published import problem_of

LEVEL = 2.0
MARGIN = 4.0


@dataclass(frozen=True, slots=True)
class Arrow:
    """One edge, one way: its line, its head, and what it carries, with a spot for that."""

    path: str
    head: str
    carried: str
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Demonstration:
    """The picture: an SVG view box, every edge forward and backward, frames of cards and the numbers in them."""

    name: str
    title: str
    view_box: str
    forward: tuple[Arrow, ...]
    backward: tuple[Arrow, ...]
    frames: tuple[Frame, ...]
    numbers: tuple[Numbers, ...]


def demonstration_of(name: str, layouts: Layouts) -> Demonstration | None:
    """The picture of a preset, or None while its layout is being made."""
    layout = layouts.layout_for(problem_of(name).graph)
    return drawn(name, layout) if isinstance(layout, GraphLayout) else None


@cache
def drawn(name: str, layout: GraphLayout) -> Demonstration:
    """The picture in a given layout."""
    problem = problem_of(name)
    graph = problem.graph
    plan = Plan(graph)
    plan.run(1, graph.backward_end)
    found = plan.snapshot()
    seen = SimpleNamespace(
        graph=graph,
        value=found.value,
        gradient=lambda id: found.gradient(id) if graph.has_gradient(id) else None,
    )
    cards = [measure(graph, graph[box.node]) for box in layout.boxes]
    across, down = layout.width + 2 * MARGIN, layout.height + 2 * MARGIN
    return Demonstration(
        name=name,
        title=PRESETS[name].title,
        view_box=f"{-MARGIN} {-MARGIN} {across:.1f} {down:.1f}",
        forward=tuple(Arrow(edge.path, edge.head, "", *edge.label) for edge in layout.edges),
        backward=tuple(
            Arrow(edge.path, edge.tail, numbers.short(share(found, edge)), *beside(edge))
            for edge in layout.edges
            if graph.has_gradient(edge.source)
        ),
        frames=tuple(frame(graph, card, box, problem.frozen) for card, box in zip(cards, layout.boxes, strict=True)),
        numbers=tuple(numbers_of(seen, card) for card in cards),
    )


def beside(edge: EdgePath) -> tuple[float, float]:
    """A spot clear of the line: on a dashed one a number would seem to have a minus before it."""
    x, y = edge.label
    is_level = abs(edge.start[1] - edge.tip[1]) < LEVEL
    return (x - 22, y + 20) if is_level else (x + 9, y + 20)


def share(moment: Snapshot, edge: EdgePath) -> float:
    """What an edge between scalars carries back: upstream × local."""
    found = terms(moment.graph, moment.value, moment.gradient, edge.source, ())
    return next(one.total() for one in found.edges if (one.consumer, one.argument) == (edge.target, edge.argument))
