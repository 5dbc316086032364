"""Arguments that many rows are tried on, clear of kinks and of the edges of the domain."""

from __future__ import annotations

from typing import Any

from app.engine.row import Example


def pairs(*pairs: tuple[Any, Any]) -> tuple[Example, ...]:
    return tuple(Example(pair) for pair in pairs)


def points(*values: Any) -> tuple[Example, ...]:
    return tuple(Example((value,)) for value in values)


MATRIX = [[0.5, -1.25, 2.0], [-0.75, 1.5, 0.25]]
PAIRS = pairs((1.5, -2.25), (MATRIX, [0.3, -0.6, 1.7]), ([[0.4], [-1.1]], [0.9, 2.3]))
POINTS = points(0.7, -1.3, MATRIX)
PREDICTIONS = pairs(([[0.2, 0.7], [0.6, 0.1]], [[0.0, 1.0], [1.0, 0.25]]), ([0.9, -1.4, 3.0], [0.5, 0.5, 0.5]))
REDUCTIONS = (
    Example((MATRIX,)),
    Example((MATRIX,), {"axis": 0}),
    Example((MATRIX,), {"axis": (0, -1), "keepdims": True}),
)
