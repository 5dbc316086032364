"""Formulas over single numbers as LaTeX, for documents: with names, or with numbers in their places.

What is written is a row of chunks, so that a long line can be broken between them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from app.engine.formula import Call, Formula, Named, Negative, Place, Power, Product, Quotient, Sum
from app.engine.functions import FUNCTIONS
from app.engine.graph import Graph
from app.notation.excerpt import Rest, has_no_sign
from app.notation.lettering import Chunk, text
from app.notation.names import derivative, digits_of, element
from app.notation.rounding import MOST, inside

WIDEST_FRACTION = 40
"""Characters that a fraction may be wide: a wider one becomes a quotient on the line, which can be broken."""
WIDEST_PRODUCT = 44

BRACKETS = re.compile(r"\\left|\\right")


Written = tuple[Chunk, ...]


@dataclass(frozen=True, slots=True)
class Pen:
    """How leaves are written: `digits` significant ones of their numbers, or, where it is None, their names.

    `more` says in the reader's language how many parts of a sum are left out.
    """

    graph: Graph
    digits: int | None = None
    more: Callable[[int], str] = str


def lines(written: Written, room: float) -> list[str]:
    """The chunks as lines of about so many characters."""
    made, width = [""], 0.0
    for chunk in written:
        if width and width + chunk.width > room:
            made.append("")
            width = 0.0
        made[-1] += chunk.latex
        width += chunk.width
    return [one.strip() for one in made]


def line(written: Written) -> Chunk:
    """The chunks as one."""
    return Chunk("".join(chunk.latex for chunk in written), sum(chunk.width for chunk in written))


def write(pen: Pen, formula: Formula) -> Written:
    """A formula as chunks."""
    match formula:
        case Sum(parts):
            return _sum(pen, parts)
        case Product(factors):
            return _product(pen, factors)
        case Quotient(numerator, denominator):
            return _quotient(pen, numerator, denominator)
        case Power(base, exponent):
            return _glued(_base(pen, base), _raised(write(pen, exponent)))
        case Negative(of):
            return _negated(pen, of)
        case Call(function, arguments):
            return _call(function, [write(pen, argument) for argument in arguments])
    return (_leaf(pen, formula),)


def _leaf(pen: Pen, leaf: Formula) -> Chunk:
    """A leaf by its name, or by its number; a number of the formula's own is itself."""
    if isinstance(leaf, Rest):
        return _rest(pen, leaf)
    if pen.digits is not None:
        return digits_of(leaf.value, pen.digits)
    match leaf:
        case Place(node, index, _, is_gradient):
            return derivative(pen.graph, node, index) if is_gradient else element(pen.graph, node, index)
        case Named(latex, _):
            return Chunk(latex, 2 + len(re.sub(r"\\[a-zA-Z]+|[{}\\^_ ]", "", latex)))
    return digits_of(leaf.value, MOST)


def _rest(pen: Pen, rest: Rest) -> Chunk:
    if pen.digits is None or rest.total is None:
        return Chunk(r"\cdots", 2)
    total, said = digits_of(rest.value, pen.digits), pen.more(rest.count)
    return Chunk(rf"\underbrace{{{total.latex}}}_{{\text{{{text(said)}}}}}", max(total.width, len(said)))


def _sum(pen: Pen, parts: Sequence[Formula]) -> Written:
    made: Written = ()
    for part in parts:
        is_taken = isinstance(part, Negative)
        written = _factor(pen, part.of) if is_taken else _signed(write(pen, part), is_first=not made)
        if made:
            made += _glued((Chunk(" - " if is_taken else " + ", 2.5),), written)
        else:
            made = _negated(pen, part.of) if is_taken else written
    return made or (Chunk("0", 1),)


def _negated(pen: Pen, formula: Formula) -> Written:
    if has_no_sign(formula, pen.digits is not None):
        return _factor(pen, formula, is_first=True)
    return _glued((Chunk("-", 1),), _factor(pen, formula))


def _product(pen: Pen, factors: Sequence[Formula]) -> Written:
    made: Written = ()
    for factor in factors:
        written = _factor(pen, factor, is_first=not made)
        dotted = _glued((Chunk(r" \cdot ", 2),), written)
        if made and made[-1].width + dotted[0].width > WIDEST_PRODUCT:
            made += dotted
        else:
            made = _glued(made, dotted) if made else written
    return made or (Chunk("1", 1),)


def _factor(pen: Pen, formula: Formula, is_first: bool = False) -> Written:
    """A formula that is multiplied: a sum, and what begins with a minus, stands in parentheses."""
    written = write(pen, formula)
    return _parenthesized(written) if _is_sum(formula) else _signed(written, is_first)


def _is_sum(formula: Formula) -> bool:
    match formula:
        case Sum(parts):
            return len(parts) > 1 or any(map(_is_sum, parts))
        case Product((only,)):
            return _is_sum(only)
    return isinstance(formula, Rest)


def _signed(written: Written, is_first: bool = False) -> Written:
    return _parenthesized(written) if written[0].latex.startswith("-") and not is_first else written


def _base(pen: Pen, formula: Formula) -> Written:
    """What a power is of: in parentheses unless it is a name, a plain number or a function that encloses itself."""
    written = write(pen, formula)
    is_bare = not inside(formula) or (isinstance(formula, Call) and formula.function != "exp")
    is_plain = is_bare and not re.match(r"-|\\frac|.*\\times|\\under", written[0].latex)
    return written if is_plain else _parenthesized(written)


def _parenthesized(written: Written) -> Written:
    is_tall = any(r"\frac" in chunk.latex for chunk in written)
    left, right = (r"\Bigl(", r"\Bigr)") if is_tall else ("(", ")")
    return _glued(_glued((Chunk(left, 1),), written), (Chunk(right, 1),))


def _quotient(pen: Pen, numerator: Formula, denominator: Formula) -> Written:
    above, below = line(write(pen, numerator)), line(write(pen, denominator))
    if max(above.width, below.width) <= WIDEST_FRACTION:
        latex = rf"\frac{{{_full(above.latex)}}}{{{_full(below.latex)}}}"
        return (Chunk(latex, max(above.width, below.width)),)
    if not inside(denominator):
        return _glued((Chunk(rf"\frac{{1}}{{{below.latex}}} \cdot ", below.width + 2),), _factor(pen, numerator))
    return _glued(_glued(_factor(pen, numerator), (Chunk(r" \big/ ", 2),)), _parenthesized(write(pen, denominator)))


def _full(latex: str) -> str:
    """Inside a fraction another one of its full size: letters a quarter as large nobody reads."""
    return latex.replace(r"\frac{", r"\dfrac{")


def _raised(exponent: Written) -> Written:
    whole = line(exponent)
    return (Chunk(f"^{{{whole.latex}}}", 0.7 * whole.width),)


def _call(function: str, arguments: Sequence[Written]) -> Written:
    """A function as its row writes it. The brackets keep one size, for between brackets that grow no line is broken."""
    pattern = FUNCTIONS[function].latex
    is_tall = any(r"\frac" in chunk.latex for written in arguments for chunk in written)
    if not is_tall:
        pattern = BRACKETS.sub("", pattern).replace("|#1|", r"\lvert #1\rvert ")
    before, place, behind = re.fullmatch(r"([^#]*)#([*\d])(.*)", pattern).groups()
    own = Chunk(before, 0.5 * len(before)), Chunk(behind, 1)
    if "#" not in behind and len(arguments) == 1 and not is_tall and not before.endswith("{"):
        return _glued(_glued((own[0],), arguments[0]), (own[1],))
    joined = ", ".join(line(argument).latex for argument in arguments)
    latex = re.sub(r"#([*\d])", lambda at: joined if at[1] == "*" else line(arguments[int(at[1]) - 1]).latex, pattern)
    return (Chunk(latex, 4 + sum(line(argument).width for argument in arguments)),)


def _glued(before: Written, behind: Written) -> Written:
    """Two rows of chunks, the last of one and the first of the other made one."""
    joint = Chunk(before[-1].latex + behind[0].latex, before[-1].width + behind[0].width)
    return (*before[:-1], joint, *behind[1:])
