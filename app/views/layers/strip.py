"""The gradients of all layers side by side on a logarithmic scale: whether they vanish or explode on the way back."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from app.notation import numbers

FEWEST = 5
HEIGHT, TOP, BOTTOM = 92.0, 8.0, 74.0
MOST_LABELS = 14
MOST_TICKS = 4


@dataclass(frozen=True, slots=True)
class Stem:
    """One layer: where it stands (percent of the width), and how high. `state` is known, pending, zero or odd."""

    number: int
    x: str
    y: float
    norm: str
    state: str
    has_label: bool


@dataclass(frozen=True, slots=True)
class FlowStrip:
    """`ticks` are the powers of ten with their heights. `ratio` compares the first layer with the last one."""

    height: float
    bottom: float
    stems: tuple[Stem, ...]
    ticks: tuple[tuple[float, str], ...]
    ratio: str


def flow_strip(norms: Sequence[tuple[int, float | None]]) -> FlowStrip | None:
    """(layer, norm of its weights' gradient) as stems; None for small networks, whose cards say it."""
    if len(norms) < FEWEST:
        return None
    low, high = decades([norm for _, norm in norms])
    every = math.ceil(len(norms) / MOST_LABELS)
    stems = tuple(
        Stem(
            number=number,
            x=f"{(place + 0.5) / len(norms):.3%}",
            y=height(norm, low, high),
            norm="" if norm is None else numbers.short(norm, 3),
            state=state_of(norm),
            has_label=place % every == 0 or place == len(norms) - 1,
        )
        for place, (number, norm) in enumerate(norms)
    )
    step = math.ceil((high - low) / MOST_TICKS)
    ticks = tuple((height(10.0**power, low, high), tick(power)) for power in range(low, high + 1, step))
    return FlowStrip(HEIGHT, BOTTOM, stems, ticks, ratio([norm for _, norm in norms]))


def decades(norms: Sequence[float | None]) -> tuple[int, int]:
    """The powers of ten between which all norms lie, at least two apart."""
    logarithms = [math.log10(norm) for norm in norms if norm and math.isfinite(norm)]
    if not logarithms:
        return -2, 0
    low, high = math.floor(min(logarithms)), math.ceil(max(logarithms))
    return min(low, high - 2), high


def height(norm: float | None, low: int, high: int) -> float:
    """Where a norm lies between the bottom and the top, in pixels from above."""
    if not norm or not math.isfinite(norm):
        return BOTTOM
    share = (math.log10(norm) - low) / (high - low)
    return round(BOTTOM - share * (BOTTOM - TOP), 1)


def state_of(norm: float | None) -> str:
    """Whether there is a norm to draw."""
    if norm is None:
        return "pending"
    return "odd" if not math.isfinite(norm) else "known" if norm else "zero"


def tick(power: int) -> str:
    """A power of ten in few letters."""
    return numbers.typeset(f"{10.0**power:g}") if -3 <= power <= 3 else numbers.typeset(f"1e{power}")


def ratio(norms: Sequence[float | None]) -> str:
    """How many times the first layer's norm is the last one's; nothing where that cannot be told."""
    first, last = norms[0], norms[-1]
    if not first or not last or not math.isfinite(first) or not math.isfinite(last):
        return ""
    return numbers.short(first / last, 3)
