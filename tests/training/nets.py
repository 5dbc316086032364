"""Sessions that the tests of runs use, and a trainer in the test's own process."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

from app.nn.limits import Limits
from app.session.moment import Picture
from app.session.service import Sessions
from app.session.state import Cursor
from app.session.store import Store
from app.training.liveness import MOST_MISSED
from app.training.trainer import Trainer
from tests.session.memory import MemoryStore
from tests.session.problems import plain_run, problem_of

SPIRAL = {
    "kind": "layers",
    "inputs": 2,
    "layers": [{"kind": "dense", "units": 4, "activation": "tanh"}, {"kind": "dense", "units": 1}],
    "loss": "binary_cross_entropy_with_logits",
    "data": {"dataset": "spiral", "samples": 60, "noise": 0.1, "test_fraction": 0.3, "seed": 1},
    "batch_size": 8,
    "optimizer": {"kind": "adam", "learning_rate": 0.02},
    "seed": 3,
}
WITH_VALIDATION = {**SPIRAL, "data": {**SPIRAL["data"], "validation_fraction": 0.2}}
DIVERGING = {**SPIRAL, "loss": "mean_squared_error", "optimizer": {"kind": "sgd", "learning_rate": 1e9}}
HIDDEN = {
    "kind": "expression",
    "source": "w = 1\nu = exp(w)\nv = 1 / u",
    "optimizer": {"kind": "sgd", "learning_rate": 1e6},
}
"""u becomes infinite, the loss never does."""


def work_off(store: Store, trainer: Trainer | None = None, turns: int = 100_000) -> Trainer:
    """Work runs off until none is left, or for so many turns."""
    trainer = trainer or Trainer(store, Limits())
    while trainer.look():
        pass
    while trainer.count and turns:
        if not trainer.turn():
            time.sleep(0.01)
        turns -= 1
    return trainer


def outliving(store: Store, clock: Callable[[], float] = time.time) -> Trainer:
    """A trainer that has seen all others of a store die."""
    trainer = Trainer(store, Limits(), clock)
    for _ in range(MOST_MISSED + 1):
        trainer.liveness.beat()
    return trainer


def straight(document: dict, head: int) -> tuple[np.ndarray, dict[str, bytes]]:
    """The losses and all parameters after so many iterations, run from the very start one moment at a time."""
    problem = problem_of(document)
    snapshot, losses = plain_run(problem, (), Cursor(head - 1, problem.graph.length))
    return np.array(losses), {id: snapshot.value(id).tobytes() for id in problem.parameters}


def stepped(document: dict, head: int) -> dict[str, bytes]:
    """All parameters after so many iterations of one long step."""
    sessions = Sessions(MemoryStore())
    return parameters(sessions.step(sessions.create(document).id, head))


def parameters(picture: Picture) -> dict[str, bytes]:
    """The parameters that a picture shows, bit by bit."""
    return {id: picture.value(id).tobytes() for id in picture.parameters}
