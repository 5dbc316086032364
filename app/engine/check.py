"""The second opinion on every gradient: central differences, on a plan of its own that the reader never sees."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from math import prod
from typing import Literal

import numpy as np

from app.engine.cause import Cause
from app.engine.elements import unraveled
from app.engine.formula import Index
from app.engine.graph import Graph
from app.engine.held import why_held
from app.engine.plan import Plan
from app.engine.reach import Numbers

EPSILON = float(np.finfo(np.float64).eps)
SMALLEST = float(np.finfo(np.float64).tiny)
"""Of a smaller number some thousandths are nothing at all."""
TOLERANCE = 1e-6
"""Relative error up to which a gradient and its central difference agree."""
SHORT = 1 / 16
"""How much shorter a step is that passes by a kink (or a sharp bend) which the usual one runs over."""
SHORTER = 1 / 4
"""How much shorter the step is with which a kink is told from a bend; together with `SHORT` no distance is missed."""
SHARP = 1e-3
"""How much of a gradient may be rounding in a difference with a step as short as the number itself."""


Doubt = Literal["gradient", "difference", "kink", "held", "sequential", "sharp", "unknown"]
"""Why a gradient and its difference do not agree: the one or the other is not finite; the slopes on the two sides
differ; the slope is held by agreement; others had been updated before; the loss turns within a step; or it is unknown.
"""


@dataclass(frozen=True, slots=True)
class Difference:
    """A central difference and how much of it rounding may be: (L(x + h) − L(x − h)) / 2h, ± noise."""

    numeric: float
    noise: float
    step: float

    def is_finite(self, gradient: float) -> bool:
        """Whether there are two numbers to compare."""
        return math.isfinite(gradient) and math.isfinite(self.numeric)

    def relative_error(self, gradient: float) -> float | None:
        """|gradient − numeric| / max(|gradient|, |numeric|), None where both lie below rounding noise."""
        if not self.is_finite(gradient):
            return math.nan
        scale = max(abs(gradient), abs(self.numeric))
        if scale <= self.noise:
            return None
        return abs(gradient - self.numeric) / scale

    def agrees(self, gradient: float) -> bool:
        # Beside an infinity everything would be near enough.
        if not self.is_finite(gradient):
            return False
        scale = max(abs(gradient), abs(self.numeric))
        return abs(gradient - self.numeric) <= TOLERANCE * scale + 10 * self.noise


@dataclass(frozen=True, slots=True)
class Comparison:
    """One number's gradient beside its central difference, and where the two do not agree, why."""

    index: Index
    gradient: float
    difference: Difference
    doubt: Doubt | None = None
    held: Cause | None = None

    @property
    def relative_error(self) -> float | None:
        return self.difference.relative_error(self.gradient)

    @property
    def agrees(self) -> bool:
        return self.difference.agrees(self.gradient)

    @property
    def severity(self) -> tuple[bool, bool, float]:
        """What comes first where the worst comes first: what differs, most of all by no number, then the error."""
        error = self.relative_error
        is_broken = error is not None and math.isnan(error)
        return not self.agrees, is_broken, 0.0 if error is None or is_broken else error


@dataclass(frozen=True, slots=True)
class ParameterCheck:
    """One parameter's gradient against central differences; `kinks` and `unsampled` numbers were left out.

    `worst` is the comparison that comes out worst, `kink` the first one left out because the slopes on the two sides
    of the number differ.
    """

    id: str
    max_relative_error: float | None
    ok: bool
    kinks: int = 0
    unsampled: int = 0
    worst: Comparison | None = None
    kink: Comparison | None = None

    @property
    def skipped(self) -> int:
        return self.kinks + self.unsampled


class Probe:
    """Moves one number of a graph and reruns what follows. `values` are those of the forward pass."""

    def __init__(self, graph: Graph, values: Numbers) -> None:
        self.graph = graph
        self.plan = Plan(graph)
        self.stand_at(values)
        self._followers: dict[str, list[int]] = {}
        self._positions = {moment.node: at for at, moment in enumerate(graph.schedule) if moment.phase == "forward"}

    def stand_at(self, values: Numbers) -> None:
        """Go to another moment of the run: other numbers in the leaves, and all that follows from them."""
        load_leaves(self.plan, values)
        self.plan.run(1, self.graph.forward_end)
        self.loss = self.plan.loss
        vars(self).pop("_rounded", None)

    def followers(self, id: str) -> list[int]:
        """The positions of all ops that depend on a node, in order."""
        if id not in self._followers:
            self._followers[id] = self._find_followers(id)
        return self._followers[id]

    def _find_followers(self, id: str) -> list[int]:
        found, waiting = {id}, [id]
        while waiting:
            for user, _ in self.graph.consumers(waiting.pop()):
                if user not in found:
                    found.add(user)
                    waiting.append(user)
        return sorted(self._positions[user] for user in found - {id})

    def difference(self, id: str, index: Index, scale: float = 1.0) -> Difference:
        """The central difference of the loss for one number of an input, a parameter or an op."""
        return self._sides(id, index, self.followers(id), scale)[0]

    def second_opinion(self, id: str, index: Index, gradient: float) -> Difference:
        """The difference to hold against a gradient, with a short step where the usual one runs over a kink nearby,
        or is long beside the number itself.
        """
        usual = self.difference(id, index)
        if usual.agrees(gradient):
            return usual
        short = self.difference(id, index, SHORT)
        if short.agrees(gradient):
            return short
        size = abs(float(self.plan.value(id)[index]))
        own = self.difference(id, index, size) if SMALLEST <= size < SHORT else usual
        if own.agrees(gradient) and 10 * own.noise <= SHARP * abs(gradient):
            return own
        if not math.isfinite(usual.numeric):
            # The edge of where the loss is defined is nearer than the usual step is long.
            return next((one for one in (short, own) if 10 * one.noise <= SHARP * abs(one.numeric)), usual)
        return self._widened(id, index, gradient, usual, short)

    def _widened(self, id: str, index: Index, gradient: float, usual: Difference, short: Difference) -> Difference:
        """The usual difference with all the noise there is; or the short one, if it is larger than the gradient only
        by what the step leaves out: then steps ever shorter lead to the gradient as h² does.
        """
        rounding = 2 * EPSILON * self._rounded / usual.step
        wide = Difference(usual.numeric, max(usual.noise, rounding), usual.step)
        if math.isfinite(rounding) and wide.agrees(gradient):
            return wide
        tried = (usual, self.difference(id, index, SHORTER), short)
        far, nearer, near = (abs(one.numeric - gradient) for one in tried)
        is_led = abs(gradient) <= near < nearer / 8 and nearer < far / 8
        return Difference(short.numeric, max(short.noise, near), short.step) if is_led else usual

    @cached_property
    def _rounded(self) -> float:
        """All numbers by what each counts for in the loss: so large are those whose rounding the loss shows. Where
        they cancel it is much larger than the loss.
        """
        # The plan stands at the end of its forward pass; compiling another one takes longer than all it computes.
        self.plan.run(self.graph.forward_end + 1, self.graph.backward_end)
        shown = self.plan.snapshot()
        with np.errstate(all="ignore"):
            return sum(
                float(np.sum(np.abs(shown.value(node.id) * shown.gradient(node.id))))
                for node in self.graph.nodes
                if self.graph.has_gradient(node.id)
            )

    def compare(self, id: str, index: Index, gradient: float, otherwise: Doubt = "unknown") -> Comparison:
        """A gradient beside its difference; of what does not agree the reason, as far as it can be found, else the
        one that is known beforehand.
        """
        found = Comparison(index, gradient, self.second_opinion(id, index, gradient))
        if found.agrees:
            return found
        if not math.isfinite(gradient):
            return replace(found, doubt="gradient")
        held = why_held(self.graph, self.plan.value, id, index)
        if held:
            return replace(found, doubt="held", held=held)
        if not math.isfinite(found.difference.numeric):
            return replace(found, doubt="difference")
        if self.is_kink(id, index):
            return replace(found, doubt="kink")
        return replace(found, doubt="sharp" if self._is_sharp(id, index) else otherwise)

    def _is_sharp(self, id: str, index: Index) -> bool:
        """Whether steps of different lengths differ among themselves."""
        far, near = self.difference(id, index), self.difference(id, index, SHORT)
        apart = abs(far.numeric - near.numeric)
        return not apart <= SHARP * max(abs(far.numeric), abs(near.numeric)) + 10 * (far.noise + near.noise)

    def is_kink(self, id: str, index: Index) -> bool:
        """Whether the slopes on the two sides stay apart as the step shrinks; those of a bend come together."""
        followers = self.followers(id)
        _, wide = self._sides(id, index, followers, 1.0)
        _, narrow = self._sides(id, index, followers, SHORTER)
        # What grows as the step shrinks is a loss that swings, not one that breaks.
        return 0 < 0.5 * abs(wide) < abs(narrow) < 2 * abs(wide)

    def _sides(self, id: str, index: Index, followers: Sequence[int], scale: float) -> tuple[Difference, float]:
        """The difference with a step, and how much the slope on the right differs from the one on the left."""
        array = self.plan.value(id)
        x = float(array[index])
        # The step that balances truncation (h²) against rounding (ε/h) is of the order of ε^(1/3).
        h = EPSILON ** (1 / 3) * max(1.0, abs(x)) * scale
        above, below = x + h, x - h
        right, left = (self._loss_at(id, index, array, number, followers) for number in (above, below))
        self._loss_at(id, index, array, x, followers)
        noise = 2 * EPSILON * max(abs(right), abs(left)) / h
        with np.errstate(all="ignore"):
            bend = (np.float64(right) - self.loss) / (above - x) - (self.loss - np.float64(left)) / (x - below)
            numeric = (np.float64(right) - left) / (above - below)
        return Difference(float(numeric), noise, h), float(bend) if abs(bend) > 10 * noise else 0.0

    def losses(self, id: str, index: Index, numbers: Sequence[float]) -> np.ndarray:
        """The loss with each of these in place of one number, (numbers,); the probe then stands as it did."""
        followers, array = self.followers(id), self.plan.value(id)
        own = float(array[index])
        found = [self._loss_at(id, index, array, number, followers) for number in numbers]
        self._loss_at(id, index, array, own, followers)
        return np.array(found)

    def _loss_at(self, id: str, index: Index, array: np.ndarray, number: float, followers: Sequence[int]) -> float:
        array[index] = number
        self.plan.load(id, array)
        self.plan.run_moments(followers)
        return self.plan.loss


def load_leaves(plan: Plan, values: Numbers) -> None:
    """Put a plan at the start of an iteration whose leaves hold these numbers."""
    for node in plan.graph.nodes:
        if node.kind != "op":
            plan.load(node.id, values(node.id))


def check(
    graph: Graph,
    values: Numbers,
    budget: int | None = None,
    gradients: Numbers | None = None,
    otherwise: Doubt = "unknown",
) -> list[ParameterCheck]:
    """Every parameter that has a gradient against central differences, at most about `budget` numbers in all.

    The gradients are those that a backward pass from these values gives, unless there are others to be judged;
    `otherwise` says why those may differ.
    """
    probe, judged = Probe(graph, values), gradients or computed(graph, values)
    ids = [id for id in graph.parameters if graph.has_gradient(id)]
    total = sum(graph[id].size for id in ids)
    share = 1.0 if budget is None or total <= budget else budget / total
    return [_check_one(probe, id, np.array(judged(id)), share, otherwise) for id in ids]


def computed(graph: Graph, values: Numbers) -> Numbers:
    """All gradients, from a forward and a backward pass of their own."""
    plan = Plan(graph)
    load_leaves(plan, values)
    plan.run(1, graph.backward_end)
    return plan.snapshot().gradient


def _check_one(probe: Probe, id: str, gradient: np.ndarray, share: float, otherwise: Doubt) -> ParameterCheck:
    size = prod(gradient.shape)
    spread = np.linspace(0, size - 1, max(1, int(size * share))).astype(int) if size else np.zeros(0, int)
    # However few are picked, the first that is not finite is one of them.
    sampled: list[int] = np.union1d(spread, np.flatnonzero(~np.isfinite(gradient))[:1]).tolist()
    compared: list[Comparison] = []
    kinks: list[Comparison] = []
    for flat in sampled:
        index = unraveled(flat, gradient.shape)
        comparison = probe.compare(id, index, float(gradient[index]), otherwise)
        (kinks if comparison.doubt == "kink" else compared).append(comparison)
    errors = [one.relative_error for one in compared if one.relative_error is not None]
    return ParameterCheck(
        id=id,
        max_relative_error=max(errors, key=lambda error: (math.isnan(error), error), default=None),
        ok=all(one.agrees for one in compared),
        kinks=len(kinks),
        unsampled=size - len(sampled),
        worst=max(compared, key=lambda one: one.severity, default=None),
        kink=kinks[0] if kinks else None,
    )
