"""Maps of many numbers: nothing large hides in them, nothing that is not there can be entered."""

import re

import numpy as np

from app.plots.heat import LEVELS, columns_of, grid, heat


def place(row: int, column: int) -> tuple[int, int]:
    return row, column


def shade_at(found, x: int, y: int) -> str:
    """The name of the shade that covers a cell."""
    for shade in found.shades:
        for left, top, width in re.findall(r"M(\d+) (\d+)h(\d+)v1", shade.path):
            if int(top) == y and int(left) <= x < int(left) + int(width):
                return shade.name
    return "nothing"


def test_every_number_of_a_small_matrix_is_a_cell_with_its_sign_and_size() -> None:
    found = heat(np.array([[1.0, -1.0, 0.0], [0.5, -0.01, 0.5]]), place)
    names = [[shade_at(found, x, y) for x in range(3)] for y in range(2)]
    assert names == [["plus8", "minus8", "zero"], ["plus4", "minus1", "plus4"]]
    assert found.largest == "1"
    assert found.covered == 1


def test_a_cell_of_a_coarse_map_shows_the_largest_magnitude_it_covers() -> None:
    matrix = np.full((128, 64), 0.1)
    matrix[5, 7] = -2.0
    found = heat(matrix, place)
    assert (found.rows, found.columns, found.block, found.covered) == (64, 64, (2, 1), 2)
    assert shade_at(found, 7, 2) == f"minus{LEVELS}"
    entered = next(target for target in found.targets if target.index == "5,7")
    assert entered.x <= 7 < entered.x + entered.width and entered.y <= 2 < entered.y + entered.height
    assert entered.number == "−2"


def test_the_targets_of_a_map_cover_it_without_overlapping() -> None:
    for shape in ((3, 5), (17, 16), (64, 128), (10, 64), (200, 333)):
        found = heat(np.ones(shape), place)
        covered = np.zeros((found.rows, found.columns), int)
        for target in found.targets:
            covered[target.y : target.y + target.height, target.x : target.x + target.width] += 1
        assert (covered == 1).all() and len(found.targets) <= 256


def test_a_number_that_is_not_finite_is_a_shade_of_its_own_and_spoils_no_other() -> None:
    found = heat(np.array([[np.nan, 1.0], [np.inf, -0.5]]), place)
    assert [shade_at(found, 0, y) for y in range(2)] == ["odd", "odd"]
    assert shade_at(found, 1, 0) == f"plus{LEVELS}"
    assert found.largest == "1"


def test_a_matrix_of_zeros_is_empty_and_has_no_scale() -> None:
    found = heat(np.zeros((2, 2)), place)
    assert [shade.name for shade in found.shades] == ["zero"]
    assert found.largest == "0"


def test_units_stand_in_a_nearly_square_grid() -> None:
    assert [columns_of(count) for count in (1, 10, 13, 64, 128, 784)] == [1, 2, 4, 8, 8, 28]
    assert grid(np.arange(1.0, 14.0)).shape == (4, 4)


def test_the_places_that_fill_up_a_grid_are_neither_drawn_nor_entered() -> None:
    found = heat(grid(np.full(13, -1.0)), lambda row, column: (row * 4 + column,), count=13)
    assert [shade_at(found, x, 3) for x in range(4)] == ["minus8", "nothing", "nothing", "nothing"]
    assert [target.index for target in found.targets][-1] == "12"


def test_the_number_looked_at_is_marked_in_its_cell() -> None:
    assert heat(np.ones((128, 10)), place, chosen=(127, 3)).chosen == (3, 63)


def test_what_is_below_zero_is_told_without_colour_where_there_is_room() -> None:
    assert heat(np.array([[1.0, -1.0]]), place).strokes == "M1.3 0.5h.4"
    assert heat(-np.ones((64, 64)), place).strokes == ""


def test_a_large_map_is_made_in_a_few_thousand_letters() -> None:
    found = heat(np.random.default_rng(1).normal(size=(128, 64)), place)
    assert sum(len(shade.path) for shade in found.shades) < 90_000
