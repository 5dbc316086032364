"""A spec becomes a graph that runs: names, order, shapes, parameters, minibatches and data held out."""

from typing import Any

import numpy as np
import pytest

from app.engine.check import check
from app.engine.ops import OPS
from app.engine.plan import Plan
from app.errors import ChainruleError, Invalid
from app.nn.layers.activations import ACTIVATIONS
from app.nn.limits import Limits
from app.nn.losses import LOSSES
from app.nn.optimizers import document_of, parse_optimizer
from app.nn.problem import Problem, build, loss_of, training_of
from app.nn.spec import parse_spec
from app.nn.supply.datasets import DATASETS, Dataset


def network(**changes: Any) -> Problem:
    document = {
        "kind": "layers",
        "inputs": 2,
        "layers": [{"kind": "dense", "units": 3, "activation": "tanh"}, {"kind": "dense", "units": 1}],
        "loss": "mean_squared_error",
        "data": {"x": [[0.1 * row, 0.2] for row in range(5)], "y": [[row] for row in range(5)]},
        **changes,
    }
    return build(parse_spec(document))


def ids(problem: Problem) -> list[str]:
    return [node.id for node in problem.graph.nodes]


def test_nodes_stand_in_the_order_they_are_read() -> None:
    assert ids(network()) == ["x", "W1", "b1", "z1", "a1", "W2", "b2", "z2", "y", "loss"]


def test_shapes_are_those_of_rows_of_samples_and_rows_of_weights() -> None:
    graph = network().graph
    shapes = {id: graph[id].shape for id in ("x", "W1", "b1", "z1", "a1", "W2", "z2", "y", "loss")}
    assert shapes == {
        "x": (5, 2), "W1": (3, 2), "b1": (3,), "z1": (5, 3), "a1": (5, 3), "W2": (1, 3), "z2": (5, 1),
        "y": (5, 1), "loss": (),
    }  # fmt: skip


def test_a_layer_without_bias_has_none_and_is_still_one_op() -> None:
    problem = network(layers=[{"kind": "dense", "units": 1, "bias": False}])
    assert ids(problem) == ["x", "W1", "z1", "y", "loss"]
    assert problem.graph["z1"].inputs == ("x", "W1")


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_every_activation_has_right_gradients(activation: str) -> None:
    problem = network(layers=[{"kind": "dense", "units": 3, "activation": activation}, {"kind": "dense", "units": 1}])
    assert ("a1" in problem.graph) is (activation != "identity")
    assert_gradients(problem)


@pytest.mark.parametrize("loss", LOSSES)
def test_every_loss_has_right_gradients_on_made_up_data(loss: str) -> None:
    layers = [{"units": 4, "activation": "tanh"}, {"units": 2, "activation": "sigmoid"}]
    problem = network(loss=loss, layers=layers, data={"dataset": "gauss", "samples": 6, "seed": 2})
    assert_gradients(problem)


def assert_gradients(problem: Problem) -> None:
    plan = Plan(problem.graph)
    plan.run(1, problem.graph.backward_end)
    report = check(problem.graph, plan.snapshot().value)
    assert [found.id for found in report if not found.ok] == []


def test_the_rows_of_losses_and_activations_name_ops() -> None:
    assert set(LOSSES) == {name for name, row in OPS.items() if row.is_loss}
    assert {row.op for row in ACTIVATIONS.values()} - {None} <= set(OPS)


# -- parameters -------------------------------------------------------------------------------------------------------


def test_parameters_are_drawn_from_the_seed_and_biases_are_zero() -> None:
    first, again, other = network(), network(seed=0), network(seed=1)
    for id in ("W1", "W2"):
        np.testing.assert_array_equal(first.graph[id].initial, again.graph[id].initial)
        assert not np.array_equal(first.graph[id].initial, other.graph[id].initial)
    assert not first.graph["b1"].initial.any()


def test_giving_one_parameter_leaves_the_others_as_they_would_be_drawn() -> None:
    drawn, given = network(), network(parameters={"W1": [[1, 2], [3, 4], [5, 6]], "b2": [7]})
    assert given.graph["W1"].initial.tolist() == [[1, 2], [3, 4], [5, 6]]
    assert given.graph["b2"].initial.tolist() == [7]
    np.testing.assert_array_equal(given.graph["W2"].initial, drawn.graph["W2"].initial)


def test_all_parameters_are_named_and_frozen_ones_marked() -> None:
    problem = network(frozen=["b1", "W2"])
    assert problem.parameters == ("W1", "b1", "W2", "b2")
    assert problem.frozen == {"b1", "W2"}


# -- batches ----------------------------------------------------------------------------------------------------------


def test_the_graph_is_that_of_the_first_minibatch() -> None:
    problem = network(batch_size=2, seed=3)
    rows = problem.batches.rows(0)
    np.testing.assert_array_equal(problem.graph["x"].initial, problem.batches.x[rows])
    np.testing.assert_array_equal(problem.graph["y"].initial, problem.batches.y[rows])


def test_a_short_last_minibatch_has_a_graph_of_its_own_with_the_same_ids_and_parameters() -> None:
    problem = network(batch_size=2)
    short = problem.graph_for(1)
    assert short["z2"].shape == (1, 1)
    assert [node.id for node in short.nodes] == ids(problem)
    np.testing.assert_array_equal(short["W1"].initial, problem.graph["W1"].initial)
    assert problem.graph_for(1) is short and problem.graph_for(2) is problem.graph


@pytest.mark.parametrize("batch_size", [None, 5, 50])
def test_a_batch_as_large_as_the_data_is_the_full_batch(batch_size: int | None) -> None:
    problem = network(batch_size=batch_size)
    assert problem.batches.size is None and problem.batches.count == 1
    assert problem.graph["x"].shape == (5, 2)


def test_class_numbers_keep_their_range_in_a_minibatch_without_the_highest_class() -> None:
    layers = [{"kind": "dense", "units": 3}]
    problem = network(loss="cross_entropy", layers=layers, batch_size=1, data={"x": [[1, 2], [3, 4]], "y": [0, 2]})
    assert problem.graph["y"].integer and problem.graph["y"].classes == 3


# -- data sets --------------------------------------------------------------------------------------------------------


def net_for(row: Dataset, **changes: Any) -> dict[str, Any]:
    """A network that fits a data set: its inputs, its outputs, its loss."""
    data = {"dataset": row.name, "samples": 40, "noise": 0.1 * row.takes_noise, "seed": 1, **changes}
    units = len(row.classes) if row.classes else 1
    loss = "cross_entropy" if row.classes else "mean_squared_error"
    return {"inputs": len(row.columns), "layers": [{"units": units}], "loss": loss, "data": data}


@pytest.mark.parametrize("row", DATASETS.values(), ids=list(DATASETS))
def test_rows_held_out_are_not_trained_on(row: Dataset) -> None:
    problem = network(**net_for(row, validation_fraction=0.1, test_fraction=0.25))
    parts = [{tuple(values) for values in rows.x.tolist()} for rows in problem.sets.values()]
    assert [len(rows) for rows in problem.sets.values()] == [26, 4, 10]
    assert sum(map(len, parts)) == len(set.union(*parts))
    assert problem.test.y.shape == ((10,) if row.classes else (10, 1))
    assert (problem.classes, problem.image, problem.task) == (row.classes, row.image, row.task)


@pytest.mark.parametrize("row", DATASETS.values(), ids=list(DATASETS))
def test_a_validation_set_takes_no_row_of_the_test_set(row: Dataset) -> None:
    without, beside = (network(**net_for(row, validation_fraction=part, test_fraction=0.25)) for part in (0.0, 0.1))
    np.testing.assert_array_equal(without.test.x, beside.test.x)
    assert without.validation is None


def test_at_least_one_point_is_left_to_train_on() -> None:
    assert len(network(data={"dataset": "xor", "samples": 1, "test_fraction": 0.9}).training) == 1


def test_nothing_is_held_out_unless_asked_for() -> None:
    assert network(data={"dataset": "xor"}).test is None
    assert network().test is None


@pytest.mark.parametrize(
    ("loss", "units", "shape", "values"),
    [
        ("mean_squared_error", 1, (20, 1), {0, 1}),
        ("mean_squared_error", 2, (20, 2), {0, 1}),
        ("binary_cross_entropy", 1, (20, 1), {0, 1}),
        ("hinge", 1, (20, 1), {-1, 1}),
        ("hinge", 2, (20, 2), {-1, 1}),
        ("cross_entropy", 2, (20,), {0, 1}),
        ("cross_entropy", 3, (20,), {0, 1}),
    ],
)
def test_labels_take_the_shape_that_the_loss_wants(loss: str, units: int, shape: tuple, values: set) -> None:
    layers = [{"kind": "dense", "units": units}]
    y = network(loss=loss, layers=layers, data={"dataset": "moons", "samples": 20}).batches.y
    assert y.shape == shape and set(y.ravel().tolist()) == values


# -- what a leaf may hold ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "good", "bad"),
    [
        ({"loss": "hinge", "data": {"x": [[1, 2]], "y": [[1]]}}, [[-1.0]], [[0.5]]),
        ({"loss": "binary_cross_entropy", "data": {"x": [[1, 2]], "y": [[1]]}}, [[0.5]], [[2.0]]),
    ],
)
def test_targets_stay_what_their_loss_takes(changes: dict, good: list, bad: list) -> None:
    problem = network(**changes)
    problem.check_value("y", np.array(good))
    problem.check_value("W1", np.full((3, 2), np.inf))
    with pytest.raises(Invalid) as caught:
        problem.check_value("y", np.array(bad))
    assert caught.value.pointer == "/value/0/0"


def test_class_numbers_of_an_expression_stay_class_numbers() -> None:
    source = "z = [[1, 2], [3, 4]]\ny = input([0, 1])\nL = cross_entropy(z, y)"
    problem = build(parse_spec({"kind": "expression", "source": source}))
    problem.check_value("y", np.array([1.0, 1.0]))
    problem.check_value("z", np.array([[1.5, 1.5], [0.0, 0.0]]))
    for bad in ([2.0, 0.0], [0.5, 0.0], [-1.0, 0.0], [np.nan, 0.0]):
        with pytest.raises(Invalid, match="from 0 to 1"):
            problem.check_value("y", np.array(bad))


def test_an_expression_has_no_batches() -> None:
    problem = build(parse_spec({"kind": "expression", "source": "a = 2\nL = a * a  # the square"}))
    assert problem.batches is None and problem.graph_for(7) is problem.graph
    assert problem.title == "L = a * a" and problem.leak is None
    for ask in (loss_of, training_of, lambda one: one.evaluation_graph(np.ones((1, 1)), np.ones((1, 1)))):
        with pytest.raises(TypeError):
            ask(problem)


@pytest.mark.parametrize(
    ("source", "limits"), [("a = 1\nL = a *", Limits()), ("a = 1\nL = a * a", Limits(max_nodes=1))]
)
def test_a_refusal_of_an_expression_points_at_the_source_too(source: str, limits: Limits) -> None:
    with pytest.raises(ChainruleError) as caught:
        build(parse_spec({"kind": "expression", "source": source}), limits)
    assert (caught.value.pointer, caught.value.line) == ("/source", 2)


# -- optimizers -------------------------------------------------------------------------------------------------------


def test_settings_of_the_same_kind_are_merged_and_another_kind_begins_with_its_defaults() -> None:
    adam = parse_optimizer({"kind": "adam", "beta1": 0.5, "learning_rate": 0.2})
    merged = parse_optimizer({"learning_rate": 0.3}, adam)
    assert (merged.kind, merged.learning_rate, merged.beta1) == ("adam", 0.3, 0.5)
    assert parse_optimizer({"kind": "adam", "epsilon": 1e-6}, adam).beta1 == 0.5
    assert parse_optimizer({"kind": "adamw"}, adam).learning_rate == 0.001
    assert parse_optimizer({}, adam) == adam


def test_the_order_of_updates_outlives_another_kind_of_optimizer() -> None:
    sequential = parse_optimizer({"update_order": "sequential"}, parse_optimizer({"kind": "adam"}))
    assert (sequential.kind, sequential.update_order) == ("adam", "sequential")
    assert parse_optimizer({"kind": "sgd"}, sequential).update_order == "sequential"
    assert parse_optimizer({"kind": "sgd", "update_order": "simultaneous"}, sequential).update_order == "simultaneous"


def test_settings_stored_before_there_was_an_order_of_updates_mean_the_simultaneous_one() -> None:
    stored = {"kind": "sgd", "learning_rate": 0.5, "momentum": 0.0, "nesterov": False, "weight_decay": 0.0}
    assert parse_optimizer(stored).update_order == "simultaneous"


def test_an_optimizer_goes_to_json_and_back() -> None:
    adam = parse_optimizer({"kind": "adam", "beta1": 0.5})
    assert parse_optimizer(document_of(adam)) == adam


@pytest.mark.parametrize(
    ("document", "pointer"),
    [(3, "/settings"), ({"kind": 3}, "/settings/kind"), ({"learning_rate": -1}, "/settings/learning_rate")],
)
def test_wrong_settings_are_refused_under_the_pointer_they_stand_at(document: Any, pointer: str) -> None:
    with pytest.raises(Invalid) as caught:
        parse_optimizer(document, pointer="/settings")
    assert caught.value.pointer == pointer
