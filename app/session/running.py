"""Runs: iterations that go on by themselves, worked off by the trainers; here they are ordered, steered and seen."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from app.errors import N_, Conflict
from app.session import run as run_module
from app.session import turns
from app.session.keeping import Keeping, check_version
from app.session.moment import Picture
from app.session.run import Goal, Run, RunState, Wait, refuse_while_running
from app.session.state import Cursor
from app.session.turns import Row
from app.session.work import note_written

NO_RUN = N_("There is no run of this session.")
SECONDS_BETWEEN = 1.0
"""Between two looks at all the runs that are going on, for those who ask what one of them waits for."""


class Running(Keeping):
    """What can be done with a session's run. Each call waits for nobody but whoever uses the same session."""

    _looked: tuple[float, list[Row], Mapping[str, float]] | None = None

    def start_run(self, id: str, goal: Goal, version: int | None = None) -> RunState:
        """Have iterations go on by themselves, from where the session stands, until the goal is reached.

        Raises Conflict while another run is going on, BeyondLimit for a goal that is too far away or a run that would
        take up too much memory.
        """
        with self._lives.known(id) as live:
            is_kept = False
            while not is_kept:
                with live.held():
                    self._catch_up(live)
                    check_version(live.session, version)
                    refuse_while_running(live.run)
                    most, now, size = self._limits.max_total_elements // 2, self._clock(), live.replay.elements
                    before = live.run
                    run = run_module.begun(goal, live.session, live.replay.problem, most, now, size)
                turns.check_memory(run, self._limits.max_total_elements)
                is_kept = self._store.put_run(id, before, run, None, now)
        note_written()
        self._wake()
        return self._run_there(id)

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
        if pulse.run is None:
            return None
        return run_module.seen(pulse.run, pulse.version, self._wait_of(id, pulse.run))

    def _run_there(self, id: str) -> RunState:
        """The run that was there just now. Raises Conflict where an edit has ended it meanwhile."""
        run = self.run_of(id)
        if run is None:
            raise Conflict(NO_RUN)
        return run

    def ahead(self, id: str) -> Picture:
        """The session as its run will leave it: at the last iteration that the run has finished; else as it stands."""
        with self._lives.hold(id) as live:
            self._catch_up(live)
            run, session = live.run, live.session
            if run is not None and run.head > run.start and run.head <= live.replay.trail.count:
                session = replace(session, cursor=Cursor(run.head - 1, run.length))
            return live.picture_of(session)

    def _wait_of(self, id: str, run: Run) -> tuple[Wait, int | None] | None:
        """What a run waits for, if there is no news of it."""
        now = self._clock()
        if not run_module.is_silent(run, now):
            return None
        if self._looked is None or not 0 <= now - self._looked[0] < SECONDS_BETWEEN:
            self._looked = now, self._store.running(), self._store.trainers()
        wait = turns.wait_of(id, run, *self._looked[1:], now, self._limits.max_total_elements)
        # Trainers that are there and not heard of cannot write.
        return ("store", None) if wait == ("trainer", None) and self._has_trainers() else wait

    def _steer(self, id: str, act: Callable[[Run, int], Run]) -> RunState:
        while True:
            pulse = self._pulse(id)
            if pulse.run is None:
                raise Conflict(NO_RUN)
            run = act(pulse.run, pulse.version)
            if self._store.put_run(id, pulse.run, run, None, self._clock()):
                note_written()
                if run.is_running:
                    self._wake()
                return self._run_there(id)
