"""Nested lists of numbers, read into float64 arrays; every refusal points at the very element."""

from itertools import chain
from typing import Any

import numpy as np

from app.errors import N_, Invalid
from app.nn.limits import Limits, check_array
from app.nn.wording import shown

MAX_DIMENSIONS = 8
UNFINITE = {"NaN": np.nan, "Infinity": np.inf, "-Infinity": -np.inf}


def read_array(value: Any, pointer: str = "", limits: Limits | None = None, finite: bool = True) -> np.ndarray:
    """The array that nested lists (or one number) stand for, shape as nested.

    With `finite` false the strings "NaN", "Infinity" and "-Infinity" are numbers too, as in edits of nodes.
    Raises Invalid with a pointer to the first ragged row, empty list or element that is not a number.
    """
    shape: list[int] = []
    level = [value]
    while isinstance(level[0], list):
        level = _descend(level, shape, pointer)
        check_array((len(level),), limits or Limits(), pointer=pointer)
    numbers = [_number(level, place, shape, pointer, finite) for place in range(len(level))]
    return np.array(numbers, dtype=np.float64).reshape(shape)


def read_shaped(value: Any, shape: tuple[int, ...], pointer: str, limits: Limits | None = None) -> np.ndarray:
    """An array that must have this shape; the refusal says both shapes."""
    array = read_array(value, pointer, limits)
    if array.shape != shape:
        template = N_("Expected an array of shape {expected}, got one of shape {came}.")
        raise Invalid(template, expected=str(shape), came=str(array.shape), pointer=pointer)
    return array


def _descend(level: list[Any], shape: list[int], pointer: str) -> list[Any]:
    """The elements of all lists of one level, once all of them are found to be equally long lists."""
    size = len(level[0])
    for place, row in enumerate(level):
        if not isinstance(row, list):
            template = N_("Expected a list of {count} like the ones before it, got {came}.")
            raise Invalid(template, count=size, came=shown(row), pointer=_at(pointer, place, shape))
        if len(row) != size:
            template = N_("Rows must be equally long: expected {count} elements, got {came}.")
            raise Invalid(template, count=size, came=len(row), pointer=_at(pointer, place, shape))
    if size == 0:
        template = N_("Expected at least one number, got an empty list.")
        raise Invalid(template, pointer=_at(pointer, 0, shape))
    shape.append(size)
    if len(shape) > MAX_DIMENSIONS:
        raise Invalid(N_("Lists are nested too deeply: at most {most} levels."), most=MAX_DIMENSIONS, pointer=pointer)
    return list(chain.from_iterable(level))


def _number(level: list[Any], place: int, shape: list[int], pointer: str, finite: bool) -> float:
    """One element as a float64, refused unless it is a finite number (or a spelled-out other one)."""
    value = level[place]
    if type(value) is float or type(value) is int:
        try:
            number = float(value)
        except OverflowError:
            number = np.inf
        if not finite or abs(number) < np.inf:
            return number
        came = {np.inf: "Infinity", -np.inf: "-Infinity"}.get(number, "NaN")
        template = N_("Expected a finite number, got {came}.")
        raise Invalid(template, came=came, pointer=_at(pointer, place, shape))
    if not finite and isinstance(value, str) and value in UNFINITE:
        return UNFINITE[value]
    raise Invalid(N_("Expected a number, got {came}."), came=shown(value), pointer=_at(pointer, place, shape))


def _at(pointer: str, place: int, shape: list[int]) -> str:
    """The pointer to the element at a flat position among those of the levels walked so far."""
    return pointer + "".join(f"/{index}" for index in np.unravel_index(place, tuple(shape)))
