"""Dropout: what is left out is a function of (seed, layer, iteration), and nothing is when a network is evaluated."""

import numpy as np
import pytest

from app.engine.plan import Plan
from app.errors import Invalid
from app.nn.dropout import Mask
from app.nn.evaluation import Evaluator
from app.nn.problem import build
from app.nn.spec import parse_spec
from tests.session.problems import MINIBATCHES, REGULARIZED


def test_the_mask_of_an_iteration_is_the_same_however_many_are_drawn_with_it() -> None:
    mask = Mask("m1", (1,), 5, 7, 0.3, 3)
    together = mask.numbers(0, 20)
    assert all(mask.numbers(first, 1).tobytes() == together[first].tobytes() for first in range(20))
    assert mask.numbers(4, 9).tobytes() == together[4:13].tobytes()


def test_what_stays_is_scaled_so_that_the_mean_stays() -> None:
    drawn = Mask("m1", (1,), 100, 0, 0.2, 50).numbers(0, 20)
    assert set(np.unique(drawn)) == {0.0, 1.25}
    assert abs(drawn.mean() - 1) < 0.005


def test_layers_seeds_and_iterations_have_masks_of_their_own() -> None:
    masks = [Mask("m", (layer,), 10, seed, 0.5, 10).numbers(0, 2) for layer, seed in ((1, 0), (2, 0), (1, 1))]
    drawn = [mask[number].tobytes() for mask in masks for number in (0, 1)]
    assert len(set(drawn)) == 6


def test_a_dropped_unit_sends_nothing_on_and_gets_no_gradient() -> None:
    plan = Plan(build(parse_spec(REGULARIZED)).graph)
    plan.run(1, plan.graph.backward_end)
    shown = plan.snapshot()
    is_dropped = shown.value("m1") == 0
    assert is_dropped.any() and not is_dropped.all()
    assert (shown.value("d1")[is_dropped] == 0).all()
    assert (shown.gradient("a1")[is_dropped] == 0).all()


def test_an_evaluated_network_drops_nothing_and_its_loss_has_no_penalties() -> None:
    problem, plain = build(parse_spec(REGULARIZED)), build(parse_spec({**REGULARIZED, "l1": 0.0, "l2": 0.0}))
    parameters = {id: problem.graph[id].initial for id in problem.parameters}
    x = problem.training.x
    values = Evaluator(problem).values(parameters, x, ("a1", "d1", "z2", "d2"))
    np.testing.assert_array_equal(values["a1"], values["d1"])
    np.testing.assert_array_equal(values["z2"], values["d2"])
    score = Evaluator(problem).score(parameters, problem.training)
    assert score == Evaluator(plain).score(parameters, problem.training)


def test_dropping_the_answers_is_refused() -> None:
    layers = [{"units": 3}, {"units": 1, "dropout": 0.5}]
    with pytest.raises(Invalid) as refused:
        build(parse_spec({**MINIBATCHES, "layers": layers, "frozen": []}))
    assert refused.value.pointer == "/layers/1/dropout"


@pytest.mark.parametrize("rate", [-0.1, 1.0, "half"])
def test_a_rate_that_is_no_part_of_the_units_is_refused(rate: object) -> None:
    layers = [{"units": 3, "dropout": rate}, {"units": 1}]
    with pytest.raises(Invalid) as refused:
        parse_spec({**MINIBATCHES, "layers": layers})
    assert refused.value.pointer == "/layers/0/dropout"
