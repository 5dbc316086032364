"""What a run goes on with from the start of an iteration: enough for a branch, or for another program, to go on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from app.engine.optim import Optimizer
from app.nn.problem import Problem


@dataclass(frozen=True, slots=True, eq=False)
class Departure:
    """The numbers of all leaves at the start of an iteration, its edits made; of data, all rows.

    `slots` are what the optimizer remembers of each parameter that is updated, `steps` how many updates it has made.
    """

    iteration: int
    problem: Problem
    optimizer: Optimizer
    leaves: Mapping[str, np.ndarray]
    slots: Mapping[str, tuple[np.ndarray, ...]]
    steps: int

    @property
    def parameters(self) -> Mapping[str, np.ndarray]:
        """The parameters alone, in the order of the graph."""
        return {id: self.leaves[id] for id in self.problem.graph.parameters}

    @property
    def data(self) -> tuple[np.ndarray, np.ndarray]:
        """All training rows x and their targets y; of a network only."""
        x, y = (self.leaves[id] for id in self.problem.batched)
        return x, y

    @property
    def updated(self) -> tuple[str, ...]:
        """The parameters that updates move."""
        return tuple(self.slots)
