"""Numbers as they are shown."""

import math
from collections.abc import Callable

import numpy as np
import pytest

from app.notation import numbers


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0.0, "0"),
        (-0.0, "0"),
        (1.0, "1"),
        (0.5768852611320463, "0.576885"),
        (-0.0017251824, "−0.00172518"),
        (1e-3, "0.001"),
        (9.21562e-4, "9.21562e−4"),
        (1e-300, "1e−300"),
        (123456.7, "123457"),
        (1234567.0, "1.23457e6"),
        (-2.5e20, "−2.5e20"),
        (math.inf, "∞"),
        (-math.inf, "−∞"),
        (math.nan, "NaN"),
    ],
)
def test_a_number_is_rounded_to_six_digits_with_a_real_minus(number: float, text: str) -> None:
    assert numbers.short(number) == text


@pytest.mark.parametrize("number", [0.1 + 0.2, -1 / 3, 5e-324, 1.7976931348623157e308, 7.0, 0.0, 1e22])
def test_the_exact_form_reads_back_to_the_same_bits(number: float) -> None:
    read = float(numbers.exact(number).replace(numbers.MINUS, "-"))
    assert np.float64(read).tobytes() == np.float64(number).tobytes()


@pytest.mark.parametrize("number", [0.1 + 0.2, -1 / 3, 1e-7, 42.0, math.inf])
def test_what_stands_in_a_field_can_be_typed_and_reads_back(number: float) -> None:
    assert numbers.typed(number).isascii()
    assert float(numbers.typed(number)) == number


def test_no_number_that_fits_its_card_is_longer_than_the_room_measured_for_it() -> None:
    generator = np.random.default_rng(3)
    for number in generator.normal(size=500) * 10.0 ** generator.integers(-9, 9, size=500):
        assert len(numbers.compact(number)) <= 10 + (abs(number) < 1e-9)


def test_any_array_becomes_rows_and_columns() -> None:
    shapes = [numbers.matrix(np.zeros(shape)).shape for shape in [(), (3,), (2, 3), (4, 2, 3)]]
    assert shapes == [(1, 1), (1, 3), (2, 3), (8, 3)]


def test_what_is_not_finite_is_written_as_json_can() -> None:
    assert numbers.literal(np.array([[1.0, math.nan], [-math.inf, 0.5]])) == [[1.0, "NaN"], ["-Infinity", 0.5]]


@pytest.mark.parametrize("write", [numbers.short, numbers.compact, numbers.exact, numbers.typed])
def test_a_zero_is_never_shown_with_a_sign(write: Callable[[float], str]) -> None:
    assert write(-0.0) == "0"


def test_numbers_of_one_scale_get_the_digits_that_tell_them_apart() -> None:
    assert numbers.apart((1000.01, 1000.02), 3) == ("1000.01", "1000.02")
    assert numbers.apart((1.0, 1.0), 3) == ("1", "1")


def test_the_largest_number_is_not_rounded_up_to_infinity() -> None:
    assert numbers.rounded(1.7976931348623157e308, 2) == "1.8e308"
    assert numbers.rounded(4963.2, 3) == "4960"
