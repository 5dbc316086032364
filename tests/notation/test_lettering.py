import pytest

from app.notation.lettering import is_eastern, name, text, word


@pytest.mark.parametrize(
    ("id", "latex"),
    [
        ("x", "x"),
        ("W1", "W_{1}"),
        ("loss", r"\mathit{loss}"),
        ("my_w", r"\mathit{my\_w}"),
        ("_1", r"\mathit{\_1}"),
        ("c.2", r"\mathit{c{.}2}"),
        ("学习_率", r"\text{学习}\mathit{\_}\text{率}"),
        ("α_1", r"\alpha \mathit{\_1}"),
        ("Ω", r"\Omega "),
        ("Α", r"\mathrm{A}"),
    ],
)
def test_a_name_is_set_letter_by_letter(id: str, latex: str) -> None:
    assert name(id).latex == latex


def test_a_letter_that_no_font_has_is_written_by_its_number() -> None:
    assert word("ก") == r"\text{[U+0E01]}"


def test_what_is_a_command_to_latex_is_none_in_a_text() -> None:
    assert text(r"50% of {a_b} & \x $ #1 ^ ~") == (
        r"50\% of \{a\_\allowbreak{}b\} \& \textbackslash{}x \$ \#1 \textasciicircum{} \textasciitilde{}"
    )


def test_signs_that_text_fonts_lack_are_set_as_formulas() -> None:
    assert text("2 → 3, −1 × η′") == r"2 $\to$ 3, $-$1 $\times$ $\eta$$'$"


@pytest.mark.parametrize(("character", "is_so"), [("率", True), ("，", True), ("ж", True), ("a", False), ("é", False)])
def test_some_characters_need_a_chinese_font(character: str, is_so: bool) -> None:
    assert is_eastern(character) == is_so
