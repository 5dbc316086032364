"""Works off runs in turns, so that none starves: a slice of each, written down as often as writing is cheap.

It works off a few at a time. While others wait, a turn ends after its share of computing, and the run goes to the end
of the line.
"""

from __future__ import annotations

import gc
import logging
import time
from collections import deque
from collections.abc import Callable
from time import perf_counter, thread_time

from app.errors import ChainruleError, Unavailable
from app.nn.limits import Limits
from app.session import turns
from app.session.run import TOO_LARGE, Run, broken_off, claimed, ended
from app.session.store import Store
from app.training.liveness import Liveness
from app.training.task import Task

SLICE = 0.05
SOONEST, LATEST = 0.1, 0.9
"""Seconds between two writes of a run."""
PATIENCE = 1.0
"""Seconds after which a write that was refused is tried again."""
WRITING_SHARE = 0.025
LONGEST_WAIT = 60.0
"""Seconds of waiting that count for how fast a run is."""
MOST_UNWRITTEN = 60.0
"""Seconds of work that a run may be ahead of a store that refuses; then it waits."""
PORTION_SPAN = 20
"""Slices over which the portion of the processor is about a mean."""
LEAST_PORTION = 0.01
LEFT_SHARE = 0.125
"""How much of the memory allowed runs may leave behind before it is freed; that takes longer than a short turn."""

logger = logging.getLogger(__name__)


class Turn:
    """A task, when to write it down next, and how much of its turn is over. Taking it up took `cost` seconds."""

    def __init__(self, task: Task, cost: float) -> None:
        self.task = task
        self._begun = perf_counter()
        self._worked, self._cost = 0.0, cost
        self._is_first = task.run.head == task.run.start
        self.due = self._begun + SOONEST
        self.unwritten_since: float | None = None

    def work(self, seconds: float) -> float:
        """Have a slice of about so long; how much of that time the processor was its own."""
        begun, worked = perf_counter(), -thread_time()
        self.task.work(seconds)
        worked += thread_time()
        self._worked += worked
        return max(worked / max(perf_counter() - begun, worked, 1e-9), LEAST_PORTION)

    def is_up(self, share: float, count: int, portion: float) -> bool:
        """Whether it has had its share of computing, or of the time of so many where its pace has it wait.

        A turn is of whole slices, the first one of a single slice, so that all begin soon. What was dear to take up is
        worked off for twice as long as that took. Of a slice it has only a portion where others use the processor.
        """
        share = max(share, 2 * self._cost / portion)
        least = 0.0 if self._is_first else (share - SLICE / 2) * portion
        return self._worked >= least or (self.task.is_early and perf_counter() - self._begun >= share * count)

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
        self._left_behind = 0
        self._share, self._is_awaited = SLICE, False
        # Turns are measured in what was computed, which is fair; where others use the processor, too, they are shorter.
        self._portion = 1.0
        self.liveness = Liveness(store, clock)

    @property
    def count(self) -> int:
        """How many runs it works off."""
        return len(self._turns)

    def look(self) -> bool:
        """Take up the run that has waited longest, if there is one and room for it. Nobody is let past it."""
        try:
            line, has_found = self._line(), False
            while line and not has_found and self._has_room(line[0][1]):
                has_found = self._take_up(*line.pop(0))
        except Unavailable as refusal:
            logger.warning("no run was taken up: %s", refusal)
            return False
        is_crowded = self.count > 1 and turns.elements(self._held) > self._limits.max_total_elements
        self._is_awaited = is_crowded or bool(line)
        return has_found

    @property
    def _held(self) -> list[Run]:
        return [turn.task.run for turn in self._turns]

    def _has_room(self, run: Run) -> bool:
        return turns.fits(run, self._held, self._limits.max_total_elements)

    def _line(self) -> list[turns.Row]:
        """The runs that wait; their number says how long a turn lasts."""
        if not self.liveness.count:
            self.liveness.beat()
        # Whoever has claimed one of these runs was heard of before.
        rows = self._store.running()
        alive = set(self._store.trainers())
        self._share = turns.share(len(rows), len(alive))
        ids = {turn.task.id for turn in self._turns}
        line = turns.waiting(rows, alive - {self.liveness.token}, self._clock())
        return [row for row in line if row[0] not in ids]

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
                portion = turn.work(min(SLICE, self._share) if self._is_awaited else SLICE)
                self._portion += (portion - self._portion) / PORTION_SPAN
            is_up = self._is_awaited and turn.is_up(self._share, len(self._turns), self._portion)
            is_next = turn.unwritten_since is None and (is_up or turn.task.is_done)
            if is_next or perf_counter() >= turn.due:
                self._write(turn, is_up)
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
                turn.task.write(self._store, self._clock(), is_last=True)
            except Unavailable as refusal:
                logger.warning("the last of a run was not written down: %s", refusal)
        self._turns.clear()
        try:
            self.liveness.end()
        except Unavailable as refusal:
            logger.warning("a trainer could not say that it ends: %s", refusal)

    def _take_up(self, id: str, run: Run) -> bool:
        begun, now = thread_time(), self._clock()
        mine = self._claimed(run, now)
        if not self._store.put_run(id, run, mine, None, now) or not mine.is_running:
            return False
        try:
            stored = self._store.load(id)
            if stored is None:
                return False
            waited = min(max(now - run.heartbeat, 0.0), LONGEST_WAIT) if run.token is None else 0.0
            task = Task(id, mine, stored, self._limits, waited)
            self._turns.append(Turn(task, thread_time() - begun))
        except Unavailable:
            raise
        except Exception as error:
            self._break_off(id, mine, error)
            return False
        self._clear_up()
        return True

    def _claimed(self, run: Run, now: float) -> Run:
        if turns.is_too_large(run, self._limits.max_total_elements):
            return ended(run, "failed", heartbeat=now, failure=TOO_LARGE)
        return claimed(run, self.liveness.token, now)

    def _leave(self, turn: Turn) -> None:
        self._turns.remove(turn)
        self._left_behind += turn.task.replay.elements

    def _clear_up(self) -> None:
        """Free what runs left behind. What lives as long as a run need not be looked through for garbage before."""
        if self._left_behind <= LEFT_SHARE * self._limits.max_total_elements:
            return
        self._left_behind = 0
        gc.unfreeze()
        gc.collect()
        gc.freeze()

    def _write(self, turn: Turn, is_last: bool) -> None:
        begun = perf_counter()
        try:
            turn.task.write(self._store, self._clock(), is_last)
        except Unavailable as refusal:
            logger.warning("a run goes on unwritten: %s", refusal)
            turn.unwritten_since = turn.unwritten_since or begun
            turn.due = perf_counter() + PATIENCE
            return
        turn.unwritten_since = None
        ended_at = perf_counter()
        turn.due = ended_at + min(max((ended_at - begun) / WRITING_SHARE, SOONEST), LATEST)

    def _break_off(self, id: str, run: Run, error: Exception) -> None:
        """Leave a run that went wrong to somebody else; the last one says why it failed."""
        logger.error("a run broke off", exc_info=error)
        failure = str(error) if isinstance(error, ChainruleError) else f"{type(error).__name__}: {error}"
        try:
            self._store.put_run(id, run, broken_off(run, failure[:200]), None, self._clock())
        except Unavailable as refusal:
            logger.warning("a run was left as it was: %s", refusal)
