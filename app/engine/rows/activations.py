"""Activations: what bends a layer's output."""

from __future__ import annotations

from collections.abc import Callable
from math import inf, isfinite, pi, prod, sqrt

import numpy as np

from app.engine.elements import Elements, call, exact, kept, others, total
from app.engine.formula import Formula, Index, Named
from app.engine.row import Convention, Example, Op, Operand, Rule
from app.engine.rows.examples import MATRIX, POINTS
from app.engine.staging import erfc, select
from app.errors import N_

LARGEST = float(np.finfo(np.float64).max)


def _is_on(y: Operand) -> Operand:
    """1 where a relu lets pass, else 0; the sign is faster on small arrays, the comparison on large ones."""
    return np.sign(y) if y.size <= 512 else y > 0.0


def sigmoid(x: Operand) -> Operand:
    # exp overflows to infinity for very negative x, and 1/(1 + ∞) is the 0 that is wanted.
    return np.reciprocal(np.exp(-x) + 1.0)


def _sigmoid(x: Operand) -> tuple[Operand, Operand]:
    powers = np.exp(-x)
    return np.reciprocal(powers + 1.0), powers


def _sigmoid_rule(g: Operand, y: Operand, x: Operand) -> Operand:
    """σ(x) σ(−x), which is e⁻ˣ y²: 1 − y would have no digits left where y rounds to 1."""
    # An infinite e⁻ˣ times the 0 that it makes would be NaN.
    return g * (np.minimum(y[1], LARGEST) * y[0] * y[0])


def _sigmoid_local(y: Operand, x: Operand) -> Operand:
    return kept(y * (1.0 - y), y * call("sigmoid", -x))


def _tanh_rule(g: Operand, y: Operand, x: Operand) -> Operand:
    """1/cosh², for 1 − y² would have no digits left where y rounds to 1."""
    hyperbolic = np.cosh(x)
    return g / hyperbolic / hyperbolic


def _tanh_local(y: Operand, x: Operand) -> Operand:
    return kept(1.0 - y**2.0, (1.0 / np.cosh(x)) ** 2.0)


def softplus(x: Operand) -> Operand:
    return np.maximum(x, 0.0) + np.log1p(np.exp(-np.abs(x)))


def _normal_cdf(x: Operand) -> Operand:
    return 0.5 * erfc(x * -sqrt(0.5))


def _gelu(x: Operand) -> tuple[Operand, Operand]:
    cdf = _normal_cdf(x)
    return x * cdf, cdf


def _gelu_rule(g: Operand, y: Operand, x: Operand) -> Operand:
    return g * (y[1] + x * np.exp(-0.5 * x * x) * (1 / sqrt(2 * pi)))


def _silu(x: Operand) -> tuple[Operand, Operand]:
    gate = sigmoid(x)
    return x * gate, gate


def shifted(x: Operand, axis: int) -> Operand:
    return x - np.maximum.reduce(x, axis=axis, keepdims=True)


def beside_largest(powers: Operand, total: Callable[[Operand], Operand]) -> Operand:
    """Σ − 1 of powers of which the largest is 1: what the others add, which beside the 1 would lose its digits."""
    largest = np.floor(powers)
    return total(powers - largest) + (total(largest) - 1.0)


def settled(shares: Operand, probability: Operand, total: Callable[[Operand], Operand]) -> Operand:
    """Shares that sum to 0, but for rounding: what is left over is taken from the likeliest, where it arose.

    There they are a difference from 1; so its digits come from those of all the others.
    """
    return shares - probability * total(shares)


def _along(axis: int) -> Callable[[Operand], Operand]:
    return lambda x: np.add.reduce(x, axis=axis, keepdims=True)


def _softmax(x: Operand, axis: int = -1) -> Operand:
    powers = np.exp(shifted(x, axis))
    return powers / np.add.reduce(powers, axis=axis, keepdims=True)


def _softmax_rule(g: Operand, y: Operand, x: Operand, axis: int = -1) -> Operand:
    total = _along(axis)
    return settled(y * (g - total(g * y)), y, total)


def _log_softmax(x: Operand, axis: int = -1) -> Operand:
    less = shifted(x, axis)
    return less - np.log1p(beside_largest(np.exp(less), _along(axis)))


def _log_softmax_rule(g: Operand, y: Operand, x: Operand, axis: int = -1) -> Operand:
    probability, total = np.exp(y), _along(axis)
    return settled(g - probability * total(g), probability, total)


def _log_softmax_jvp(t: Operand, x: Operand, axis: int = -1) -> Operand:
    probability, total = _softmax(x, axis), _along(axis)
    moved = t - total(probability * t)
    # Weighted by the probabilities these are 0; what is not is rounding, the same for all of them.
    return moved - total(probability * moved)


def _in_line(place: Index, x: Elements, axis: int) -> Operand:
    """The scores that a softmax along an axis looks at to compute one element."""
    if x.ndim == 0:
        return x
    axis %= x.ndim
    return x[*place[:axis], :, *place[axis + 1 :]]


def softmax_element(score: Operand, scores: Elements) -> Operand:
    """The softmax of one of some scores, written out: eˣ/Σeˣ, or where that overflows less the largest score."""
    with np.errstate(all="ignore"):
        top = Named(r"\max", float(np.max(scores.numbers)))
        number = np.exp(score.value - top.value) / np.add.reduce(np.exp(scores.numbers - top.value), axis=None)
        textbook = np.exp(score) / total(np.exp, scores)
        return exact(number, textbook, np.exp(score - top) / total(lambda x: np.exp(x - top), scores))


def log_softmax_element(score: Operand, scores: Elements, textbook: Formula) -> Operand:
    """The logarithm of the softmax of one of some scores as the textbook has it, or less the largest score, or with
    the largest counted apart: beside its 1 the others may be too small to be seen.
    """
    with np.errstate(all="ignore"):
        top = Named(r"\max", float(np.max(scores.numbers)))
        less = score - top - np.log(total(lambda x: np.exp(x - top), scores))
        if not isfinite(top.value):
            return less
        beside = total(lambda x: np.exp(x - top), others(scores, int(np.argmax(scores.numbers))))
        apart = score - top - np.log1p(beside)
        return exact(apart.value, textbook, less, apart)


def others_share(scores: Elements, number: int) -> Formula:
    """What softmax gives to all but one of some scores: 1 less that one's probability, in all digits."""
    with np.errstate(all="ignore"):
        top = Named(r"\max", float(np.max(scores.numbers)))
        return total(lambda x: np.exp(x - top), others(scores, number)) / total(lambda x: np.exp(x - top), scores)


def softplus_element(x: Operand) -> Operand:
    """ln(1 + eˣ), written out; where eˣ would overflow as the same, x + ln(1 + e⁻ˣ)."""
    return np.log1p(np.exp(x)) if x.value < 700.0 else x + np.log1p(np.exp(-x))


def _log_softmax_along(place: Index, x: Elements, axis: int = -1) -> Operand:
    score, scores = x[place], _in_line(place, x, axis)
    return log_softmax_element(score, scores, score - np.log(total(np.exp, scores)))


def _softmax_local(place: Index, index: Index, y: Elements, x: Elements, axis: int = -1) -> Operand:
    if place != index:
        return -(y[place] * y[index])
    return kept(y[place] * (1.0 - y[place]), y[place] * total(lambda y: y, _others(place, y, axis)))


def _log_softmax_local(place: Index, index: Index, y: Elements, x: Elements, axis: int = -1) -> Operand:
    if place != index:
        return -np.exp(y[index])
    return kept(1.0 - np.exp(y[index]), total(np.exp, _others(place, y, axis)))


def _others(place: Index, y: Elements, axis: int) -> Elements:
    """The elements beside one along an axis."""
    return others(_in_line(place, y, axis), place[axis] if place else 0)


ACTIVATIONS = (
    Op(
        name="sigmoid",
        arguments=("x",),
        forward=_sigmoid,
        rules=(Rule(_sigmoid_rule, r"#g \odot #y \odot (1 - #y)", local=_sigmoid_local, flat="saturated"),),
        latex=r"\sigma(#1) = \frac{1}{1 + e^{-#1}}",
        sentence=N_("Squeezes any number between 0 and 1; the slope σ(x)·σ(−x) is at most 1/4 and fades at both ends."),
        examples=POINTS,
        element=lambda x: 1.0 / (1.0 + np.exp(-x)),
        slope=lambda y: y * (1.0 - y),
        bounds=(0.0, 1.0),
    ),
    Op(
        name="tanh",
        arguments=("x",),
        forward=lambda x: np.tanh(x),
        rules=(Rule(_tanh_rule, r"#g \odot (1 - #y^2)", local=_tanh_local, flat="saturated"),),
        latex=r"\tanh(#1)",
        sentence=N_("Squeezes any number between −1 and 1; the slope 1/cosh² is 1 at 0 and fades at both ends."),
        examples=POINTS,
        slope=lambda y: 1.0 - y * y,
        bounds=(-1.0, 1.0),
    ),
    Op(
        name="relu",
        arguments=("x",),
        # An array of zeros beats one zero two to three times in maximum.
        forward=lambda x: np.maximum(x, np.zeros(x.shape)),
        rules=(
            Rule(
                lambda g, y, x: g * _is_on(y), r"#g \odot [#1 > 0]", local=lambda y, x: np.greater(x, 0.0), flat="off"
            ),
        ),
        latex=r"\max(0, #1)",
        sentence=N_("Lets positive numbers pass and holds the rest at 0; its derivative at 0 is taken to be 0."),
        examples=POINTS,
        element=lambda x: np.maximum(0.0, x),
        bounds=(0.0, inf),
        convention=Convention(
            N_("relu′(0) = 0"),
            N_("At 0 a relu has no derivative. PyTorch and TensorFlow take 0; some texts take 1 or ½."),
        ),
    ),
    Op(
        name="leaky_relu",
        arguments=("x",),
        forward=lambda x: np.maximum(x, 0.0) + 0.01 * np.minimum(x, 0.0),
        rules=(
            Rule(
                lambda g, y, x: g * select(x > 0.0, 1.0, 0.01),
                r"#g \odot \begin{cases}1 & #1 > 0\\0.01 & #1 \le 0\end{cases}",
                local=lambda y, x: 1.0 if x.value > 0.0 else 0.01,
            ),
        ),
        latex=r"\max(0, #1) + 0.01 \min(0, #1)",
        sentence=N_(
            "Lets positive numbers pass and a hundredth of negative ones; its derivative at 0 is taken to be 0.01."
        ),
        examples=POINTS,
        bounds=(-inf, inf),
        convention=Convention(
            N_("leaky_relu: slope 0.01 below 0, leaky_relu′(0) = 0.01"),
            N_("PyTorch has the slope 0.01; TensorFlow’s function has 0.2, Keras’s layer 0.3 unless told otherwise."),
        ),
    ),
    Op(
        name="elu",
        arguments=("x",),
        forward=lambda x: np.maximum(x, 0.0) + np.expm1(np.minimum(x, 0.0)),
        rules=(Rule(lambda g, y, x: g * np.exp(np.minimum(x, 0.0)), r"#g \odot e^{\min(0, #1)}", flat="saturated"),),
        latex=r"\max(0, #1) + e^{\min(0, #1)} - 1",
        sentence=N_("Lets positive numbers pass and bends negative ones towards −1 (α = 1)."),
        examples=POINTS,
        bounds=(-1.0, inf),
        convention=Convention(
            N_("elu: α = 1"),
            N_("Below 0 it is α(eˣ − 1); PyTorch and Keras have α = 1 unless told otherwise, as here."),
        ),
    ),
    Op(
        name="gelu",
        arguments=("x",),
        forward=_gelu,
        rules=(
            Rule(
                _gelu_rule,
                r"#g \odot (\Phi(#1) + #1 \odot \varphi(#1))",
                local=lambda y, x: call("Phi", x) + x * call("phi", x),
                flat="level",
            ),
        ),
        latex=r"#1 \odot \Phi(#1)",
        sentence=N_(
            "Weighs a number by the probability Φ that a standard normal one is smaller; exact, not the tanh formula."
        ),
        examples=POINTS,
        element=lambda x: x * call("Phi", x),
        cost=lambda output, x: 60 * prod(output),
        bounds=(-0.17, inf),
        convention=Convention(
            N_("gelu: x·Φ(x), exactly"),
            N_("GPT-2 and other programs compute it with a formula of tanh, which differs by up to 0.0005."),
        ),
    ),
    Op(
        name="softplus",
        arguments=("x",),
        forward=softplus,
        rules=(
            Rule(
                lambda g, y, x: g * sigmoid(x),
                r"#g \odot \sigma(#1)",
                local=lambda y, x: call("sigmoid", x),
                flat="saturated",
            ),
        ),
        latex=r"\ln(1 + e^{#1})",
        sentence=N_("A smooth relu, whose slope is the sigmoid."),
        examples=POINTS,
        element=softplus_element,
        bounds=(0.0, inf),
    ),
    Op(
        name="silu",
        arguments=("x",),
        forward=_silu,
        rules=(
            Rule(
                lambda g, y, x: g * (y[1] * (1.0 + x * (1.0 - y[1]))),
                r"#g \odot \sigma(#1) \odot (1 + #1 \odot (1 - \sigma(#1)))",
                local=lambda y, x: call("sigmoid", x) * (1.0 + x * (1.0 - call("sigmoid", x))),
                flat="level",
            ),
        ),
        latex=r"#1 \odot \sigma(#1)",
        sentence=N_("Weighs a number by its own sigmoid."),
        examples=POINTS,
        element=lambda x: x * call("sigmoid", x),
        bounds=(-0.279, inf),
    ),
    Op(
        name="softmax",
        arguments=("x",),
        forward=_softmax,
        rules=(
            Rule(
                _softmax_rule,
                r"#y \odot \left(#g - \sum #g \odot #y\right)",
                jvp=lambda t, x, axis=-1: _softmax_rule(t, _softmax(x, axis), x, axis),
                local=_softmax_local,
                flat="saturated",
            ),
        ),
        latex=r"\frac{e^{#1}}{\sum e^{#1}}",
        sentence=N_(
            "Turns scores into probabilities that sum to 1 along an axis; the largest score is taken away first."
        ),
        examples=(Example((MATRIX,)), Example((MATRIX,), {"axis": 0}), Example(([0.3, -0.8],))),
        element=lambda place, x, axis=-1: softmax_element(x[place], _in_line(place, x, axis)),
        attributes={"axis": -1},
        is_elementwise=False,
        bounds=(0.0, 1.0),
    ),
    Op(
        name="log_softmax",
        arguments=("x",),
        forward=_log_softmax,
        rules=(
            Rule(
                _log_softmax_rule,
                r"#g - e^{#y} \odot \sum #g",
                jvp=_log_softmax_jvp,
                local=_log_softmax_local,
                flat="saturated",
            ),
        ),
        latex=r"#1 - \ln \sum e^{#1}",
        sentence=N_("The logarithm of softmax, computed without ever forming a probability that could be 0."),
        examples=(Example((MATRIX,)), Example((MATRIX,), {"axis": 0}), Example(([0.3, -0.8],))),
        element=_log_softmax_along,
        attributes={"axis": -1},
        is_elementwise=False,
        bounds=(-inf, 0.0),
    ),
)
