"""What the network answers at the moment shown: to the rows there are, and to all points of the plane they lie in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from app.nn.evaluation import Evaluator, Fit, Score
from app.nn.problem import Problem
from app.nn.supply.rows import Rows
from app.session.moment import Picture
from app.views.train.points import spread
from app.views.train.window import Window, window

FINE, COARSE, LINE = 64, 32, 256
MOST_PRODUCTS = 40_000_000
"""Of weights and rows, in one pass: beyond, the grid is coarser, and of very many rows some are looked at."""


@dataclass(frozen=True, slots=True, eq=False)
class Plane:
    """The answers (side², outputs) to a grid of raw inputs, and the values of units there by their nodes' ids.

    With one column of inputs, the grid is a line.
    """

    window: Window
    side: int
    raw: np.ndarray
    x: np.ndarray
    values: Mapping[str, np.ndarray]
    outputs: np.ndarray


@dataclass(frozen=True, slots=True, eq=False)
class Answers:
    """Loss and accuracy of each set of rows, what is answered to its rows, and to the plane where there is one.

    `sets` are the rows looked at, `raw` the same as they came; of all the rows there are, `left_out` are not.
    """

    evaluator: Evaluator
    sets: Mapping[str, Rows]
    raw: Mapping[str, np.ndarray]
    left_out: int
    scores: Mapping[str, Score]
    outputs: Mapping[str, np.ndarray]
    plane: Plane | None

    def predicted(self, rows: str) -> np.ndarray:
        """The class numbers told for the rows of a set."""
        return self.evaluator.predicted(self.outputs[rows])

    def fit(self, rows: str) -> Fit | None:
        """How near the numbers told for the rows of a set come; None where classes are told."""
        is_regression = self.evaluator.problem.task == "regression"
        return self.evaluator.fit(self.outputs[rows], self.sets[rows].y) if is_regression else None

    def unanswered(self, rows: str) -> int:
        """How many rows of a set have no answer, because what the network gives for them is not finite."""
        return int((~np.isfinite(self.outputs[rows]).all(axis=1)).sum())


def ask(evaluator: Evaluator, picture: Picture, units: tuple[str, ...]) -> Answers:
    """All that the pictures need, in one go."""
    parameters, problem = picture.parameters_now, picture.problem
    raw, whole = raw_now(picture), {**problem.sets, "training": picture.training}
    kept = {name: spread(len(rows), most_rows(problem)) for name, rows in whole.items()}
    sets = {name: Rows(rows.x[kept[name]], rows.y[kept[name]]) for name, rows in whole.items()}
    with np.errstate(all="ignore"):
        examined = {name: evaluator.examine(parameters, rows) for name, rows in sets.items()}
        return Answers(
            evaluator=evaluator,
            sets=sets,
            raw={name: raw[name][kept[name]] for name in sets},
            left_out=sum(len(rows) for rows in problem.sets.values()) - sum(len(rows) for rows in sets.values()),
            scores={name: score for name, (score, _) in examined.items()},
            outputs={name: outputs for name, (_, outputs) in examined.items()},
            plane=plane_of(evaluator, parameters, problem, units, raw) if has_plane(problem) else None,
        )


def raw_now(picture: Picture) -> Mapping[str, np.ndarray]:
    """The rows of each set as they came; where inputs were edited, those that would be prepared so."""
    problem, edited = picture.problem, picture.training.x
    if problem.preparation.features or np.array_equal(edited, problem.training.x):
        return problem.raw
    return {**problem.raw, "training": problem.preparation.undone(edited)}


def has_plane(problem: Problem) -> bool:
    """Whether all that the net is told of a row is one number, or two."""
    return problem.preparation is not None and len(problem.preparation.columns) in (1, 2)


def plane_of(
    evaluator: Evaluator,
    parameters: Mapping[str, np.ndarray],
    problem: Problem,
    units: tuple[str, ...],
    raw_rows: Mapping[str, np.ndarray],
) -> Plane:
    """The answers to a grid over the window on the raw rows."""
    rows = np.concatenate(list(raw_rows.values()))
    is_line = rows.shape[1] == 1
    view = window(np.repeat(rows, 2, axis=1) if is_line else rows)
    side = side_of(problem)
    raw = np.linspace(view.across.low, view.across.high, LINE)[:, None] if is_line else view.grid(side)
    x = problem.preparation.prepare(raw)
    answer = evaluator.criterion.inputs[0]
    values = evaluator.values(parameters, x, dict.fromkeys((*units, answer)))
    return Plane(window=view, side=LINE if is_line else side, raw=raw, x=x, values=values, outputs=values[answer])


def side_of(problem: Problem) -> int:
    """How fine the grid is: coarser for a large net, so that a picture of it is still quick."""
    return FINE if most_rows(problem) >= FINE * FINE else COARSE


def most_rows(problem: Problem) -> int:
    """How many rows one pass over them may have."""
    return max(COARSE * COARSE, MOST_PRODUCTS // sum(problem.graph[id].size for id in problem.parameters))
