"""The gallery shows every row with its formulas, and runs its examples and curves through the rows themselves."""

import re

import numpy as np
import pytest

from app.engine.ops import OPS
from app.pages.op_gallery import curve, op_families, signature, worked

ENTRIES = {entry.name: entry for family in op_families() for entry in family.entries}


def points(stretches):
    """The corners of polylines, y growing upwards again."""
    pairs = [pair.split(",") for stretch in stretches for pair in stretch.split()]
    return {float(x): -float(y) for x, y in pairs}


def test_every_op_stands_in_exactly_one_family():
    names = [entry.name for family in op_families() for entry in family.entries]
    assert sorted(names) == sorted(OPS)


@pytest.mark.parametrize("name", OPS)
def test_every_rule_has_a_formula_without_open_places(name):
    entry, op = ENTRIES[name], OPS[name]
    assert len(entry.derivatives) == sum(rule is not None for rule in op.rules)
    for formula in (entry.formula, *(derivative.right for derivative in entry.derivatives)):
        assert formula.startswith("<math") and not re.search(r"#[0-9yg]|\\[a-z]+|\sstyle=", formula)


@pytest.mark.parametrize("name", OPS)
def test_an_example_shows_what_the_row_computes(name):
    op, example = OPS[name], worked(name)
    assert len(example.arguments) == len(op.examples[0].arguments) and example.cost > 0
    assert example.output.value not in ("", "NaN")


def test_a_product_gives_each_factor_the_other_one():
    one, other = worked("mul").arguments
    assert (one.gradient, other.gradient) == (other.value, one.value)


def test_the_outputs_of_an_example_have_different_gradients():
    softmax = worked("softmax")
    assert softmax.output.gradient == "[[1, 2, 3], [4, 5, 6]]"
    assert softmax.arguments[0].gradient != "[[0, 0, 0], [0, 0, 0]]"


def test_class_numbers_of_an_example_have_no_gradient():
    assert worked("cross_entropy").arguments[1].gradient is None


def test_losses_are_written_as_textbooks_write_them():
    loss = ENTRIES["half_squared_error"]
    assert "<mi>L</mi>" in loss.formula and "<mover" in loss.formula and "mtext" not in loss.formula


def test_a_signature_shows_the_attributes_with_their_defaults():
    assert signature(OPS["softmax"]) == "softmax(x, axis=-1)"


def test_curves_are_drawn_for_functions_of_one_number_only():
    assert {name for name in OPS if curve(name)} == {
        entry.name for family in op_families() if family.id == "functions" for entry in family.entries
    }


def test_a_curve_goes_through_the_function_and_its_slope():
    drawn = curve("tanh")
    values, slopes = points(drawn.values), points(drawn.slopes)
    assert values[1.0] == pytest.approx(np.tanh(1.0), rel=1e-2)
    assert slopes[1.0] == pytest.approx(1 - np.tanh(1.0) ** 2, rel=1e-2)


def test_where_a_function_is_not_defined_it_has_no_slope():
    assert min(points(curve("log").slopes)) > 0 and min(points(curve("sqrt").slopes)) > 0


def test_a_jump_of_the_slope_is_not_bridged():
    assert len(curve("abs").slopes) == 2
