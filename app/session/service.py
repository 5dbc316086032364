"""What can be done with sessions, for pages and programs alike: load, compute the next session, save.

A call that names a version is refused with Conflict if it is not the last one. Calls that name none wait for each
other and all apply, also when two servers share a store. Every call computes first and saves then, so a refused one
changes nothing.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import Any, TypeVar

import numpy as np

from app.engine.check import Probe, check
from app.engine.explain import terms
from app.engine.graph import Graph
from app.errors import N_, BeyondLimit, Conflict, NotFound, Unavailable
from app.nn.evaluation import Evaluator
from app.nn.limits import Limits
from app.nn.problem import build
from app.nn.spec import parse_spec
from app.session import moves, state
from app.session import run as run_module
from app.session.branch import Change, branched
from app.session.departure import Departure
from app.session.edits import node_edit, node_of, optimizer_at, optimizer_edit, read_index
from app.session.explanation import CheckReport, Explanation
from app.session.iteration import Iteration
from app.session.live import Live, LiveSessions
from app.session.moment import Picture
from app.session.moves import Move
from app.session.nudge import RUNS, Nudge, can_move, check_nudge, movable, moved, unmoved
from app.session.replay import Replay, initial_of
from app.session.run import Goal, Run, RunState, refuse_while_running
from app.session.state import Cursor, Session
from app.session.store import Pulse, Store
from app.session.update import Update, itemized, parameter_of
from app.session.way import Way, gradients, way
from app.session.work import WORK_PER_TERM, check_work

TOUCHES_IN_A_LIFETIME = 100

Next = Callable[[Session, Replay], Session]
Found = TypeVar("Found")


class Sessions:
    """The service. Any thread may call; long calls on one session hold up nobody but that session.

    `wake` is called when there is a run to work off.
    """

    def __init__(
        self,
        store: Store,
        limits: Limits | None = None,
        ttl: float = 30 * 86400,
        clock: Callable[[], float] = time.time,
        wake: Callable[[], None] = lambda: None,
    ) -> None:
        self._store = store
        self._limits = limits or Limits()
        self._ttl = ttl
        self._clock = clock
        self._wake = wake
        self._lives = LiveSessions(self._limits)

    def create(self, document: object) -> Picture:
        """A new session from a spec's JSON."""
        spec = parse_spec(document, self._limits)
        problem = build(spec, self._limits)
        session = Session(state.new_id(), str(problem.title), spec.document, initial_of(problem))
        replay = Replay(problem, session.initial, self._limits.max_work)
        return self._add(session, replay)

    def read(self, id: str) -> Picture:
        """The session as it stands."""
        with self._lives.hold(id) as live:
            self._catch_up(live)
            return live.picture()

    def move(self, id: str, move: Move, version: int | None = None) -> Picture:
        """By ops, phases or iterations, or straight to a moment."""
        return self._go(id, lambda graph, cursor: moves.target(graph, cursor, move), version)

    def forward(self, id: str, version: int | None = None) -> Picture:
        """To the end of the forward pass."""
        return self._go(id, moves.forward, version)

    def backward(self, id: str, version: int | None = None) -> Picture:
        """To the end of the backward pass."""
        return self._go(id, moves.backward, version)

    def step(self, id: str, iterations: int = 1, version: int | None = None) -> Picture:
        """To the end of an iteration, finishing so many."""
        return self._go(id, lambda graph, cursor: moves.step(graph, cursor, iterations), version)

    def edit_node(self, id: str, node: str, value: Any, index: Any = None, version: int | None = None) -> Picture:
        """Set all numbers of an input or a parameter, or the one at `index`."""

        def next_session(session: Session, replay: Replay) -> Session:
            iteration = moves.finished(replay.problem.graph, session.cursor)
            graph = replay.graph(iteration)
            edit = node_edit(replay.problem, graph, iteration, node, value, index, self._limits)
            self._check_room(replay, session, len(edit.numbers) // 8)
            return state.edited(session, edit)

        return self._change(id, next_session, version)

    def edit_optimizer(self, id: str, settings: Mapping[str, Any], version: int | None = None) -> Picture:
        """Set the optimizer's hyperparameters, or choose another one."""

        def next_session(session: Session, replay: Replay) -> Session:
            iteration = moves.finished(replay.problem.graph, session.cursor)
            current = optimizer_at(replay.problem, session.edits, iteration)
            return state.edited(session, optimizer_edit(current, iteration, settings))

        return self._change(id, next_session, version)

    def undo(self, id: str, version: int | None = None) -> Picture:
        """Take back the last edit."""
        return self._change(id, lambda session, replay: state.undo(session), version)

    def redo(self, id: str, version: int | None = None) -> Picture:
        """Bring back the edit taken back last."""
        return self._change(id, lambda session, replay: state.redo(session), version)

    def fork(self, id: str, version: int | None = None) -> Picture:
        """A copy under an id of its own: cursor, edits, and what can be undone and redone."""
        with self._held(id, version) as live:
            live.picture()
            session, problem, kept = state.fork(live.session), live.replay.problem, live.replay.trail.kept()
        replay = Replay(problem, session.initial, self._limits.max_work)
        replay.resume(session.edits, kept)
        replay.trail.forget_store()
        return self._add(session, replay)

    def branch(self, id: str, change: Change, iteration: int | None = None, version: int | None = None) -> Picture:
        """Another session that leaves this one at the start of an iteration, with one thing changed."""
        with self._held(id, version) as live:
            session, replay = branched(live.session, live.replay, change, iteration, self._limits)
        return self._add(session, replay)

    def departure(self, id: str, version: int | None = None) -> Departure:
        """What the run goes on with from the moment shown, from the start of an iteration on; the session stays."""
        with self._held(id, version) as live:
            at = moves.finished(live.replay.problem.graph, live.session.cursor)
            live.replay.seek(live.session.edits, Cursor(at, 0))
            return live.replay.departure()

    def start_run(self, id: str, goal: Goal, version: int | None = None) -> RunState:
        """Have iterations go on by themselves, from where the session stands, until the goal is reached.

        Raises Conflict while another run is going on.
        """
        with self._lives.hold(id) as live:
            is_kept = False
            while not is_kept:
                self._catch_up(live)
                check_version(live.session, version)
                refuse_while_running(live.run)
                most, now = self._limits.max_total_elements // 2, self._clock()
                run = run_module.begun(goal, live.session, live.replay.problem, most, now)
                is_kept = self._store.put_run(id, live.run, run, None, now)
        self._wake()
        return self.run_of(id)

    def pause_run(self, id: str) -> RunState:
        """Have a run wait; whoever watches it stands at its last iteration then."""
        return self._steer(id, lambda run, version: run_module.paused(run))

    def resume_run(self, id: str) -> RunState:
        """Have a paused run go on to its goal."""
        return self._steer(id, lambda run, version: run_module.resumed(run, version, self._clock()))

    def stop_run(self, id: str) -> RunState:
        """End a run before its goal."""
        return self._steer(id, lambda run, version: run_module.stopped(run))

    def run_of(self, id: str) -> RunState | None:
        """The run that is going on, or the last one since the session was edited. Cheap, and waits for nobody."""
        pulse = self._pulse(id)
        return pulse.run and run_module.seen(pulse.run, pulse.version, self._clock())

    def ahead(self, id: str) -> Picture:
        """The session as its run will leave it: at the last iteration that the run has finished; else as it stands."""
        with self._lives.hold(id) as live:
            self._catch_up(live)
            run, session = live.run, live.session
            if run is not None and run.head > run.start and run.head <= live.replay.trail.count:
                session = replace(session, cursor=Cursor(run.head - 1, run.length))
            return live.picture_of(session)

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

    @property
    def max_work(self) -> int:
        """Elements and products that one request may compute."""
        return self._limits.max_work

    def _steer(self, id: str, act: Callable[[Run, int], Run]) -> RunState:
        while True:
            pulse = self._pulse(id)
            if pulse.run is None:
                raise Conflict(N_("There is no run of this session."))
            run = act(pulse.run, pulse.version)
            if self._store.put_run(id, pulse.run, run, None, self._clock()):
                if run.is_running:
                    self._wake()
                return self.run_of(id)

    def _pulse(self, id: str) -> Pulse:
        pulse = self._store.pulse(id)
        if pulse is None:
            raise NotFound(N_("There is no such session; it may have been removed."))
        return pulse

    def delete(self, id: str) -> None:
        """Remove a session for good."""
        with self._lives.hold(id) as live:
            live.replay = None
            if not self._store.delete(id):
                raise NotFound(N_("There is no such session; it may have been removed."))

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
                check_work(4 * live.replay.work.forward, self._limits.max_work)
                second = _second_opinion(live.replay.probe(before), node, place, gradient)
        found = terms(shown.graph, before.snapshot.value, before.snapshot.gradient, node, place, read.value)
        if is_listed:
            check_work(WORK_PER_TERM * len(found), self._limits.max_work)
        explanation = Explanation(node, place, value, gradient, found, before=before, read=read)
        return replace(explanation, **second) if is_checked else explanation

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
            check_work(RUNS * live.replay.work.forward, self._limits.max_work)
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
            before, work = live.replay.before_update(live.session), 4 * live.replay.work.forward
        graph, snapshot = before.graph, before.snapshot
        budget = self._limits.max_work // work
        check_work(work * len(graph.parameters), self._limits.max_work)
        compared = check(graph, snapshot.value, budget if most is None else min(budget, most), snapshot.gradient)
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

    @contextmanager
    def _held(self, id: str, version: int | None) -> Iterator[Live]:
        """A session to look at, which nobody else can change meanwhile. Raises Conflict if it is at another version."""
        with self._lives.hold(id) as live:
            self._catch_up(live)
            check_version(live.session, version)
            yield live

    def _finish_backward(self, live: Live) -> None:
        """Run the iteration shown to the end of its backward pass; the session stays where it is."""
        shown = live.picture()
        live.replay.seek(live.session.edits, Cursor(shown.cursor.iteration, shown.graph.backward_end))

    def _go(self, id: str, target: Callable[[Graph, Cursor], Cursor], version: int | None) -> Picture:
        def next_session(session: Session, replay: Replay) -> Session:
            return state.moved(session, target(replay.problem.graph, session.cursor))

        return self._change(id, next_session, version)

    def _change(self, id: str, next_session: Next, version: int | None) -> Picture:
        with self._lives.hold(id) as live:
            while True:
                self._catch_up(live)
                check_version(live.session, version)
                following = next_session(live.session, live.replay)
                if picture := self._go_on(live, following):
                    return picture
                # Another server was faster. The next round starts from what it wrote.

    def _go_on(self, live: Live, following: Session) -> Picture | None:
        """The picture of the next session, once it is saved; None if it could not be."""
        is_edited = following.done is not live.session.done or following.undone is not live.session.undone
        if is_edited:
            refuse_while_running(live.run)
        is_saved = False
        try:
            live.replay.seek(following.edits, following.cursor)
            picture = live.replay.picture(following)
            is_saved = self._save(live, following, is_edited)
        finally:
            if is_edited and not is_saved:
                live.replay.trail.doubt()
        return picture if is_saved else None

    def _save(self, live: Live, following: Session, is_edited: bool) -> bool:
        trail = live.replay.trail
        # While a run is going on, it alone makes the stored trail grow.
        is_run = live.run is not None and live.run.is_running
        is_near = trail.is_stored_near(following.cursor.iteration)
        growth = trail.growth() if is_edited or not (is_near or is_run) else None
        now = self._clock()
        if not self._store.save(following, growth, is_edited, now):
            return False
        live.session, live.touched = following, now
        if growth is not None:
            trail.note_stored()
        return True

    def _add(self, session: Session, replay: Replay) -> Picture:
        with self._lives.hold(session.id) as live:
            live.start(session, replay)
            try:
                picture = live.picture()
                live.touched = self._clock()
                self._store.create(session, replay.trail.growth(), live.touched)
            except BaseException:
                live.replay = None
                raise
            replay.trail.note_stored()
            return picture

    def _catch_up(self, live: Live) -> None:
        live.catch_up(self._store)
        now = self._clock()
        if now - live.touched > self._ttl / TOUCHES_IN_A_LIFETIME:
            # Whoever only looks is shown the session even while the disk is full.
            with suppress(Unavailable):
                self._store.touch(live.id, now)
            live.touched = now

    def _check_room(self, replay: Replay, session: Session, elements: int) -> None:
        """Refuse an edit that would make the session, with all that can be undone and redone, too large."""
        total = replay.graph_elements + session.edited_elements + elements
        if total > self._limits.max_total_elements:
            template = N_("With this edit the session would hold {came} elements; {most} are allowed ({limit}).")
            limit = "CHAINRULE_MAX_TOTAL_ELEMENTS"
            raise BeyondLimit(template, came=total, most=self._limits.max_total_elements, limit=limit)


def _second_opinion(probe: Probe, id: str, index: tuple[int, ...], gradient: float) -> dict[str, Any]:
    """What central differences say of a gradient, as fields of an explanation."""
    difference = probe.second_opinion(id, index, gradient)
    agrees = difference.agrees(gradient)
    return {
        "numeric_gradient": difference.numeric,
        "relative_error": difference.relative_error(gradient),
        "agrees": agrees,
        "is_kink": not agrees and probe.is_kink(id, index),
        "step": difference.step,
    }


def check_version(session: Session, version: int | None) -> None:
    """Raise Conflict if a call was meant for another version than the one the session is at."""
    if version is not None and version != session.version:
        template = N_("This was meant for version {came} of the session, but it is at version {version}.")
        raise Conflict(template, came=version, version=session.version, pointer="/version")


def _number(array: np.ndarray | None, index: tuple[int, ...]) -> float | None:
    return None if array is None else float(array[index])
