"""Where a number comes from: how its value is made of others, and the terms upstream × local that make its gradient."""

from collections.abc import Iterable
from dataclasses import dataclass

from app.engine.explain import Edge, Term, Terms
from app.engine.graph import Graph
from app.notation import numbers, symbols
from app.notation.derived import Derived, derived_gradient, derived_value, largest, spelled
from app.notation.naming import Name, textbook
from app.notation.writing import Pieces, written
from app.session.explanation import Explanation
from app.session.moment import Picture
from app.views.doubt import STATES, doubted
from app.views.why import Part

MOST_TERMS = 12
MOST_NEIGHBOURS = 12


@dataclass(frozen=True, slots=True)
class TermLine:
    """One term: the consumer's number that is reached, what flows back from it, and the local derivative.

    `exact` has the three numbers in full. `spelled` says how the local derivative is computed, as pieces of MathML, and
    that again with numbers; it is empty where there is nothing to compute.
    """

    consumer: str
    name: Name
    index: str
    index_label: str
    upstream: str
    local: str
    product: str
    exact: tuple[str, str, str]
    spelled: tuple[Pieces, ...]


@dataclass(frozen=True, slots=True)
class Left:
    """The terms that are not listed: how many, and what they come to."""

    count: int
    total: str


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A node that an edge leads to."""

    id: str
    name: Name


@dataclass(frozen=True, slots=True)
class SecondOpinion:
    """The central difference beside the gradient, taken with `step`; `error` is empty where both are rounding noise.

    `state` is as in the check of all parameters; where it is not `agrees`, `doubt` says why.
    """

    numeric: str
    error: str
    state: str
    doubt: Part | None
    step: str


@dataclass(frozen=True, slots=True)
class Origin:
    """Formulas are MathML, made of our own words and escaped names.

    `comes_from` and `flows_into` are the nodes before and behind this one. `count` is how many terms there are; of
    many the largest are listed, in order of size.
    """

    definition: str
    value: Derived | None
    comes_from: tuple[Neighbour, ...]
    flows_into: tuple[Neighbour, ...]
    gradient_formula: str
    gradient: Derived | None
    count: int
    terms: tuple[TermLine, ...]
    left_out: Left | None
    total: str
    second_opinion: SecondOpinion | None


def origin(picture: Picture, id: str, explanation: Explanation) -> Origin:
    """The origin of one number of a node, as the service explained it."""
    graph, node = picture.graph, picture.graph[id]
    listed, rest = largest(explanation.terms, MOST_TERMS, MOST_TERMS)
    return Origin(
        definition=symbols.definition(graph, node) if node.op else "",
        value=derived_value(graph, explanation),
        comes_from=neighbours(node.inputs),
        flows_into=neighbours(user for user, _ in graph.consumers(id)),
        gradient_formula=symbols.gradient_formula(graph, id),
        gradient=derived_gradient(graph, explanation),
        count=len(explanation.terms),
        terms=tuple(line(graph, explanation, term) for term in listed),
        left_out=Left(rest.count, written(rest.total)) if rest else None,
        total="" if explanation.gradient is None else written(explanation.gradient),
        second_opinion=second_opinion(explanation),
    )


def neighbours(ids: Iterable[str]) -> tuple[Neighbour, ...]:
    """The first few of these nodes, each once."""
    return tuple(Neighbour(id, textbook(id)) for id in list(dict.fromkeys(ids))[:MOST_NEIGHBOURS])


def line(graph: Graph, explanation: Explanation, term: Term) -> TermLine:
    """A term as the panel lists it."""
    return TermLine(
        consumer=term.consumer,
        name=textbook(term.consumer),
        index=numbers.index_address(term.index),
        index_label=numbers.index_text(term.index),
        upstream=written(term.upstream),
        local=written(term.local),
        product=written(term.product),
        exact=(numbers.exact(term.upstream), numbers.exact(term.local), numbers.exact(term.product)),
        spelled=spelled(graph, explanation, term),
    )


def second_opinion(explanation: Explanation) -> SecondOpinion | None:
    """The numeric check, where there is a gradient to check."""
    second = explanation.second
    if second is None:
        return None
    error = second.relative_error
    return SecondOpinion(
        numbers.short(second.difference.numeric, 9),
        "" if error is None else numbers.short(error, 2),
        STATES[second.doubt],
        doubted(second),
        numbers.short(second.difference.step, 2),
    )


def shares(terms: Terms) -> dict[tuple[str, int], tuple[str, str]]:
    """For each edge of a scalar node, (consumer, argument), what stands on it: the local derivative and the product."""
    return {(edge.consumer, edge.argument): share(edge) for edge in terms.edges}


def share(edge: Edge) -> tuple[str, str]:
    """What stands on one edge; where it carries several terms only their sum."""
    local = f"× {numbers.short(edge.term(0).local, 4)}" if len(edge) == 1 else ""
    return local, f"= {numbers.short(edge.total(), 4)}"
