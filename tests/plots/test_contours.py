"""Contour lines lie where the heights have their level, and go on from cell to cell."""

import itertools

import numpy as np
import pytest

from app.plots.contours import contour, pieces

PLACES = np.linspace(-1, 1, 41)
BOWL = PLACES[None, :] ** 2 + PLACES[:, None] ** 2


def test_the_line_around_a_bowl_is_one_closed_ring():
    (ring,) = contour(BOWL, 0.25)
    assert ring[0] == ring[-1] and len(ring) > 50
    distances = [np.hypot(x - 20, y - 20) / 20 for x, y in ring]
    assert distances == pytest.approx([0.5] * len(distances), abs=1e-3)


def test_a_slope_is_crossed_by_one_straight_line_from_edge_to_edge():
    (line,) = contour(np.tile([0.0, 1.0, 2.0, 3.0], (3, 1)), 1.25)
    assert line in ([(1.25, 0), (1.25, 1), (1.25, 2)], [(1.25, 2), (1.25, 1), (1.25, 0)])


def test_two_hills_have_two_lines():
    hills = np.exp(-8 * ((PLACES[None, :] - 0.5) ** 2 + PLACES[:, None] ** 2))
    assert [line[0] == line[-1] for line in contour(hills + hills[:, ::-1], 0.7)] == [True, True]


@pytest.mark.parametrize(("level", "is_around"), [(0.4, (1.0, 0.0)), (0.6, (0.0, 0.0))])
def test_where_opposite_corners_are_above_the_middle_decides(level, is_around):
    lines = contour(np.eye(2), level)
    near = [line for line in lines if all(np.hypot(x - is_around[0], y - is_around[1]) < 0.71 for x, y in line)]
    assert len(lines) == 2 and len(near) == 1


def test_no_line_comes_near_what_is_not_finite():
    broken = BOWL.copy()
    broken[20, 30] = np.nan
    lines = contour(broken, 0.25)
    assert lines and not any(29 < x < 31 and 19 < y < 21 for line in lines for x, y in line)


def test_a_plain_has_no_lines():
    assert contour(np.ones((5, 5)), 0.5) == [] and contour(np.ones((5, 5)), 1.0) == []


def test_pieces_are_the_same_lines():
    found = {tuple(np.round(piece, 9)) for piece in pieces(BOWL, 0.25)}
    (ring,) = contour(BOWL, 0.25)
    joined = {tuple(np.round([*one, *other], 9)) for one, other in itertools.pairwise(ring)}
    assert {frozenset((piece[:2], piece[2:])) for piece in found} == {frozenset((a[:2], a[2:])) for a in joined}
    assert pieces(np.ones((4, 4)), 0.5).shape == (0, 4) and pieces(np.full((4, 4), np.nan), 0.5).shape == (0, 4)


def test_heights_may_be_as_far_apart_as_numbers_get():
    (line,) = contour(np.array([[-1e308, 1.6e308]] * 2), 0.3e308)
    assert np.allclose(line, [(0.5, 0), (0.5, 1)]) or np.allclose(line, [(0.5, 1), (0.5, 0)])
