"""One number moved by hand: what its gradient predicts of the loss, and what the loss truly does."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from app.engine.check import EPSILON, Probe
from app.engine.formula import Index

ZOOMS = (0.01, 0.1, 1.0, 10.0)
"""How much closer or further than usual the loss can be looked at."""
POINTS = 61
"""Losses that one curve is made of; an odd count, so that the number as it is stands in the middle."""
LADDER = 4
"""Steps that are tried: the one asked for, a tenth of it, a hundredth, a thousandth."""
FURTHEST = 1e300
"""Beyond this no number is moved: it would leave the range of floating point."""


@dataclass(frozen=True, slots=True)
class Step:
    """A number moved `by` so much, the loss it leads to, and that loss's change: predicted, and true.

    `predicted` is gradient × by, `error` the true change less the predicted one, which is what the tangent leaves out;
    both are None without a gradient. `noise` bounds how much of the error may be rounding.
    """

    by: float
    loss: float
    predicted: float | None
    true: float
    error: float | None
    noise: float

    @property
    def is_exact(self) -> bool:
        """Whether the prediction is right up to rounding."""
        return self.error is not None and math.isfinite(self.error) and abs(self.error) <= self.noise


@dataclass(frozen=True, slots=True, eq=False)
class LossCurve:
    """The loss for a range of one number, everything else as it is; both (points,), the number itself in the middle."""

    numbers: np.ndarray
    losses: np.ndarray


def reach_of(number: float, zoom: float) -> float:
    """How far to either side a number is looked at: about as far as it is large, at least 1, times the zoom; round."""
    size = max(1.0, abs(number))
    power = 10.0 ** math.floor(math.log10(size))
    unit = next(power * factor for factor in (5.0, 2.0, 1.0) if power * factor <= size or factor == 1.0)
    return min(unit * zoom, FURTHEST)


def steps(probe: Probe, id: str, index: Index, by: float, slope: float | None) -> tuple[Step, ...]:
    """The step asked for and smaller ones, each ten times as short as the one before."""
    number, before = float(probe.plan.value(id)[index]), probe.loss
    lengths = [by / 10.0**rung for rung in range(LADDER)]
    losses = probe.losses(id, index, [number + length for length in lengths])
    return tuple(
        _step(number, before, length, loss, slope) for length, loss in zip(lengths, losses.tolist(), strict=True)
    )


def _step(number: float, before: float, by: float, after: float, slope: float | None) -> Step:
    predicted, true = None if slope is None else slope * by, after - before
    # x + h is itself rounded, so the number moves by a little more or less than h.
    noise = 4 * EPSILON * (max(abs(before), abs(after)) + abs(number) * abs(slope or 0.0))
    return Step(
        by=by,
        loss=after,
        predicted=predicted,
        true=true,
        error=None if predicted is None else true - predicted,
        noise=noise,
    )


def loss_curve(probe: Probe, id: str, index: Index, reach: float) -> LossCurve:
    """The loss from `reach` below a number to `reach` above it."""
    largest = np.finfo(np.float64).max
    with np.errstate(over="ignore"):
        numbers = float(probe.plan.value(id)[index]) + reach * np.linspace(-1.0, 1.0, POINTS)
    numbers = np.clip(numbers, -largest, largest)
    return LossCurve(numbers, probe.losses(id, index, numbers.tolist()))


def shrinks_squared(found: Sequence[Step]) -> bool | None:
    """Whether a tenth of the step makes about a hundredth of the error; None where too few errors exceed rounding."""
    errors = [abs(step.error) for step in found if step.error is not None and abs(step.error) > 30 * step.noise]
    if len(errors) < 2 or not all(map(math.isfinite, errors)):
        return None
    # The smallest steps tell: a large one may be beyond the next bend. At a kink a tenth makes a tenth.
    return errors[-1] < 0.04 * errors[-2]
