"""The ops: one row each. The parser, the gallery, the shapes, the cost, the views and the gradient tests read the rows.

In a rule `g` is the upstream gradient ∂loss/∂y, `y` what the forward pass returned, `a, b` / `x` the arguments. A rule
returns upstream × local *before* un-broadcasting and accumulating: the walk does both, once, for every op.
The last `optional` arguments of an op may be left out.
An op that saves context returns `(y, *saved)` and its rules receive that whole tuple as `y`.
In LaTeX `#1`, `#2`, … are the operands, `#y` the output and `#g` the upstream gradient.
Kinks are PyTorch's: relu′(0) = abs′(0) = 0, leaky_relu′(0) = 0.01, ties in maximum, minimum (two arguments) split in
halves like torch.maximum, ties in max (over axes) split evenly like torch.amax.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from math import pi, prod, sqrt
from typing import Any, Literal

import numpy as np

from app.engine.staging import as_numbers, erf, select
from app.errors import N_

Shape = tuple[int, ...]
Flat = Literal["off", "beaten", "kink", "saturated", "level", "met", "certain", "kept", "flat"]
"""Off like a relu; not the one a maximum takes; at a kink; at the end of a curve that fades, or where one turns; the
prediction, or its probability, meets the target; a margin is kept; simply a slope of 0."""


@dataclass(frozen=True, slots=True)
class Rule:
    """How one argument's gradient follows from the upstream one: `vjp(g, y, *arguments, **attributes)`.

    `jvp(t, *arguments)` is how far the output moves when the argument moves by t; only ops that send one number to many
    outputs need it, to explain one number without a vjp for each of them.

    `flat` says what it means where the local derivative is 0 (or, of a bend that fades, nearly 0). Where the local
    derivative is simply an element of another argument, `factor` is that argument's number.
    """

    vjp: Callable[..., Any]
    latex: str
    jvp: Callable[..., Any] | None = None
    flat: Flat = "flat"
    factor: int | None = None


@dataclass(frozen=True, slots=True)
class Convention:
    """What is agreed upon here where others may do otherwise: what we say, and what published sources say."""

    says: str
    differs: str


@dataclass(frozen=True, slots=True)
class Example:
    """Arguments (nested lists) clear of kinks and of the edges of the domain, for the gradient test and the gallery."""

    arguments: tuple[Any, ...]
    attributes: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Op:
    """One row. `cost(output shape, *argument shapes)` counts elements and products of one forward pass; an element that
    takes as long to compute as twenty others counts as twenty.

    `sign` stands for the op where there is no room for its name, or where it is clearer; most have none.
    `class_numbers(*argument shapes)` maps each argument that holds class numbers to the number of classes.
    """

    name: str
    arguments: tuple[str, ...]
    forward: Callable[..., Any]
    rules: tuple[Rule | None, ...]
    latex: str
    sentence: str
    examples: tuple[Example, ...]
    cost: Callable[..., int] = lambda output, *arguments: prod(output)
    attributes: Mapping[str, Any] = field(default_factory=dict)
    optional: int = 0
    class_numbers: Callable[..., Mapping[int, int]] = lambda *shapes: {}
    sign: str = ""
    is_elementwise: bool = True
    is_loss: bool = False
    convention: Convention | None = None

    def value(self, *arguments: Any, **attributes: Any) -> Any:
        """The output alone, without what the forward pass saves for the rules."""
        result = self.forward(*arguments, **attributes)
        return result[0] if isinstance(result, tuple) else result


# -- products and sums ------------------------------------------------------------------------------------------------


def _matmul_a(g, y, a, b):
    if b.ndim == 1:
        return g * b if a.ndim == 1 else np.expand_dims(g, -1) * b
    if a.ndim == 1:
        return np.matmul(b, np.expand_dims(g, -1))[..., 0]
    return np.matmul(g, np.swapaxes(b, -1, -2))


def _matmul_b(g, y, a, b):
    if a.ndim == 1:
        return g * a if b.ndim == 1 else np.expand_dims(a, -1) * np.expand_dims(g, -2)
    if b.ndim == 1:
        return np.matmul(np.swapaxes(a, -1, -2), np.expand_dims(g, -1))[..., 0]
    return np.matmul(np.swapaxes(a, -1, -2), g)


def _matmul_cost(output: Shape, a: Shape, b: Shape) -> int:
    return prod(output) * a[-1]


def _rows(x):
    """(…, features) → (all samples, features), so that one matrix product sums over every leading axis."""
    return np.reshape(x, (-1, x.shape[-1])) if x.ndim != 2 else x


def _linear(x, W, b=None):
    if x.ndim == 0 or W.ndim != 2:
        raise ValueError(f"a linear layer of {x.shape} and {W.shape}")
    y = np.dot(x, W.T) if x.ndim <= 2 else np.matmul(x, W.T)
    # A bias copied in and added to is faster than a broadcast addition.
    return y if b is None else np.broadcast_to(b, y.shape).copy() + y


def _linear_cost(output: Shape, x: Shape, W: Shape, *b: Shape) -> int:
    return prod(output) * (W[-1] + len(b))


def _kept(shape: Shape, axis: Any) -> Shape:
    """The shape a reduction over `axis` would have with keepdims=True."""
    axes = range(len(shape)) if axis is None or not shape else [a % len(shape) for a in np.atleast_1d(axis).tolist()]
    return tuple(1 if i in axes else length for i, length in enumerate(shape))


def _spread(g, x, axis):
    """The upstream gradient of a reduction, looked at in the shape of what was reduced."""
    return np.broadcast_to(np.reshape(g, _kept(x.shape, axis)), x.shape)


def _mean(x, axis=None, keepdims=False):
    total = np.add.reduce(x, axis=axis, keepdims=keepdims)
    return total * (max(_size(total), 1) / max(x.size, 1))


def _size(x) -> int:
    return prod(np.shape(x))


def _max(x, axis=None, keepdims=False):
    return np.maximum.reduce(x, axis=axis, keepdims=keepdims)


def _max_rule(g, y, x, axis=None, keepdims=False):
    tied = np.equal(x, _spread(y, x, axis)) * 1.0
    count = np.add.reduce(tied, axis=axis, keepdims=True)
    return _spread(g, x, axis) * tied / count


def _pow_b(g, y, a, b):
    flat = np.logical_and(np.equal(a, 0.0), np.greater_equal(b, 0.0))
    return select(flat, 0.0, g * (y * np.log(a)))


def _half_where_tied(g, wins, ties):
    return g * (wins + 0.5 * ties)


# -- activations ------------------------------------------------------------------------------------------------------


def _is_on(y):
    """1 where a relu lets pass, else 0; the sign is faster on small arrays, the comparison on large ones."""
    return np.sign(y) if y.size <= 512 else y > 0.0


def _sigmoid(x):
    # exp overflows to infinity for very negative x, and 1/(1 + ∞) is the 0 that is wanted.
    return np.reciprocal(np.exp(-x) + 1.0)


def _softplus(x):
    return np.maximum(x, 0.0) + np.log1p(np.exp(-np.abs(x)))


def _normal_cdf(x):
    return 0.5 * (erf(x * sqrt(0.5)) + 1.0)


def _gelu(x):
    cdf = _normal_cdf(x)
    return x * cdf, cdf


def _gelu_rule(g, y, x):
    return g * (y[1] + x * np.exp(-0.5 * x * x) * (1 / sqrt(2 * pi)))


def _silu(x):
    gate = _sigmoid(x)
    return x * gate, gate


def _shifted(x, axis):
    return x - np.maximum.reduce(x, axis=axis, keepdims=True)


def _softmax(x, axis=-1):
    powers = np.exp(_shifted(x, axis))
    return powers / np.add.reduce(powers, axis=axis, keepdims=True)


def _softmax_rule(g, y, x, axis=-1):
    return y * (g - np.add.reduce(g * y, axis=axis, keepdims=True))


def _log_softmax(x, axis=-1):
    shifted = _shifted(x, axis)
    return shifted - np.log(np.add.reduce(np.exp(shifted), axis=axis, keepdims=True))


def _log_softmax_rule(g, y, x, axis=-1):
    return g - np.exp(y) * np.add.reduce(g, axis=axis, keepdims=True)


# -- losses: (prediction, target) → scalar ----------------------------------------------------------------------------


def _paired(prediction, target) -> None:
    if prediction.shape != target.shape:
        raise ValueError(f"a loss of {prediction.shape} and {target.shape}")


def _batch(prediction) -> int:
    return prediction.shape[0] if prediction.ndim > 1 else 1


def _total(x):
    return np.add.reduce(x, axis=None)


def _product_total(a, b):
    """Σ a ⊙ b; one dot product is faster than a product and a sum."""
    if a.ndim == 0:
        return a * b
    return np.dot(_flat(a), _flat(b))


def _flat(x):
    return np.reshape(x, (-1,)) if x.ndim > 1 else x


def _row_totals(x):
    """Sums over the last axis, which is kept; for rows a product with ones is faster than a sum."""
    return np.dot(x, np.ones((x.shape[-1], 1))) if x.ndim == 2 else np.add.reduce(x, axis=-1, keepdims=True)


def _half_squared_error(p, t):
    _paired(p, t)
    difference = p - t
    return _product_total(difference, difference) * (0.5 / _batch(p)), difference


def _mean_squared_error(p, t):
    _paired(p, t)
    difference = p - t
    return _product_total(difference, difference) * (1 / p.size), difference


def _mean_absolute_error(p, t):
    _paired(p, t)
    difference = p - t
    return _total(np.abs(difference)) * (1 / p.size), difference


def _huber(p, t):
    _paired(p, t)
    difference = p - t
    clipped = np.minimum(np.maximum(difference, -1.0), 1.0)
    return _total(clipped * (difference - 0.5 * clipped)) * (1 / p.size), clipped


def _hinge(p, t):
    _paired(p, t)
    margin = np.maximum(1.0 - t * p, 0.0)
    return _total(margin) * (1 / p.size), margin


def _binary_cross_entropy(p, t):
    _paired(p, t)
    log_yes = np.maximum(np.log(p), -100.0)
    log_no = np.maximum(np.log1p(-p), -100.0)
    return _total((t - 1.0) * log_no - t * log_yes) * (1 / p.size), log_yes, log_no


def _binary_cross_entropy_with_logits(z, t):
    _paired(z, t)
    return _total(_softplus(z) - z * t) * (1 / z.size)


def _class_numbers(z: Shape, t: Shape) -> Mapping[int, int]:
    return {1: z[-1]} if len(t) < len(z) else {}


def _cross_entropy(z, t):
    if t.shape not in (z.shape, z.shape[:-1]) or z.ndim == 0:
        raise ValueError(f"a cross-entropy of {z.shape} and {t.shape}")
    shifted = _shifted(z, -1)
    powers = np.exp(shifted)
    total = _row_totals(powers)
    log_probability = shifted - np.log(total)
    rows = as_numbers(np.equal(np.expand_dims(t, -1), np.arange(float(z.shape[-1])))) if t.ndim < z.ndim else t
    return _product_total(rows, log_probability) * (-1 / _batch(z)), log_probability, powers / total, rows


def _cross_entropy_rule(g, y, z, t):
    _, _, probability, rows = y
    # Rows that sum to one, as class numbers do, need no weight.
    weighted = probability if t.ndim < z.ndim else probability * _row_totals(rows)
    return (weighted - rows) * (g * (1 / _batch(z)))


def _two(*pairs: tuple[Any, Any]) -> tuple[Example, ...]:
    return tuple(Example(pair) for pair in pairs)


def _one(*values: Any) -> tuple[Example, ...]:
    return tuple(Example((value,)) for value in values)


_MATRIX = [[0.5, -1.25, 2.0], [-0.75, 1.5, 0.25]]
_PAIRS = _two((1.5, -2.25), (_MATRIX, [0.3, -0.6, 1.7]), ([[0.4], [-1.1]], [0.9, 2.3]))
_POINTS = _one(0.7, -1.3, _MATRIX)
_PREDICTIONS = _two(([[0.2, 0.7], [0.6, 0.1]], [[0.0, 1.0], [1.0, 0.25]]), ([0.9, -1.4, 3.0], [0.5, 0.5, 0.5]))
_REDUCTIONS = (
    Example((_MATRIX,)),
    Example((_MATRIX,), {"axis": 0}),
    Example((_MATRIX,), {"axis": (0, -1), "keepdims": True}),
)
_REDUCTION = {"axis": None, "keepdims": False}

ROWS = (
    Op(
        "add",
        ("a", "b"),
        lambda a, b: a + b,
        (Rule(lambda g, y, a, b: g, "#g"), Rule(lambda g, y, a, b: g, "#g")),
        "#1 + #2",
        N_("Adds; each summand receives the upstream gradient unchanged."),
        _PAIRS,
        sign="+",
    ),
    Op(
        "sub",
        ("a", "b"),
        lambda a, b: a - b,
        (Rule(lambda g, y, a, b: g, "#g"), Rule(lambda g, y, a, b: -g, "-#g")),
        "#1 - #2",
        N_("Subtracts; the second operand receives the upstream gradient with its sign turned."),
        _PAIRS,
        sign="−",
    ),
    Op(
        "mul",
        ("a", "b"),
        lambda a, b: a * b,
        (
            Rule(lambda g, y, a, b: g * b, r"#g \odot #2", factor=1),
            Rule(lambda g, y, a, b: g * a, r"#g \odot #1", factor=0),
        ),
        r"#1 \odot #2",
        N_("Multiplies element by element; each factor receives the upstream gradient times the other factor."),
        _PAIRS,
        sign="×",
    ),
    Op(
        "div",
        ("a", "b"),
        lambda a, b: a / b,
        (
            Rule(lambda g, y, a, b: g / b, r"\frac{#g}{#2}"),
            Rule(lambda g, y, a, b: -g * y / b, r"-\frac{#g \odot #y}{#2}"),
        ),
        r"\frac{#1}{#2}",
        N_("Divides element by element."),
        _PAIRS,
        sign="÷",
    ),
    Op(
        "neg",
        ("x",),
        lambda x: -x,
        (Rule(lambda g, y, x: -g, "-#g"),),
        "-#1",
        N_("Turns the sign."),
        _POINTS,
        sign="−",
    ),
    Op(
        "pow",
        ("a", "b"),
        lambda a, b: np.power(a, b),
        (
            # At b = 0 the power is constant, also where a is 0 and a**(b-1) is not finite.
            Rule(
                lambda g, y, a, b: select(np.equal(b, 0.0), 0.0, g * (b * np.power(a, b - 1.0))),
                r"#g \odot #2 \odot #1^{#2 - 1}",
            ),
            # At a = 0 with b ≥ 0 the power does not depend on b to first order; log(0) would say NaN.
            Rule(_pow_b, r"#g \odot #y \odot \ln #1"),
        ),
        "#1^{#2}",
        N_("Raises to a power."),
        _two((1.7, 2.5), ([[0.5, 1.25, 2.0]], [[2.0], [-1.5]])),
        sign="^",
        cost=lambda output, a, b: 20 * prod(output),
    ),
    Op(
        "matmul",
        ("a", "b"),
        lambda a, b: np.matmul(a, b),
        (
            Rule(_matmul_a, r"#g\,#2^{\top}", jvp=lambda t, a, b: np.matmul(t, b), factor=1),
            Rule(_matmul_b, r"#1^{\top} #g", jvp=lambda t, a, b: np.matmul(a, t), factor=0),
        ),
        r"#1\,#2",
        N_("Multiplies matrices; an axis of length one is added to a vector and taken away again, as NumPy does."),
        _two(
            (_MATRIX, [[1.0, -2.0], [0.5, 0.25], [-1.5, 3.0]]),
            (_MATRIX, [1.0, -2.0, 0.5]),
            ([1.0, -2.0], _MATRIX),
            ([1.0, -2.0, 0.5], [0.3, 0.7, -1.1]),
            ([_MATRIX, _MATRIX], [[[1.0], [2.0], [3.0]]]),
        ),
        cost=_matmul_cost,
        is_elementwise=False,
        sign="@",
    ),
    Op(
        "transpose",
        ("x",),
        lambda x, axes=None: np.transpose(x, axes),
        (
            Rule(
                lambda g, y, x, axes=None: np.transpose(
                    g, None if axes is None else np.argsort([axis % x.ndim for axis in np.atleast_1d(axes)]).tolist()
                ),
                r"#g^{\top}",
            ),
        ),
        r"#1^{\top}",
        N_("Exchanges the axes."),
        (Example((_MATRIX,)), Example(([_MATRIX],), {"axes": (1, 2, 0)})),
        attributes={"axes": None},
        is_elementwise=False,
        sign="ᵀ",
    ),
    Op(
        "reshape",
        ("x",),
        lambda x, shape: np.reshape(x, shape),
        (Rule(lambda g, y, x, shape: np.reshape(g, x.shape), r"\mathrm{reshape}(#g)"),),
        r"\mathrm{reshape}(#1)",
        N_("The same numbers in the same order in another shape."),
        (Example((_MATRIX,), {"shape": (3, 2)}), Example((_MATRIX,), {"shape": (-1,)})),
        attributes={"shape": (-1,)},
        is_elementwise=False,
    ),
    Op(
        "exp",
        ("x",),
        lambda x: np.exp(x),
        (Rule(lambda g, y, x: g * y, r"#g \odot #y"),),
        "e^{#1}",
        N_("The exponential function, which is its own derivative."),
        _POINTS,
    ),
    Op(
        "log",
        ("x",),
        lambda x: np.log(x),
        (Rule(lambda g, y, x: g / x, r"\frac{#g}{#1}"),),
        r"\ln #1",
        N_("The natural logarithm."),
        _one(0.7, [[0.5, 1.25, 2.0]]),
    ),
    Op(
        "sqrt",
        ("x",),
        lambda x: np.sqrt(x),
        (Rule(lambda g, y, x: g / (2.0 * y), r"\frac{#g}{2\,#y}"),),
        r"\sqrt{#1}",
        N_("The square root."),
        _one(0.7, [[0.5, 1.25, 2.0]]),
    ),
    Op(
        "abs",
        ("x",),
        lambda x: np.abs(x),
        (Rule(lambda g, y, x: g * np.sign(x), r"#g \odot \operatorname{sign}(#1)", flat="kink"),),
        r"\left|#1\right|",
        N_("The absolute value; its derivative at 0 is taken to be 0."),
        _POINTS,
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
        _POINTS,
    ),
    Op(
        "cos",
        ("x",),
        lambda x: np.cos(x),
        (Rule(lambda g, y, x: -g * np.sin(x), r"-#g \odot \sin(#1)"),),
        r"\cos(#1)",
        N_("The cosine, of radians."),
        _POINTS,
    ),
    Op(
        "maximum",
        ("a", "b"),
        lambda a, b: np.maximum(a, b),
        (
            Rule(lambda g, y, a, b: _half_where_tied(g, a > b, np.equal(a, b)), r"#g \odot [#1 > #2]", flat="beaten"),
            Rule(lambda g, y, a, b: _half_where_tied(g, b > a, np.equal(a, b)), r"#g \odot [#2 > #1]", flat="beaten"),
        ),
        r"\max(#1, #2)",
        N_("The larger of two; a tie gives half of the upstream gradient to each."),
        _PAIRS,
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
            Rule(lambda g, y, a, b: _half_where_tied(g, a < b, np.equal(a, b)), r"#g \odot [#1 < #2]", flat="beaten"),
            Rule(lambda g, y, a, b: _half_where_tied(g, b < a, np.equal(a, b)), r"#g \odot [#2 < #1]", flat="beaten"),
        ),
        r"\min(#1, #2)",
        N_("The smaller of two; a tie gives half of the upstream gradient to each."),
        _PAIRS,
        convention=Convention(
            N_("A tie in minimum: half of the gradient to each"),
            N_("PyTorch and JAX halve it; TensorFlow gives all of it to the first."),
        ),
    ),
    Op(
        "sum",
        ("x",),
        lambda x, axis=None, keepdims=False: np.add.reduce(x, axis=axis, keepdims=keepdims),
        (Rule(lambda g, y, x, axis=None, keepdims=False: _spread(g, x, axis), "#g"),),
        r"\sum #1",
        N_("Adds up along axes; every summand receives the upstream gradient of its sum."),
        _REDUCTIONS,
        cost=lambda output, x: prod(x),
        attributes=_REDUCTION,
        is_elementwise=False,
    ),
    Op(
        "mean",
        ("x",),
        _mean,
        (
            Rule(
                lambda g, y, x, axis=None, keepdims=False: _spread(g * (max(_size(g), 1) / max(x.size, 1)), x, axis),
                r"\frac{1}{n}\,#g",
            ),
        ),
        r"\frac{1}{n} \sum #1",
        N_("The mean along axes; every element receives its share of the upstream gradient."),
        _REDUCTIONS,
        cost=lambda output, x: prod(x),
        attributes=_REDUCTION,
        is_elementwise=False,
    ),
    Op(
        "max",
        ("x",),
        _max,
        (Rule(_max_rule, r"#g \odot \frac{[#1 = #y]}{\#\{#1 = #y\}}", flat="beaten"),),
        r"\max #1",
        N_("The largest along axes; elements tied for it share the upstream gradient evenly."),
        _REDUCTIONS,
        cost=lambda output, x: prod(x),
        attributes=_REDUCTION,
        is_elementwise=False,
        convention=Convention(
            N_("A tie in max: the gradient is shared evenly"),
            N_("So do torch.amax and TensorFlow; torch.max along an axis gives all of it to one of those tied."),
        ),
    ),
    Op(
        "sigmoid",
        ("x",),
        _sigmoid,
        (Rule(lambda g, y, x: g * (y * (1.0 - y)), r"#g \odot #y \odot (1 - #y)", flat="saturated"),),
        r"\sigma(#1) = \frac{1}{1 + e^{-#1}}",
        N_("Squeezes any number between 0 and 1; the slope is at most 1/4 and fades at both ends."),
        _POINTS,
    ),
    Op(
        "tanh",
        ("x",),
        lambda x: np.tanh(x),
        (Rule(lambda g, y, x: g * (1.0 - y * y), r"#g \odot (1 - #y^2)", flat="saturated"),),
        r"\tanh(#1)",
        N_("Squeezes any number between −1 and 1; the slope is 1 at 0 and fades at both ends."),
        _POINTS,
    ),
    Op(
        "relu",
        ("x",),
        # An array of zeros beats one zero two to three times in maximum.
        lambda x: np.maximum(x, np.zeros(x.shape)),
        (Rule(lambda g, y, x: g * _is_on(y), r"#g \odot [#1 > 0]", flat="off"),),
        r"\max(0, #1)",
        N_("Lets positive numbers pass and holds the rest at 0; its derivative at 0 is taken to be 0."),
        _POINTS,
        convention=Convention(
            N_("relu′(0) = 0"),
            N_("At 0 a relu has no derivative. PyTorch and TensorFlow take 0; some texts take 1 or ½."),
        ),
    ),
    Op(
        "leaky_relu",
        ("x",),
        lambda x: np.maximum(x, 0.0) + 0.01 * np.minimum(x, 0.0),
        (
            Rule(
                lambda g, y, x: g * select(x > 0.0, 1.0, 0.01),
                r"#g \odot \begin{cases}1 & #1 > 0\\0.01 & #1 \le 0\end{cases}",
            ),
        ),
        r"\max(0, #1) + 0.01 \min(0, #1)",
        N_("Lets positive numbers pass and a hundredth of negative ones; its derivative at 0 is taken to be 0.01."),
        _POINTS,
        convention=Convention(
            N_("leaky_relu: slope 0.01 below 0, leaky_relu′(0) = 0.01"),
            N_("PyTorch has the slope 0.01; TensorFlow’s function has 0.2, Keras’s layer 0.3 unless told otherwise."),
        ),
    ),
    Op(
        "elu",
        ("x",),
        lambda x: np.maximum(x, 0.0) + np.expm1(np.minimum(x, 0.0)),
        (Rule(lambda g, y, x: g * np.exp(np.minimum(x, 0.0)), r"#g \odot e^{\min(0, #1)}", flat="saturated"),),
        r"\max(0, #1) + e^{\min(0, #1)} - 1",
        N_("Lets positive numbers pass and bends negative ones towards −1 (α = 1)."),
        _POINTS,
        convention=Convention(
            N_("elu: α = 1"),
            N_("Below 0 it is α(eˣ − 1); PyTorch and Keras have α = 1 unless told otherwise, as here."),
        ),
    ),
    Op(
        "gelu",
        ("x",),
        _gelu,
        (Rule(_gelu_rule, r"#g \odot (\Phi(#1) + #1 \odot \varphi(#1))", flat="level"),),
        r"#1 \odot \Phi(#1)",
        N_("Weighs a number by the probability Φ that a standard normal one is smaller; exact, not the tanh formula."),
        _POINTS,
        cost=lambda output, x: 60 * prod(output),
        convention=Convention(
            N_("gelu: x·Φ(x), exactly"),
            N_("GPT-2 and other programs compute it with a formula of tanh, which differs by up to 0.0005."),
        ),
    ),
    Op(
        "softplus",
        ("x",),
        _softplus,
        (Rule(lambda g, y, x: g * _sigmoid(x), r"#g \odot \sigma(#1)", flat="saturated"),),
        r"\ln(1 + e^{#1})",
        N_("A smooth relu, whose slope is the sigmoid."),
        _POINTS,
    ),
    Op(
        "silu",
        ("x",),
        _silu,
        (
            Rule(
                lambda g, y, x: g * (y[1] * (1.0 + x * (1.0 - y[1]))),
                r"#g \odot \sigma(#1) \odot (1 + #1 \odot (1 - \sigma(#1)))",
                flat="level",
            ),
        ),
        r"#1 \odot \sigma(#1)",
        N_("Weighs a number by its own sigmoid."),
        _POINTS,
    ),
    Op(
        "softmax",
        ("x",),
        _softmax,
        (
            Rule(
                _softmax_rule,
                r"#y \odot \left(#g - \sum #g \odot #y\right)",
                jvp=lambda t, x, axis=-1: _softmax_rule(t, _softmax(x, axis), x, axis),
                flat="saturated",
            ),
        ),
        r"\frac{e^{#1}}{\sum e^{#1}}",
        N_("Turns scores into probabilities that sum to 1 along an axis; the largest score is taken away first."),
        (Example((_MATRIX,)), Example((_MATRIX,), {"axis": 0}), Example(([0.3, -0.8],))),
        attributes={"axis": -1},
        is_elementwise=False,
    ),
    Op(
        "log_softmax",
        ("x",),
        _log_softmax,
        (
            Rule(
                _log_softmax_rule,
                r"#g - e^{#y} \odot \sum #g",
                jvp=lambda t, x, axis=-1: t - np.add.reduce(_softmax(x, axis) * t, axis=axis, keepdims=True),
                flat="saturated",
            ),
        ),
        r"#1 - \ln \sum e^{#1}",
        N_("The logarithm of softmax, computed without ever forming a probability that could be 0."),
        (Example((_MATRIX,)), Example((_MATRIX,), {"axis": 0}), Example(([0.3, -0.8],))),
        attributes={"axis": -1},
        is_elementwise=False,
    ),
    Op(
        "linear",
        ("x", "W", "b"),
        _linear,
        (
            Rule(
                lambda g, y, x, W, *b: np.dot(g, W) if g.ndim <= 2 else np.matmul(g, W),
                r"#g\,#2",
                jvp=lambda t, x, W, *b: _linear(t, W),
                factor=1,
            ),
            Rule(
                lambda g, y, x, W, *b: np.dot(_rows(g).T, _rows(x)) if x.ndim > 1 else np.expand_dims(g, -1) * x,
                r"#g^{\top} #1",
                jvp=lambda t, x, W, *b: _linear(x, t),
                factor=0,
            ),
            Rule(lambda g, y, x, W, b: g, r"\sum #g", jvp=lambda t, x, W, b: np.zeros(x.shape[:-1])[..., None] + t),
        ),
        r"#1\,#2^{\top} + #3",
        N_("A dense layer: each output is a weighted sum of the inputs plus its bias; each row of W makes one output."),
        (
            Example((_MATRIX, [[1.0, -2.0, 0.5]], [0.3])),
            Example(([0.5, -1.0], [[1.0, -2.0], [0.5, 0.1]], [0.3, 0.2])),
            Example((_MATRIX, [[1.0, -2.0, 0.5], [0.4, 0.6, -0.9]])),
        ),
        cost=_linear_cost,
        optional=1,
        is_elementwise=False,
    ),
    Op(
        "half_squared_error",
        ("prediction", "target"),
        _half_squared_error,
        (
            Rule(lambda g, y, p, t: y[1] * (g * (1 / _batch(p))), r"\frac{#g}{n} (#1 - #2)", flat="met"),
            Rule(lambda g, y, p, t: y[1] * (g * (-1 / _batch(p))), r"\frac{#g}{n} (#2 - #1)", flat="met"),
        ),
        r"\frac{1}{n} \sum \tfrac{1}{2} (#1 - #2)^2",
        N_("Half of the squared error, summed over the outputs, averaged over the n rows of the batch."),
        _PREDICTIONS,
        is_elementwise=False,
        cost=lambda output, p, t: 2 * prod(p),
        is_loss=True,
        convention=Convention(
            N_("Loss: ½ (ŷ − y)², summed over the outputs, mean over the rows"),
            N_(
                "Mazur and Nielsen write the ½, which makes the derivative ŷ − y. "
                "Without it every gradient is twice as large."
            ),
        ),
    ),
    Op(
        "mean_squared_error",
        ("prediction", "target"),
        _mean_squared_error,
        (
            Rule(lambda g, y, p, t: y[1] * (g * (2 / p.size)), r"\frac{2\,#g}{N} (#1 - #2)", flat="met"),
            Rule(lambda g, y, p, t: y[1] * (g * (-2 / p.size)), r"\frac{2\,#g}{N} (#2 - #1)", flat="met"),
        ),
        r"\frac{1}{N} \sum (#1 - #2)^2",
        N_("The squared error, averaged over all N elements."),
        _PREDICTIONS,
        is_elementwise=False,
        cost=lambda output, p, t: 2 * prod(p),
        is_loss=True,
        convention=Convention(
            N_("Loss: (ŷ − y)², mean over every element"),
            N_(
                "So does PyTorch’s MSELoss. Who sums over the outputs gets gradients larger by their number; "
                "who writes a ½, half as large."
            ),
        ),
    ),
    Op(
        "mean_absolute_error",
        ("prediction", "target"),
        _mean_absolute_error,
        (
            Rule(
                lambda g, y, p, t: np.sign(y[1]) * (g * (1 / p.size)),
                r"\frac{#g}{N} \operatorname{sign}(#1 - #2)",
                flat="met",
            ),
            Rule(
                lambda g, y, p, t: np.sign(y[1]) * (g * (-1 / p.size)),
                r"\frac{#g}{N} \operatorname{sign}(#2 - #1)",
                flat="met",
            ),
        ),
        r"\frac{1}{N} \sum \left|#1 - #2\right|",
        N_("The absolute error, averaged over all N elements; its derivative at 0 is taken to be 0."),
        _PREDICTIONS,
        is_elementwise=False,
        cost=lambda output, p, t: 2 * prod(p),
        is_loss=True,
        convention=Convention(
            N_("Loss: |ŷ − y|, mean over every element; slope 0 where they are equal"),
            N_("PyTorch’s L1Loss does the same; other texts sum, and leave the slope at 0 open."),
        ),
    ),
    Op(
        "huber",
        ("prediction", "target"),
        _huber,
        (
            Rule(
                lambda g, y, p, t: y[1] * (g * (1 / p.size)),
                r"\frac{#g}{N} \operatorname{clip}(#1 - #2, -1, 1)",
                flat="met",
            ),
            Rule(
                lambda g, y, p, t: y[1] * (g * (-1 / p.size)),
                r"\frac{#g}{N} \operatorname{clip}(#2 - #1, -1, 1)",
                flat="met",
            ),
        ),
        r"\frac{1}{N} \sum \begin{cases}\frac{1}{2}(#1 - #2)^2 & |#1 - #2| \le 1\\"
        r"|#1 - #2| - \frac{1}{2} & |#1 - #2| > 1\end{cases}",
        N_("Squared near the target, absolute beyond a distance of δ = 1; averaged over all N elements."),
        _PREDICTIONS,
        is_elementwise=False,
        cost=lambda output, p, t: 4 * prod(p),
        is_loss=True,
        convention=Convention(
            N_("Loss: Huber’s with δ = 1, mean over every element"),
            N_("Keras and PyTorch have δ = 1, too; statisticians use 1.345 times the spread of the errors."),
        ),
    ),
    Op(
        "hinge",
        ("prediction", "target"),
        _hinge,
        (
            Rule(
                lambda g, y, p, t: t * np.sign(y[1]) * (g * (-1 / p.size)),
                r"-\frac{#g}{N}\,#2 \odot [#2 \odot #1 < 1]",
                flat="kept",
            ),
            Rule(
                lambda g, y, p, t: p * np.sign(y[1]) * (g * (-1 / p.size)), r"-\frac{#g}{N}\,#1 \odot [#2 \odot #1 < 1]"
            ),
        ),
        r"\frac{1}{N} \sum \max(0, 1 - #2 \odot #1)",
        N_("For labels of ±1: how far a prediction falls short of a margin of 1, averaged over all N elements."),
        _two(([[0.2, 1.7], [-0.6, -0.1]], [[1.0, 1.0], [1.0, -1.0]])),
        is_elementwise=False,
        cost=lambda output, p, t: 3 * prod(p),
        is_loss=True,
        convention=Convention(
            N_("Loss: max(0, 1 − y ŷ) for labels ±1, mean over every element; slope 0 at the margin itself"),
            N_("Others use labels 0 and 1, or, as CS231n does, sum the margins of all wrong classes."),
        ),
    ),
    Op(
        "binary_cross_entropy",
        ("prediction", "target"),
        _binary_cross_entropy,
        (
            # PyTorch holds the denominator at 1e-12, so that a certain and wrong prediction has a finite gradient.
            Rule(
                lambda g, y, p, t: (p - t) / np.maximum(p * (1.0 - p), 1e-12) * (g * (1 / p.size)),
                r"\frac{#g}{N}\,\frac{#1 - #2}{#1 \odot (1 - #1)}",
                flat="met",
            ),
            Rule(lambda g, y, p, t: (y[2] - y[1]) * (g * (1 / p.size)), r"\frac{#g}{N}\,\ln\frac{1 - #1}{#1}"),
        ),
        r"-\frac{1}{N} \sum \left(#2 \odot \ln #1 + (1 - #2) \odot \ln(1 - #1)\right)",
        N_("For probabilities and targets of 0 or 1; the logarithms are held at −100; averaged over all N elements."),
        _two(([[0.2, 0.7], [0.6, 0.1]], [[0.0, 1.0], [1.0, 0.25]])),
        is_elementwise=False,
        cost=lambda output, p, t: 6 * prod(p),
        is_loss=True,
        convention=Convention(
            N_("Loss: logarithms held at −100, mean over every element"),
            N_("PyTorch holds the logarithm at −100; Keras keeps the probability 10⁻⁷ away from 0 and 1 instead."),
        ),
    ),
    Op(
        "binary_cross_entropy_with_logits",
        ("prediction", "target"),
        _binary_cross_entropy_with_logits,
        (
            Rule(
                lambda g, y, z, t: (_sigmoid(z) - t) * (g * (1 / z.size)),
                r"\frac{#g}{N} (\sigma(#1) - #2)",
                flat="certain",
            ),
            Rule(lambda g, y, z, t: z * (g * (-1 / z.size)), r"-\frac{#g}{N}\,#1"),
        ),
        r"\frac{1}{N} \sum \left(\ln(1 + e^{#1}) - #1 \odot #2\right)",
        N_("Binary cross-entropy of the sigmoid of N scores, computed from the scores themselves: exact at any size."),
        _PREDICTIONS,
        is_elementwise=False,
        cost=lambda output, p, t: 5 * prod(p),
        is_loss=True,
        convention=Convention(
            N_("Loss: binary cross-entropy of scores, mean over every element"),
            N_(
                "The sigmoid is inside the loss: giving it probabilities, as other programs expect, "
                "makes other gradients."
            ),
        ),
    ),
    Op(
        "cross_entropy",
        ("prediction", "target"),
        _cross_entropy,
        (
            Rule(_cross_entropy_rule, r"\frac{#g}{n} (\operatorname{softmax}(#1) - #2)", flat="certain"),
            Rule(lambda g, y, z, t: y[1] * (g * (-1 / _batch(z))), r"-\frac{#g}{n}\,\ln \operatorname{softmax}(#1)"),
        ),
        r"-\frac{1}{n} \sum #2 \odot \ln \operatorname{softmax}(#1)",
        N_("Cross-entropy of the softmax of scores with class numbers or one-hot rows, averaged over the n rows."),
        (
            Example((_MATRIX, [2, 0])),
            Example((_MATRIX, [[0.0, 0.0, 1.0], [1.0, 0.0, 0.0]])),
            Example(([0.3, -0.8], [0.0, 1.0])),
        ),
        is_elementwise=False,
        cost=lambda output, p, t: 6 * prod(p),
        class_numbers=_class_numbers,
        is_loss=True,
        convention=Convention(
            N_("Loss: cross-entropy of scores, mean over the rows"),
            N_(
                "The softmax is inside the loss, as in PyTorch; Keras expects probabilities unless told otherwise. "
                "Some texts sum over the rows."
            ),
        ),
    ),
)

OPS: Mapping[str, Op] = {row.name: row for row in ROWS}
