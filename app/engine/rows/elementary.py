"""Elementary functions, element by element."""

from __future__ import annotations

from math import inf

import numpy as np

from app.engine.formula import Number
from app.engine.row import Convention, Op, Operand, Rule
from app.engine.rows.examples import PAIRS, POINTS, points
from app.errors import N_


def _if_larger(a: Operand, b: Operand) -> Operand:
    """1 for the larger of two single numbers, written out; ½ for one of two that are equal."""
    return Number(1.0) / 2 if a.value == b.value else np.greater(a, b)


def _half_where_tied(g: Operand, wins: Operand, ties: Operand) -> Operand:
    return g * (wins + 0.5 * ties)


ELEMENTARY = (
    Op(
        name="exp",
        arguments=("x",),
        forward=lambda x: np.exp(x),
        rules=(Rule(lambda g, y, x: g * y, r"#g \odot #y"),),
        latex="e^{#1}",
        sentence=N_("The exponential function, which is its own derivative."),
        examples=POINTS,
        bounds=(0.0, inf),
    ),
    Op(
        name="log",
        arguments=("x",),
        forward=lambda x: np.log(x),
        rules=(Rule(lambda g, y, x: g / x, r"\frac{#g}{#1}"),),
        latex=r"\ln #1",
        sentence=N_("The natural logarithm."),
        examples=points(0.7, [[0.5, 1.25, 2.0]]),
    ),
    Op(
        name="sqrt",
        arguments=("x",),
        forward=lambda x: np.sqrt(x),
        rules=(Rule(lambda g, y, x: g / (2.0 * y), r"\frac{#g}{2\,#y}"),),
        latex=r"\sqrt{#1}",
        sentence=N_("The square root."),
        examples=points(0.7, [[0.5, 1.25, 2.0]]),
        bounds=(0.0, inf),
    ),
    Op(
        name="abs",
        arguments=("x",),
        forward=lambda x: np.abs(x),
        rules=(Rule(lambda g, y, x: g * np.sign(x), r"#g \odot \operatorname{sign}(#1)", flat="kink"),),
        latex=r"\left|#1\right|",
        sentence=N_("The absolute value; its derivative at 0 is taken to be 0."),
        examples=POINTS,
        bounds=(0.0, inf),
        convention=Convention(
            N_("abs′(0) = 0"),
            N_(
                "At 0 the absolute value has no derivative. PyTorch and TensorFlow take 0; "
                "any slope from −1 to 1 could be argued for."
            ),
        ),
    ),
    Op(
        name="sin",
        arguments=("x",),
        forward=lambda x: np.sin(x),
        rules=(Rule(lambda g, y, x: g * np.cos(x), r"#g \odot \cos(#1)"),),
        latex=r"\sin(#1)",
        sentence=N_("The sine, of radians."),
        examples=POINTS,
        bounds=(-1.0, 1.0),
    ),
    Op(
        name="cos",
        arguments=("x",),
        forward=lambda x: np.cos(x),
        rules=(Rule(lambda g, y, x: -g * np.sin(x), r"-#g \odot \sin(#1)"),),
        latex=r"\cos(#1)",
        sentence=N_("The cosine, of radians."),
        examples=POINTS,
        bounds=(-1.0, 1.0),
    ),
    Op(
        name="maximum",
        arguments=("a", "b"),
        forward=lambda a, b: np.maximum(a, b),
        rules=(
            Rule(
                lambda g, y, a, b: _half_where_tied(g, a > b, np.equal(a, b)),
                r"#g \odot [#1 > #2]",
                local=lambda y, a, b: _if_larger(a, b),
                flat="beaten",
            ),
            Rule(
                lambda g, y, a, b: _half_where_tied(g, b > a, np.equal(a, b)),
                r"#g \odot [#2 > #1]",
                local=lambda y, a, b: _if_larger(b, a),
                flat="beaten",
            ),
        ),
        latex=r"\max(#1, #2)",
        sentence=N_("The larger of two; a tie gives half of the upstream gradient to each."),
        examples=PAIRS,
        convention=Convention(
            N_("A tie in maximum: half of the gradient to each"),
            N_("PyTorch and JAX halve it; TensorFlow gives all of it to the first."),
        ),
    ),
    Op(
        name="minimum",
        arguments=("a", "b"),
        forward=lambda a, b: np.minimum(a, b),
        rules=(
            Rule(
                lambda g, y, a, b: _half_where_tied(g, a < b, np.equal(a, b)),
                r"#g \odot [#1 < #2]",
                local=lambda y, a, b: _if_larger(b, a),
                flat="beaten",
            ),
            Rule(
                lambda g, y, a, b: _half_where_tied(g, b < a, np.equal(a, b)),
                r"#g \odot [#2 < #1]",
                local=lambda y, a, b: _if_larger(a, b),
                flat="beaten",
            ),
        ),
        latex=r"\min(#1, #2)",
        sentence=N_("The smaller of two; a tie gives half of the upstream gradient to each."),
        examples=PAIRS,
        convention=Convention(
            N_("A tie in minimum: half of the gradient to each"),
            N_("PyTorch and JAX halve it; TensorFlow gives all of it to the first."),
        ),
    ),
)
