"""What iterations run in a row begin with: for some leaves, the numbers that each of the iterations has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True, eq=False)
class Picked:
    """Rows of a source, for instance minibatches of the data: iteration k takes the rows `rows[k]`, (count, batch)."""

    source: np.ndarray
    rows: np.ndarray

    def stacked(self) -> np.ndarray:
        """All of them, copied one after the other."""
        copied: np.ndarray = self.source[self.rows]
        return copied


Fed = np.ndarray | Picked
Feed = Mapping[str, Fed]
"""By leaf: arrays (count, *shape of the leaf), or rows that are picked out just when they are needed."""
