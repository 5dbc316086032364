"""The guided tour as pages show it: the list of its stops, and the note that goes along with a stop's session."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from app.engine.graph import Graph
from app.nn.preset import Printed
from app.nn.problem import build
from app.nn.spec import parse_spec
from app.notation import numbers
from app.pages.tour.stops import STOPS, Look, Stop
from app.session.moves import To
from app.views.published import COMPUTED, moments

DIGITS = 4


@dataclass(frozen=True)
class Note:
    """One stop beside its session. `figures` fill the braces of its texts; `number` counts from 1."""

    stop: Stop
    number: int
    count: int
    figures: dict[str, str]
    before: Stop | None
    after: Stop | None

    @property
    def looks(self) -> tuple[Look, ...]:
        """Where to look, first of all where the stop begins."""
        return (self.stop.look, *self.stop.looks)


def note(name: str) -> Note | None:
    """The note of a stop; None where there is no such stop."""
    if name not in STOPS:
        return None
    names = list(STOPS)
    at = names.index(name)
    return Note(
        stop=STOPS[name],
        number=at + 1,
        count=len(names),
        figures=figures_of(name),
        before=STOPS[names[at - 1]] if at else None,
        after=STOPS[names[at + 1]] if at + 1 < len(names) else None,
    )


def note_beside(name: str, spec: Mapping[str, Any]) -> Note | None:
    """The note of a stop beside a session of this spec; None beside any other, of which its figures are not true."""
    return note(name) if name in STOPS and dict(spec) == document_of(name) else None


@cache
def document_of(name: str) -> Mapping[str, Any]:
    """The spec of a stop's session as a session keeps it."""
    return dict(parse_spec(STOPS[name].spec).document)


@cache
def figures_of(name: str) -> dict[str, str]:
    """The numbers of a stop's texts, computed in its own session."""
    stop = STOPS[name]
    before, after = moments(build(parse_spec(stop.spec)), 0)

    def said(printed: Printed) -> str:
        moment = after if printed.quantity == "updated" else before
        return numbers.short(float(COMPUTED[printed.quantity](moment, printed)), DIGITS)

    return {printed.name: said(printed) for printed in stop.figures}


def beginning(stop: Stop, graph: Graph) -> To:
    """The moment that a stop's session begins at."""
    phase, node = stop.moment
    places = (at for at, moment in enumerate(graph.schedule) if (moment.phase, moment.node) == (phase, node))
    return To(0, next(places))
