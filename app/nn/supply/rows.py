"""The data of a spec, read or made, parted into training, validation and test, and prepared for the network."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from app.errors import N_, Invalid
from app.nn.arrays import read_array
from app.nn.limits import Limits, check_array
from app.nn.spec import Handling, InlineRows, LayersSpec, MadeRows, OwnRows
from app.nn.supply import target_scale
from app.nn.supply.datasets import DATASETS, Dataset, seeded
from app.nn.supply.own import own_samples
from app.nn.supply.preparation import Preparation, check_features, fit, inputs_of, numbered
from app.nn.supply.preview import Task
from app.nn.supply.samples import Reading, Samples, Wanted, class_targets, classes_of, number_targets
from app.nn.supply.target_scale import RAW, STANDARDIZE, TargetScale
from app.nn.wording import shortened

PARTS = ("training", "validation", "test")


@dataclass(frozen=True, eq=False)
class Rows:
    """Rows of the data: x (rows, inputs) as the network takes them, and y, shaped for the loss."""

    x: np.ndarray
    y: np.ndarray

    def __len__(self) -> int:
        return len(self.x)


@dataclass(frozen=True, eq=False)
class Supply:
    """What a network is trained and judged on: each part as `sets` for the network, and `raw`, as it came."""

    sets: Mapping[str, Rows]
    raw: Mapping[str, np.ndarray]
    preparation: Preparation
    target_scale: TargetScale
    classes: tuple[str, ...] | None
    image: tuple[int, int] | None
    task: Task
    reading: Reading | None


def supply(request: LayersSpec, limits: Limits) -> Supply:
    """The rows of a spec. Raises Invalid or TooLarge with a pointer, and with a line of a pasted table."""
    wanted = Wanted(request, limits)
    samples = READERS[type(request.data)](request.data, wanted)
    check_inputs(request, samples.columns)
    chosen = parted(len(samples.raw), request.data, samples)
    raw = {name: samples.raw[rows] for name, rows in chosen.items()}
    preparation = fit(samples.columns, request.data.features, request.data.scale, raw["training"])
    x = {name: prepared(preparation, rows) for name, rows in raw.items()}
    usual = STANDARDIZE if isinstance(request.data, OwnRows) else RAW
    are_numbers = samples.task == "regression" and wanted.loss.takes_numbers
    scale = target_scale.fitted(request.data.target_scale, usual, samples.y, chosen["training"], are_numbers)
    sets = {name: Rows(x[name], scale.scaled(samples.y[rows])) for name, rows in chosen.items()}
    classes = samples.classes and named(samples.classes, wanted.outputs)
    return Supply(
        sets=sets,
        raw=raw,
        preparation=preparation,
        target_scale=scale,
        classes=classes,
        image=samples.image,
        task=samples.task,
        reading=samples.reading,
    )


def named(classes: tuple[str, ...], outputs: int) -> tuple[str, ...]:
    """The names of the classes that so many outputs tell apart: those of the data, and numbers for any beyond."""
    beyond = map(str, range(len(classes), outputs))
    return (*classes, *(f"#{name}" if name in classes else name for name in beyond))


def prepared(preparation: Preparation, raw: np.ndarray) -> np.ndarray:
    """Rows as the network takes them. Raises Invalid where a number grows beyond all bounds on the way."""
    with np.errstate(all="ignore"):
        x = preparation.prepare(raw)
    if not np.isfinite(x).all():
        number = int(np.argwhere(~np.isfinite(x))[0, 1])
        template = N_("The numbers are too large: the input {name} is not finite.")
        raise Invalid(template, name=shortened(preparation.inputs[number]), pointer="/data")
    return x


def parted(rows: int, handling: Handling, samples: Samples) -> dict[str, np.ndarray]:
    """The row numbers of each part there is; at least one row is trained on."""
    if handling.validation_fraction + handling.test_fraction >= 1:
        template = N_("The parts held out are {came} of all rows together; expected less than 1.")
        came = f"{handling.validation_fraction:g} + {handling.test_fraction:g}"
        raise Invalid(template, came=came, pointer="/data/validation_fraction")
    test, validation = round(rows * handling.test_fraction), round(rows * handling.validation_fraction)
    is_kept = samples.keeps_order and not test and not validation
    order = np.arange(rows) if is_kept else samples.chance.permutation(rows)
    training = max(rows - test - validation, 1)
    pieces = np.split(order, [training, max(rows - test, training)])
    return {name: piece for name, piece in zip(PARTS, pieces, strict=True) if len(piece)}


def check_inputs(request: LayersSpec, columns: tuple[str, ...]) -> None:
    """Refuse a network that takes another number of inputs than the data give."""
    check_features(request.data.features, columns, "/data/features")
    given = inputs_of(columns, request.data.features)
    if len(given) != request.inputs:
        template = N_("These data give {expected} inputs ({names}); the network takes {came}.")
        if len(given) == 1:
            template = N_("These data give one input ({names}); the network takes {came}.")
        names = shortened(", ".join(given))
        raise Invalid(template, expected=len(given), names=names, came=request.inputs, pointer="/inputs")


def given_samples(given: InlineRows, wanted: Wanted) -> Samples:
    """The data as the spec writes them out."""
    inputs, limits = wanted.request.inputs, wanted.limits
    x, y = read_array(given.x, "/data/x", limits), read_array(given.y, "/data/y", limits)
    if x.ndim != 2 or (not given.features and x.shape[1] != inputs):
        template = N_("Expected x of shape (batch, {inputs}), got one of shape {came}.")
        raise Invalid(template, inputs=inputs, came=str(x.shape), pointer="/data/x")
    wanted.loss.check(y, wanted.outputs, len(x), "/data/y")
    classes = classes_of(y, wanted.loss, wanted.outputs)
    return Samples(x, y, numbered(x.shape[1]), classes, seeded(given.seed))


def made_samples(given: MadeRows, wanted: Wanted) -> Samples:
    """The points of a data set, their targets as this loss wants them."""
    row = DATASETS[given.dataset]
    check_inputs(wanted.request, row.columns)
    samples = count_of(given, row)
    check_array((samples, len(row.columns)), wanted.limits, pointer="/data/samples")
    chance = row.generator(given.seed)
    raw, targets = row.make(chance, samples, given.noise)
    y = class_targets(targets, len(row.classes), wanted) if row.classes else number_targets(targets, wanted)
    return Samples(
        raw=raw,
        y=y,
        columns=row.columns,
        classes=row.classes,
        chance=chance,
        image=row.image,
        keeps_order=row.keeps_order,
    )


def count_of(given: MadeRows, row: Dataset) -> int:
    """How many samples are asked for. Raises Invalid for more than there are, and for noise where there is none."""
    if given.noise and not row.takes_noise:
        template = N_("This data set takes no noise; expected 0, got {came}.")
        raise Invalid(template, came=f"{given.noise:g}", pointer="/data/noise")
    samples = row.samples if given.samples is None else given.samples
    if row.most is not None and samples > row.most:
        template = N_("This data set has {most} samples; got {came}.")
        raise Invalid(template, most=row.most, came=samples, pointer="/data/samples")
    return samples


READERS: Mapping[type, Callable[[Any, Wanted], Samples]] = {
    InlineRows: given_samples,
    MadeRows: made_samples,
    OwnRows: own_samples,
}
