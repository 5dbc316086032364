"""Formulas over single numbers: what a number is made of, written out, so that it can be shown and computed again.

An op's row says with them how one element of its output follows from single elements of its arguments. A formula is a
small tree; whoever shows it walks the tree, and `value` computes it anew from the numbers in its leaves.
Rules are plain NumPy expressions: given arrays they compute, given formulas they are written out.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import copysign, prod
from operator import add, mul, neg, sub, truediv
from typing import Any, ClassVar

import numpy as np

from app.engine.functions import FUNCTIONS

Index = tuple[int, ...]
OPERATORS: dict[np.ufunc, Callable[..., Formula]] = {
    np.add: add,
    np.subtract: sub,
    np.multiply: mul,
    np.true_divide: truediv,
    np.power: pow,
    np.negative: neg,
}
_NAMES = {row.compute: name for name, row in FUNCTIONS.items()}
# How tightly the parts of a text hold together, as in Python: what holds less tightly than its place asks is bracketed.
ADDED, MULTIPLIED, SIGNED, RAISED, WHOLE = range(5)
# Python cannot read thousands of numbers with a plus between each two; a list of them it can.
LONGEST_WRITTEN_SUM = 200


class Formula:
    """One number, and how it is made of others. Python's operators build larger formulas."""

    __slots__ = ()

    @property
    def level(self) -> int:
        """How tightly its text holds together."""
        return WHOLE

    @property
    @abstractmethod
    def value(self) -> float:
        """The number, computed from the leaves; what is not defined is NaN or infinite, never an error."""

    @abstractmethod
    def text(self) -> str:
        """The formula over numbers in all their digits; Python evaluates it with FUNCTIONS, `inf` and `nan`."""

    def __add__(self, other: Formula | float) -> Formula:
        return Sum((self, formula(other)))

    def __radd__(self, other: float) -> Formula:
        return Sum((formula(other), self))

    def __sub__(self, other: Formula | float) -> Formula:
        return self + Negative(formula(other))

    def __rsub__(self, other: float) -> Formula:
        return Sum((formula(other), Negative(self)))

    def __mul__(self, other: Formula | float) -> Formula:
        return _product(self, formula(other))

    def __rmul__(self, other: float) -> Formula:
        return _product(formula(other), self)

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

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kw: Any) -> Any:
        if method != "__call__" or kw:
            return NotImplemented
        if any(isinstance(one, np.ndarray) for one in inputs):
            return ufunc(*(one.value if isinstance(one, Formula) else one for one in inputs))
        made_of = tuple(map(formula, inputs))
        return OPERATORS[ufunc](*made_of) if ufunc in OPERATORS else Call(_NAMES[ufunc], made_of)


class Leaf(Formula):
    """A number that is not computed here."""

    __slots__ = ()
    number: float

    @property
    def value(self) -> float:
        return self.number

    @property
    def level(self) -> int:
        return SIGNED if copysign(1.0, self.number) < 0 else WHOLE

    def text(self) -> str:
        return repr(float(self.number))


@dataclass(frozen=True, slots=True)
class Place(Leaf):
    """One element of a node: a number that stands somewhere in the graph, and can be gone to."""

    node: str
    index: Index
    number: float
    is_gradient: bool = False


@dataclass(frozen=True, slots=True)
class Number(Leaf):
    """A number of the formula's own: the 1 in 1 − y, the n of a mean."""

    number: float

    def text(self) -> str:
        return str(int(self.number)) if self.number.is_integer() else repr(self.number)

    def __neg__(self) -> Formula:
        return Number(-self.number)


@dataclass(frozen=True, slots=True)
class Named(Leaf):
    """A number with a name of ours that is no node: a learning rate, a slot of an optimizer. `latex` is the name."""

    latex: str
    number: float


class Series(Sequence[Formula]):
    """Formulas made when looked at, for there may be a million; `numbers` computes all their values at once."""

    __slots__ = ("_length", "_numbers", "_part")

    def __init__(self, length: int, part: Callable[[int], Formula], numbers: Callable[[], np.ndarray]) -> None:
        self._length, self._part, self._numbers = length, part, numbers

    def __len__(self) -> int:
        return self._length

    def __getitem__(self, place: Any) -> Any:
        if isinstance(place, slice):
            return [self._part(number) for number in range(self._length)[place]]
        return self._part(range(self._length)[place])

    def __add__(self, more: tuple[Formula, ...]) -> Series:
        """These and a few more."""
        return Series(
            self._length + len(more),
            lambda number: self._part(number) if number < self._length else more[number - self._length],
            lambda: np.append(self.numbers(), [part.value for part in more]),
        )

    def numbers(self) -> np.ndarray:
        """The values of all parts, in order."""
        with np.errstate(all="ignore"):
            return np.asarray(self._numbers(), dtype=np.float64).reshape(-1)


Parts = tuple[Formula, ...] | Series


def numbers_of(parts: Parts) -> np.ndarray:
    """The values of all parts, in order."""
    return parts.numbers() if isinstance(parts, Series) else np.array([part.value for part in parts], dtype=np.float64)


@dataclass(frozen=True, slots=True)
class Sum(Formula):
    """Parts added up, in order; a `Negative` part is taken away. There may be a million, made as they are looked at."""

    parts: Parts
    level: ClassVar[int] = ADDED

    @property
    def values(self) -> np.ndarray:
        """What each part counts for, with its sign, without making the parts."""
        return numbers_of(self.parts)

    @property
    def value(self) -> float:
        if isinstance(self.parts, tuple):
            return float(sum(part.value for part in self.parts))
        with np.errstate(all="ignore"):
            return float(np.add.reduce(self.values))

    def text(self) -> str:
        if len(self.parts) > LONGEST_WRITTEN_SUM:
            return f"sum([{', '.join(part.text() for part in self.parts)}])"
        return "".join(map(_added, range(len(self.parts)), self.parts)) or "0"

    def __add__(self, other: Formula | float) -> Formula:
        return Sum((*self.parts, formula(other)))


@dataclass(frozen=True, slots=True)
class Product(Formula):
    """Factors, in order."""

    factors: tuple[Formula, ...]
    level: ClassVar[int] = MULTIPLIED

    @property
    def value(self) -> float:
        return prod(factor.value for factor in self.factors)

    def text(self) -> str:
        first, *others = self.factors
        return "*".join((_bracketed(first, MULTIPLIED), *(_bracketed(factor, RAISED) for factor in others)))


@dataclass(frozen=True, slots=True)
class Quotient(Formula):
    """One formula divided by another."""

    numerator: Formula
    denominator: Formula
    level: ClassVar[int] = MULTIPLIED

    @property
    def value(self) -> float:
        return _computed(np.divide, self.numerator, self.denominator)

    def text(self) -> str:
        return f"{_bracketed(self.numerator, MULTIPLIED)}/{_bracketed(self.denominator, RAISED)}"


@dataclass(frozen=True, slots=True)
class Power(Formula):
    """One formula to the power of another."""

    base: Formula
    exponent: Formula
    level: ClassVar[int] = RAISED

    @property
    def value(self) -> float:
        return _computed(np.power, self.base, self.exponent)

    def text(self) -> str:
        return f"{_bracketed(self.base, WHOLE)}**{_bracketed(self.exponent, WHOLE)}"


@dataclass(frozen=True, slots=True)
class Negative(Formula):
    """A formula with its sign turned; as a part of a sum, what is taken away."""

    of: Formula
    level: ClassVar[int] = MULTIPLIED

    @property
    def value(self) -> float:
        return -self.of.value

    def text(self) -> str:
        return f"-{_unsigned(self.of)}"


@dataclass(frozen=True, slots=True)
class Call(Formula):
    """A function of `FUNCTIONS` by name: exp, ln, sigmoid, max …; its row there says how it is written."""

    function: str
    arguments: Parts

    @property
    def value(self) -> float:
        if isinstance(self.arguments, Series):
            return FUNCTIONS[self.function].of_many(self.arguments.numbers())
        return FUNCTIONS[self.function](*(argument.value for argument in self.arguments))

    def text(self) -> str:
        return f"{self.function}({', '.join(argument.text() for argument in self.arguments)})"


def formula(made_of: Formula | float) -> Formula:
    """A number as a formula of its own."""
    return made_of if isinstance(made_of, Formula) else Number(float(made_of))


def _product(a: Formula, b: Formula) -> Formula:
    """a · b, in which nobody writes a factor of one."""
    if a == Number(1.0):
        return b
    if a == Number(-1.0):
        return Negative(b)
    if b == Number(1.0):
        return a
    return Product((*a.factors, b) if isinstance(a, Product) else (a, b))


def _computed(function: Callable[..., float], *arguments: Formula) -> float:
    """A function of formulas' numbers in floating point: 1/0 is infinite, 0/0 is NaN."""
    with np.errstate(all="ignore"):
        return float(function(*(np.float64(argument.value) for argument in arguments)))


def _bracketed(part: Formula, level: int) -> str:
    return f"({part.text()})" if part.level < level else part.text()


def _unsigned(part: Formula) -> str:
    """A part behind a sign: it must not begin with another one."""
    text = _bracketed(part, MULTIPLIED)
    return f"({text})" if text.startswith("-") else text


def _added(position: int, part: Formula) -> str:
    """A part of a sum with the plus or minus before it."""
    if position == 0:
        return part.text()
    return f" - {_unsigned(part.of)}" if isinstance(part, Negative) else f" + {_unsigned(part)}"
