"""Long formulas in short: what is shown of them and what is left out."""

import numpy as np
import pytest

from app.engine.formula import Call, Negative, Number, Place, Power, Product, Quotient, Series, Sum
from app.notation.excerpt import Rest, by_size, evaluated, excerpt


def numbered(count: int) -> Sum:
    return Sum(Series(count, lambda number: Number(float(number)), lambda: np.arange(float(count))))


def test_a_short_sum_keeps_its_order() -> None:
    short = Sum((Number(1.0), Number(-9.0), Number(3.0)))
    assert excerpt(short) == short


def test_of_a_long_sum_the_largest_parts_are_kept_and_the_rest_is_counted_and_added_up() -> None:
    shown = excerpt(numbered(100), 3)
    assert shown.parts == (Number(99.0), Number(98.0), Number(97.0), Rest(97, float(sum(range(97)))))
    assert shown.value == numbered(100).value


def test_a_sum_one_part_too_long_is_not_cut_short_for_it() -> None:
    assert len(excerpt(numbered(4), 3).parts) == 4
    assert all(isinstance(part, Number) for part in excerpt(numbered(4), 3).parts)


@pytest.mark.parametrize(
    "around",
    [
        lambda long: Product((Number(2.0), long)),
        lambda long: Quotient(long, Number(2.0)),
        lambda long: Power(long, Number(2.0)),
        Negative,
        lambda long: Call("exp", (Negative(long),)),
        lambda long: Sum((Number(1.0), long)),
    ],
)
def test_long_sums_are_found_wherever_they_stand_and_nothing_changes_in_value(around) -> None:
    whole = around(numbered(30))
    assert excerpt(whole) != whole
    assert excerpt(whole).value == pytest.approx(whole.value)


def test_of_many_arguments_those_that_decide_are_shown() -> None:
    many = tuple(Number(float(number)) for number in range(20))
    assert excerpt(Call("max", many), 2).arguments == (Number(19.0), Number(18.0), Rest(18, None))
    assert excerpt(Call("min", many), 2).arguments == (Number(0.0), Number(1.0), Rest(18, None))


def test_a_number_that_is_not_finite_is_never_left_out() -> None:
    first, others = by_size(np.array([1.0, np.nan, -3.0, -np.inf, 2.0]), 2)
    assert sorted(first) == [1, 3]
    assert others == 0.0


def test_a_sum_of_products_is_evaluated_part_by_part() -> None:
    place = Place("a", (), 3.0)
    assert evaluated(Sum((place * 2.0, place * -1.0))) == Sum((Number(6.0), Number(-3.0)))
    assert evaluated(Product((Number(0.5), Sum((place**2.0, place))))) == Sum((Number(4.5), Number(1.5)))
    assert evaluated(Quotient(Sum((place**2.0, Rest(5, 4.0))), Number(2.0))) == Sum((Number(4.5), Rest(5, 2.0)))
    assert evaluated(Negative(Sum((place**2.0, place)))) == Sum((Number(-9.0), Number(-3.0)))


def test_what_is_plain_already_is_not_evaluated_again() -> None:
    place = Place("a", (), 3.0)
    assert evaluated(place - 1.0) is None
    assert evaluated(place * 2.0) is None
    assert evaluated(Quotient(Sum((place**2.0, place)), Number(0.0))) is None
