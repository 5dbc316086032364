"""Measured data that scikit-learn carries with it: its files are read, the library itself is never imported."""

import gzip
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from app.errors import N_, Invalid

EXTRA = "chainrule[datasets]"
FOLDER = Path("datasets", "data")
DIGITS, IRIS = "digits.csv.gz", "iris.csv"


def candidates(name: str) -> list[Path]:
    """Where a data file may lie."""
    found = find_spec("sklearn")
    return [Path(place) / FOLDER / name for place in (found.submodule_search_locations or ())] if found else []


def is_here(name: str) -> bool:
    """Whether a data file is installed."""
    return any(path.is_file() for path in candidates(name))


def find_file(name: str) -> Path:
    """Where a data file lies. Raises Invalid, naming what to install, where the library is not there."""
    if path := next((path for path in candidates(name) if path.is_file()), None):
        return path
    template = N_("This data set comes with scikit-learn, which is not installed here: pip install '{extra}'.")
    raise Invalid(template, extra=EXTRA, pointer="/data/dataset")


@lru_cache
def digits() -> tuple[np.ndarray, np.ndarray]:
    """1,797 written digits: 8 × 8 pixels from 0 to 16 (samples, 64), and which digit each is (samples,)."""
    with gzip.open(find_file(DIGITS), "rt", encoding="ascii") as file:
        return parted(np.loadtxt(file, delimiter=","))


@lru_cache
def iris() -> tuple[np.ndarray, np.ndarray]:
    """150 irises: lengths and widths of sepal and petal in cm (samples, 4), and which of three kinds (samples,)."""
    with find_file(IRIS).open(encoding="ascii") as file:
        return parted(np.loadtxt(file, delimiter=",", skiprows=1))


def parted(table: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """All columns but the last, and the last; neither can be written to."""
    table.flags.writeable = False
    return table[:, :-1], table[:, -1]
