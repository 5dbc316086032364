"""The optimizers: one frozen dataclass each, with PyTorch's formulas and defaults.

`update(w, g, step, *slots)` returns the new parameter and the new slots; `step` counts updates from 1. Weight decay
is added to the gradient (L2), but in AdamW it shrinks the parameter directly. The rate's sign: w moves *against* the
gradient. `steps(w, g, t, *slots, norm=…)` is the same for one number, line by line, as the paper or PyTorch writes it;
its last line is the new w. `norm` is that of all gradients, by which they may be clipped.

The norm is one of all parameters, so whoever updates clips by it first (`shrinking`); all else is done in `update`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import nan
from typing import Any, ClassVar

import numpy as np

from app.engine.assignment import Assignment, Leaf, assign
from app.engine.formula import Call, Formula, Named, Number
from app.engine.schedule import SCHEDULES, Constant, Schedule, written
from app.engine.update_order import SIMULTANEOUS, UPDATE_ORDERS
from app.errors import N_


@dataclass(frozen=True, slots=True)
class Slot:
    """What an optimizer remembers of each parameter from one update to the next; its symbol, and what it is.

    `pytorch` is what PyTorch calls it.
    """

    name: str
    latex: str
    title: str
    pytorch: str


_BUFFER = Slot("momentum_buffer", "b", N_("momentum buffer"), "momentum_buffer")
_SQUARE_AVERAGE = Slot("square_average", "v", N_("mean of the squared gradient"), "square_avg")
_SQUARE_SUM = Slot("square_sum", "s", N_("sum of the squared gradients"), "sum")
_M = Slot("m", "m", N_("mean of the gradient"), "exp_avg")
_V = Slot("v", "v", N_("mean of the squared gradient"), "exp_avg_sq")
_DECAY, _CORRECTION, _NEW = N_("weight decay"), N_("bias correction"), N_("new value")
_RATE, _SHARE, _CLIPPED = N_("rate of this update"), N_("what is left of too large a norm"), N_("clipped gradient")
NORM_EPSILON = 1e-6


def _setting(default: Any, label: str, *, minimum: float = 0.0, below: float | None = None) -> Any:
    """A hyperparameter: at least `minimum` and, where said, less than `below`."""
    return field(default=default, metadata={"label": label, "minimum": minimum, "below": below})


def _order() -> Any:
    """When parameters move: every optimizer can do it in every order."""
    return field(default=SIMULTANEOUS, metadata={"label": N_("order of updates"), "choices": UPDATE_ORDERS})


def _scheduled() -> Any:
    """How the learning rate changes from update to update."""
    return field(default=Constant(), metadata={"label": N_("schedule of the rate"), "parts": SCHEDULES})


def _clip(label: str) -> Any:
    """A bound for the gradient, or None."""
    return field(default=None, metadata={"label": label, "above": 0.0, "is_optional": True})


def _by_norm() -> Any:
    return _clip(N_("clip the gradient’s norm at"))


def _by_value() -> Any:
    return _clip(N_("clip gradients at ±"))


def shrinking(optimizer: Optimizer, squares: Any) -> Any:
    """By what all gradients are multiplied, whose squares have this sum, so that their norm is not too large.

    As torch.nn.utils.clip_grad_norm_ does it, with the 10⁻⁶ that keeps it from dividing by nothing.
    """
    return np.minimum(optimizer.clip_norm / (np.sqrt(squares) + NORM_EPSILON), 1.0)


def norm_of(gradients: Iterable[np.ndarray]) -> float:
    """The norm of all gradients together."""
    with np.errstate(all="ignore"):
        return float(np.sqrt(sum(np.vdot(one, one) for one in gradients)))


def _rate(settings: Any, step: Any) -> Any:
    """The learning rate of an update."""
    if isinstance(settings.schedule, Constant):
        return settings.learning_rate
    return settings.schedule.rate(settings.learning_rate, step - 1.0)


def _gradient(settings: Any, w: Any, g: Any, weight_decay: float) -> Any:
    """The gradient that counts: clipped by value, then with weight decay."""
    if settings.clip_value:
        g = np.minimum(np.maximum(g, -settings.clip_value), settings.clip_value)
    return g + weight_decay * w if weight_decay else g


Lines = tuple[Assignment, ...]


def _rate_steps(settings: Any, t: int) -> tuple[Lines, Leaf]:
    """The line that gives the rate of this update, if it changes, and the rate."""
    eta = Named(r"\eta", settings.learning_rate)
    if isinstance(settings.schedule, Constant):
        return (), eta
    line = assign(r"\eta_t", written(settings.schedule).rate(eta, Named("t", float(t)) - 1.0), _RATE)
    return (line,), line.target


def _clip_steps(settings: Any, g: Leaf, norm: float) -> tuple[Lines, Leaf]:
    """The lines that clip the gradient, if they do, and the gradient from there on."""
    lines: Lines = ()
    if settings.clip_norm:
        whole = Named(r"\left\lVert g \right\rVert", norm) + NORM_EPSILON
        share = assign("c", Call("min", (Named(r"c_{\max}", settings.clip_norm) / whole, Number(1.0))), _SHARE)
        lines = (share, assign("g", share.target * g, _CLIPPED))
    if settings.clip_value:
        bound = Named(r"c_{\max}", settings.clip_value)
        lines = (assign("g", Call("min", (Call("max", (g, -bound)), bound)), _CLIPPED),)
    return lines, lines[-1].target if lines else g


def _first_steps(settings: Any, w: Leaf, g: Leaf, t: int, norm: float, decay: float) -> tuple[Lines, Leaf, Leaf]:
    """The lines that all optimizers begin with; the gradient and the rate from there on."""
    rated, rate = _rate_steps(settings, t)
    clip, g = _clip_steps(settings, g, norm)
    if not decay:
        return (*rated, *clip), g, rate
    decayed = assign("g", g + Named(r"\lambda", decay) * w, _DECAY)
    return (*rated, *clip, decayed), decayed.target, rate


def _remember(slot: Slot, formula: Formula) -> Assignment:
    return assign(slot.latex, formula, slot.title)


def _scaled_step(w: Leaf, g: Leaf, slot: Leaf, rate: Leaf, settings: Any) -> Assignment:
    """The last line of an optimizer that divides by the root of a slot."""
    root = Call("sqrt", (slot,)) + Named(r"\epsilon", settings.epsilon)
    return assign(w, w - rate * (g / root), _NEW)


@dataclass(frozen=True, slots=True)
class SGD:
    """Gradient descent, with momentum and Nesterov's look ahead on request."""

    kind: ClassVar[str] = "sgd"
    title: ClassVar[str] = N_("Gradient descent (SGD)")
    slots: ClassVar[tuple[Slot, ...]] = (_BUFFER,)
    source: ClassVar[str] = "https://pytorch.org/docs/stable/generated/torch.optim.SGD.html"
    pytorch: ClassVar[str] = "torch.optim.SGD"

    learning_rate: float = _setting(0.1, N_("learning rate η"))
    momentum: float = _setting(0.0, N_("momentum μ"))
    nesterov: bool = _setting(False, N_("Nesterov momentum"))
    weight_decay: float = _setting(0.0, N_("weight decay λ"))
    schedule: Schedule = _scheduled()
    clip_norm: float | None = _by_norm()
    clip_value: float | None = _by_value()
    update_order: str = _order()

    def update(self, w: Any, g: Any, step: Any, buffer: Any) -> tuple[Any, ...]:
        g, rate = _gradient(self, w, g, self.weight_decay), _rate(self, step)
        if not self.momentum:
            return w - rate * g, buffer
        # PyTorch starts the buffer as the first gradient, which a buffer of zeros gives as well.
        buffer = self.momentum * buffer + g
        direction = g + self.momentum * buffer if self.nesterov else buffer
        return w - rate * direction, buffer

    def steps(self, w: Leaf, g: Leaf, t: int, buffer: float, *, norm: float = nan) -> Lines:
        first, g, rate = _first_steps(self, w, g, t, norm, self.weight_decay)
        momentum = Named(r"\mu", self.momentum)
        if not self.momentum:
            return (*first, assign(w, w - rate * g, _NEW))
        kept = _remember(_BUFFER, momentum * Named(_BUFFER.latex, buffer) + g)
        direction = g + momentum * kept.target if self.nesterov else kept.target
        return (*first, kept, assign(w, w - rate * direction, _NEW))


@dataclass(frozen=True, slots=True)
class RMSProp:
    """Divides each step by a running root mean square of the gradient (Hinton's lecture 6e)."""

    kind: ClassVar[str] = "rmsprop"
    title: ClassVar[str] = N_("RMSProp")
    slots: ClassVar[tuple[Slot, ...]] = (_SQUARE_AVERAGE,)
    source: ClassVar[str] = "https://pytorch.org/docs/stable/generated/torch.optim.RMSprop.html"
    pytorch: ClassVar[str] = "torch.optim.RMSprop"

    learning_rate: float = _setting(0.01, N_("learning rate η"))
    alpha: float = _setting(0.99, N_("smoothing constant α"))
    epsilon: float = _setting(1e-8, N_("ε, added to the denominator"))
    weight_decay: float = _setting(0.0, N_("weight decay λ"))
    schedule: Schedule = _scheduled()
    clip_norm: float | None = _by_norm()
    clip_value: float | None = _by_value()
    update_order: str = _order()

    def update(self, w: Any, g: Any, step: Any, square: Any) -> tuple[Any, ...]:
        g = _gradient(self, w, g, self.weight_decay)
        square = self.alpha * square + (1 - self.alpha) * (g * g)
        return w - _rate(self, step) * (g / (np.sqrt(square) + self.epsilon)), square

    def steps(self, w: Leaf, g: Leaf, t: int, square: float, *, norm: float = nan) -> Lines:
        first, g, rate = _first_steps(self, w, g, t, norm, self.weight_decay)
        alpha = Named(r"\alpha", self.alpha)
        kept = _remember(_SQUARE_AVERAGE, alpha * Named(_SQUARE_AVERAGE.latex, square) + (1 - alpha) * g**2)
        return (*first, kept, _scaled_step(w, g, kept.target, rate, self))


@dataclass(frozen=True, slots=True)
class Adagrad:
    """Divides each step by the root of the sum of all squared gradients (Duchi et al. 2011)."""

    kind: ClassVar[str] = "adagrad"
    title: ClassVar[str] = N_("Adagrad")
    slots: ClassVar[tuple[Slot, ...]] = (_SQUARE_SUM,)
    source: ClassVar[str] = "https://pytorch.org/docs/stable/generated/torch.optim.Adagrad.html"
    pytorch: ClassVar[str] = "torch.optim.Adagrad"

    learning_rate: float = _setting(0.01, N_("learning rate η"))
    epsilon: float = _setting(1e-10, N_("ε, added to the denominator"))
    weight_decay: float = _setting(0.0, N_("weight decay λ"))
    schedule: Schedule = _scheduled()
    clip_norm: float | None = _by_norm()
    clip_value: float | None = _by_value()
    update_order: str = _order()

    def update(self, w: Any, g: Any, step: Any, total: Any) -> tuple[Any, ...]:
        g = _gradient(self, w, g, self.weight_decay)
        total = total + g * g
        return w - _rate(self, step) * (g / (np.sqrt(total) + self.epsilon)), total

    def steps(self, w: Leaf, g: Leaf, t: int, total: float, *, norm: float = nan) -> Lines:
        first, g, rate = _first_steps(self, w, g, t, norm, self.weight_decay)
        kept = _remember(_SQUARE_SUM, Named(_SQUARE_SUM.latex, total) + g**2)
        return (*first, kept, _scaled_step(w, g, kept.target, rate, self))


def _adam_step(w: Any, g: Any, step: Any, m: Any, v: Any, rate: Any, settings: Any) -> tuple[Any, ...]:
    """Adam's step (Kingma & Ba 2015, algorithm 1), its bias corrections moved into the rate and ε (end of section 2).

    m̂ / (√v̂ + ε) with m̂ = m / c₁ and v̂ = v / c₂ is the same as √c₂ / c₁ · m / (√v + √c₂ ε), a pass over the arrays less.
    """
    m = settings.beta1 * m + (1 - settings.beta1) * g
    v = settings.beta2 * v + (1 - settings.beta2) * (g * g)
    root = np.sqrt(1 - np.power(settings.beta2, step))
    rate = rate * root / (1 - np.power(settings.beta1, step))
    return w - rate * (m / (np.sqrt(v) + settings.epsilon * root)), m, v


def _adam_steps(w: Leaf, g: Leaf, t: int, m: float, v: float, rate: Leaf, settings: Any) -> Lines:
    """Adam's lines as the paper has them (Kingma & Ba 2015, algorithm 1)."""
    beta1, beta2 = Named(r"\beta_1", settings.beta1), Named(r"\beta_2", settings.beta2)
    count = Named("t", float(t))
    mean = _remember(_M, beta1 * Named(_M.latex, m) + (1 - beta1) * g)
    square = _remember(_V, beta2 * Named(_V.latex, v) + (1 - beta2) * g**2)
    fair_mean = assign(r"\hat{m}", mean.target / (1 - beta1**count), _CORRECTION)
    fair_square = assign(r"\hat{v}", square.target / (1 - beta2**count), _CORRECTION)
    return mean, square, fair_mean, fair_square, _scaled_step(w, fair_mean.target, fair_square.target, rate, settings)


@dataclass(frozen=True, slots=True)
class Adam:
    """Momentum and RMSProp together, both corrected for their start at zero (Kingma & Ba 2015)."""

    kind: ClassVar[str] = "adam"
    title: ClassVar[str] = N_("Adam")
    slots: ClassVar[tuple[Slot, ...]] = (_M, _V)
    source: ClassVar[str] = "https://pytorch.org/docs/stable/generated/torch.optim.Adam.html"
    pytorch: ClassVar[str] = "torch.optim.Adam"

    learning_rate: float = _setting(0.001, N_("learning rate η"))
    beta1: float = _setting(0.9, N_("β₁, memory of the gradient"), below=1.0)
    beta2: float = _setting(0.999, N_("β₂, memory of its square"), below=1.0)
    epsilon: float = _setting(1e-8, N_("ε, added to the denominator"))
    weight_decay: float = _setting(0.0, N_("weight decay λ"))
    schedule: Schedule = _scheduled()
    clip_norm: float | None = _by_norm()
    clip_value: float | None = _by_value()
    update_order: str = _order()

    def update(self, w: Any, g: Any, step: Any, m: Any, v: Any) -> tuple[Any, ...]:
        return _adam_step(w, _gradient(self, w, g, self.weight_decay), step, m, v, _rate(self, step), self)

    def steps(self, w: Leaf, g: Leaf, t: int, m: float, v: float, *, norm: float = nan) -> Lines:
        first, g, rate = _first_steps(self, w, g, t, norm, self.weight_decay)
        return (*first, *_adam_steps(w, g, t, m, v, rate, self))


@dataclass(frozen=True, slots=True)
class AdamW:
    """Adam with weight decay taken off the parameter itself (Loshchilov & Hutter 2019)."""

    kind: ClassVar[str] = "adamw"
    title: ClassVar[str] = N_("AdamW")
    slots: ClassVar[tuple[Slot, ...]] = (_M, _V)
    source: ClassVar[str] = "https://pytorch.org/docs/stable/generated/torch.optim.AdamW.html"
    pytorch: ClassVar[str] = "torch.optim.AdamW"

    learning_rate: float = _setting(0.001, N_("learning rate η"))
    beta1: float = _setting(0.9, N_("β₁, memory of the gradient"), below=1.0)
    beta2: float = _setting(0.999, N_("β₂, memory of its square"), below=1.0)
    epsilon: float = _setting(1e-8, N_("ε, added to the denominator"))
    weight_decay: float = _setting(0.01, N_("weight decay λ"))
    schedule: Schedule = _scheduled()
    clip_norm: float | None = _by_norm()
    clip_value: float | None = _by_value()
    update_order: str = _order()

    def update(self, w: Any, g: Any, step: Any, m: Any, v: Any) -> tuple[Any, ...]:
        g, rate = _gradient(self, w, g, 0.0), _rate(self, step)
        return _adam_step(w * (1 - rate * self.weight_decay), g, step, m, v, rate, self)

    def steps(self, w: Leaf, g: Leaf, t: int, m: float, v: float, *, norm: float = nan) -> Lines:
        first, g, rate = _first_steps(self, w, g, t, norm, 0.0)
        decay = Named(r"\lambda", self.weight_decay)
        shrink = (assign(w, (1 - rate * decay) * w, _DECAY),) if self.weight_decay else ()
        return (*first, *shrink, *_adam_steps(shrink[0].target if shrink else w, g, t, m, v, rate, self))


Optimizer = SGD | RMSProp | Adagrad | Adam | AdamW

OPTIMIZERS: Mapping[str, type[Optimizer]] = {row.kind: row for row in (SGD, RMSProp, Adagrad, Adam, AdamW)}
