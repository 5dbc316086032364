"""Arrays as Python text, every number with all its digits, a row a line."""

from __future__ import annotations

import numpy as np

from app.views.export.written import number

WIDTH = 100


def array(numbers: np.ndarray, indent: str = "") -> str:
    """`np.array([...])`, folded where it would be too long for a line."""
    if numbers.ndim == 0:
        return f"np.array({number(numbers)})"
    if not numbers.size:
        return f"np.zeros({numbers.shape})"
    flat = f"np.array({_nested(numbers)})"
    if len(indent) + len(flat) <= WIDTH:
        return flat
    return f"np.array([\n{_rows(numbers, indent + '    ')}{indent}])"


def _rows(numbers: np.ndarray, indent: str) -> str:
    if numbers.ndim > 1:
        return "".join(f"{indent}{_nested(row)},\n" for row in numbers)
    parts = [f"{number(one)}," for one in numbers.tolist()]
    return "".join(f"{indent}{' '.join(parts[at : at + 5])}\n" for at in range(0, len(parts), 5))


def _nested(numbers: np.ndarray) -> str:
    if numbers.ndim == 0:
        return number(numbers)
    return f"[{', '.join(map(_nested, numbers))}]"
