"""The loss over a plane is what NumPy says that it is, and the gradient at its origin is the real one."""

import numpy as np
import pytest

from app.engine.plane import Plane
from app.engine.surface import Surface
from app.nn.expression import parse
from tests.session.problems import MINIBATCHES, problem_of

ACROSS, UP = np.array([-1.0, 0.0, 0.5]), np.array([-0.3, 2.0])


def test_losses_of_an_expression_stand_in_rows_upwards_and_columns_to_the_right():
    surface = Surface(parse("a = 2\nb = 1\nc = a + b\nd = b + 1\ne = c * d"))
    plane = Plane(np.array([2.0, 1.0]), np.array([1.0, 0.0]), np.array([0.0, 1.0]))
    found = surface.relief(plane, ACROSS, UP)
    a, b = 2 + ACROSS[None, :], 1 + UP[:, None]
    assert found.losses == pytest.approx((a + b) * (b + 1), rel=1e-15)
    assert found.loss == 6.0 and found.gradient.tolist() == [2.0, 5.0]


def test_losses_of_a_network_are_those_that_numpy_computes():
    problem = problem_of({**MINIBATCHES, "batch_size": None, "frozen": []})
    surface = Surface(problem.graph)
    start = {id: problem.graph[id].initial for id in surface.ids}
    flat = np.concatenate([start[id].ravel() for id in surface.ids])
    plane = Plane(flat, *np.random.default_rng(0).normal(size=(2, flat.size)))
    found = surface.relief(plane, ACROSS, UP)
    for row, b in enumerate(UP):
        for column, a in enumerate(ACROSS):
            assert found.losses[row, column] == pytest.approx(loss_at(problem, plane.point(a, b)), rel=1e-13)


def loss_at(problem, flat: np.ndarray) -> float:
    """The loss of MINIBATCHES' net over all of its rows, written anew."""
    w1, b1, w2, b2 = flat[:6].reshape(3, 2), flat[6:9], flat[9:12].reshape(1, 3), flat[12:]
    y = np.tanh(problem.batches.x @ w1.T + b1) @ w2.T + b2
    return float(np.mean((y - problem.batches.y) ** 2))


def test_the_gradient_is_that_of_small_steps():
    problem = problem_of({**MINIBATCHES, "batch_size": None, "frozen": []})
    surface = Surface(problem.graph)
    flat = np.concatenate([problem.graph[id].initial.ravel() for id in surface.ids])
    plane = Plane(flat, *np.eye(flat.size)[:2])
    gradient = surface.relief(plane, ACROSS, UP).gradient
    steps = 1e-6 * np.eye(flat.size)
    wanted = [(loss_at(problem, flat + step) - loss_at(problem, flat - step)) / 2e-6 for step in steps]
    assert gradient == pytest.approx(wanted, abs=1e-8)


def test_frozen_parameters_and_data_are_leaves_that_can_be_set():
    problem = problem_of({**MINIBATCHES, "batch_size": None})
    surface = Surface(problem.graph, problem.frozen)
    assert surface.ids == ("W1", "b1", "W2") and surface.sizes == {"W1": 6, "b1": 3, "W2": 3}
    flat = np.concatenate([problem.graph[id].initial.ravel() for id in surface.ids])
    plane = Plane(flat, np.ones(12), np.ones(12))
    moved = surface.relief(plane, ACROSS, UP, {"b2": np.array([2.5])})
    assert moved.loss == pytest.approx(loss_at(problem, np.append(flat, 2.5)), rel=1e-13)
