"""Where sessions are kept: a port of a few verbs, and what goes through it.

Two servers, or two threads, may hold the same session, and another process may run it. Every write therefore compares
and swaps: it happens only if what is stored is still what the caller started from. A caller who ignores the answer
loses somebody's edit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from app.session.run import Run
from app.session.state import Session
from app.session.trail import Growth, Kept, Known


@dataclass(frozen=True, slots=True)
class Stored:
    """A session together with the trail of its run, so that a restarted server goes on at once."""

    session: Session
    trail: Kept


@dataclass(frozen=True, slots=True)
class Pulse:
    """What tells at a glance whether a session is still as it was: its version, the writes of its trail, its run."""

    version: int
    grown: int = 0
    run: Run | None = None


def kept_since(now: float, newest_use: float, uptime: float, lifetime: float) -> float:
    """The time before which sessions have to have been touched last to be removed.

    A clock may be wrong by a month. Sessions therefore do not age by the clock alone, but at most by the `uptime` of
    this server since the newest use that it found in the store when it started.
    """
    return min(now, newest_use + uptime) - lifetime


class Store(Protocol):
    """What a store can do. Whatever it cannot do just now it refuses with Unavailable, leaving everything as it was."""

    def load(self, id: str) -> Stored | None:
        """The session as last saved, or None."""
        ...

    def pulse(self, id: str) -> Pulse | None:
        """Whether something has changed, or None where there is no such session. Cheap."""
        ...

    def version(self, id: str) -> int | None:
        """The version as last saved, or None where there is no such session."""
        ...

    def size(self, id: str) -> int:
        """About how many bytes loading the session reads, 0 where there is none. Cheap."""
        ...

    def news(self, session: Session, known: Known) -> Stored | None:
        """The session as last saved, and of its trail what is not known yet; None where its edits are others now."""
        ...

    def create(self, session: Session, trail: Growth, now: float) -> None:
        """Keep a session under a new id."""
        ...

    def save(self, session: Session, trail: Growth | None, has_new_history: bool, now: float) -> bool:
        """Keep the next version; its trail and its edits only where they changed. New edits end a run that is paused.

        False, with nothing changed, where the stored version is not the one just before it, or the trail has grown
        since, or would have to while a run is going on, which alone makes it grow then. Raises Conflict where new
        edits would come into such a run.
        """
        ...

    def put_run(self, id: str, before: Run | None, run: Run, trail: Growth | None, now: float) -> bool:
        """Keep a session's run as it is next, and what its trail has grown by. Only who has `before` may write.

        One that goes on from now on does so at the version it follows alone. Where it goes on no more and nobody has
        made another version, the cursor moves to the end of its last iteration, which makes one. False, with nothing
        changed, where the stored run or version is another one, or the trail has grown otherwise.
        """
        ...

    def running(self) -> list[tuple[str, Run]]:
        """The runs that are going on, with the ids of their sessions; the ones heard of longest ago come first."""
        ...

    def hear(self, trainer: str, now: float | None) -> None:
        """Note that a trainer is alive, or with None that it is no more."""
        ...

    def trainers(self) -> Mapping[str, float]:
        """When each trainer was heard of last."""
        ...

    def touch(self, id: str, now: float) -> None:
        """Note that somebody looked, so that `sweep` spares the session. Waits for nobody who writes."""
        ...

    def delete(self, id: str) -> bool:
        """Remove a session; False if there was none."""
        ...

    def sweep(self, before: float) -> int:
        """Remove all sessions untouched since a time; how many."""
        ...

    def newest_use(self) -> float | None:
        """When a session was last touched, None where there is none."""
        ...

    def check(self) -> None:
        """Raise Unavailable where this is not the store that was opened, or has not what is kept in it."""
        ...

    def close(self) -> None:
        """Let go of files and connections."""
        ...
