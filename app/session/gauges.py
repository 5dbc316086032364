"""Gauges: what is measured now and then along a run. Losses and accuracies on each set of rows, and how gradients flow.

A gauge at iteration i belongs to the parameters that iteration i began with, as its loss does, and to its gradients.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from app.engine import flow
from app.engine.graph import Graph
from app.nn.evaluation import Evaluator, Score
from app.nn.problem import Problem
from app.nn.supply.rows import Rows
from app.session.work import Work

Numbers = Callable[[str], np.ndarray]

MOST = 256
"""Gauges of one run; beyond, every second one is given up."""
FEW = 32
"""So many are taken even where they are dear: a short run is not left without."""
SHARE = 0.02
"""What measuring may take up of a run's work, once that is much."""
ALLOWANCE = 1_000_000_000
"""About how many elements and products may be computed for the few: some tenths of a second."""
LAYER, SET = 8_000, 100_000
"""What measuring one node's flow, and scoring one set of rows, cost beside the arithmetic, in elements computed."""


@dataclass(frozen=True, slots=True, eq=False)
class Gauges:
    """All gauges known, in order: `numbers` (gauges, columns) of the `iterations` (gauges,)."""

    columns: tuple[str, ...] = ()
    iterations: np.ndarray = field(default_factory=lambda: np.empty(0, np.int64))
    numbers: np.ndarray = field(default_factory=lambda: np.empty((0, 0)))

    def __len__(self) -> int:
        return len(self.iterations)

    def before(self, iteration: int) -> Gauges:
        """Those of the iterations before one."""
        count = int(np.searchsorted(self.iterations, iteration))
        if count == len(self):
            return self
        return Gauges(self.columns, self.iterations[:count], self.numbers[:count])

    def has(self, name: str) -> bool:
        """Whether this is measured at all."""
        return name in self.columns

    def column(self, name: str) -> np.ndarray:
        """One column, (gauges,). Raises KeyError where there is none of this name."""
        if name not in self.columns:
            raise KeyError(name)
        return self.numbers[:, self.columns.index(name)]


@dataclass(frozen=True, slots=True)
class Pace:
    """How far apart gauges are: beyond the first `few`, at least `least` iterations."""

    least: int = 1
    few: int = FEW

    @classmethod
    def of(cls, cost: float, iteration: float) -> Pace:
        """The pace at which gauges that cost so much take up no more than their share of iterations that cost this."""
        least = _power_of_two(cost / (SHARE * iteration))
        # Every doubling of the spacing, up to `least`, takes half as many again.
        few = ALLOWANCE / (cost * (1 + np.log2(least) / 2))
        return cls(least, int(min(max(few, 1), FEW)))

    def spacing(self, head: int) -> int:
        """The spacing while so many iterations are known, a power of two: a function of the head alone."""
        return max(_power_of_two(head / MOST), min(self.least, _power_of_two(head / self.few)))


class Meter:
    """Measures one problem, at the pace that its cost allows."""

    def __init__(self, problem: Problem, work: Work, evaluator: Evaluator) -> None:
        self._problem = problem
        self._evaluator = evaluator
        self.pace = Pace.of(self._cost(work), work.iteration)

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """What is measured: scores of the sets of rows there are, then the flow of gradients."""
        return (*self._scores, *flow.columns(self._problem.graph))

    @cached_property
    def _scores(self) -> tuple[str, ...]:
        kinds = ("loss", "accuracy") if self._problem.task == "classification" else ("loss",)
        return tuple(f"{name}.{kind}" for name in self._problem.sets for kind in kinds)

    def measure(self, graph: Graph, values: Numbers, gradients: Numbers, training: Rows | None) -> np.ndarray:
        """One gauge, (columns,). `training` are the rows as they are now, with what was edited in them."""
        parameters = {id: values(id) for id in graph.parameters}
        sets: Mapping[str, Rows] = {**self._problem.sets, **({"training": training} if training else {})}
        found = [number for rows in sets.values() for number in _numbers(self._evaluator.score(parameters, rows))]
        return np.concatenate((found, flow.measure(graph, values, gradients)))

    def _cost(self, work: Work) -> int:
        """About how many elements and products measuring once computes."""
        graph = self._problem.graph
        batch = graph.data.shape[0] if self._problem.sets else 1
        rows = sum(len(rows) + len(rows) // 8 for rows in self._problem.sets.values())
        size = sum(node.size for node in graph.nodes)
        calls = SET * len(self._problem.sets) + LAYER * len(flow.columns(graph))
        return calls + 4 * size + work.forward * rows // batch


def _numbers(score: Score) -> tuple[float, ...]:
    return (score.loss,) if score.accuracy is None else (score.loss, score.accuracy)


def _power_of_two(least: float) -> int:
    """The smallest power of two from a number on."""
    return 1 << max(int(np.ceil(np.log2(max(least, 1)))), 0)
