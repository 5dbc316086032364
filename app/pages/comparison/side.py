"""One of the two sessions compared: as far as its run is known, with what it answers there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, partial

import numpy as np

from app.nn.presets import PRESETS
from app.notation import numbers
from app.session.moment import Picture
from app.session.run import RunState
from app.views.train.answers import Answers
from app.views.train.boundary import Boundary, boundary
from app.views.train.curves import percent

SETS = ("training", "validation", "test")
FIGURES: Mapping[str, Callable[[float], str]] = {
    "loss": partial(numbers.short, significant=4),
    "accuracy": percent,
    "mean_error": partial(numbers.rounded, significant=4),
    "r2": partial(numbers.short, significant=4),
}
"""What is compared on each set of rows, and how it is written."""


@dataclass(frozen=True, eq=False)
class Side:
    """A session called `letter`; `answers` is None for an expression."""

    letter: str
    picture: Picture
    answers: Answers | None
    run: RunState | None

    @property
    def id(self) -> str:
        return self.picture.id

    @property
    def title(self) -> str:
        return self.picture.title

    @property
    def losses(self) -> np.ndarray:
        """All losses known."""
        return self.picture.known

    @property
    def count(self) -> int:
        """How many iterations are known."""
        return len(self.picture.known)

    @property
    def is_going(self) -> bool:
        """Whether its run goes on by itself just now."""
        return self.run is not None and self.run.is_going

    @cached_property
    def boundary(self) -> Boundary | None:
        """What the network answers over the plane of its two columns, if it has two."""
        return None if self.answers is None else boundary(self.picture.problem, self.answers)

    @cached_property
    def spec(self) -> dict:
        """The spec written out, without a preset's name."""
        spec = self.picture.spec
        return dict(PRESETS[spec["name"]].spec if spec["kind"] == "preset" else spec)

    def score(self, rows: str, quantity: str) -> float | None:
        """A figure of one set of rows at the newest moment, by its name in FIGURES; None where there is none."""
        if self.answers is None or rows not in self.answers.scores:
            return None
        found = self.answers.scores[rows] if quantity in ("loss", "accuracy") else self.answers.fit(rows)
        return getattr(found, quantity, None)

    def said(self, rows: str, quantity: str) -> str:
        """The same as it is read."""
        value = self.score(rows, quantity)
        return "" if value is None else FIGURES[quantity](value)

    def curve(self, name: str) -> tuple[np.ndarray, np.ndarray]:
        """A gauge, as iterations and numbers; empty where it is not measured."""
        gauges = self.picture.gauges
        if name not in gauges.columns:
            return np.empty(0, np.int64), np.empty(0)
        return gauges.iterations, gauges.column(name)

    @property
    def trains_on_fit(self) -> bool:
        """Whether the loss that is trained is that of all training rows, without dropout and penalties."""
        batches, problem = self.picture.batches, self.picture.problem
        is_whole = batches is None or batches.size is None
        return is_whole and not problem.noises and (problem.loss is None or problem.graph.loss.op == problem.loss.name)

    @property
    def fit(self) -> tuple[np.ndarray, np.ndarray]:
        """What is compared: every loss, but that of all training rows where it is another one."""
        at, values = self.curve("training.loss")
        if len(at) and not self.trains_on_fit:
            return at, values
        return np.arange(self.count), self.losses
