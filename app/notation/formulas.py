"""A row's LaTeX as MathML, with names in the places of its operands.

Names are ours, never a person's text: what goes into LaTeX is not escaped by the converter.
"""

import re
from collections.abc import Sequence
from functools import lru_cache

from latex2mathml.converter import convert

PLACE = re.compile(r"(?<!\\)#(\d|y|g)")
SYMBOL = re.compile(r"[A-Za-z]")
# The converter sets no space between a logarithm and what it is of.
LOGARITHM = re.compile(r"\\ln (?=[#\\])")


@lru_cache(maxsize=4096)
def formula(latex: str, operands: tuple[str, ...], output: str = "y", upstream: str = "g", block: bool = False) -> str:
    """A formula of a row as MathML; single letters become symbols, longer names words."""
    return convert(filled_in(latex, operands, output, upstream), display="block" if block else "inline")


def filled_in(latex: str, operands: Sequence[str], output: str = "y", upstream: str = "g") -> str:
    """The LaTeX with a name in each place: `#1`, `#2` … the operands, `#y` the output, `#g` the upstream gradient."""
    names = {str(number): name for number, name in enumerate(operands, start=1)} | {"y": output, "g": upstream}
    spaced = LOGARITHM.sub(r"\\ln\\,", latex)
    return PLACE.sub(lambda place: f"{{{symbol(names[place[1]])}}}", spaced)


def symbol(name: str) -> str:
    """A name as LaTeX: one letter as it is, a word upright."""
    return name if SYMBOL.fullmatch(name) or name.startswith("\\") else rf"\text{{{name}}}"
