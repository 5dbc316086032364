"""How a network would begin with other initial weights: its first iteration, once with each way of drawing them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from app.engine.plan import Plan
from app.engine.snapshot import Snapshot
from app.errors import N_, BeyondLimit
from app.nn.initializers import DEFAULT, INITIALIZERS, Initializer
from app.nn.presets import PRESETS
from app.nn.problem import Problem
from app.session.moment import Picture
from app.session.size import NUMBER
from app.session.work import Prices, check_work

REMEMBERED = 8
MOST_BYTES = 256 * 2**20
"""What the numbers of all these iterations may take up."""
MOST_KEPT = MOST_BYTES // 16
"""Up to which they are remembered."""


@dataclass(frozen=True, slots=True, eq=False)
class Start:
    """The end of the first backward pass, with weights drawn in one way. `is_own` marks the session's own way."""

    initializer: Initializer
    shown: Snapshot
    is_own: bool


def starts(picture: Picture, max_work: int) -> Sequence[Start]:
    """The first iteration of a picture's network with each way to draw its weights, from its own seed, on its data."""
    problem, document = picture.problem, layers_spec(picture.spec)
    check_work(Prices(problem.graph, problem.optimizer).iteration * len(INITIALIZERS), max_work)
    given = document.get("parameters", {})
    own = None if problem.drawn_ids & given.keys() else document.get("initializer", DEFAULT)
    size = check_bytes(problem)
    find = begun if size <= MOST_KEPT else begun.__wrapped__
    return find(problem, int(document.get("seed", 0)), own)


def check_bytes(problem: Problem) -> int:
    """What the numbers of an iteration take up, once for each way. Raises BeyondLimit where that is too much."""
    size = 2 * NUMBER * len(INITIALIZERS) * sum(node.size for node in problem.graph.nodes)
    if size > MOST_BYTES:
        template = N_("With each way to draw its weights, this network would take up {came} bytes; {most} are allowed.")
        raise BeyondLimit(template, came=size, most=MOST_BYTES)
    return size


def layers_spec(spec: Mapping[str, Any]) -> Mapping[str, Any]:
    """The spec of a layered network, also of one that is a worked example."""
    return PRESETS[spec["name"]].spec if spec["kind"] == "preset" else spec


@lru_cache(maxsize=REMEMBERED)
def begun(problem: Problem, seed: int, own: str | None) -> Sequence[Start]:
    """The same; what follows from a problem is found once."""
    graph = problem.graph
    plan = Plan(graph)
    found = []
    for row in INITIALIZERS.values():
        for id, numbers in problem.drawn(row.name, seed).items():
            plan.load(id, numbers)
        plan.run(1, graph.backward_end)
        found.append(Start(row, plan.snapshot(), row.name == own))
    return tuple(found)


def numbers_of(start: Start, id: str, is_gradient: bool) -> np.ndarray:
    """A node's values or gradient, flat."""
    return (start.shown.gradient(id) if is_gradient else start.shown.value(id)).ravel()
