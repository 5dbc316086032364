"""What does not go together in a session, in words: said before it is trained, at the node, and to programs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import isnan

from app.engine.graph import Graph, once_for_each
from app.engine.mismatch import Mismatch, mismatches
from app.errors import N_
from app.layout.measure import shape_text
from app.nn.problem import Problem
from app.notation import numbers
from app.notation.naming import textbook
from app.views.why import Part, Piece, Sentences, Spot

DIGITS = 4

SENTENCES: Mapping[str, tuple[str, str]] = {
    "scores": (
        N_(
            "{place} ({op}) holds only numbers from {low} to {high}, but {loss} takes scores of any size and makes "
            "probabilities of them itself."
        ),
        N_("Leave this activation out: give the loss what goes into it."),
    ),
    "probabilities": (
        N_(
            "{loss} takes probabilities, numbers from 0 to 1. {place} ({op}) can hold others, too, and there the loss "
            "is NaN."
        ),
        N_("Put a sigmoid in front of the loss, or take binary cross-entropy of logits, which has one inside."),
    ),
    "targets": (
        N_("{place} ({op}) holds only numbers from {low} to {high}, and {outside} of {among} targets lie outside."),
        N_("Take an activation that reaches all targets, such as none at all, or scale the targets."),
    ),
    "single": (
        N_("{place} ({op}) is made of a single number, so it is always 1, and nothing in front of it can learn."),
        N_("Take one unit for each class, or a sigmoid for a single one."),
    ),
    "broadcast": (
        N_(
            "At {place} the shapes {first} and {second} make {shape}: each number of one meets every number of the "
            "other."
        ),
        N_("If row is to meet row, give both the same shape."),
    ),
}
"""Of each kind of mismatch what it is, and what helps."""
FLOOR = N_("The loss cannot fall below {floor}.")


@dataclass(frozen=True, slots=True)
class Warned(Sentences):
    """One thing that does not go together: its kind, the node where it is seen, the loss it is about if it is about
    one, and the sentences.
    """

    kind: str
    node: str
    loss: str
    parts: tuple[Part, ...]


@once_for_each
def found_in(problem: Problem) -> tuple[Mismatch, ...]:
    """What does not go together in a problem, by the targets of all rows it trains on."""
    graph, rows = problem.graph, problem.training
    return mismatches(graph, lambda id: rows.y if rows and graph[id].role == "target" else graph[id].initial)


@once_for_each
def warnings_of(problem: Problem) -> tuple[Warned, ...]:
    """The warnings about a problem, in the order of its graph."""
    return tuple(Warned(one.kind, one.node, one.loss, parts(problem.graph, one)) for one in found_in(problem))


def parts(graph: Graph, found: Mismatch) -> tuple[Part, ...]:
    """What a mismatch is, what it means for the loss, and what helps."""
    (what, helps), fields = SENTENCES[found.kind], fields_of(graph, found)
    return tuple(Part(one, fields) for one in (what, *([] if isnan(found.floor) else [FLOOR]), helps))


def fields_of(graph: Graph, found: Mismatch) -> dict[str, Piece]:
    """What may stand in the gaps of the sentences."""
    shapes = [shape_text(shape) for shape in (*found.shapes, graph[found.node].shape)]
    return {
        "op": graph[found.node].op or "",
        "place": Spot(found.node, textbook(found.node), "", ""),
        "loss": (graph[found.loss].op or "") if found.loss else "",
        "low": numbers.short(found.bounds[0]),
        "high": numbers.short(found.bounds[1]),
        "floor": numbers.short(found.floor, DIGITS),
        "outside": str(found.outside),
        "among": str(found.among),
        "first": shapes[0],
        "second": shapes[1] if len(shapes) > 1 else "",
        "shape": shapes[-1],
    }
