"""Losses: (prediction, target) → scalar."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import prod

import numpy as np

from app.engine.elements import Elements, averaged, call, kept, summed, total, unraveled
from app.engine.formula import Formula, Index, Number, Series
from app.engine.row import Convention, Example, Op, Operand, Rule, Shape
from app.engine.rows.activations import (
    beside_largest,
    log_softmax_element,
    others_share,
    settled,
    shifted,
    softmax_element,
    softplus_element,
)
from app.engine.rows.examples import MATRIX, PREDICTIONS, pairs
from app.engine.staging import as_numbers, select
from app.errors import N_

CERTAIN = 1000.0
"""A score beyond which a probability is 0 or 1 in all digits."""
HELD = 1e-12
"""PyTorch holds the denominator of a slope at this, so that a certain and wrong prediction has a finite gradient."""


def _paired(prediction: Operand, target: Operand) -> None:
    if prediction.shape != target.shape:
        raise ValueError(f"a loss of {prediction.shape} and {target.shape}")


def _batch(prediction: Operand) -> int:
    return prediction.shape[0] if prediction.ndim > 1 else 1


def _total(x: Operand) -> Operand:
    return np.add.reduce(x, axis=None)


def _product_total(a: Operand, b: Operand) -> Operand:
    """Σ a ⊙ b; one dot product is faster than a product and a sum."""
    if a.ndim == 0:
        return a * b
    return np.dot(_flat(a), _flat(b))


def _flat(x: Operand) -> Operand:
    return np.reshape(x, (-1,)) if x.ndim > 1 else x


def _row_totals(x: Operand) -> Operand:
    """Sums over the last axis, which is kept; for rows a product with ones is faster than a sum."""
    return np.dot(x, np.ones((x.shape[-1], 1))) if x.ndim == 2 else np.add.reduce(x, axis=-1, keepdims=True)


def _itself(t: Operand, shape: Shape) -> Operand:
    return t


def _logit(t: Operand, shape: Shape) -> Operand:
    """The score of a probability; of a certain one a score that is as good as any larger."""
    return np.clip(np.log(t) - np.log1p(-t), -CERTAIN, CERTAIN)


def _sure(t: Operand, shape: Shape) -> Operand:
    """Scores of classes that leave no doubt; NaN for targets that are no classes."""
    rows = t if t.ndim == len(shape) else np.equal(np.expand_dims(t, -1), np.arange(shape[-1]))
    return np.where((rows == 0.0) | (rows == 1.0), CERTAIN * (2.0 * rows - 1.0), np.nan)


def _half_squared_error(p: Operand, t: Operand) -> tuple[Operand, ...]:
    _paired(p, t)
    difference = p - t
    return _product_total(difference, difference) * (0.5 / _batch(p)), difference


def _mean_squared_error(p: Operand, t: Operand) -> tuple[Operand, ...]:
    _paired(p, t)
    difference = p - t
    return _product_total(difference, difference) * (1 / p.size), difference


def _mean_absolute_error(p: Operand, t: Operand) -> tuple[Operand, ...]:
    _paired(p, t)
    difference = p - t
    return _total(np.abs(difference)) * (1 / p.size), difference


def _huber(p: Operand, t: Operand) -> tuple[Operand, ...]:
    _paired(p, t)
    difference = p - t
    clipped = np.minimum(np.maximum(difference, -1.0), 1.0)
    return _total(clipped * (difference - 0.5 * clipped)) * (1 / p.size), clipped


def _hinge(p: Operand, t: Operand) -> tuple[Operand, ...]:
    _paired(p, t)
    margin = np.maximum(1.0 - t * p, 0.0)
    return _total(margin) * (1 / p.size), margin


def _binary_cross_entropy(p: Operand, t: Operand) -> tuple[Operand, ...]:
    _paired(p, t)
    log_yes = np.maximum(np.log(p), -100.0)
    log_no = np.maximum(np.log1p(-p), -100.0)
    return _total((t - 1.0) * log_no - t * log_yes) * (1 / p.size), log_yes, log_no


def _binary_cross_entropy_with_logits(z: Operand, t: Operand) -> tuple[Operand, ...]:
    _paired(z, t)
    powers = np.exp(-np.abs(z))
    # The two large parts first: they cancel without rounding where t is 1, and what is left may be tiny.
    return _total(np.maximum(z, 0.0) - z * t + np.log1p(powers)) * (1 / z.size), powers


def _with_logits_rule(g: Operand, y: Operand, z: Operand, t: Operand) -> Operand:
    """σ(z) − t, or where z is large the same as (1 − t) − σ(−z): then neither is a difference from almost 1."""
    smaller = y[1] / (y[1] + 1.0)
    return select(z > 0.0, (1.0 - t) - smaller, smaller - t) * (g * (1 / z.size))


def _class_numbers(z: Shape, t: Shape) -> Mapping[int, int]:
    return {1: z[-1]} if len(t) < len(z) else {}


def _cross_entropy(z: Operand, t: Operand) -> tuple[Operand, ...]:
    if t.shape not in (z.shape, z.shape[:-1]) or z.ndim == 0:
        raise ValueError(f"a cross-entropy of {z.shape} and {t.shape}")
    less = shifted(z, -1)
    powers = np.exp(less)
    rest = beside_largest(powers, _row_totals)
    log_probability = less - np.log1p(rest)
    rows = as_numbers(np.equal(np.expand_dims(t, -1), np.arange(float(z.shape[-1])))) if t.ndim < z.ndim else t
    return _product_total(rows, log_probability) * (-1 / _batch(z)), log_probability, powers / (rest + 1.0), rows


def _cross_entropy_rule(g: Operand, y: Operand, z: Operand, t: Operand) -> Operand:
    _, _, probability, rows = y
    # Rows that sum to one, as class numbers do, need no weight.
    weighted = probability if t.ndim < z.ndim else probability * _row_totals(rows)
    return settled(weighted - rows, probability, _row_totals) * (g * (1 / _batch(z)))


def _mean_of(part: Callable[..., Operand]) -> Callable[[Shape, Elements, Elements], Formula]:
    """A loss that is the mean of `part(prediction, target)` over all elements, written out."""
    return lambda place, p, t: averaged(total(part, p, t), p.size)


def _shared(number: Operand, count: int) -> Operand:
    """A slope's share of an average."""
    return number if count == 1 else number / count


def _half(number: Operand) -> Operand:
    return Number(1.0) / 2.0 * number if isinstance(number, Formula) else 0.5 * number


def _half_squared_error_element(place: Index, p: Elements, t: Elements) -> Formula:
    return averaged(total(lambda p, t: _half((p - t) ** 2.0), p, t), _batch(p))


def _huber_part(p: Operand, t: Operand) -> Operand:
    """½d² up to a distance d of 1, |d| − ½ beyond."""
    if isinstance(p, Formula):
        return _half((p - t) ** 2.0) if abs(p.value - t.value) <= 1.0 else np.abs(p - t) - Number(1.0) / 2.0
    distance = np.abs(p - t)
    return np.where(distance <= 1.0, 0.5 * distance * distance, distance - 0.5)


def _huber_local(p: Operand, t: Operand, count: int) -> Operand:
    return _shared(p - t if abs(p.value - t.value) <= 1.0 else np.sign(p - t), count)


def _is_short(p: Operand, t: Operand) -> Operand:
    """1 where the margin is not reached, else 0."""
    return np.greater(1.0, t * p)


def _held(logarithm: Operand) -> Operand:
    """A logarithm held at −100, which is only written where it makes a difference."""
    is_held = not isinstance(logarithm, Formula) or logarithm.value < -100.0
    return np.maximum(logarithm, -100.0) if is_held else logarithm


def _binary_cross_entropy_element(place: Index, p: Elements, t: Elements) -> Formula:
    return -averaged(total(lambda p, t: t * _held(np.log(p)) + (1.0 - t) * _held(call("log1m", p)), p, t), p.size)


def _binary_cross_entropy_local(place: Index, index: Index, y: Elements, p: Elements, t: Elements) -> Formula:
    variance = p[index] * (1.0 - p[index])
    return averaged((p[index] - t[index]) / (np.maximum(variance, HELD) if variance.value < HELD else variance), p.size)


def _with_logits_part(z: Operand, t: Operand) -> Operand:
    in_parts = np.maximum(z, 0.0) - z * t + np.log1p(np.exp(-np.abs(z)))
    return kept(softplus_element(z) - z * t, in_parts) if isinstance(z, Formula) else in_parts


def _with_logits_local(z: Operand, t: Operand) -> Operand:
    textbook = call("sigmoid", z) - t
    return kept(textbook, (1.0 - t) - call("sigmoid", -z)) if z.value > 0.0 else textbook


def _cross_entropy_element(place: Index, z: Elements, t: Elements) -> Formula:
    """−1/n Σ ln softmax: of class numbers only the class's own element, of other targets each with its weight."""
    with np.errstate(all="ignore"):
        _, log_probabilities, _, weights = _cross_entropy(z.numbers, t.numbers)
    if t.ndim < z.ndim:
        rows = Series(t.size, lambda row: _of_class(z, t, row), lambda: _own(weights, log_probabilities))
    else:
        rows = Series(t.size, lambda number: _weighted(z, t, number), lambda: weights * log_probabilities)
    return -averaged(summed(rows), _batch(z))


def _log_softmax(score: Operand, scores: Elements) -> Operand:
    return log_softmax_element(score, scores, np.log(np.exp(score) / total(np.exp, scores)))


def _own(weights: np.ndarray, log_probabilities: np.ndarray) -> Operand:
    return np.add.reduce(np.where(weights == 1.0, log_probabilities, 0.0), axis=-1)


def _of_class(z: Elements, t: Elements, row: int) -> Operand:
    index = unraveled(row, t.shape)
    return _log_softmax(z[*index, int(t[index].value)], z[*index, :])


def _weighted(z: Elements, t: Elements, number: int) -> Operand:
    index = unraveled(number, t.shape)
    return t[index] * _log_softmax(z[index], z[*index[:-1], :])


def _cross_entropy_local(place: Index, index: Index, y: Elements, z: Elements, t: Elements) -> Operand:
    *row, number = index
    guessed = softmax_element(z[index], z[*row, :])
    if t.ndim < z.ndim:
        is_own = t[tuple(row)].value == number
        return _shared(_less_one(guessed, z[*row, :], number) if is_own else guessed, _batch(z))
    weight = total(lambda t: t, t[*row, :])
    # Rows that sum to one need no weight.
    is_one = abs(weight.value - 1.0) < 1e-14
    if is_one and t[index].value == 1.0:
        return _shared(_less_one(guessed, z[*row, :], number), _batch(z))
    return _shared((guessed if is_one else guessed * weight) - t[index], _batch(z))


def _less_one(guessed: Formula, scores: Elements, number: int) -> Formula:
    return kept(guessed - 1.0, -others_share(scores, number))


LOSSES = (
    Op(
        name="half_squared_error",
        arguments=("prediction", "target"),
        forward=_half_squared_error,
        rules=(
            Rule(
                lambda g, y, p, t: y[1] * (g * (1 / _batch(p))),
                r"\frac{#g}{n} (#1 - #2)",
                local=lambda place, index, y, p, t: _shared(p[index] - t[index], _batch(p)),
                flat="met",
            ),
            Rule(
                lambda g, y, p, t: y[1] * (g * (-1 / _batch(p))),
                r"\frac{#g}{n} (#2 - #1)",
                local=lambda place, index, y, p, t: _shared(t[index] - p[index], _batch(p)),
                flat="met",
            ),
        ),
        latex=r"\frac{1}{n} \sum \tfrac{1}{2} (#1 - #2)^2",
        sentence=N_("Half of the squared error, summed over the outputs, averaged over the n rows of the batch."),
        examples=PREDICTIONS,
        element=_half_squared_error_element,
        is_elementwise=False,
        cost=lambda output, p, t: 2 * prod(p),
        is_loss=True,
        takes="numbers",
        best=_itself,
        convention=Convention(
            N_("Loss: ½ (ŷ − y)², summed over the outputs, mean over the rows"),
            N_(
                "Many textbooks write the ½, which makes the derivative ŷ − y. "
                "Without it every gradient is twice as large."
            ),
        ),
    ),
    Op(
        name="mean_squared_error",
        arguments=("prediction", "target"),
        forward=_mean_squared_error,
        rules=(
            Rule(
                lambda g, y, p, t: y[1] * (g * (2 / p.size)),
                r"\frac{2\,#g}{N} (#1 - #2)",
                local=lambda place, index, y, p, t: _shared(2.0 * (p[index] - t[index]), p.size),
                flat="met",
            ),
            Rule(
                lambda g, y, p, t: y[1] * (g * (-2 / p.size)),
                r"\frac{2\,#g}{N} (#2 - #1)",
                local=lambda place, index, y, p, t: _shared(2.0 * (t[index] - p[index]), p.size),
                flat="met",
            ),
        ),
        latex=r"\frac{1}{N} \sum (#1 - #2)^2",
        sentence=N_("The squared error, averaged over all N elements."),
        examples=PREDICTIONS,
        element=_mean_of(lambda p, t: (p - t) ** 2.0),
        is_elementwise=False,
        cost=lambda output, p, t: 2 * prod(p),
        is_loss=True,
        takes="numbers",
        best=_itself,
        convention=Convention(
            N_("Loss: (ŷ − y)², mean over every element"),
            N_(
                "So does PyTorch’s MSELoss. Summing over the outputs multiplies gradients by their number; "
                "a ½ in front halves them."
            ),
        ),
    ),
    Op(
        name="mean_absolute_error",
        arguments=("prediction", "target"),
        forward=_mean_absolute_error,
        rules=(
            Rule(
                lambda g, y, p, t: np.sign(y[1]) * (g * (1 / p.size)),
                r"\frac{#g}{N} \operatorname{sign}(#1 - #2)",
                local=lambda place, index, y, p, t: _shared(np.sign(p[index] - t[index]), p.size),
                flat="met",
            ),
            Rule(
                lambda g, y, p, t: np.sign(y[1]) * (g * (-1 / p.size)),
                r"\frac{#g}{N} \operatorname{sign}(#2 - #1)",
                local=lambda place, index, y, p, t: _shared(np.sign(t[index] - p[index]), p.size),
                flat="met",
            ),
        ),
        latex=r"\frac{1}{N} \sum \left|#1 - #2\right|",
        sentence=N_("The absolute error, averaged over all N elements; its derivative at 0 is taken to be 0."),
        examples=PREDICTIONS,
        element=_mean_of(lambda p, t: np.abs(p - t)),
        is_elementwise=False,
        cost=lambda output, p, t: 2 * prod(p),
        is_loss=True,
        takes="numbers",
        best=_itself,
        convention=Convention(
            N_("Loss: |ŷ − y|, mean over every element; slope 0 where they are equal"),
            N_("PyTorch’s L1Loss does the same; other texts sum, and leave the slope at 0 open."),
        ),
    ),
    Op(
        name="huber",
        arguments=("prediction", "target"),
        forward=_huber,
        rules=(
            Rule(
                lambda g, y, p, t: y[1] * (g * (1 / p.size)),
                r"\frac{#g}{N} \operatorname{clip}(#1 - #2, -1, 1)",
                local=lambda place, index, y, p, t: _huber_local(p[index], t[index], p.size),
                flat="met",
            ),
            Rule(
                lambda g, y, p, t: y[1] * (g * (-1 / p.size)),
                r"\frac{#g}{N} \operatorname{clip}(#2 - #1, -1, 1)",
                local=lambda place, index, y, p, t: _huber_local(t[index], p[index], p.size),
                flat="met",
            ),
        ),
        latex=r"\frac{1}{N} \sum \begin{cases}\frac{1}{2}(#1 - #2)^2 & |#1 - #2| \le 1\\"
        r"|#1 - #2| - \frac{1}{2} & |#1 - #2| > 1\end{cases}",
        sentence=N_("Squared near the target, absolute beyond a distance of δ = 1; averaged over all N elements."),
        examples=PREDICTIONS,
        element=_mean_of(_huber_part),
        is_elementwise=False,
        cost=lambda output, p, t: 4 * prod(p),
        is_loss=True,
        takes="numbers",
        best=_itself,
        convention=Convention(
            N_("Loss: Huber’s with δ = 1, mean over every element"),
            N_(
                "Keras and PyTorch have δ = 1, too; "
                "robust statistics often takes 1.345 standard deviations of the errors."
            ),
        ),
    ),
    Op(
        name="hinge",
        arguments=("prediction", "target"),
        forward=_hinge,
        rules=(
            Rule(
                lambda g, y, p, t: t * np.sign(y[1]) * (g * (-1 / p.size)),
                r"-\frac{#g}{N}\,#2 \odot [#2 \odot #1 < 1]",
                local=lambda place, index, y, p, t: _shared(-t[index] * _is_short(p[index], t[index]), p.size),
                flat="kept",
            ),
            Rule(
                lambda g, y, p, t: p * np.sign(y[1]) * (g * (-1 / p.size)),
                r"-\frac{#g}{N}\,#1 \odot [#2 \odot #1 < 1]",
                local=lambda place, index, y, p, t: _shared(-p[index] * _is_short(p[index], t[index]), p.size),
            ),
        ),
        latex=r"\frac{1}{N} \sum \max(0, 1 - #2 \odot #1)",
        sentence=N_(
            "For labels of ±1: how far a prediction falls short of a margin of 1, averaged over all N elements."
        ),
        examples=pairs(([[0.2, 1.7], [-0.6, -0.1]], [[1.0, 1.0], [1.0, -1.0]])),
        element=_mean_of(lambda p, t: np.maximum(0.0, 1.0 - t * p)),
        is_elementwise=False,
        cost=lambda output, p, t: 3 * prod(p),
        is_loss=True,
        takes="numbers",
        best=_itself,
        convention=Convention(
            N_("Loss: max(0, 1 − y ŷ) for labels ±1, mean over every element; slope 0 at the margin itself"),
            N_("Others use labels 0 and 1, or, as CS231n does, sum the margins of all wrong classes."),
        ),
    ),
    Op(
        name="binary_cross_entropy",
        arguments=("prediction", "target"),
        forward=_binary_cross_entropy,
        rules=(
            Rule(
                lambda g, y, p, t: (p - t) / np.maximum(p * (1.0 - p), HELD) * (g * (1 / p.size)),
                r"\frac{#g}{N}\,\frac{#1 - #2}{\max(10^{-12}, #1 \odot (1 - #1))}",
                local=_binary_cross_entropy_local,
                flat="met",
            ),
            Rule(
                lambda g, y, p, t: (y[2] - y[1]) * (g * (1 / p.size)),
                r"\frac{#g}{N}\,\ln\frac{1 - #1}{#1}",
                local=lambda place, index, y, p, t: _shared(
                    _held(call("log1m", p[index])) - _held(np.log(p[index])), p.size
                ),
            ),
        ),
        latex=r"-\frac{1}{N} \sum \left(#2 \odot \ln #1 + (1 - #2) \odot \ln(1 - #1)\right)",
        sentence=N_(
            "For probabilities and targets of 0 or 1; the logarithms are held at −100; averaged over all N elements."
        ),
        examples=pairs(([[0.2, 0.7], [0.6, 0.1]], [[0.0, 1.0], [1.0, 0.25]])),
        element=_binary_cross_entropy_element,
        held=lambda p, t: p * (1.0 - p) < HELD,
        is_elementwise=False,
        cost=lambda output, p, t: 6 * prod(p),
        is_loss=True,
        takes="probabilities",
        best=_itself,
        convention=Convention(
            N_("Loss: logarithms no lower than −100, slope divided by no less than 10⁻¹², mean over every element"),
            N_("PyTorch holds both in the same way; Keras keeps the probability 10⁻⁷ away from 0 and 1 instead."),
        ),
    ),
    Op(
        name="binary_cross_entropy_with_logits",
        arguments=("prediction", "target"),
        forward=_binary_cross_entropy_with_logits,
        rules=(
            Rule(
                _with_logits_rule,
                r"\frac{#g}{N} (\sigma(#1) - #2)",
                local=lambda place, index, y, z, t: _shared(_with_logits_local(z[index], t[index]), z.size),
                flat="certain",
            ),
            Rule(
                lambda g, y, z, t: z * (g * (-1 / z.size)),
                r"-\frac{#g}{N}\,#1",
                local=lambda place, index, y, z, t: -_shared(z[index], z.size),
            ),
        ),
        latex=r"\frac{1}{N} \sum \left(\ln(1 + e^{#1}) - #1 \odot #2\right)",
        sentence=N_(
            "Binary cross-entropy of the sigmoid of N scores, computed from the scores themselves: exact at any size."
        ),
        examples=PREDICTIONS,
        element=_mean_of(_with_logits_part),
        is_elementwise=False,
        cost=lambda output, p, t: 5 * prod(p),
        is_loss=True,
        takes="scores",
        best=_logit,
        convention=Convention(
            N_("Loss: binary cross-entropy of scores, mean over every element"),
            N_(
                "The sigmoid is inside the loss: giving it probabilities, as other programs expect, "
                "makes other gradients."
            ),
        ),
    ),
    Op(
        name="cross_entropy",
        arguments=("prediction", "target"),
        forward=_cross_entropy,
        rules=(
            Rule(
                _cross_entropy_rule,
                r"\frac{#g}{n} (\operatorname{softmax}(#1) - #2)",
                local=_cross_entropy_local,
                flat="certain",
            ),
            Rule(
                lambda g, y, z, t: y[1] * (g * (-1 / _batch(z))),
                r"-\frac{#g}{n}\,\ln \operatorname{softmax}(#1)",
                local=lambda place, index, y, z, t: -_shared(_log_softmax(z[index], z[*index[:-1], :]), _batch(z)),
            ),
        ),
        latex=r"-\frac{1}{n} \sum #2 \odot \ln \operatorname{softmax}(#1)",
        sentence=N_(
            "Cross-entropy of the softmax of scores with class numbers or one-hot rows, averaged over the n rows."
        ),
        examples=(
            Example((MATRIX, [2, 0])),
            Example((MATRIX, [[0.0, 0.0, 1.0], [1.0, 0.0, 0.0]])),
            Example(([0.3, -0.8], [0.0, 1.0])),
        ),
        is_elementwise=False,
        element=_cross_entropy_element,
        cost=lambda output, p, t: 6 * prod(p),
        class_numbers=_class_numbers,
        is_loss=True,
        takes="scores",
        best=_sure,
        convention=Convention(
            N_("Loss: cross-entropy of scores, mean over the rows"),
            N_(
                "The softmax is inside the loss, as in PyTorch; Keras expects probabilities unless told otherwise. "
                "Some texts sum over the rows."
            ),
        ),
    ),
)
