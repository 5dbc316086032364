"""What the units of the first layer look for in a picture: their weights, laid out as the pictures are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from app.nn.problem import Problem
from app.notation import numbers
from app.plots import colours
from app.session.moment import Picture

MOST_FILTERS = 32


@dataclass(frozen=True, slots=True)
class Filter:
    """One unit's weights as a picture; it leads to the largest of them."""

    node: str
    index: str
    unit: int
    picture: str
    largest: str


@dataclass(frozen=True, slots=True)
class Filters:
    """The units that are drawn, and how many are not."""

    shown: tuple[Filter, ...]
    left_out: int


def filters(problem: Problem, picture: Picture) -> Filters | None:
    """The first layer's weights (units, inputs), where the inputs are the dots of a picture."""
    graph = picture.graph
    id = next((node.id for scope in graph.layers[:1] for node in graph.by_role("weight", scope)), None)
    if problem.image is None or id is None or graph[id].shape[1:] != (problem.image[0] * problem.image[1],):
        return None
    weights = picture.parameters_now[id]
    drawn = weights[:MOST_FILTERS]
    pictures = colours.maps_of(drawn.reshape(-1, *problem.image), (colours.MINUS, colours.PLUS))
    shown = tuple(filter_of(id, *one) for one in zip(range(len(drawn)), drawn, pictures, strict=True))
    return Filters(shown, len(weights) - len(shown))


def filter_of(id: str, unit: int, row: np.ndarray, picture: str) -> Filter:
    """One unit."""
    place = int(np.nan_to_num(np.abs(row)).argmax())
    return Filter(
        id,
        numbers.index_address((unit, place)),
        unit,
        picture,
        numbers.short(float(row[place]), 3),
    )
