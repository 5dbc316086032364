"""When a run has reached its goal: one row for each condition, found out to the very iteration."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from app.session.gauges import Gauges
from app.session.run import Goal, Reason


@dataclass(frozen=True, slots=True)
class Watch:
    """What a run has to remember: its lowest validation loss, at which iteration, and how many gauges ago that was."""

    best: tuple[int, float] | None = None
    waited: int = 0

    def told(self, iteration: int, loss: float) -> Watch:
        """What it remembers after one gauge more; a loss that is not a number is never the best."""
        is_better = loss < (math.inf if self.best is None else self.best[1])
        return Watch((iteration, loss), 0) if is_better else Watch(self.best, self.waited + 1)


@dataclass(frozen=True, slots=True)
class Reached:
    """A goal that was reached, or numbers that are not finite: with iteration `head` − 1."""

    head: int
    reason: Reason


def look(goal: Goal, begin: int, losses: np.ndarray, gauges: Gauges, watch: Watch) -> tuple[Reached | None, Watch]:
    """The first condition that holds from iteration `begin` on, whose losses (iterations,) are known, and what is
    remembered then.
    """
    found = [_below(goal, begin, losses)]
    places = (gauges.iterations >= begin) & (gauges.iterations < begin + len(losses))
    for place in np.flatnonzero(places):
        iteration = int(gauges.iterations[place])
        if found[0] is not None and found[0].head <= iteration:
            break
        watch, reason = _at(goal, gauges, int(place), watch)
        if reason is not None:
            found.append(Reached(iteration + 1, reason))
            break
    return min((one for one in found if one), key=lambda one: one.head, default=None), watch


def _below(goal: Goal, begin: int, losses: np.ndarray) -> Reached | None:
    """The first iteration whose loss is below the one wanted."""
    if goal.loss_below is None:
        return None
    places = np.flatnonzero(losses < goal.loss_below)
    return Reached(begin + int(places[0]) + 1, "loss_below") if len(places) else None


def _at(goal: Goal, gauges: Gauges, place: int, watch: Watch) -> tuple[Watch, Reason | None]:
    """What one gauge says."""
    if gauges.has("validation.loss"):
        loss = float(gauges.column("validation.loss")[place])
        watch = watch.told(int(gauges.iterations[place]), loss)
    for reason, holds in AT_GAUGES.items():
        wanted = getattr(goal, reason)
        if wanted is not None and holds(wanted, gauges, place, watch):
            return watch, reason
    return watch, None


def _is_gradient_below(wanted: float, gauges: Gauges, place: int, watch: Watch) -> bool:
    return bool(gauges.column("gradient_norm")[place] < wanted)


def _is_rising(wanted: int, gauges: Gauges, place: int, watch: Watch) -> bool:
    return watch.waited >= wanted


AT_GAUGES: Mapping[Reason, Callable[..., bool]] = {
    "gradient_norm_below": _is_gradient_below,
    "validation_rising": _is_rising,
}
"""The conditions that a gauge decides, by the name that the goal has for them."""
