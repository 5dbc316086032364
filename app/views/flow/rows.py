"""The layers at this moment: how large the gradient of each is, how far the update moves it, and what is flat."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil, floor, isfinite, log10

import numpy as np

from app.engine import flow
from app.engine.flow import Layer
from app.engine.graph import Graph
from app.engine.ops import OPS
from app.notation import numbers
from app.notation.naming import Name, textbook
from app.plots.axes import Axis, Tick
from app.session.moment import Picture
from app.views.flow.course import measured_of
from app.views.train.curves import percent

DIGITS = 3
LEAST_DECADES = 4
STEPS = Axis(-7.0, 1.0, is_logarithmic=True)
"""The sizes of steps beside their weights that are told apart."""
USUAL = (1e-4, 1e-3, 1e-2)
"""About a thousandth of the weights is a usual step, a tenth and ten times of that still is (Karpathy, CS231n)."""


@dataclass(frozen=True, slots=True)
class Bar:
    """A number of a row: what it says, and how far along its track it stands, in percent. `sort` picks its look."""

    said: str
    place: float
    sort: str = ""
    exact: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One layer. None stands for what is not computed at this moment, or does not exist for this layer."""

    weight: str
    name: Name
    activation: str | None
    op: str
    gradient: Bar | None
    step: Bar | None
    zeros: Bar | None
    flat: Bar | None
    is_frozen: bool


@dataclass(frozen=True, slots=True)
class Rows:
    """All layers, from the input to the loss, on common axes."""

    rows: tuple[Row, ...]
    ticks: tuple[Tick, ...]
    steps: tuple[Tick, ...]
    usual: tuple[float, float, float]


def rows_of(picture: Picture, layers: tuple[Layer, ...], steps: Mapping[str, float]) -> Rows:
    """The layers as far as this moment has computed them."""
    found = measured_of(picture)
    axis = axis_of([found[name] for layer in layers if (name := f"{layer.weight}.gradient_norm") in found])
    made = tuple(row_of(picture, layer, found, steps, axis) for layer in layers)
    return Rows(made, axis.ticks(), STEPS.ticks(), tuple(STEPS.place(size) for size in USUAL))


def axis_of(sizes: list[float]) -> Axis:
    """Whole powers of ten around all gradients that are neither 0 nor without end."""
    kept = [log10(size) for size in sizes if isfinite(size) and size > 0]
    low, high = (floor(min(kept)), ceil(max(kept))) if kept else (-LEAST_DECADES, 0)
    return Axis(float(min(low, high - LEAST_DECADES)), float(high), is_logarithmic=True)


def row_of(picture: Picture, layer: Layer, found: Mapping[str, float], steps: Mapping[str, float], axis: Axis) -> Row:
    """One layer."""
    weight, activation = layer.weight, layer.activation
    return Row(
        weight=weight,
        name=textbook(weight),
        activation=activation,
        op=op_behind(picture.graph, weight) if flow.is_matrix(picture.graph[weight]) else "",
        gradient=sized(found.get(f"{weight}.gradient_norm"), axis),
        step=sized(steps.get(weight), STEPS),
        zeros=shared(found.get(f"{weight}.zero_share"), "zeros"),
        flat=flat_of(layer, found),
        is_frozen=picture.update_position(weight) is None,
    )


def op_behind(graph: Graph, weight: str) -> str:
    """The op that the sums of a layer go through one by one; nothing where they go on as they are."""
    for taking, _ in graph.consumers(weight):
        for behind, _ in graph.consumers(taking):
            if len(graph[behind].inputs) == 1 and OPS[graph[behind].op].is_elementwise:
                return graph[behind].op
    return ""


def flat_of(layer: Layer, found: Mapping[str, float]) -> Bar | None:
    """What share of a layer lets no gradient through: dead units, or saturated numbers."""
    for column, sort in (("dead_share", "dead"), ("saturated_share", "saturated")):
        if (share := found.get(f"{layer.activation}.{column}")) is not None:
            return shared(share, sort)
    return None


def sized(size: float | None, axis: Axis) -> Bar | None:
    """A size on a logarithmic axis."""
    if size is None:
        return None
    if not isfinite(size):
        return Bar(numbers.short(size), 100.0, "unfinite")
    if size == 0:
        return Bar("0", 0.0, "none")
    place = float(np.clip(axis.place(size), 0.0, 100.0))
    return Bar(numbers.short(size, DIGITS), round(place, 2), exact=numbers.exact(size))


def shared(share: float | None, sort: str) -> Bar | None:
    """A share on a track that is all of them."""
    if share is None:
        return None
    return Bar(percent(share), round(100 * share, 2), sort) if isfinite(share) else Bar("NaN", 0.0, "unfinite")
