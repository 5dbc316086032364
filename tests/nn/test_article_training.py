"""The article's training program, done right, against PyTorch: the first losses under every optimizer."""

import json
from pathlib import Path

import numpy as np
import pytest

from app.engine.optim import OPTIMIZERS
from app.engine.plan import Plan
from app.nn.presets import PRESETS
from app.nn.problem import build
from app.nn.spec import parse_spec
from app.nn.supply.datasets import DATASETS

RUNS = json.loads((Path(__file__).parent / "golden" / "article.json").read_text(encoding="utf-8"))["runs"]
NAMES = [", ".join(f"{key} {value}" for key, value in run["optimizer"].items()) for run in RUNS]


@pytest.mark.parametrize("run", RUNS, ids=NAMES)
def test_the_first_fifty_losses_are_those_of_pytorch(run: dict) -> None:
    problem = build(parse_spec({**PRESETS["article-training"].spec, "optimizer": run["optimizer"]}))
    losses = Plan(problem.graph, problem.optimizer, problem.frozen).iterate(len(run["losses"]))
    np.testing.assert_allclose(losses, run["losses"], rtol=0, atol=1e-10)


def test_every_optimizer_is_compared_and_gradient_descent_with_both_momenta() -> None:
    assert {run["optimizer"]["kind"] for run in RUNS} == set(OPTIMIZERS)
    sgd = [run["optimizer"] for run in RUNS if run["optimizer"]["kind"] == "sgd"]
    assert {(bool(one.get("momentum")), bool(one.get("nesterov"))) for one in sgd} >= {(0, 0), (1, 0), (1, 1)}
    assert all(len(run["losses"]) == 50 for run in RUNS)


def test_the_data_set_of_pure_chance_is_the_articles() -> None:
    x, targets = DATASETS["chance"].make(DATASETS["chance"].generator(0), 100, 0.0)
    given = PRESETS["article-training"].spec["data"]
    assert x.tolist() == given["x"] and targets[:, None].tolist() == given["y"]
