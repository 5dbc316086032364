"""The part of the input space that is drawn: around all rows there are, the same for a whole run."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from app.plots.axes import Axis

MARGIN = 0.08
ALIKE = 1.6


@dataclass(frozen=True, slots=True)
class Window:
    """Two columns of the raw data, across and up, with the axes on which they stand, in percent of a square."""

    across: Axis
    up: Axis

    def places(self, raw: np.ndarray) -> np.ndarray:
        """Where raw rows (rows, 2) stand."""
        return np.stack([self.across.places(raw[:, 0]), self.up.places(raw[:, 1])], axis=1)

    def grid(self, side: int) -> np.ndarray:
        """The raw inputs in the middles of side × side cells, row by row from the top: (side², 2)."""
        shares = (np.arange(side) + 0.5) / side
        across = self.across.low + (self.across.high - self.across.low) * shares
        up = self.up.high - (self.up.high - self.up.low) * shares
        return np.stack([np.tile(across, side), np.repeat(up, side)], axis=1)


def window(raw: np.ndarray) -> Window:
    """The window on raw rows (rows, 2); a unit is as long up as it is across where the two columns spread alike."""
    low, high = raw.min(axis=0), raw.max(axis=0)
    spans = np.where(high > low, high - low, 1.0)
    if spans.max() / spans.min() <= ALIKE:
        spans[:] = spans.max()
    middles, halves = (low + high) / 2, spans * (0.5 + MARGIN)
    (left, bottom), (right, top) = (middles - halves).tolist(), (middles + halves).tolist()
    return Window(Axis(left, right), Axis(bottom, top, 100.0, 0.0))
