"""Pasted numbers are read whatever they are parted by, and what cannot be read is named by line and column."""

import pytest

from app.errors import Invalid
from app.web.rows import read_rows


@pytest.mark.parametrize(
    "text",
    [
        "1,2,3\n4,5,6",
        "1\t2\t3\n4\t5\t6",
        "1;2;3\n4;5;6",
        "1 2  3\n4 5 6",
        " 1 , 2 ,3 \r\n4,5 , 6\n",
        "1，2；3\n4、5、6",
    ],
)
def test_every_usual_separator_gives_the_same_rows(text):
    assert read_rows(text, "/data").numbers == ((1.0, 2.0, 3.0), (4.0, 5.0, 6.0))


def test_signs_and_exponents_are_read_as_typeset_pages_write_them():
    assert read_rows("−1.5 +2e3 .5 -1E-2", "/data").numbers == ((-1.5, 2000.0, 0.5, -0.01),)


def test_empty_lines_and_comments_are_skipped_but_counted():
    rows = read_rows("# x1 x2 y\n\n0 1 1\n\n1 1 0\n", "/data")
    assert rows.lines == (3, 5)
    assert rows.parted(2) == ([[0.0, 1.0], [1.0, 1.0]], [[1.0], [0.0]])


@pytest.mark.parametrize(
    ("text", "line", "column", "said"),
    [
        ("1,2\n3,two", 2, 2, "“two”"),
        ("1,,2", 1, 2, "nothing is there"),
        ("1,2,", 1, 3, "nothing is there"),
        ("\n1 NaN", 2, 2, "“NaN”"),
        ("1 1e999", 1, 2, "“1e999”"),
        ("0x10 1", 1, 1, "“0x10”"),
        ("1_0 1", 1, 1, "“1_0”"),
    ],
)
def test_what_is_not_a_finite_number_is_named_by_line_and_column(text, line, column, said):
    with pytest.raises(Invalid) as caught:
        read_rows(text, "/data")
    assert (caught.value.line, caught.value.column, caught.value.pointer) == (line, column, "/data")
    assert f"Line {line}, column {column}" in str(caught.value) and said in str(caught.value)


def test_rows_of_different_lengths_name_both_lines_and_both_lengths():
    with pytest.raises(Invalid, match="Line 4 has 2 columns, but line 1 has 3"):
        read_rows("1 2 3\n4 5 6\n\n7 8", "/data")


@pytest.mark.parametrize("text", ["", "  \n\n", "# only words"])
def test_no_rows_at_all_is_said_plainly(text):
    with pytest.raises(Invalid, match="at least one row"):
        read_rows(text, "/data")


def test_an_endless_run_of_digits_is_refused_at_once():
    with pytest.raises(Invalid, match="Line 1, column 1"):
        read_rows("1" * 300_000 + "x 2", "/data")
