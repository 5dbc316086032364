"""Axes of the pictures of training: places in percent of a plot, and labels at round numbers."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from app.views import numbers
from app.views.curve import round_numbers, widened

SPANS_DECADES = 100.0
FAR = 5


@dataclass(frozen=True, slots=True)
class Tick:
    """A label on an axis, and where it stands, in percent from the left or from the top."""

    place: float
    label: str


@dataclass(frozen=True, slots=True)
class Axis:
    """From `low` to `high`; both are logarithms where the axis `is_logarithmic`. `is_upward` puts low at the bottom."""

    low: float
    high: float
    is_logarithmic: bool = False
    is_upward: bool = False

    def places(self, found: np.ndarray) -> np.ndarray:
        """Where numbers stand, in percent."""
        heights = np.log10(found) if self.is_logarithmic else np.asarray(found, np.float64)
        shares = (heights - self.low) / (self.high - self.low) if self.high > self.low else np.full(len(heights), 0.5)
        return 100 * (1 - shares if self.is_upward else shares)

    def place(self, number: float) -> float:
        """Where one number stands."""
        return float(self.places(np.array([number]))[0])

    def ticks(self, most: int = 4, say: Callable[[float], str] = numbers.short) -> tuple[Tick, ...]:
        """Labels at round numbers; on a logarithmic axis at powers of ten, if there are two."""
        labels = {say(number): self.place(number) for number in self._round(most)}
        return tuple(Tick(round(place, 2), label) for label, place in labels.items() if math.isfinite(place))

    def _round(self, most: int) -> list[float]:
        if not self.is_logarithmic:
            return round_numbers(self.low, self.high, most)
        powers = range(math.ceil(self.low), math.floor(self.high) + 1)
        if len(powers) < 2:
            return [number for number in round_numbers(10**self.low, 10**self.high, most) if number > 0]
        return [10.0**power for power in powers if power % math.ceil(len(powers) / FAR) == 0]


def upward(found: np.ndarray) -> Axis:
    """The axis on which finite numbers stand, logarithmic where they span more than two powers of ten."""
    if not len(found):
        return Axis(0.0, 1.0, is_upward=True)
    low, high = float(found.min()), float(found.max())
    is_logarithmic = low > 0 and high / low > SPANS_DECADES
    ends = (math.log10(low), math.log10(high)) if is_logarithmic else (low, high)
    return Axis(*widened(*ends), is_logarithmic, is_upward=True)


def along(last: int) -> Axis:
    """The axis of iterations 0 to `last`."""
    return Axis(0.0, float(last)) if last else Axis(-0.5, 0.5)


def whole(number: float) -> str:
    """A label of an axis that counts: nothing between two whole numbers is one."""
    return str(round(number))


def path(across: np.ndarray, down: np.ndarray) -> str:
    """A line through places in percent, as an SVG path."""
    return "M" + "L".join([f"{x:.2f} {y:.2f}" for x, y in zip(across.tolist(), down.tolist(), strict=True)])
