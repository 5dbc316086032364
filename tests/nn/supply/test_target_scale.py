"""Numbers of a table are told on the scale of the training rows, and everything that is answered is scaled back."""

from typing import Any

import numpy as np
import pytest

from app.errors import Invalid
from app.nn.evaluation import Evaluator
from app.nn.problem import Problem, build
from app.nn.spec import parse_spec

PRICES = "area,rooms,price\n" + "".join(f"{40 + row},{row % 5},{100_000 + 2_000 * row}\n" for row in range(40))
ROWS = {"x": [[1.0, 0.0], [2.0, 1.0], [3.0, 0.0]], "y": [[100.0, 7.0], [300.0, 9.0], [500.0, 14.0]]}


def network(data: dict[str, Any], outputs: int = 1, loss: str = "mean_squared_error") -> Problem:
    layers = [{"units": 4, "activation": "tanh"}, {"units": outputs}]
    return build(parse_spec({"kind": "layers", "inputs": 2, "layers": layers, "loss": loss, "data": data}))


def refused(data: dict[str, Any], **more: Any) -> Invalid:
    with pytest.raises(Invalid) as caught:
        network(data, **more)
    return caught.value


def test_the_numbers_of_a_table_are_standardized_by_the_training_rows_alone() -> None:
    made = network({"csv": PRICES, "test_fraction": 0.3, "seed": 2})
    training, test = made.training.y, made.test.y
    assert training.mean() == pytest.approx(0, abs=1e-12) and training.std() == pytest.approx(1, rel=1e-12)
    prices = made.target_scale.undone(training)
    assert made.target_scale.shift == prices.mean() and abs(test.mean()) > 1e-3
    back = np.concatenate([prices, made.target_scale.undone(test)])[:, 0]
    assert np.sort(back) == pytest.approx(100_000 + 2_000 * np.arange(40), rel=1e-12)


@pytest.mark.parametrize(
    ("data", "outputs"), [(ROWS, 2), ({"dataset": "plane"}, 1), ({"csv": PRICES, "target_scale": "raw"}, 1)]
)
def test_rows_and_data_sets_and_what_is_said_to_be_so_stay_as_they_are(data: dict, outputs: int) -> None:
    made = network(data, outputs)
    assert made.target_scale.is_raw and made.target_scale.undone(made.training.y) is made.training.y


def test_each_output_has_a_scale_of_its_own() -> None:
    made = network({**ROWS, "target_scale": "standardize"}, 2)
    np.testing.assert_allclose(made.training.y.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(made.training.y.std(axis=0), 1)
    np.testing.assert_allclose(made.target_scale.undone(made.training.y), ROWS["y"])


@pytest.mark.parametrize(
    ("data", "more"),
    [
        ({"dataset": "gauss"}, {}),
        ({"csv": "a,b,kind\n1,2,x\n2,1,y\n3,1,x\n"}, {}),
        ({"x": [[1, 2], [2, 3]], "y": [[0.2], [0.7]]}, {"loss": "binary_cross_entropy_with_logits"}),
    ],
)
def test_classes_and_probabilities_have_no_scale(data: dict, more: dict) -> None:
    assert network(data, **more).target_scale.is_raw
    error = refused({**data, "target_scale": "standardize"}, **more)
    assert error.pointer == "/data/target_scale" and "numbers" in str(error)


def test_a_scale_that_is_none_is_refused() -> None:
    error = refused({"csv": PRICES, "target_scale": "log"})
    assert error.pointer == "/data/target_scale" and "raw, standardize" in str(error)


def test_a_target_that_is_the_same_everywhere_becomes_nothing_and_comes_back() -> None:
    made = network({"csv": "a,b,price\n1,2,0.1\n2,1,0.1\n3,1,0.1\n"})
    assert (made.training.y == 0).all() and (made.target_scale.undone(made.training.y) == 0.1).all()


def test_numbers_too_large_to_be_standardized_are_refused() -> None:
    error = refused({"csv": "a,b,price\n1,2,1e308\n2,1,-1e308\n3,1,1e308\n"})
    assert error.pointer == "/data" and "too large" in str(error)


def test_errors_and_r2_are_those_of_the_target_in_its_own_unit() -> None:
    made = network({"csv": PRICES, "test_fraction": 0.3})
    evaluator, parameters = Evaluator(made), {id: made.graph[id].initial for id in made.parameters}
    outputs = evaluator.outputs(parameters, made.test.x)
    told, true = evaluator.numbers(outputs)[:, 0], made.target_scale.undone(made.test.y)[:, 0]
    fit = evaluator.fit(outputs, made.test.y)
    assert fit.mean_error == pytest.approx(np.abs(told - true).mean()) and fit.mean_error > 1000
    assert fit.r2 == pytest.approx(1 - ((told - true) ** 2).sum() / ((true - true.mean()) ** 2).sum())


def test_always_saying_the_mean_has_r2_0_and_what_is_alike_has_none() -> None:
    made = network({"csv": PRICES})
    evaluator = Evaluator(made)
    assert evaluator.fit(np.zeros((40, 1)), made.training.y).r2 == pytest.approx(0, abs=1e-12)
    assert evaluator.fit(np.zeros((1, 1)), made.training.y[:1]).r2 is None


def test_logits_are_told_as_the_probabilities_they_stand_for() -> None:
    made = network({"x": [[1, 2], [2, 3]], "y": [[0.2], [0.7]]}, loss="binary_cross_entropy_with_logits")
    fit = Evaluator(made).fit(np.log(np.array([[0.2 / 0.8], [0.7 / 0.3]])), made.training.y)
    assert fit.mean_error == pytest.approx(0, abs=1e-12) and fit.r2 == pytest.approx(1)
