"""A row's LaTeX becomes MathML with names in the places of its operands."""

from app.notation.formulas import filled_in, formula


def test_every_place_takes_its_name():
    assert filled_in(r"#y = #1^{#2} #g", ("a", "b")) == r"{y} = {a}^{{b}} {g}"


def test_one_letter_is_a_symbol_and_a_word_stands_upright():
    assert filled_in("#1 #2", ("x", "target")) == r"{x} {\text{target}}"
    assert filled_in("#1", (r"\hat{y}",)) == r"{\hat{y}}"


def test_a_number_sign_of_the_formula_itself_stays():
    assert filled_in(r"\#\{#1\}", ("x",)) == r"\#\{{x}\}"


def test_a_logarithm_keeps_its_distance():
    assert filled_in(r"\ln #1 + \ln(#1)", ("x",)) == r"\ln\,{x} + \ln({x})"


def test_a_formula_is_one_line_or_a_block_of_its_own():
    assert 'display="inline"' in formula("#1", ("x",)) and 'display="block"' in formula("#1", ("x",), block=True)
