"""One run being worked off: iterations computed stretch by stretch, looked at, and written down now and then."""

from __future__ import annotations

import math
from dataclasses import replace
from time import perf_counter
from typing import Any

import numpy as np

from app.nn.limits import Limits
from app.session.live import problem_of
from app.session.replay import Replay
from app.session.run import Run, ended, next_of
from app.session.state import Cursor
from app.session.store import Store, Stored
from app.training.conditions import Reached, Watch, look

STRETCH = 0.03
"""Seconds of iterations between two looks at what they led to."""
MOST_IN_A_STRETCH = 4096
SCAN = 0.05
"""Seconds between two looks at every single number."""
RATE_SPAN = 5.0
"""Seconds over which the rate is about a mean."""


class Task:
    """A claimed run and the session it belongs to. `run` is as the store has it; it has waited for so many seconds."""

    def __init__(self, id: str, run: Run, stored: Stored, limits: Limits, waited: float = 0.0) -> None:
        self.id = id
        self.run = run
        self.session = stored.session
        self.replay = Replay(problem_of(stored.session, limits), stored.session.initial, limits.max_work)
        self.replay.resume(stored.session.edits, stored.trail)
        self._watch = Watch(run.best, run.waited)
        self._head = self._finite = run.head
        self._count = 1
        self._scanned = perf_counter()
        # Whoever waits is not fast.
        self._timed, self._timed_from = self._scanned - waited, run.head if waited else None
        self._reached: Reached | None = None
        self._non_finite: tuple[int, str] | None = None
        self._known = self.replay.trail.count
        self._taken_up = self._scanned, run.head
        self.is_over = False

    @property
    def is_done(self) -> bool:
        """Whether there is nothing left to compute."""
        return self._reached is not None or self.is_over

    @property
    def is_early(self) -> bool:
        """Whether its pace lets it do nothing just now."""
        return self._head >= self._allowed()

    def work(self, seconds: float) -> None:
        """Compute for about so long, but once at least, or until the goal is reached, or its pace tells it to wait."""
        until, has_worked = perf_counter() + seconds, False
        while not (self.is_done or self.is_early or (has_worked and perf_counter() >= until)):
            self._stretch()
            has_worked = True
        if not self.is_done and perf_counter() - self._scanned > SCAN:
            self._scan()

    def write(self, store: Store, now: float, is_last: bool = False) -> None:
        """Write down what was found out; with the last write, leave the rest to others.

        Raises Unavailable, and is as it was, where that cannot be done.
        """
        if not self.is_done:
            self._scan()
        run, growth = self._next_run(now, is_last), self.replay.trail.growth()
        if not store.put_run(self.id, self.run, run, growth, now):
            # Somebody has paused or removed it, or works it off instead.
            self.is_over = True
            return
        self.replay.trail.note_stored(growth)
        self.run = run
        self.is_over = is_last or not run.is_running

    def _allowed(self) -> int:
        """How many iterations may be finished by now."""
        pace = self.run.goal.per_second
        if pace is None:
            return self.run.until
        since, begin = self._taken_up
        return min(begin + 1 + math.floor((perf_counter() - since) * pace), self.run.until)

    def _due_at(self, now: float) -> float:
        """When its pace lets it go on."""
        pace = self.run.goal.per_second
        if pace is None:
            return 0.0
        since, begin = self._taken_up
        return now + max(since + (self._head - begin) / pace - perf_counter(), 0.0)

    def _stretch(self) -> None:
        """Go on a little, and look at once whether that has led to the goal."""
        begin, known = self._head, self.replay.trail.count
        target = min(self._allowed(), known if known > begin else begin + self._count)
        begun = perf_counter()
        if target > known:
            self._seek(target)
            took = perf_counter() - begun
            self._count = max(min(int(self._count * min(STRETCH / max(took, 1e-9), 4)), MOST_IN_A_STRETCH), 1)
            if self._timed_from is None:
                self._timed, self._timed_from = begun, begin
        losses = self.replay.trail.losses(target)[begin:]
        reached, watch = look(self.run.goal, begin, losses, self.replay.trail.gauges(), self._watch)
        is_finite = np.isfinite(losses).all() and (target <= known or self.replay.began_finite)
        if not is_finite and self._stop_at_non_finite(begin, target, reached):
            return
        self._head, self._watch = (reached.head if reached else target), watch
        if reached is None and self._head == self.run.until:
            reached = Reached(self._head, "iterations" if self.run.is_bounded else "limit")
        if reached is not None and self._scan():
            self._end(reached)

    def _end(self, reached: Reached) -> None:
        """Stand exactly where the run ends, and forget what was computed beyond."""
        self._reached, self._head = reached, reached.head
        self.replay.trail.cut(max(reached.head, self._known))
        self._seek(reached.head)

    def _scan(self) -> bool:
        """Look at every number of the last iteration; whether all were finite."""
        self._scanned = perf_counter()
        if self._head == self.run.start or self._head == self._finite:
            return True
        if self._first_non_finite(self._head - 1) is None:
            self._finite = self._head
            return True
        return not self._stop_at_non_finite(self._finite, self._head, None)

    def _stop_at_non_finite(self, begin: int, end: int, reached: Reached | None) -> bool:
        """End with the first iteration in which a number is not finite, unless the goal was reached before it."""
        last = end if reached is None else min(end, reached.head)
        for iteration in range(min(begin, self._finite), last):
            node = self._first_non_finite(iteration)
            if node is not None:
                self._non_finite = (iteration, node)
                self._end(Reached(iteration + 1, "non_finite"))
                return True
        return False

    def _first_non_finite(self, iteration: int) -> str | None:
        """The node of an iteration at which a number first was not finite."""
        cursor = Cursor(iteration, self.run.length)
        self.replay.seek(self.session.edits, cursor, is_limited=False)
        return self.replay.picture(replace(self.session, cursor=cursor)).first_non_finite

    def _seek(self, head: int) -> None:
        """Stand at the end of the last iteration before `head`."""
        self.replay.seek(self.session.edits, Cursor(head - 1, self.run.length), is_limited=False)

    def _next_run(self, now: float, is_last: bool) -> Run:
        changes: dict[str, Any] = {
            "head": self._head,
            "heartbeat": now,
            "rate": self._rate(),
            "elements": self.replay.elements,
        }
        changes |= {"best": self._watch.best, "waited": self._watch.waited, "non_finite": self._non_finite}
        if self._head > self.run.head:
            changes |= {"crashes": 0, "failure": None}
        if self._reached is not None:
            return ended(self.run, self._reached.reason, **changes)
        if is_last:
            changes |= {"token": None, "next_at": self._due_at(now)}
        return next_of(self.run, **changes)

    def _rate(self) -> float | None:
        """Iterations a second since the last look."""
        now = perf_counter()
        if self._timed_from is None or now <= self._timed or self._head <= self._timed_from:
            return self.run.rate
        took = now - self._timed
        rate = (self._head - self._timed_from) / took
        self._timed, self._timed_from = now, self._head
        return rate if self.run.rate is None else rate + (self.run.rate - rate) * math.exp(-took / RATE_SPAN)
