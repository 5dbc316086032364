"""The loss over a plane of parameters, on a plan of its own that the reader never sees."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from app.engine.graph import Graph
from app.engine.plan import Plan, State
from app.engine.plane import Plane, flat


@dataclass(frozen=True, slots=True, eq=False)
class Relief:
    """The loss at points of a plane, (up, across), and at its origin the loss and the gradient, a flat vector."""

    losses: np.ndarray
    loss: float
    gradient: np.ndarray


class Surface:
    """The loss of a graph as a function of the parameters that may move; one thread at a time."""

    def __init__(self, graph: Graph, frozen: frozenset[str] = frozenset()) -> None:
        self.graph = graph
        self._plan = Plan(graph, frozen=frozen)
        self.ids = self._plan.updated

    @property
    def sizes(self) -> dict[str, int]:
        """How many numbers each parameter that may move has."""
        return {id: self.graph[id].size for id in self.ids}

    def relief(
        self, plane: Plane, across: np.ndarray, up: np.ndarray, leaves: Mapping[str, np.ndarray] | None = None
    ) -> Relief:
        """The loss at origin + a · across + b · up for each b (rows), a (columns); `leaves` are all other numbers."""
        for id, numbers in (leaves or {}).items():
            self._plan.load(id, numbers)
        origin, first, second = (self._arranged(vector) for vector in (plane.origin, plane.across, plane.up))
        losses = np.array([self._row(origin + b * second, first, across) for b in up]).reshape(len(up), len(across))
        return Relief(losses, *self._slope(origin))

    def _arranged(self, vector: np.ndarray) -> np.ndarray:
        """A flat vector as the plan keeps its parameters, which may lie further apart."""
        start = 0
        for id, size in self.sizes.items():
            self._plan.load(id, vector[start : start + size].reshape(self.graph[id].shape))
            start += size
        return self._plan.state().parameters

    def _row(self, start: np.ndarray, direction: np.ndarray, lengths: np.ndarray) -> list[float]:
        """The losses along a line."""
        point, losses = np.empty_like(start), []
        state = State(point, np.zeros((0, len(start))))
        for length in lengths:
            np.multiply(direction, length, out=point)
            point += start
            losses.append(self._loss_at(state))
        return losses

    def _loss_at(self, state: State) -> float:
        self._plan.restore(state)
        self._plan.run(1, self.graph.forward_end)
        return self._plan.loss

    def _slope(self, origin: np.ndarray) -> tuple[float, np.ndarray]:
        loss = self._loss_at(State(origin, np.zeros((0, len(origin)))))
        self._plan.run(self.graph.forward_end + 1, self.graph.backward_end)
        shown = self._plan.snapshot()
        return loss, flat({id: shown.gradient(id) for id in self.ids}, self.ids)
