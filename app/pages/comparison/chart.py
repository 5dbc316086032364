"""The curves of two runs on the same axes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from app.errors import N_
from app.notation import numbers
from app.pages.comparison.side import SETS, Side
from app.plots.axes import Tick, along, path
from app.views.train.curves import ACCURACY, LOSS, axis_of, kept, percent

Series = tuple[str, str, np.ndarray, np.ndarray]
NAMES = {
    "loss": N_("loss"),
    "batch": N_("batches"),
    "training": N_("training set"),
    "validation": N_("validation set"),
    "test": N_("test set"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One curve of one session: what it is of, its path in percent, and its number at the newest moment."""

    letter: str
    kind: str
    title: str
    path: str
    last: str


@dataclass(frozen=True, slots=True)
class Chart:
    """Curves of a quantity on common axes; `parting` is where the runs part, in percent from the left."""

    quantity: str
    lines: tuple[Line, ...]
    is_logarithmic: bool
    rows: tuple[Tick, ...]
    columns: tuple[Tick, ...]
    parting: float | None


def charts(sides: Iterable[Side], parting: int | None) -> tuple[Chart, ...]:
    """The loss, and the accuracy where it is measured."""
    sides = tuple(sides)
    found = [chart(LOSS, [one for side in sides for one in losses(side)], sides, parting)]
    told = [one for side in sides for one in measured(side, ACCURACY)]
    return (*found, chart(ACCURACY, told, sides, parting)) if told else tuple(found)


def losses(side: Side) -> list[Series]:
    """The losses of one session: of its iterations, and of whole sets where they are measured."""
    found = measured(side, LOSS)
    kinds = {kind for _, kind, *_ in found}
    if "training" in kinds and side.trains_on_fit:
        # These are the same numbers; one curve of them is enough.
        found = [one for one in found if one[1] != "training"]
        kinds -= {"training"}
    kind = "batch" if "training" in kinds else "loss"
    return [(side.letter, kind, np.arange(side.count), side.losses), *found]


def measured(side: Side, quantity: str) -> list[Series]:
    """What was measured on each set of rows; of the training set only the loss where others are there."""
    found = [
        (side.letter, rows, *side.curve(f"{rows}.{quantity}"))
        for rows in ("training", "validation", "test")
        if len(side.curve(f"{rows}.{quantity}")[0])
    ]
    return found if quantity == LOSS or len(found) == 1 else [one for one in found if one[1] != "training"]


def chart(quantity: str, series: list[Series], sides: tuple[Side, ...], parting: int | None) -> Chart:
    """Curves on the axes that hold them all."""
    last = max(max(side.count for side in sides) - 1, 0)
    drawn = [(letter, kind, *kept(at, values)) for letter, kind, at, values in series]
    across, up = along(last), axis_of(quantity, [values for *_, values in drawn])
    say = percent if quantity == ACCURACY else numbers.short
    newest = {(side.letter, rows): side.said(rows, quantity) for side in sides for rows in SETS}
    lines = tuple(
        Line(
            letter,
            kind,
            NAMES[kind],
            path(across.places(at), up.places(values)),
            newest.get((letter, kind)) or (numbers.short(float(values[-1]), 4) if len(at) else ""),
        )
        for letter, kind, at, values in drawn
    )
    has_points = any(line.path for line in lines)
    return Chart(
        quantity=quantity,
        lines=lines,
        is_logarithmic=up.is_logarithmic,
        rows=up.ticks(say=say) if has_points else (),
        columns=across.ticks(5),
        parting=round(across.place(parting), 3) if parting is not None and parting <= last and last else None,
    )
