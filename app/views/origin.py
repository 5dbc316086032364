"""Where a number comes from: the formula of its node, and the terms upstream × local that make its gradient."""

import math
from dataclasses import dataclass

from app.engine.explain import Edge, Term, Terms
from app.session.explanation import Explanation
from app.session.moment import Picture
from app.views import numbers, symbols
from app.views.naming import Name, textbook

MOST_TERMS = 12


@dataclass(frozen=True, slots=True)
class TermLine:
    """One term: the consumer's number that is reached, what flows back from it, and the local derivative."""

    consumer: str
    name: Name
    index: str
    index_label: str
    upstream: str
    local: str
    product: str
    exact: str


@dataclass(frozen=True, slots=True)
class SecondOpinion:
    """The central difference beside the gradient; `error` is empty where both lie below rounding noise."""

    numeric: str
    error: str
    agrees: bool
    is_kink: bool
    is_finite: bool


@dataclass(frozen=True, slots=True)
class Origin:
    """Formulas are MathML, made of our own words and escaped names. `left_out` counts terms that are not listed."""

    definition: str
    gradient_formula: str
    terms: tuple[TermLine, ...]
    left_out: int
    total: str
    second_opinion: SecondOpinion | None


def origin(picture: Picture, id: str, explanation: Explanation) -> Origin:
    """The origin of one number of a node, as the service explained it."""
    graph, node = picture.graph, picture.graph[id]
    return Origin(
        symbols.definition(graph, node) if node.op else "",
        symbols.gradient_formula(graph, id),
        tuple(line(term) for term in explanation.terms[:MOST_TERMS]),
        max(0, len(explanation.terms) - MOST_TERMS),
        "" if explanation.gradient is None else numbers.short(explanation.gradient),
        second_opinion(explanation),
    )


def line(term: Term) -> TermLine:
    """A term as the panel lists it."""
    return TermLine(
        term.consumer,
        textbook(term.consumer),
        ",".join(map(str, term.index)),
        numbers.index_text(term.index),
        numbers.short(term.upstream),
        numbers.short(term.local),
        numbers.short(term.product),
        numbers.exact(term.product),
    )


def second_opinion(explanation: Explanation) -> SecondOpinion | None:
    """The numeric check, where there is a gradient to check."""
    if explanation.numeric_gradient is None:
        return None
    error = explanation.relative_error
    return SecondOpinion(
        numbers.short(explanation.numeric_gradient, 9),
        "" if error is None else numbers.short(error, 2),
        explanation.agrees,
        explanation.is_kink,
        math.isfinite(explanation.numeric_gradient) and math.isfinite(explanation.gradient),
    )


def shares(terms: Terms) -> dict[tuple[str, int], tuple[str, str]]:
    """For each edge of a scalar node, (consumer, argument), what stands on it: the local derivative and the product."""
    return {(edge.consumer, edge.argument): share(edge) for edge in terms.edges}


def share(edge: Edge) -> tuple[str, str]:
    """What stands on one edge; where it carries several terms only their sum."""
    local = f"× {numbers.short(edge.term(0).local, 4)}" if len(edge) == 1 else ""
    return local, f"= {numbers.short(edge.total(), 4)}"
