"""Which classes are taken for which, and the rows behind a cell."""

import numpy as np
import pytest

from tests.views.train.looking import digits, look, net


def test_every_row_of_the_set_is_counted_once():
    picture, view = look(digits(), 5)
    found = view.confusion
    counts = np.array([[cell.count for cell in row] for row in found.cells])
    true = picture.problem.test.y.astype(int)
    assert found.rows == "test" and counts.sum() == found.total == len(true)
    assert (counts.sum(axis=1) == np.bincount(true, minlength=10)).all() and counts.trace() == found.right


@pytest.mark.parametrize(("asked", "rows"), [("training", "training"), ("", "test"), ("nonsense", "test")])
def test_another_set_can_be_chosen(asked, rows):
    found = look(digits(), 1, of=asked)[1].confusion
    assert found.rows == rows and [name for name, _ in found.sets] == ["training", "test"]


def test_misread_pictures_come_the_surest_first():
    found = look(digits(), 5)[1].confusion
    sureness = [float(one.probability) for one in found.examples]
    assert found.found == found.total - found.right and found.left_out == found.found - len(found.examples)
    assert sureness == sorted(sureness, reverse=True) and all(one.true != one.told for one in found.examples)


def test_a_cell_shows_its_own_rows():
    found = look(digits(), 30, cell="3-3")[1].confusion
    assert found.chosen == found.cells[3][3] and found.chosen.is_chosen
    assert found.found == found.chosen.count and {(one.true, one.told) for one in found.examples} == {("3", "3")}


@pytest.mark.parametrize("cell", ["", "3", "30-1", "a-b", "3-3-3", "1-١"])
def test_a_cell_that_is_none_is_left_alone(cell):
    found = look(digits(), 1, cell=cell)[1].confusion
    assert found.chosen is None and not any(cell.is_chosen for row in found.cells for cell in row)


def test_two_classes_have_a_table_of_four_and_no_pictures():
    found = look(net("xor", 3), 2)[1].confusion
    assert found.classes == ("−1", "1") and [len(row) for row in found.cells] == [2, 2]
    assert not found.has_pictures and found.examples == ()


def test_a_regression_has_none():
    assert look(net("plane", 2, loss="mean_squared_error"), 1)[1].confusion is None
