"""Rows of data before they are parted and prepared, and their targets as a loss takes them."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from app.errors import N_, ChainruleError, Invalid
from app.nn.limits import Limits
from app.nn.losses import LOSSES, Loss
from app.nn.spec import LayersSpec
from app.nn.supply.preview import Task


@dataclass(frozen=True)
class Reading:
    """How a table was read: its rows that have a target, those `left_out`, which column is told from which others.

    `numberings` are columns that only tell rows apart, by name, and how. `doubt` refuses a new session where another
    reading is as likely; what was kept goes on as it was.
    """

    rows: int
    left_out: int
    has_header: bool
    target: str
    inputs: tuple[str, ...]
    numberings: Mapping[str, str]
    doubt: ChainruleError | None


@dataclass(frozen=True, eq=False)
class Samples:
    """Rows `raw` (rows, columns) as they come, and `y` (rows, …) as the loss takes it.

    `classes` are the names of the classes, in order of their numbers, None where numbers are told; the rows of `image`
    (height, width) are pictures. `chance` shuffles the rows before some are held out; if none are, `keeps_order` leaves
    them as they came.
    """

    raw: np.ndarray
    y: np.ndarray
    columns: tuple[str, ...]
    classes: tuple[str, ...] | None
    chance: np.random.Generator | np.random.RandomState
    image: tuple[int, int] | None = None
    keeps_order: bool = True
    reading: Reading | None = None

    @property
    def task(self) -> Task:
        return "regression" if self.classes is None else "classification"


@dataclass(frozen=True)
class Wanted:
    """What samples are made for: the spec, its loss, the limits."""

    request: LayersSpec
    limits: Limits

    @property
    def loss(self) -> Loss:
        return LOSSES[self.request.loss]

    @property
    def outputs(self) -> int:
        """Features that leave the last layer."""
        return self.request.shapes[-1][-1]

    @property
    def units_pointer(self) -> str:
        return f"/layers/{len(self.request.layers) - 1}/units"


def class_targets(numbers: np.ndarray, classes: int, wanted: Wanted) -> np.ndarray:
    """Class numbers (rows,) as the loss's y. Raises Invalid where the last layer cannot tell so many classes."""
    y = wanted.loss.targets_of(numbers, classes, wanted.outputs)
    if y is not None:
        return y
    template = N_("These data have {classes} classes; expected {classes} units in the last layer, got {came}.")
    if wanted.loss.takes_classes:
        template = N_(
            "These data have {classes} classes; expected at least {classes} units in the last layer, got {came}."
        )
    elif classes == 2:
        template = N_("These data have two classes; expected 1 or 2 units in the last layer, got {came}.")
    raise Invalid(template, classes=classes, came=wanted.outputs, pointer=wanted.units_pointer)


def number_targets(numbers: np.ndarray, wanted: Wanted) -> np.ndarray:
    """Numbers to tell (rows,) as the loss's y (rows, 1). Raises Invalid for a loss of classes or several outputs."""
    if not wanted.loss.takes_numbers:
        template = N_("The target is a number, and this loss is for classes; expected one of {known}.")
        known = [row.name for row in LOSSES.values() if row.takes_numbers]
        raise Invalid(template, known=known, pointer="/loss")
    if wanted.outputs != 1:
        template = N_("The target is one number; expected 1 unit in the last layer, got {came}.")
        raise Invalid(template, came=wanted.outputs, pointer=wanted.units_pointer)
    return numbers[:, None]


def classes_of(y: np.ndarray, loss: Loss, outputs: int) -> tuple[str, ...] | None:
    """The names of the classes that targets of a loss stand for, None where they are numbers to tell.

    Targets that a loss of numbers takes are classes where they are nothing but 0 and 1, and both.
    """
    if loss.takes_classes:
        return tuple(map(str, range(outputs)))
    low, high = loss.targets.label(np.array([-1.0, 1.0]))
    if not ((y == low) | (y == high)).all():
        return None
    if loss.takes_numbers and len(np.unique(y, axis=0)) < 2:
        return None
    if outputs == 1:
        return ("−1", "1") if low < 0 else ("0", "1")
    return tuple(map(str, range(outputs))) if ((y == high).sum(axis=1) == 1).all() else None
