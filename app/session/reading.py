"""What a view may ask of the service: questions about the very moment shown, none that would change it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from app.nn.evaluation import Evaluator
from app.session.explanation import CheckReport, Explanation
from app.session.moment import Picture
from app.session.nudge import Nudge
from app.session.service import Sessions
from app.session.update import Update

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

    def nudge(self, node: str, index: Any = (), by: float | None = None, zoom: float = 1.0) -> Nudge:
        """One number moved: the true change of the loss beside the one its gradient predicts."""
        return self.sessions.nudge(self.id, node, index, by, self.version, zoom)
