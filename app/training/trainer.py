"""Works off runs in turns, so that none starves: a slice of each, written down as often as writing is cheap."""

from __future__ import annotations

import gc
import logging
import secrets
import time
from collections import deque
from collections.abc import Callable
from time import perf_counter

from app.errors import Unavailable
from app.nn.limits import Limits
from app.session.run import Run, claimed, ended, is_free, next_of
from app.session.store import Store
from app.training.task import Task

SLICE = 0.05
ROUND = 0.5
"""Seconds in which every run has its turn, however many there are."""
SOONEST, LATEST = 0.1, 0.9
"""Seconds between two writes of a run."""
PATIENCE = 1.0
"""Seconds after which a write that was refused is tried again."""
WRITING_SHARE = 0.025
MOST_UNWRITTEN = 60.0
"""Seconds of work that a run may be ahead of a store that refuses; then it waits."""

logger = logging.getLogger(__name__)


class Turn:
    """A task and when it is to be written down next."""

    def __init__(self, task: Task) -> None:
        self.task = task
        self.due = perf_counter() + SOONEST
        self.unwritten_since: float | None = None

    @property
    def is_waiting(self) -> bool:
        """Whether it has to be written down before anything else."""
        now = perf_counter()
        is_ahead = self.unwritten_since is not None and now - self.unwritten_since > MOST_UNWRITTEN
        return self.task.is_done or is_ahead


class Trainer:
    """Takes up runs that nobody works off. One thread."""

    def __init__(self, store: Store, limits: Limits, clock: Callable[[], float] = time.time) -> None:
        self._store, self._limits, self._clock = store, limits, clock
        self._turns: deque[Turn] = deque()
        self._has_left = False

    @property
    def count(self) -> int:
        """How many runs it works off."""
        return len(self._turns)

    def look(self) -> bool:
        """Take up one run, if there is one that nobody works off and memory for it."""
        held = {turn.task.id for turn in self._turns}
        elements = sum(turn.task.replay.elements for turn in self._turns)
        if elements > self._limits.max_total_elements:
            return False
        try:
            now = self._clock()
            free = ((id, run) for id, run in self._store.running() if id not in held and is_free(run, now))
            return any(self._take_up(id, run) for id, run in free)
        except Unavailable as refusal:
            logger.warning("no run was taken up: %s", refusal)
            return False

    def turn(self) -> bool:
        """A slice of the next run that has something to do; False where none has just now."""
        return any(self._next() for _ in range(len(self._turns)))

    def _next(self) -> bool:
        """A slice of the next run; False where it has nothing to do just now."""
        turn = self._turns[0]
        self._turns.rotate(-1)
        try:
            is_idle = turn.is_waiting or turn.task.is_early
            if not is_idle:
                turn.task.work(min(SLICE, ROUND / len(self._turns)))
            if turn.task.is_done and not is_idle or perf_counter() >= turn.due:
                self._write(turn)
                is_idle = False
        except Exception as error:
            self._leave(turn)
            self._break_off(turn.task.id, turn.task.run, error)
            return True
        if turn.task.is_over:
            self._leave(turn)
        return not is_idle

    def close(self) -> None:
        """Write everything down, and leave what is not finished to others."""
        for turn in self._turns:
            try:
                turn.task.release(self._store, self._clock())
            except Unavailable as refusal:
                logger.warning("the last of a run was not written down: %s", refusal)
        self._turns.clear()

    def _take_up(self, id: str, run: Run) -> bool:
        mine = claimed(run, secrets.token_hex(8), self._clock())
        if not self._store.put_run(id, run, mine, None, self._clock()) or not mine.is_running:
            return False
        try:
            stored = self._store.load(id)
            if stored is None:
                return False
            self._turns.appendleft(Turn(Task(id, mine, stored, self._limits)))
        except Unavailable:
            raise
        except Exception as error:
            self._break_off(id, mine, error)
            return False
        self._clear_up()
        return True

    def _leave(self, turn: Turn) -> None:
        self._turns.remove(turn)
        self._has_left = True

    def _clear_up(self) -> None:
        """Free what runs left behind. What lives as long as a run need not be looked through for garbage before."""
        if self._has_left:
            gc.unfreeze()
        self._has_left = False
        gc.collect()
        gc.freeze()

    def _write(self, turn: Turn) -> None:
        begun = perf_counter()
        try:
            turn.task.write(self._store, self._clock())
        except Unavailable as refusal:
            logger.warning("a run goes on unwritten: %s", refusal)
            turn.unwritten_since = turn.unwritten_since or begun
            turn.due = perf_counter() + PATIENCE
            return
        turn.unwritten_since = None
        ended_at = perf_counter()
        turn.due = ended_at + min(max((ended_at - begun) / WRITING_SHARE, SOONEST), LATEST)

    def _break_off(self, id: str, run: Run, error: Exception) -> None:
        """Leave a run that went wrong to somebody else, who may fare better; the last one says that it failed."""
        logger.error("a run broke off", exc_info=error)
        is_last = run.crashes > 1
        failure = f"{type(error).__name__}: {error}"[:200]
        left = ended(run, "failed", failure=failure) if is_last else next_of(run, token=None, failure=failure)
        try:
            self._store.put_run(id, run, left, None, self._clock())
        except Unavailable as refusal:
            logger.warning("a run was left as it was: %s", refusal)
