"""What the form says of its data: counts by class and part, features with maps, tables with roles, a sketch."""

import numpy as np
import pytest

from app.nn.problem import Problem, build
from app.nn.spec import parse_spec
from app.nn.supply.preparation import FEATURES
from app.nn.supply.preview import class_counts, preview
from app.nn.supply.table import read_table
from app.pages.building.about import about
from app.pages.building.features import feature_map, switches
from app.pages.building.sketch import MOST_CIRCLES, drawn, sketch
from app.pages.building.table import TableView, table_view

ANIMALS = "id;height;weight;kind\n1;24;4.1;cat\n2;25;;cat\n3;52;heavy;dog\n4;60;26;\n"


def problem(units: int = 1, loss: str = "binary_cross_entropy_with_logits", **data) -> Problem:
    return build(
        parse_spec(
            {"kind": "layers", "inputs": 2, "layers": [{"units": 4}, {"units": units}], "loss": loss, "data": data}
        )
    )


def shown(text: str, target: str, inputs: list[str]) -> TableView:
    read = preview(text, target=target)
    classes = class_counts(read.table, read.table.names.index(target))
    return table_view(read, text, target, inputs, classes, "columns")


@pytest.mark.parametrize(
    ("units", "loss"), [(1, "hinge"), (1, "binary_cross_entropy"), (2, "cross_entropy"), (2, "half_squared_error")]
)
def test_rows_are_counted_by_class_and_part_whatever_the_loss_makes_of_the_classes(units, loss):
    told = about(problem(units, loss, dataset="gauss", samples=100, test_fraction=0.2, validation_fraction=0.1))
    assert told.parts == ("training", "validation", "test")
    *classes, whole = told.rows
    assert [row.name for row in classes] == ["−1", "1"] and whole.counts == ("70", "10", "20")
    sums = np.array([[int(count) for count in row.counts] for row in classes])
    assert sums.sum(axis=0).tolist() == [70, 10, 20] and sums.sum(axis=1).tolist() == [50, 50]


def test_the_mark_of_a_class_in_the_table_is_the_mark_in_the_picture():
    told = about(problem(dataset="moons", samples=20))
    marks = [(row.form, row.colour) for row in told.rows if row.form]
    assert marks == [(marks.form, marks.colour) for marks in told.picture.marks]


def test_numbers_to_be_told_are_only_counted():
    told = about(problem(loss="mean_squared_error", dataset="plane", samples=30))
    assert [(row.name, row.counts) for row in told.rows] == [("rows", ("30",))]


def test_features_are_offered_for_as_many_columns_as_there_are():
    assert [one.label for one in switches(("x",), ())] == ["x", "x²", "sin x"]
    assert len(switches(("x₁", "x₂"), ())) == len(FEATURES) and switches(("a", "b", "c"), ()) == ()


def test_without_a_choice_the_columns_themselves_are_the_features():
    assert [one.name for one in switches(("x₁", "x₂"), ()) if one.is_on] == ["x1", "x2"]
    assert [one.name for one in switches(("x₁", "x₂"), ["x1*x2"]) if one.is_on] == ["x1*x2"]


def test_every_feature_has_a_map_of_its_own():
    assert len({feature_map(name, 2) for name in FEATURES}) == len(FEATURES)


def test_cells_that_cannot_be_used_are_told_line_by_line_with_the_line_quoted():
    flaws = shown(ANIMALS, "kind", ["height", "weight"]).flaws
    assert [(flaw.line, flaw.name, flaw.came) for flaw in flaws] == [
        (3, "weight", ""), (4, "weight", "heavy"),
    ]  # fmt: skip
    assert flaws[1].quote == "3;52;heavy;dog"


def test_a_row_without_a_target_is_left_out_and_no_flaw():
    assert shown(ANIMALS, "kind", ["height", "weight"]).left_out == 1


def test_a_column_that_is_left_out_may_hold_anything():
    assert shown(ANIMALS, "kind", ["height"]).flaws == ()


def test_many_wrong_cells_are_counted():
    text = "a;kind\n" + "?;x\n1;y\n2;x\n" * 10
    view = shown(text, "kind", ["a"])
    assert len(view.flaws) + view.more_flaws == 10 and view.more_flaws == 4


def test_classes_are_words_with_their_counts_and_marks():
    view = shown(ANIMALS.replace("heavy", "21").replace("26;", "26;dog"), "kind", ["height"])
    assert [(row.name, row.count, row.form) for row in view.classes] == [("cat", 2, "dot"), ("dog", 2, "square")]
    assert [(column.is_target, column.is_input) for column in view.columns] == [
        (False, False), (False, True), (False, False), (True, False),
    ]  # fmt: skip


def test_a_sketch_has_a_column_for_each_layer_with_all_lines_between():
    made = drawn([2, 3, 1])
    assert [len(column.circles) for column in made.columns] == [2, 3, 1]
    assert made.lines.count("M") == 2 * 3 + 3 * 1


def test_a_wide_layer_is_drawn_with_dots_and_says_how_wide_it_is():
    column = drawn([64, 10]).columns[0]
    assert len(column.circles) == MOST_CIRCLES - 1 and column.dots is not None and column.units == 64


def test_every_circle_stays_inside_the_box():
    for column in drawn([1, 8, 64, 1000]).columns:
        assert all(y - column.radius > 0 and y + column.radius < 170 for y in column.circles)


def test_a_network_is_sketched_with_its_inputs_and_an_expression_is_not():
    assert [column.units for column in sketch(problem(dataset="xor", samples=9)).columns] == [2, 4, 1]
    assert sketch(build(parse_spec({"kind": "expression", "source": "a = 1\nb = a * a"}))) is None


def test_classes_that_are_numbers_stand_by_size():
    table = read_table("a;stars\n1;10\n2;9\n3;10\n4;2\n")
    assert class_counts(table, 1) == (("2", 1), ("9", 1), ("10", 2))
