import math

import pytest

from app.engine.formula import Number, Place, Sum
from app.notation.rounding import is_changed, is_rounded, rounded


@pytest.mark.parametrize(
    ("value", "digits", "shown"),
    [
        (0.0455327765, 6, "0.0455328"),
        (-0.0455327765, 3, "−0.0455"),
        (-0.0, 6, "0"),
        (-0.0, 17, "0"),
        (1 / 3, 2, "0.33"),
        (0.1, 17, "0.1"),
        (0.1 + 0.2, 17, "0.30000000000000004"),
        (1.5e-7, 6, "1.5e−7"),
        (0.0, 6, "0"),
        (math.inf, 6, "∞"),
        (math.nan, 6, "NaN"),
    ],
)
def test_a_number_has_the_significant_digits_asked_for(value: float, digits: int, shown: str) -> None:
    assert rounded(value, digits) == shown


@pytest.mark.parametrize(
    ("value", "digits", "is_so"),
    [(0.5, 6, False), (1 / 3, 6, True), (1 / 3, 17, False), (0.1 + 0.2, 6, False), (1.234567, 6, True)],
)
def test_rounding_changes_a_number_that_has_more_digits_than_noise(value: float, digits: int, is_so: bool) -> None:
    assert is_changed(value, digits) == is_so


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 0.0])
def test_what_is_not_finite_is_not_rounded(value: float) -> None:
    assert not is_changed(value, 2)


def test_a_formula_is_rounded_if_any_of_its_numbers_is() -> None:
    exact, long = Place("a", (), 0.5), Place("b", (), math.pi)
    assert not is_rounded(Sum((exact, Number(1.0))), 6)
    assert is_rounded(Sum((exact, Number(2.0) * long)), 6) and not is_rounded(exact * long, 17)
