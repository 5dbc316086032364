"""A store in memory, for tests that need no file: the smallest thing that keeps the store's contract."""

from __future__ import annotations

import threading
from dataclasses import replace

import msgspec
import numpy as np

from app.session.run import Run, begins, end_of, refuse_while_running
from app.session.state import Session
from app.session.store import Pulse, Stored
from app.session.trail import Growth, Kept, Known


class MemoryStore:
    """Everything in one dictionary under one lock. `writes` says what each save brought along."""

    def __init__(self) -> None:
        self._stored: dict[str, tuple[Stored, float]] = {}
        self._runs: dict[str, Run] = {}
        self._trainers: dict[str, float] = {}
        self._lock = threading.RLock()
        self.writes: list[tuple[bool, bool]] = []

    def load(self, id: str) -> Stored | None:
        with self._lock:
            return self._stored[id][0] if id in self._stored else None

    def pulse(self, id: str) -> Pulse | None:
        with self._lock:
            stored = self.load(id)
            return stored and Pulse(stored.session.version, stored.trail.grown, self._runs.get(id))

    def version(self, id: str) -> int | None:
        stored = self.load(id)
        return stored and stored.session.version

    def size(self, id: str) -> int:
        stored = self.load(id)
        if stored is None:
            return 0
        points = stored.trail.checkpoints.values()
        return sum(array.nbytes for array in stored.session.initial.values()) + sum(
            point.state.parameters.nbytes + point.state.slots.nbytes for point in points
        )

    def news(self, session: Session, known: Known) -> Stored | None:
        stored = self.load(session.id)
        return stored if stored and stored.session.edits == session.edits else None

    def create(self, session: Session, trail: Growth, now: float) -> None:
        with self._lock:
            self._stored[session.id] = Stored(session, _grown(Kept(), trail)), now

    def save(self, session: Session, trail: Growth | None, has_new_history: bool, now: float) -> bool:
        with self._lock:
            pulse = self.pulse(session.id)
            if pulse is None or pulse.version != session.version - 1:
                return False
            if has_new_history:
                refuse_while_running(pulse.run)
            if trail is not None and ((pulse.run and pulse.run.is_running) or pulse.grown != trail.grown):
                return False
            old = self._stored[session.id][0]
            if has_new_history:
                self._runs.pop(session.id, None)
            else:
                history = {name: getattr(old.session, name) for name in ("edits", "done", "undone")}
                session = replace(session, **history)
            kept = old.trail if trail is None else _grown(old.trail, trail)
            self._stored[session.id] = Stored(session, kept), now
            self.writes.append((trail is not None, has_new_history))
            return True

    def put_run(self, id: str, before: Run | None, run: Run, trail: Growth | None, now: float) -> bool:
        with self._lock:
            pulse = self.pulse(id)
            if pulse is None or (pulse.run and pulse.run.revision) != (before and before.revision):
                return False
            if begins(before, run) and pulse.version != run.version:
                return False
            if trail is not None and pulse.grown != trail.grown:
                return False
            session, kept = self._stored[id][0].session, self._stored[id][0].trail
            kept = kept if trail is None else _grown(kept, trail)
            cursor = end_of(run, session.version, session.cursor)
            if cursor is not None:
                session = replace(session, version=session.version + 1, cursor=cursor)
                run = msgspec.structs.replace(run, version=session.version)
            self._stored[id], self._runs[id] = (Stored(session, kept), now), run
            return True

    def running(self) -> list[tuple[str, Run]]:
        with self._lock:
            return sorted(
                ((id, run) for id, run in self._runs.items() if run.is_running), key=lambda row: row[1].heartbeat
            )

    def hear(self, trainer: str, now: float | None) -> None:
        with self._lock:
            self._trainers.pop(trainer, None)
            if now is not None:
                self._trainers[trainer] = now

    def trainers(self) -> dict[str, float]:
        with self._lock:
            return dict(self._trainers)

    def touch(self, id: str, now: float) -> None:
        with self._lock:
            if id in self._stored:
                self._stored[id] = self._stored[id][0], now

    def delete(self, id: str) -> bool:
        with self._lock:
            self._runs.pop(id, None)
            return self._stored.pop(id, None) is not None

    def sweep(self, before: float) -> int:
        with self._lock:
            old = [id for id, (_, touched) in self._stored.items() if touched < before]
            for id in old:
                del self._stored[id]
                self._runs.pop(id, None)
            return len(old)

    def newest_use(self) -> float | None:
        with self._lock:
            return max((touched for _, touched in self._stored.values()), default=None)

    def check(self) -> None:
        """What is in memory is always there."""

    def close(self) -> None:
        pass


def _grown(kept: Kept, growth: Growth) -> Kept:
    checkpoints = {place: point for place, point in kept.checkpoints.items() if place not in growth.dropped}
    measured = {place: gauge for place, gauge in kept.gauges.items() if place not in growth.unmeasured}
    return Kept(
        {**checkpoints, **growth.checkpoints},
        np.concatenate((kept.losses[: growth.known], growth.losses[growth.known :])),
        {**measured, **growth.gauges},
        growth.columns or kept.columns,
        kept.grown + 1,
    )
