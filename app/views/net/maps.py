"""The wide parts of a layered net as maps: all units of a wide column, all weights into or out of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import ceil

import numpy as np

from app.engine.formula import Index
from app.layout.measure import shape_text
from app.notation.naming import Name, textbook
from app.plots.heat import Heat, columns_of, grid, heat, size_of
from app.session.moment import Picture
from app.views.net.chain import Chain, Column
from app.views.net.circles import Marking
from app.views.net.layered import Sight
from app.views.net.units import MOST_UNITS, Drawn

UNITS_ROOM = (150.0, 150.0)
WEIGHTS_ROOM = (150.0, 150.0)


@dataclass(frozen=True, slots=True)
class Map:
    """One node as a map of its values and one of its gradients, each None while it is not computed.

    `kind` is units (those of one sample) or weights. `width` and `height` are the pixels kept free for a map that is
    not there yet.
    """

    node: str
    kind: str
    name: Name
    shape: str
    values: Heat | None
    gradients: Heat | None
    has_gradient: bool
    width: float
    height: float
    is_visited: bool


def maps(sight: Sight, columns: tuple[Drawn, ...]) -> tuple[Map, ...]:
    """The maps of all columns that are drawn and too wide to be drawn unit by unit, and of the weights beside them."""
    found = []
    for before, after in zip((None, *columns), columns, strict=False):
        column = after.column
        is_wide = column.units > MOST_UNITS
        if column.layer and before and (is_wide or before.column.units > MOST_UNITS):
            found.append(weights_map(sight.marking, column))
        if is_wide:
            found.append(units_map(sight, column))
    return tuple(found)


def weights_map(marking: Marking, column: Column) -> Map:
    """The weights into a column."""
    picture, id = marking.picture, column.layer.weights
    chosen = marking.chosen[1] if marking.chosen and marking.chosen[0] == id else None

    def drawn(array: np.ndarray | None) -> Heat | None:
        return None if array is None else heat(array, lambda row, line: (row, line), chosen, WEIGHTS_ROOM)

    size = size_of(picture.graph[id].shape, WEIGHTS_ROOM)
    return made(picture, id, "weights", shape_text(picture.graph[id].shape), drawn, size)


def units_map(sight: Sight, column: Column) -> Map:
    """All units of a column for one sample, as a grid."""
    marking, chain, sample = sight.marking, sight.chain, sight.sample
    id, count = column.nodes[-1], column.units
    across = columns_of(count)

    def index_of(row: int, line: int) -> Index:
        return chain.place(id, row * across + line, sample)

    chosen = None
    if marking.chosen and marking.chosen[0] in column.nodes:
        unit = chain.focus(*marking.chosen).unit
        chosen = divmod(unit, across)

    def drawn(array: np.ndarray | None) -> Heat | None:
        if array is None:
            return None
        return heat(grid(row_of(chain, array, sample)), index_of, chosen, UNITS_ROOM, count)

    size = size_of((ceil(count / across), across), UNITS_ROOM)
    return made(marking.picture, id, "units", str(count), drawn, size)


def made(
    picture: Picture,
    id: str,
    kind: str,
    shape: str,
    drawn: Callable[[np.ndarray | None], Heat | None],
    size: tuple[float, float],
) -> Map:
    """A node's two maps."""
    return Map(
        id,
        kind,
        textbook(id),
        shape,
        drawn(picture.value(id)),
        drawn(picture.gradient(id)),
        picture.graph.has_gradient(id),
        *size,
        picture.is_visited(id),
    )


def row_of(chain: Chain, array: np.ndarray, sample: int) -> np.ndarray:
    """The units' numbers for one sample."""
    if array.ndim < 2:
        return array.reshape(-1)
    return array[:, sample] if chain.is_turned else array[sample]
