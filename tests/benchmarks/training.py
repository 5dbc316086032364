"""How fast the plan trains on minibatches, with rows to load, masks to draw and losses to keep, beside PyTorch and JAX.

    python -m tests.benchmarks.training

Everyone trains the same network on the same rows in the same order and first agrees on the losses; only masks are each
one's own. PyTorch (one thread, eager) and JAX (one thread, jit, a call an iteration) take part where they are
installed. `runs` measures the same networks through the HTTP API.
"""

import importlib
from collections.abc import Mapping
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from app.engine.plan import Plan
from app.nn.feed import Feeder
from app.nn.problem import Problem, build
from app.nn.spec import parse_spec
from app.session.replay import Replay, initial_of
from app.session.state import Cursor
from tests.benchmarks.engine import is_installed
from tests.benchmarks.race import Racer, race, require_agreement
from tests.benchmarks.runs import SPECS

BARE, FED, REPLAY = "bare plan, one batch again and again", "plan, minibatches loaded", "through a session's replay"
TORCH, JAX = "PyTorch, one thread", "JAX, jit, one thread"
TARGETS = {TORCH: 1.0, JAX: 1.0}
CALLS = ("2-3-1-1 sigmoid, 100 rows, full batch", "2-8-8-1 tanh, batch 10")
"""The small networks, on which JAX's jit is to be beaten as well."""


class Bare:
    """The plan alone, on the rows that it was made with."""

    def __init__(self, problem: Problem) -> None:
        self._plan, self._parameters = Plan(problem.graph, problem.optimizer, problem.frozen), problem.parameters
        self.iterate = self._plan.iterate

    def gradients(self) -> dict[str, np.ndarray]:
        shown = self._plan.snapshot()
        return {id: shown.gradient(id) for id in self._parameters}


class Fed:
    """The plan with each iteration's rows and masks, in the order in which a session takes them."""

    def __init__(self, problem: Problem) -> None:
        self._problem, self._at = problem, 0
        self._data = {"x": problem.batches.x, "y": problem.batches.y}
        self._feeder = Feeder(problem.batches, problem.batched, problem.noises)
        self._last = first = Plan(problem.graph, problem.optimizer, problem.frozen)
        self._plans = {0: first, len(problem.graph["x"].initial): first}

    def iterate(self, count: int) -> np.ndarray:
        losses = []
        for run in self._feeder.runs(self._data, self._at, self._at + count):
            self._last = self._plan_for(run.rows)
            losses.append(self._last.iterate(run.count, run.feed))
        self._at += count
        return np.concatenate(losses)

    def _plan_for(self, rows: int) -> Plan:
        if rows not in self._plans:
            graph, frozen = self._problem.graph_for(rows), self._problem.frozen
            self._plans[rows] = Plan(graph, frozen=frozen, beside=self._plans[0])
        return self._plans[rows]

    def gradients(self) -> dict[str, np.ndarray]:
        shown = self._last.snapshot()
        return {id: shown.gradient(id) for id in self._problem.parameters}


class Replayed:
    """A session's replay, which also keeps losses, checkpoints and gauges."""

    def __init__(self, problem: Problem) -> None:
        self._problem, self._at = problem, 0
        self._replay = Replay(problem, initial_of(problem), 10**15)

    def iterate(self, count: int) -> np.ndarray:
        before, length = self._at, self._problem.graph.length
        self._at += count
        self._replay.seek((), Cursor(self._at - 1, length), is_limited=False)
        return self._replay.trail.losses(self._at)[before:]

    def gradients(self) -> dict[str, np.ndarray]:
        shown = self._replay.snapshot(self._problem.graph.length)
        return {id: shown.gradient(id) for id in self._problem.parameters}


def peers_of(problem: Problem) -> dict[str, Racer]:
    """Other libraries, imported late because they need not be there."""
    found: dict[str, Racer] = {}
    if is_installed("torch"):
        found[TORCH] = importlib.import_module("tests.benchmarks.torch_training").TorchTraining(problem)
    if is_installed("jax"):
        found[JAX] = importlib.import_module("tests.benchmarks.jax_training").JaxTraining(problem)
    return found


def raced(spec: Mapping[str, Any]) -> tuple[dict[str, float], float | None]:
    """The seconds of an iteration of each, and how far they agree; with masks only ours are held to each other."""
    problem = build(parse_spec(dict(spec)))
    ours: dict[str, Racer] = {FED: Fed(problem), REPLAY: Replayed(problem)}
    peers = peers_of(problem)
    held = ours if problem.noises else ours | peers
    agreement = require_agreement(held)
    return race({BARE: Bare(problem)} | ours | peers), agreement


def report(title: str, spec: Mapping[str, Any]) -> None:
    times, agreement = raced(spec)
    whose = "" if "dropout" not in title else ", ours among themselves"
    print(f"\n{title}   (losses and gradients agree to {agreement:.0e}{whose})")
    print(f"  {'':42}{'µs':>10}{'per second':>12}{'replay is':>12}{'target':>10}")
    for name, time in times.items():
        ratio, target = time / times[REPLAY], TARGETS.get(name) if name != JAX or title in CALLS else None
        reached = "" if target is None else f"≥ {target:g} {'✓' if ratio >= target else '✗'}"
        print(f"  {name:42}{time * 1e6:>10.1f}{1 / time:>12,.0f}{ratio:>11.2f}×{reached:>10}")


def main() -> None:
    with threadpool_limits(1):
        for title, spec in SPECS.items():
            report(title, spec)
    missing = [package for package in ("torch", "jax") if not is_installed(package)]
    if missing:
        print(f"\nNot installed, so not raced: {', '.join(missing)}.")


if __name__ == "__main__":
    main()
