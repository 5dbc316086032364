"""Questions about a moment or a run that change nothing: where a number comes from, what it would do, what was."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar

import numpy as np

from app.engine.check import Doubt, check
from app.engine.explain import terms
from app.nn.evaluation import Evaluator
from app.session import moves
from app.session.departure import Departure
from app.session.edits import node_of, read_index
from app.session.explanation import CheckReport, Explanation
from app.session.iteration import Iteration
from app.session.keeping import Keeping
from app.session.live import Live
from app.session.moment import Picture
from app.session.nudge import RUNS, Nudge, can_move, check_nudge, movable, moved, unmoved
from app.session.state import Cursor
from app.session.update import Update, itemized, parameter_of
from app.session.way import Way, gradients, way
from app.session.work import PRICE_OF_A_TERM, check_work, spend

Found = TypeVar("Found")


class Questions(Keeping):
    """What can be asked about a session. Whoever names a version is told of that one, or refused with Conflict."""

    @property
    def max_work(self) -> int:
        """Elements and products that one request may compute."""
        return self._limits.max_work

    def explain(
        self,
        id: str,
        node: str,
        index: Any = (),
        is_checked: bool = True,
        version: int | None = None,
        is_listed: bool = False,
    ) -> Explanation:
        """Where the gradient of one number comes from, and, unless that is not asked for, a central difference.

        Whoever is going to list every term says so, and is refused where they are too many.
        """
        with self._held(id, version) as live:
            shown = live.picture()
            place = read_index(node_of(shown.graph, node), index, "")
            value, gradient = (_number(array, place) for array in (shown.value(node), shown.gradient(node)))
            before = live.replay.before_update(live.session)
            if gradient is None:
                return Explanation(node, place, value, None, before=before)
            read = live.replay.snapshot(shown.positions.backward[node] - 1)
            if is_checked:
                check_work(live.replay.prices.forward * 4, self._limits.max_work)
                second = live.replay.probe(before).compare(node, place, gradient, _otherwise(before))
        found = terms(shown.graph, before.snapshot.value, before.snapshot.gradient, node, place, read.value)
        if is_listed:
            check_work(PRICE_OF_A_TERM * len(found), self._limits.max_work)
        explanation = Explanation(node, place, value, gradient, found, before=before, read=read)
        return replace(explanation, second=second) if is_checked else explanation

    def nudge(
        self,
        id: str,
        node: str,
        index: Any = (),
        by: float | None = None,
        version: int | None = None,
        zoom: float = 1.0,
    ) -> Nudge:
        """Move one number by so much (or half of how far it is looked at): the true change of the loss beside the
        predicted one, and the loss for a range of this number. The session stays as it is.
        """
        check_nudge(by, zoom)
        with self._held(id, version) as live:
            shown = live.picture()
            place = read_index(movable(shown.graph, node), index, "")
            before = live.replay.before_update(live.session)
            still = unmoved(shown, before, node, place, by, zoom)
            if not can_move(still):
                return still
            check_work(live.replay.prices.forward * RUNS, self._limits.max_work)
            return replace(still, **moved(still, live.replay.probe(before)))

    def check(self, id: str, version: int | None = None, most: int | None = None) -> CheckReport:
        """Compare every parameter's gradient with central differences, at the numbers this iteration began with.

        At most about `most` numbers are compared where that is said; a report already made for this iteration is kept.
        """
        with self._held(id, version) as live:
            asked = live.session.edits, live.session.cursor.iteration, most
            if live.report and live.report[0] == asked:
                return live.report[1]
            self._finish_backward(live)
            before, price = live.replay.before_update(live.session), live.replay.prices.forward * 4
        graph, snapshot = before.graph, before.snapshot
        budget = self._limits.max_work // max(price.total, 1)
        check_work(price * len(graph.parameters), self._limits.max_work)
        budget = budget if most is None else min(budget, most)
        spend(price * min(budget, sum(graph[id].size for id in graph.parameters)))
        compared = check(graph, snapshot.value, budget, snapshot.gradient, _otherwise(before))
        finished = replace(before, cursor=Cursor(before.cursor.iteration, graph.backward_end))
        report = CheckReport(tuple(compared), finished.first_non_finite)
        live.report = asked, report
        return report

    def derive(self, id: str, version: int | None = None) -> Iteration:
        """The whole iteration that the session stands in, run to the end of its backward pass; the session stays."""
        with self._held(id, version) as live:
            self._finish_backward(live)
            return live.replay.iteration(live.session)

    def update_of(self, id: str, node: str, index: Any = (), version: int | None = None) -> Update:
        """How the optimizer moves one number of a parameter in this iteration, line by line."""
        with self._held(id, version) as live:
            shown = live.picture()
            return itemized(live.replay, shown, node, read_index(parameter_of(shown.graph, node), index, ""))

    def evaluate(self, id: str, work: Callable[[Evaluator], Found], version: int | None = None) -> Found:
        """What `work` finds out with the session's network on other rows; nobody else uses its buffers meanwhile."""
        with self._held(id, version) as live:
            return work(live.replay.evaluator)

    def departure(self, id: str, version: int | None = None) -> Departure:
        """What the run goes on with from the moment shown, from the start of an iteration on; the session stays."""
        with self._held(id, version) as live:
            at = moves.finished(live.replay.problem.graph, live.session.cursor)
            live.replay.seek(live.session.edits, Cursor(at, 0))
            return live.replay.departure()

    def past(self, id: str, count: int, version: int | None = None) -> list[tuple[int, Mapping[str, np.ndarray]]]:
        """The parameters at the start of at most so many iterations, in order, from the first known to the last."""
        with self._held(id, version) as live:
            return live.replay.past(count)

    def way(self, id: str, until: int, count: int, version: int | None = None) -> Way:
        """The parameters at the start of so many iterations from the first to `until`, or of fewer."""
        with self._held(id, version) as live:
            return way(live.replay, live.session.edits, until, count)

    def gradients(self, id: str, iterations: Sequence[int], version: int | None = None) -> Way:
        """The gradients of some iterations, each of its own batch, by parameter; perhaps of the last ones only."""
        with self._held(id, version) as live:
            return gradients(live.replay, live.session.edits, iterations)

    def _finish_backward(self, live: Live) -> None:
        """Run the iteration shown to the end of its backward pass; the session stays where it is."""
        shown = live.picture()
        live.replay.seek(live.session.edits, Cursor(shown.cursor.iteration, shown.graph.backward_end))


def _otherwise(picture: Picture) -> Doubt:
    """Why gradients of an iteration may differ from central differences of its start."""
    return "sequential" if picture.is_sequential else "unknown"


def _number(array: np.ndarray | None, index: tuple[int, ...]) -> float | None:
    return None if array is None else float(array[index])
