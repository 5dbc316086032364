"""What can be seen of a session at its cursor: an immutable picture that no later move changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from app.engine.graph import Graph, Phase
from app.engine.optim import Optimizer
from app.engine.plan import Snapshot
from app.engine.update_order import SEQUENTIAL
from app.nn.batches import Batches
from app.nn.problem import Problem
from app.nn.supply.rows import Rows
from app.session.gauges import Gauges
from app.session.lineage import Lineage
from app.session.state import Cursor

NEWEST_LOSSES = 10_000
"""Losses that an answer has unless all are asked for."""


@dataclass(frozen=True, eq=False)
class Positions:
    """At which position of an iteration each node is visited, going forward and going back."""

    forward: Mapping[str, int]
    backward: Mapping[str, int]

    @classmethod
    def of(cls, graph: Graph) -> Positions:
        visits: dict[str, dict[str, int]] = {"forward": {}, "backward": {}}
        for position, moment in enumerate(graph.schedule):
            if moment.node is not None:
                visits[moment.phase][moment.node] = position
        return cls(visits["forward"], visits["backward"])


@dataclass(frozen=True, eq=False)
class Picture:
    """A session at one moment. What is not computed yet at this moment is None, never 0.

    `losses` are those of the iterations finished, each as computed before its update.
    """

    id: str
    version: int
    title: str
    spec: Mapping[str, Any]
    graph: Graph
    cursor: Cursor
    losses: np.ndarray
    frozen: frozenset[str]
    optimizer: Optimizer
    batches: Batches | None
    can_undo: bool
    can_redo: bool
    positions: Positions
    snapshot: Snapshot
    problem: Problem
    known: np.ndarray
    """All losses known of this run: those of the iterations finished, and perhaps of later ones."""
    gauges: Gauges
    """What was measured along the run as far as it is known."""
    lineage: Lineage | None = None
    """Where a branch came from."""
    began: Snapshot | None = None
    """The same numbers, but the parameters as this iteration began with them."""
    training: Rows | None = None
    """All rows that training sees, with what was edited in them up to this moment; None for an expression."""
    began_finite: bool = True
    """Whether the parameters that updates move were all finite before this iteration's update."""

    @property
    def phase(self) -> Phase:
        return self.graph.schedule[self.cursor.position].phase

    @property
    def node(self) -> str | None:
        """The node just visited; None at the start and after the update."""
        return self.graph.schedule[self.cursor.position].node

    @property
    def length(self) -> int:
        return self.graph.length

    @property
    def parameters(self) -> tuple[str, ...]:
        return self.graph.parameters

    @property
    def epoch(self) -> int | None:
        """Which pass over the data this is, from 0; None where there are no data to pass over."""
        return None if self.batches is None else self.batches.epoch(self.cursor.iteration)

    @property
    def bytes(self) -> int:
        """Memory that the numbers of this moment alone take up."""
        return self.snapshot.values.nbytes + self.snapshot.gradients.nbytes

    @property
    def rows(self) -> np.ndarray | None:
        """The rows of the data that this iteration's batch holds."""
        return None if self.batches is None else self.batches.rows(self.cursor.iteration)

    @property
    def loss(self) -> float | None:
        value = self.value(self.graph.loss.id)
        return None if value is None else float(value)

    @property
    def parameters_now(self) -> dict[str, np.ndarray]:
        """All parameters, frozen ones too, as they stand at this moment."""
        return {id: self.snapshot.value(id) for id in self.graph.parameters}

    @property
    def is_sequential(self) -> bool:
        """Whether each parameter moves as soon as its gradient is complete, and not all at the end."""
        return self.optimizer.update_order == SEQUENTIAL

    def is_visited(self, id: str) -> bool:
        """Whether this is the node just visited."""
        return id == self.node

    def has_value(self, id: str) -> bool:
        """Whether a node's value is computed at this moment; a leaf's always is."""
        return self.positions.forward.get(id, 0) <= self.cursor.position

    def has_gradient(self, id: str) -> bool:
        """Whether the backward pass has reached a node at this moment."""
        position = self.positions.backward.get(id)
        return position is not None and position <= self.cursor.position

    def value(self, id: str) -> np.ndarray | None:
        return self.snapshot.value(id) if self.has_value(id) else None

    def gradient(self, id: str) -> np.ndarray | None:
        return self.snapshot.gradient(id) if self.has_gradient(id) else None

    @cached_property
    def first_non_finite(self) -> str | None:
        """The first node that shows a number that is not finite: leaves first, then in the schedule's order."""
        values = _unfinite(self.snapshot, self.snapshot.values)
        gradients = _unfinite(self.snapshot, self.snapshot.gradients)
        backward = self.positions.backward
        found = [(self._shown_since(id), self.graph.position(id), id) for id in values if self.has_value(id)]
        found += [(backward[id], 0, id) for id in gradients if self.has_gradient(id)]
        return min(found)[2] if found else None

    def _shown_since(self, id: str) -> int:
        """From which position on a node shows its value: what an update has spoiled does not come before its cause."""
        moved = self.update_position(id)
        if self.began_finite and moved is not None and moved <= self.cursor.position:
            return moved
        return self.positions.forward.get(id, 0)

    def update_position(self, id: str) -> int | None:
        """At which position of each iteration the optimizer moves a node; None for what it leaves alone."""
        if self.graph[id].kind != "parameter" or id in self.frozen or not self.graph.has_gradient(id):
            return None
        return self.positions.backward[id] if self.is_sequential else self.length

    def is_updated(self, id: str) -> bool:
        """Whether this is a parameter that shows its new number at this moment."""
        position = self.update_position(id)
        return position is not None and position <= self.cursor.position


def _unfinite(snapshot: Snapshot, flat: np.ndarray) -> list[str]:
    """The nodes with a NaN or an infinity among their numbers."""
    places = np.flatnonzero(~np.isfinite(flat))
    if not len(places):
        return []
    ids = sorted(snapshot.offsets, key=snapshot.offsets.__getitem__)
    starts = [snapshot.offsets[id] for id in ids]
    return [ids[place] for place in np.unique(np.searchsorted(starts, places, side="right") - 1)]
