"""What can go wrong in training, told from a run's numbers: its losses, gauges and parameters. Words are elsewhere."""

from __future__ import annotations

from math import prod

import numpy as np

from app.engine import flow
from app.engine.course import ALIKE, FEWEST_ROWS, RECENT, ROUNDING, Course, Evidence, size_of

VANISHED = 1e-4
"""Beside the largest, a gradient this small is lost: while one layer learns for an iteration, this one needs 10,000."""
EXPLODED = 100.0
"""A gradient so many times its weights is a step as long as they are at a rate of 0.01, and healthy nets begin below
10: whatever the rate, the first steps forget what the net began with."""
GROWN = 10.0
"""Of weights that enlarge what passes so many times in all; without that, large gradients come from large inputs or
targets, and a small rate may do."""
MOST_OFF = 0.5
"""More than half of all units: what is left is another, smaller net than was asked for."""
NEARLY_ALL = 0.9
"""Of one layer nine in ten; every other layer learns only from what this one lets pass."""
LARGE_INPUTS = 10.0
"""Initial weights are made for inputs of about 1; the points of the plane reach to 6."""
RISEN = 2.0
"""A loss of so many times the first has lost more than there was to learn; minibatches alone vary less. Where every
row is in every batch, a loss above the first one is enough once it stays there."""
LEAPT = 10.0
"""One loss is enough where it is so many times the first."""
SWINGING, SWING = 0.8, 0.02
"""Full-batch descent that fits never rises (descent lemma). Here it rises about as much as it falls, to four fifths,
and by more than a fiftieth of the first loss each time."""
FEWEST_SWINGS, GETTING_ON = 10, 0.9
"""So many losses, of which the later half has not fallen by a tenth."""
SLOW_STEP, SLOW_FALL, SLOW_AFTER = 1e-5, 0.01, 100
"""Steps of a hundredth of the usual thousandth of the weights, after which the loss has not fallen by a hundredth."""
USUAL_GRADIENT = 1e-3
"""A gradient at least so large beside its weights would do, with a rate that fits."""
HOP = 0.1
"""A step of so much of a number does not leave the loss as it is, unless it leads to the other side of a valley."""
FADED = ("fading", "nearly_level", "small_factor", "small_slope", "vanishing", "underflow")
"""Causes of a gradient that is tiny by no merit."""
OVERFITTED, OVERFITTED_FOR = 1.2, 4
"""A validation loss a fifth above its best one, for so many gauges on end, while the training loss fell."""


def alike(course: Course) -> Evidence | None:
    """All units of a hidden layer have the same weights, in and out: they get the same gradients, and stay alike."""
    found = [
        layer.weight
        for layer, following in zip(course.layers, course.layers[1:], strict=False)
        if layer.is_hidden and are_alike(course, layer.weight, following.weight)
    ]
    if not found:
        return None
    units = len(course.parameters[found[0]])
    sort = "" if course.parameters[found[0]].any() else "zero"
    return Evidence(tuple(found), None, {"units": units}, sort, is_first=True)


def are_alike(course: Course, id: str, following: str) -> bool:
    """Whether the rows of a matrix, the biases beside it and the columns of the matrix behind it are all the same."""
    weights, after = course.parameters[id], course.parameters[following]
    if weights.ndim != 2 or len(weights) < 2 or after.ndim != 2 or after.shape[1] != len(weights):
        return False
    beside = [
        course.parameters[other]
        for user, _ in course.graph.consumers(id)
        for other in course.graph[user].inputs
        if other in course.parameters and course.parameters[other].shape == (len(weights),)
    ]
    return all(is_repeated(array) for array in (weights, after.T, *beside))


def is_repeated(array: np.ndarray) -> bool:
    """Whether all rows of an array are the same but for rounding."""
    with np.errstate(all="ignore"):
        return bool(np.abs(array - array[:1]).max() <= ALIKE * np.abs(array).max() + ROUNDING)


def exploding(course: Course) -> Evidence | None:
    """The run began with gradients that are huge beside the weights they belong to, as those enlarge what passes."""
    if not course.has_gauges or course.iterations[0] != 0 or growth(course) < GROWN:
        return None
    shares = {layer.weight: beside(course, layer.weight) for layer in course.layers}
    shares = {id: share for id, share in shares.items() if share > EXPLODED}
    if not shares:
        return None
    worst = sorted(shares, key=shares.__getitem__, reverse=True)
    numbers = {"times": shares[worst[0]]}
    return Evidence(tuple(worst), 0, numbers, is_first=True)


def growth(course: Course) -> float:
    """How many times larger the first weights make what passes through all layers, the mean of both ways.

    Numbers of one size come out of a matrix (units, inputs) ‖W‖ / √units times as large, gradients going back
    ‖W‖ / √inputs times; a relu lets half of the squares through (He et al. 2015, section 2.2).
    """
    gains = []
    for layer in course.layers:
        # Units times inputs are as many as there are weights.
        gain = course.first(layer.weight, "weight_norm") / course.graph[layer.weight].size ** 0.25
        is_relu = layer.activation is not None and course.has(layer.activation, "dead_share")
        gains.append(gain * 0.5**0.5 if is_relu else gain)
    return float(np.prod(gains)) if len(gains) > 1 else 1.0


def beside(course: Course, id: str) -> float:
    """The first gradient of some weights beside the weights themselves; NaN where those are 0."""
    weights = course.first(id, "weight_norm")
    return course.first(id, course.gradient_column(id)) / weights if weights else np.nan


def vanishing(course: Course) -> Evidence | None:
    """The gradient gets lost on its way back over several layers; now, or at first, and nothing was learned since."""
    if len(course.layers) < 3 or not course.has_gauges:
        return None
    columns = [(layer.weight, course.gradient_column(layer.weight)) for layer in course.layers]
    firsts = lost(course, [course.first(*column) for column in columns], True)
    now = lost(course, [course.lately(*column) for column in columns], False)
    return now if now and not firsts else firsts if now or course.is_stuck else None


def lost(course: Course, norms: list[float], is_first: bool) -> Evidence | None:
    """Whether the smallest of the layers' gradients is next to nothing beside the largest, which comes after it."""
    least, most = int(np.argmin(norms)), int(np.argmax(norms))
    if not 0 < norms[least] < VANISHED * norms[most] or most - least < 2:
        return None
    nodes = course.layers[least].weight, course.layers[most].weight
    share = norms[least] / norms[most]
    numbers = {"share": share, "least": norms[least], "most": norms[most], "each": share ** (1 / (most - least))}
    return Evidence(nodes, None, numbers, is_first=is_first)


def dead(course: Course) -> Evidence | None:
    """Most units of a net of relus are off in every row, so that nothing flows back through them."""
    found = [id for id in course.hidden if course.has(id, "dead_share")]
    if not found or not course.has_gauges or course.rows < FEWEST_ROWS:
        return None
    # What is off in one minibatch may be on in the next: the fewest of the last few are those that are always off.
    shares = {id: float(course.columns[f"{id}.dead_share"][-RECENT:].min()) for id in found}
    units = {id: prod(course.graph[id].shape[1:]) for id in shares}
    count = sum(shares[id] * units[id] for id in shares)
    worst = sorted(shares, key=shares.__getitem__, reverse=True)
    if not (count > MOST_OFF * sum(units.values()) or NEARLY_ALL <= shares[worst[0]] <= 1.0):
        return None
    numbers = {"count": round(count), "all": sum(units.values()), "share": shares[worst[0]]}
    is_first = course.first(worst[0], "dead_share") >= shares[worst[0]]
    return Evidence(tuple(id for id in worst if shares[id]), None, numbers, is_first=is_first)


def saturated(course: Course) -> Evidence | None:
    """Most of a hidden layer is at the ends of its curve, since the beginning or without having learned anything."""
    found = [id for id in course.hidden if course.has(id, "saturated_share")]
    if not found or not course.has_gauges or course.rows < FEWEST_ROWS:
        return None
    shares = {id: course.lately(id, "saturated_share") for id in found}
    firsts = {id: course.first(id, "saturated_share") for id in shares}
    ill = [id for id in shares if min(shares[id], firsts[id]) > MOST_OFF]
    if course.is_stuck:
        ill += [id for id in shares if shares[id] >= NEARLY_ALL and id not in ill]
    if not ill:
        return None
    worst = sorted(ill, key=shares.__getitem__, reverse=True)
    size, is_first = size_of(course.inputs) if course.inputs is not None else np.nan, firsts[worst[0]] > MOST_OFF
    sort = ("inputs" if size > LARGE_INPUTS else "weights") if is_first else ""
    numbers = {"share": shares[worst[0]], "first": firsts[worst[0]], "size": size}
    return Evidence(tuple(worst), None, numbers, sort, is_first)


def too_fast(course: Course) -> Evidence | None:
    """The loss overflows, rises above where it began, or swings without getting anywhere."""
    losses = course.finite
    if len(losses) < 2:
        return None
    if len(losses) < len(course.losses) and losses.max() > losses[0]:
        return Evidence((), len(losses), {"first": losses[0], "last": losses[-1]}, "overflowing")
    if losses[-1] <= LEAPT * abs(losses[0]):
        swings = swinging(course, losses[-max(FEWEST_SWINGS, len(losses) // 2) :])
        if swings or not has_risen(course, losses):
            return swings
    return Evidence((), len(losses) - 1, {"first": losses[0], "last": losses[-1]}, "rising")


def has_risen(course: Course, losses: np.ndarray) -> bool:
    """Whether the last few losses are above the first one."""
    times = 1.0 if course.is_full_batch and len(losses) >= FEWEST_SWINGS else RISEN
    return len(losses) > RECENT and float(np.median(losses[-RECENT:])) > times * abs(losses[0])


def swinging(course: Course, losses: np.ndarray) -> Evidence | None:
    """Whether losses that could all fall go up and down instead."""
    if not course.is_full_batch or len(losses) < FEWEST_SWINGS or not course.is_stuck:
        return None
    changes = np.diff(losses)
    if np.abs(changes).max() <= ALIKE * abs(losses[-1]):
        is_hopping = losses[-1] and max(course.steps.values(), default=0.0) > HOP
        return Evidence((), None, {"all": len(losses)}, "hopping") if is_hopping else None
    rises, falls = changes[changes > 0], -changes[changes < 0]
    up, down = float(rises.sum()), float(falls.sum())
    if min(up, down) < SWINGING * max(up, down) or up < SWING * abs(course.finite[0]) * len(changes):
        return None
    earlier, later = np.array_split(losses, 2)
    if np.median(later) < GETTING_ON * np.median(earlier):
        return None
    numbers = {"rises": len(rises), "all": len(changes), "low": losses.min(), "high": losses.max()}
    return Evidence((), len(course.finite) - len(losses), numbers, "swinging")


def non_finite(course: Course) -> Evidence | None:
    """A number of this moment, or a loss before it, is NaN or infinite."""
    if len(course.finite) < len(course.losses):
        return Evidence(
            (course.graph.loss.id,), len(course.finite), {"loss": course.losses[len(course.finite)]}, "loss"
        )
    first = course.first_non_finite
    return Evidence((first,), cause=course.cause(first)) if first else None


def too_slow(course: Course) -> Evidence | None:
    """Each step is a tiny part of what it moves, and the loss hardly falls, although the gradient is an ordinary one,
    or, in an expression, because it has faded on its way.
    """
    losses = course.finite
    if len(losses) < SLOW_AFTER or not course.steps or not course.has_gauges:
        return None
    step, fallen = max(course.steps.values()), course.fallen
    if not step < SLOW_STEP or not 0 <= fallen < SLOW_FALL:
        return None
    shares = {id: share for row in flow.measured(course.graph) if (share := beside(course, id := row.weight)) > 0}
    numbers = {"step": step, "fallen": fallen, "count": len(losses)}
    if max(shares.values(), default=0.0) > USUAL_GRADIENT:
        return Evidence((), None, numbers) if step and fallen else None
    cause = course.cause(max(shares, key=shares.__getitem__)) if shares and not course.layers else None
    return Evidence((), None, numbers, "faded", cause=cause) if cause and cause.kind in FADED else None


def overfitting(course: Course) -> Evidence | None:
    """The loss on the validation rows has long been above its best, and that on the training rows went on falling."""
    if not {"validation.loss", "training.loss"} <= course.columns.keys() or not course.has_gauges:
        return None
    validation, training = course.columns["validation.loss"], course.columns["training.loss"]
    if not np.isfinite(validation).all() or not np.isfinite(training).all():
        return None
    best = int(validation.argmin())
    since = validation[best + 1 :]
    if len(since) < OVERFITTED_FOR or since[-OVERFITTED_FOR:].min() < OVERFITTED * validation[best]:
        return None
    if training[-1] >= training[best]:
        return None
    numbers = {"best": validation[best], "now": validation[-1], "training": training[-1]}
    return Evidence((), int(course.iterations[best]), numbers)
