"""Rows of the data as marks in a square of 100 × 100: a form and a colour for each class, hollow where held out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

FORMS = {
    "dot": "m-1.15 0a1.15 1.15 0 1 0 2.3 0a1.15 1.15 0 1 0-2.3 0z",
    "square": "m-1-1h2v2h-2z",
    "triangle": "m0-1.4l1.3 2.25h-2.6z",
    "diamond": "m0-1.45l1.45 1.45-1.45 1.45-1.45-1.45z",
    "plus": "m-.45-1.3h.9v.85h.85v.9h-.85v.85h-.9v-.85h-.85v-.9h.85z",
    "cross": "m-1.2-.6l.6-.6.6.6.6-.6.6.6-.6.6.6.6-.6.6-.6-.6-.6.6-.6-.6.6-.6z",
}
"""The marks of classes in order, each a closed path from its middle."""
RING = "m-2.1 0a2.1 2.1 0 1 0 4.2 0a2.1 2.1 0 1 0-4.2 0z"
MOST_MARKS = 400
LEVELS = 4


@dataclass(frozen=True, slots=True)
class Marks:
    """All marks of one class, or of one level of the target, in one set of rows, as one path."""

    rows: str
    colour: str
    path: str


@dataclass(frozen=True, slots=True)
class Mark:
    """What stands for a class in the legend."""

    colour: str
    path: str
    title: str


def marks(rows: str, places: np.ndarray, numbers: np.ndarray, are_levels: bool = False) -> tuple[Marks, ...]:
    """Marks at places (rows, 2) of the square, by class number, or by level from −4 to 4; NaN is neither."""
    return tuple(
        Marks(rows, colour_of(number, are_levels), stamped(places[numbers == number], form_of(number, are_levels)))
        for number in np.unique(numbers[np.isfinite(numbers)]).astype(int).tolist()
    )


def stamped(places: Iterable[Iterable[float]], form: str) -> str:
    """One form at many places."""
    return "".join([f"M{x:.1f} {y:.1f}{form}" for x, y in np.asarray(places).tolist()])


def form_of(number: int, are_levels: bool = False) -> str:
    return FORMS["dot"] if are_levels else list(FORMS.values())[number % len(FORMS)]


def colour_of(number: int, are_levels: bool = False) -> str:
    """The word for a colour, which the style sheet knows: `class-2`, `level-plus3`, `level-minus1`, `level-0`."""
    if not are_levels:
        return f"class-{number % len(FORMS)}"
    return f"level-{'plus' if number > 0 else 'minus'}{abs(number)}" if number else "level-0"


def mark(number: int, title: str) -> Mark:
    """What a class looks like."""
    return Mark(colour_of(number), "M2.5 2.5" + form_of(number), title)


def levels(targets: np.ndarray, middle: float, half: float) -> np.ndarray:
    """Targets as whole numbers from −4 to 4 around the middle of a scale, NaN where one is no number."""
    shares = (targets - middle) / half if half else np.zeros(len(targets))
    return np.rint(shares.clip(-1, 1) * LEVELS)


def spread(count: int, most: int = MOST_MARKS) -> np.ndarray:
    """The rows that are shown: all, or so many of very many, evenly chosen."""
    return np.arange(count) if count <= most else np.linspace(0, count - 1, most).astype(int)
