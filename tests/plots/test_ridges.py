"""Histograms count every number once: in a bin, as an exact zero, as not finite, or as beyond the axis."""

import itertools
import re

import numpy as np
import pytest

from app.plots.ridges import BINS, LEAST_LABEL, crowd, reach, ridges

LARGEST = float(np.finfo(np.float64).max)
ODD = np.array([0.0, -0.0, 1.0, 2.0, np.nan, np.inf, -3.0, 9.0])


def test_every_number_is_counted_once():
    found = crowd("7", ODD, -4.0, 4.0)
    assert (found.zeros, found.odd, found.beyond, int(found.counts.sum())) == (2, 2, 1, 3)
    assert found.size == len(ODD) and found.label == "7"


def test_counts_are_those_of_numpy():
    numbers = np.random.default_rng(0).normal(size=500)
    found = crowd("", numbers, -5.0, 5.0)
    assert found.counts.tolist() == np.histogram(numbers, BINS, (-5.0, 5.0))[0].tolist()
    assert found.deviation == pytest.approx(numbers.std())


def test_a_number_close_to_zero_is_no_zero():
    assert crowd("", np.array([1e-300, 0.0]), -1.0, 1.0).zeros == 1


def test_the_axis_holds_all_finite_numbers():
    low, high = reach([ODD, np.array([[20.0]])])
    assert low < -3.0 and high > 20.0 and high - low < 25
    assert reach([np.array([np.nan])]) == (-1.0, 1.0)
    low, high = reach([np.array([5.0])])
    assert low < 5.0 < high


def test_numbers_at_the_ends_of_what_there_is_can_be_drawn():
    for ends in ([-1e308, 1e308], [LARGEST, LARGEST], [5e-324, 1e-323], [1e16, 1e16 + 2]):
        counted = crowd("0", np.array(ends), *reach([np.array(ends)]))
        assert counted.counts.sum() == 2 and counted.beyond == 0
        assert "nan" not in ridges([counted], *reach([np.array(ends)])).ridges[0].path


def test_a_deviation_whose_square_is_no_number_is_one():
    assert crowd("", np.array([1e200, 3e200]), 0.0, 4e200).deviation == pytest.approx(1e200)
    assert crowd("", np.array([-LARGEST, LARGEST]), -1.0, 1.0).deviation == pytest.approx(LARGEST)


def test_the_newest_ridge_stands_in_front_and_has_its_label():
    crowds = [crowd(str(number), np.random.default_rng(number).normal(size=50), -3.0, 3.0) for number in range(9)]
    drawn = ridges(crowds, -3.0, 3.0, 4.0)
    assert [one.is_last for one in drawn.ridges] == [False] * 8 + [True] and drawn.ridges[-1].label == "8"
    bases = [one.base for one in drawn.ridges if one.label]
    assert all(below - above >= LEAST_LABEL for above, below in itertools.pairwise(bases))


def test_a_mountain_rises_where_its_numbers_are():
    drawn = ridges([crowd("0", np.full(10, 2.0), -4.0, 4.0)], -4.0, 4.0)
    points = [tuple(map(float, pair.split())) for pair in re.split("[ML]", drawn.ridges[0].path) if pair]
    top = min(points, key=lambda point: point[1])
    wanted = drawn.left + (drawn.right - drawn.left) * 6 / 8
    assert top[0] == pytest.approx(wanted, abs=(drawn.right - drawn.left) / BINS)


def test_only_zeros_leave_a_plain_and_a_full_bar():
    drawn = ridges([crowd("0", np.zeros(6), -1.0, 1.0), crowd("1", np.ones(6), -1.0, 1.0)], -1.0, 1.0)
    assert drawn.has_zeros and not drawn.ridges[0].path and drawn.ridges[1].zeros == 0.0
    assert drawn.ridges[0].zeros > 0 and drawn.zero is not None
