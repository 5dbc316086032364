"""Two sessions beside each other, as the page shows them and as programs read them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

from app.notation import numbers
from app.pages.comparison.chart import Chart, charts
from app.pages.comparison.difference import Difference, differences
from app.pages.comparison.outcome import Met, Reached, are_alike, met, parting, reached, sentences
from app.pages.comparison.side import FIGURES, SETS, Side
from app.plots.axes import round_numbers
from app.session.moment import NEWEST_LOSSES
from app.session.service import Sessions
from app.views.train.answers import ask
from app.views.train.words import Said

LEAST_GOAL = 500


@dataclass(frozen=True, slots=True)
class Figure:
    """A row of the table of final numbers: which set of rows and quantity, and what each session has."""

    rows: str
    quantity: str
    one: str
    other: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """The whole page. `goal` is the iteration that both runs may be brought to next."""

    one: Side
    other: Side
    differences: tuple[Difference, ...]
    sentences: tuple[Said, ...]
    charts: tuple[Chart, ...]
    figures: tuple[Figure, ...]
    parting: int | None
    met: Met | None
    reached: Reached | None
    goal: int

    @property
    def sides(self) -> tuple[Side, Side]:
        return self.one, self.other

    @property
    def is_going(self) -> bool:
        """Whether one of the runs goes on by itself just now."""
        return self.one.is_going or self.other.is_going

    @property
    def has_planes(self) -> bool:
        """Whether both have a picture of what they answer over the plane."""
        return self.one.boundary is not None and self.other.boundary is not None


def compare(sessions: Sessions, one: str, other: str) -> Comparison:
    """The comparison of two sessions, each as far as its run is known."""
    a, b = side(sessions, "A", one), side(sessions, "B", other)
    parted = parting(a, b)
    return Comparison(
        one=a,
        other=b,
        differences=differences(a, b),
        sentences=tuple(sentences(a, b)),
        charts=charts((a, b), parted),
        figures=figures(a, b),
        parting=parted,
        met=met(a, b) if are_alike(a, b) else None,
        reached=reached(a, b, parted or 0) if are_alike(a, b) else None,
        goal=goal(max(a.count, b.count)),
    )


def side(sessions: Sessions, letter: str, id: str) -> Side:
    """One session at the head of what is known of it."""
    picture = sessions.ahead(id)
    has_rows = picture.problem.training is not None
    answers = sessions.evaluate(id, partial(ask, picture=picture, units=())) if has_rows else None
    return Side(letter, picture, answers, sessions.run_of(id))


def figures(one: Side, other: Side) -> tuple[Figure, ...]:
    """The figures of each set of rows, and the iterations they belong to."""
    found = [Figure("", "iterations", str(one.count), str(other.count))]
    found += [Figure("", "loss", last(one), last(other))]
    for rows in SETS:
        for quantity in FIGURES:
            pair = one.said(rows, quantity), other.said(rows, quantity)
            if any(pair):
                found.append(Figure(rows, quantity, *(text or "–" for text in pair)))
    return tuple(found)


def last(side: Side) -> str:
    """The last loss known."""
    return numbers.short(float(side.losses[-1]), 4) if side.count else "–"


def goal(count: int) -> int:
    """A round number of iterations, clearly more than are known."""
    ahead = round_numbers(0, max(1.2 * count + 1, LEAST_GOAL), 4)
    return int(next((number for number in ahead if number >= 1.2 * count + 1), max(2 * count, LEAST_GOAL)))


def document(found: Comparison, say: Any, title: Any, number: Any) -> dict[str, Any]:
    """The comparison as plain values; `say` fills in a sentence, `title` and `number` write a title and a float."""
    return {
        "sessions": [
            {
                "id": one.id,
                "title": title(one.title),
                "iterations": one.count,
                "loss": number(float(one.losses[-1])) if one.count else None,
                "losses": [number(loss) for loss in one.losses[-NEWEST_LOSSES:].tolist()],
                "first_loss": max(one.count - NEWEST_LOSSES, 0),
                "scores": {
                    rows: {key: number(one.score(rows, key)) for key in FIGURES}
                    for rows in SETS
                    if one.score(rows, "loss") is not None
                },
                "is_running": one.is_going,
            }
            for one in found.sides
        ],
        "parting": found.parting,
        "differences": [
            {"what": say(one.label), "layer": one.number, "values": [say(one.here), say(one.there)]}
            for one in found.differences
        ],
        "at": found.met
        and {"iteration": found.met.iteration, "losses": [number(found.met.one), number(found.met.other)]},
        "reached": found.reached
        and {"loss": found.reached.loss, "iterations": [found.reached.one, found.reached.other]},
        "sentences": [say(one.template, **one.fields) for one in found.sentences],
    }
