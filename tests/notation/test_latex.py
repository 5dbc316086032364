import pytest

from app.engine.formula import Call, Formula, Named, Negative, Number, Place, Power, Product, Quotient, Sum
from app.engine.functions import FUNCTIONS
from app.notation.excerpt import Rest
from app.notation.latex import Pen, line, lines, write
from app.notation.names import chain_rule, definition
from tests.views.pictures import colah, expression

A, B = Place("a", (), 2.0), Place("b", (), -1.5)
GRAPH = colah().graph


def symbols(formula: Formula) -> str:
    return line(write(Pen(GRAPH), formula)).latex


def numbers(formula: Formula, digits: int = 6) -> str:
    return line(write(Pen(GRAPH, digits, lambda count: f"{count} more"), formula)).latex


@pytest.mark.parametrize(
    ("formula", "in_symbols", "in_numbers"),
    [
        (A + B, "a + b", "2 + (-1.5)"),
        (A - B, "a - b", "2 - (-1.5)"),
        (B * A, r"b \cdot a", r"-1.5 \cdot 2"),
        (A * B, r"a \cdot b", r"2 \cdot (-1.5)"),
        (A * (1 - A), r"a \cdot (1 - a)", r"2 \cdot (1 - 2)"),
        (Negative(A + B), "-(a + b)", "-(2 + (-1.5))"),
        (B**2, "b^{2}", "(-1.5)^{2}"),
        (Power(A * B, Number(2.0)), r"(a \cdot b)^{2}", r"(2 \cdot (-1.5))^{2}"),
        (Power(Power(A, Number(2.0)), Number(3.0)), "(a^{2})^{3}", "(2^{2})^{3}"),
        (Quotient(A, B), r"\frac{a}{b}", r"\frac{2}{-1.5}"),
        (Call("exp", (Negative(B),)), "e^{-b}", "e^{-(-1.5)}"),
        (Call("max", (Number(0.0), A)), r"\max(0, a)", r"\max(0, 2)"),
        (Call("is_greater", (A, Number(0.0))), "[a > 0]", "[2 > 0]"),
        (Call("abs", (B,)), r"\lvert b\rvert ", r"\lvert -1.5\rvert "),
        (Place("a", (), 0.25, is_gradient=True), r"\frac{\partial e}{\partial a}", "0.25"),
        (Place("b", (0, 1), 0.25), "b[0,1]", "0.25"),
        (Named(r"\eta", 1.5e-7) * A, r"\eta \cdot a", r"1.5\times10^{-7} \cdot 2"),
        (Sum(()), "0", "0"),
        (Product(()), "1", "1"),
    ],
)
def test_a_formula_is_written_with_the_parentheses_it_needs(formula: Formula, in_symbols: str, in_numbers: str) -> None:
    assert (symbols(formula), numbers(formula)) == (in_symbols, in_numbers)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_every_function_of_a_formula_is_written(function: str) -> None:
    count = 2 if "#2" in FUNCTIONS[function].latex else 1
    for arguments in ((A, B)[:count], (A / B, B)[:count]):
        latex = symbols(Call(function, arguments))
        assert "#" not in latex and r"\operatorname{#" not in latex
        assert latex.count("{") == latex.count("}") and latex.count("(") == latex.count(")")


def test_what_is_left_out_of_a_sum_is_counted() -> None:
    formula = Sum((A, Rest(60, -0.125)))
    assert symbols(formula) == r"a + \cdots"
    assert numbers(formula) == r"2 + \underbrace{-0.125}_{\text{60 more}}"


def test_a_long_line_is_broken_before_its_signs_and_dots() -> None:
    formula = Sum(tuple(Place("a", (), number / 7) * B for number in range(1, 12)))
    found = lines(write(Pen(GRAPH, 17), formula), 70)
    assert len(found) > 3 and all(row.startswith("+") for row in found[1:])
    assert max(map(len, found)) < 100


def test_a_fraction_too_wide_for_a_line_is_written_on_it() -> None:
    wide = Sum(tuple(Place("a", (), number / 7) for number in range(1, 9)))
    assert r"\frac" not in numbers(wide / wide, 17) and r"\big/" in numbers(wide / wide, 17)


def test_what_a_number_divides_has_it_before_it_where_it_is_too_wide_for_a_fraction() -> None:
    wide = Sum(tuple(Place("a", (), number / 7) for number in range(1, 9)))
    assert numbers(wide / Number(3.0), 17).startswith(r"\frac{1}{3} \cdot (0.14")


def test_a_fraction_in_a_fraction_keeps_its_size() -> None:
    assert symbols(A / B / Number(3.0)) == r"\frac{\dfrac{a}{b}}{3}"


def test_rows_of_ops_are_written_with_the_graphs_names() -> None:
    graph = expression("w_1 = [[1.0, 2.0]]\nx = input([3.0, 4.0])\nz = w_1 @ x\nloss = sum(z)").graph
    assert definition(graph, graph["z"]) == r"z = {\mathit{w\_1}}\,{x}"
    rule = chain_rule(graph, "w_1")
    upstream, local = r"\frac{\partial \mathit{loss}}{\partial z}", r"\frac{\partial z}{\partial \mathit{w\_1}}"
    assert rf" = {upstream}\,{local} = " in rule
