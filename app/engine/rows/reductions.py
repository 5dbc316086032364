"""Reductions: many numbers along some axes become one."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

import numpy as np

from app.engine.elements import Elements, averaged, total
from app.engine.formula import Call, Formula, Index, Number
from app.engine.row import Convention, Op, Operand, Rule, Shape
from app.engine.rows.examples import REDUCTIONS
from app.errors import N_


def _reduced(ndim: int, axis: Any) -> Sequence[int]:
    """The axes that a reduction takes away, counted from the first."""
    return range(ndim) if axis is None or not ndim else [a % ndim for a in np.atleast_1d(axis).tolist()]


def _kept(shape: Shape, axis: Any) -> Shape:
    """The shape a reduction over `axis` would have with keepdims=True."""
    axes = _reduced(len(shape), axis)
    return tuple(1 if i in axes else length for i, length in enumerate(shape))


def _gathered(place: Shape, x: Elements, axis: Any, keepdims: bool) -> Elements:
    """The elements that one element of a reduction is made of."""
    axes = _reduced(x.ndim, axis)
    own = iter([number for i, number in enumerate(place) if not (keepdims and i in axes)])
    index = tuple(slice(None) if i in axes else slice(number := next(own), number + 1) for i in range(x.ndim))
    return x[index] if index else x


def _spread(g: Operand, x: Operand, axis: Any) -> Operand:
    """The upstream gradient of a reduction, looked at in the shape of what was reduced."""
    return np.broadcast_to(np.reshape(g, _kept(x.shape, axis)), x.shape)


def _mean(x: Operand, axis: Any = None, keepdims: Any = False) -> Operand:
    total = np.add.reduce(x, axis=axis, keepdims=keepdims)
    return total * (max(_size(total), 1) / max(x.size, 1))


def _size(x: Operand) -> int:
    return prod(np.shape(x))


def _max(x: Operand, axis: Any = None, keepdims: Any = False) -> Operand:
    return np.maximum.reduce(x, axis=axis, keepdims=keepdims)


def _mean_element(place: Index, x: Elements, axis: Any = None, keepdims: bool = False) -> Formula:
    elements = _gathered(place, x, axis, keepdims)
    return averaged(total(lambda x: x, elements), elements.size)


def _max_element(place: Index, x: Elements, axis: Any = None, keepdims: bool = False) -> Formula:
    places = _gathered(place, x, axis, keepdims).places()
    return places[0] if len(places) == 1 else Call("max", places)


def _max_local(
    place: Index, index: Index, y: Elements, x: Elements, axis: Any = None, keepdims: bool = False
) -> Operand:
    largest = y[place]
    tied = np.count_nonzero(_gathered(place, x, axis, keepdims).numbers == largest.value)
    is_largest = np.equal(x[index], largest)
    return is_largest if tied == 1 else is_largest / tied


def _max_rule(g: Operand, y: Operand, x: Operand, axis: Any = None, keepdims: bool = False) -> Operand:
    tied = np.equal(x, _spread(y, x, axis)) * 1.0
    count = np.add.reduce(tied, axis=axis, keepdims=True)
    return _spread(g, x, axis) * tied / count


AXES = {"axis": None, "keepdims": False}

REDUCING = (
    Op(
        name="sum",
        arguments=("x",),
        forward=lambda x, axis=None, keepdims=False: np.add.reduce(x, axis=axis, keepdims=keepdims),
        rules=(
            Rule(
                lambda g, y, x, axis=None, keepdims=False: _spread(g, x, axis),
                "#g",
                local=lambda *elements, axis=None, keepdims=False: 1.0,
            ),
        ),
        latex=r"\sum #1",
        sentence=N_("Adds up along axes; every summand receives the upstream gradient of its sum."),
        examples=REDUCTIONS,
        element=lambda place, x, axis=None, keepdims=False: total(lambda x: x, _gathered(place, x, axis, keepdims)),
        cost=lambda output, x: prod(x),
        attributes=AXES,
        is_elementwise=False,
    ),
    Op(
        name="mean",
        arguments=("x",),
        forward=_mean,
        rules=(
            Rule(
                lambda g, y, x, axis=None, keepdims=False: _spread(g * (max(_size(g), 1) / max(x.size, 1)), x, axis),
                r"\frac{1}{n}\,#g",
                local=lambda place, index, y, x, axis=None, keepdims=False: averaged(Number(1.0), x.size // y.size),
            ),
        ),
        latex=r"\frac{1}{n} \sum #1",
        sentence=N_("The mean along axes; every element receives its share of the upstream gradient."),
        examples=REDUCTIONS,
        element=_mean_element,
        cost=lambda output, x: prod(x),
        attributes=AXES,
        is_elementwise=False,
    ),
    Op(
        name="max",
        arguments=("x",),
        forward=_max,
        rules=(Rule(_max_rule, r"#g \odot \frac{[#1 = #y]}{\#\{#1 = #y\}}", local=_max_local, flat="beaten"),),
        latex=r"\max #1",
        sentence=N_("The largest along axes; elements tied for it share the upstream gradient evenly."),
        examples=REDUCTIONS,
        element=_max_element,
        cost=lambda output, x: prod(x),
        attributes=AXES,
        is_elementwise=False,
        convention=Convention(
            N_("A tie in max: the gradient is shared evenly"),
            N_("So do torch.amax and TensorFlow; torch.max along an axis gives all of it to one of those tied."),
        ),
    ),
)
