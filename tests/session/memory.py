"""A store in memory, for tests that need no file: the smallest thing that keeps the store's contract."""

from __future__ import annotations

import threading
from dataclasses import replace

import numpy as np

from app.session.state import Session
from app.session.store import Stored
from app.session.trail import Growth, Kept


class MemoryStore:
    """Everything in one dictionary under one lock. `writes` says what each save brought along."""

    def __init__(self) -> None:
        self._stored: dict[str, tuple[Stored, float]] = {}
        self._lock = threading.Lock()
        self.writes: list[tuple[bool, bool]] = []

    def load(self, id: str) -> Stored | None:
        with self._lock:
            return self._stored[id][0] if id in self._stored else None

    def version(self, id: str) -> int | None:
        stored = self.load(id)
        return stored and stored.session.version

    def create(self, session: Session, trail: Growth, now: float) -> None:
        with self._lock:
            self._stored[session.id] = Stored(session, _grown(Kept(), trail)), now

    def save(self, session: Session, trail: Growth | None, has_new_history: bool, now: float) -> bool:
        with self._lock:
            if session.id not in self._stored or self._stored[session.id][0].session.version != session.version - 1:
                return False
            old = self._stored[session.id][0]
            if not has_new_history:
                history = {name: getattr(old.session, name) for name in ("edits", "done", "undone")}
                session = replace(session, **history)
            kept = old.trail if trail is None else _grown(old.trail, trail)
            self._stored[session.id] = Stored(session, kept), now
            self.writes.append((trail is not None, has_new_history))
            return True

    def touch(self, id: str, now: float) -> None:
        with self._lock:
            if id in self._stored:
                self._stored[id] = self._stored[id][0], now

    def delete(self, id: str) -> bool:
        with self._lock:
            return self._stored.pop(id, None) is not None

    def sweep(self, before: float) -> int:
        with self._lock:
            old = [id for id, (_, touched) in self._stored.items() if touched < before]
            for id in old:
                del self._stored[id]
            return len(old)

    def close(self) -> None:
        pass


def _grown(kept: Kept, growth: Growth) -> Kept:
    checkpoints = {place: point for place, point in kept.checkpoints.items() if place not in growth.dropped}
    losses = np.concatenate((kept.losses[: growth.known], growth.losses[growth.known :]))
    return Kept({**checkpoints, **growth.checkpoints}, losses)
