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
    """A line through the losses. `path` is empty where nothing is finished yet; `gaps` counts what is not finite.

    `end` is the newest loss, or that of the moment shown; `now` where that moment is, across.
    """

    width: float
    height: float
    left: float
    right: float
    top: float
    bottom: float
    path: str
    end: tuple[float, float] | None
    now: float | None
    first: str
    last: str
    count: int
    gaps: int
    is_logarithmic: bool
    rows: tuple[Tick, ...]
    columns: tuple[Tick, ...]


def curve(losses: np.ndarray, iteration: int | None = None) -> Curve:
    """The curve of the losses of iterations 0, 1, 2, …; logarithmic where they span more than two powers of ten.

    With `iteration`, the moment shown is marked; it may be the one after them.
    """
    finite = np.isfinite(losses)
    kept = losses[finite]
    is_logarithmic = bool(len(kept) and kept.min() > 0 and kept.max() / kept.min() > WIDE)
    heights = np.log10(kept) if is_logarithmic else kept
    points = decimated(np.flatnonzero(finite), heights)
    low, high = span(heights)
    placed = [(place_x(at, len(losses)), place_y(height, low, high)) for at, height in points]
    return Curve(
        WIDTH,
        HEIGHT,
        LEFT,
        WIDTH - RIGHT,
        TOP,
        HEIGHT - BOTTOM,
        " ".join(f"{'ML'[number > 0]}{x:.1f} {y:.1f}" for number, (x, y) in enumerate(placed)),
        end_of(placed, losses, iteration, (low, high), is_logarithmic),
        None if iteration is None or not placed else place_x(min(iteration, len(losses) - 1), len(losses)),
        numbers.short(losses[0]) if len(losses) else "",
        numbers.short(losses[-1]) if len(losses) else "",
        len(losses),
        int(len(losses) - len(kept)),
        is_logarithmic,
        row_ticks(low, high, is_logarithmic) if placed else (),
        column_ticks(len(losses)),
    )


def end_of(
    placed: list[tuple[float, float]],
    losses: np.ndarray,
    iteration: int | None,
    ends: tuple[float, float],
    is_logarithmic: bool,
) -> tuple[float, float] | None:
    """Where the dot stands: on the loss of an iteration, else on the newest; nowhere if that is not finite."""
    if not placed or iteration is None or iteration >= len(losses):
        return placed[-1] if placed else None
    loss = float(losses[iteration])
    if not math.isfinite(loss):
        return None
    return place_x(iteration, len(losses)), place_y(math.log10(loss) if is_logarithmic else loss, *ends)


def decimated(places: np.ndarray, heights: np.ndarray) -> list[tuple[int, float]]:
    """The lowest and the highest point of each bucket, in order: no spike is lost.

    Buckets are powers of two long, so that a curve that grows stays as it is where it has been.
    """
    if len(places) <= 2 * BUCKETS:
        return list(zip(places.tolist(), heights.tolist(), strict=True))
    size = 1 << math.ceil(math.log2(len(places) / BUCKETS))
    # The last bucket is filled up with its last number.
    rows = np.pad(heights, (0, -len(heights) % size), mode="edge").reshape(-1, size)
    starts = np.arange(len(rows)) * size
    kept = np.concatenate([[0, len(places) - 1], starts + rows.argmin(axis=1), starts + rows.argmax(axis=1)])
    kept = np.unique(kept.clip(max=len(places) - 1))
    return list(zip(places[kept].tolist(), heights[kept].tolist(), strict=True))


def span(heights: np.ndarray) -> tuple[float, float]:
    """The lowest and the highest of the axis."""
    return widened(float(heights.min()), float(heights.max())) if len(heights) else (0.0, 1.0)


def widened(low: float, high: float) -> tuple[float, float]:
    """An axis that reaches a little further than what is drawn; a flat line stands in the middle."""
    margin = (high - low) * 0.06 or abs(high) * 0.1 or 1.0
    return low - margin, high + margin


def place_x(at: int, count: int) -> float:
    return LEFT + (WIDTH - LEFT - RIGHT) * (at / (count - 1) if count > 1 else 0.5)


def place_y(height: float, low: float, high: float) -> float:
    share = (height - low) / (high - low) if math.isfinite(high - low) else 0.5
    return HEIGHT - BOTTOM - (HEIGHT - BOTTOM - TOP) * share


def row_ticks(low: float, high: float, is_logarithmic: bool) -> tuple[Tick, ...]:
    """Labels on the axis of the loss at round numbers; on a logarithmic one at powers of ten, if there are two."""
    if is_logarithmic and math.floor(high) > math.ceil(low):
        heights = [height for height in round_numbers(low, high, 4) if height == round(height)]
    elif is_logarithmic:
        heights = [math.log10(loss) for loss in round_numbers(10**low, 10**high, 4) if loss > 0]
    else:
        heights = round_numbers(low, high, 4)
    # Where a curve is all but flat, several heights may have one label.
    labels = {numbers.short(10**height if is_logarithmic else height): height for height in heights}
    return tuple(Tick(place_y(height, low, high), label) for label, height in labels.items() if math.isfinite(height))


def column_ticks(count: int) -> tuple[Tick, ...]:
    """Round numbers among the iterations."""
    if not count:
        return ()
    places = [round(at) for at in round_numbers(0, count - 1, 4) if at == round(at)] if count > 1 else [0]
    return tuple(Tick(place_x(at, count), str(at)) for at in places)


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
