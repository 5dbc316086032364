"""From the columns of the data to the inputs of a network: features made of them, then their scale."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from app.errors import N_, Invalid

SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
Columns = tuple[np.ndarray, ...]


@dataclass(frozen=True)
class Feature:
    """Something made of the first `needs` columns: `of(columns)` gives it, `label` is for people."""

    name: str
    label: str
    needs: int
    of: Callable[[Columns], np.ndarray]


FeatureName = Literal["x1", "x2", "x1^2", "x2^2", "x1*x2", "sin x1", "sin x2"]
FEATURES: Mapping[str, Feature] = {
    row.name: row
    for row in (
        Feature("x1", "{0}", 1, lambda x: x[0]),
        Feature("x2", "{1}", 2, lambda x: x[1]),
        Feature("x1^2", "{0}²", 1, lambda x: x[0] * x[0]),
        Feature("x2^2", "{1}²", 2, lambda x: x[1] * x[1]),
        Feature("x1*x2", "{0} · {1}", 2, lambda x: x[0] * x[1]),
        Feature("sin x1", "sin {0}", 1, lambda x: np.sin(x[0])),
        Feature("sin x2", "sin {1}", 2, lambda x: np.sin(x[1])),
    )
}
MOST_COLUMNS = 2
"""Features are those of TensorFlow Playground, whose data have two columns."""


@dataclass(frozen=True)
class Scale:
    """How far inputs are moved and what they are divided by: `fit(x)` gives both, (inputs,) each."""

    name: str
    label: str
    sentence: str
    fit: Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]] | None


ScaleName = Literal["raw", "standardize", "min_max"]
SCALES: Mapping[str, Scale] = {
    row.name: row
    for row in (
        Scale("raw", N_("as they are"), N_("The numbers enter the network as they are."), None),
        Scale(
            "standardize",
            N_("standardized"),
            N_("Mean 0 and standard deviation 1 of each input, over the training part."),
            lambda x: (x.mean(axis=0), x.std(axis=0)),
        ),
        Scale(
            "min_max",
            N_("from 0 to 1"),
            N_("The smallest of each input becomes 0, the largest 1, over the training part."),
            lambda x: (x.min(axis=0), x.max(axis=0) - x.min(axis=0)),
        ),
    )
}


@dataclass(frozen=True, eq=False)
class Preparation:
    """What rows go through before they enter the network: `columns` are named as they come, `inputs` as they enter.

    `shift` and `divisor` (inputs,) are those of the training part; None where the numbers stay as they are.
    """

    columns: tuple[str, ...]
    inputs: tuple[str, ...]
    features: tuple[Feature, ...] = ()
    shift: np.ndarray | None = None
    divisor: np.ndarray | None = None

    def prepare(self, raw: np.ndarray) -> np.ndarray:
        """Rows (rows, columns) as the network takes them, (rows, inputs)."""
        x = featured(raw, self.features)
        return x if self.shift is None else (x - self.shift) / self.divisor

    def undone(self, x: np.ndarray) -> np.ndarray:
        """The raw rows that are prepared to x, where they go in without features made of them."""
        return x if self.shift is None else x * self.divisor + self.shift


def fit(columns: Sequence[str], names: Sequence[str] | None, scale: str, training: np.ndarray) -> Preparation:
    """The preparation for data with these columns, its scale fitted on the training rows only."""
    features = tuple(FEATURES[name] for name in names or ())
    with np.errstate(all="ignore"):
        moved = movement(SCALES[scale], featured(training, features))
    return Preparation(tuple(columns), inputs_of(columns, names), features, *moved)


def movement(scale: Scale, x: np.ndarray) -> tuple[np.ndarray | None, np.ndarray | None]:
    """How far columns x (rows, columns) are moved and what they are divided by; None where they stay as they are."""
    if scale.fit is None:
        return None, None
    shift, divisor = scale.fit(x)
    # A column that is the same everywhere becomes 0, not a division by nothing or by what rounding its mean leaves.
    is_same = x.min(axis=0) == x.max(axis=0)
    return np.where(is_same, x[0], shift), np.where(is_same | (divisor == 0), 1.0, divisor)


def featured(raw: np.ndarray, features: Sequence[Feature]) -> np.ndarray:
    """The features of rows (rows, columns), one column each; without any, the rows themselves."""
    return np.stack([feature.of(tuple(raw.T)) for feature in features], axis=1) if features else raw


def inputs_of(columns: Sequence[str], names: Sequence[str] | None) -> tuple[str, ...]:
    """The names of the network's inputs: the features', or the columns' where none are said."""
    return tuple(FEATURES[name].label.format(*columns) for name in names) if names else tuple(columns)


def check_features(names: Sequence[str] | None, columns: Sequence[str], pointer: str) -> None:
    """Refuse features twice, of data with more than two columns, or of a column that is not there."""
    if names is None:
        return
    if len(columns) > MOST_COLUMNS:
        template = N_("Features are made of one or two columns; these data have {came}.")
        raise Invalid(template, came=len(columns), pointer=pointer)
    for place, name in enumerate(names):
        if FEATURES[name].needs > len(columns):
            template = N_("The feature {came} needs a second column; these data have one.")
            raise Invalid(template, came=name, pointer=f"{pointer}/{place}")
        if name in names[:place]:
            raise Invalid(N_("The feature {came} is there twice."), came=name, pointer=f"{pointer}/{place}")


def numbered(count: int) -> tuple[str, ...]:
    """Names for columns that have none: x₁, x₂, …"""
    return tuple("x" + str(number).translate(SUBSCRIPTS) for number in range(1, count + 1))
