"""Rows are parted by a seed, made into features, and scaled by what the training part alone says."""

from typing import Any

import numpy as np
import pytest

from app.errors import Invalid
from app.nn.problem import Problem, build
from app.nn.spec import parse_spec
from app.nn.supply.datasets import DATASETS
from app.nn.supply.preparation import FEATURES, SCALES

POINTS = {"x": [[1, -2], [2, 4], [3, 0.5], [4, 1], [5, 7]], "y": [[0.5], [1], [2], [3], [4]]}
SPIRAL = {"dataset": "spiral", "samples": 60, "noise": 0.1, "seed": 4}


def network(data: dict[str, Any], inputs: int = 2, **changes: Any) -> Problem:
    layers = [{"units": changes.pop("units", 1)}]
    document = {"kind": "layers", "inputs": inputs, "layers": layers, "loss": "mean_squared_error", "data": data}
    return build(parse_spec({**document, **changes}))


def refused(data: dict[str, Any], inputs: int = 2) -> Invalid:
    with pytest.raises(Invalid) as caught:
        network(data, inputs)
    return caught.value


# -- features ---------------------------------------------------------------------------------------------------------


def test_the_features_are_those_of_the_playground() -> None:
    x1, x2 = np.array(POINTS["x"], dtype=float).T
    expected = {
        "x1": x1, "x2": x2, "x1^2": x1**2, "x2^2": x2**2, "x1*x2": x1 * x2, "sin x1": np.sin(x1), "sin x2": np.sin(x2)
    }  # fmt: skip
    assert list(FEATURES) == list(expected)
    made = network({**POINTS, "features": list(FEATURES)}, len(FEATURES))
    np.testing.assert_array_equal(made.training.x, np.stack(list(expected.values()), axis=1))
    assert made.preparation.inputs == ("x₁", "x₂", "x₁²", "x₂²", "x₁ · x₂", "sin x₁", "sin x₂")


def test_inputs_stand_in_the_order_of_the_features_asked_for() -> None:
    made = network({**SPIRAL, "features": ["sin x2", "x1"]})
    raw = made.raw["training"]
    np.testing.assert_array_equal(made.training.x, np.stack([np.sin(raw[:, 1]), raw[:, 0]], axis=1))
    assert made.preparation.inputs == ("sin x₂", "x₁") and made.preparation.columns == ("x₁", "x₂")


def test_one_column_has_the_features_that_need_no_second() -> None:
    made = network({"dataset": "sine", "features": ["x1", "sin x1"]})
    assert made.preparation.inputs == ("x", "sin x")


@pytest.mark.parametrize(
    ("data", "inputs", "pointer", "said"),
    [
        ({**SPIRAL, "features": ["x1", "x3"]}, 2, "/data/features/1", "Expected one of x1"),
        ({**SPIRAL, "features": ["x1", "x1"]}, 2, "/data/features/1", "x1 is there twice"),
        ({**SPIRAL, "features": []}, 2, "/data/features", "at least 1"),
        ({**SPIRAL, "features": ["x1"]}, 2, "/inputs", "one input (x₁); the network takes 2"),
        ({**SPIRAL, "features": ["x1", "x2", "x1*x2"]}, 2, "/inputs", "3 inputs (x₁, x₂, x₁ · x₂); the"),
        ({"dataset": "sine", "features": ["x2"]}, 1, "/data/features/0", "needs a second column"),
        ({"dataset": "sine"}, 2, "/inputs", "one input (x); the network takes 2"),
        ({"dataset": "digits"}, 2, "/inputs", "64 inputs (pixel_0_0, pixel_0_1"),
        ({"x": [[1, 2, 3]], "y": [[1]], "features": ["x1"]}, 1, "/data/features", "columns; these data have 3"),
        ({"x": [[1e200, 2]], "y": [[1]], "features": ["x1^2"]}, 1, "/data", "the input x₁² is not finite"),
        ({**SPIRAL, "scale": "log"}, 2, "/data/scale", "raw, standardize, min_max"),
        ({**SPIRAL, "test_fraction": 0.5, "validation_fraction": 0.5}, 2, "/data/validation_fraction", "0.5 + 0.5"),
        ({**SPIRAL, "validation_fraction": 1}, 2, "/data/validation_fraction", "less than 1"),
        ({"dataset": "chance", "noise": 0.1}, 2, "/data/noise", "takes no noise; expected 0, got 0.1"),
        ({"dataset": "iris", "samples": 151}, 4, "/data/samples", "has 150 samples; got 151"),
    ],
)  # fmt: skip
def test_data_that_do_not_fit_are_refused_where_they_are(data: dict, inputs: int, pointer: str, said: str) -> None:
    error = refused(data, inputs)
    assert error.pointer == pointer and said in str(error)


# -- scale ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("data", [SPIRAL, {**SPIRAL, "features": ["x1^2", "x1*x2"]}], ids=["columns", "features"])
def test_the_scale_is_fitted_on_the_training_part_only(data: dict) -> None:
    data = {**data, "test_fraction": 0.3, "validation_fraction": 0.2}
    raw, standard, unit = (network({**data, "scale": scale}) for scale in SCALES)
    x = raw.training.x
    np.testing.assert_allclose(standard.training.x.mean(axis=0), 0, atol=1e-14)
    np.testing.assert_allclose(standard.training.x.std(axis=0), 1, rtol=1e-14)
    assert unit.training.x.min(axis=0).tolist() == [0, 0] and unit.training.x.max(axis=0).tolist() == [1, 1]
    for name, rows in raw.sets.items():
        np.testing.assert_array_equal(standard.sets[name].x, (rows.x - x.mean(axis=0)) / x.std(axis=0))
        np.testing.assert_array_equal(unit.sets[name].x, (rows.x - x.min(axis=0)) / np.ptp(x, axis=0))


def test_rows_of_any_part_of_the_plane_are_prepared_alike() -> None:
    made = network({**SPIRAL, "features": ["x1", "sin x2"], "scale": "standardize", "test_fraction": 0.2})
    for name, rows in made.sets.items():
        np.testing.assert_array_equal(made.preparation.prepare(made.raw[name]), rows.x)
    assert made.preparation.prepare(np.zeros((7, 2))).shape == (7, 2)


@pytest.mark.parametrize("scale", ["standardize", "min_max"])
def test_a_column_that_is_the_same_everywhere_becomes_zero(scale: str) -> None:
    made = network({"x": [[1, 5], [2, 5]], "y": [[1], [2]], "scale": scale})
    assert made.training.x[:, 1].tolist() == [0, 0] and np.isfinite(made.training.x).all()


@pytest.mark.parametrize("scale", ["standardize", "min_max"])
@pytest.mark.parametrize("number", [0.1, 1 / 3, 123.456, 100_000_000.1])
def test_a_column_whose_mean_is_rounded_becomes_zero_as_well(number: float, scale: str) -> None:
    # The mean of many times 0.1 is not 0.1, and what rounding leaves is no deviation to divide by.
    made = network({"x": [[row, number] for row in range(10)], "y": [[row] for row in range(10)], "scale": scale})
    assert made.training.x[:, 1].tolist() == [0] * 10
    assert made.preparation.prepare(np.array([[0, number + 1]]))[0, 1] == pytest.approx(1)


def test_without_a_scale_the_rows_are_the_bits_that_were_given() -> None:
    made = network(POINTS)
    assert made.training.x.tolist() == POINTS["x"] and made.training.y.tolist() == POINTS["y"]
    np.testing.assert_array_equal(made.raw["training"], made.training.x)


# -- parts ------------------------------------------------------------------------------------------------------------


def test_rows_written_out_keep_their_order_unless_some_are_held_out() -> None:
    made = network({**POINTS, "validation_fraction": 0.2, "test_fraction": 0.4, "seed": 2})
    assert [len(rows) for rows in made.sets.values()] == [2, 1, 2]
    together = np.concatenate([np.hstack([rows.x, rows.y]) for rows in made.sets.values()]).tolist()
    given = [[*x, *y] for x, y in zip(POINTS["x"], POINTS["y"], strict=True)]
    assert together != given and sorted(together) == sorted(map(list, given))


def test_what_is_held_out_is_a_function_of_the_seed() -> None:
    first, again, other = (network({**POINTS, "test_fraction": 0.4, "seed": seed}) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first.test.x, again.test.x)
    assert not np.array_equal(first.test.x, other.test.x)


def test_pure_chance_keeps_the_order_of_the_articles_program() -> None:
    x = np.random.RandomState(0).randn(100, 2)
    np.testing.assert_array_equal(network({"dataset": "chance"}).training.x, x)
    held = network({"dataset": "chance", "test_fraction": 0.3})
    assert len(held.test) == 30 and not np.array_equal(held.training.x, x[:70])


def test_a_seed_of_any_size_makes_points() -> None:
    for name in ("chance", "spiral"):
        assert len(network({"dataset": name, "seed": 2**53 - 1}).training) == DATASETS[name].samples


# -- targets ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("y", "changes", "classes"),
    [
        ([[0], [1], [1]], {}, ("0", "1")),
        ([[0], [1], [0.5]], {}, None),
        ([[1], [1], [1]], {}, None),
        ([[1], [1], [1]], {"loss": "binary_cross_entropy"}, ("0", "1")),
        ([[0.2], [1], [1]], {"loss": "binary_cross_entropy"}, None),
        ([[-1], [1], [1]], {"loss": "hinge"}, ("−1", "1")),
        ([[0, 1], [1, 0], [0, 1]], {"units": 2}, ("0", "1")),
        ([[0, 1], [1, 1], [0, 1]], {"units": 2}, None),
        ([0, 2, 2], {"units": 3, "loss": "cross_entropy"}, ("0", "1", "2")),
        ([[0, 1], [1, 0], [0, 1]], {"units": 2, "loss": "cross_entropy"}, ("0", "1")),
    ],
)
def test_targets_written_out_are_classes_where_they_can_be_nothing_else(y: list, changes: dict, classes: Any) -> None:
    made = network({"x": [[1, 2], [3, 4], [5, 6]], "y": y}, **changes)
    assert (made.classes, made.task) == (classes, "regression" if classes is None else "classification")


@pytest.mark.parametrize("name", [name for name, row in DATASETS.items() if row.task == "regression"])
def test_numbers_to_tell_are_one_output_and_no_loss_of_classes_takes_them(name: str) -> None:
    data, inputs = {"dataset": name, "noise": 0.1}, len(DATASETS[name].columns)
    made = network(data, inputs)
    assert made.training.y.shape == (DATASETS[name].samples, 1) and made.classes is None
    for changes, pointer in (({"units": 2}, "/layers/0/units"), ({"loss": "hinge"}, "/loss")):
        with pytest.raises(Invalid) as caught:
            network(data, inputs, **changes)
        assert caught.value.pointer == pointer


def test_the_hills_of_the_plane_are_those_of_the_playground() -> None:
    row = DATASETS["hills"]
    x, y = row.make(row.generator(0), 5_000, 0.0)
    for centre, height in (((-4, 2.5), 1), ((0, 2.5), -1), ((0, -2.5), 1), ((4, -2.5), -1)):
        distance = np.hypot(*(x - centre).T)
        np.testing.assert_allclose(y[distance < 2], height * (1 - distance[distance < 2] / 2))
    assert np.abs(x).max() <= 6 and np.abs(y).max() <= 1


def test_the_slope_grows_from_one_corner_of_the_plane_to_the_other() -> None:
    row = DATASETS["plane"]
    x, y = row.make(row.generator(0), 100, 0.0)
    np.testing.assert_allclose(y, x.sum(axis=1) / 10)
