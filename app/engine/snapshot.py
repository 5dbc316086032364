"""What leaves a plan: copies of its numbers, to look at or to go on from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from app.engine.graph import Graph


@dataclass(frozen=True, slots=True, eq=False)
class State:
    """What an iteration hands on to the next: updated parameters (flat), the optimizer's slots (a row each), steps."""

    parameters: np.ndarray
    slots: np.ndarray
    step: int = 0

    @property
    def bytes(self) -> int:
        """Memory that this takes up."""
        return self.parameters.nbytes + self.slots.nbytes


@dataclass(frozen=True, slots=True, eq=False)
class Snapshot:
    """Copies of all values and gradients of a plan at one moment; which of them are computed yet is for the reader."""

    graph: Graph
    offsets: dict[str, int]
    values: np.ndarray
    gradients: np.ndarray

    def value(self, id: str) -> np.ndarray:
        return self._look(self.values, id)

    def gradient(self, id: str) -> np.ndarray:
        return self._look(self.gradients, id)

    def _look(self, flat: np.ndarray, id: str) -> np.ndarray:
        node, start = self.graph[id], self.offsets[id]
        return flat[start : start + node.size].reshape(node.shape)
