"""One number's update, line by line: what the optimizer makes of its gradient and of what it remembers."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from app.engine.assignment import Assignment
from app.engine.formula import Named, Place
from app.engine.graph import Graph, Node
from app.engine.optim import Optimizer, Slot
from app.errors import N_, Invalid
from app.session.edits import node_of
from app.session.iteration import steps_of
from app.session.moment import Picture
from app.session.replay import Replay

When = Literal["done", "to come", "not run", "frozen", "no path"]


@dataclass(frozen=True, slots=True)
class SlotChange:
    """What the optimizer remembers of a number: before the update and, once there is a gradient, after it."""

    slot: Slot
    before: float
    after: float | None


@dataclass(frozen=True, slots=True)
class Update:
    """How one number of a parameter moves from `before` to `after` in the iteration shown, its `count`-th update.

    `when` says whether the update is done at this moment or still to come; without a gradient there are no steps and no
    `after`: it is not computed yet (`not run`), or the number is never updated (`frozen`, `no path`).
    """

    id: str
    index: tuple[int, ...]
    when: When
    optimizer: Optimizer
    before: float
    gradient: float | None
    count: int | None = None
    slots: tuple[SlotChange, ...] = ()
    steps: tuple[Assignment, ...] = ()
    after: float | None = None


def parameter_of(graph: Graph, id: str) -> Node:
    """A parameter by its id. Raises NotFound, or Invalid for what is none."""
    node = node_of(graph, id)
    if node.kind != "parameter":
        raise Invalid(N_("Only parameters are updated; {node} is none."), node=id)
    return node


def is_ready(picture: Picture) -> bool:
    """Whether updates can be told as soon as their gradient is known; clipping by the norm waits for all of them."""
    return not picture.optimizer.clip_norm or picture.cursor.position >= picture.graph.backward_end


def itemized(replay: Replay, picture: Picture, id: str, index: tuple[int, ...]) -> Update:
    """The update of one number in the iteration where the runner stands."""
    found, optimizer = picture.gradient(id) if is_ready(picture) else None, picture.optimizer
    gradient = None if found is None else float(found[index])
    if picture.update_position(id) is None:
        when: When = "frozen" if id in picture.frozen else "no path"
        return Update(
            id=id,
            index=index,
            when=when,
            optimizer=optimizer,
            before=float(picture.snapshot.value(id)[index]),
            gradient=gradient,
        )
    before, remembered, count = replay.beginning(id, index)
    number = Place(id, index, before)
    steps = steps_of(picture, number, math.nan if gradient is None else gradient, count, remembered)
    slots = changes(optimizer, remembered, steps)
    if gradient is None:
        untold = tuple(SlotChange(change.slot, change.before, None) for change in slots)
        return Update(
            id=id,
            index=index,
            when="not run",
            optimizer=optimizer,
            before=before,
            gradient=None,
            count=count,
            slots=untold,
        )
    is_done = picture.is_updated(id)
    # The engine computes the same number in another order: where it has, its last bits are the ones on the page.
    after = float(picture.snapshot.value(id)[index]) if is_done else steps[-1].value
    return Update(
        id=id,
        index=index,
        when="done" if is_done else "to come",
        optimizer=optimizer,
        before=before,
        gradient=gradient,
        count=count,
        slots=slots,
        steps=steps,
        after=after,
    )


def changes(optimizer: Optimizer, before: tuple[float, ...], steps: tuple[Assignment, ...]) -> tuple[SlotChange, ...]:
    """The slots that these steps use: descent without momentum has a buffer and leaves it alone."""
    after = {step.target.latex: step.value for step in steps if isinstance(step.target, Named)}
    pairs = zip(optimizer.slots, before, strict=True)
    return tuple(SlotChange(slot, number, after[slot.latex]) for slot, number in pairs if slot.latex in after)
