"""Axes: numbers stand where they belong, and the labels are round, true to their places, and not too many."""

import sys

import numpy as np
import pytest

from app.plots.axes import Axis, Tick, along, path, roomy, upward

LARGEST = sys.float_info.max


def test_numbers_stand_in_the_order_of_the_axis_from_its_start_to_its_end():
    assert Axis(2.0, 4.0).places(np.array([2.0, 3.0, 4.0])).tolist() == [0.0, 50.0, 100.0]
    assert Axis(2.0, 4.0, 90.0, 10.0).places(np.array([2.0, 3.0, 4.0])).tolist() == [90.0, 50.0, 10.0]
    assert Axis(0.0, 2.0, is_logarithmic=True).place(10.0) == 50.0


def test_on_an_axis_without_length_everything_stands_in_the_middle():
    assert Axis(3.0, 3.0, 10.0, 20.0).place(3.0) == 15.0


def test_an_axis_may_be_as_long_as_there_are_numbers():
    axis = upward(np.array([-LARGEST, LARGEST]))
    assert axis.place(0.0) == 50.0 and axis.place(LARGEST) == 0.0
    assert all(np.isfinite(tick.place) for tick in axis.ticks())


def test_the_smallest_numbers_there_are_stand_apart():
    assert Axis(0.0, 1e-323).places(np.array([0.0, 5e-324, 1e-323])).tolist() == [0.0, 50.0, 100.0]


def test_room_ends_where_there_are_no_more_numbers():
    assert roomy(-LARGEST, 1.0, 2.0) == (-LARGEST, 3.0)
    assert roomy(0.0, LARGEST, LARGEST) == (-LARGEST, LARGEST)


@pytest.mark.parametrize("last", [0, 1, 2, 3, 7, 50, 99_999])
def test_iterations_have_labels_at_whole_numbers_where_these_stand(last):
    axis = along(last)
    ticks = axis.ticks(5)
    assert ticks[0].label == "0" and len(ticks) <= 7
    assert [tick.place for tick in ticks] == [round(axis.place(int(tick.label)), 2) for tick in ticks]


def test_a_run_of_one_iteration_has_its_label_in_the_middle():
    assert along(0).ticks(5) == (Tick(50.0, "0"),)


def test_sizes_over_many_powers_of_ten_have_labels_at_some_of_these():
    axis = upward(np.array([1e-6, 1e6]))
    assert axis.is_logarithmic and [tick.label for tick in axis.ticks()] == ["1e−6", "0.001", "1", "1000", "1e6"]
    assert not upward(np.array([1.0, 99.0])).is_logarithmic and not upward(np.array([0.0, 1e6])).is_logarithmic


def test_a_line_through_no_places_is_empty():
    assert path(np.empty(0), np.empty(0)) == "" and path(np.array([1.0, 2.0]), np.array([3.0, 4.0])) != ""


def test_the_margin_of_an_axis_of_the_largest_numbers_has_no_labels():
    axis = upward(np.array([1e5, LARGEST]))
    assert axis.high > 308.3 and all(tick.label for tick in axis.ticks())
    assert Axis(308.0, 309.0, is_logarithmic=True).ticks()
