"""Numbers as people read them: rounded only here, with a real minus sign, never a zero for what is not known."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

MOST_LETTERS = 10
MINUS = "\N{MINUS SIGN}"
SPELLED = {"nan": "NaN", "inf": "∞", "-inf": f"{MINUS}∞"}


def typeset(digits: str) -> str:
    """A number's digits as print has them: `-1.5e-07` → `−1.5e−7`."""
    if digits in SPELLED:
        return SPELLED[digits]
    mantissa, exponent_mark, exponent = digits.partition("e")
    text = mantissa + (f"e{int(exponent)}" if exponent_mark else "")
    return text.replace("-", MINUS)


def short(number: float, significant: int = 6) -> str:
    """A number rounded for the eye, scientific where it is tiny or huge."""
    number = float(number)
    if number == 0.0:
        return "0"
    magnitude = abs(number)
    if magnitude < 1e-3:
        mantissa, _, exponent = f"{number:.{significant - 1}e}".partition("e")
        mantissa = mantissa.rstrip("0").rstrip(".") if "." in mantissa else mantissa
        return typeset(f"{mantissa}e{exponent}")
    return typeset(f"{number:.{significant}g}")


def rounded(number: float, significant: int) -> str:
    """A number of few digits that is written out as far as six go: 4,963.2 to three is 4960, and not 4.96e3."""
    tidy = float(f"{number:.{significant}g}")
    # The largest number there is would be rounded up to none.
    return short(tidy) if math.isfinite(tidy) else short(number, significant)


def compact(number: float) -> str:
    """A number for the narrow column of a card: with as many of six digits as fit, beside an exponent fewer."""
    return next(text for digits in (6, 5, 4, 3) if len(text := short(number, digits)) <= MOST_LETTERS)


def apart(found: Sequence[float], significant: int) -> tuple[str, ...]:
    """Numbers on one scale, rounded for the eye; with more digits where two that differ would look alike."""
    tries = (tuple(short(number, digits) for number in found) for digits in range(significant, 18))
    return next((texts for texts in tries if len(set(texts)) == len(set(found))), tuple(map(exact, found)))


def exact(number: float) -> str:
    """Every digit: reads back to the same number; a whole one has no `.0`, a zero no sign."""
    return typeset(plain(number))


def typed(number: float) -> str:
    """A number as it is typed into a field: ASCII, reads back to the same number."""
    if not math.isfinite(number):
        return {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}[repr(float(number))]
    return plain(number)


def plain(number: float) -> str:
    """The digits that read back to a number. Nobody reads a sign before zero, which 0 · (−1) has in floating point."""
    return repr(float(number) + 0.0).removesuffix(".0")


def matrix(array: np.ndarray) -> np.ndarray:
    """An array of any rank as rows and columns: a scalar is 1×1, a vector one row, leading axes follow each other."""
    if array.ndim < 2:
        return array.reshape(1, -1)
    return array.reshape(-1, array.shape[-1])


def index_text(index: tuple[int, ...]) -> str:
    """An index as it stands behind a name: `[0, 1]`; nothing for a scalar."""
    return f"[{', '.join(map(str, index))}]" if index else ""


def index_address(index: tuple[int, ...]) -> str:
    """An index as addresses write it: `0,1`; nothing for a scalar."""
    return ",".join(map(str, index))


def literal(array: np.ndarray) -> Any:
    """Nested lists of an array as JSON writes them, numbers that are not finite as their names."""
    if array.ndim == 0:
        number = float(array)
        return number if math.isfinite(number) else typed(number)
    return [literal(part) for part in array]
