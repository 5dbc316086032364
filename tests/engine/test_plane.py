"""Planes through parameters: projections by least squares, directions as long as the weights' rows, main directions."""

import numpy as np
import pytest

from app.engine.plane import Plane, axis, filter_normalized, flat, main_directions


def chance(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def test_a_point_of_the_plane_has_its_own_coordinates():
    plane = Plane(*chance().normal(size=(3, 7)))
    assert plane.path(plane.point(0.3, -1.7)) == pytest.approx([0.3, -1.7], abs=1e-12)


def test_what_lies_beside_the_plane_is_projected_by_least_squares():
    plane, vector = Plane(*chance(1).normal(size=(3, 9))), chance(2).normal(size=9)
    basis = np.stack([plane.across, plane.up], axis=1)
    wanted = np.linalg.lstsq(basis, vector, rcond=None)[0]
    found = plane.coordinates(vector)
    assert found == pytest.approx(wanted, rel=1e-12)
    assert basis.T @ (vector - basis @ found) == pytest.approx([0, 0], abs=1e-12)


def test_an_axis_moves_one_number_alone():
    assert axis({"a": 2, "W": 4, "b": 1}, "W", 1).tolist() == [0, 0, 0, 1, 0, 0, 0]


def test_parameters_in_a_row_keep_the_order_asked_for():
    assert flat({"b": np.array(5.0), "W": np.array([[1, 2], [3, 4]])}, ("W", "b")).tolist() == [1, 2, 3, 4, 5]


def test_each_row_of_a_random_direction_is_as_long_as_the_weights_own_and_biases_stay():
    weights, bias = chance(3).normal(size=(4, 3)) * [[1], [10], [0.1], [0]], np.ones(4)
    found = filter_normalized([weights, bias], chance())
    rows = found[:12].reshape(4, 3)
    assert np.linalg.norm(rows, axis=1) == pytest.approx(np.linalg.norm(weights, axis=1), rel=1e-12)
    assert found[12:].tolist() == [0, 0, 0, 0]
    drawn = chance().standard_normal((4, 3))
    assert rows[0] / np.linalg.norm(rows[0]) == pytest.approx(drawn[0] / np.linalg.norm(drawn[0]), rel=1e-12)


def test_without_a_matrix_all_numbers_are_one_row():
    numbers = [np.array(3.0), np.array([4.0, 12.0])]
    found = filter_normalized(numbers, chance())
    assert np.linalg.norm(found) == pytest.approx(13.0) and found.all()


def test_the_same_seed_draws_the_same_direction():
    weights = [np.ones((2, 3))]
    assert (filter_normalized(weights, chance(5)) == filter_normalized(weights, chance(5))).all()
    assert (filter_normalized(weights, chance(5)) != filter_normalized(weights, chance(6))).any()


def test_the_main_directions_hold_a_way_that_lies_in_a_plane():
    across, up = np.linalg.qr(chance(4).normal(size=(8, 2)))[0].T
    offsets = np.array([[-3.0, 1.0], [-2.0, 1.5], [-0.5, 0.7], [0.0, 0.0]]) @ np.stack([across, up])
    first, second, share = main_directions(offsets)
    seen = offsets @ np.stack([first, second]).T
    assert share == pytest.approx(1.0) and np.linalg.norm(seen) == pytest.approx(np.linalg.norm(offsets))
    assert first @ second == pytest.approx(0, abs=1e-12) and np.linalg.norm(first) == pytest.approx(1.0)
    assert seen[0, 0] < 0 < seen[:, 1].sum()


def test_a_straight_way_has_no_second_direction():
    line = np.outer([0.0, 1.0, 2.0, 5.0], chance().normal(size=6))
    assert main_directions(line) is None and main_directions(line[:1]) is None
    assert main_directions(np.full((3, 2), np.nan)) is None


def test_weights_whose_squares_are_no_numbers_have_directions_of_their_length():
    for size in (1e200, 1e-200):
        found = filter_normalized([np.array([[3.0, 4.0]]) * size], chance())
        assert np.linalg.norm(found / size) == pytest.approx(5.0)
    longest = np.finfo(np.float64).max
    assert np.isfinite(filter_normalized([np.full((1, 4), longest)], chance())).all()
