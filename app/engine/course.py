"""A run up to one moment, as a diagnosis sees it, and what it finds there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from app.engine import flow
from app.engine.cause import Cause
from app.engine.flow import Layer, norm
from app.engine.graph import Graph
from app.engine.mismatch import Mismatch
from app.engine.optim import SGD, Optimizer
from app.engine.snapshot import Snapshot
from app.engine.why import causes

RECENT = 5
"""So many gauges have one say: a single odd minibatch makes no illness, and none hides one."""
NO_PROGRESS = 0.5
"""A loss still above half the first one: what a net has learned excuses how it looks inside."""
FEWEST_ROWS = 8
"""On fewer rows any unit may be off, or far out, by chance."""
ALIKE, ROUNDING = 1e-6, 1e-12
"""Numbers closer than this share of the largest count as the same, as do such as rounding alone makes of 0."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What tells an illness: the nodes it shows at, the worst first, an iteration, numbers by name, and of what sort.

    `is_first`: the run began with it, so that nothing learned since can be its cause. `cause` and `mismatch` are
    what is behind it, where that is known.
    """

    nodes: tuple[str, ...] = ()
    iteration: int | None = None
    numbers: Mapping[str, float] = field(default_factory=dict)
    sort: str = ""
    is_first: bool = False
    cause: Cause | None = None
    mismatch: Mismatch | None = None


@dataclass(frozen=True, eq=False)
class Course:
    """A run up to one moment.

    `losses` are those of its finished iterations. `columns` are the gauges by name, taken at `iterations`; the last of
    them may be this moment's own. `steps` are the sizes of this moment's update beside the weights it moves, where it
    is known. `rows`, `inputs` and `targets` are those of its batch. `is_full_batch`: every iteration sees all rows with
    nothing dropped, so that the losses can be compared one by one.

    `shown` are this moment's numbers once its backward pass is done, with the parameters that it began with. `along`
    gives the losses so many times a direction away from there, where that is quickly computed.
    """

    graph: Graph
    losses: np.ndarray
    iterations: np.ndarray
    columns: Mapping[str, np.ndarray]
    parameters: Mapping[str, np.ndarray]
    steps: Mapping[str, float] = field(default_factory=dict)
    rows: int = 1
    is_full_batch: bool = True
    first_non_finite: str | None = None
    inputs: np.ndarray | None = None
    targets: np.ndarray | None = None
    optimizer: Optimizer = field(default_factory=SGD)
    shown: Snapshot | None = None
    mismatches: tuple[Mismatch, ...] = ()
    along: Callable[[Mapping[str, np.ndarray], np.ndarray], np.ndarray] | None = None
    frozen: frozenset[str] = frozenset()

    @cached_property
    def layers(self) -> tuple[Layer, ...]:
        return flow.layers(self.graph)

    @cached_property
    def hidden(self) -> tuple[str, ...]:
        """The activations that can be measured and feed another layer."""
        return tuple(layer.activation for layer in self.layers if layer.is_hidden and layer.activation)

    @cached_property
    def trained(self) -> tuple[str, ...]:
        """The parameters that updates move."""
        return tuple(id for id in self.graph.parameters if id not in self.frozen and self.graph.has_gradient(id))

    @property
    def rate(self) -> float:
        """The learning rate of the next update."""
        settings, updates = self.optimizer, np.float64(len(self.losses))
        rate: float = settings.schedule.rate(settings.learning_rate, updates)
        return rate

    @cached_property
    def told(self) -> tuple[np.ndarray, np.ndarray] | None:
        """What the net answers at this moment, and its targets, both as (rows, outputs)."""
        node = self.graph.criterion
        if node is None or self.shown is None:
            return None
        answers, targets = (self.shown.value(id) for id in node.inputs)
        return (answers, targets) if answers.ndim > 1 else None

    @property
    def has_gauges(self) -> bool:
        return len(self.iterations) > 0

    def first(self, id: str, column: str) -> float:
        """A gauge as the run began."""
        return float(self.columns[f"{id}.{column}"][0])

    def lately(self, id: str, column: str) -> float:
        """The median of the last few gauges."""
        return float(np.median(self.columns[f"{id}.{column}"][-RECENT:]))

    def gradient_column(self, id: str) -> str:
        """The gauge of a gradient by what it learns from: without penalties, where there are any."""
        return "fit_norm" if self.has(id, "fit_norm") else "gradient_norm"

    def has(self, id: str, column: str) -> bool:
        return f"{id}.{column}" in self.columns

    @cached_property
    def finite(self) -> np.ndarray:
        """The losses before the first that is not finite."""
        bad = np.flatnonzero(~np.isfinite(self.losses))
        return self.losses[: bad[0]] if len(bad) else self.losses

    @property
    def fallen(self) -> float:
        """What share of the first loss is gone; of all training rows where minibatches alone are known to vary."""
        measured = self.columns.get("training.loss", self.finite) if not self.is_full_batch else self.finite
        losses = measured if len(measured) > 1 else self.finite
        return 1.0 - float(losses[-1] / losses[0]) if losses[0] else 0.0

    @property
    def is_stuck(self) -> bool:
        """Whether most of the first loss is still there."""
        return not len(self.finite) or float(np.median(self.finite[-RECENT:])) > NO_PROGRESS * self.finite[0]

    def cause(self, id: str) -> Cause | None:
        """What is behind a number of a node: its first that is not finite, else its first, and the gradient of that.

        None before the backward pass is done.
        """
        if self.shown is None:
            return None
        value, gradient = self.shown.value(id), self.shown.gradient(id)
        bad = np.argwhere(~np.isfinite(value)) if not np.isfinite(value).all() else np.argwhere(~np.isfinite(gradient))
        index = tuple(map(int, bad[0])) if len(bad) else (0,) * value.ndim
        return next(iter(causes(self.graph, self.shown.value, self.shown.gradient, id, index)), None)


def size_of(numbers: np.ndarray) -> float:
    """The root mean square."""
    root: float = max(numbers.size, 1) ** 0.5
    return norm(numbers) / root
