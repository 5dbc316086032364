"""Which rows of the data an iteration sees: a function of (seed, epoch), so that a run can be replayed."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

SHUFFLING = 1
"""Keeps the shuffles apart from the initial weights, which come from the same seed."""


@dataclass(frozen=True, eq=False)
class Batches:
    """The training rows x (rows, features) and y, and the size of a minibatch; `size` None is the full batch."""

    x: np.ndarray
    y: np.ndarray
    size: int | None
    seed: int

    @property
    def count(self) -> int:
        """Iterations in an epoch; the last of them may see fewer rows."""
        return -(-len(self.x) // (self.size or len(self.x)))

    def epoch(self, iteration: int) -> int:
        """The epoch an iteration belongs to, from 0."""
        return iteration // self.count

    def rows(self, iteration: int) -> np.ndarray:
        """The row numbers of an iteration's batch, shuffled unless the batch is all of them."""
        rows = len(self.x)
        if self.size is None or self.size >= rows:
            return np.arange(rows)
        start = iteration % self.count * self.size
        return self.order(self.epoch(iteration))[start : start + self.size]

    def picked(self, first: int, count: int) -> np.ndarray:
        """The rows of up to `count` batches from an iteration on, all as large as its own: (batches, rows)."""
        epoch, place = divmod(first, self.count)
        size = self.size or len(self.x)
        whole = len(self.x) // size
        if place == whole:
            return self.order(epoch)[None, whole * size :]
        epochs = 1 if whole < self.count else -(-(place + count) // whole)
        order = [self.order(number)[: whole * size] for number in range(epoch, epoch + epochs)]
        return (order[0] if epochs == 1 else np.concatenate(order)).reshape(-1, size)[place : place + count]

    def order(self, epoch: int) -> np.ndarray:
        """All row numbers in the order in which an epoch's minibatches take them."""
        return shuffled(len(self.x), self.seed, epoch)


@lru_cache(maxsize=64)
def shuffled(rows: int, seed: int, epoch: int) -> np.ndarray:
    """The order of all rows in one epoch."""
    sequence = np.random.SeedSequence(seed, spawn_key=(SHUFFLING, epoch))
    order = np.random.Generator(np.random.PCG64(sequence)).permutation(rows)
    order.flags.writeable = False
    return order
