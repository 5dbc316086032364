"""A network on rows that it is not trained on, against the session's own plan and plain NumPy."""

import numpy as np
import pytest

from app.engine.graph import GraphBuilder
from app.engine.plan import Plan
from app.nn import evaluation
from app.nn.evaluation import Evaluator
from app.nn.losses import LOSSES
from app.nn.problem import Problem, build
from app.nn.spec import parse_spec
from app.nn.supply.rows import Rows


def problem(loss: str = "binary_cross_entropy_with_logits", units: int = 1, **more) -> Problem:
    layers = [{"kind": "dense", "units": 5, "activation": "tanh"}, {"kind": "dense", "units": units}]
    data = {"dataset": "xor", "samples": 60, "noise": 0.2, "test_fraction": 0.5, "seed": 3}
    return build(parse_spec({"kind": "layers", "inputs": 2, "layers": layers, "loss": loss, "data": data, **more}))


def parameters(of: Problem) -> dict[str, np.ndarray]:
    return {id: of.graph[id].initial for id in of.parameters}


def by_hand(of: Problem, x: np.ndarray) -> np.ndarray:
    given = parameters(of)
    return np.tanh(x @ given["W1"].T + given["b1"]) @ given["W2"].T + given["b2"]


def test_the_score_of_the_training_rows_is_the_loss_of_the_run() -> None:
    made = problem()
    plan = Plan(made.graph)
    plan.run(1, plan.graph.forward_end)
    assert Evaluator(made).score(parameters(made), made.training).loss == plan.loss


def test_outputs_are_those_of_plain_numpy_for_any_number_of_rows() -> None:
    made = problem()
    evaluator, x = Evaluator(made), np.random.default_rng(0).normal(size=(7, 2))
    assert np.allclose(evaluator.outputs(parameters(made), x), by_hand(made, x), rtol=1e-14, atol=1e-15)


def test_many_rows_are_evaluated_in_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    made = problem()
    whole = Evaluator(made).score(parameters(made), made.training)
    monkeypatch.setattr(evaluation, "BLOCK", 8)
    parts = Evaluator(made).score(parameters(made), made.training)
    assert parts.loss == pytest.approx(whole.loss, rel=1e-14) and parts.accuracy == whole.accuracy
    assert Evaluator(made).outputs(parameters(made), made.training.x).shape == (30, 1)


def test_values_of_hidden_nodes_come_in_the_order_of_the_rows() -> None:
    made = problem()
    x = np.random.default_rng(1).normal(size=(4, 2))
    hidden = Evaluator(made).values(parameters(made), x, ("a1",))["a1"]
    given = parameters(made)
    assert np.allclose(hidden, np.tanh(x @ given["W1"].T + given["b1"]), rtol=1e-14)


@pytest.mark.parametrize("name", sorted(LOSSES))
def test_accuracy_is_the_share_of_rows_on_the_side_of_their_label(name: str) -> None:
    loss = LOSSES[name]
    made = problem(name, units=2 if loss.takes_classes else 1)
    outputs, rows = by_hand(made, made.test.x), made.test
    threshold = 0.5 if name not in ("hinge", "binary_cross_entropy_with_logits") else 0.0
    told = outputs.argmax(axis=1) if loss.takes_classes else (outputs[:, 0] > threshold)
    true = rows.y if loss.takes_classes else rows.y[:, 0] > 0.5
    score = Evaluator(made).score(parameters(made), rows)
    assert score.accuracy == np.mean(told == true)


def test_probabilities_add_up_to_one() -> None:
    for name, units in (("binary_cross_entropy_with_logits", 1), ("cross_entropy", 3)):
        made = problem(name, units)
        evaluator = Evaluator(made)
        outputs = evaluator.outputs(parameters(made), made.training.x)
        found = evaluator.probabilities(outputs)
        assert found.shape == (30, max(units, 2)) and np.allclose(found.sum(axis=1), 1)
        assert (found.argmax(axis=1) == evaluator.predicted(outputs)).all()
    assert Evaluator(problem("hinge")).probabilities(np.ones((3, 1))) is None


def test_what_is_not_a_number_is_never_right() -> None:
    made = problem()
    broken = {**parameters(made), "b2": np.array([np.nan])}
    assert Evaluator(made).score(broken, Rows(made.training.x, made.training.y)).accuracy == 0


def test_one_pass_gives_the_score_and_the_answers() -> None:
    made = problem()
    evaluator = Evaluator(made)
    score, outputs = evaluator.examine(parameters(made), made.test)
    assert score == evaluator.score(parameters(made), made.test)
    assert (outputs == evaluator.outputs(parameters(made), made.test.x)).all()


@pytest.mark.parametrize("size", [1.0, 1e200, 1e-200])
def test_r2_does_not_depend_on_the_size_of_the_numbers(size: float) -> None:
    made = problem("mean_squared_error", data={"x": [[0, 1]] * 3, "y": [[1], [2], [4]]})
    fit = Evaluator(made).fit(np.array([[1.0], [2.0], [3.0]]) * size, np.array([[1.0], [2.0], [4.0]]) * size)
    assert (fit.mean_error / size, fit.r2) == (pytest.approx(1 / 3), pytest.approx(1 - 3 / 14))


def test_graphs_for_other_rows_share_the_parameters_and_copy_what_could_be_changed() -> None:
    made = problem()
    other = made.evaluation_graph(made.training.x[:3], made.training.y[:3])
    assert all(other[id].initial is made.graph[id].initial for id in made.parameters)
    given = np.zeros(3)
    builder = GraphBuilder()
    kept = builder.parameter("a", given).initial
    given[0] = 7.0
    seen = given.view()
    seen.flags.writeable = False
    lent = builder.parameter("b", seen).initial
    given[1] = 8.0
    assert kept.tolist() == [0.0, 0.0, 0.0] and lent.tolist() == [7.0, 0.0, 0.0]


def test_a_large_network_has_few_plans_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    made = problem()
    evaluator = Evaluator(made)
    size = sum(node.size for node in made.evaluation_graph(made.training.x[:9], made.training.y[:9]).nodes)
    for most, count in ((100 * size, 6), (2 * size, 2), (size // 2, 1)):
        monkeypatch.setattr(evaluation, "MOST_NUMBERS", most)
        for rows in range(1, 10):
            evaluator.score(parameters(made), Rows(made.training.x[:rows], made.training.y[:rows]))
        assert len(evaluator.plans) == count
