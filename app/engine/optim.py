"""The optimizers: one frozen dataclass each, with PyTorch's formulas and defaults.

`update(w, g, step, *slots)` returns the new parameter and the new slots; `step` counts updates from 1. Weight decay
is added to the gradient (L2), but in AdamW it shrinks the parameter directly. The rate's sign: w moves *against* the
gradient. `steps(w, g, t, *slots)` is the same for one number, line by line, as the paper or PyTorch writes it; its last
line is the new w.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np

from app.engine.assignment import Assignment, Leaf, assign
from app.engine.formula import Call, Formula, Named
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


def _setting(default: Any, label: str, *, minimum: float = 0.0, below: float | None = None) -> Any:
    """A hyperparameter: at least `minimum` and, where said, less than `below`."""
    return field(default=default, metadata={"label": label, "minimum": minimum, "below": below})


def _order() -> Any:
    """When parameters move: every optimizer can do it in every order."""
    return field(default=SIMULTANEOUS, metadata={"label": N_("order of updates"), "choices": UPDATE_ORDERS})


def _decayed(w: Any, g: Any, weight_decay: float) -> Any:
    return g + weight_decay * w if weight_decay else g


def _decay_steps(w: Leaf, g: Leaf, weight_decay: float) -> tuple[tuple[Assignment, ...], Leaf]:
    """The line that adds weight decay to the gradient, if there is any, and the gradient from there on."""
    if not weight_decay:
        return (), g
    decayed = assign("g", g + Named(r"\lambda", weight_decay) * w, _DECAY)
    return (decayed,), decayed.target


def _remember(slot: Slot, formula: Formula) -> Assignment:
    return assign(slot.latex, formula, slot.title)


def _scaled_step(w: Leaf, g: Leaf, slot: Leaf, settings: Any) -> Assignment:
    """The last line of an optimizer that divides by the root of a slot."""
    root = Call("sqrt", (slot,)) + Named(r"\epsilon", settings.epsilon)
    return assign(w, w - Named(r"\eta", settings.learning_rate) * (g / root), _NEW)


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
    update_order: str = _order()

    def update(self, w: Any, g: Any, step: Any, buffer: Any) -> tuple[Any, ...]:
        g = _decayed(w, g, self.weight_decay)
        if not self.momentum:
            return w - self.learning_rate * g, buffer
        # PyTorch starts the buffer as the first gradient, which a buffer of zeros gives as well.
        buffer = self.momentum * buffer + g
        direction = g + self.momentum * buffer if self.nesterov else buffer
        return w - self.learning_rate * direction, buffer

    def steps(self, w: Leaf, g: Leaf, t: int, buffer: float) -> tuple[Assignment, ...]:
        decay, g = _decay_steps(w, g, self.weight_decay)
        rate, momentum = Named(r"\eta", self.learning_rate), Named(r"\mu", self.momentum)
        if not self.momentum:
            return (*decay, assign(w, w - rate * g, _NEW))
        kept = _remember(_BUFFER, momentum * Named(_BUFFER.latex, buffer) + g)
        direction = g + momentum * kept.target if self.nesterov else kept.target
        return (*decay, kept, assign(w, w - rate * direction, _NEW))


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
    update_order: str = _order()

    def update(self, w: Any, g: Any, step: Any, square: Any) -> tuple[Any, ...]:
        g = _decayed(w, g, self.weight_decay)
        square = self.alpha * square + (1 - self.alpha) * (g * g)
        return w - self.learning_rate * (g / (np.sqrt(square) + self.epsilon)), square

    def steps(self, w: Leaf, g: Leaf, t: int, square: float) -> tuple[Assignment, ...]:
        decay, g = _decay_steps(w, g, self.weight_decay)
        alpha = Named(r"\alpha", self.alpha)
        kept = _remember(_SQUARE_AVERAGE, alpha * Named(_SQUARE_AVERAGE.latex, square) + (1 - alpha) * g**2)
        return (*decay, kept, _scaled_step(w, g, kept.target, self))


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
    update_order: str = _order()

    def update(self, w: Any, g: Any, step: Any, total: Any) -> tuple[Any, ...]:
        g = _decayed(w, g, self.weight_decay)
        total = total + g * g
        return w - self.learning_rate * (g / (np.sqrt(total) + self.epsilon)), total

    def steps(self, w: Leaf, g: Leaf, t: int, total: float) -> tuple[Assignment, ...]:
        decay, g = _decay_steps(w, g, self.weight_decay)
        kept = _remember(_SQUARE_SUM, Named(_SQUARE_SUM.latex, total) + g**2)
        return (*decay, kept, _scaled_step(w, g, kept.target, self))


def _adam_step(w: Any, g: Any, step: Any, m: Any, v: Any, settings: Any) -> tuple[Any, ...]:
    """Adam's step (Kingma & Ba 2015, algorithm 1), its bias corrections moved into the rate and ε (end of section 2).

    m̂ / (√v̂ + ε) with m̂ = m / c₁ and v̂ = v / c₂ is the same as √c₂ / c₁ · m / (√v + √c₂ ε), a pass over the arrays less.
    """
    m = settings.beta1 * m + (1 - settings.beta1) * g
    v = settings.beta2 * v + (1 - settings.beta2) * (g * g)
    root = np.sqrt(1 - np.power(settings.beta2, step))
    rate = settings.learning_rate * root / (1 - np.power(settings.beta1, step))
    return w - rate * (m / (np.sqrt(v) + settings.epsilon * root)), m, v


def _adam_steps(w: Leaf, g: Leaf, t: int, m: float, v: float, settings: Any) -> tuple[Assignment, ...]:
    """Adam's lines as the paper has them (Kingma & Ba 2015, algorithm 1)."""
    beta1, beta2 = Named(r"\beta_1", settings.beta1), Named(r"\beta_2", settings.beta2)
    count = Named("t", float(t))
    mean = _remember(_M, beta1 * Named(_M.latex, m) + (1 - beta1) * g)
    square = _remember(_V, beta2 * Named(_V.latex, v) + (1 - beta2) * g**2)
    fair_mean = assign(r"\hat{m}", mean.target / (1 - beta1**count), _CORRECTION)
    fair_square = assign(r"\hat{v}", square.target / (1 - beta2**count), _CORRECTION)
    return mean, square, fair_mean, fair_square, _scaled_step(w, fair_mean.target, fair_square.target, settings)


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
    update_order: str = _order()

    def update(self, w: Any, g: Any, step: Any, m: Any, v: Any) -> tuple[Any, ...]:
        return _adam_step(w, _decayed(w, g, self.weight_decay), step, m, v, self)

    def steps(self, w: Leaf, g: Leaf, t: int, m: float, v: float) -> tuple[Assignment, ...]:
        decay, g = _decay_steps(w, g, self.weight_decay)
        return (*decay, *_adam_steps(w, g, t, m, v, self))


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
    update_order: str = _order()

    def update(self, w: Any, g: Any, step: Any, m: Any, v: Any) -> tuple[Any, ...]:
        return _adam_step(w * (1 - self.learning_rate * self.weight_decay), g, step, m, v, self)

    def steps(self, w: Leaf, g: Leaf, t: int, m: float, v: float) -> tuple[Assignment, ...]:
        rate, decay = Named(r"\eta", self.learning_rate), Named(r"\lambda", self.weight_decay)
        shrink = (assign(w, (1 - rate * decay) * w, _DECAY),) if self.weight_decay else ()
        return (*shrink, *_adam_steps(shrink[0].target if shrink else w, g, t, m, v, self))


Optimizer = SGD | RMSProp | Adagrad | Adam | AdamW

OPTIMIZERS: Mapping[str, type] = {row.kind: row for row in (SGD, RMSProp, Adagrad, Adam, AdamW)}
