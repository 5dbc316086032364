"""Numbers with a chosen count of significant digits, and whether rounding to so many changed them."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from app.engine.formula import Call, Formula, Negative, Power, Product, Quotient, Sum
from app.notation import numbers

FEWEST, MOST, USUAL = 2, 17, 6
"""Significant digits that may be asked for; 17 are enough to read any float64 back to the same bits."""

NOISE = 8 * np.finfo(np.float64).eps
"""How far, relatively, float64's own arithmetic may leave a short decimal: 0.1 + 0.2 is still called equal to 0.3."""


def rounded(value: float, digits: int) -> str:
    """A number with so many significant digits; with the most, exactly those that read back to it."""
    if digits >= MOST:
        return numbers.exact(value)
    return numbers.typeset(f"{value:.{digits}g}") if value else "0"


def is_changed(value: float, digits: int) -> bool:
    """Whether rounding to so many digits says another number."""
    if not math.isfinite(value) or digits >= MOST:
        return False
    return abs(float(f"{value:.{digits - 1}e}") - value) > NOISE * abs(value)


def is_rounded(formula: Formula, digits: int) -> bool:
    """Whether any number of a formula is changed by rounding."""
    return any(is_changed(leaf.value, digits) for leaf in leaves(formula))


def leaves(formula: Formula) -> Sequence[Formula]:
    """The names and numbers of a formula."""
    inner = inside(formula)
    return [leaf for part in inner for leaf in leaves(part)] if inner else [formula]


def inside(formula: Formula) -> Sequence[Formula]:
    """What a formula is made of; nothing for a leaf."""
    match formula:
        case Sum(parts):
            return parts
        case Product(factors):
            return factors
        case Quotient(above, below) | Power(above, below):
            return (above, below)
        case Negative(of):
            return (of,)
        case Call(_, arguments):
            return arguments
    return ()
