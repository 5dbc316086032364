"""Schedules of the learning rate: one frozen dataclass each, with torch.optim.lr_scheduler's formulas in closed form.

`rate(eta, done)` is the rate of an update when so many updates are done; it is a plain NumPy expression: given numbers
or staged symbols it computes, given formulas it is written out, without what has no part in it at that moment.
`done` starts at 0, as `last_epoch` does in PyTorch.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from math import pi
from typing import Any, ClassVar

import numpy as np

from app.engine.formula import Formula, Named
from app.errors import N_

PYTORCH = "https://pytorch.org/docs/stable/generated/torch.optim.lr_scheduler."


def _number(default: Any, label: str, latex: str, **bounds: float) -> Any:
    """One number of a schedule, its bounds (`minimum`, `above`, `most`) and its letter."""
    return field(default=default, metadata={"label": label, "latex": latex, **bounds})


def _gamma() -> Any:
    return _number(0.1, N_("factor γ"), r"\gamma", above=0.0)


def _iterations(default: int, label: str, latex: str) -> Any:
    return _number(default, label, latex, minimum=1)


@dataclass(frozen=True, slots=True)
class Constant:
    """The same rate for ever."""

    kind: ClassVar[str] = "constant"
    label: ClassVar[str] = N_("constant")
    sentence: ClassVar[str] = N_("The rate stays what it is.")
    source: ClassVar[str] = ""

    def rate(self, eta: Any, done: Any) -> Any:
        return eta


@dataclass(frozen=True, slots=True)
class Step:
    """The rate falls by a factor every so many iterations."""

    kind: ClassVar[str] = "step"
    label: ClassVar[str] = N_("in steps")
    sentence: ClassVar[str] = N_("Every so many iterations the rate is multiplied by γ.")
    source: ClassVar[str] = PYTORCH + "StepLR.html"

    step_size: int = _iterations(100, N_("iterations of a step"), "s")
    gamma: float = _gamma()

    def rate(self, eta: Any, done: Any) -> Any:
        return eta * self.gamma ** np.floor(done / self.step_size)


@dataclass(frozen=True, slots=True)
class Exponential:
    """The rate falls by a factor every iteration."""

    kind: ClassVar[str] = "exponential"
    label: ClassVar[str] = N_("exponential")
    sentence: ClassVar[str] = N_("Every iteration the rate is multiplied by γ.")
    source: ClassVar[str] = PYTORCH + "ExponentialLR.html"

    gamma: float = _number(0.999, N_("factor γ"), r"\gamma", above=0.0)

    def rate(self, eta: Any, done: Any) -> Any:
        return eta * self.gamma**done


@dataclass(frozen=True, slots=True)
class Cosine:
    """The rate follows a cosine from its full size down to a least one (Loshchilov & Hutter 2017)."""

    kind: ClassVar[str] = "cosine"
    label: ClassVar[str] = N_("cosine")
    sentence: ClassVar[str] = N_(
        "The rate falls to its least along half a wave of a cosine; afterwards, as in PyTorch, it rises again."
    )
    source: ClassVar[str] = PYTORCH + "CosineAnnealingLR.html"

    t_max: int = _iterations(1000, N_("iterations of half a wave"), "T")
    eta_min: float = _number(0.0, N_("least rate"), r"\eta_{\min}", minimum=0.0)

    def rate(self, eta: Any, done: Any) -> Any:
        return self.eta_min + (eta - self.eta_min) * _fallen(done, self.t_max)


def _fallen(done: Any, t_max: Any) -> Any:
    """What half a wave of a cosine leaves: 1 at its beginning, 0 at its end."""
    turn = Named(r"\pi", pi) if isinstance(done, Formula) else pi
    return (1.0 + np.cos(turn * done / t_max)) / 2.0


def _warmed(eta: Any, done: Any, start_factor: Any, total_iters: Any) -> Any:
    """LinearLR: the rate while it rises in a straight line, and its full size afterwards."""
    share = done / total_iters
    if not isinstance(done, Formula):
        share = np.minimum(share, 1.0)
    elif done.value >= total_iters.value:
        return eta
    return eta * (start_factor + (1.0 - start_factor) * share)


def _start() -> Any:
    return _number(0.1, N_("part to start with"), "a", above=0.0, most=1.0)


@dataclass(frozen=True, slots=True)
class Warmup:
    """The rate rises in a straight line to its full size, and stays there (Goyal et al. 2017, section 2.2)."""

    kind: ClassVar[str] = "warmup"
    label: ClassVar[str] = N_("warm-up, then constant")
    sentence: ClassVar[str] = N_("The rate rises in a straight line to its full size and stays there.")
    source: ClassVar[str] = PYTORCH + "LinearLR.html"

    total_iters: int = _iterations(100, N_("iterations of warm-up"), "k")
    start_factor: float = _start()

    def rate(self, eta: Any, done: Any) -> Any:
        return _warmed(eta, done, self.start_factor, self.total_iters)


@dataclass(frozen=True, slots=True)
class WarmupCosine:
    """The rate rises in a straight line, then follows a cosine: LinearLR, then CosineAnnealingLR, in a SequentialLR.

    While it rises the cosine stands at its beginning, and once it falls the line stands at its end.
    """

    kind: ClassVar[str] = "warmup_cosine"
    label: ClassVar[str] = N_("warm-up, then cosine")
    sentence: ClassVar[str] = N_("The rate rises in a straight line to its full size, then falls along a cosine.")
    source: ClassVar[str] = PYTORCH + "SequentialLR.html"

    total_iters: int = _iterations(100, N_("iterations of warm-up"), "k")
    start_factor: float = _start()
    t_max: int = _iterations(1000, N_("iterations of half a wave"), "T")
    eta_min: float = _number(0.0, N_("least rate"), r"\eta_{\min}", minimum=0.0)

    def rate(self, eta: Any, done: Any) -> Any:
        warmed, falling = _warmed(eta, done, self.start_factor, self.total_iters), done - self.total_iters
        if isinstance(done, Formula) and falling.value < 0:
            return warmed
        if not isinstance(done, Formula):
            falling = np.maximum(falling, 0.0)
        fallen = _fallen(falling, self.t_max)
        # Before the fall begins its factor is 1, and the least rate has no part in it.
        return self.eta_min * (1.0 - fallen) + warmed * fallen


Schedule = Constant | Step | Exponential | Cosine | Warmup | WarmupCosine

SCHEDULES: Mapping[str, type[Schedule]] = {
    row.kind: row for row in (Constant, Step, Exponential, Cosine, Warmup, WarmupCosine)
}


def written(schedule: Schedule) -> Schedule:
    """The same schedule whose numbers have names, so that its rate is written out and not only computed."""
    letters = {one.name: one.metadata["latex"] for one in fields(schedule)}
    named: dict[str, Any] = {name: Named(latex, float(getattr(schedule, name))) for name, latex in letters.items()}
    return replace(schedule, **named)
