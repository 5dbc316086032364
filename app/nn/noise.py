"""Numbers that are drawn anew in each iteration, as a function of (seed, layer, iteration)."""

from __future__ import annotations

from typing import Protocol

import numpy as np


class Stream(Protocol):
    """Draws the numbers of one constant, many iterations in a row at once."""

    def numbers(self, first: int, count: int) -> np.ndarray:
        """Draw for `count` iterations from `first` on, (count, rows, …); the next call may overwrite them."""
        ...


class Noise(Protocol):
    """One constant of a graph that is drawn anew in each iteration."""

    @property
    def id(self) -> str:
        """The node's id."""
        ...

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape (rows, …) for a whole batch."""
        ...

    @property
    def neutral(self) -> float:
        """The number that stands for all of them once training is over."""
        ...

    def stream(self) -> Stream:
        """Begin to draw."""
        ...

    @property
    def definition(self) -> str:
        """The functions, as Python with NumPy, that `call` needs."""
        ...

    @property
    def call(self) -> str:
        """The expression of the numbers (rows, …) of an `iteration`."""
        ...
