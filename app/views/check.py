"""Every parameter's gradient beside its central difference, the worst first, and what could not be compared and why."""

from __future__ import annotations

import math
from dataclasses import dataclass

from app.engine.check import TOLERANCE, ParameterCheck
from app.engine.graph import Graph
from app.notation import numbers
from app.notation.formulas import formula
from app.notation.naming import Name, textbook
from app.session.explanation import CheckReport
from app.views.doubt import STATES, doubted
from app.views.scene import Scene
from app.views.why import Part

MOST_NUMBERS = 1_000
MOST_CALLS = 200_000
"""How many numbers a page compares, and how many ops it runs for that: beyond, some are picked evenly."""

CENTRAL_DIFFERENCE = r"\frac{\partial L}{\partial x}\approx\frac{L(x+h)-L(x-h)}{2h}"
INCOMPARABLE = "not comparable"
ORDER = ("not finite", "differs", "sequential", INCOMPARABLE, "held", "kink", "agrees", "none")
"""How parameters come out, the worst first."""


@dataclass(frozen=True, slots=True)
class CheckRow:
    """One parameter. The numbers are those of the element that came out worst, None where nothing could be compared.

    `state` is the word for its comparison, `kink` where every number compared lies at one, or `none` where no path
    leads to the loss; `doubt` is a sentence why the two do not agree. `step` is how far the difference moved the
    number, `kink` the first number left out at one.
    """

    id: str
    state: str
    size: int
    index: tuple[int, ...]
    gradient: float | None
    numeric: float | None
    relative_error: float | None
    step: float | None
    kinks: int
    kink: tuple[int, ...] | None
    unsampled: int
    is_chosen: bool
    doubt: Part | None = None

    @property
    def name(self) -> Name:
        return textbook(self.id)

    @property
    def place(self) -> str:
        return numbers.index_text(self.index)

    @property
    def asked(self) -> str:
        """The index as an address writes it."""
        return numbers.index_address(self.index)

    @property
    def kink_place(self) -> str:
        return numbers.index_text(self.kink or ())

    @property
    def kink_asked(self) -> str:
        return numbers.index_address(self.kink or ())

    @property
    def short(self) -> tuple[str, str, str, str]:
        """Gradient, central difference, relative error and step as the table writes them."""
        digits = ((self.gradient, 9), (self.numeric, 9), (self.relative_error, 2), (self.step, 2))
        return tuple("" if number is None else numbers.short(number, most) for number, most in digits)

    @property
    def exact(self) -> tuple[str, str]:
        return tuple("" if number is None else numbers.exact(number) for number in (self.gradient, self.numeric))


@dataclass(frozen=True, slots=True)
class Check:
    """The check of a whole iteration, on the numbers that it began with.

    `compared` counts the numbers that were, `unsampled` those that were left out to keep the page quick; `differing`
    counts parameters that do not agree, without the `incomparable`, beside which no difference can be taken.
    `is_ahead`: the gradients were computed for the check alone; the moment shown has not come to them all.
    """

    ok: bool
    iteration: int
    rows: tuple[CheckRow, ...]
    compared: int
    differing: int
    incomparable: int
    kinks: int
    unsampled: int
    first_non_finite: str | None
    is_sequential: bool
    is_ahead: bool
    tolerance: float = TOLERANCE

    @property
    def definition(self) -> str:
        """What a central difference is, as MathML."""
        return formula(CENTRAL_DIFFERENCE, (), block=True)

    @property
    def bound(self) -> str:
        return numbers.short(self.tolerance)


def check(scene: Scene) -> Check:
    """The check of the iteration shown; what is too much for one request is refused."""
    picture, graph = scene.picture, scene.picture.graph
    report = scene.reading.check(most_numbers(graph))
    rows = rows_of(graph, report, scene.id if scene.is_pinned else None)
    return Check(
        ok=report.ok,
        iteration=picture.cursor.iteration,
        rows=rows,
        compared=sum(row.size - row.kinks - row.unsampled for row in rows if row.state != "none"),
        differing=sum(row.state not in ("agrees", "kink", "none", INCOMPARABLE) for row in rows),
        incomparable=sum(row.state == INCOMPARABLE for row in rows),
        kinks=sum(row.kinks for row in rows),
        unsampled=sum(row.unsampled for row in rows),
        first_non_finite=report.first_non_finite,
        is_sequential=picture.is_sequential,
        is_ahead=picture.cursor.position < graph.backward_end,
    )


def most_numbers(graph: Graph) -> int:
    """How many numbers a page may compare without keeping its reader waiting."""
    return max(1, min(MOST_NUMBERS, MOST_CALLS // max(1, graph.forward_end)))


def rows_of(graph: Graph, report: CheckReport, chosen: str | None) -> tuple[CheckRow, ...]:
    """All parameters, the worst first, those without a gradient last."""
    compared = {one.id: one for one in report.parameters}
    rows = [row_of(graph, id, compared.get(id), id == chosen) for id in graph.parameters]
    return tuple(sorted(rows, key=rank))


def rank(row: CheckRow) -> tuple[int, float]:
    """Where a row stands: by its state, then by its error if that is a number."""
    error = row.relative_error
    return ORDER.index(row.state), -error if error is not None and math.isfinite(error) else 0.0


def row_of(graph: Graph, id: str, found: ParameterCheck | None, is_chosen: bool) -> CheckRow:
    """One parameter's row."""
    size = graph[id].size
    if found is None:
        return CheckRow(
            id=id,
            state="none",
            size=size,
            index=(),
            gradient=None,
            numeric=None,
            relative_error=None,
            step=None,
            kinks=0,
            kink=None,
            unsampled=0,
            is_chosen=is_chosen,
        )
    told = found.worst or found.kink
    return CheckRow(
        id=id,
        state=state_of(found),
        size=size,
        index=told.index if told else (),
        gradient=told.gradient if told else None,
        numeric=told.difference.numeric if told else None,
        relative_error=told.relative_error if told else None,
        step=told.difference.step if told else None,
        kinks=found.kinks,
        kink=found.kink.index if found.kink else None,
        unsampled=found.unsampled,
        is_chosen=is_chosen,
        doubt=doubted(told),
    )


def state_of(found: ParameterCheck) -> str:
    """What a parameter's comparison says."""
    told = found.worst or found.kink
    return STATES[told.doubt] if told else STATES[None]
