"""Penalties: (weights, rate) → scalar, to be added to the loss so that weights stay small."""

from __future__ import annotations

from math import prod

import numpy as np

from app.engine.elements import Elements, total
from app.engine.formula import Formula
from app.engine.row import Convention, Op, Operand, Rule
from app.engine.rows.examples import MATRIX, pairs
from app.errors import N_


def _scaled(w: Operand, rate: Operand, size: Operand) -> tuple[Operand, Operand]:
    if np.shape(rate) != ():
        raise ValueError(f"a penalty at a rate of shape {np.shape(rate)}")
    return rate * size, size


def _l1(w: Operand, rate: Operand) -> tuple[Operand, Operand]:
    return _scaled(w, rate, np.add.reduce(np.abs(w), axis=None) if w.ndim else np.abs(w))


def _l2(w: Operand, rate: Operand) -> tuple[Operand, Operand]:
    flat = np.reshape(w, (-1,)) if w.ndim > 1 else w
    return _scaled(w, rate, np.dot(flat, flat) * 0.5 if w.ndim else flat * flat * 0.5)


def _l1_size(w: Elements) -> Formula:
    return total(lambda w: np.abs(w), w)


def _l2_size(w: Elements) -> Formula:
    return 0.5 * total(lambda w: w**2.0, w)


RATED = pairs((MATRIX, 0.3), ([0.5, -1.25, 2.0], 1.7), (-1.3, 0.4))

PENALTIES = (
    Op(
        name="l1_penalty",
        arguments=("weights", "rate"),
        forward=_l1,
        rules=(
            Rule(
                lambda g, y, w, rate: np.sign(w) * (g * rate),
                r"#g \, #2 \operatorname{sign}(#1)",
                local=lambda place, index, y, w, rate: rate[()] * np.sign(w[index]),
                flat="kink",
            ),
            Rule(
                lambda g, y, w, rate: g * y[1],
                r"#g \sum \left|#1\right|",
                local=lambda place, index, y, w, rate: _l1_size(w),
            ),
        ),
        latex=r"#2 \sum \left|#1\right|",
        sentence=N_("The rate times the sum of the weights’ sizes; it pulls every weight to 0 with the same force."),
        examples=RATED,
        element=lambda place, w, rate: rate[()] * _l1_size(w),
        is_elementwise=False,
        cost=lambda output, w, rate: 2 * prod(w),
        convention=Convention(
            N_("L1 penalty: λ Σ |w|, without biases; slope 0 at 0"),
            N_("Divided by the rows of the batch it is another rate; some texts penalize biases, too."),
        ),
    ),
    Op(
        name="l2_penalty",
        arguments=("weights", "rate"),
        forward=_l2,
        rules=(
            Rule(
                lambda g, y, w, rate: w * (g * rate),
                r"#g \, #2 \, #1",
                local=lambda place, index, y, w, rate: rate[()] * w[index],
            ),
            Rule(
                lambda g, y, w, rate: g * y[1],
                r"#g \, \tfrac{1}{2} \sum #1^2",
                local=lambda place, index, y, w, rate: _l2_size(w),
            ),
        ),
        latex=r"\tfrac{1}{2} \, #2 \sum #1^2",
        sentence=N_(
            "Half the rate times the sum of the squared weights; it pulls a weight to 0 the more, the larger it is."
        ),
        examples=RATED,
        element=lambda place, w, rate: 0.5 * rate[()] * total(lambda w: w**2.0, w),
        is_elementwise=False,
        cost=lambda output, w, rate: 2 * prod(w),
        convention=Convention(
            N_("L2 penalty: ½ λ Σ w², without biases"),
            N_("Without the ½ the same rate pulls twice as hard; some texts penalize biases, too."),
        ),
    ),
)
