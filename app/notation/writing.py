"""Formulas over single numbers as MathML: in symbols, and with the numbers in the symbols' places.

A place, one element of a node, is written as an `mstyle` of the class `place` that says which one it is; whoever makes
a page of it turns that into a link. Names are a person's own text and are escaped. A long sum is cut short: its largest
parts, then the count and the total of the others.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import unescape

from app.engine.formula import (
    Call,
    Formula,
    Named,
    Negative,
    Number,
    Place,
    Power,
    Product,
    Quotient,
    Sum,
)
from app.engine.functions import FUNCTIONS
from app.engine.graph import Graph
from app.notation import numbers
from app.notation import symbols as names
from app.notation.excerpt import Rest, excerpt, has_no_sign
from app.notation.places import called, name_of, place

DIGITS = 9
WITH_PLACES = (1e-4, 100.0)
LONG_NUMERATOR = 3
FEW_LETTERS = 12
TAG = re.compile(r"<[^<>]*>")
REST = re.compile(r'<mrow class="rest" data-count="(\d+)" data-total="([^"]*)"><mo>⋯</mo></mrow>')
TIMES, PLUS, LESS = "<mo>·</mo>", '<mo form="infix">+</mo>', '<mo form="infix">−</mo>'
MINUS = '<mo form="prefix">−</mo>'
OPEN, CLOSE = '<mo stretchy="false">(</mo>', '<mo stretchy="false">)</mo>'

Pieces = list[str]
"""A formula cut where a line may be broken: before the parts of a sum."""


@dataclass(frozen=True, slots=True)
class Slope(Formula):
    """A local derivative: ∂ one number of a consumer / ∂ one number that it is made of."""

    of: Place
    by: Place
    number: float

    @property
    def value(self) -> float:
        return self.number


@dataclass(frozen=True, slots=True)
class Awaited(Formula):
    """The gradient of a number that the backward pass has not come to: it is written by its name, always."""

    place: Place

    @property
    def value(self) -> float:
        return math.nan


@dataclass(frozen=True, slots=True)
class Pen:
    """How leaves are written: with numbers of so many `digits` or, where it is None, with their names.

    `spell` writes a number where that is not done as everywhere.
    """

    graph: Graph
    digits: int | None = None
    spell: Callable[[float], str] | None = None

    def number(self, number: float) -> str:
        """A number as this pen writes it."""
        return self.spell(number) if self.spell else written(number, self.digits or DIGITS)


def symbols(graph: Graph, formula: Formula) -> str:
    """A formula with the names of its places."""
    return names.math(line(graph, formula))


def pieces(graph: Graph, formula: Formula, digits: int | None = None) -> Pieces:
    """A formula cut where a line may be broken; in numbers where digits are asked for, else in symbols."""
    return write(Pen(graph, digits), excerpt(formula))


def line(graph: Graph, formula: Formula, digits: int | None = None) -> str:
    """A formula in one piece, without its outer element."""
    return "".join(pieces(graph, formula, digits))


def written(number: float, digits: int = DIGITS) -> str:
    """A number inside a formula: so many places behind the point or, where it is tiny or large, so many digits."""
    if WITH_PLACES[0] <= abs(number) < WITH_PLACES[1]:
        return numbers.typeset(f"{number:.{digits}f}".rstrip("0").rstrip("."))
    return numbers.typeset(f"{float(number):.{digits}g}") if number else "0"


def write(pen: Pen, formula: Formula, is_first: bool = True) -> Pieces:
    """A formula's pieces. What begins with a minus stands in parentheses unless it comes first."""
    match formula:
        case Sum(parts) if len(parts) == 1:
            return write(pen, parts[0], is_first)
        case Product(factors) if len(factors) == 1:
            return write(pen, factors[0], is_first)
        case Sum(parts):
            return sum_of(pen, parts, is_first)
        case Product(factors):
            return product_of(pen, factors, is_first)
        case Quotient(Sum(parts) as long, denominator) if len(parts) > LONG_NUMERATOR:
            return product_of(pen, (Quotient(Number(1.0), denominator), long), is_first)
        case Quotient(Quotient() as fraction, Number() as denominator):
            # A fraction above another line is set so small that nobody reads it.
            return product_of(pen, (Quotient(Number(1.0), denominator), fraction), is_first)
        case Negative(of) if has_no_sign(of, pen.digits is not None):
            return write(pen, of, is_first)
        case Negative(of):
            first, *rest = factor(pen, of)
            whole = [MINUS + first, *rest]
            return whole if is_first else enclosed(whole)
    return [compact(pen, formula, is_first)]


def sum_of(pen: Pen, parts: Sequence[Formula], is_first: bool) -> Pieces:
    """Parts with the signs between them."""
    found = write(pen, parts[0], is_first) if parts else ["<mn>0</mn>"]
    for part in parts[1:]:
        sign, added = (LESS, factor(pen, part.of)) if isinstance(part, Negative) else (PLUS, write(pen, part, False))
        found += [sign + added[0], *added[1:]]
    return found


def product_of(pen: Pen, factors: Sequence[Formula], is_first: bool) -> Pieces:
    """Factors with dots between them."""
    found = factor(pen, factors[0], is_first) if factors else ["<mn>1</mn>"]
    for one in factors[1:]:
        following = factor(pen, one)
        found = [*found[:-1], found[-1] + TIMES + following[0], *following[1:]]
    return found


def factor(pen: Pen, formula: Formula, is_first: bool = False) -> Pieces:
    """A formula that is multiplied: a sum or what begins with a minus stands in parentheses."""
    return enclosed(write(pen, formula)) if is_sum(formula) else write(pen, formula, is_first)


def is_sum(formula: Formula) -> bool:
    """Whether a formula is written with a plus or a minus between its parts."""
    match formula:
        case Sum(parts):
            return len(parts) > 1 or any(map(is_sum, parts))
        case Product((only,)):
            return is_sum(only)
    return isinstance(formula, Rest)


def enclosed(pieces: Pieces) -> Pieces:
    """The same in parentheses, which are as high as what they hold; a few letters stay on one line."""
    if len(unescape(TAG.sub("", "".join(pieces)))) <= FEW_LETTERS:
        pieces = ["".join(pieces)]
    first, *others = pieces
    opened = [OPEN + first, *others]
    closed = [*opened[:-1], opened[-1] + CLOSE]
    return [grown(piece) for piece in closed] if any("<mfrac>" in piece for piece in pieces) else closed


def grown(mathml: str) -> str:
    """Parentheses that stretch, for what is higher than a line."""
    return mathml.replace(' stretchy="false"', "")


def whole(pen: Pen, formula: Formula) -> str:
    """A formula in one piece."""
    return f"<mrow>{''.join(write(pen, formula))}</mrow>"


def compact(pen: Pen, formula: Formula, is_first: bool) -> str:
    """What no line is broken in."""
    match formula:
        case Quotient(numerator, denominator):
            return f"<mfrac>{whole(pen, numerator)}{whole(pen, denominator)}</mfrac>"
        case Power(base, exponent):
            return f"<msup><mrow>{base_of(pen, base)}</mrow>{whole(pen, exponent)}</msup>"
        case Call(function, arguments):
            return call(pen, function, arguments)
        case Awaited(where):
            return place(pen.graph, where, called(pen.graph, where), is_known=False)
        case Slope(of, by) if pen.digits is None:
            return names.ratio(name_of(pen.graph, of), name_of(pen.graph, by))
    return leaf(pen, formula, is_first)


def base_of(pen: Pen, formula: Formula) -> str:
    """What a power is of."""
    is_bare = is_single(pen, formula) or (isinstance(formula, Call) and formula.function != "exp")
    return "".join(write(pen, formula, is_first=False) if is_bare else enclosed(write(pen, formula)))


def is_single(pen: Pen, formula: Formula) -> bool:
    """Whether a power of this needs no parentheses; a derivative is a fraction."""
    if pen.digits is None and isinstance(formula, Place | Named):
        return not (formula.is_gradient if isinstance(formula, Place) else "frac" in formula.latex)
    return isinstance(formula, Place | Number | Named)


def leaf(pen: Pen, formula: Formula, is_first: bool) -> str:
    """A place, a number or a name; a negative number in parentheses unless it comes first."""
    if isinstance(formula, Rest):
        return rest(pen, formula)
    is_named = pen.digits is None and not isinstance(formula, Number)
    text = named(pen.graph, formula) if is_named else f"<mn>{pen.number(formula.value)}</mn>"
    is_signed = text.startswith(f"<mn>{numbers.MINUS}")
    if isinstance(formula, Place):
        text = place(pen.graph, formula, text)
    return OPEN + text + CLOSE if is_signed and not is_first else text


def named(graph: Graph, formula: Formula) -> str:
    """The name of a leaf that has one."""
    if isinstance(formula, Named):
        return latex(formula.latex)
    return called(graph, formula)


def latex(name: str) -> str:
    """A name of ours, from its LaTeX."""
    return names.marked(name, 0)


def rest(pen: Pen, formula: Rest) -> str:
    """What is left out of a sum: how many, and in numbers what they come to."""
    total = "" if pen.digits is None or formula.total is None else pen.number(formula.total)
    return f'<mrow class="rest" data-count="{formula.count}" data-total="{total}"><mo>⋯</mo></mrow>'


def call(pen: Pen, function: str, arguments: Sequence[Formula]) -> str:
    """A function of its arguments, as its row writes it."""
    places = [f"#{number}" for number in range(1, len(arguments) + 1)]
    template = names.marked(FUNCTIONS[function].latex.replace("#*", ", ".join(places)), len(arguments))
    found = {names.MARKS[number]: whole(pen, argument) for number, argument in enumerate(arguments)}
    if not any("<mfrac>" in argument for argument in found.values()):
        template = template.replace('stretchy="true"', 'stretchy="false"')
    return f"<mrow>{names.filled(template, found)}</mrow>"
