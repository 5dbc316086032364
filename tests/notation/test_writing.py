"""Formulas over single numbers as MathML."""

import re
from xml.etree import ElementTree

import numpy as np
import pytest

from app.engine.formula import Call, Formula, Named, Negative, Number, Place, Power, Product, Quotient, Series, Sum
from app.engine.functions import FUNCTIONS
from app.engine.graph import Graph, GraphBuilder
from app.notation import writing
from app.notation.symbols import math
from app.notation.writing import DIGITS, line, pieces, symbols, written

A, B, C = Place("a", (), 2.0), Place("b", (0, 1), -0.5), Place("c", (), 4.0)


def graph() -> Graph:
    build = GraphBuilder()
    a, b, c = build.parameter("a", 2.0), build.parameter("b", [[1.0, -0.5]]), build.parameter("c", 4.0)
    build.op("sum", [build.op("mul", [build.op("mul", [a, b], "d"), c], "e")], "loss")
    return build.build()


def substituted(graph: Graph, formula: Formula) -> str:
    return math(line(graph, formula, DIGITS))


def read(mathml: str) -> str:
    """The text of a formula; it must be well-formed XML, with powers and fractions in brackets."""

    def spoken(element: ElementTree.Element) -> str:
        inside = [spoken(child) for child in element]
        if element.tag == "mfrac":
            return f"{{{inside[0]}/{inside[1]}}}"
        if element.tag == "msup":
            return f"{inside[0]}^{{{inside[1]}}}"
        return (element.text or "") + "".join(inside)

    return spoken(ElementTree.fromstring(mathml))


CASES = [
    (A + B * C, "a+b[0,1]·c", "2+(−0.5)·4"),
    (B * C + A, "b[0,1]·c+a", "−0.5·4+2"),
    (A - B, "a−b[0,1]", "2−(−0.5)"),
    (A - (B + C), "a−(b[0,1]+c)", "2−(−0.5+4)"),
    ((A + B) * C, "(a+b[0,1])·c", "(2+(−0.5))·4"),
    (C * (A - B) * 2.0, "c·(a−b[0,1])·2", "4·(2−(−0.5))·2"),
    (-(A + B), "−(a+b[0,1])", "−(2+(−0.5))"),
    (-B, "−b[0,1]", "−(−0.5)"),
    (A * -C, "a·(−c)", "2·(−4)"),
    (A + -1.0, "a+(−1)", "2+(−1)"),
    ((A + B) / C, "{a+b[0,1]/c}", "{2+(−0.5)/4}"),
    (B**2.0, "b[0,1]^{2}", "(−0.5)^{2}"),
    ((A - B) ** 2.0, "(a−b[0,1])^{2}", "(2−(−0.5))^{2}"),
    (Power(A / C, Number(2.0)), "({a/c})^{2}", "({2/4})^{2}"),
    (Call("exp", (-A,)), "e^{−a}", "e^{−2}"),
    (Power(Call("exp", (A,)), Number(2.0)), "(e^{a})^{2}", "(e^{2})^{2}"),
    (Call("max", (A, B)), "max(a,b[0,1])", "max(2,−0.5)"),
    (Call("is_greater", (A, Number(0.0))), "[a>0]", "[2>0]"),
    (Sum((A,)) * Product((C,)), "a·c", "2·4"),
    (Named(r"\eta", 0.5) * A, "η·a", "0.5·2"),
    (Sum(()), "0", "0"),
]  # fmt: skip


@pytest.mark.parametrize(("formula", "in_symbols", "in_numbers"), CASES)
def test_a_formula_is_written_as_a_textbook_writes_it(formula: Formula, in_symbols: str, in_numbers: str) -> None:
    assert read(symbols(graph(), formula)) == in_symbols
    assert read(substituted(graph(), formula)) == in_numbers


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_function_that_a_formula_calls_is_written_with_its_arguments(name: str) -> None:
    count = 2 if re.search(r"#[2*]", FUNCTIONS[name].latex) else 1
    text = symbols(graph(), Call(name, (A, C)[:count]))
    assert "qz" not in text and "#" not in re.sub(r"&#x\w+;", "", text)
    assert text.count('data-node="a"') == 1 and text.count('data-node="c"') == count - 1


def test_every_number_says_which_one_it_is() -> None:
    text = substituted(graph(), B + Place("b", (0, 0), 0.25, is_gradient=True))
    assert 'data-node="b" data-index="0,1" title="b[0, 1] = −0.5"' in text
    assert 'class="place gradient" data-node="b" data-index="0,0" title="∂loss/∂b[0, 0] = 0.25"' in text
    assert "<mi>∂</mi><mi>loss</mi>" in symbols(graph(), Place("b", (0, 0), 0.25, is_gradient=True))


def test_names_are_escaped_wherever_they_stand() -> None:
    build = GraphBuilder()
    name = '<b a="1">&'
    build.op("sum", [build.parameter(name, [1.0])], "loss")
    text = symbols(build.build(), Place(name, (0,), 1.0))
    assert "<b" not in text and 'a="1"' not in text
    assert ElementTree.fromstring(text).find(".//mstyle").get("data-node") == name


def test_a_long_sum_is_cut_where_a_line_may_be_broken_and_ends_with_what_is_left_out() -> None:
    long = Number(0.5) * Sum(Series(100, lambda n: Place("b", (0, n), float(n)), lambda: np.arange(100.0)))
    found = pieces(graph(), long, 9)
    assert len(found) == 9
    assert [read(f"<math>{piece}</math>") for piece in (found[0], found[1], found[-1])] == ["0.5·(99", "+98", "+⋯)"]
    assert 'data-count="92" data-total="4186"' in found[-1]
    assert 'data-total=""' in pieces(graph(), long)[-1]


def test_a_long_numerator_can_be_broken_too() -> None:
    long = Quotient(Sum((A, B, C, A, C)), Number(5.0))
    assert len(pieces(graph(), long)) == 5
    assert read(symbols(graph(), long)) == "{1/5}·(a+b[0,1]+c+a+c)"


def test_parentheses_are_high_only_around_what_is_high() -> None:
    assert "stretchy" in symbols(graph(), (A + B) * C)
    assert "stretchy" not in symbols(graph(), Number(2.0) * (A / C + B))
    assert 'stretchy="true"' not in symbols(graph(), Call("max", (A, B)))
    assert 'stretchy="true"' in symbols(graph(), Call("ln", (A / C,)))


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0.05539942464, "0.055399425"), (-0.019049118258278118, "−0.019049118"), (1.105905967, "1.105905967"),
        (0.00043856773447, "0.000438568"), (0.75136507, "0.75136507"), (2.0, "2"), (0.0, "0"), (-0.0, "0"),
        (4.3856773447e-05, "4.38567734e−5"), (123456.789012, "123456.789"), (float("nan"), "NaN"),
        (float("-inf"), "−∞"), (99.9999999999, "100"),
    ],
)  # fmt: skip
def test_numbers_have_the_places_that_published_examples_have(number: float, text: str) -> None:
    assert written(number) == text


def test_a_slope_is_a_fraction_in_symbols_and_a_number_in_numbers() -> None:
    slope = writing.Slope(C, A, -0.25)
    assert read(symbols(graph(), slope)) == "{∂c/∂a}"
    assert read(substituted(graph(), A * slope)) == "2·(−0.25)"
    assert slope.value == -0.25


def test_what_is_taken_away_of_a_sum_is_not_added_with_a_minus() -> None:
    assert read(substituted(graph(), Sum((A, Negative(C * B), Negative(A))))) == "2−4·(−0.5)−2"


def test_a_number_that_divides_a_fraction_stands_before_it() -> None:
    assert read(symbols(graph(), A / C / 3.0)) == "{1/3}·{a/c}"
