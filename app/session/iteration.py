"""One whole iteration: its forward pass, its backward pass and its update, wherever in it a session stands."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from math import nan

import numpy as np

from app.engine.assignment import Assignment
from app.engine.formula import Index, Place
from app.engine.graph import Graph
from app.engine.optim import norm_of
from app.engine.plan import Plan
from app.engine.snapshot import Snapshot, State
from app.session.moment import Picture


@dataclass(frozen=True, slots=True, eq=False)
class Iteration:
    """All numbers of one iteration, kept apart from the run, which may go on meanwhile.

    `before` is the end of the backward pass, with the parameters as the forward pass had them. The plan stood at
    `position` when it left `end`; it began with `start` and moves its parameters at the positions `moves`.
    """

    before: Picture
    plan: Plan
    start: State
    end: Snapshot
    position: int
    moves: Mapping[str, int]
    _seen: dict[tuple[str, ...], Snapshot] = field(default_factory=dict)

    @property
    def graph(self) -> Graph:
        return self.before.graph

    @property
    def updated(self) -> tuple[str, ...]:
        """The parameters that the update moves, in the order of the graph."""
        return tuple(id for id in self.graph.parameters if id in self.moves)

    def values(self, id: str) -> np.ndarray:
        """A node's numbers as the forward pass had them."""
        return self.before.snapshot.value(id)

    def gradients(self, id: str) -> np.ndarray:
        """A node's gradient at the end of the backward pass."""
        return self.before.snapshot.gradient(id)

    def values_at(self, id: str) -> Callable[[str], np.ndarray]:
        """The numbers as they stand when the backward pass reaches a node: in sequence, some parameters have moved."""
        visit = self.before.positions.backward[id]
        later = tuple(parameter for parameter, moved in self.moves.items() if visit <= moved <= self.position)
        if later not in self._seen:
            self._seen.clear()
            self._seen[later] = self.plan.with_parameters(self.end, self.start, later)
        return self._seen[later].value

    def steps(self, id: str, index: Index) -> tuple[Assignment, ...]:
        """How the optimizer moves one number of a parameter, line by line."""
        number, slots = self.plan.number_in(self.start, id, index)
        gradient = float(self.gradients(id)[index])
        return steps_of(self.before, Place(id, index, number), gradient, self.start.step + 1, slots)


def steps_of(
    before: Picture, number: Place, gradient: float, count: int, slots: tuple[float, ...]
) -> tuple[Assignment, ...]:
    """How the `count`-th update moves a number with this gradient, line by line. `before` has all other gradients."""
    optimizer, norm = before.optimizer, nan
    if optimizer.clip_norm:
        norm = norm_of(before.snapshot.gradient(id) for id in before.graph.parameters if before.update_position(id))
    return optimizer.steps(number, replace(number, number=gradient, is_gradient=True), count, *slots, norm=norm)
