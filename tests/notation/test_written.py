"""Expressions written down compute what the rules compute."""

import math

import numpy as np
import pytest

from app.engine.ops import OPS
from app.export.names import Names
from app.notation.written import Sheet, Written, assignments, several

CASES = [(name, number) for name, row in OPS.items() for number in range(len(row.examples))]


@pytest.mark.parametrize(("name", "number"), CASES)
def test_the_lines_of_an_op_compute_its_value(name: str, number: int) -> None:
    row, example = OPS[name], OPS[name].examples[number]
    arguments = [np.array(one, dtype=float) for one in example.arguments]
    known = {f"x{place}": one for place, one in enumerate(arguments)}

    def staged(sheet: Sheet) -> object:
        return row.forward(*(sheet.name(key, one.shape) for key, one in known.items()), **example.attributes)

    names = [f"y{place}" for place in range(len(several(staged(Sheet()))))]
    lines = assignments(staged, names, Names(known).fresh_part).lines
    scope = {"np": np, "erfc": np.vectorize(math.erfc, otypes=[float]), **known}
    exec("\n".join(lines), scope)
    for key, wanted in zip(names, several(row.forward(*arguments, **example.attributes)), strict=True):
        assert np.shape(scope[key]) == np.shape(wanted)
        assert np.allclose(scope[key], wanted, rtol=1e-14, atol=0)


def test_the_size_of_a_batch_stays_open() -> None:
    x = Sheet().name("x", (5, 3), is_batch=True)
    mean = np.add.reduce(x, axis=None) * (1 / x.size)
    assert isinstance(mean, Written) and mean.text == "np.sum(x) * (1.0 / (len(x) * 3))"


def test_what_is_used_twice_is_computed_once() -> None:
    def staged(sheet: Sheet) -> Written:
        x = sheet.name("x", ())
        power = np.exp(x)
        return power / (power + 1.0)

    made = assignments(staged, ["y"], Names(("x", "y")).fresh_part)
    assert made.lines == ("part = np.exp(x)", "y = part / (part + 1.0)")


@pytest.mark.parametrize(
    ("made", "text"),
    [
        (lambda a, b: a - (b - a), "a - (b - a)"),
        (lambda a, b: (a - b) - a, "a - b - a"),
        (lambda a, b: (a + b) * -a, "(a + b) * -a"),
        (lambda a, b: (a**b) ** a, "(a ** b) ** a"),
        (lambda a, b: a ** (b**a), "a ** b ** a"),
        (lambda a, b: -(a**b), "-a ** b"),
        (lambda a, b: (-a) ** b, "(-a) ** b"),
        (lambda a, b: a * -0.5, "a * (-0.5)"),
        (lambda a, b: 1.0 * a, "a"),
    ],
)
def test_parentheses_stand_where_they_must(made: object, text: str) -> None:
    sheet = Sheet()
    assert made(sheet.name("a", ()), sheet.name("b", ())).text == text
