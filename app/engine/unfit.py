"""Losses that are not made for what they are given, and data that are not made for the steps."""

from __future__ import annotations

import numpy as np

from app.engine.course import RECENT, Course, Evidence, size_of
from app.engine.illness import LARGE_INPUTS, NEARLY_ALL, dead, too_fast

MOSTLY_FLOOR = 0.5
"""Where so much of a loss is out of reach, hardly anything is left to be learned."""
LARGE_TARGETS, FAR, FAR_AFTER, LONG = 30.0, 0.1, 20, 1000
"""Targets of a size that a net which begins at about 1 needs long to reach: after so many iterations it is not at a
tenth of them, and at this pace it needs more than so many."""
USUAL_RATE = 1.0
"""A larger rate goes too far for data of any size."""
SORTS = {(True, True): "both", (True, False): "targets", (False, True): "inputs", (False, False): ""}
"""What is large: the targets, the inputs."""


def mismatched(course: Course) -> Evidence | None:
    """The loss is not made for what it is given: it is no number there, or most of it is out of reach."""
    if not course.has_gauges and not len(course.losses):
        return None
    for found in course.mismatches:
        if found.kind == "single" or (found.kind == "probabilities" and is_no_number(course, found.node)):
            return Evidence((found.node,), sort=found.kind, is_first=True, mismatch=found)
        if len(course.finite) and found.floor > MOSTLY_FLOOR * (last := float(np.median(course.finite[-RECENT:]))):
            return Evidence((found.node,), None, {"last": last}, found.kind, True, mismatch=found)
    return beyond_probabilities(course)


def is_no_number(course: Course, id: str) -> bool:
    """Whether a loss of probabilities was not finite, or what it is given at this moment are none."""
    return len(course.finite) < len(course.losses) or bool(beyond(course, id).size)


def beyond(course: Course, id: str) -> np.ndarray:
    """The numbers of a node that are no probabilities, at this moment."""
    numbers = course.shown.value(id) if course.shown else np.empty(0)
    return numbers[(numbers < 0.0) | (numbers > 1.0)]


def beyond_probabilities(course: Course) -> Evidence | None:
    """A loss of probabilities is given other numbers at this moment."""
    node = course.graph.criterion
    if node is None or node.row.takes != "probabilities" or not (found := beyond(course, node.inputs[0])).size:
        return None
    return Evidence((node.inputs[0], node.id), None, {"number": float(found[0])}, "beyond", True)


def unscaled(course: Course) -> Evidence | None:
    """The data are so large that steps which would do for numbers of about 1 go too far, or get nowhere."""
    if course.inputs is None or course.targets is None:
        return None
    targets, inputs = size_of(course.targets), size_of(course.inputs)
    criterion = course.graph.criterion
    has_targets = criterion is not None and criterion.row.takes == "numbers" and targets > LARGE_TARGETS
    numbers = {"inputs": inputs, "targets": targets, "count": len(course.losses)}
    if (course.rate <= USUAL_RATE and too_fast(course)) or (has_targets and is_thrown(course)):
        sort = SORTS[has_targets, inputs > LARGE_INPUTS]
        return Evidence((), None, numbers, sort) if sort else None
    if not has_targets or course.told is None or len(course.finite) < FAR_AFTER or not course.is_stuck:
        return None
    answers = size_of(course.told[0])
    needed = len(course.losses) * targets / answers if answers else np.inf
    is_far = answers < FAR * targets and needed > LONG
    return Evidence((), None, {**numbers, "answers": answers, "needed": needed}, "far") if is_far else None


def is_thrown(course: Course) -> bool:
    """Whether steps have put whole layers where they hardly learn any more."""
    curves = [(id, "saturated_share") for id in course.hidden]
    curves = [one for one in curves if course.has(*one)]
    ill = dead(course)
    return bool(ill and not ill.is_first) or any(
        course.lately(*one) >= NEARLY_ALL > course.first(*one) for one in curves if course.has_gauges
    )
