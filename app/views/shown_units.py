"""Which units of a layered net are drawn: all of a narrow column, of a wide one those that count for the one chosen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from app.session.moment import Picture
from app.views.chain import Chain, Column, Focus

MOST_UNITS = 12
MOST_STRONGEST = 8
MOST_COLUMNS = 6


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
    visited = chain.column_of(picture.node) if picture.node else 0
    first, last = window(len(chain.columns), focus.column if focus else visited or 0)
    return tuple(drawn(picture, chain, column, focus) for column in chain.columns[first:last])


def window(count: int, middle: int) -> tuple[int, int]:
    """The first of the columns that are drawn, and the one after the last."""
    first = max(0, min(middle - MOST_COLUMNS // 2, count - MOST_COLUMNS))
    return first, min(count, first + MOST_COLUMNS)


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
