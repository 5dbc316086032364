"""A formula in short: of every long sum its largest parts, then how many others there are and what they come to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import prod

import numpy as np

from app.engine.formula import Call, Formula, Leaf, Negative, Number, Parts, Power, Product, Quotient, Sum, numbers_of

MOST_PARTS = 8


@dataclass(frozen=True, slots=True)
class Rest(Formula):
    """What is not written of a long sum or of many arguments: how many there are, and what they come to in a sum."""

    count: int
    total: float | None

    @property
    def value(self) -> float:
        return 0.0 if self.total is None else self.total


def excerpt(formula: Formula, most: int = MOST_PARTS) -> Formula:
    """The formula with every long sum in it shortened to its largest parts and the rest."""
    match formula:
        case Sum(parts):
            formula = Sum(largest(parts, most))
        case Call(function, arguments):
            formula = Call(function, extremes(function, arguments, most))
    return changed(formula, lambda part: excerpt(part, most))


def changed(formula: Formula, change: Callable[[Formula], Formula]) -> Formula:
    """The formula with each of its parts changed; a leaf as it is."""
    match formula:
        case Sum(parts):
            return Sum(tuple(map(change, parts)))
        case Product(factors):
            return Product(tuple(map(change, factors)))
        case Quotient(numerator, denominator):
            return Quotient(change(numerator), change(denominator))
        case Power(base, exponent):
            return Power(change(base), change(exponent))
        case Negative(of):
            return Negative(change(of))
        case Call(function, arguments):
            return Call(function, tuple(map(change, arguments)))
    return formula


def largest(parts: Parts, most: int) -> Parts:
    """The largest parts of a long sum, and the rest as one; a short sum in its own order."""
    if len(parts) <= most + 1:
        return parts
    sizes = numbers_of(parts)
    first, others = by_size(sizes, most)
    return (*(parts[place] for place in first), Rest(len(parts) - most, others))


def extremes(function: str, arguments: Parts, most: int) -> Parts:
    """The arguments that decide: of a long maximum or minimum the first ones in order of size."""
    if len(arguments) <= most + 1:
        return arguments
    sizes = numbers_of(arguments)
    order = np.argsort(sizes if function == "min" else -sizes, kind="stable")[:most]
    return (*(arguments[place] for place in order.tolist()), Rest(len(arguments) - most, None))


def by_size(sizes: np.ndarray, most: int) -> tuple[list[int], float]:
    """The places of the largest numbers, whatever their sign, and what the others come to. NaN is larger than all."""
    magnitude = np.nan_to_num(np.abs(sizes), nan=np.inf)
    places = np.argpartition(-magnitude, most)[:most] if most < len(sizes) else np.arange(len(sizes))
    others = np.ones(len(sizes), bool)
    others[places] = False
    with np.errstate(all="ignore"):
        return sorted(places.tolist(), key=lambda place: (-magnitude[place], place)), float(np.sum(sizes[others]))


def is_bare(formula: Formula) -> bool:
    """Whether a formula is one number already, or what is left of many."""
    return isinstance(formula.of if isinstance(formula, Negative) else formula, Leaf | Rest)


def evaluated(formula: Formula) -> Sum | None:
    """The same sum with a number for each part; None for what is no sum, or a sum of bare numbers already."""
    match formula:
        case Sum(parts):
            scale = 1.0
        case Negative(of):
            positive = evaluated(of)
            return positive and Sum(tuple(scaled(part, -1.0) for part in positive.parts))
        case Quotient(Sum(parts), denominator) if denominator.value:
            scale = 1 / denominator.value
        case Product(factors) if len(sums := [one for one in factors if isinstance(one, Sum)]) == 1:
            parts, scale = sums[0].parts, prod(one.value for one in factors if one is not sums[0])
        case _:
            return None
    return None if len(parts) < 2 or all(map(is_bare, parts)) else Sum(tuple(scaled(part, scale) for part in parts))


def scaled(part: Formula, scale: float) -> Formula:
    """One part of a sum that is multiplied as a whole."""
    return Rest(part.count, part.total * scale) if isinstance(part, Rest) else Number(part.value * scale)


def has_no_sign(formula: Formula, is_in_numbers: bool) -> bool:
    """Whether what is negated is written as it is, since it begins with a zero: nobody reads a sign before that."""
    match formula:
        case Product((first, *_)):
            return has_no_sign(first, is_in_numbers)
    return (is_in_numbers or isinstance(formula, Number)) and isinstance(formula, Leaf) and formula.value == 0
