"""Tables as people paste them become rows to train on, or are refused by line and column."""

from typing import Any

import numpy as np
import pytest

from app.errors import ChainruleError, Invalid, TooLarge
from app.nn.limits import Limits
from app.nn.problem import Problem, build
from app.nn.spec import parse_spec
from app.nn.supply.preview import preview
from app.nn.supply.table import decode, find_delimiter, read_table

ANIMALS = "height,weight,kind\n1.2,3.4,cat\n1.1,3.0,cat\n2.5,9.1,dog\n2.7,8.8,dog\n"


def trained_on(text: str, limits: Limits | None = None, **changes: Any) -> Problem:
    """A network of two inputs and one output on a table."""
    given = {key: changes.pop(key) for key in ("header", "target", "inputs", "task") if key in changes}
    document = {
        "kind": "layers",
        "inputs": changes.pop("width", 2),
        "layers": [{"units": changes.pop("units", 1)}],
        "loss": changes.pop("loss", "mean_squared_error"),
        "data": {"csv": text, **given, **changes},
    }
    return build(parse_spec(document), limits)


def refused(text: str, limits: Limits | None = None, **changes: Any) -> ChainruleError:
    with pytest.raises(ChainruleError) as caught:
        trained_on(text, limits, **changes)
    return caught.value


# -- reading ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "delimiter"),
    [
        ("a,b\n1,2", ","),
        ("a;b\n1,5;2,5", ";"),
        ("a\tb\n1,5\t2;5", "\t"),
        ('a,b\n"1;2;3",4\n"5;6",7', ","),
        ("甲，乙\n1，2", "，"),
        ("alone\n1", ","),
        ("", ","),
        ('"' + "x" * 200_000, ","),
    ],
)
def test_what_parts_the_cells_is_found(text: str, delimiter: str) -> None:
    assert find_delimiter(text) == delimiter


def test_cells_keep_quotation_marks_delimiters_and_line_breaks_that_are_quoted() -> None:
    table = read_table('name,"a, ""b"""\n"two\nlines",1\n\n  \nx,2\n')
    assert table.names == ("name", 'a, "b"')
    assert table.columns == (("two\nlines", "x"), ("1", "2"))
    assert table.lines == (2, 6)


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_lines_end_as_on_any_system(ending: str) -> None:
    assert read_table(ending.join(["a,b", "1,2", "3,4", ""])).columns == (("1", "3"), ("2", "4"))


def test_a_byte_order_mark_is_no_part_of_the_first_name() -> None:
    assert read_table("\ufeffa,b\n1,2").names == ("a", "b")


def test_what_cannot_be_drawn_is_left_out() -> None:
    assert read_table("a\x00,\ud83db\x1b\n1,2").names == ("a", "b")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
def test_a_file_is_read_in_the_encodings_of_spreadsheets(encoding: str) -> None:
    assert read_table(decode("身高,体重\n1,2".encode(encoding))).names == ("身高", "体重")


def test_a_file_that_is_no_text_is_refused() -> None:
    with pytest.raises(Invalid, match="no text"):
        decode(b"\xff\xff\xff")


@pytest.mark.parametrize(
    ("text", "has_header"),
    [
        ("a,b\n1,2", True),
        ("1,2\n3,4", False),
        ("1,2,cat\n3,4,dog", False),
        ("x,2,cat\n3,4,dog", False),
        ("a,b,kind\n1,2,cat", True),
        ("big,red\nsmall,blue", False),
    ],
)
def test_a_first_line_without_numbers_above_numbers_is_a_header(text: str, has_header: bool) -> None:
    assert read_table(text).has_header is has_header
    assert read_table(text, header=not has_header if has_header else False).has_header is False


def test_columns_without_names_are_called_by_their_letters() -> None:
    assert read_table("1,2,3").names == ("A", "B", "C")
    assert read_table(",b\n1,2").names == ("A", "b")
    assert read_table(",".join("1" * 28)).names[25:] == ("Z", "AA", "AB")


# -- preview ----------------------------------------------------------------------------------------------------------


def test_a_preview_says_what_each_column_seems_to_be_for() -> None:
    found = preview("id,height,weight,kind\n1,1.2,,cat\n2,1.1,x,cat\n3,2.5,9,dog\n4,2.7,8,dog\n5,2,7,dog\n")
    assert [(column.name, column.kind, column.role) for column in found.columns] == [
        ("id", "number", "unused"), ("height", "number", "input"), ("weight", "number", "input"),
        ("kind", "word", "target"),
    ]  # fmt: skip
    assert [column.missing for column in found.columns] == [0, 0, 2, 0]
    assert found.columns[1].examples == ("1.2", "1.1", "2.5")
    assert (found.rows, found.table.delimiter, found.table.has_header) == (5, ",", True)
    assert found.first[0] == (1.0, 1.2, "", "cat") and len(found.first) == 5
    assert (found.target, found.inputs, found.task) == ("kind", ("height", "weight"), "classification")
    assert found.classes == (("cat", 2), ("dog", 3))


@pytest.mark.parametrize(
    ("text", "target", "task"),
    [
        ("y,a\n1.5,2\n2.5,3", "y", "regression"),
        ("a,标签,b\n1,猫,2\n2,狗,3", "标签", "classification"),
        ("kind,a,b\ncat,1,2\ncat,2,3\ndog,3,4\ndog,4,5", "kind", "classification"),
        ("name,a,b\nTom,1,2.5\nAnn,2,3.5", "b", "regression"),
        ("a,b\n1,0\n2,1\n3,0\n4,1", "b", "classification"),
        ("a,b\n1,0\n2,1\n3,2\n4,3", "b", "regression"),
    ],
)
def test_the_target_and_the_task_are_guessed(text: str, target: str, task: str) -> None:
    found = preview(text)
    assert (found.target, found.task) == (target, task)


def test_the_target_of_a_preview_may_be_said() -> None:
    found = preview(ANIMALS, target="weight")
    assert (found.target, found.inputs, found.task, found.classes) == ("weight", ("height",), "regression", ())
    assert preview(ANIMALS, target="no such column").target == "kind"


# -- training ---------------------------------------------------------------------------------------------------------


def test_words_become_class_numbers_in_the_order_of_their_letters() -> None:
    problem = trained_on(ANIMALS)
    assert problem.classes == ("cat", "dog") and problem.task == "classification"
    assert problem.training.x.tolist() == [[1.2, 3.4], [1.1, 3.0], [2.5, 9.1], [2.7, 8.8]]
    assert problem.training.y.tolist() == [[0], [0], [1], [1]]
    assert problem.preparation.columns == problem.preparation.inputs == ("height", "weight")
    assert trained_on(ANIMALS, loss="cross_entropy", units=2).training.y.tolist() == [0, 0, 1, 1]
    assert trained_on(ANIMALS, loss="hinge").training.y.tolist() == [[-1], [-1], [1], [1]]


def test_three_classes_are_one_hot_where_the_loss_takes_no_class_numbers() -> None:
    text = "a,b,kind\n1,2,x\n3,4,z\n5,6,y\n7,8,x"
    assert trained_on(text, units=3).training.y.tolist() == [[1, 0, 0], [0, 0, 1], [0, 1, 0], [1, 0, 0]]
    assert "3 classes; expected 3 units" in str(refused(text))
    assert "at least 3 units" in str(refused(text, units=2, loss="cross_entropy"))


def test_numbers_as_classes_stand_in_the_order_of_their_size() -> None:
    text = "a,b,y\n" + "".join(f"{row},1,{number}\n" for row, number in enumerate([10, 9.0, -1, 9, 10, -1]))
    problem = trained_on(text, loss="cross_entropy", units=3)
    assert problem.classes == ("−1", "9", "10")
    assert problem.training.y.tolist() == [2, 1, 0, 1, 2, 0]


def test_large_numbers_as_classes_keep_all_their_digits() -> None:
    text = "a,b,y\n" + "1,2,1000001\n1,2,1000002\n" * 2 + "1,2,-0.5\n1,2,-0.5\n"
    made = trained_on(text, task="classification", loss="cross_entropy", units=3)
    assert made.classes == ("−0.5", "1000001", "1000002")


def test_columns_in_chinese_between_semicolons_with_decimal_commas_are_learnt_from() -> None:
    text = "\ufeff身高;体重;性别\r\n1,75;70,5;男\r\n1,60;50;女\r\n1,58;49,5;女\r\n1,80;80;男\r\n"
    problem = trained_on(text)
    assert problem.preparation.columns == ("身高", "体重") and problem.classes == ("女", "男")
    assert problem.training.x[0].tolist() == [1.75, 70.5]
    assert problem.training.y.ravel().tolist() == [1, 0, 0, 1]


def test_the_columns_to_tell_and_to_tell_from_may_be_said() -> None:
    problem = trained_on(ANIMALS, target="weight", inputs=["height"], task="regression", width=1, target_scale="raw")
    assert (problem.task, problem.classes) == ("regression", None)
    assert problem.training.x.tolist() == [[1.2], [1.1], [2.5], [2.7]]
    assert problem.training.y.tolist() == [[3.4], [3.0], [9.1], [8.8]]


def test_a_table_without_a_header_is_learnt_from() -> None:
    problem = trained_on("1,2,0.5\n3,4,0.7", target_scale="raw")
    assert problem.preparation.columns == ("A", "B") and problem.training.y.tolist() == [[0.5], [0.7]]


def test_rows_keep_their_order_unless_some_are_held_out() -> None:
    text = "a,b,y\n" + "".join(f"{row},0,{row / 10}\n" for row in range(20))
    assert trained_on(text).training.x[:, 0].tolist() == list(range(20))
    problem = trained_on(text, test_fraction=0.25, seed=3)
    assert (len(problem.training), len(problem.test)) == (15, 5)
    together = np.concatenate([problem.training.x[:, 0], problem.test.x[:, 0]])
    assert together.tolist() != list(range(20)) and sorted(together) == list(range(20))


# -- refusals ---------------------------------------------------------------------------------------------------------

NAMED = [
    ("a,b,y\n1,2,0\n1,,1", {}, 3, 2, "Line 3, column “b”: expected a number, but nothing is there."),
    ("a,b,y\n1,2,0.5\n1,3,?? \n1,2,0.7", {}, 3, 3, "Line 3, column “y”: expected a number, not “??”."),
    ("a,b,y\n1,2,0\n\n1,two,1\n1,3,0", {}, 4, 2, "Line 4, column “b”: expected a number, not “two”."),
    ("a;b;y\n1;2;0\n1;1.23,5;1\n1;3;0", {}, 3, 2, "Line 3, column “b”: expected a number, not “1.23,5”."),
    ("a,b,y\nred,2,0\nblue,3,1", {}, 2, 1, "expected a number, not “red”. Words can only be the target."),
    ("a,b,y\n1,2,inf\n1,3,0.5\n1,3,0.5", {}, 2, 3, "Line 2, column “y”: expected a number, not “inf”."),
    ("a,b,kind\n1,2,x\n1,2", {}, 3, None, "Line 3: expected 3 cells as on line 1, got 2."),
    ("1,2,3\n1,2,3,4", {}, 2, None, "Line 2: expected 3 cells as on line 1, got 4."),
    ('a,b,y\n1,2,3\n1,"2,3\n4,5,6', {}, 3, None, "Line 3 cannot be read: a quotation mark is not closed"),
    ("a,a,y\n1,2,3", {}, 1, None, "Two columns are called “a”"),
    ("a,b,y", {"header": True}, 1, None, "a header and no rows below it"),
    ("a,b,y\n1,2,cat\n3,4,cat", {}, None, None, "Every row of the column “y” is “cat”; expected two classes or more."),
    ("a,b,y\n1,2,7\n3,4,7", {}, None, None, "Every row of the column “y” is “7”"),
    ("", {}, None, None, "no rows"),
    ("\n \n,,\n", {}, None, None, "no rows"),
    ("a\n1\n2", {}, None, None, "at least two columns"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "changes", "line", "column", "said"), NAMED, ids=range(len(NAMED)))
def test_a_mistake_is_named_by_line_and_column(
    text: str, changes: dict, line: int | None, column: int | None, said: str
) -> None:
    error = refused(text, **changes)
    assert isinstance(error, Invalid) and said in str(error)
    assert (error.pointer, error.line, error.column) == ("/data/csv", line, column)


CHOSEN = [
    ({"target": "kin"}, "/data/target", "Nearest: kind"),
    ({"inputs": ["height", "wight"]}, "/data/inputs/1", "Nearest: weight"),
    ({"inputs": ["height", "kind"]}, "/data/inputs/1", "is the target"),
    ({"inputs": ["height", "height"]}, "/data/inputs/1", "there twice"),
    ({"inputs": []}, "/data/inputs", "at least 1"),
    ({"width": 3}, "/inputs", "2 inputs (height, weight); the network takes 3"),
    ({"units": 3}, "/layers/0/units", "expected 1 or 2 units"),
    ({"target": "weight", "inputs": ["height"], "width": 1, "loss": "hinge"}, "/loss", "expected one of half_squared"),
    ({"target": "weight", "inputs": ["height"], "width": 1, "units": 2}, "/layers/0/units", "expected 1 unit"),
    ({"task": "regression"}, "/data/csv", "not “cat”. Words can only be the target."),
    ({"task": "clustering"}, "/data/task", "classification, regression"),
    ({"csv": 3}, "/data/csv", "Expected a text, got 3"),
    ({"header": "yes"}, "/data/header", "true or false"),
    ({"samples": 3}, "/data/samples", "Unknown key samples"),
]


@pytest.mark.parametrize(("changes", "pointer", "said"), CHOSEN, ids=range(len(CHOSEN)))
def test_a_wrong_choice_is_refused_where_it_is(changes: dict, pointer: str, said: str) -> None:
    error = refused(ANIMALS, **changes)
    assert isinstance(error, Invalid) and said in str(error)
    assert error.pointer == pointer


def test_a_hundred_thousand_rows_are_read_and_one_more_is_refused_with_the_limit() -> None:
    text = "a,b,y\n" + "1,2,0\n3,4,1\n" * 50_000
    assert read_table(text).rows == 100_000
    for longer in (text + "1,2,0\n", text.replace("a,b,y", "1,2,0")):
        error = refused(longer)
        assert isinstance(error, TooLarge) and error.pointer == "/data/csv"
        assert "100000 rows" in str(error) and "CHAINRULE_MAX_ROWS" in str(error)


def test_more_columns_than_the_limit_are_refused_with_it() -> None:
    assert len(read_table(",".join("1" * 1000)).names) == 1000
    with pytest.raises(TooLarge, match=r"1000 columns.*CHAINRULE_MAX_COLUMNS"):
        preview(",".join("1" * 1001))


def test_many_columns_of_many_rows_are_refused_with_the_limit() -> None:
    error = refused(ANIMALS, Limits(max_elements=7))
    assert isinstance(error, TooLarge) and "CHAINRULE_MAX_ELEMENTS" in str(error)
