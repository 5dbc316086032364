"""What a view may ask of the service: questions about the very moment shown, none that would change it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np

from app.nn.evaluation import Evaluator
from app.session.explanation import CheckReport, Explanation
from app.session.moment import Picture
from app.session.nudge import Nudge
from app.session.run import RunState
from app.session.service import Sessions
from app.session.update import Update
from app.session.way import Way

Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class Reading:
    """Questions about one version of one session. Each raises Conflict where somebody has changed it since."""

    sessions: Sessions
    id: str
    version: int

    @classmethod
    def of(cls, sessions: Sessions, picture: Picture) -> Reading:
        """Questions about a picture."""
        return cls(sessions, picture.id, picture.version)

    def explain(self, node: str, index: Any = (), is_checked: bool = False) -> Explanation:
        """Where one number comes from."""
        return self.sessions.explain(self.id, node, index, is_checked, self.version)

    def update_of(self, node: str, index: Any = ()) -> Update:
        """How the optimizer moves one number of a parameter."""
        return self.sessions.update_of(self.id, node, index, self.version)

    def check(self, most: int | None = None) -> CheckReport:
        """Every parameter's gradient against central differences, at most about so many numbers."""
        return self.sessions.check(self.id, self.version, most)

    def evaluate(self, work: Callable[[Evaluator], Found]) -> Found:
        """What `work` finds out with the network on other rows, in buffers of its own."""
        return self.sessions.evaluate(self.id, work, self.version)

    def past(self, count: int) -> list[tuple[int, Mapping[str, np.ndarray]]]:
        """The parameters at the start of at most so many iterations, in order, the first known and the last of them."""
        return self.sessions.past(self.id, count, self.version)

    def way(self, until: int, count: int) -> Way:
        """The parameters at the start of so many iterations from the first to `until`, or of fewer."""
        return self.sessions.way(self.id, until, count, self.version)

    def gradients(self, iterations: Sequence[int]) -> Way:
        """The gradients of some iterations, each of its own batch, by parameter; perhaps of the last ones only."""
        return self.sessions.gradients(self.id, iterations, self.version)

    @property
    def max_work(self) -> int:
        """Elements and products that one request may compute."""
        return self.sessions.max_work

    def run(self) -> RunState | None:
        """The run that is going on, or the last one."""
        return self.sessions.run_of(self.id)

    def nudge(self, node: str, index: Any = (), by: float | None = None, zoom: float = 1.0) -> Nudge:
        """One number moved: the true change of the loss beside the one its gradient predicts."""
        return self.sessions.nudge(self.id, node, index, by, self.version, zoom)
