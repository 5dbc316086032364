"""Where one number's gradient comes from, and whether central differences agree."""

from __future__ import annotations

from dataclasses import dataclass, field

from app.engine.check import ParameterCheck
from app.engine.explain import Terms


@dataclass(frozen=True, slots=True)
class Explanation:
    """One number, its gradient, the terms that sum to it, and a second opinion; None is not computed, or not there.

    `agrees` allows for rounding: the relative error of a tiny gradient is mostly that. At a kink (`is_kink`) the slopes
    on the two sides differ, and no difference can say which one is meant.
    """

    id: str
    index: tuple[int, ...]
    value: float | None
    gradient: float | None
    terms: Terms = field(default_factory=Terms)
    numeric_gradient: float | None = None
    relative_error: float | None = None
    agrees: bool | None = None
    is_kink: bool = False


@dataclass(frozen=True, slots=True)
class CheckReport:
    """Every parameter's gradient against central differences."""

    parameters: tuple[ParameterCheck, ...]

    @property
    def ok(self) -> bool:
        return all(parameter.ok for parameter in self.parameters)
