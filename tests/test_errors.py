"""The tree of errors is whole: every kind is drawn, has its own status and name, and speaks."""

import re

import pytest

from app import errors
from app.errors import N_, ChainruleError, Conflict, ExpressionError, Invalid, Phrase


def kinds(root=ChainruleError):
    for kind in root.__subclasses__():
        if kind.__module__ == "app.errors":
            yield kind
            yield from kinds(kind)


@pytest.mark.parametrize("kind", list(kinds()))
def test_every_kind_has_a_status_a_name_and_a_title_of_its_own(kind):
    assert 400 <= kind.status < 600 and kind.status != 500
    assert "type" in vars(kind) and re.fullmatch(r"[a-z]+(-[a-z]+)*", kind.type)
    assert isinstance(vars(kind)["title"], Phrase)


def test_no_two_kinds_share_a_name():
    names = [kind.type for kind in kinds()]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("kind", list(kinds()))
def test_the_drawing_shows_every_kind_with_its_status(kind):
    drawn = next(line for line in errors.__doc__.splitlines() if f"── {kind.__name__} " in line)
    assert str(kind.status) in drawn or kind.__base__ is Invalid


def test_the_drawing_shows_nothing_that_does_not_exist():
    assert set(re.findall(r"── (\w+)", errors.__doc__)) == {kind.__name__ for kind in kinds()}


def test_an_error_reads_as_an_english_sentence():
    refused = Invalid(N_("Expected {expected}, not {came}."), expected=N_("a number"), came="'two'", pointer="/value")
    assert str(refused) == "Expected a number, not 'two'."
    assert refused.pointer == "/value" and refused.fields["came"] == "'two'"


def test_several_things_in_one_field_are_listed():
    assert str(Invalid(N_("One of {names}."), names=["sin", N_("the loss")])) == "One of sin, the loss."


def test_a_shape_in_a_field_is_written_as_a_shape():
    assert str(Invalid(N_("Shape {shape}."), shape=[2, 3])) == "Shape [2, 3]."


def test_braces_in_a_field_are_text():
    assert str(Conflict(N_("Not {came}."), came="{0.__class__}")) == "Not {0.__class__}."


def test_an_expression_error_says_where():
    wrong = ExpressionError(N_("Nothing is called {name}."), line=2, column=5, name="q")
    assert (wrong.line, wrong.column, wrong.pointer) == (2, 5, None)


def test_marked_text_stays_text():
    assert N_("loss") == "loss" and hash(N_("loss")) == hash("loss")
