"""What iterations begin with: the rows of their minibatches, and the numbers drawn for each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import prod

import numpy as np

from app.engine.feed import Feed, Picked
from app.nn.batches import Batches
from app.nn.noise import Noise

Numbers = Mapping[str, np.ndarray]
MOST_DRAWN = 2**15
"""Numbers drawn at once: what stays near the processor."""


@dataclass(frozen=True, slots=True)
class Run:
    """Iterations one after the other on batches of as many rows (0: all of them), and what they begin with."""

    count: int
    rows: int
    feed: Feed


class Feeder:
    """Hands out what the iterations of one session begin with. Data may be edited, so they are given with each call.

    `ids` are those of the leaves that hold a batch.
    """

    def __init__(self, batches: Batches | None, ids: Sequence[str], noises: Sequence[Noise]) -> None:
        self._ids = ids
        self._minibatches = batches if batches is not None and batches.size is not None else None
        self._streams = {noise.id: noise.stream() for noise in noises}
        self._most = max(MOST_DRAWN // max(sum(prod(noise.shape) for noise in noises), 1), 1)

    def rows(self, iteration: int) -> np.ndarray | None:
        """The rows of an iteration's minibatch, or None where every iteration takes all of them as they stand."""
        return None if self._minibatches is None else self._minibatches.rows(iteration)

    def at(self, data: Numbers, iteration: int) -> dict[str, np.ndarray]:
        """The numbers that one iteration has for itself."""
        rows = self.rows(iteration)
        batch = {} if rows is None else {id: data[id][rows] for id in self._ids}
        drawn = self._drawn(iteration, 1, None if rows is None else len(rows))
        return batch | {id: numbers[0] for id, numbers in drawn.items()}

    def runs(self, data: Numbers, first: int, until: int) -> Iterator[Run]:
        """The iterations from `first` up to, but without, `until`."""
        while first < until:
            run = self._run(data, first, until - first)
            yield run
            first += run.count

    def _run(self, data: Numbers, first: int, count: int) -> Run:
        count = min(count, self._most) if self._streams else count
        if self._minibatches is None:
            return Run(count, 0, self._drawn(first, count, None))
        rows = self._minibatches.picked(first, count)
        count, size = rows.shape
        picked = {id: Picked(data[id], rows) for id in self._ids}
        return Run(count, size, {**picked, **self._drawn(first, count, size)})

    def _drawn(self, first: int, count: int, rows: int | None) -> dict[str, np.ndarray]:
        """Draw for some iterations; a short batch takes the first rows of what a whole one would."""
        return {id: stream.numbers(first, count)[:, :rows] for id, stream in self._streams.items()}
