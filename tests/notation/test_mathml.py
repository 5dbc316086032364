"""Formulas of pages as text."""

import pytest

from app.notation.formulas import formula
from app.notation.mathml import text


@pytest.mark.parametrize(
    ("latex", "said"),
    [
        (r"\frac{1}{1 + e^{-#1}}", "1/(1 + e^(−a))"),
        (r"\frac{\partial L}{\partial W_1} \odot (1 - #1)", "∂L/∂W_1 ⊙ (1 − a)"),
        (r"#1 \, #2^\top + b", "a b^⊤ + b"),
        (r"\frac{\hat{m}}{\sqrt{\hat{v}} + \epsilon}", "m̂/(√(v̂) + ϵ)"),
        (r"\sigma'(#1) = #1^{2}", "σ′(a) = a^2"),
        (r"\sum_{i=1}^{n} #1_i", "∑_(i = 1)^na_i"),
    ],
)
def test_a_formula_is_written_on_one_line(latex: str, said: str) -> None:
    assert text(formula(latex, ("a", "b"))) == said


def test_a_persons_own_name_is_what_it_was() -> None:
    assert text("<mi>&lt;b&gt;</mi><mo>=</mo><mn>−2</mn>") == "<b> = −2"
