"""A formula in short: of every long sum its largest parts, then how many others there are and what they come to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from app.engine.formula import Call, Formula, Negative, Number, Parts, Place, Power, Product, Quotient, Sum, numbers_of

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
            return Sum(tuple(excerpt(part) for part in largest(parts, most)))
        case Product(factors):
            return Product(tuple(map(excerpt, factors)))
        case Quotient(numerator, denominator):
            return Quotient(excerpt(numerator), excerpt(denominator))
        case Power(base, exponent):
            return Power(excerpt(base), excerpt(exponent))
        case Negative(of):
            return Negative(excerpt(of))
        case Call(function, arguments):
            return Call(function, tuple(map(excerpt, extremes(function, arguments))))
    return formula


def largest(parts: Parts, most: int) -> Sequence[Formula]:
    """The largest parts of a long sum, and the rest as one; a short sum in its own order."""
    if len(parts) <= most + 1:
        return parts
    sizes = numbers_of(parts)
    order = by_size(sizes)
    return [*(parts[place] for place in order[:most].tolist()), Rest(len(parts) - most, total(sizes[order[most:]]))]


def extremes(function: str, arguments: Parts) -> Sequence[Formula]:
    """The arguments that decide: of a long maximum or minimum the first ones in order of size."""
    if len(arguments) <= MOST_PARTS + 1:
        return arguments
    sizes = numbers_of(arguments)
    order = np.argsort(sizes if function == "min" else -sizes, kind="stable")[:MOST_PARTS]
    return [*(arguments[place] for place in order.tolist()), Rest(len(arguments) - MOST_PARTS, None)]


def by_size(sizes: np.ndarray) -> np.ndarray:
    """The places of numbers, the largest first, whatever their sign; NaN is larger than all."""
    return np.argsort(-np.nan_to_num(np.abs(sizes), nan=np.inf), kind="stable")


def total(sizes: np.ndarray) -> float:
    """A sum in floating point, which may overflow."""
    with np.errstate(all="ignore"):
        return float(np.sum(sizes))


def evaluated(formula: Formula) -> Formula | None:
    """The same sum with a number for each part; None for what is no sum, or a sum of bare numbers already."""
    match formula:
        case Sum(parts) if len(parts) > 1 and not all(isinstance(part, Place | Number | Rest) for part in parts):
            return Sum(tuple(part if isinstance(part, Rest) else Number(part.value) for part in parts))
        case Quotient(Sum(parts), denominator) if len(parts) > 1:
            return Sum(tuple(scaled(part, 1 / denominator.value) for part in parts)) if denominator.value else None
        case Product(factors):
            sums = [factor for factor in factors if isinstance(factor, Sum) and len(factor.parts) > 1]
            if len(sums) == 1:
                scale = Product(tuple(factor for factor in factors if factor is not sums[0])).value
                return Sum(tuple(scaled(part, scale) for part in sums[0].parts))
    return None


def scaled(part: Formula, scale: float) -> Formula:
    """One part of a sum that is multiplied as a whole."""
    return Rest(part.count, part.total * scale) if isinstance(part, Rest) else Number(part.value * scale)
