"""Which units of a layered net are drawn: all of a narrow column, of a wide one those that count for the one chosen."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from app.session.moment import Picture
from app.views.net.chain import Chain, Column, Focus

MOST_UNITS = 12
MOST_STRONGEST = 8
WIDEST = 1_500.0
LEAST_COLUMNS, MOST_COLUMNS = 4, 9


@dataclass(frozen=True, slots=True)
class Drawn:
    """A column as it is drawn: these `units` of it. `choice` says which: all, first, strongest or chosen."""

    column: Column
    units: tuple[int, ...]
    choice: str

    @property
    def left_out(self) -> int:
        return self.column.units - len(self.units)


def drawn_columns(picture: Picture, chain: Chain, focus: Focus | None) -> tuple[Drawn, ...]:
    """The columns around the one looked at, or visited, each with its units."""
    room = columns_that_fit(chain)
    visited = chain.column_of(picture.node) if picture.node else None
    wanted = focus.column - room // 2 if focus else page_of(visited or 0, room)
    layers = len(chain.columns) - 1
    first = max(0, min(wanted, layers - room))
    last = first + room
    # The loss is narrow: it stands beside the last layer wherever that is drawn.
    return tuple(
        drawn(picture, chain, column, focus) for column in chain.columns[first : last + 1 if last >= layers else last]
    )


def page_of(visited: int, room: int) -> int:
    """The first column of the page on which one is visited, its neighbours on either side in sight.

    Pages overlap by two columns: the net stands still while a few layers are visited.
    """
    return max(0, visited - 1) // (room - 2) * (room - 2)


def columns_that_fit(chain: Chain) -> int:
    """How many columns next to each other can be taken in at once: all of a short net."""
    counts = [min(column.units, MOST_UNITS) for column in chain.columns]
    across = max(100.0 + gap(before, after) for before, after in pairwise(counts[:-1]))
    return max(LEAST_COLUMNS, min(MOST_COLUMNS, int(WIDEST / across)))


def gap(before: int, after: int) -> float:
    """How far apart two columns of so many units stand: far enough for the numbers on the lines between them."""
    count = before * after
    return next(room for most, room in ((4, 210.0), (9, 250.0), (16, 300.0), (1_000, 315.0)) if count <= most)


def drawn(picture: Picture, chain: Chain, column: Column, focus: Focus | None) -> Drawn:
    """One column with the units that are drawn of it."""
    if column.units <= MOST_UNITS:
        return Drawn(column, tuple(range(column.units)), "all")
    near = focus.column - column.number if focus else None
    if near == 0:
        return Drawn(column, (focus.unit,), "chosen")
    if near in (1, -1):
        weights = weights_between(picture, chain, chain.columns[max(column.number, focus.column)])
        if weights is not None:
            strength = np.abs(weights[focus.unit] if near == 1 else weights[:, focus.unit])
            return Drawn(column, strongest(strength, focus.source if near == 1 else None), "strongest")
    return Drawn(column, tuple(range(MOST_STRONGEST)), "first")


def strongest(strength: np.ndarray, wanted: int | None) -> tuple[int, ...]:
    """The units with the largest weights, in order, the wanted one among them."""
    ranked = np.argsort(-np.nan_to_num(strength, nan=np.inf), kind="stable").tolist()
    if wanted is not None:
        ranked.remove(wanted)
        ranked.insert(0, wanted)
    return tuple(sorted(ranked[:MOST_STRONGEST]))


def weights_between(picture: Picture, chain: Chain, column: Column) -> np.ndarray | None:
    """The weights into a column, (its units, units before); None where there are none, or not computed yet."""
    if column.layer is None:
        return None
    weights = picture.value(column.layer.weights)
    if weights is None:
        return None
    return weights.T if column.layer.products[0].form == "right" else weights
