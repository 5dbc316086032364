"""What a spec would make, in a few words and a picture, before anybody opens it."""

from dataclasses import dataclass

from app.engine.graph import Graph
from app.engine.plan import Plan
from app.errors import visible
from app.nn.problem import Problem
from app.notation import numbers
from app.pages.building.fields import Field
from app.pages.building.sketch import Sketch, sketch
from app.views.drawing.miniature import Miniature
from app.views.warnings import Warned, warnings_of

MOST_WORK = 2_000_000


@dataclass(frozen=True)
class Outcome:
    """Counts of a graph, its loss before the first update (None where that would take long), and its picture.

    Of a network also its layers in words and as a sketch. `warnings` say what does not go together in it.
    """

    title: str
    nodes: int
    parameters: int
    numbers: int
    loss: str | None
    picture: Miniature | None
    sketch: Sketch | None = None
    warnings: tuple[Warned, ...] = ()


@dataclass(frozen=True)
class Flaw:
    """Why a spec makes nothing: what is wrong, at which field, and in a text where: its line, a mark at the column."""

    text: str
    field: Field | None = None
    line: int | None = None
    column: int | None = None
    quote: str | None = None
    marker: str = ""


def outcome(problem: Problem, work: int, picture: Miniature | None) -> Outcome:
    """What a problem amounts to; `work` is what one iteration costs."""
    graph = problem.graph
    updated = [graph[id] for id in graph.parameters if id not in problem.frozen]
    loss = first_loss(graph) if work <= MOST_WORK else None
    numbers_updated = sum(node.size for node in updated)
    return Outcome(
        title=problem.title,
        nodes=len(graph.nodes),
        parameters=len(updated),
        numbers=numbers_updated,
        loss=loss,
        picture=picture,
        sketch=sketch(problem),
        warnings=warnings_of(problem),
    )


def first_loss(graph: Graph) -> str:
    """The loss before the first update."""
    plan = Plan(graph)
    plan.run(1, graph.forward_end)
    return numbers.short(plan.loss)


def flaw(text: str, source: str, line: int | None, column: int | None) -> Flaw:
    """What is wrong with a text, with the line quoted."""
    lines = source.splitlines()
    if line is None or column is None or not 1 <= line <= len(lines):
        return Flaw(text, None, line, column)
    first = max(0, column - 41)
    quote, place = lines[line - 1][first : first + 80].replace("\t", " "), column - 1 - first
    before = visible(quote[:place])
    return Flaw(
        text=text,
        field=None,
        line=line,
        column=column,
        quote=before + visible(quote[place:]),
        marker=" " * max(len(before), place) + "^",
    )
