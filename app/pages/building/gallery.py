"""The data sets as cards to choose from, each with a small picture made of its own points by the settings chosen."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from app.nn.spec import MadeRows
from app.nn.supply.datasets import DATASETS, Dataset
from app.pages.building.pictures import Mosaic, Points, Scatter, picture

FEWEST, MOST = 10, 600
MOST_MARKS, MOST_IMAGES = 140, 25
LOUDEST = 10.0


@dataclass(frozen=True)
class Card:
    """One data set to choose: its name, label, a sentence and a picture."""

    name: str
    label: str
    sentence: str
    picture: Scatter | Mosaic
    is_chosen: bool


def cards(typed: Mapping[str, str], chosen: str | None = None) -> tuple[Card, ...]:
    """Every data set that is installed, drawn with the samples, noise and seed that a form holds."""
    noise = number(typed, "noise", 0.0, LOUDEST, MadeRows.model_fields["noise"].default)
    seed = int(number(typed, "seed", 0, 2**53, 0))
    return tuple(
        Card(name, row.label, row.sentence, thumbnail(name, samples_of(row, typed), noise, seed), name == chosen)
        for name, row in DATASETS.items()
        if row.is_here
    )


def samples_of(row: Dataset, typed: Mapping[str, str]) -> int:
    """How many samples of a set are drawn: as many as the form says, within reason."""
    wanted = int(number(typed, "samples", FEWEST, MOST, row.samples))
    return min(wanted, row.most or wanted)


def number(typed: Mapping[str, str], key: str, least: float, most: float, default: float) -> float:
    """A setting as typed, within bounds; its default where no number stands in the field."""
    try:
        value = float(typed.get(f"/data/{key}", ""))
    except ValueError:
        value = math.nan
    return min(max(value, least), most) if math.isfinite(value) else default


@lru_cache(maxsize=128)
def thumbnail(name: str, samples: int, noise: float, seed: int) -> Scatter | Mosaic:
    """The small picture of one data set."""
    row = DATASETS[name]
    return picture(points_of(row, samples, noise, seed), MOST_IMAGES if row.image else MOST_MARKS)


def points_of(row: Dataset, samples: int, noise: float, seed: int) -> Points:
    """The rows of a data set, before anything is held out or prepared."""
    x, y = row.make(row.generator(seed), samples, noise)
    return Points(x=x, y=y, held=np.zeros(len(x), bool), columns=row.columns, classes=row.classes, image=row.image)
