"""Keeping sessions: load one, compute the next, save it, whoever else works on the same store.

A call that names a version is refused with Conflict if it is not the last one. Calls that name none wait for each
other and all apply, also when two servers share a store. Every call computes first and saves then, so a refused one
changes nothing.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace

from app.errors import N_, Conflict, NotFound, StoreFull, Unavailable
from app.nn.limits import Limits
from app.session.live import Live, LiveSessions
from app.session.moment import Picture
from app.session.replay import Replay
from app.session.run import refuse_while_running
from app.session.state import Session
from app.session.store import Pulse, Store
from app.session.trail import Growth, Trail
from app.session.work import is_made, note_written

TOUCHES_IN_A_LIFETIME = 100

Next = Callable[[Session, Replay], Session]


@dataclass(frozen=True, slots=True)
class Prepared:
    """A session's next version, computed and not yet stored, with what its trail has grown by."""

    session: Session
    picture: Picture
    trail: Trail
    growth: Growth | None
    is_edit: bool


class Keeping:
    """Sessions in memory and in the store: what all that can be done with them has in common.

    `wake` is called when there is a run to work off, `has_trainers` says whether this server has processes for runs.
    """

    def __init__(
        self,
        store: Store,
        limits: Limits | None = None,
        ttl: float = 30 * 86400,
        clock: Callable[[], float] = time.time,
        wake: Callable[[], None] = lambda: None,
        has_trainers: Callable[[], bool] = lambda: False,
    ) -> None:
        self._store = store
        self._limits = limits or Limits()
        self._ttl = ttl
        self._clock = clock
        self._wake, self._has_trainers = wake, has_trainers
        self._lives = LiveSessions(self._limits)

    @contextmanager
    def _held(self, id: str, version: int | None) -> Iterator[Live]:
        """A session to look at, which nobody else can change meanwhile. Raises Conflict if it is at another version."""
        with self._lives.hold(id) as live:
            self._catch_up(live)
            check_version(live.session, version)
            yield live

    def _change(self, id: str, next_session: Next, version: int | None) -> Picture:
        """Make the next version of a session. While the store is waited for, others may read the one before."""
        with self._lives.known(id) as live, live.writing:
            while True:
                with live.held():
                    self._catch_up(live)
                    if is_made():
                        return live.picture()
                    check_version(live.session, version)
                    change = self._prepared(live, next_session(live.session, live.replay))
                if self._is_saved(live, change):
                    note_written(change.session.version)
                    return change.picture

    def _prepared(self, live: Live, following: Session) -> Prepared:
        """The next session, once it is computed, and what has to be stored of it."""
        is_edit = following.done is not live.session.done or following.undone is not live.session.undone
        if is_edit:
            refuse_while_running(live.run)
        trail = live.replay.trail
        try:
            live.replay.seek(following.edits, following.cursor)
            picture = live.replay.picture(following)
        except BaseException:
            if is_edit:
                trail.doubt()
            raise
        # While a run is going on, it alone makes the stored trail grow.
        is_run = live.run is not None and live.run.is_running
        is_near = trail.is_stored_near(following.cursor.iteration)
        growth = trail.growth() if is_edit or not (is_near or is_run) else None
        return Prepared(following, picture, trail, growth, is_edit)

    def _is_saved(self, live: Live, change: Prepared) -> bool:
        """Whether the store keeps the next session; False where somebody else has made another one."""
        now, is_saved = self._clock(), False
        try:
            try:
                is_saved = self._store.save(change.session, change.growth, change.is_edit, now)
            except StoreFull:
                if change.is_edit or change.growth is None:
                    raise
                # Without what its trail has grown by, which can be computed again, a move needs no room.
                change = replace(change, growth=None)
                is_saved = self._store.save(change.session, None, False, now)
        finally:
            with live.held():
                if is_saved:
                    live.touched = now
                    live.take_next(change.session, change.trail, change.growth)
                elif change.is_edit:
                    change.trail.doubt()
        return is_saved

    def _add(self, session: Session, replay: Replay) -> Picture:
        with self._lives.hold(session.id) as live:
            live.start(session, replay)
            try:
                picture = live.picture()
                live.touched = self._clock()
                growth = replay.trail.growth()
                self._store.create(session, growth, live.touched)
            except BaseException:
                live.replay = None
                raise
            replay.trail.note_stored(growth)
            note_written()
            return picture

    def _catch_up(self, live: Live) -> None:
        live.catch_up(self._store, self._lives.room)
        now = self._clock()
        if now - live.touched > self._ttl / TOUCHES_IN_A_LIFETIME:
            # Whoever only looks is shown the session even while the disk is full.
            with suppress(Unavailable):
                self._store.touch(live.id, now)
            live.touched = now

    def _pulse(self, id: str) -> Pulse:
        pulse = self._store.pulse(id)
        if pulse is None:
            raise NotFound(N_("There is no such session; it may have been removed."))
        return pulse


def check_version(session: Session, version: int | None) -> None:
    """Raise Conflict if a call was meant for another version than the one the session is at."""
    if version is not None and version != session.version:
        template = N_("This was meant for version {came} of the session, but it is at version {version}.")
        raise Conflict(template, came=version, version=session.version, pointer="/version")
