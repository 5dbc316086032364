"""A derivation as a row of blocks: headings, sentences, equations, which each kind of document writes in its way."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from app.engine.graph import Phase
from app.engine.ops import OPS
from app.engine.schedule import Constant
from app.engine.update_order import SEQUENTIAL, UPDATE_ORDERS
from app.errors import N_
from app.layout.measure import shape_text
from app.pages.derivation.parts import Derivation, Equation, Given, Part, Pass


@dataclass(frozen=True, slots=True)
class Words:
    """A sentence of ours, to be translated, and what stands in its places."""

    template: str
    fields: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading: of a chapter, which has an id to go to, or below one."""

    kind: ClassVar[str] = "heading"
    words: Words
    id: str = ""


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A sentence by itself; one that is `soft` only accompanies the rest."""

    kind: ClassVar[str] = "paragraph"
    words: Words
    is_soft: bool = False


@dataclass(frozen=True, slots=True)
class Facts:
    """What is agreed upon: labels, and what stands behind each, words of ours or a number."""

    kind: ClassVar[str] = "facts"
    rows: tuple[tuple[Words, Words | float], ...]


@dataclass(frozen=True, slots=True)
class Numbers:
    """The numbers of leaves: single ones side by side, an array as a matrix."""

    kind: ClassVar[str] = "numbers"
    givens: tuple[Given, ...]


@dataclass(frozen=True, slots=True)
class About:
    """What follows is about one node: its definition, the chain rule for its gradient, or, in the update, its name."""

    kind: ClassVar[str] = "about"
    node: str
    phase: Phase
    operation: str = ""


@dataclass(frozen=True, slots=True)
class Equations:
    """Equations below each other."""

    kind: ClassVar[str] = "equations"
    equations: tuple[Equation, ...]


Block = Heading | Paragraph | Facts | Numbers | About | Equations


def blocks(document: Derivation) -> Iterator[Block]:
    """The whole document but its title, from the settings to the update."""
    yield from about(document)
    yield from givens(document)
    yield from forward(document)
    yield from backward(document)
    yield from update(document)


def about(document: Derivation) -> Iterator[Block]:
    """What is computed, how to read it, and what was agreed upon."""
    yield Paragraph(
        words(
            N_("After {iteration} iterations: one forward pass, one backward pass and one update, with every number."),
            iteration=document.iteration,
        )
    )
    yield Paragraph(
        Words(
            N_(
                "How to read it: each number is first a formula in symbols, then the same formula with the numbers in "
                "their places, then the result. z[0,1] is the element of z in row 0, column 1; indices count from 0."
            )
        ),
        is_soft=True,
    )
    yield Paragraph(rounding(document), is_soft=True)
    yield Heading(words(N_("Settings and conventions")), "settings")
    yield Facts(tuple(facts(document)))


def words(template: str, **fields: Any) -> Words:
    """Words with something in their places."""
    return Words(template, fields)


def rounding(document: Derivation) -> Words:
    """How exact the numbers are that are shown."""
    if document.digits >= 17:
        return words(N_("Every number is shown with all its digits: it reads back to the same float64."))
    return words(
        N_(
            "Numbers are rounded to {digits} significant digits, and ≈ stands where that changed a number of the line; "
            "everything is computed in float64, with all its digits."
        ),
        digits=document.digits,
    )


def facts(document: Derivation) -> Iterator[tuple[Words, Words | float]]:
    """Labels and what stands behind them."""
    loss = document.graph.loss
    if loss.op and loss.row.is_loss and not loss.row.convention:
        yield words(N_("Loss")), words(loss.row.sentence)
    yield words(N_("Optimizer")), words(document.optimizer.title)
    for label, setting in document.settings:
        yield words(label), setting
    schedule = document.optimizer.schedule
    if not isinstance(schedule, Constant):
        yield words(N_("schedule of the rate")), words(schedule.label)
    for agreement in document.agreements:
        convention, fields = agreement.convention, agreement.fields
        yield Words(convention.says, fields), Words(convention.differs, fields)


KINDS = {"input": N_("Inputs"), "parameter": N_("Parameters"), "constant": N_("Constants")}


def givens(document: Derivation) -> Iterator[Block]:
    """The numbers that everything starts from."""
    yield Heading(words(N_("Given numbers")), "given")
    for kind, title in KINDS.items():
        found = [given for given in document.givens if given.node.kind == kind]
        if found:
            yield Heading(words(title))
        if singles := tuple(given for given in found if not given.node.shape):
            yield Numbers(singles)
        for given in found:
            if given.node.shape:
                yield from matrix(given)
    if document.givens_left_out:
        yield left_out(N_("Nodes left out here: {count}."), document.givens_left_out)


def matrix(given: Given) -> Iterator[Block]:
    """One array, and how much of it is not shown."""
    yield Numbers((given,))
    if given.left_out:
        template = N_("This is the beginning of an array of shape {shape}. Numbers left out: {count}.")
        yield Paragraph(words(template, shape=shape_text(given.node.shape), count=given.left_out), is_soft=True)


def forward(document: Derivation) -> Iterator[Block]:
    """From the inputs to the loss."""
    yield Heading(words(N_("Forward pass")), "forward")
    if document.forward.parts:
        yield Paragraph(
            words(N_("From the inputs to the loss, each operation in the order in which it is computed.")), True
        )
    yield from chapter(document.forward, "forward")
    yield Paragraph(words(N_("The loss before the update is {loss}."), loss=document.loss))
    if document.first_non_finite:
        template = N_("The first number that is not finite appears at {node}.")
        yield Paragraph(words(template, node=document.first_non_finite))


def backward(document: Derivation) -> Iterator[Block]:
    """From the loss to the parameters."""
    yield Heading(words(N_("Backward pass")), "backward")
    yield Paragraph(
        Words(
            N_(
                "From the loss back: the gradient of a number is ∂loss/∂ that number. It is the sum, over all numbers "
                "that it reaches directly, of their gradient times the local derivative."
            )
        ),
        is_soft=True,
    )
    order = UPDATE_ORDERS[document.optimizer.update_order]
    if order.name == SEQUENTIAL and document.update.parts:
        # Weights stand here with numbers that the update below makes already.
        yield Paragraph(words(order.sentence), is_soft=True)
    yield from chapter(document.backward, "backward")


def update(document: Derivation) -> Iterator[Block]:
    """What the optimizer makes of the gradients."""
    yield Heading(words(N_("Update")), "update")
    if not document.update.parts:
        yield Paragraph(words(N_("No parameter is updated.")))
        return
    order = UPDATE_ORDERS[document.optimizer.update_order]
    if order.name != SEQUENTIAL:
        yield Paragraph(words(order.sentence), is_soft=True)
    yield from chapter(document.update, "update")


def chapter(passed: Pass, phase: Phase) -> Iterator[Block]:
    """The nodes of one pass. What an op does is said where it is met first."""
    met: set[str] = set()
    for place, part in enumerate(passed.parts):
        if passed.left_out and place == passed.gap:
            yield left_out(N_("Nodes left out here: {count}."), passed.left_out)
        op = part.node.op if phase == "forward" else None
        yield About(part.node.id, phase, op or "")
        if op and op not in met:
            met.add(op)
            yield Paragraph(words(OPS[op].sentence), is_soft=True)
        yield from written_out(part)


def written_out(part: Part) -> Iterator[Block]:
    """The numbers of one node. That the loss has the gradient 1 is said by its rule already."""
    equations = tuple(equation for equation in part.equations if equation.formula is not None)
    if equations:
        yield Equations(equations)
    if part.left_out:
        template = N_("These are the largest numbers of this node by size. Numbers left out: {count}.")
        yield left_out(template, part.left_out)


def left_out(template: str, count: int) -> Paragraph:
    """What is not written out, counted."""
    return Paragraph(words(template, count=count), is_soft=True)
