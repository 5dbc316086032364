"""Penalties that are too strong for their weights."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from app.engine import flow
from app.engine.course import FEWEST_ROWS, Course, Evidence
from app.engine.optim import SGD, AdamW

EMPTIED, SAME_ANSWER = 0.1, 0.1
"""A tenth of the first weights, and answers that differ by less than a tenth of what the targets do."""
USUAL = 0.01
"""A weaker penalty does not empty weights; where they are empty, there was nothing to be learned."""


def penalized(course: Course) -> Evidence | None:
    """A penalty is too strong: its own steps make the weights larger, or throw them about, or leave none of them."""
    if not course.has_gauges:
        return None
    return flipping(course) or jumping(course) or emptied(course)


def flipping(course: Course) -> Evidence | None:
    """A step against the weights themselves is longer than they are twice over, so that it leaves them larger.

    w ← w − ηλw grows from ηλ = 2 on; with momentum μ from 2(1 + μ), Nesterov's from 2(1 + μ) / (1 + 2μ) on. Adam's
    kin divide λw by its own size, but AdamW takes off ηλw directly.
    """
    settings, pulls = course.optimizer, dict(rates_of(course, "l2_penalty"))
    bound, decay = 2.0, settings.weight_decay
    if isinstance(settings, SGD):
        mu = settings.momentum
        bound = 2.0 * (1.0 + mu) / (1.0 + 2.0 * mu if settings.nesterov else 1.0)
        is_clipped = settings.clip_norm or settings.clip_value
        pulls = {id: decay + (0.0 if is_clipped else pulls.get(id, 0.0)) for id in course.trained}
    elif isinstance(settings, AdamW):
        pulls = dict.fromkeys(course.trained, decay)
    else:
        return None
    worst = max(pulls, key=pulls.__getitem__, default=None)
    if worst is None or course.rate * pulls[worst] < bound:
        return None
    numbers = {"rate": course.rate, "penalty": pulls[worst], "product": course.rate * pulls[worst], "bound": bound}
    return Evidence((worst,), None, numbers, "momentum" if bound != 2.0 else "flipping", True)


def rates_of(course: Course, op: str) -> Iterator[tuple[str, float]]:
    """The parameters that updates move and an op penalizes, each with the penalty's rate."""
    for id in course.trained:
        for node in flow.penalties(course.graph, id):
            if node.op == op and (rate := course.graph[node.inputs[1]].initial) is not None:
                yield id, float(rate * (course.shown.gradient(node.id) if course.shown else 1.0))


def jumping(course: Course) -> Evidence | None:
    """The step of L1, which is as long for small weights as for large ones, is longer than the weights are."""
    if not isinstance(course.optimizer, SGD):
        return None
    for id, penalty in rates_of(course, "l1_penalty"):
        size = course.lately(id, "weight_norm") / course.graph[id].size ** 0.5 if course.has(id, "weight_norm") else 0.0
        if 0.0 < size <= course.rate * penalty:
            numbers = {"rate": course.rate, "penalty": penalty, "product": course.rate * penalty, "size": size}
            return Evidence((id,), None, numbers, "jumping")
    return None


def emptied(course: Course) -> Evidence | None:
    """Weights have all but gone, and so has what tells one row from another."""
    if course.told is None or course.rows < FEWEST_ROWS:
        return None
    strong = {id for op in flow.PENALTIES for id, rate in rates_of(course, op) if rate > USUAL}
    is_decayed = course.optimizer.weight_decay > USUAL
    ids = [row.weight for row in course.layers if is_decayed or row.weight in strong]
    shares = {id: course.lately(id, "weight_norm") / first for id in ids if (first := course.first(id, "weight_norm"))}
    gone = sorted((id for id in shares if shares[id] < EMPTIED), key=shares.__getitem__)
    if not gone or not spread(course.told[0]) < SAME_ANSWER * spread_of_targets(*course.told):
        return None
    return Evidence(tuple(gone), None, {"share": shares[gone[0]]}, "emptied")


def spread(numbers: np.ndarray) -> float:
    """How far the rows of some numbers differ, in the column in which they differ most."""
    return float(np.std(numbers, axis=0).max())


def spread_of_targets(answers: np.ndarray, targets: np.ndarray) -> float:
    """How far targets differ; class numbers differ by whether they are the class."""
    return spread(targets) if targets.ndim == answers.ndim else float(targets.min() != targets.max())
