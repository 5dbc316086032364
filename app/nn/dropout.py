"""Dropout masks: which outputs of a layer an iteration leaves out, a function of (seed, layer, iteration)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

DROPPING = 2
"""Keeps the masks apart from the weights and the shuffles, which come from the same seed."""
STEPS = 2**16
"""A rate is kept to 16 bits: drawing finer ones would take twice as long and could not be told from them."""
NUMBERS_PER_WORD = 4


@dataclass(frozen=True, slots=True)
class Mask:
    """The mask of one layer, 0 where an output is dropped and 1 / (1 − rate) where it stays (inverted dropout).

    `key` is the layer's number, of an inner layer the numbers of those around it too. `rows` is the size of a whole
    batch.
    """

    id: str
    key: tuple[int, ...]
    rows: int
    seed: int
    rate: float
    units: int
    neutral: ClassVar[float] = 1.0

    @property
    def shape(self) -> tuple[int, int]:
        """(rows, units)."""
        return self.rows, self.units

    @property
    def size(self) -> int:
        return self.rows * self.units

    def numbers(self, first: int, count: int) -> np.ndarray:
        """Draw the masks of `count` iterations from `first` on, (count, rows, units)."""
        return self.stream().numbers(first, count)

    def stream(self) -> MaskStream:
        """Begin to draw."""
        return MaskStream(self)

    @property
    def definition(self) -> str:
        """The function `draw` as Python with NumPy."""
        return DEFINITION.format(seed=self.seed)

    @property
    def call(self) -> str:
        """The expression of the mask (rows, units) of an `iteration`."""
        return f"draw({self.key}, {self.rate!r}, {self.rows}, {self.units}, iteration)"


DEFINITION = f'''def draw(layer, rate, rows, units, iteration):
    """A layer's dropout mask: 0 where an output is left out, 1 / (1 - rate) where it stays."""
    words = -(-rows * units // {NUMBERS_PER_WORD})
    stream = np.random.PCG64(np.random.SeedSequence({{seed}}, spawn_key=({DROPPING}, *layer)))
    stream.advance(iteration * words)
    drawn = stream.random_raw(words).view(np.uint{64 // NUMBERS_PER_WORD})[: rows * units]
    kept = drawn >= min(round(rate * {STEPS}), {STEPS - 1})
    return (kept * (1 / (1 - rate))).reshape(rows, units)
'''


class MaskStream:
    """Draws the masks of one layer: each iteration has a stretch of its own in the layer's stream of random bits, so
    any of them is drawn without those before it, and many in a row are drawn at once.
    """

    def __init__(self, mask: Mask) -> None:
        self.mask = mask
        self._words = -(-mask.size // NUMBERS_PER_WORD)
        self._least = min(round(mask.rate * STEPS), STEPS - 1)
        self._bits = np.random.PCG64(np.random.SeedSequence(mask.seed, spawn_key=(DROPPING, *mask.key)))
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
        masks: np.ndarray = np.multiply(kept, self._scale, self._numbers[:count])
        return masks.reshape(count, mask.rows, mask.units)
