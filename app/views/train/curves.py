"""Loss and accuracy over the iterations: what the batches gave, and the whole sets, up to the newest that is known."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Protocol

import numpy as np

from app.errors import N_
from app.nn.evaluation import Score
from app.notation import numbers
from app.plots.axes import Axis, Tick, along, path, upward
from app.plots.curve import decimated

DIGITS = 4
SETS = {"training": N_("Training set"), "validation": N_("Validation set"), "test": N_("Test set")}
LOSS, ACCURACY = "loss", "accuracy"


class Measured(Protocol):
    """Numbers taken along a run: one row for each of the iterations, the columns by name."""

    columns: tuple[str, ...]
    iterations: np.ndarray

    def column(self, name: str) -> np.ndarray: ...


@dataclass(frozen=True, slots=True)
class Line:
    """One curve: the iterations it has numbers for, and `path` through them. `now` is what it is at the moment shown.

    `kind` is loss where there is but one, else batch, training, validation or test; `title` says it in words.
    """

    kind: str
    title: str
    at: tuple[int, ...]
    values: tuple[float, ...]
    path: str
    now: float | None
    quantity: str

    @property
    def says(self) -> tuple[str, ...]:
        """Each number as it is read."""
        return tuple(said(value, self.quantity) for value in self.values)

    @property
    def said_now(self) -> str:
        return "" if self.now is None else said(self.now, self.quantity)


@dataclass(frozen=True, slots=True)
class Best:
    """Where the validation set was told best."""

    iteration: int
    value: float
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Chart:
    """Curves of one quantity on one pair of axes, the iterations 0 to `last` across. Places are percents of the plot.

    `cursor` is where the moment shown stands; `gaps` counts the batches whose loss is not finite.
    """

    quantity: str
    lines: tuple[Line, ...]
    last: int
    iteration: int
    cursor: float
    is_logarithmic: bool
    rows: tuple[Tick, ...]
    columns: tuple[Tick, ...]
    best: Best | None
    gaps: int

    @property
    def has_points(self) -> bool:
        return any(line.path for line in self.lines)


def charts(
    known: np.ndarray, measured: Measured, iteration: int, scores: Mapping[str, Score], is_finished: bool = True
) -> tuple[Chart, ...]:
    """The curves of a run: the loss, and the accuracy where there is one. `scores` are those of the moment shown.

    Of an iteration that is not finished at this moment no loss is told, though a run may have gone on from there.
    """
    taken = measured.iterations
    last = max(len(known) - 1, iteration, int(taken[-1]) if len(taken) else 0)
    kind, title = ("batch", N_("Batch")) if scores else ("loss", N_("Loss"))
    now = {name: score.loss for name, score in scores.items()}
    if is_finished and iteration < len(known):
        now[kind] = float(known[iteration])
    found = [chart_of(LOSS, [(kind, title, np.arange(len(known)), known)], measured, last, iteration, now)]
    told = {name: score.accuracy for name, score in scores.items() if score.accuracy is not None}
    if told:
        found.append(chart_of(ACCURACY, [], measured, last, iteration, told))
    return tuple(found)


def chart_of(
    quantity: str, first: list[tuple], measured: Measured, last: int, iteration: int, now: Mapping[str, float]
) -> Chart:
    """The curves of one quantity: those given, then one for each set of rows."""
    series = [*first, *sets_of(quantity, measured)]
    drawn = [(kind, title, *kept(at, values)) for kind, title, at, values in series]
    across, up = along(last), axis_of(quantity, [values for *_, values in drawn])
    lines = tuple(line_of(quantity, *one, across, up, now.get(one[0])) for one in drawn)
    return Chart(
        quantity=quantity,
        lines=lines,
        last=last,
        iteration=iteration,
        cursor=round(across.place(iteration), 3),
        is_logarithmic=up.is_logarithmic,
        rows=up.ticks(say=percent if quantity == ACCURACY else numbers.short)
        if any(line.path for line in lines)
        else (),
        columns=across.ticks(5),
        best=best_of(lines, across, up),
        gaps=sum(int(len(values) - np.isfinite(values).sum()) for *_, values in first),
    )


def sets_of(quantity: str, measured: Measured) -> Iterable[tuple]:
    """What was measured on whole sets of rows."""
    for name, title in SETS.items():
        if f"{name}.{quantity}" in measured.columns:
            yield name, title, measured.iterations, measured.column(f"{name}.{quantity}")


def kept(at: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The finite points of a series, of very many the lowest and the highest of each stretch."""
    finite = np.isfinite(values)
    places, found = decimated(np.flatnonzero(finite), values[finite])
    return np.asarray(at)[places], found


def axis_of(quantity: str, series: list[np.ndarray]) -> Axis:
    """The axis on which all curves of a chart stand."""
    found = np.concatenate(series) if series else np.empty(0)
    if quantity == LOSS:
        return upward(found)
    low = float(found.min()) if len(found) else 0.0
    return Axis(max(0.0, np.floor(low * 10 - 0.5) / 10), 1.02, 100.0, 0.0)


def line_of(
    quantity: str, kind: str, title: str, at: np.ndarray, values: np.ndarray, across: Axis, up: Axis, now: float | None
) -> Line:
    """One curve."""
    return Line(
        kind=kind,
        title=title,
        at=tuple(at.tolist()),
        values=tuple(values.tolist()),
        path=path(across.places(at), up.places(values)),
        now=now,
        quantity=quantity,
    )


def best_of(lines: Iterable[Line], across: Axis, up: Axis) -> Best | None:
    """Where the validation set's loss is lowest, or its accuracy highest."""
    line = next((line for line in lines if line.kind == "validation" and line.at), None)
    if line is None:
        return None
    place = (max if line.quantity == ACCURACY else min)(range(len(line.at)), key=line.values.__getitem__)
    iteration, value = line.at[place], line.values[place]
    return Best(iteration, value, round(across.place(iteration), 2), round(up.place(value), 2))


def said(value: float, quantity: str) -> str:
    """A number of a curve as it is read."""
    return percent(value) if quantity == ACCURACY else numbers.short(value, DIGITS)


def percent(share: float) -> str:
    """A share as percents; 100 only for all."""
    if not isfinite(share):
        return numbers.short(share)
    return f"{min(share * 100, 99.9) if share < 1 else 100:.3g} %"
