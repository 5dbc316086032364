"""Nested lists become arrays, and every refusal points at the very element."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import ChainruleError, Invalid, TooLarge
from app.nn.arrays import read_array, read_shaped
from app.nn.limits import Limits


@pytest.mark.parametrize("value", [3, -0.5, [1, 2.5], [[1], [2]], [[[1, 2]], [[3, 4]]], 2**60, 5e-324])
def test_numbers_and_nested_lists_are_read_as_float64(value: object) -> None:
    array = read_array(value)
    assert array.dtype == np.float64
    assert array.tolist() == np.array(value, dtype=np.float64).tolist()


@pytest.mark.parametrize(
    ("value", "pointer", "said"),
    [
        ("1", "", 'got "1"'),
        (None, "", "got null"),
        (True, "", "got true"),
        ({}, "", "got an object"),
        (float("nan"), "", "got NaN"),
        (float("inf"), "", "got Infinity"),
        (float("-inf"), "", "got -Infinity"),
        (10**400, "", "got Infinity"),
        ([], "", "an empty list"),
        ([[]], "/0", "an empty list"),
        ([1, "NaN"], "/1", 'got "NaN"'),
        ([[1, 2], [3]], "/1", "equally long: expected 2 elements, got 1"),
        ([[1, 2], [3, 4, 5]], "/1", "expected 2 elements, got 3"),
        ([[1, 2], 3], "/1", "a list of 2"),
        ([1, [2]], "/1", "got a list"),
        ([[1, 2], [3, False]], "/1/1", "got false"),
        ([[[1], [2]], [[3], [None]]], "/1/1/0", "got null"),
        ([[[[[[[[[1]]]]]]]]], "", "nested too deeply"),
    ],
)
def test_what_is_no_array_is_refused_at_its_element(value: object, pointer: str, said: str) -> None:
    with pytest.raises(Invalid) as caught:
        read_array(value, "/data/x")
    assert caught.value.pointer == "/data/x" + pointer
    assert said in str(caught.value)


def test_unfinite_numbers_are_read_where_they_are_allowed() -> None:
    array = read_array(["NaN", "Infinity", "-Infinity", float("inf"), 1], finite=False)
    np.testing.assert_array_equal(array, [np.nan, np.inf, -np.inf, np.inf, 1])
    with pytest.raises(Invalid):
        read_array(["nan"], finite=False)


def test_an_array_of_another_shape_is_refused_with_both_shapes() -> None:
    with pytest.raises(Invalid, match=r"\(2, 1\).*\(1, 2\)"):
        read_shaped([[1, 2]], (2, 1), "/parameters/W1")


def test_an_array_with_too_many_elements_is_refused_by_the_name_of_the_setting() -> None:
    with pytest.raises(TooLarge, match="CHAINRULE_MAX_ELEMENTS"):
        read_array([[1, 2], [3, 4]], "", Limits(max_elements=3))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=12,
)


@given(JSON)
def test_nothing_breaks_the_reader_of_arrays(value: object) -> None:
    try:
        assert np.isfinite(read_array(value)).all()
    except ChainruleError as refusal:
        assert str(refusal)
