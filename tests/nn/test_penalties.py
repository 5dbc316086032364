"""L1 and L2: nodes of the graph, one for each weight matrix, that reach the loss."""

import numpy as np
import pytest

from app.engine.plan import Plan
from app.errors import Invalid
from app.nn.problem import build
from app.nn.spec import parse_spec
from tests.session.problems import MINIBATCHES


def plan_of(**penalties: float) -> Plan:
    plan = Plan(build(parse_spec({**MINIBATCHES, **penalties})).graph)
    plan.run(1, plan.graph.backward_end)
    return plan


def test_the_loss_is_that_of_the_data_and_a_penalty_for_each_weight_matrix() -> None:
    plan, plain = plan_of(l1=0.001, l2=0.01), plan_of()
    weights = [plan.value("W1"), plan.value("W2")]
    expected = plain.loss + sum(0.001 * np.abs(w).sum() + 0.005 * (w**2).sum() for w in weights)
    assert plan.value("fit") == plain.loss
    assert plan.loss == pytest.approx(float(expected), rel=1e-14)
    assert plan.graph.loss.id == "loss"


def test_weights_are_pulled_to_zero_and_biases_are_not() -> None:
    penalized, plain = plan_of(l1=0.001, l2=0.01).snapshot(), plan_of().snapshot()
    pull = 0.001 * np.sign(plain.value("W1")) + 0.01 * plain.value("W1")
    np.testing.assert_allclose(penalized.gradient("W1"), plain.gradient("W1") + pull, rtol=1e-12)
    np.testing.assert_array_equal(penalized.gradient("b1"), plain.gradient("b1"))


def test_a_rate_of_zero_adds_no_node() -> None:
    assert [node.id for node in plan_of(l1=0.0, l2=0.0).graph.nodes] == [node.id for node in plan_of().graph.nodes]


def test_one_penalty_alone_has_no_nodes_of_the_other() -> None:
    ids = [node.id for node in plan_of(l2=0.1).graph.nodes]
    assert ids[-6:] == ["fit", "l2", "l2W1", "l2W2", "s1", "loss"]


def test_the_targets_are_still_checked_by_the_loss_of_the_data() -> None:
    document = {
        **MINIBATCHES,
        "l2": 0.1,
        "loss": "hinge",
        "data": {"x": [[0.0, 1.0]], "y": [[1.0]]},
        "batch_size": None,
    }
    problem = build(parse_spec(document))
    with pytest.raises(Invalid):
        problem.check_value("y", np.array([[0.5]]))


def test_a_negative_rate_is_refused() -> None:
    with pytest.raises(Invalid) as refused:
        parse_spec({**MINIBATCHES, "l1": -0.1})
    assert refused.value.pointer == "/l1"
