"""Formulas over single numbers: what a number is made of, written out, so that it can be shown and computed again.

An op's row says with them how one element of its output follows from single elements of its arguments. A formula is a
small tree; whoever shows it walks the tree, and `value` computes it anew from the numbers in its leaves.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

Index = tuple[int, ...]


class Formula:
    """One number, and how it is made of others. Python's operators build larger formulas."""

    __slots__ = ()

    @property
    def value(self) -> float:
        """The number, computed from the leaves; what is not defined is NaN or infinite, never an error."""
        raise NotImplementedError

    def __add__(self, other: Formula | float) -> Formula:
        return Sum((self, formula(other)))

    def __radd__(self, other: float) -> Formula:
        return Sum((formula(other), self))

    def __sub__(self, other: Formula | float) -> Formula:
        return Sum((self, Negative(formula(other))))

    def __rsub__(self, other: float) -> Formula:
        return Sum((formula(other), Negative(self)))

    def __mul__(self, other: Formula | float) -> Formula:
        return Product((self, formula(other)))

    def __rmul__(self, other: float) -> Formula:
        return Product((formula(other), self))

    def __truediv__(self, other: Formula | float) -> Formula:
        return Quotient(self, formula(other))

    def __rtruediv__(self, other: float) -> Formula:
        return Quotient(formula(other), self)

    def __pow__(self, other: Formula | float) -> Formula:
        return Power(self, formula(other))

    def __rpow__(self, other: float) -> Formula:
        return Power(formula(other), self)

    def __neg__(self) -> Formula:
        return Negative(self)


@dataclass(frozen=True, slots=True)
class Place(Formula):
    """One element of a node: a number that stands somewhere in the graph, and can be gone to."""

    node: str
    index: Index
    number: float
    is_gradient: bool = False

    @property
    def value(self) -> float:
        return self.number


@dataclass(frozen=True, slots=True)
class Number(Formula):
    """A number of the formula's own: the 1 in 1 − y, the n of a mean."""

    number: float

    @property
    def value(self) -> float:
        return self.number


@dataclass(frozen=True, slots=True)
class Named(Formula):
    """A number with a name of ours that is no node: a learning rate, a slot of an optimizer. `latex` is the name."""

    latex: str
    number: float

    @property
    def value(self) -> float:
        return self.number


@dataclass(frozen=True, slots=True)
class Sum(Formula):
    """Parts added up, in order; a `Negative` part is taken away. There may be thousands, made as they are looked at."""

    parts: Sequence[Formula]

    @property
    def value(self) -> float:
        return sum(part.value for part in self.parts)


@dataclass(frozen=True, slots=True)
class Product(Formula):
    """Factors, in order."""

    factors: tuple[Formula, ...]

    @property
    def value(self) -> float:
        return math.prod(factor.value for factor in self.factors)


@dataclass(frozen=True, slots=True)
class Quotient(Formula):
    numerator: Formula
    denominator: Formula

    @property
    def value(self) -> float:
        return computed(np.divide, self.numerator, self.denominator)


@dataclass(frozen=True, slots=True)
class Power(Formula):
    base: Formula
    exponent: Formula

    @property
    def value(self) -> float:
        return computed(np.power, self.base, self.exponent)


@dataclass(frozen=True, slots=True)
class Negative(Formula):
    of: Formula

    @property
    def value(self) -> float:
        return -self.of.value


@dataclass(frozen=True, slots=True)
class Call(Formula):
    """A function of `FUNCTIONS` by name: exp, ln, sigmoid, max …"""

    function: str
    arguments: tuple[Formula, ...]

    @property
    def value(self) -> float:
        return computed(FUNCTIONS[self.function], *self.arguments)


FUNCTIONS: Mapping[str, Callable[..., float]] = {
    "exp": np.exp,
    "ln": np.log,
    "sqrt": np.sqrt,
    "abs": np.abs,
    "sign": np.sign,
    "sin": np.sin,
    "cos": np.cos,
    "tanh": np.tanh,
    "max": lambda *numbers: np.max(numbers),
    "min": lambda *numbers: np.min(numbers),
    "is_greater": lambda a, b: float(a > b),
    "is_equal": lambda a, b: float(a == b),
}
"""What a `Call` may call, on single numbers. Whoever shows formulas has a way to write each; a test holds that."""


def computed(function: Callable[..., float], *arguments: Formula) -> float:
    """A function of formulas' numbers in floating point: 1/0 is infinite, ln(−1) is NaN."""
    with np.errstate(all="ignore"):
        return float(function(*(np.float64(argument.value) for argument in arguments)))


def formula(made_of: Formula | float) -> Formula:
    """A number as a formula of its own."""
    return made_of if isinstance(made_of, Formula) else Number(float(made_of))
