"""A column that alone tells the target is found, and what tells it by chance, or in part, is not."""

import numpy as np
import pytest

from app.nn.supply.leak import leak

CHANCE = np.random.default_rng(3)
NOISE = CHANCE.normal(size=60)
KINDS = np.arange(60) % 3 * 1.0
SHARED = np.repeat([1.0, 2.0, 3.0, 4.0, 5.0], 12)


def found(column: np.ndarray, targets: np.ndarray, are_classes: bool = True) -> int | None:
    return leak(np.stack([NOISE, column], axis=1), targets, are_classes)


@pytest.mark.parametrize(
    "column",
    [
        KINDS,
        np.array([7.0, 2.0, 9.0])[KINDS.astype(int)],
        KINDS * 10 + CHANCE.uniform(size=60),
        KINDS + 3 * (np.arange(60) % 2),
    ],
)
def test_a_column_that_alone_tells_the_class_is_found(column: np.ndarray) -> None:
    assert found(column, KINDS) == 1


@pytest.mark.parametrize(
    "column",
    [
        NOISE,
        np.arange(60.0),
        np.where(np.arange(60) == 7, 0.0, KINDS),
        np.minimum(KINDS, 1.0),
        np.zeros(60),
    ],
)
def test_a_column_that_tells_the_class_in_part_or_by_being_different_everywhere_is_none(column: np.ndarray) -> None:
    assert found(column, KINDS) is None


def test_a_class_of_two_rows_at_one_end_of_a_column_is_chance() -> None:
    rare = (np.arange(60) >= 58) * 1.0
    assert found(np.arange(60.0), rare) is None and found(np.arange(60.0), (np.arange(60) >= 55) * 1.0) == 1


@pytest.mark.parametrize(
    ("column", "expected"),
    [(NOISE**2 * 1.1 + 3, 1), (NOISE**2 + 0.3 * CHANCE.normal(size=60), None), (np.zeros(60), None)],
)
def test_a_number_is_told_by_a_line_through_one_column(column: np.ndarray, expected: int | None) -> None:
    assert found(column, NOISE**2, are_classes=False) == expected


def test_a_number_is_told_by_names_that_are_repeated() -> None:
    assert found(SHARED, np.cos(SHARED), are_classes=False) == 1
    assert found(SHARED, np.cos(SHARED) + 1e-3 * NOISE, are_classes=False) is None


def test_one_column_alone_is_no_leak() -> None:
    assert leak(KINDS[:, None], KINDS, True) is None
