"""Names and words as LaTeX. A person's names go in letter by letter.

What LaTeX would take for a command is escaped, and what its usual fonts have no letter for is written by its number.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import NamedTuple

from app.notation.naming import textbook


class Chunk(NamedTuple):
    """A piece that stays on one line, and about how many characters wide it is."""

    latex: str
    width: float


SYMBOLS: Mapping[str, str] = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#", "%": r"\%",
    "_": r"\_\allowbreak{}", "^": r"\textasciicircum{}", "~": r"\textasciitilde{}",
    "<": "$<$", ">": "$>$", "|": "$|$", '"': "''",
    "−": "$-$", "×": r"$\times$", "·": r"$\cdot$", "→": r"$\to$", "←": r"$\leftarrow$", "′": "$'$", "½": r"$\frac12$",
    "≈": r"$\approx$", "≤": r"$\le$", "≥": r"$\ge$", "∂": r"$\partial$", "∞": r"$\infty$", "±": r"$\pm$",
    "√": r"$\surd$", "…": r"\dots{}", "ŷ": r"$\hat y$", "∈": r"$\in$",
    "ˣ": "$^x$", "÷": r"$\div$", "Σ": r"$\sum$", "ᵀ": r"$^\top$", "⊙": r"$\odot$", "\xa0": "~",
}  # fmt: skip
"""What stands in LaTeX text for a character that means something else there, or that its fonts lack."""

RAISED, LOWERED = "⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "₀₁₂₃₄₅₆₇₈₉"
DIGITS = "0123456789-"

AS_THEY_ARE = frozenset("–—‘’“”")
GREEK_CAPITALS = frozenset(["Gamma", "Delta", "Theta", "Lambda", "Xi", "Pi", "Sigma", "Upsilon", "Phi", "Psi", "Omega"])
GREEK_NAMES = {"lamda": "lambda", "final sigma": "varsigma", "omicron": "o"}


def name(id: str) -> Chunk:
    """A node's name as a textbook sets it."""
    own = textbook(id)
    below = f"_{{{own.index}}}" if own.index else ""
    return Chunk(word(own.letters) + below, len(own.letters) + 0.6 * len(own.index))


def word(letters: str) -> str:
    """A name for formulas: Latin letters in italics, Greek ones by their commands, others upright."""
    if len(letters) == 1 and letters.isascii() and letters.isalpha():
        return letters
    runs: list[list[str]] = []
    for kind, latex in map(_letter, letters):
        if runs and runs[-1][0] == kind and kind != "math":
            runs[-1][1] += latex
        else:
            runs.append([kind, latex])
    return "".join(latex if kind == "math" else rf"\{kind}{{{latex}}}" for kind, latex in runs)


def text(words: str) -> str:
    """Words as LaTeX text."""
    return "".join(_character(character) for character in words)


def _letter(character: str) -> tuple[str, str]:
    """One letter of a name: the LaTeX font it is set in, and how."""
    if character.isascii():
        return "mathit", {"_": r"\_", "−": "-"}.get(character, character if character.isalnum() else f"{{{character}}}")
    if (greek := _greek(character)) is not None:
        return "math", greek
    return "text", _character(character)


def _greek(character: str) -> str | None:
    found = re.fullmatch(r"GREEK (SMALL|CAPITAL) LETTER ((?:FINAL )?[A-Z]+)", unicodedata.name(character, ""))
    if found is None:
        return None
    english = GREEK_NAMES.get(found[2].lower(), found[2].lower())
    if found[1] == "CAPITAL":
        return rf"\{english.title()} " if english.title() in GREEK_CAPITALS else rf"\mathrm{{{english[0].title()}}}"
    return english if len(english) == 1 else rf"\{english} "


def _character(character: str) -> str:
    """One character of a text. One that LaTeX's usual fonts lack is written by its number."""
    if character in SYMBOLS:
        return SYMBOLS[character]
    for sign, signs in (("^", RAISED), ("_", LOWERED)):
        if character in signs:
            return f"${sign}{DIGITS[signs.index(character)]}$"
    if character.isascii() or character in AS_THEY_ARE or is_eastern(character):
        return character
    if (greek := _greek(character)) is not None:
        return f"${greek.strip()}$"
    plain = unicodedata.normalize("NFD", character)
    if len(plain) == 2 and plain[0].isascii() and plain[1] in "\u0300\u0301\u0302\u0303\u0308":
        return character
    return f"[U+{ord(character):04X}]"


def is_eastern(character: str) -> bool:
    """Whether a character needs a Chinese font: Han, kana, full-width signs, and Cyrillic, which those fonts have."""
    code = ord(character)
    ranges = ((0x0410, 0x044F), (0x3000, 0x30FF), (0x3400, 0x9FFF), (0xFF00, 0xFFEF), (0x2014, 0x2014))
    return any(first <= code <= last for first, last in ranges) and character != "—"
