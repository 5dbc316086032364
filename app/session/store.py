"""Where sessions are kept: a port of a few verbs, and what goes through it.

Two servers, or two threads, may hold the same session. `save` therefore compares and swaps: it writes only if the
stored version is still the one the caller started from. A caller who ignores its answer loses somebody's edit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from app.session.state import Session
from app.session.trail import Growth, Kept


@dataclass(frozen=True, slots=True)
class Stored:
    """A session together with the trail of its run, so that a restarted server goes on at once."""

    session: Session
    trail: Kept


class Store(Protocol):
    """What a store can do. Whatever it cannot do just now it refuses with Unavailable, leaving everything as it was."""

    def load(self, id: str) -> Stored | None:
        """The session as last saved, or None."""
        ...

    def version(self, id: str) -> int | None:
        """The version as last saved, or None where there is no such session."""
        ...

    def create(self, session: Session, trail: Growth, now: float) -> None:
        """Keep a session under a new id."""
        ...

    def save(self, session: Session, trail: Growth | None, has_new_history: bool, now: float) -> bool:
        """Keep the next version; its trail and its edits only where they changed.

        False, with nothing changed, where the stored version is not the one just before it.
        """
        ...

    def touch(self, id: str, now: float) -> None:
        """Note that somebody looked, so that `sweep` spares the session."""
        ...

    def delete(self, id: str) -> bool:
        """Remove a session; False if there was none."""
        ...

    def sweep(self, before: float) -> int:
        """Remove all sessions untouched since a time; how many."""
        ...

    def close(self) -> None:
        """Let go of files and connections."""
        ...
