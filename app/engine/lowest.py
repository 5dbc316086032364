"""Losses that have no lowest value, and places without a gradient that are not one."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

import numpy as np

from app.engine.course import ROUNDING, Course, Evidence
from app.engine.optim import SGD
from app.engine.snapshot import Snapshot

DECADES = 10.0 ** np.arange(9)
"""How many gradients away the loss is looked at, to see whether it falls without end."""
NO_LESS = 0.9
"""What still falls by so much of the decade before, decade after decade, does not come to an end."""
MOST_MOVED, MOVE = 64, 0.01
"""So many numbers are moved, by so much of their size, to see whether a place without a gradient is a lowest one."""
LOWEST = ("met", "certain", "kept")
"""Causes of a gradient of 0 that are no trouble: the loss has its lowest value there."""


def unbounded(course: Course) -> Evidence | None:
    """The loss falls, and goes on falling however far one goes: it has no lowest value."""
    losses = course.finite
    if len(losses) < 2 or not losses[-1] < losses[0]:
        return None
    numbers = {"first": losses[0], "last": losses[-1]}
    if len(losses) < len(course.losses):
        is_at_end = course.losses[len(losses)] == -np.inf or (losses[-1] < 0 and is_no_end(-np.diff(losses)[-3:]))
        return Evidence((course.graph.loss.id,), len(losses), numbers, "overflowing") if is_at_end else None
    if course.along is None or course.shown is None or not course.trained:
        return None
    downhill = {id: -course.shown.gradient(id) for id in course.trained}
    far = course.along(downhill, np.array([0.0, *DECADES]))
    return Evidence((course.graph.loss.id,), None, numbers, "falling") if is_no_end(-np.diff(far)) else None


def is_no_end(falls: np.ndarray) -> bool:
    """Whether a loss falls each time, and at last by no less than the time before; −∞ is as far as it can."""
    falls = falls[: np.argmax(falls == np.inf)] if (falls == np.inf).any() else falls
    late = falls[-4:]
    return bool(len(falls) > 1 and (falls > 0).all() and (late[1:] >= NO_LESS * late[:-1]).all())


def standing(course: Course) -> Evidence | None:
    """Every gradient is exactly 0, so that nothing moves any more, and not because the loss is at its lowest."""
    if course.shown is None or not course.trained or is_moving(course, course.shown):
        return None
    first, loss = course.trained[0], course.graph.loss.id
    cause = course.cause(first)
    here = float(course.shown.value(loss))
    around = np.array(here)
    if course.along is not None:
        around = np.concatenate([course.along(*move) for move in moves(course)])
    if np.nanmin(around) < here - ROUNDING * max(1.0, abs(here)):
        return Evidence((loss,), None, {"here": here, "lower": np.nanmin(around)}, "saddle")
    is_flat = np.all(around == here) and cause is not None and cause.kind not in LOWEST
    return Evidence((first,), None, {}, "flat", cause=cause) if is_flat else None


def is_moving(course: Course, shown: Snapshot) -> bool:
    """Whether something may yet move the parameters: a gradient, that of other rows or of before, a decay."""
    settings = course.optimizer
    forgets = isinstance(settings, SGD) and not settings.momentum
    before = 0.0 if forgets else course.columns["gradient_norm"]
    has_gradient = any(shown.gradient(id).any() for id in course.trained)
    return has_gradient or not course.is_full_batch or bool(settings.weight_decay or np.any(before))


def moves(course: Course) -> Iterator[tuple[dict[str, np.ndarray], np.ndarray]]:
    """Directions to either side: each number by itself, then all of them with signs that tell any two apart."""
    sizes = {id: course.graph[id].size for id in course.trained}
    places = np.arange(sum(sizes.values()))
    count = min(len(places), MOST_MOVED)
    units = (1.0 * (places == place) for place in range(count))
    signs = (1.0 - 2.0 * (places >> bit & 1) for bit in range(count.bit_length()))
    for vector in chain(units, signs):
        parts = np.split(vector, np.cumsum([*sizes.values()])[:-1])
        direction = {id: part.reshape(course.graph[id].shape) for id, part in zip(sizes, parts, strict=True)}
        yield direction, MOVE * np.array([-1.0, 1.0])
