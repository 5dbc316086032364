"""Histograms one behind the other on one axis: the oldest at the back, the newest in front.

Exact zeros are counted apart, and so is what is not finite: neither is a number near 0.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from app.notation import numbers
from app.plots.axes import Axis, Tick, roomy

BINS = 44
WIDTH, LEFT, RIGHT, WITH_ZEROS, TOP, BOTTOM = 330.0, 8.0, 42.0, 84.0, 6.0, 22.0
HEIGHT, STEP = 34.0, 8.5
ZEROS = 26.0
"""How long the bar of zeros is where all numbers are."""
BETWEEN = 14.0
LEAST_LABEL = 13.0
MOST_TICKS = 4


@dataclass(frozen=True, slots=True, eq=False)
class Crowd:
    """Many numbers in brief: how many fell into each bin, how many are exactly 0, not finite, beyond the axis."""

    label: str
    counts: np.ndarray
    size: int
    zeros: int
    odd: int
    beyond: int
    deviation: float | None


@dataclass(frozen=True, slots=True)
class Ridge:
    """One histogram as drawn: the area's path, the bar of zeros, its label if there is room."""

    path: str
    base: float
    zeros: float
    label: str
    is_last: bool


@dataclass(frozen=True, slots=True)
class Ridges:
    """Histograms on one axis; those at the back come first."""

    width: float
    height: float
    left: float
    right: float
    bottom: float
    ridges: tuple[Ridge, ...]
    ticks: tuple[Tick, ...]
    zero: float | None
    has_zeros: bool
    zeros_at: float


def crowd(label: str, found: np.ndarray, low: float, high: float) -> Crowd:
    """Numbers counted in bins from `low` to `high`."""
    found = np.asarray(found, dtype=np.float64).ravel()
    finite = found[np.isfinite(found)]
    kept = finite[finite != 0]
    inside = kept[(kept >= low) & (kept <= high)]
    # By their places: NumPy makes no bins that are narrower than two numbers are apart, or wider than any number.
    counts = np.histogram(Axis(low, high).places(inside), BINS, (0.0, 100.0))[0]
    # By the largest, since the squares of large numbers are none.
    largest = float(np.abs(finite).max(initial=0.0)) or 1.0
    deviation = largest * float((finite / largest).std()) if finite.size else None
    return Crowd(
        label=label,
        counts=counts,
        size=found.size,
        zeros=int(np.sum(found == 0)),
        odd=int(found.size - finite.size),
        beyond=int(kept.size - inside.size),
        deviation=deviation,
    )


def reach(groups: Sequence[np.ndarray]) -> tuple[float, float]:
    """The axis that holds all finite numbers of several groups; one number stands in the middle of it."""
    parts = [part[np.isfinite(part)] for part in (np.ravel(group) for group in groups)]
    every = np.concatenate([*parts, np.empty(0)])
    if not every.size:
        return -1.0, 1.0
    low, high = float(every.min()), float(every.max())
    return roomy(low, high, (high - low) * 0.02 or abs(high) * 0.5 or 1.0)


def ridges(crowds: Sequence[Crowd], low: float, high: float, step: float = STEP) -> Ridges:
    """The drawing; each ridge is as high as the others, so that its form shows however many numbers it has."""
    has_zeros = any(one.zeros for one in crowds)
    right = WIDTH - (WITH_ZEROS if has_zeros else RIGHT)
    axis, labelled, drawn = Axis(low, high, LEFT, right), labels(crowds, step), []
    for number, one in enumerate(crowds):
        base = TOP + HEIGHT + step * number
        zeros = ZEROS * one.zeros / one.size if one.size else 0.0
        drawn.append(Ridge(area(one.counts, base, right), base, round(zeros, 1), labelled[number], one is crowds[-1]))
    bottom = TOP + HEIGHT + step * max(len(crowds) - 1, 0)
    zero = round(axis.place(0.0), 1) if low < 0 < high else None
    return Ridges(
        width=WIDTH,
        height=bottom + BOTTOM,
        left=LEFT,
        right=right,
        bottom=bottom,
        ridges=tuple(drawn),
        ticks=axis.ticks(MOST_TICKS, lambda number: numbers.short(number, 3)),
        zero=zero,
        has_zeros=has_zeros,
        zeros_at=right + BETWEEN,
    )


def labels(crowds: Sequence[Crowd], step: float) -> list[str]:
    """The labels for which there is room, from the front: the last one always."""
    kept, last = [""] * len(crowds), math.inf
    for number in reversed(range(len(crowds))):
        if last - number * step >= LEAST_LABEL:
            kept[number], last = crowds[number].label, number * step
    return kept


def area(counts: np.ndarray, base: float, right: float) -> str:
    """The outline of a histogram as an SVG path: a mountain, without the plain around it."""
    if not counts.any():
        return ""
    middles = LEFT + (right - LEFT) * (np.arange(BINS) + 0.5) / BINS
    # A light smoothing takes the noise off without moving a mountain: each bin with half of its neighbours.
    padded = np.concatenate([[0.0], counts / counts.max(), [0.0]])
    smooth = 0.5 * padded[1:-1] + 0.25 * (padded[:-2] + padded[2:])
    risen = np.flatnonzero(smooth)
    kept = slice(max(risen[0] - 1, 0), risen[-1] + 2)
    heights = base - HEIGHT * smooth / smooth.max()
    line = "L".join(f"{x:.1f} {y:.1f}" for x, y in zip(middles[kept].tolist(), heights[kept].tolist(), strict=True))
    return f"M{middles[kept][0]:.1f} {base}L{line}L{middles[kept][-1]:.1f} {base}"
