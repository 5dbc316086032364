"""Dropout masks: which outputs of a layer an iteration leaves out, a function of (seed, layer, iteration)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

DROPPING = 2
"""Keeps the masks apart from the weights and the shuffles, which come from the same seed."""
STEPS = 2**16
"""A rate is kept to 16 bits: drawing finer ones would take twice as long and could not be told from them."""
NUMBERS_PER_WORD = 4


@dataclass(frozen=True, slots=True)
class Mask:
    """The mask of one layer, 0 where an output is dropped and 1 / (1 − rate) where it stays (inverted dropout).

    `rows` is the size of a whole batch.
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
        return Stream(self).numbers(first, count)


class Stream:
    """Draws the masks of one layer: each iteration has a stretch of its own in the layer's stream of random bits, so
    any of them is drawn without those before it, and many in a row are drawn at once.
    """

    def __init__(self, mask: Mask) -> None:
        self.mask = mask
        self._words = -(-mask.size // NUMBERS_PER_WORD)
        self._least = min(round(mask.rate * STEPS), STEPS - 1)
        self._bits = np.random.PCG64(np.random.SeedSequence(mask.seed, spawn_key=(DROPPING, mask.layer)))
        self._position = 0
        self._kept, self._numbers = np.empty((0, 0), bool), np.empty((0, 0))
        self._scale = np.array(1 / (1 - mask.rate))

    def numbers(self, first: int, count: int) -> np.ndarray:
        """The masks of `count` iterations from `first` on, (count, rows, units); the next call overwrites them."""
        mask, start = self.mask, first * self._words
        # Seeding a stream anew takes longer than going on in it, or back.
        self._bits.advance(start - self._position)
        self._position = start + count * self._words
        drawn = self._bits.random_raw(count * self._words).view(np.uint16).reshape(count, -1)[:, : mask.size]
        if len(self._kept) < count:
            self._kept, self._numbers = np.empty((count, mask.size), bool), np.empty((count, mask.size))
        kept = np.greater_equal(drawn, self._least, self._kept[:count])
        return np.multiply(kept, self._scale, self._numbers[:count]).reshape(count, mask.rows, mask.units)
