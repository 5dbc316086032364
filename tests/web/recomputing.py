"""The numbers of a document, computed again from what stands in it."""

import re
from collections.abc import Iterator
from math import inf, isclose, nan

from app.engine.functions import FUNCTIONS

SAFE = {"__builtins__": {"sum": sum}, "inf": inf, "nan": nan, **FUNCTIONS}
GROUP = r"\{((?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*)\}"
REPLACED = (
    (r"\\underbrace" + GROUP + r"_" + GROUP, r"(\1)"),
    (r"\\times10\^\{(-?\d+)\}", r"e\1"),
    (r"\\d?frac" + GROUP + GROUP, r"((\1)/(\2))"),
    (r"(?<![\w.\d)])e\^" + GROUP, r"exp(\1)"),
    (r"\^" + GROUP, r"**(\1)"),
    (r"\\sqrt" + GROUP, r"sqrt(\1)"),
    (r"\\big/", "/"),
    (r"\\(?:[bB]igl|[bB]igr|quad)|\{\}|\\,", ""),
    (r"\\cdot", "*"),
    (r"\\sigma", "sigmoid"),
    (r"\\(max|min|tanh|sin|cos|ln)", r"\1"),
    (r"\\lvert", "abs("),
    (r"\\rvert", ")"),
)
EQUATION = re.compile(r" &(=|\\approx|\\leftarrow) ")


def evaluated(formula: str) -> float:
    """A formula of the JSON document."""
    return float(eval(formula, SAFE))


def equations(document: str) -> Iterator[list[str]]:
    """The right sides of every equation of a LaTeX document, line by line; broken lines are put together."""
    for block in re.findall(r"\\begin\{align\*\}\n(.*?)\\end\{align\*\}", document, re.DOTALL):
        for equation in re.split(r"\\\\\[6pt\]", block):
            whole = re.sub(r"\\\\\*", "", equation).replace("&\\quad {}", "")
            yield [" ".join(side.split()) for side in EQUATION.split(whole)[2::2]]


def number_of(side: str) -> float | None:
    """What a right side comes to; None for one in symbols."""
    text = re.sub(r"\\qquad.*", "", side)
    before = None
    while before != text:
        before = text
        for pattern, replacement in REPLACED:
            text = re.sub(pattern, replacement, text)
    if "\\" in text or "[" in text or set(re.findall(r"[^\W\d]\w*", re.sub(r"\de", "", text))) - set(FUNCTIONS):
        return None
    return float(eval(text, SAFE))


def is_close(computed: float, shown: float, scale: float = 0.0) -> bool:
    """Whether two numbers are the same but for the order in which float64 adds up."""
    return isclose(computed, shown, rel_tol=1e-12, abs_tol=1e-15 + 1e-12 * scale)
