"""Heights between the points of a grid are smooth and truthful, and colours keep their order."""

import numpy as np
import pytest

from app.plots.shades import STEPS, coloured, colours, finer

HEIGHTS = np.random.default_rng(0).normal(size=(6, 5))


def test_the_points_of_the_grid_keep_their_numbers():
    assert finer(HEIGHTS, 4)[::4, ::4] == pytest.approx(HEIGHTS, abs=1e-12)


def test_nothing_in_between_lies_beyond_the_corners_around():
    fine = finer(HEIGHTS, 4, is_centred=True).reshape(5, 4, 4, 4).swapaxes(1, 2)
    corners = np.stack([HEIGHTS[:-1, :-1], HEIGHTS[1:, :-1], HEIGHTS[:-1, 1:], HEIGHTS[1:, 1:]])
    assert (fine <= corners.max(axis=0)[:, :, None, None] + 1e-12).all()
    assert (fine >= corners.min(axis=0)[:, :, None, None] - 1e-12).all()


def test_a_slope_stays_straight_up_to_its_ends():
    slope = np.arange(5.0)[None, :] + 2 * np.arange(4.0)[:, None]
    wanted = np.arange(17)[None, :] / 4 + np.arange(13)[:, None] / 2
    assert finer(slope, 4) == pytest.approx(wanted, abs=1e-12)


def test_what_is_not_finite_blots_out_no_more_than_the_cells_that_touch_it():
    broken = HEIGHTS.copy()
    broken[2, 2] = np.inf
    blank = np.isnan(finer(broken, 3, is_centred=True))
    assert blank.sum() == 36 and blank[3:9, 3:9].all()


def test_higher_is_lighter():
    luminance = colours(np.linspace(0, 1, STEPS)) @ [0.2126, 0.7152, 0.0722]
    assert (np.diff(luminance) > 0).all()


def test_colours_reach_from_the_lowest_to_the_highest_and_leave_out_what_is_not_finite():
    pixels = coloured(np.array([[0.0, 1.0, np.nan]]), 0.0, 1.0)
    assert pixels[0, 0].tolist() == [13, 27, 72, 255] and pixels[0, 1].tolist() == [252, 247, 234, 255]
    assert pixels[0, 2, 3] == 0
    assert coloured(np.full((2, 2), 3.0), 3.0, 3.0).shape == (2, 2, 4)


def test_heights_as_far_apart_as_there_are_numbers_keep_their_order():
    largest = float(np.finfo(np.float64).max)
    fine = finer(np.array([[-largest, largest], [-largest, largest]]), 4)
    assert np.isfinite(fine).all() and (np.diff(fine, axis=1) > 0).all()
    pixels = coloured(np.array([[-largest, largest]]), -largest, largest)
    assert pixels[0, 0].tolist() == [13, 27, 72, 255] and pixels[0, 1].tolist() == [252, 247, 234, 255]
