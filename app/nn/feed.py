"""What iterations begin with: their minibatches, row after row of them gathered at once, and their dropout masks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from app.nn.batches import Batches
from app.nn.dropout import Mask

Numbers = Mapping[str, np.ndarray]
BATCHED = ("x", "y")
MOST_DRAWN = 2**17
"""Numbers of masks drawn at once: a megabyte stays near the processor."""


@dataclass(frozen=True, slots=True)
class Feed:
    """Iterations one after the other on batches of as many rows; `numbers` are (count, *shape of the leaf)."""

    count: int
    rows: int
    numbers: Numbers


class Feeder:
    """Hands out what the iterations of one run begin with. The data may be edited: they are given with each call."""

    def __init__(self, batches: Batches | None, masks: Sequence[Mask]) -> None:
        self._batches, self._masks = batches, masks
        self._is_split = batches is not None and batches.size is not None
        self._most = max(MOST_DRAWN // max(sum(mask.size for mask in masks), 1), 1)
        self._epoch, self._gathered = -1, {}
        self._source: Numbers = {}

    @property
    def elements(self) -> int:
        """How many float64 are kept here."""
        return sum(array.size for array in self._gathered.values())

    def rows(self, iteration: int) -> np.ndarray | None:
        """The rows of an iteration's minibatch, or None where every iteration takes all of them as they stand."""
        return self._batches.rows(iteration) if self._is_split else None

    def at(self, data: Numbers, iteration: int) -> dict[str, np.ndarray]:
        """The numbers that change from one iteration to the next, as one iteration has them."""
        rows = self.rows(iteration)
        batch = {} if rows is None else {id: data[id][rows] for id in BATCHED}
        masks = self._drawn(iteration, 1, None if rows is None else len(rows))
        return batch | {id: numbers[0] for id, numbers in masks.items()}

    def feeds(self, data: Numbers, first: int, until: int) -> Iterator[Feed]:
        """The iterations from `first` up to, but without, `until`, in runs of batches of one size."""
        while first < until:
            feed = self._feed(data, first, until - first)
            yield feed
            first += feed.count

    def _feed(self, data: Numbers, first: int, count: int) -> Feed:
        count = min(count, self._most) if self._masks else count
        if not self._is_split:
            return Feed(count, 0, self._drawn(first, count, None))
        batches, place = self._batches, first % self._batches.count
        whole = len(batches.x) // batches.size
        if place < whole:
            count, rows = min(count, whole - place), batches.size
        else:
            count, rows = 1, len(batches.x) - whole * batches.size
        start = place * batches.size
        gathered = self._gather(data, batches.epoch(first))
        batch = {id: _runs(array[start : start + count * rows], count) for id, array in gathered.items()}
        return Feed(count, rows, batch | self._drawn(first, count, rows))

    def _gather(self, data: Numbers, epoch: int) -> Numbers:
        """The data in the order of an epoch: one look through memory, and each batch is a piece of it."""
        if epoch != self._epoch or any(self._source[id] is not data[id] for id in BATCHED):
            order = self._batches.order(epoch)
            self._gathered = {id: data[id].take(order, axis=0) for id in BATCHED}
            self._epoch, self._source = epoch, {id: data[id] for id in BATCHED}
        return self._gathered

    def _drawn(self, first: int, count: int, rows: int | None) -> dict[str, np.ndarray]:
        """The masks of some iterations; those of a short batch are the first rows of a whole one's."""
        return {mask.id: mask.numbers(first, count)[:, :rows] for mask in self._masks}


def _runs(array: np.ndarray, count: int) -> np.ndarray:
    return array.reshape(count, -1, *array.shape[1:])
