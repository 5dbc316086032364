"""One number derived: its value from the inputs of its node, its gradient by the chain rule, line by line."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from app.engine.explain import Edge, Term, Terms, local_formula, locals_of, value_formula
from app.engine.formula import Formula, Leaf, Number, Place, Product, Sum
from app.engine.graph import Graph
from app.notation.excerpt import Rest, by_size, evaluated, excerpt
from app.notation.places import called
from app.notation.writing import DIGITS, Awaited, Pieces, Slope, pieces
from app.session.explanation import Explanation

MOST_WRITTEN = 3
MOST_PARTS = 4


@dataclass(frozen=True, slots=True)
class Derived:
    """What a number is called, and the lines behind it, each equal to the one before; the last is the number, if known.

    All is MathML without its outer element; a line is cut into pieces where it may be broken.
    """

    left: str
    lines: tuple[Pieces, ...]
    is_known: bool = True


def derived_value(graph: Graph, explanation: Explanation) -> Derived | None:
    """How the value of one number of an op follows from its inputs, once it is computed."""
    id, index = explanation.id, explanation.index
    if explanation.before is None or graph[id].op is None or explanation.value is None:
        return None
    formula = value_formula(graph, explanation.values, id, index)
    return derived(graph, Place(id, index, explanation.value), formula) if formula else None


def derived_gradient(graph: Graph, explanation: Explanation) -> Derived | None:
    """The chain rule for one number: what every number it reaches sends back, added up."""
    if explanation.gradient is None:
        return awaited_gradient(graph, explanation)
    if not len(explanation.terms):
        return None
    shown, rest = largest(explanation.terms, MOST_WRITTEN, MOST_WRITTEN + 2)
    place = Place(explanation.id, explanation.index, explanation.gradient, is_gradient=True)
    return derived(graph, place, added([chained(graph, explanation, term) for term in shown], rest))


def awaited_gradient(graph: Graph, explanation: Explanation) -> Derived | None:
    """The same before the backward pass: the local derivatives are known, once the forward pass is complete."""
    before, id, index = explanation.before, explanation.id, explanation.index
    if before is None or not graph.has_gradient(id) or not before.has_value(graph.loss.id):
        return None
    reached = Terms(awaited_edges(graph, explanation))
    parts = [awaited(graph, explanation, term) for term in reached[:MOST_WRITTEN]]
    if not parts:
        return None
    formula = added(parts, Rest(len(reached) - len(parts), None) if len(reached) > len(parts) else None)
    place = Place(id, index, math.nan, is_gradient=True)
    return Derived(called(graph, place), tuple(steps(graph, formula)), is_known=False)


def awaited_edges(graph: Graph, explanation: Explanation) -> Iterator[Edge]:
    """What a number will receive its gradient along; what flows there is NaN where it is not known yet."""
    for user, argument in graph.flows(explanation.id):
        places, local = locals_of(graph, explanation.values, user, argument, explanation.index)
        gradient = explanation.before.gradient(user.id)
        upstream = np.full(len(local), np.nan) if gradient is None else gradient[tuple(places.T)].reshape(-1)
        yield Edge(user.id, argument, places, upstream, local)


def awaited(graph: Graph, explanation: Explanation, term: Term) -> Formula:
    """One term of the chain rule before it has arrived."""
    if term.consumer == graph.loss.id or explanation.before.has_gradient(term.consumer):
        return chained(graph, explanation, term)
    upstream = Place(term.consumer, term.index, math.nan, is_gradient=True)
    return Product((Awaited(upstream), slope(explanation, term)))


def added(parts: list[Formula], rest: Rest | None) -> Formula:
    """Terms and what is left out of them as one sum; a single term is no sum."""
    if rest:
        return Sum((*parts, rest))
    return Sum(tuple(parts)) if len(parts) > 1 else parts[0]


def derived(graph: Graph, place: Place, formula: Formula) -> Derived:
    """A number by its name, then its formula in symbols, in numbers, part by part, and the result."""
    short = excerpt(formula, MOST_PARTS)
    results = evaluated(short)
    lines = steps(graph, short)
    if results:
        lines.append(pieces(graph, results, DIGITS))
    result = pieces(graph, Number(place.number), DIGITS)
    return Derived(called(graph, place), (*(line for line in lines if line != result), result))


def steps(graph: Graph, short: Formula) -> list[Pieces]:
    """A formula in symbols and in numbers; once where both are the same."""
    in_symbols, in_numbers = pieces(graph, short), pieces(graph, short, DIGITS)
    return [in_symbols] if isinstance(short, Leaf) or in_symbols == in_numbers else [in_symbols, in_numbers]


def chained(graph: Graph, explanation: Explanation, term: Term) -> Formula:
    """One term of the chain rule. The loss sends back 1: what is left is its own derivative, spelled out."""
    if term.consumer == graph.loss.id:
        return local(graph, explanation, term)
    upstream = Place(term.consumer, term.index, term.upstream, is_gradient=True)
    return Product((upstream, slope(explanation, term)))


def slope(explanation: Explanation, term: Term) -> Slope:
    """The local derivative of a term by its name."""
    of = Place(term.consumer, term.index, float(explanation.values(term.consumer)[term.index]))
    value = explanation.values(explanation.id)[explanation.index]
    return Slope(of, Place(explanation.id, explanation.index, float(value)), term.local)


def local(graph: Graph, explanation: Explanation, term: Term) -> Formula:
    """The local derivative of a term, spelled out.

    Where parameters have moved before it was taken, a rule may read them, or what its op has kept of the forward pass.
    """
    sources = [explanation.arguments, explanation.values] if explanation.has_moved else [explanation.values]
    places = term.consumer, term.argument, explanation.index, term.index
    return min(
        (local_formula(graph, numbers, *places) for numbers in sources),
        key=lambda found: abs(found.value - term.local),
    )


def spelled(graph: Graph, explanation: Explanation, term: Term) -> tuple[Pieces, ...]:
    """How the local derivative of a term is computed, and that with numbers; nothing for a mere number like 1."""
    short = excerpt(local(graph, explanation, term), MOST_PARTS)
    return () if isinstance(short, Number) else tuple(steps(graph, short))


def largest(terms: Terms, most: int, room: int) -> tuple[list[Term], Rest | None]:
    """All terms in their own order where there is room for them; else the largest ones, and the rest."""
    if len(terms) <= room:
        return list(terms), None
    with np.errstate(all="ignore"):
        products = np.concatenate([edge.upstream * edge.local for edge in terms.edges])
    first, others = by_size(products, most)
    return [terms[place] for place in first], Rest(len(terms) - most, others)
