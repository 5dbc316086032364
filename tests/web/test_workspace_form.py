"""What people type into a workspace's forms, read or refused."""

import pytest

from app.errors import Invalid
from app.web.workspace_form import index_of, typed_value, whole


@pytest.mark.parametrize(
    ("typed", "number"),
    [("0.7", 0.7), (" −2 ", -2.0), ("+3", 3.0), (".5", 0.5), ("1.", 1.0), ("1e-3", 0.001), ("NaN", "NaN")],
)
def test_a_number_is_read_as_people_type_it(typed: str, number: object) -> None:
    assert typed_value(typed) == number


def test_nested_lists_are_read_as_json() -> None:
    assert typed_value("[[1, 2.5], [Infinity, -3e2]]") == [[1, 2.5], ["Infinity", -300.0]]


@pytest.mark.parametrize("typed", ["", "1e400", "[1e400]", "nan", "infinity", "1_0", "١٢", "0x10", "2 3", "[" * 9000])
def test_what_is_not_a_finite_number_is_refused(typed: str) -> None:
    with pytest.raises(Invalid, match="Expected a number"):
        typed_value(typed)


def test_a_whole_number_is_never_cut_short() -> None:
    assert whole({"count": " -12 "}, "count") == -12 and whole({"count": ""}, "count") is None
    for typed in ("1" * 41, "1.0", "٣", "--1", "1_0"):
        with pytest.raises(Invalid, match="whole number"):
            whole({"count": typed}, "count")


def test_an_index_that_cannot_be_read_is_none() -> None:
    assert index_of("0, 1") == (0, 1)
    assert [index_of(typed) for typed in (None, "", "a", "-1", "1,,2", "9" * 12)] == [None] * 6
