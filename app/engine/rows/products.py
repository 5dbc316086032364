"""Products and sums of numbers and matrices, and arrays looked at in another order."""

from __future__ import annotations

from math import isfinite, prod
from operator import mul
from typing import Any

import numpy as np

from app.engine.elements import Elements, repeated, total
from app.engine.formula import Formula, Index
from app.engine.row import Example, Op, Operand, Rule, Shape
from app.engine.rows.examples import MATRIX, PAIRS, POINTS, pairs
from app.engine.staging import select
from app.errors import N_


def _matmul_a(g: Operand, y: Operand, a: Operand, b: Operand) -> Operand:
    if b.ndim == 1:
        return g * b if a.ndim == 1 else np.expand_dims(g, -1) * b
    if a.ndim == 1:
        return np.matmul(b, np.expand_dims(g, -1))[..., 0]
    return np.matmul(g, np.swapaxes(b, -1, -2))


def _matmul_b(g: Operand, y: Operand, a: Operand, b: Operand) -> Operand:
    if a.ndim == 1:
        return g * a if b.ndim == 1 else np.expand_dims(a, -1) * np.expand_dims(g, -2)
    if b.ndim == 1:
        return np.matmul(np.swapaxes(a, -1, -2), np.expand_dims(g, -1))[..., 0]
    return np.matmul(np.swapaxes(a, -1, -2), g)


def _matmul_axes(place: Index, a: Operand, b: Operand) -> tuple[Index, Index, Index]:
    """The axes of a product's element: of the stack, the row if `a` has rows, the column if `b` has columns."""
    rows, columns = min(a.ndim - 1, 1), min(b.ndim - 1, 1)
    stack = len(place) - rows - columns
    return place[:stack], place[stack : stack + rows], place[stack + rows :]


def _matmul_element(place: Index, a: Elements, b: Elements) -> Formula:
    stack, row, column = _matmul_axes(place, a, b)
    along_a = a[*repeated(stack, a.shape[:-2]), *row, :]
    along_b = b[*repeated(stack, b.shape[:-2]), :, *column]
    return total(mul, along_a, along_b)


def _matmul_local_a(place: Index, index: Index, y: Operand, a: Operand, b: Operand) -> Operand:
    stack, _, column = _matmul_axes(place, a, b)
    return b[*repeated(stack, b.shape[:-2]), index[-1], *column]


def _matmul_local_b(place: Index, index: Index, y: Operand, a: Operand, b: Operand) -> Operand:
    stack, row, _ = _matmul_axes(place, a, b)
    return a[*repeated(stack, a.shape[:-2]), *row, index[0] if b.ndim == 1 else index[-2]]


def _matmul_cost(output: Shape, a: Shape, b: Shape) -> int:
    return prod(output) * a[-1]


def _pow_b(g: Operand, y: Operand, a: Operand, b: Operand) -> Operand:
    flat = np.logical_and(np.equal(a, 0.0), np.greater_equal(b, 0.0))
    return select(flat, 0.0, g * (y * np.log(a)))


def _pow_local_a(y: Operand, a: Operand, b: Operand) -> Operand:
    slope = b * a ** (b - 1.0)
    return 0.0 if b.value == 0 and not isfinite(slope.value) else slope


def _undone(axes: Any, ndim: int) -> list[int]:
    """The order of axes that takes a transposition back."""
    if axes is None:
        return list(range(ndim))[::-1]
    order: list[int] = np.argsort([axis % ndim for axis in np.atleast_1d(axes)]).tolist()
    return order


PRODUCTS = (
    Op(
        name="add",
        arguments=("a", "b"),
        forward=lambda a, b: a + b,
        rules=(Rule(lambda g, y, a, b: g, "#g"), Rule(lambda g, y, a, b: g, "#g")),
        latex="#1 + #2",
        sentence=N_("Adds; each summand receives the upstream gradient unchanged."),
        examples=PAIRS,
        sign="+",
    ),
    Op(
        name="sub",
        arguments=("a", "b"),
        forward=lambda a, b: a - b,
        rules=(Rule(lambda g, y, a, b: g, "#g"), Rule(lambda g, y, a, b: -g, "-#g")),
        latex="#1 - #2",
        sentence=N_("Subtracts; the second operand receives the upstream gradient with its sign turned."),
        examples=PAIRS,
        sign="−",
    ),
    Op(
        name="mul",
        arguments=("a", "b"),
        forward=lambda a, b: a * b,
        rules=(
            Rule(lambda g, y, a, b: g * b, r"#g \odot #2", factor=1),
            Rule(lambda g, y, a, b: g * a, r"#g \odot #1", factor=0),
        ),
        latex=r"#1 \odot #2",
        sentence=N_(
            "Multiplies element by element; each factor receives the upstream gradient times the other factor."
        ),
        examples=PAIRS,
        sign="×",
    ),
    Op(
        name="div",
        arguments=("a", "b"),
        forward=lambda a, b: a / b,
        rules=(
            Rule(lambda g, y, a, b: g / b, r"\frac{#g}{#2}"),
            Rule(lambda g, y, a, b: -g * y / b, r"-\frac{#g \odot #y}{#2}"),
        ),
        latex=r"\frac{#1}{#2}",
        sentence=N_("Divides element by element."),
        examples=PAIRS,
        sign="÷",
    ),
    Op(
        name="neg",
        arguments=("x",),
        forward=lambda x: -x,
        rules=(Rule(lambda g, y, x: -g, "-#g"),),
        latex="-#1",
        sentence=N_("Turns the sign."),
        examples=POINTS,
        sign="−",
    ),
    Op(
        name="pow",
        arguments=("a", "b"),
        forward=lambda a, b: np.power(a, b),
        rules=(
            # At b = 0 the power is constant, also where a is 0 and a**(b-1) is not finite.
            Rule(
                lambda g, y, a, b: select(np.equal(b, 0.0), 0.0, g * (b * np.power(a, b - 1.0))),
                r"#g \odot #2 \odot #1^{#2 - 1}",
                local=_pow_local_a,
            ),
            # At a = 0 with b ≥ 0 the power does not depend on b to first order; log(0) would say NaN.
            Rule(
                _pow_b,
                r"#g \odot #y \odot \ln #1",
                local=lambda y, a, b: 0.0 if a.value == 0 and b.value >= 0 else y * np.log(a),
            ),
        ),
        latex="#1^{#2}",
        sentence=N_("Raises to a power."),
        examples=pairs((1.7, 2.5), ([[0.5, 1.25, 2.0]], [[2.0], [-1.5]])),
        sign="^",
        cost=lambda output, a, b: 20 * prod(output),
    ),
    Op(
        name="matmul",
        arguments=("a", "b"),
        forward=lambda a, b: np.matmul(a, b),
        rules=(
            Rule(_matmul_a, r"#g\,#2^{\top}", local=_matmul_local_a, factor=1),
            Rule(_matmul_b, r"#1^{\top} #g", local=_matmul_local_b, factor=0),
        ),
        latex=r"#1\,#2",
        sentence=N_(
            "Multiplies matrices; an axis of length one is added to a vector and taken away again, as NumPy does."
        ),
        examples=pairs(
            (MATRIX, [[1.0, -2.0], [0.5, 0.25], [-1.5, 3.0]]),
            (MATRIX, [1.0, -2.0, 0.5]),
            ([1.0, -2.0], MATRIX),
            ([1.0, -2.0, 0.5], [0.3, 0.7, -1.1]),
            ([MATRIX, MATRIX], [[[1.0], [2.0], [3.0]]]),
        ),
        element=_matmul_element,
        cost=_matmul_cost,
        is_elementwise=False,
        sign="@",
    ),
    Op(
        name="transpose",
        arguments=("x",),
        forward=lambda x, axes=None: np.transpose(x, axes),
        rules=(
            Rule(
                lambda g, y, x, axes=None: np.transpose(g, _undone(axes, x.ndim)),
                r"#g^{\top}",
                local=lambda *elements, axes=None: 1.0,
            ),
        ),
        latex=r"#1^{\top}",
        sentence=N_("Exchanges the axes."),
        examples=(Example((MATRIX,)), Example(([MATRIX],), {"axes": (1, 2, 0)})),
        element=lambda place, x, axes=None: x[tuple(place[axis] for axis in _undone(axes, x.ndim))],
        attributes={"axes": None},
        is_elementwise=False,
        sign="ᵀ",
    ),
    Op(
        name="reshape",
        arguments=("x",),
        forward=lambda x, shape: np.reshape(x, shape),
        rules=(
            Rule(
                lambda g, y, x, shape: np.reshape(g, x.shape),
                r"\mathrm{reshape}(#g)",
                local=lambda *elements, shape: 1.0,
            ),
        ),
        latex=r"\mathrm{reshape}(#1)",
        sentence=N_("The same numbers in the same order in another shape."),
        examples=(Example((MATRIX,), {"shape": (3, 2)}), Example((MATRIX,), {"shape": (-1,)})),
        element=lambda place, x, shape: x.places()[int(np.reshape(np.arange(x.size), shape)[place])],
        attributes={"shape": (-1,)},
        is_elementwise=False,
    ),
)
