"""How the optimizer moves the number looked at: each line as symbols, then as numbers, then its result; the slots."""

from __future__ import annotations

from dataclasses import dataclass

from app.engine.assignment import Assignment
from app.engine.formula import Named, Number
from app.engine.graph import Graph, Node
from app.engine.update_order import SEQUENTIAL, UPDATE_ORDERS
from app.notation.mathml import MathML
from app.notation.naming import Name, textbook
from app.notation.numbers import index_text
from app.notation.places import called
from app.notation.writing import DIGITS, latex, pieces, written
from app.session.moment import Picture
from app.session.update import SlotChange, Update
from app.views.scene import Scene


@dataclass(frozen=True, slots=True)
class Line:
    """A name and what it becomes: in symbols, with numbers, and the result. Pieces of MathML without its outer element.

    `latex` is the name of ours that gets the number; None where the parameter itself does. `text` is the formula with
    all digits of its numbers, as Python reads it.
    """

    title: str
    latex: str | None
    left: MathML
    symbols: list[MathML]
    numbers: list[MathML]
    result: list[MathML]
    text: str
    value: float


@dataclass(frozen=True, slots=True)
class SlotRow:
    """What the optimizer remembers of the number, before the update and after it; None is not computed yet."""

    name: str
    title: str
    symbol: MathML
    before: float
    after: float | None
    before_text: str
    after_text: str | None


@dataclass(frozen=True, slots=True)
class UpdateSection:
    """One number's update. `when` is `done`, `to come`, `not run` (no gradient yet), `frozen` or `no path`."""

    id: str
    index: tuple[int, ...]
    name: Name
    index_label: str
    when: str
    optimizer: str
    order: str
    order_sentence: str
    count: int | None
    before: float
    gradient: float | None
    after: float | None
    before_text: str
    after_text: str | None
    lines: tuple[Line, ...]
    slots: tuple[SlotRow, ...]


def is_for(picture: Picture, node: Node) -> bool:
    """Whether a node is one that updates may move."""
    return node.kind == "parameter"


def update(scene: Scene) -> UpdateSection:
    """The update of the number looked at."""
    found: Update = scene.reading.update_of(scene.id, scene.index)
    order = found.optimizer.update_order
    return UpdateSection(
        id=found.id,
        index=found.index,
        name=textbook(found.id),
        index_label=index_text(found.index),
        when=found.when,
        optimizer=found.optimizer.title,
        order=order,
        order_sentence=UPDATE_ORDERS[order].sentence if order == SEQUENTIAL else "",
        count=found.count,
        before=found.before,
        gradient=found.gradient,
        after=found.after,
        before_text=written(found.before),
        after_text=None if found.after is None else written(found.after),
        lines=tuple(line(scene.picture.graph, step) for step in found.steps),
        slots=tuple(map(slot_row, found.slots)),
    )


def line(graph: Graph, step: Assignment) -> Line:
    """One assignment in symbols and in numbers."""
    target = step.target
    name = target.latex if isinstance(target, Named) else None
    return Line(
        title=step.title,
        latex=name,
        left=called(graph, target) if name is None else latex(name),
        symbols=pieces(graph, step.formula),
        numbers=pieces(graph, step.formula, DIGITS),
        result=pieces(graph, Number(step.value), DIGITS),
        text=step.formula.text(),
        value=step.value,
    )


def slot_row(change: SlotChange) -> SlotRow:
    """One slot before and after."""
    after = None if change.after is None else written(change.after)
    slot = change.slot
    return SlotRow(
        name=slot.name,
        title=slot.title,
        symbol=latex(slot.latex),
        before=change.before,
        after=change.after,
        before_text=written(change.before),
        after_text=after,
    )
