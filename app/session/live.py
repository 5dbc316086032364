"""Sessions being worked on: one runner and one lock each, the least recently used given up when memory is full."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from app.errors import N_, Conflict, Invalid, NotFound
from app.nn.limits import Limits
from app.nn.problem import Problem, build
from app.nn.spec import parse_spec
from app.session.explanation import CheckReport
from app.session.moment import Picture
from app.session.replay import Replay, initial_of
from app.session.run import Run
from app.session.state import Session
from app.session.store import Store, Stored
from app.session.trail import Growth, Trail

OTHER_TABLE = N_("The table of this session is read in another way by now; please start it anew.")


class Live:
    """One session in memory. Whoever holds `lock` may use it; the store alone says which version is the last.

    Whoever holds `writing` alone makes its next version, and waits for the store without holding `lock`.
    """

    def __init__(self, id: str, limits: Limits) -> None:
        self.id = id
        self.lock, self.writing = threading.Lock(), threading.Lock()
        self.users = 0
        self.elements = 0
        self.touched = 0.0
        self.session: Session
        self.replay: Replay | None = None
        self.run: Run | None = None
        self.report: tuple[object, CheckReport] | None = None
        """The last check of all gradients, with what it was asked about."""
        self._limits = limits

    @contextmanager
    def held(self) -> Iterator[None]:
        """Use it for a while; nobody else does meanwhile."""
        with self.lock:
            try:
                yield
            finally:
                self.elements = self.replay.elements if self.replay else 0

    def catch_up(self, store: Store) -> None:
        """Be at the stored version, and know what is stored of its run, whoever wrote it. Raises NotFound."""
        pulse = store.pulse(self.id)
        if pulse is not None and self.replay is not None:
            self.run = pulse.run
            if (pulse.version, pulse.grown) == (self.session.version, self.replay.trail.grown):
                return
            if self._hear(store):
                return
        stored = store.load(self.id) if pulse is not None else None
        if stored is None:
            self.replay = None
            raise NotFound(N_("There is no such session; it may have been removed."))
        self.run = pulse.run
        self._take(stored)

    def _hear(self, store: Store) -> bool:
        """Take over what is new; False where the edits are others now."""
        news = store.news(self.session, self.replay.known(self.session.edits))
        if news is None:
            return False
        self.replay.take_over(news.trail)
        self.session = news.session
        return True

    def take_next(self, session: Session, trail: Trail, growth: Growth | None) -> None:
        """Be at the version that was just stored, unless somebody has read a newer one from the store meanwhile."""
        if self.replay is None or self.replay.trail is not trail:
            return
        if self.session.version < session.version:
            self.session = session
        if growth is not None:
            trail.note_stored(growth)

    def start(self, session: Session, replay: Replay) -> None:
        """Go on with a session that was just made."""
        self.session, self.replay = session, replay

    def picture(self) -> Picture:
        """What the session shows at its cursor."""
        return self.picture_of(self.session)

    def picture_of(self, session: Session) -> Picture:
        """What a session shows, one or more calls further on; the runner goes there without asking how far it is."""
        self.replay.seek(session.edits, session.cursor, is_limited=False)
        return self.replay.picture(session)

    def _take(self, stored: Stored) -> None:
        self.session = stored.session
        if self.replay is None:
            problem = problem_of(stored.session, self._limits)
            self.replay = Replay(problem, stored.session.initial, self._limits.max_work)
        self.replay.resume(stored.session.edits, stored.trail)
        self.replay.seek(self.session.edits, self.session.cursor, is_limited=False)


def problem_of(session: Session, limits: Limits) -> Problem:
    """The problem of a session that was kept. Raises Conflict where its spec leads to another one by now."""
    try:
        problem = build(parse_spec(session.spec, limits), limits)
    except Invalid as refusal:
        raise (Conflict(OTHER_TABLE) if "csv" in session.spec.get("data", {}) else refusal) from None
    check_fits(problem, session)
    return problem


def check_fits(problem: Problem, session: Session) -> None:
    """Raise Conflict where a spec leads to another graph than it did: its example or table is another one by now.

    A table may have the same shapes and other numbers, of which those held out are read anew. The rows of a branch may
    have been edited before it was made.
    """
    made, kept = initial_of(problem), session.initial
    is_alike = {id: array.shape for id, array in made.items()} == {id: array.shape for id, array in kept.items()}
    if is_alike and problem.reading and session.lineage is None:
        is_alike = all(np.allclose(made[id], kept[id]) for id in ("x", "y"))
    if not is_alike:
        template = N_("The worked example that this session was made from has changed since; please start it anew.")
        raise Conflict(OTHER_TABLE if problem.reading else template)


class LiveSessions:
    """The sessions in memory, up to so many elements; the one in use is always kept."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._lives: OrderedDict[str, Live] = OrderedDict()
        self._lock = threading.Lock()

    @contextmanager
    def hold(self, id: str) -> Iterator[Live]:
        """Have a session for oneself; others who want the same one wait, nobody else does."""
        with self.known(id) as live, live.held():
            yield live

    @contextmanager
    def known(self, id: str) -> Iterator[Live]:
        """A session that stays in memory for a while."""
        with self._lock:
            live = self._lives.setdefault(id, Live(id, self._limits))
            self._lives.move_to_end(id)
            live.users += 1
        try:
            yield live
        finally:
            with self._lock:
                live.users -= 1
                self._give_up(live)

    def _give_up(self, last: Live) -> None:
        if last.replay is None and not last.users:
            self._lives.pop(last.id, None)
        total = sum(live.elements for live in self._lives.values())
        for live in list(self._lives.values()):
            if total <= self._limits.max_total_elements:
                return
            if not live.users and live is not last:
                del self._lives[live.id]
                total -= live.elements
