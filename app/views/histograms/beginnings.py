"""Initializers side by side: what the first iteration of this network would look like with each of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from app.engine.course import size_of
from app.notation import numbers
from app.plots.axes import roomy
from app.plots.ridges import Crowd, Ridges, crowd, ridges
from app.session.starts import Start, numbers_of, starts
from app.views.layers.structure import Layer, layers_of
from app.views.scene import Scene

MOST_LAYERS = 10
NARROWEST, ROOMIEST, ROOM = 13.0, 26.0, 110.0
"""How far apart two layers stand, and how much room all of them have."""
WIDEST = 3.0
"""How much wider than the usual one an axis may be before what lies beyond is counted instead of drawn."""
INSIDE = 98.0
"""The percentage of the numbers of one network that an axis is to hold."""
DEEPEST = 24.0
"""Powers of ten that the axis of gradients holds at most, from the largest down."""


@dataclass(frozen=True, slots=True, eq=False)
class Beginning:
    """One way to draw the weights: activations and gradients of the layers, the first at the back.

    `shrinks` says by which factor activations and gradients change from the first to the last layer that is shown,
    None where that cannot be told.
    """

    name: str
    label: str
    sentence: str
    is_own: bool
    activations: tuple[Crowd, ...]
    gradients: tuple[Crowd, ...]
    activation_axis: tuple[float, float]
    gradient_axis: tuple[float, float]
    activation_factor: float | None
    gradient_factor: float | None
    loss: float

    @property
    def activation_drawing(self) -> Ridges:
        return ridges(self.activations, *self.activation_axis, step(self.activations))

    @property
    def gradient_drawing(self) -> Ridges:
        return ridges(self.gradients, *self.gradient_axis, step(self.gradients))

    @property
    def activation_change(self) -> str:
        return changed(self.activation_factor)

    @property
    def gradient_change(self) -> str:
        return changed(self.gradient_factor)

    @property
    def written_loss(self) -> str:
        return numbers.short(self.loss)

    @property
    def beyond(self) -> int:
        """Numbers that lie beyond the axis of activations."""
        return sum(one.beyond for one in self.activations)

    @property
    def odd(self) -> int:
        """Numbers that are not finite."""
        return sum(one.odd for one in (*self.activations, *self.gradients))


def beginnings(scene: Scene) -> tuple[Beginning, ...]:
    """All ways to draw the weights, on common axes."""
    graph = scene.picture.problem.graph
    layers = chosen([layer for layer in layers_of(graph) if not layer.is_loss])
    found = starts(scene.picture, scene.reading.max_work)
    wide = activation_axis([[numbers_of(one, layer.output, False) for layer in layers] for one in found])
    deep = gradient_axis([magnitudes(one, layer) for one in found for layer in layers])
    return tuple(beginning(one, layers, wide, deep) for one in found)


def chosen(layers: Sequence[Layer]) -> list[Layer]:
    """At most so many layers, evenly, the first and the last among them."""
    places = np.unique(np.linspace(0, len(layers) - 1, min(MOST_LAYERS, len(layers))).round().astype(int))
    return [layers[place] for place in places]


def beginning(start: Start, layers: Sequence[Layer], wide: tuple[float, float], deep: tuple[float, float]) -> Beginning:
    outputs = [numbers_of(start, layer.output, False) for layer in layers]
    slopes = [numbers_of(start, layer.sum, True) for layer in layers]
    return Beginning(
        name=start.initializer.name,
        label=start.initializer.label,
        sentence=start.initializer.sentence,
        is_own=start.is_own,
        activations=tuple(crowd(str(layer.number), found, *wide) for layer, found in zip(layers, outputs, strict=True)),
        gradients=tuple(powers(str(layer.number), found, *deep) for layer, found in zip(layers, slopes, strict=True)),
        activation_axis=wide,
        gradient_axis=deep,
        activation_factor=factor(outputs[:-1] if len(outputs) > 2 else outputs, np.std),
        gradient_factor=factor(slopes[::-1], size_of),
        loss=float(start.shown.value(start.shown.graph.loss.id)),
    )


def magnitudes(start: Start, layer: Layer) -> np.ndarray:
    """The powers of ten of a layer's gradients, exact zeros and what is not finite left out."""
    return tens(numbers_of(start, layer.sum, True))


def tens(found: np.ndarray) -> np.ndarray:
    return np.log10(np.abs(found[np.isfinite(found) & (found != 0)]))


def powers(label: str, found: np.ndarray, low: float, high: float) -> Crowd:
    """Numbers counted by their power of ten; the smallest stand at the end of the axis."""
    drawn = np.clip(tens(found), low, high)
    # An exact power of 0, a gradient of 1, is no zero: it is counted where it stands.
    counted = crowd(label, np.where(drawn == 0, 1e-300, drawn), low, high)
    zeros, odd = int(np.sum(found == 0)), int(np.sum(~np.isfinite(found)))
    return Crowd(
        label=label, counts=counted.counts, size=found.size, zeros=zeros, odd=odd, beyond=0, deviation=size_of(found)
    )


def factor(groups: Sequence[np.ndarray], size: Callable[[np.ndarray], float]) -> float | None:
    """By how much the size changes from the first group to the last."""
    with np.errstate(all="ignore"):
        begin, end = float(size(groups[0])), float(size(groups[-1]))
    known = np.isfinite([begin, end]).all() and begin > 0 and end > 0
    return end / begin if known and len(groups) > 1 else None


def step(crowds: Sequence[Crowd]) -> float:
    """How far apart the layers stand."""
    return min(max(ROOM / max(len(crowds) - 1, 1), NARROWEST), ROOMIEST)


def changed(factor: float | None) -> str:
    return "" if factor is None else f"× {numbers.short(factor, 2)}"


def activation_axis(networks: Sequence[Sequence[np.ndarray]]) -> tuple[float, float]:
    """One axis for all: it holds nearly all numbers of each network, but for those that leave the usual far behind."""
    ends = []
    for layers in networks:
        every = np.concatenate(layers)
        every = every[np.isfinite(every)]
        if every.size:
            # Of halves, since between two numbers may lie more than there are numbers for.
            ends.append(2 * np.percentile(every / 2, [100 - INSIDE, INSIDE]))
    if not ends:
        return -1.0, 1.0
    low, high = np.array(ends).T
    widest = WIDEST * max(float(np.median(high - low)), 1e-300)
    first, last = max(float(low.min()), -widest), min(float(high.max()), widest)
    return roomy(first, last, (last - first) * 0.03 or 1.0)


def gradient_axis(groups: Sequence[np.ndarray]) -> tuple[float, float]:
    """One axis of powers of ten for all."""
    every = np.concatenate([*groups, np.empty(0)])
    if not every.size:
        return -1.0, 0.0
    high = float(every.max())
    low = max(float(np.percentile(every, 0.5)), high - DEEPEST)
    return low - 0.25, max(high, low + 0.5) + 0.25
