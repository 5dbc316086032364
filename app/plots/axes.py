"""Axes of plots: where numbers stand on them, in percent or in the units of a picture, and labels at round numbers."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from app.notation import numbers

SPANS_DECADES = 100.0
MOST_POWERS = 5
LARGEST = sys.float_info.max
LARGEST_POWER = math.log10(LARGEST / 2)


@dataclass(frozen=True, slots=True)
class Tick:
    """A label on an axis, and where it stands."""

    place: float
    label: str


@dataclass(frozen=True, slots=True)
class Axis:
    """The numbers from `low` to `high`, drawn from `start` to `end`: percents from the left unless it is said.

    Both are powers of ten where the axis `is_logarithmic`. One that `is_counting` has labels at whole numbers only.
    """

    low: float
    high: float
    start: float = 0.0
    end: float = 100.0
    is_logarithmic: bool = False
    is_counting: bool = False

    def places(self, found: np.ndarray) -> np.ndarray:
        """Where numbers stand; all of them in the middle of an axis without length."""
        heights = np.log10(found) if self.is_logarithmic else np.asarray(found, np.float64)
        # Halves, so that an axis as long as there are numbers has a length that is one, too; half of the least is none.
        scale = 1.0 if math.isfinite(self.high - self.low) else 0.5
        low, length = self.low * scale, self.high * scale - self.low * scale
        shares = (heights * scale - low) / length if length > 0 else np.full(heights.shape, 0.5)
        return self.start + (self.end - self.start) * shares

    def place(self, number: float) -> float:
        """Where one number stands."""
        return float(self.places(np.array([number]))[0])

    def holds(self, number: float) -> bool:
        """Whether a number of an axis that is not logarithmic stands between its ends."""
        return bool(self.low <= number <= self.high)

    def ticks(self, most: int = 4, say: Callable[[float], str] = numbers.short) -> tuple[Tick, ...]:
        """Labels at round numbers; on a logarithmic axis at powers of ten, if there are two."""
        # Where an axis is short, several numbers may have one label.
        said = str if self.is_counting else say
        labels = {said(number): self.place(number) for number in self._round(most)}
        return tuple(Tick(round(place, 2), label) for label, place in labels.items() if math.isfinite(place))

    def _round(self, most: int) -> list[float]:
        if self.is_counting:
            return [round(number) for number in round_numbers(self.low, self.high, most) if number == round(number)]
        if not self.is_logarithmic:
            return round_numbers(self.low, self.high, most)
        # The margin may reach beyond the largest number there is.
        high = min(self.high, LARGEST_POWER)
        powers = range(math.ceil(self.low), math.floor(high) + 1)
        if len(powers) < 2:
            return [number for number in round_numbers(10**self.low, 10**high, most) if number > 0]
        return [10.0**power for power in powers if power % math.ceil(len(powers) / MOST_POWERS) == 0]


def upward(found: np.ndarray, start: float = 100.0, end: float = 0.0) -> Axis:
    """The axis on which finite numbers stand, logarithmic where they span more than two powers of ten."""
    if not len(found):
        return Axis(0.0, 1.0, start, end)
    low, high = float(found.min()), float(found.max())
    is_logarithmic = low > 0 and high / low > SPANS_DECADES
    ends = (math.log10(low), math.log10(high)) if is_logarithmic else (low, high)
    return Axis(*widened(*ends), start, end, is_logarithmic)


def along(last: int, start: float = 0.0, end: float = 100.0) -> Axis:
    """The axis of iterations 0 to `last`."""
    low, high = (0.0, float(last)) if last else (-0.5, 0.5)
    return Axis(low, high, start, end, is_counting=True)


def widened(low: float, high: float) -> tuple[float, float]:
    """An axis that reaches a little further than what is drawn; a flat line stands in the middle."""
    return roomy(low, high, (high / 2 - low / 2) * 0.12 or abs(high) * 0.1 or 1.0)


def roomy(low: float, high: float, room: float) -> tuple[float, float]:
    """An axis with some room at both ends, as far as there are numbers."""
    return max(low - room, -LARGEST), min(high + room, LARGEST)


def round_numbers(low: float, high: float, most: int) -> list[float]:
    """About so many multiples of 1, 2 or 5 times a power of ten from low to high; the ends where there can be none."""
    rough = high / most - low / most
    if not 1e-300 < rough < math.inf:
        return [low, high]
    power = math.floor(math.log10(rough))
    factor = next(factor for factor in (1, 2, 5, 10) if factor * 10.0**power >= rough * (1 - 1e-9))
    step = factor * 10.0**power
    # Dividing by a power of ten keeps 3 × 0.1 from being 0.30000000000000004.
    scale = 10.0**-power if -300 < power < 0 else 0.0
    return [
        number * factor / scale if scale else number * step
        for number in range(math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9) + 1)
    ]


def path(across: np.ndarray, down: np.ndarray) -> str:
    """A line through places as an SVG path; empty where there is none."""
    pairs = [f"{x:.2f} {y:.2f}" for x, y in zip(across.tolist(), down.tolist(), strict=True)]
    return "M" + "L".join(pairs) if pairs else ""
