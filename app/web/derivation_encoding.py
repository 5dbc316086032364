"""A derivation as JSON: every number in full, every formula as text that Python evaluates to it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from app.engine.formula import Call, Formula, Named, Number
from app.nn.optimizers import document_of
from app.notation.excerpt import Rest, changed
from app.pages.derivation.parts import Derivation, Equation, Given, Part, Pass, Share
from app.views.conventions import Agreement
from app.web import language
from app.web.encoding import encode, number


def document(derivation: Derivation) -> bytes:
    """The whole document."""
    return encode(
        {
            "id": derivation.id,
            "version": derivation.version,
            "title": language.title(derivation.title),
            "iteration": derivation.iteration,
            "epoch": derivation.epoch,
            "loss": number(derivation.loss),
            "first_non_finite": derivation.first_non_finite,
            "optimizer": document_of(derivation.optimizer),
            "frozen": derivation.frozen,
            "conventions": list(map(convention, derivation.agreements)),
            "given": {"nodes": list(map(given, derivation.givens)), "left_out": derivation.givens_left_out},
            "forward": passed(derivation.forward, forward),
            "backward": passed(derivation.backward, backward),
            "update": passed(derivation.update, update),
        }
    )


def convention(agreement: Agreement) -> dict[str, str]:
    """What is agreed upon, and what others do."""
    says, differs = agreement.convention.says, agreement.convention.differs
    return {
        "says": language.translate(says, **agreement.fields),
        "differs": language.translate(differs, **agreement.fields),
    }


def given(given: Given) -> dict[str, Any]:
    """A leaf's numbers, row by row."""
    rows = [list(map(number, row)) for row in given.rows]
    about = {"id": given.node.id, "kind": given.node.kind, "shape": given.node.shape}
    return about | {"rows": rows, "left_out": given.left_out}


def passed(passed: Pass, write: Callable[[Part], list[dict[str, Any]]]) -> dict[str, Any]:
    """The nodes of one pass."""
    nodes = [
        {"id": part.node.id, "op": part.node.op, "numbers": write(part), "left_out": part.left_out}
        for part in passed.parts
    ]
    return {"nodes": nodes, "left_out": passed.left_out}


def forward(part: Part) -> list[dict[str, Any]]:
    """Values, and how each is computed."""
    return [
        {"index": index, "formula": text(equation.formula), "value": number(equation.target.number)}
        for index, equation in zip(part.places, part.equations, strict=True)
    ]


def backward(part: Part) -> list[dict[str, Any]]:
    """Gradients and their terms; the products, with the total of those not listed, sum to the gradient."""
    return [
        {
            "index": index,
            "formula": text(equation.formula),
            "gradient": number(equation.target.number),
            "terms": list(map(term, shares)),
            "others": None if rest is None else {"count": rest.count, "total": number(rest.total)},
        }
        for index, equation, (shares, rest) in zip(part.places, part.equations, part.shares, strict=True)
    ]


def term(share: Share) -> dict[str, Any]:
    """Upstream × local = product."""
    return {
        "consumer": share.consumer,
        "argument": share.argument,
        "index": share.index,
        "upstream": number(share.upstream),
        "local_formula": text(share.local),
        "local": number(share.local.value),
        "product": number(share.product),
    }


def update(part: Part) -> list[dict[str, Any]]:
    """New values of a parameter, and the optimizer's steps to each."""
    count = len(part.equations) // max(len(part.places), 1)
    steps = [part.equations[begin : begin + count] for begin in range(0, len(part.equations), max(count, 1))]
    return [
        {"index": index, "steps": list(map(step, own)), "value": number(own[-1].target.number)}
        for index, own in zip(part.places, steps, strict=True)
    ]


def step(equation: Equation) -> dict[str, Any]:
    """One step of the optimizer: what it computes, a name in LaTeX or the parameter."""
    target = equation.target
    return {
        "name": target.latex if isinstance(target, Named) else target.node,
        "title": language.gettext(equation.title),
        "formula": text(equation.formula),
        "value": number(target.number),
    }


def text(formula: Formula | None) -> str | None:
    """A formula as text that can be evaluated; what is left out of a sum is one number in it."""
    return None if formula is None else computable(formula).text()


def computable(formula: Formula) -> Formula:
    """The formula with a number for what is left out of each sum. A maximum is decided without what is left out."""
    match formula:
        case Rest(_, total):
            return Number(total or 0.0)
        case Call(function, arguments):
            formula = Call(function, tuple(one for one in arguments if not isinstance(one, Rest)))
    return changed(formula, computable)
