"""Whole layers in one op."""

from __future__ import annotations

from math import inf, prod
from operator import mul

import numpy as np

from app.engine.elements import Elements, repeated, total
from app.engine.formula import Formula, Index
from app.engine.row import Example, Op, Operand, Rule, Shape
from app.engine.rows.examples import MATRIX
from app.errors import N_


def _rows(x: Operand) -> Operand:
    """(…, features) → (all samples, features), so that one matrix product sums over every leading axis."""
    return np.reshape(x, (-1, x.shape[-1])) if x.ndim != 2 else x


def _linear(x: Operand, W: Operand, b: Operand | None = None) -> Operand:
    if x.ndim == 0 or W.ndim != 2:
        raise ValueError(f"a linear layer of {x.shape} and {W.shape}")
    y = np.dot(x, W.T) if x.ndim <= 2 else np.matmul(x, W.T)
    # A bias copied in and added to is faster than a broadcast addition.
    return y if b is None else np.broadcast_to(b, y.shape).copy() + y


def _linear_element(place: Index, x: Elements, W: Elements, *b: Elements) -> Formula:
    weighted = total(mul, x[*place[:-1], :], W[place[-1], :])
    return weighted + b[0][repeated(place, b[0].shape)] if b else weighted


def _linear_cost(output: Shape, x: Shape, W: Shape, *b: Shape) -> int:
    return prod(output) * (W[-1] + len(b))


LAYERS = (
    Op(
        name="linear",
        arguments=("x", "W", "b"),
        forward=_linear,
        rules=(
            Rule(
                lambda g, y, x, W, *b: np.dot(g, W) if g.ndim <= 2 else np.matmul(g, W),
                r"#g\,#2",
                local=lambda place, index, y, x, W, *b: W[place[-1], index[-1]],
                factor=1,
            ),
            Rule(
                lambda g, y, x, W, *b: np.dot(_rows(g).T, _rows(x)) if x.ndim > 1 else np.expand_dims(g, -1) * x,
                r"#g^{\top} #1",
                local=lambda place, index, y, x, W, *b: x[*place[:-1], index[-1]],
                factor=0,
            ),
            Rule(
                lambda g, y, x, W, b: g,
                r"\sum #g",
                jvp=lambda t, x, W, b: np.zeros(x.shape[:-1])[..., None] + t,
                local=lambda place, index, y, x, W, b: 1.0,
            ),
        ),
        latex=r"#1\,#2^{\top} + #3",
        sentence=N_(
            "A dense layer: each output is a weighted sum of the inputs plus its bias; each row of W makes one output."
        ),
        examples=(
            Example((MATRIX, [[1.0, -2.0, 0.5]], [0.3])),
            Example(([0.5, -1.0], [[1.0, -2.0], [0.5, 0.1]], [0.3, 0.2])),
            Example((MATRIX, [[1.0, -2.0, 0.5], [0.4, 0.6, -0.9]])),
        ),
        element=_linear_element,
        cost=_linear_cost,
        optional=1,
        is_elementwise=False,
        bounds=(-inf, inf),
    ),
)
