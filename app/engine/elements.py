"""The numbers of a node as the rows of ops see them when they write formulas: by index, each one a Place."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import isclose
from typing import Any

import numpy as np

from app.engine.formula import Call, Formula, Index, Number, Parts, Place, Series, Sum, formula
from app.engine.functions import FUNCTIONS
from app.engine.row import Shape


class Elements:
    """The elements of a node, or some of them. As in NumPy, `[0, 1]` is one of them, a Place, and `[0, :]` a row."""

    __slots__ = ("_axes", "node", "numbers")

    def __init__(self, node: str, numbers: np.ndarray, axes: tuple[int | Sequence[int], ...] | None = None) -> None:
        self.node, self.numbers = node, np.asarray(numbers)
        # For each axis of the node its index, or those that are left to choose from.
        self._axes = tuple(map(range, self.numbers.shape)) if axes is None else axes

    @property
    def shape(self) -> Shape:
        return self.numbers.shape

    @property
    def ndim(self) -> int:
        return self.numbers.ndim

    @property
    def size(self) -> int:
        return self.numbers.size

    def __getitem__(self, index: Any) -> Any:
        index = index if isinstance(index, tuple) else (index,)
        chosen = iter(index)
        axes = tuple(axis if isinstance(axis, int) else axis[next(chosen)] for axis in self._axes)
        numbers = self.numbers[index]
        if all(isinstance(axis, int) for axis in axes):
            return Place(self.node, axes, float(numbers))
        return Elements(self.node, numbers, axes)

    def places(self) -> Series:
        """All of them in order, last axis fastest."""
        return Series(self.size, self._place, lambda: self.numbers)

    def _place(self, number: int) -> Place:
        place: Place = self[unraveled(number, self.shape)]
        return place


def others(line: Elements, left_out: int) -> Elements:
    """The elements along one axis without one of them."""
    kept = np.delete(np.arange(line.size), left_out).tolist()
    axes = tuple(axis if isinstance(axis, int) else [axis[number] for number in kept] for axis in line._axes)
    return Elements(line.node, line.numbers.reshape(-1)[kept], axes)


def repeated(index: Index, shape: Shape) -> Index:
    """Which element of an array of this shape broadcasting repeats to an index of the output."""
    own = index[len(index) - len(shape) :]
    return tuple(0 if length == 1 else place for place, length in zip(own, shape, strict=True))


def total(part: Callable[..., Any], *elements: Elements) -> Formula:
    """Σ part(a, b, …) over arrays side by side, of the same shape; `part` is plain NumPy, for arrays and formulas."""
    places = [one.places() for one in elements]
    return summed(
        Series(
            elements[0].size,
            lambda number: formula(part(*(one[number] for one in places))),
            lambda: part(*(one.numbers for one in elements)),
        )
    )


def summed(parts: Parts) -> Formula:
    """The sum of these parts; one of them alone is not called a sum."""
    return parts[0] if len(parts) == 1 else Sum(parts)


def averaged(sum: Formula, count: int) -> Formula:
    """1/count · sum; of one there is nothing to average."""
    return sum if count == 1 else Number(1.0) / count * sum


def call(function: str, *arguments: Any) -> Any:
    """A function of FUNCTIONS that NumPy has no name for, of formulas or of arrays."""
    if any(isinstance(argument, Formula) for argument in arguments):
        return Call(function, tuple(map(formula, arguments)))
    return FUNCTIONS[function].compute(*arguments)


def exact(number: float, *forms: Formula) -> Formula:
    """The first of several ways to write a number in which rounding does not lose it; else the last."""
    return next((form for form in forms if isclose(form.value, number, rel_tol=1e-12)), forms[-1])


def kept(textbook: Formula, stable: Formula) -> Formula:
    """A number as the textbook writes it, where rounding leaves it its digits; else in the way that keeps them."""
    return exact(stable.value, textbook, stable)


def unraveled(number: int, shape: Shape) -> Index:
    """The index of the element that has this number, last axis fastest."""
    return tuple(map(int, np.unravel_index(number, shape)))
