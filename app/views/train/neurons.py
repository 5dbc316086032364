"""What every unit makes of the plane: a small map each, in columns from the features to the output."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from app.engine.graph import Graph, Role
from app.errors import N_
from app.nn.problem import Problem
from app.notation import numbers
from app.notation.naming import Name, textbook
from app.plots import colours
from app.views.train.answers import Plane

MOST_UNITS = 8
MOST_LAYERS = 7
ENDS: tuple[Role, ...] = ("activation", "product", "output")
SIDE = 32


@dataclass(frozen=True, slots=True)
class Unit:
    """One unit's map. It leads to the unit's number `node` [`index`]; `title` names a feature of the input.

    `low` and `high` are the ends of its values over the plane; a unit with one value everywhere `is_flat`.
    """

    node: str
    index: str
    label: str
    title: str
    picture: str
    low: str
    high: str
    is_flat: bool


@dataclass(frozen=True, slots=True)
class Bank:
    """One column of maps: the features, or a layer. `left_out` units are not drawn."""

    title: str
    number: int
    name: Name
    operation: str
    units: tuple[Unit, ...]
    left_out: int


@dataclass(frozen=True, slots=True)
class Neurons:
    """The columns; `left_out` counts the layers in the middle that are not drawn, before the column `gap`."""

    banks: tuple[Bank, ...]
    left_out: int
    gap: int | None


def layers_of(graph: Graph) -> tuple[str, ...]:
    """The nodes that leave the layers, in order: what the activation gives, or the sum where there is none."""
    ends = (next(filter(None, (graph.by_role(role, scope) for role in ENDS)), None) for scope in graph.layers)
    return tuple(nodes[-1].id for nodes in ends if nodes)


def drawn_layers(graph: Graph) -> tuple[str, ...]:
    """The layers whose units are drawn: the first ones, and the last."""
    layers = layers_of(graph)
    return layers if len(layers) <= MOST_LAYERS else (*layers[: MOST_LAYERS - 1], layers[-1])


def neurons(problem: Problem, graph: Graph, plane: Plane, sample: int) -> Neurons:
    """The maps; each leads to the unit's number for one row of the batch."""
    layers, drawn = layers_of(graph), drawn_layers(graph)
    x = graph.data.id
    banks = [Bank(N_("Features"), 0, textbook(x), "", *units_of(x, plane.x, plane, sample, names_of(problem)))]
    for id in drawn:
        number = layers.index(id) + 1
        title = N_("Output") if id == layers[-1] else N_("Layer {number}")
        operation = graph[id].op.replace("_", " ") if graph[id].role == "activation" else ""
        banks.append(Bank(title, number, textbook(id), operation, *units_of(id, plane.values[id], plane, sample)))
    missing = len(layers) - len(drawn)
    return Neurons(tuple(banks), missing, len(banks) - 1 if missing else None)


def names_of(problem: Problem) -> tuple[str, ...]:
    """What the features are called, in the order in which the net takes them."""
    return problem.preparation.inputs


def units_of(
    id: str, values: np.ndarray, plane: Plane, sample: int, titles: tuple[str, ...] = ()
) -> tuple[tuple[Unit, ...], int]:
    """The maps of a node's units, and how many are left out."""
    shown = min(values.shape[1], MOST_UNITS)
    step = max(1, plane.side // SIDE)
    squares = np.moveaxis(values.reshape(plane.side, plane.side, -1)[::step, ::step, :shown], 2, 0)
    ends = zip(squares.min(axis=(1, 2)).tolist(), squares.max(axis=(1, 2)).tolist(), strict=True)
    drawn = zip(colours.maps_of(squares), ends, titles or ("",) * shown, strict=False)
    units = tuple(unit_of(id, (sample, unit), *found) for unit, found in enumerate(drawn))
    return units, values.shape[1] - shown


def unit_of(id: str, index: tuple[int, int], picture: str, ends: tuple[float, float], title: str) -> Unit:
    """One unit's map, with the ends of what it shows."""
    low, high = ends
    return Unit(
        id,
        numbers.index_address(index),
        f"{id}{numbers.index_text(index)}",
        title,
        picture,
        *numbers.apart(ends, 3),
        low == high,
    )
