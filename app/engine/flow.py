"""How the gradient flows through a graph, in a few numbers for each layer: sizes, exact zeros, saturated, dead."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from math import isfinite, nan, sqrt
from typing import TypeVar

import numpy as np

from app.engine.graph import Graph, Node, Operation, once_for_each, rule_of
from app.engine.tiny import FADED

Numbers = Callable[[str], np.ndarray]
"""A node's id → its numbers."""
Measured = TypeVar("Measured")

PENALTIES = ("l1_penalty", "l2_penalty")
MOST = 256
"""So many weights and so many activations are measured; of a longer net the first and the last."""
SMALLEST, LARGEST = 1e-280, 1e300
"""Between these a sum of squares has neither lost its small terms nor overflowed."""


@dataclass(frozen=True, slots=True)
class Layer:
    """A matrix of weights, and the activation that its sums go through, if there is one that can be measured.

    `is_hidden`: another matrix comes after it, so that what it lets pass decides what this layer learns from.
    """

    weight: str
    activation: str | None
    is_hidden: bool


@dataclass(frozen=True, slots=True)
class Gauge:
    """One node and what is measured of it: `columns`, and the function that measures them."""

    id: str
    columns: tuple[str, ...]
    read: Callable[[np.ndarray], tuple[float, ...]]


@dataclass(frozen=True, slots=True)
class Meter:
    """All that is measured in one graph. `others` are the parameters that only count for the whole gradient.

    `penalties` are the nodes that penalize a weight, of those that are.
    """

    weights: tuple[str, ...]
    others: tuple[str, ...]
    activations: tuple[Gauge, ...]
    penalties: Mapping[str, tuple[Operation, ...]]


def columns(graph: Graph) -> tuple[str, ...]:
    """The names of what `measure` gives: `gradient_norm` of all parameters, then each layer's, as `W1.zero_share`.

    `fit_norm` is of the gradient without what penalties add to it, where there are any.
    """
    meter = meter_of(graph)
    fits = dict.fromkeys(meter.penalties, ("fit_norm",))
    weights = (f"{id}.{column}" for id in meter.weights for column in (*OF_WEIGHTS, *fits.get(id, ())))
    activations = (f"{gauge.id}.{column}" for gauge in meter.activations for column in gauge.columns)
    return ("gradient_norm", *weights, *activations)


OF_WEIGHTS = ("gradient_norm", "weight_norm", "zero_share")


def measure(graph: Graph, values: Numbers, gradients: Numbers) -> np.ndarray:
    """One number for each column; the values and gradients are those at the end of a backward pass."""
    meter = meter_of(graph)
    found = [0.0]
    with np.errstate(all="ignore"):
        norms = [norm(gradients(id)) for id in meter.others]
        for id in meter.weights:
            gradient = gradients(id)
            norms.append(norm(gradient))
            found += (norms[-1], norm(values(id)), 1.0 - np.count_nonzero(gradient) / gradient.size)
            if id in meter.penalties:
                found.append(norm(gradient - pull(meter.penalties[id], values, gradients)))
        for gauge in meter.activations:
            found += gauge.read(values(gauge.id))
        found[0] = norm(np.array(norms))
    return np.array(found)


def pull(penalties: tuple[Operation, ...], values: Numbers, gradients: Numbers) -> np.ndarray:
    """What penalties add to the gradient of some weights."""
    arguments = [(node, map(values, node.inputs)) for node in penalties]
    return sum(
        (rule_of(node, 0).vjp(gradients(node.id), None, *numbers) for node, numbers in arguments), start=np.zeros(())
    )


def norm(numbers: np.ndarray) -> float:
    """The square root of the sum of all squares, also where the squares alone are too small or too large."""
    flat = numbers.reshape(-1)
    with np.errstate(all="ignore"):
        total = float(np.dot(flat, flat))
    if SMALLEST < total < LARGEST or not flat.size:
        return sqrt(total)
    largest = float(np.abs(flat).max())
    if largest == 0.0 or not isfinite(largest):
        return largest
    flat = flat / largest
    return largest * sqrt(float(np.dot(flat, flat)))


@once_for_each
def meter_of(graph: Graph) -> Meter:
    """What is measured in a graph: its matrices of weights, and its activations that can saturate or be off.

    Where there is no matrix, all parameters are measured like one.
    """
    trained = [graph[id] for id in graph.parameters if graph.has_gradient(id)]
    weights = ends([node.id for node in trained if is_matrix(node)] or [node.id for node in trained])
    others = tuple(node.id for node in trained if node.id not in frozenset(weights))
    found = {id: penalties(graph, id) for id in weights}
    return Meter(weights, others, ends(list(gauges(graph))), {id: nodes for id, nodes in found.items() if nodes})


def is_matrix(node: Node) -> bool:
    """Whether a parameter can be the weights of a layer."""
    return len(node.shape) >= 2


def penalties(graph: Graph, id: str) -> tuple[Operation, ...]:
    """The nodes that penalize a parameter."""
    users = (user for user, argument in graph.flows(id) if argument == 0)
    return tuple(user for user in users if user.op in PENALTIES)


def ends(found: list[Measured]) -> tuple[Measured, ...]:
    """All of them, or where they are too many the first and the last."""
    return tuple(found) if len(found) <= MOST else (*found[: MOST // 2], *found[-MOST // 2 :])


def gauges(graph: Graph) -> Iterator[Gauge]:
    """The activations of batches, (batch, units, …), of which something can be measured."""
    for node in graph.operations:
        if len(node.shape) >= 2 and graph.has_gradient(node.id):
            kind = reading_of(node)
            if kind:
                yield Gauge(node.id, *kind)


def reading_of(node: Operation) -> tuple[tuple[str, ...], Callable[[np.ndarray], tuple[float, ...]]] | None:
    """What is measured of an op's output: of a relu what is off, of a curve with ends what is near one of them."""
    row = node.row
    if row.slope:
        slope = row.slope
        return ("saturated_share",), lambda y: (saturated_share(slope(y)),)
    if row.rules[0] and row.rules[0].flat == "off":
        return ("zero_share", "dead_share"), lambda y: (zero_share(y), dead_share(y))
    return None


def saturated_share(slopes: np.ndarray) -> float:
    """The share of local derivatives below FADED: hardly a hundredth of what arrives goes on from there."""
    return np.count_nonzero(slopes < FADED) / slopes.size if isfinite(slopes.max()) else nan


def zero_share(y: np.ndarray) -> float:
    """The share of numbers that are exactly 0."""
    return 1.0 - np.count_nonzero(y) / y.size


def dead_share(y: np.ndarray) -> float:
    """The share of units that are 0 in every row of the batch; y is nowhere negative."""
    highest: np.ndarray = np.maximum.reduce(y, axis=0)
    return 1.0 - np.count_nonzero(highest) / highest.size


@once_for_each
def layers(graph: Graph) -> tuple[Layer, ...]:
    """The measured matrices of weights in the order of the graph, each with the activation behind it."""
    meter = meter_of(graph)
    shown = {gauge.id for gauge in meter.activations}
    weights = [id for id in meter.weights if is_matrix(graph[id])]
    after = followed(graph, frozenset(weights))
    return tuple(Layer(id, behind(graph, id, shown), id in after) for id in weights)


def measured(graph: Graph) -> tuple[Layer, ...]:
    """What the rows of a table are about: the layers, or all parameters of a graph that has none."""
    return layers(graph) or tuple(Layer(id, None, False) for id in meter_of(graph).weights)


def behind(graph: Graph, id: str, measured: set[str]) -> str | None:
    """The first measured activation on the only way on from a parameter, as far as the next parameter is met.

    A penalty is no way on: what makes a single number of weights leads to no activation.
    """
    while len(found := [user for user, _ in graph.consumers(id) if graph[user].shape]) == 1:
        consumer = graph[found[0]]
        if consumer.id in measured:
            return consumer.id
        is_next = graph[id].kind == "op" and any(graph[input].kind == "parameter" for input in consumer.inputs)
        if is_next:
            return None
        id = consumer.id
    return None


def followed(graph: Graph, weights: frozenset[str]) -> frozenset[str]:
    """The weights whose sums go on into an op with other weights."""
    leads, found = set(), set()
    for node in reversed(graph.nodes):
        takes = [id for id in node.inputs if id in weights]
        is_ahead = any(user in leads for user, _ in graph.consumers(node.id))
        if is_ahead:
            found |= set(takes)
        if takes or is_ahead:
            leads.add(node.id)
    return frozenset(found)
