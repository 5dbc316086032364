"""What a difference made, in sentences: where the runs part, the loss at the same moment, how soon it was reached."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from app.errors import N_
from app.notation import numbers
from app.pages.comparison.side import SETS, Side
from app.views.train.words import Said, unit

LEFT = N_("{child} left {parent} at iteration {iteration}; up to there both are the same run, bit by bit.")
KEPT = N_("{child} began a run of its own with the parameters that {parent} had at iteration {iteration}.")
ANEW = N_("{child} began a run of its own with other first weights.")
SIBLINGS = N_("A and B left the same run, A at iteration {one} and B at iteration {other}.")
AT = N_("At iteration {iteration} the loss is {one} in A against {other} in B.")
SAME = N_("At iteration {iteration} both have the loss {one}.")
REACHED = N_("A reached a loss of {loss} after {one} iterations, B after {other}.")
BROKEN = N_("The loss of {letter} is not finite from iteration {iteration} on.")
NOTHING = N_("No iteration is run in both: run them, and the curves begin.")
APART = N_("A has run for {one} iterations, B for {other}; what follows is of the newest moment of each.")
UNLIKE = N_("The losses of A and B measure different things, so they are not compared.")
ERRORS = {
    "test": N_("On the test rows the answers are off by {one} on average in A, by {other} in B."),
    "validation": N_("On the validation rows the answers are off by {one} on average in A, by {other} in B."),
    "training": N_("On the training rows the answers are off by {one} on average in A, by {other} in B."),
}
ACCURACIES = {
    "test": N_("Test accuracy: {one} in A, {other} in B."),
    "validation": N_("Validation accuracy: {one} in A, {other} in B."),
    "training": N_("Training accuracy: {one} in A, {other} in B."),
}


@dataclass(frozen=True, slots=True)
class Met:
    """The last iteration that both know, with both losses there."""

    iteration: int
    one: float
    other: float


@dataclass(frozen=True, slots=True)
class Reached:
    """A round loss that both have reached, and after how many iterations each."""

    loss: float
    one: int
    other: int


def met(one: Side, other: Side) -> Met | None:
    """Where the two can be compared last."""
    (here, a), (there, b) = one.fit, other.fit
    # Both are in order already; intersect1d would hash a million numbers first.
    places = np.searchsorted(there, here, side="right") - 1
    shared = np.flatnonzero((places >= 0) & (there[places] == here)) if len(there) else there
    if not len(shared):
        return None
    at = int(shared[-1])
    return Met(int(here[at]), float(a[at]), float(b[places[at]]))


def reached(one: Side, other: Side, since: int = 0) -> Reached | None:
    """The lowest round loss that both reached, unless one of them began below it or they got there together."""
    lowest = [float(np.nanmin(side.fit[1])) if np.isfinite(side.fit[1]).any() else math.nan for side in (one, other)]
    if not all(loss > 0 for loss in lowest):
        return None
    found = (arrival(one, other, loss, since) for loss in rounded_up(max(lowest)))
    return next(filter(None, found), None)


def arrival(one: Side, other: Side, loss: float, since: int) -> Reached | None:
    """When each reached a loss, if both were above it where they parted and did not get there together."""
    step = max(apart(side) for side in (one, other))
    first = [first_at(side, loss, step) for side in (one, other)]
    if None in first or min(first) <= since or first[0] == first[1]:
        return None
    return Reached(loss, *first)


def apart(side: Side) -> int:
    """How many iterations lie between two that are compared."""
    return int(np.diff(side.fit[0]).max(initial=1))


def first_at(side: Side, loss: float, step: int) -> int | None:
    """The first of every so many iterations whose loss is as low as that: who is measured oftener arrives no sooner."""
    at, values = side.fit
    with np.errstate(invalid="ignore"):
        found = np.flatnonzero((values <= loss) & (at % step == 0))
    return int(at[found[0]]) if len(found) else None


def rounded_up(loss: float) -> tuple[float, float]:
    """The next of 1, 2 and 5 times a power of ten that is not lower; and the next number of two digits."""
    # By its digits: a power of ten may be no number where the loss is one.
    digits, _, power = f"{loss:.16e}".partition("e")
    coarse = next(factor for factor in (1, 2, 5, 10) if factor >= float(digits) * (1 - 1e-12))
    return float(f"{coarse}e{power}"), float(f"{math.ceil(float(digits) * 10)}e{int(power) - 1}")


def sentences(one: Side, other: Side) -> Iterator[Said]:
    """What there is to say, in order."""
    yield from origins(one, other)
    yield from compared(one, other) if are_alike(one, other) else [Said(UNLIKE, {})]
    if are_alike(one, other) and (found := unit(one.picture.problem)):
        yield found
    yield from figures(one, other, "accuracy", ACCURACIES)
    yield from figures(one, other, "mean_error", ERRORS)
    for side in (one, other):
        broken = np.flatnonzero(~np.isfinite(side.losses))
        if broken.size:
            yield Said(BROKEN, {"letter": side.letter, "iteration": int(broken[0])})


def are_alike(one: Side, other: Side) -> bool:
    """Whether both losses are the same measure of the same target: of one kind, and in one unit."""
    a, b = one.picture.problem, other.picture.problem
    scales = [(scale.shift, scale.divisor) for scale in (a.target_scale, b.target_scale)]
    return a.loss == b.loss and all(np.array_equal(*pair) for pair in zip(*scales, strict=True))


def compared(one: Side, other: Side) -> Iterator[Said]:
    """The losses where they can be compared last, and who came how far how soon."""
    found = met(one, other)
    if found is None:
        yield Said(NOTHING, {})
    else:
        yield from losses(found)
    goal = reached(one, other, parting(one, other) or 0)
    if goal:
        yield Said(REACHED, {"loss": numbers.short(goal.loss), "one": goal.one, "other": goal.other})


def losses(found: Met) -> Iterator[Said]:
    """The two losses at the last iteration that both know."""
    one, other = numbers.short(found.one, 4), numbers.short(found.other, 4)
    yield Said(SAME if one == other else AT, {"iteration": found.iteration, "one": one, "other": other})


def origins(one: Side, other: Side) -> Iterator[Said]:
    """Where the two runs come from, if one is the other's branch or both are of the same session."""
    for child, parent in ((one, other), (other, one)):
        lineage = child.picture.lineage
        if lineage is not None and lineage.parent == parent.id:
            template = LEFT if lineage.is_continued else KEPT if "activation" in lineage.change else ANEW
            said = {"child": child.letter, "parent": parent.letter, "iteration": lineage.iteration}
            yield Said(template, said)
            return
    here, there = one.picture.lineage, other.picture.lineage
    if here is not None and there is not None and here.has_parent_of(there):
        yield Said(SIBLINGS, {"one": here.iteration, "other": there.iteration})


def parting(one: Side, other: Side) -> int | None:
    """The iteration from which on the runs differ, where one goes on with the other's."""
    for child, parent in ((one, other), (other, one)):
        lineage = child.picture.lineage
        if lineage is not None and lineage.parent == parent.id and lineage.is_continued:
            return lineage.iteration
    here, there = one.picture.lineage, other.picture.lineage
    is_shared = here is not None and there is not None and here.has_parent_of(there)
    if is_shared and here.is_continued and there.is_continued:
        return min(here.iteration, there.iteration)
    return None


def figures(one: Side, other: Side, quantity: str, templates: Mapping[str, str]) -> Iterator[Said]:
    """A figure of the freshest rows that both have, and of which moments it is where those differ."""
    for rows in reversed(SETS):
        if one.score(rows, quantity) is not None and other.score(rows, quantity) is not None:
            if one.count != other.count:
                yield Said(APART, {"one": one.count, "other": other.count})
            yield Said(templates[rows], {"one": one.said(rows, quantity), "other": other.said(rows, quantity)})
            return
