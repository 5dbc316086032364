"""Reductions: many numbers along some axes become one."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from app.engine.row import Convention, Op, Rule, Shape
from app.engine.rows.examples import REDUCTIONS
from app.errors import N_


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


AXES = {"axis": None, "keepdims": False}

REDUCING = (
    Op(
        "sum",
        ("x",),
        lambda x, axis=None, keepdims=False: np.add.reduce(x, axis=axis, keepdims=keepdims),
        (Rule(lambda g, y, x, axis=None, keepdims=False: _spread(g, x, axis), "#g"),),
        r"\sum #1",
        N_("Adds up along axes; every summand receives the upstream gradient of its sum."),
        REDUCTIONS,
        cost=lambda output, x: prod(x),
        attributes=AXES,
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
        REDUCTIONS,
        cost=lambda output, x: prod(x),
        attributes=AXES,
        is_elementwise=False,
    ),
    Op(
        "max",
        ("x",),
        _max,
        (Rule(_max_rule, r"#g \odot \frac{[#1 = #y]}{\#\{#1 = #y\}}", flat="beaten"),),
        r"\max #1",
        N_("The largest along axes; elements tied for it share the upstream gradient evenly."),
        REDUCTIONS,
        cost=lambda output, x: prod(x),
        attributes=AXES,
        is_elementwise=False,
        convention=Convention(
            N_("A tie in max: the gradient is shared evenly"),
            N_("So do torch.amax and TensorFlow; torch.max along an axis gives all of it to one of those tied."),
        ),
    ),
)
