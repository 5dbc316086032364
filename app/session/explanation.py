"""Where one number's gradient comes from, and whether central differences agree."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from app.engine.check import Comparison, ParameterCheck
from app.engine.explain import Terms
from app.engine.plan import Snapshot
from app.session.moment import Picture


@dataclass(frozen=True, slots=True)
class Explanation:
    """One number, its gradient, the terms that sum to it, and a second opinion; None is not computed, or not there.

    `second` allows for rounding: the relative error of a tiny gradient is mostly that. At a kink the slopes on the two
    sides differ, and no difference can say which one is meant. `before` is the iteration with the numbers of its
    forward pass: after an update, those of before it. `read` is what the backward pass found when it came to this
    number: in sequential order, parameters that were reached before it have moved.
    """

    id: str
    index: tuple[int, ...]
    value: float | None
    gradient: float | None
    terms: Terms = field(default_factory=Terms)
    second: Comparison | None = None
    before: Picture | None = None
    read: Snapshot | None = None

    @property
    def _began(self) -> Snapshot:
        if self.before is None:
            raise TypeError(f"of {self.id} nothing is known but its id")
        return self.before.snapshot

    def values(self, id: str) -> np.ndarray:
        """A node's numbers as the forward pass had them."""
        return self._began.value(id)

    @property
    def has_moved(self) -> bool:
        """Whether some parameter had moved when the backward pass came to this number."""
        return self.read is not None and self.read is not self._began

    def arguments(self, id: str) -> np.ndarray:
        """A node's numbers as the local derivatives of this number have them."""
        return (self.read or self._began).value(id)

    def gradients(self, id: str) -> np.ndarray:
        """A node's gradient; whether it is computed yet is for the picture to say."""
        return self._began.gradient(id)


@dataclass(frozen=True, slots=True)
class CheckReport:
    """Every parameter's gradient against central differences; `first_non_finite` is a node that leaves none to take."""

    parameters: tuple[ParameterCheck, ...]
    first_non_finite: str | None = None

    @property
    def ok(self) -> bool:
        return all(parameter.ok for parameter in self.parameters)
