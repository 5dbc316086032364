"""How a network would begin with other initial weights: its first iteration, once with each way of drawing them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from app.engine.plan import Plan
from app.engine.snapshot import Snapshot
from app.nn.initializers import DEFAULT, INITIALIZERS, Initializer, drawn
from app.nn.presets import PRESETS
from app.nn.problem import Problem
from app.session.moment import Picture
from app.session.work import Price, check_work

REMEMBERED = 8


@dataclass(frozen=True, slots=True, eq=False)
class Start:
    """The end of the first backward pass, with weights drawn in one way. `is_own` marks the session's own way."""

    initializer: Initializer
    shown: Snapshot
    is_own: bool


def starts(picture: Picture, max_work: int) -> Sequence[Start]:
    """The first iteration of a picture's network with each way to draw its weights, from its own seed, on its data."""
    problem, document = picture.problem, layers_spec(picture.spec)
    check_work(len(INITIALIZERS) * Price(problem.graph, problem.optimizer).iteration, max_work)
    is_given = any(id.startswith("W") for id in document.get("parameters", {}))
    own = None if is_given else document.get("initializer", DEFAULT)
    return begun(problem, int(document.get("seed", 0)), own)


def layers_spec(spec: Mapping) -> Mapping:
    """The spec of a layered network, also of one that is a worked example."""
    return PRESETS[spec["name"]].spec if spec["kind"] == "preset" else spec


@lru_cache(maxsize=REMEMBERED)
def begun(problem: Problem, seed: int, own: str | None) -> Sequence[Start]:
    """The same; what follows from a problem is found once."""
    graph = problem.graph
    plan = Plan(graph)
    weights = {id: graph[id].shape for id in graph.parameters if id.startswith("W")}
    found = []
    for row in INITIALIZERS.values():
        for id, numbers in drawn(row, weights, seed).items():
            plan.load(id, numbers)
        plan.run(1, graph.backward_end)
        found.append(Start(row, plan.snapshot(), row.name == own))
    return tuple(found)


def numbers_of(start: Start, id: str, is_gradient: bool) -> np.ndarray:
    """A node's values or gradient, flat."""
    return (start.shown.gradient(id) if is_gradient else start.shown.value(id)).ravel()
