"""Sessions being worked on: one runner and one lock each, the least recently used given up when memory is full."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace

import numpy as np

from app.errors import N_, Conflict, Invalid, NotFound
from app.nn.limits import Limits
from app.nn.problem import Problem, build
from app.nn.spec import parse_spec
from app.session.explanation import CheckReport
from app.session.ground import digest
from app.session.moment import Picture
from app.session.replay import Replay, initial_of
from app.session.run import Run
from app.session.size import NUMBER, bytes_of
from app.session.state import Session
from app.session.store import Store
from app.session.trail import Growth, Kept, Trail
from app.session.work import need_memory

Room = Callable[[int], AbstractContextManager[None]]

MADE_OF = 4
"""Bytes that a session takes up while it is loaded, for each byte that is read."""
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

    def catch_up(self, store: Store, room: Room) -> None:
        """Be at the stored version, and know what is stored of its run, whoever wrote it. Raises NotFound."""
        pulse = store.pulse(self.id)
        if pulse is not None and self.replay is not None:
            self.run = pulse.run
            if (pulse.version, pulse.grown) == (self.session.version, self.replay.trail.grown):
                return
            if self._hear(store):
                return
        need_memory(MADE_OF * store.size(self.id))
        stored = store.load(self.id) if pulse is not None else None
        if stored is None:
            self.replay = None
            raise NotFound(N_("There is no such session; it may have been removed."))
        self.run, self.session, trail = pulse.run, stored.session, stored.trail
        # The arrays that were read are not kept beside the same ones of the graph.
        del stored
        self._take(trail, room)

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

    def _take(self, trail: Kept, room: Room) -> None:
        problem = self.replay.problem if self.replay else problem_of(self.session, self._limits)
        with room(0 if self.replay else bytes_of(problem)):
            if self.replay is None:
                self.session = replace(self.session, initial=shared(self.session.initial, initial_of(problem)))
                self.replay = Replay(problem, self.session.initial, self._limits.max_work)
            self.replay.resume(self.session.edits, trail)
            self.replay.seek(self.session.edits, self.session.cursor, is_limited=False)


def shared(kept: Mapping[str, np.ndarray], made: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Kept arrays, in place of which those of a graph stand where they are the same bits: one copy is enough."""
    return {id: made[id] if digest(made[id]) == digest(array) else array for id, array in kept.items()}


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
        is_alike = all(np.allclose(made[id], kept[id]) for id in problem.batched)
    if not is_alike:
        template = N_("The worked example that this session was made from has changed since; please start it anew.")
        raise Conflict(OTHER_TABLE if problem.reading else template)


class LiveSessions:
    """The sessions in memory, up to so many bytes; those in use are always kept."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._making = 0
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

    @contextmanager
    def room(self, size: int) -> Iterator[None]:
        """Memory for a session that is being made: others are given up for it. Raises TooMuch where it has to wait."""
        need_memory(size)
        try:
            with self._lock:
                self._making += size
                self._make_room()
            yield
        finally:
            with self._lock:
                self._making -= size

    def _give_up(self, last: Live) -> None:
        if last.replay is None and not last.users:
            self._lives.pop(last.id, None)
        self._make_room(last)

    def _make_room(self, last: Live | None = None) -> None:
        """Give up those used longest ago until the others fit beside what is being made."""
        total = self._making + NUMBER * sum(live.elements for live in self._lives.values())
        for live in list(self._lives.values()):
            if total <= self._limits.max_memory_bytes:
                return
            if not live.users and live is not last:
                del self._lives[live.id]
                total -= NUMBER * live.elements
