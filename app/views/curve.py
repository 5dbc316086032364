"""The loss curve: the losses of all finished iterations as one line, however many there are."""

import math
from dataclasses import dataclass

import numpy as np

from app.views import numbers

WIDTH, HEIGHT = 360.0, 150.0
LEFT, RIGHT, TOP, BOTTOM = 58.0, 10.0, 12.0, 24.0
BUCKETS = 300
WIDE = 100.0


@dataclass(frozen=True, slots=True)
class Tick:
    """A label on an axis, and where it stands."""

    place: float
    label: str


@dataclass(frozen=True, slots=True)
class Curve:
    """A line through the losses. `path` is empty where nothing is finished yet; `gaps` counts what is not finite."""

    width: float
    height: float
    left: float
    right: float
    top: float
    bottom: float
    path: str
    end: tuple[float, float] | None
    first: str
    last: str
    count: int
    gaps: int
    is_logarithmic: bool
    rows: tuple[Tick, ...]
    columns: tuple[Tick, ...]


def curve(losses: np.ndarray) -> Curve:
    """The curve of the losses of iterations 0, 1, 2, …; logarithmic where they span more than two powers of ten."""
    finite = np.isfinite(losses)
    kept = losses[finite]
    is_logarithmic = bool(len(kept) and kept.min() > 0 and kept.max() / kept.min() > WIDE)
    heights = np.log10(kept) if is_logarithmic else kept
    points = decimated(np.flatnonzero(finite), heights)
    low, high = span(heights)
    placed = [(place_x(at, len(losses)), place_y(height, low, high)) for at, height in points]
    return Curve(
        WIDTH, HEIGHT, LEFT, WIDTH - RIGHT, TOP, HEIGHT - BOTTOM,
        " ".join(f"{'ML'[number > 0]}{x:.1f} {y:.1f}" for number, (x, y) in enumerate(placed)),
        placed[-1] if placed else None,
        numbers.short(losses[0]) if len(losses) else "",
        numbers.short(losses[-1]) if len(losses) else "",
        len(losses), int(len(losses) - len(kept)), is_logarithmic,
        row_ticks(low, high, is_logarithmic) if placed else (),
        column_ticks(len(losses)),
    )


def decimated(places: np.ndarray, heights: np.ndarray) -> list[tuple[int, float]]:
    """The lowest and the highest point of each bucket, in order: no spike is lost."""
    if len(places) <= 2 * BUCKETS:
        return list(zip(places.tolist(), heights.tolist(), strict=True))
    kept = {0, len(places) - 1}
    for bucket in np.array_split(np.arange(len(places)), BUCKETS):
        kept |= {int(bucket[np.argmin(heights[bucket])]), int(bucket[np.argmax(heights[bucket])])}
    return [(int(places[at]), float(heights[at])) for at in sorted(kept)]


def span(heights: np.ndarray) -> tuple[float, float]:
    """The lowest and the highest of the axis; a flat line stands in the middle."""
    if not len(heights):
        return 0.0, 1.0
    low, high = float(heights.min()), float(heights.max())
    margin = (high - low) * 0.06 or abs(high) * 0.1 or 1.0
    return low - margin, high + margin


def place_x(at: int, count: int) -> float:
    return LEFT + (WIDTH - LEFT - RIGHT) * (at / (count - 1) if count > 1 else 0.5)


def place_y(height: float, low: float, high: float) -> float:
    share = (height - low) / (high - low) if math.isfinite(high - low) else 0.5
    return HEIGHT - BOTTOM - (HEIGHT - BOTTOM - TOP) * share


def row_ticks(low: float, high: float, is_logarithmic: bool) -> tuple[Tick, ...]:
    """Three labels on the axis of the loss."""
    heights = [low + (high - low) * share for share in (0.1, 0.5, 0.9)]
    return tuple(
        Tick(place_y(height, low, high), numbers.short(10**height if is_logarithmic else height, 3))
        for height in heights
    )


def column_ticks(count: int) -> tuple[Tick, ...]:
    """The first and the last iteration, and one between."""
    if not count:
        return ()
    places = sorted({0, (count - 1) // 2, count - 1}) if count > 4 else range(count)
    return tuple(Tick(place_x(at, count), str(at)) for at in places)
