"""What a network answers outside its training: on other rows, with dropout off, in buffers of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from app.engine.graph import Graph, Node
from app.engine.plan import Plan
from app.engine.price import Price, forward_price
from app.nn.losses import NO_CLASS
from app.nn.problem import Problem, loss_of, training_of
from app.nn.supply.rows import Rows

BLOCK = 1024
"""Rows evaluated at a time, so that many of them need no more memory than a few; of a wide network fewer."""
MOST_PLANS = 6
MOST_NUMBERS = 4_000_000
"""Values of all plans together; one alone may have more."""


@dataclass(frozen=True, slots=True)
class Score:
    """The loss of a set of rows, without penalties; and the share of them told right, None where no classes are told.

    A row that has no answer, because the network's output is not finite, is not told right.
    """

    loss: float
    accuracy: float | None


@dataclass(frozen=True, slots=True)
class Fit:
    """How near numbers told come to the true ones: the mean absolute error, in the target's own unit, and R².

    R² is the share of the squared distances from the mean that is explained, 1 at best and 0 for always saying the
    mean; None where all are alike. Of several outputs it is the mean.
    """

    mean_error: float
    r2: float | None


class Evaluator:
    """Runs a problem's network forward on any rows. Never touches a session's moment; one thread at a time.

    `spend` is told what each run is about to cost; it may raise, and nothing is run then.
    """

    def __init__(self, problem: Problem, spend: Callable[[Price], None] = lambda price: None) -> None:
        self.problem = problem
        self.spend = spend
        self.plans: dict[int, Plan] = {}

    @cached_property
    def criterion(self) -> Node:
        """The node that compares predictions with targets."""
        return criterion_of(self.problem)

    @property
    def block(self) -> int:
        """How many rows are evaluated at a time."""
        return min(BLOCK, self.problem.rows_at_once)

    def outputs(self, parameters: Mapping[str, np.ndarray], x: np.ndarray) -> np.ndarray:
        """What the network answers to rows x (rows, features): (rows, outputs). Of logits, the logits."""
        answer = self.criterion.inputs[0]
        return self.values(parameters, x, (answer,))[answer]

    def values(self, parameters: Mapping[str, np.ndarray], x: np.ndarray, ids: Iterable[str]) -> dict[str, np.ndarray]:
        """The values of nodes that stand for each row of x: (rows, …) each."""
        wanted = tuple(ids)
        found: dict[str, list[np.ndarray]] = {id: [] for id in wanted}
        for start in range(0, len(x), self.block):
            block = x[start : start + self.block]
            plan = self._run(parameters, Rows(block, self._targets(len(block))))
            for id in wanted:
                found[id].append(plan.value(id))
        return {id: np.concatenate(parts) for id, parts in found.items()}

    def score(self, parameters: Mapping[str, np.ndarray], rows: Rows) -> Score:
        """Loss and accuracy on a set of rows; a mean over blocks weighs them by their rows."""
        return self.examine(parameters, rows)[0]

    def examine(self, parameters: Mapping[str, np.ndarray], rows: Rows) -> tuple[Score, np.ndarray]:
        """The score of a set of rows, and what the network answers to them, (rows, outputs)."""
        total, right, outputs = 0.0, 0, []
        answer, criterion = self.criterion.inputs[0], self.criterion.id
        for start in range(0, len(rows), self.block):
            block = Rows(rows.x[start : start + self.block], rows.y[start : start + self.block])
            plan = self._run(parameters, block)
            total += float(plan.value(criterion)) * len(block)
            outputs.append(plan.value(answer))
            right += self._right(outputs[-1], block.y)
        score = Score(total / len(rows), right / len(rows) if self._tells_classes else None)
        return score, outputs[0] if len(outputs) == 1 else np.concatenate(outputs)

    def predicted(self, outputs: np.ndarray) -> np.ndarray:
        """The class numbers (rows,) that answers stand for, NO_CLASS where an answer is not finite."""
        return loss_of(self.problem).decided(outputs)

    def numbers(self, outputs: np.ndarray) -> np.ndarray:
        """The numbers (rows, outputs) that answers stand for, in the target's own unit."""
        of = loss_of(self.problem).probability
        with np.errstate(all="ignore"):
            return self.problem.target_scale.undone(of(outputs) if of else outputs)

    def fit(self, outputs: np.ndarray, y: np.ndarray) -> Fit:
        """How near answers come to targets y as the network takes them."""
        told, true = self.numbers(outputs), self.problem.target_scale.undone(y)
        with np.errstate(all="ignore"):
            mean_error = float(np.abs(told - true).mean())
            is_alike = true.min(axis=0) == true.max(axis=0)
            # Of numbers by the largest target: the squares of large ones, and of tiny ones, are none.
            told, true = told / np.abs(true).max(), true / np.abs(true).max()
            missed, spread = np.square(told - true).sum(axis=0), np.square(true - true.mean(axis=0)).sum(axis=0)
            return Fit(mean_error, None if is_alike.any() else float(np.mean(1 - missed / spread)))

    def probabilities(self, outputs: np.ndarray) -> np.ndarray | None:
        """The probability of each class, (rows, classes); None where answers are no probabilities."""
        of = loss_of(self.problem).probability
        if of is None:
            return None
        with np.errstate(all="ignore"):
            found = of(outputs)
        return np.hstack([1 - found, found]) if found.shape[1] == 1 else found

    @property
    def _tells_classes(self) -> bool:
        return self.problem.task == "classification"

    def _right(self, outputs: np.ndarray, y: np.ndarray) -> int:
        if not self._tells_classes:
            return 0
        told = self.predicted(outputs)
        return int(np.sum((told == loss_of(self.problem).labelled(y)) & (told != NO_CLASS)))

    def _targets(self, count: int) -> np.ndarray:
        """Targets that may stand for rows of which none are known."""
        return np.repeat(training_of(self.problem).y[:1], count, axis=0)

    def _run(self, parameters: Mapping[str, np.ndarray], rows: Rows) -> Plan:
        plan = self._plan(rows)
        self.spend(forward_price(plan.graph))
        for id, numbers in parameters.items():
            plan.load(id, numbers)
        plan.load(plan.graph.data.id, rows.x)
        plan.load(plan.graph.target.id, rows.y)
        plan.run(1, plan.graph.forward_end)
        return plan

    def _plan(self, rows: Rows) -> Plan:
        """The plan for so many rows; the one that was made first is given up when there are many."""
        if len(rows) not in self.plans:
            graph = self.problem.evaluation_graph(rows.x, rows.y)
            most = min(MOST_PLANS, MOST_NUMBERS // sum(node.size for node in graph.nodes))
            while self.plans and len(self.plans) >= most:
                self.plans.pop(next(iter(self.plans)))
            self.plans[len(rows)] = Plan(graph)
        return self.plans[len(rows)]


def criterion_of(problem: Problem, graph: Graph | None = None) -> Node:
    """The node of a problem's graph that compares predictions with targets; penalties may be added to it later."""
    graph, name = graph or problem.graph, loss_of(problem).name
    return next(node for node in reversed(graph.nodes) if node.op == name)
