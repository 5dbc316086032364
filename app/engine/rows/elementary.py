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
        "exp",
        ("x",),
        lambda x: np.exp(x),
        (Rule(lambda g, y, x: g * y, r"#g \odot #y"),),
        "e^{#1}",
        N_("The exponential function, which is its own derivative."),
        POINTS,
        bounds=(0.0, inf),
    ),
    Op(
        "log",
        ("x",),
        lambda x: np.log(x),
        (Rule(lambda g, y, x: g / x, r"\frac{#g}{#1}"),),
        r"\ln #1",
        N_("The natural logarithm."),
        points(0.7, [[0.5, 1.25, 2.0]]),
    ),
    Op(
        "sqrt",
        ("x",),
        lambda x: np.sqrt(x),
        (Rule(lambda g, y, x: g / (2.0 * y), r"\frac{#g}{2\,#y}"),),
        r"\sqrt{#1}",
        N_("The square root."),
        points(0.7, [[0.5, 1.25, 2.0]]),
        bounds=(0.0, inf),
    ),
    Op(
        "abs",
        ("x",),
        lambda x: np.abs(x),
        (Rule(lambda g, y, x: g * np.sign(x), r"#g \odot \operatorname{sign}(#1)", flat="kink"),),
        r"\left|#1\right|",
        N_("The absolute value; its derivative at 0 is taken to be 0."),
        POINTS,
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
        "sin",
        ("x",),
        lambda x: np.sin(x),
        (Rule(lambda g, y, x: g * np.cos(x), r"#g \odot \cos(#1)"),),
        r"\sin(#1)",
        N_("The sine, of radians."),
        POINTS,
        bounds=(-1.0, 1.0),
    ),
    Op(
        "cos",
        ("x",),
        lambda x: np.cos(x),
        (Rule(lambda g, y, x: -g * np.sin(x), r"-#g \odot \sin(#1)"),),
        r"\cos(#1)",
        N_("The cosine, of radians."),
        POINTS,
        bounds=(-1.0, 1.0),
    ),
    Op(
        "maximum",
        ("a", "b"),
        lambda a, b: np.maximum(a, b),
        (
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
        r"\max(#1, #2)",
        N_("The larger of two; a tie gives half of the upstream gradient to each."),
        PAIRS,
        convention=Convention(
            N_("A tie in maximum: half of the gradient to each"),
            N_("PyTorch and JAX halve it; TensorFlow gives all of it to the first."),
        ),
    ),
    Op(
        "minimum",
        ("a", "b"),
        lambda a, b: np.minimum(a, b),
        (
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
        r"\min(#1, #2)",
        N_("The smaller of two; a tie gives half of the upstream gradient to each."),
        PAIRS,
        convention=Convention(
            N_("A tie in minimum: half of the gradient to each"),
            N_("PyTorch and JAX halve it; TensorFlow gives all of it to the first."),
        ),
    ),
)
