"""The engine against PyTorch's stored figures: every op with its gradients, every optimizer over 50 updates."""

import numpy as np
import pytest

from app.engine.ops import OPS
from app.engine.optim import OPTIMIZERS
from app.engine.plan import Plan
from tests.engine.figures import as_array, network, op_graph, optimizer_of, single_numbers, torch_figures

OP_CASES = [pytest.param(f, id=f"{f['op']}: {f['case']}") for f in torch_figures()["ops"]]
OPTIMIZER_CASES = [
    pytest.param(f, id=f"{f['kind']}: " + ", ".join(f"{key} {value}" for key, value in f["hyperparameters"].items()))
    for f in torch_figures()["optimizers"]
]

# Graphs of single numbers are run by Python's floats, which have edges of their own.
ELEMENTWISE_CASES = [
    pytest.param(f, id=f"{f['op']}: {f['case']}")
    for f in torch_figures()["ops"]
    if OPS[f["op"]].is_elementwise and len({as_array(argument).shape for argument in f["arguments"]}) == 1
]

# PyTorch computes these slopes from y alone, as 1 − y or 1 − y²: the nearer y is to 1, the fewer digits they have.
# tests/engine/test_digits.py has the digits that are lost.
FROM_OUTPUT = {"sigmoid", "tanh"}

# PyTorch keeps the 1e-12 that holds binary_cross_entropy's denominator in single precision: 9.99999996e-13.
SINGLE_PRECISION = {("binary_cross_entropy", "certain"), ("binary_cross_entropy", "nearly certain")}


def assert_agrees(ours: np.ndarray, theirs: np.ndarray, tolerance: float, lost: float = 0.0) -> None:
    """Same shape, and equal within `tolerance` of each number; sums that cancel, within it of the largest.

    `lost` is how much of theirs is rounding in any case.
    """
    finite = np.abs(theirs[np.isfinite(theirs)])
    floor = 1e-3 * tolerance * finite.max(initial=0.0)
    assert ours.shape == theirs.shape
    np.testing.assert_allclose(ours, theirs, rtol=tolerance, atol=max(floor, lost))


@pytest.mark.parametrize("figures", ELEMENTWISE_CASES)
def test_a_graph_of_single_numbers_gives_the_figures_of_pytorch_at_every_element(figures):
    for single in single_numbers(figures):
        assert_op_agrees(single)


@pytest.mark.parametrize("figures", OP_CASES)
def test_an_op_and_its_gradients_are_those_of_pytorch(figures):
    assert_op_agrees(figures)


def assert_op_agrees(figures: dict) -> None:
    graph = op_graph(figures)
    plan = Plan(graph)
    plan.run(1, graph.length)
    snapshot = plan.snapshot()
    tolerance = 1e-8 if (figures["op"], figures["case"]) in SINGLE_PRECISION else 1e-12
    lost = (
        float(np.finfo(float).eps * np.abs(as_array(figures["upstream"])).max())
        if figures["op"] in FROM_OUTPUT
        else 0.0
    )

    assert_agrees(snapshot.value("y"), as_array(figures["output"]), tolerance)
    for number, gradient in enumerate(figures["gradients"]):
        if gradient is not None:
            assert_agrees(snapshot.gradient(f"x{number}"), as_array(gradient), tolerance, lost)


@pytest.mark.parametrize("figures", OPTIMIZER_CASES)
def test_fifty_updates_are_those_of_pytorch(figures):
    optimizer = optimizer_of(figures["kind"], figures["hyperparameters"])
    plan = Plan(network(torch_figures()["network"]), optimizer)
    losses = plan.iterate(len(figures["losses"]))

    assert_agrees(losses, as_array(figures["losses"]), 1e-10)
    for id, numbers in figures["parameters"].items():
        assert_agrees(plan.snapshot().value(id), as_array(numbers), 1e-10)


def test_class_numbers_have_no_gradient_and_every_other_argument_has_one():
    for figures in torch_figures()["ops"]:
        graph = op_graph(figures)
        for number in range(len(figures["arguments"])):
            assert graph.has_gradient(f"x{number}") == (number not in figures["integers"])


def test_every_op_and_every_optimizer_has_figures():
    assert {figures["op"] for figures in torch_figures()["ops"]} == set(OPS)
    assert {figures["kind"] for figures in torch_figures()["optimizers"]} == set(OPTIMIZERS)
