"""What can go wrong in training, told from a run's numbers: its losses, gauges and parameters. Words are elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from app.engine import flow
from app.engine.flow import Layer
from app.engine.graph import Graph

RECENT = 5
"""So many gauges have one say: a single odd minibatch makes no illness, and none hides one."""
VANISHED = 1e-4
"""Beside the largest, a gradient this small is lost: while one layer learns for an iteration, this one needs 10,000."""
EXPLODED = 100.0
"""A gradient so many times its weights is a step as long as they are at a rate of 0.01, and healthy nets begin below
10: whatever the rate, the first steps forget what the net began with."""
GROWN = 10.0
"""Of weights that enlarge what passes so many times in all; without that, large gradients come from large inputs or
targets, and a small rate may do."""
ALIKE, ROUNDING = 1e-6, 1e-12
"""Numbers closer than this share of the largest count as the same, as do such as rounding alone makes of 0."""
MOST_OFF = 0.5
"""More than half of all units: what is left is another, smaller net than was asked for."""
NEARLY_ALL = 0.9
"""Of one layer nine in ten; every other layer learns only from what this one lets pass."""
FEWEST_ROWS = 8
"""On fewer rows any unit may be off, or far out, by chance."""
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
NO_PROGRESS = 0.5
"""A loss still above half the first one: what a net has learned excuses how it looks inside."""
SLOW_STEP, SLOW_FALL, SLOW_AFTER = 1e-5, 0.01, 100
"""Steps of a hundredth of the usual thousandth of the weights, after which the loss has not fallen by a hundredth."""
USUAL_GRADIENT = 1e-3
"""A gradient at least so large beside its weights would do, with a rate that fits."""
OVERFITTED, OVERFITTED_FOR = 1.2, 4
"""A validation loss a fifth above its best one, for so many gauges on end, while the training loss fell."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What tells an illness: the nodes it shows at, the worst first, an iteration, numbers by name, and of what sort.

    `is_first`: the run began with it, so that nothing learned since can be its cause.
    """

    nodes: tuple[str, ...] = ()
    iteration: int | None = None
    numbers: Mapping[str, float] = field(default_factory=dict)
    sort: str = ""
    is_first: bool = False


@dataclass(frozen=True, eq=False)
class Course:
    """A run up to one moment.

    `losses` are those of its finished iterations. `columns` are the gauges by name, taken at `iterations`; the last of
    them may be this moment's own. `steps` are the sizes of this moment's update beside the weights it moves, where it
    is known. `rows` and `inputs` are those of its batch. `is_full_batch`: every iteration sees all rows with nothing
    dropped, so that the losses can be compared one by one.
    """

    graph: Graph
    losses: np.ndarray
    iterations: np.ndarray
    columns: Mapping[str, np.ndarray]
    parameters: Mapping[str, np.ndarray]
    steps: Mapping[str, float] = field(default_factory=dict)
    rows: int = 1
    is_full_batch: bool = True
    first_non_finite: str | None = None
    inputs: np.ndarray | None = None

    @cached_property
    def layers(self) -> tuple[Layer, ...]:
        return flow.layers(self.graph)

    @cached_property
    def hidden(self) -> tuple[Layer, ...]:
        """The layers whose activation can be measured and feeds another layer."""
        return tuple(layer for layer in self.layers if layer.is_hidden and layer.activation)

    @property
    def has_gauges(self) -> bool:
        return len(self.iterations) > 0

    def first(self, id: str, column: str) -> float:
        """A gauge as the run began."""
        return float(self.columns[f"{id}.{column}"][0])

    def lately(self, id: str, column: str) -> float:
        """The median of the last few gauges."""
        return float(np.median(self.columns[f"{id}.{column}"][-RECENT:]))

    def has(self, id: str, column: str) -> bool:
        return f"{id}.{column}" in self.columns

    @cached_property
    def finite(self) -> np.ndarray:
        """The losses before the first that is not finite."""
        bad = np.flatnonzero(~np.isfinite(self.losses))
        return self.losses[: bad[0]] if len(bad) else self.losses

    @property
    def fallen(self) -> float:
        """What share of the first loss is gone; of all training rows where minibatches alone are known to vary."""
        measured = self.columns.get("training.loss", self.finite) if not self.is_full_batch else self.finite
        losses = measured if len(measured) > 1 else self.finite
        return 1.0 - float(losses[-1] / losses[0]) if losses[0] else 0.0

    @property
    def is_stuck(self) -> bool:
        """Whether most of the first loss is still there."""
        return not len(self.finite) or float(np.median(self.finite[-RECENT:])) > NO_PROGRESS * self.finite[0]


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
    if len(weights) < 2 or weights.ndim != 2 or after.ndim != 2 or after.shape[1] != len(weights):
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
    worst = sorted(shares, key=shares.get, reverse=True)
    numbers = {"times": shares[worst[0]], "norm": course.first(worst[0], "gradient_norm")}
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
    return course.first(id, "gradient_norm") / weights if weights else np.nan


def vanishing(course: Course) -> Evidence | None:
    """The gradient gets lost on its way back over several layers; now, or at first, and nothing was learned since."""
    if len(course.layers) < 3 or not course.has_gauges:
        return None
    firsts = lost(course, [course.first(layer.weight, "gradient_norm") for layer in course.layers], True)
    now = lost(course, [course.lately(layer.weight, "gradient_norm") for layer in course.layers], False)
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
    found = [layer for layer in course.hidden if course.has(layer.activation, "dead_share")]
    if not found or not course.has_gauges or course.rows < FEWEST_ROWS:
        return None
    # What is off in one minibatch may be on in the next: the fewest of the last few are those that are always off.
    shares = {one.activation: float(course.columns[f"{one.activation}.dead_share"][-RECENT:].min()) for one in found}
    units = {id: int(np.prod(course.graph[id].shape[1:])) for id in shares}
    count = sum(shares[id] * units[id] for id in shares)
    worst = sorted(shares, key=shares.get, reverse=True)
    if not (count > MOST_OFF * sum(units.values()) or NEARLY_ALL <= shares[worst[0]] <= 1.0):
        return None
    numbers = {"count": round(count), "all": sum(units.values()), "share": shares[worst[0]]}
    is_first = course.first(worst[0], "dead_share") >= shares[worst[0]]
    return Evidence(tuple(id for id in worst if shares[id]), None, numbers, is_first=is_first)


def saturated(course: Course) -> Evidence | None:
    """Most of a hidden layer is at the ends of its curve, since the beginning or without having learned anything."""
    found = [layer for layer in course.hidden if course.has(layer.activation, "saturated_share")]
    if not found or not course.has_gauges or course.rows < FEWEST_ROWS:
        return None
    shares = {one.activation: course.lately(one.activation, "saturated_share") for one in found}
    firsts = {id: course.first(id, "saturated_share") for id in shares}
    ill = [id for id in shares if min(shares[id], firsts[id]) > MOST_OFF]
    if course.is_stuck:
        ill += [id for id in shares if shares[id] >= NEARLY_ALL and id not in ill]
    if not ill:
        return None
    worst = sorted(ill, key=shares.get, reverse=True)
    size, is_first = size_of_inputs(course), firsts[worst[0]] > MOST_OFF
    sort = ("inputs" if size > LARGE_INPUTS else "weights") if is_first else ""
    numbers = {"share": shares[worst[0]], "first": firsts[worst[0]], "size": size}
    return Evidence(tuple(worst), None, numbers, sort, is_first)


def size_of_inputs(course: Course) -> float:
    """The root mean square of this batch's inputs; NaN where there are none."""
    return float(np.sqrt(np.mean(course.inputs**2))) if course.inputs is not None else np.nan


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
    return Evidence((course.first_non_finite,)) if course.first_non_finite else None


def too_slow(course: Course) -> Evidence | None:
    """The gradient is an ordinary one, but each step is a tiny part of the weights, and the loss hardly falls."""
    losses = course.finite
    if len(losses) < SLOW_AFTER or not course.steps or not course.has_gauges:
        return None
    step, fallen = max(course.steps.values()), course.fallen
    largest = max((beside(course, layer.weight) for layer in course.layers), default=0.0)
    if not 0 < step < SLOW_STEP or not 0 < fallen < SLOW_FALL or not largest > USUAL_GRADIENT:
        return None
    return Evidence((), None, {"step": step, "fallen": fallen, "count": len(losses)})


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
