"""Arrays as Python text, every number with all its digits, a row a line."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from app.notation.written import number

WIDTH = 100


def array(numbers: np.ndarray, indent: str = "") -> str:
    """`np.array([...])`, folded where it would be too long for a line."""
    if numbers.ndim == 0:
        return f"np.array({number(numbers)})"
    if not numbers.size:
        return f"np.zeros({numbers.shape})"
    # A number takes three characters at least, and its comma two.
    if 3 * numbers.size <= WIDTH:
        flat = f"np.array({_nested(numbers)})"
        if len(indent) + len(flat) <= WIDTH:
            return flat
    return f"np.array([\n{_rows(numbers, indent + '    ')}{indent}])"


def _rows(numbers: np.ndarray, indent: str) -> str:
    if numbers.ndim > 1:
        return "".join(f"{indent}{row},\n" for row in _written(numbers))
    parts = [f"{number(one)}," for one in numbers.tolist()]
    return "".join(f"{indent}{' '.join(parts[at : at + 5])}\n" for at in range(0, len(parts), 5))


def _written(numbers: np.ndarray) -> Iterable[str]:
    """Each row as text; where all numbers are finite, Python writes them by itself, and much faster."""
    if np.isfinite(numbers).all():
        return map(repr, np.asarray(numbers, np.float64).tolist())
    return map(_nested, numbers)


def _nested(numbers: np.ndarray) -> str:
    return number(numbers) if numbers.ndim == 0 else f"[{', '.join(_written(numbers))}]"
