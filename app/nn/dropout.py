"""Dropout masks: which outputs of a layer an iteration leaves out, a function of (seed, layer, iteration)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

DROPPING = 2
"""Keeps the masks apart from the weights and the shuffles, which come from the same seed."""
STEPS = 2**32


@dataclass(frozen=True, slots=True)
class Mask:
    """The mask of one layer, 0 where an output is dropped and 1 / (1 − rate) where it stays (inverted dropout).

    Each iteration has a stretch of its own in the layer's stream of random bits, so any of them is drawn without those
    before it, and many in a row are drawn at once. `rows` is the size of a whole batch.
    """

    id: str
    layer: int
    rate: float
    rows: int
    units: int
    seed: int

    @property
    def size(self) -> int:
        return self.rows * self.units

    def numbers(self, first: int, count: int) -> np.ndarray:
        """The masks of `count` iterations from `first` on, (count, rows, units)."""
        # Two numbers of 32 bits in each word of the stream.
        words = -(-self.size // 2)
        stream = np.random.PCG64(np.random.SeedSequence(self.seed, spawn_key=(DROPPING, self.layer)))
        stream.advance(first * words)
        drawn = stream.random_raw(count * words).view(np.uint32).reshape(count, -1)[:, : self.size]
        kept = drawn >= np.uint32(min(round(self.rate * STEPS), STEPS - 1))
        return (kept * (1 / (1 - self.rate))).reshape(count, self.rows, self.units)
