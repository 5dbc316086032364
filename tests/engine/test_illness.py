"""Every illness is told from the numbers of a run, and a run that is well has none."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from app.engine import flow, illness
from app.engine.course import Course
from app.engine.graph import Graph
from app.nn.problem import build
from app.nn.spec import parse_spec


def graph_of(activation: str, depth: int = 4, units: int = 8) -> Graph:
    """A net of so many hidden layers, on twenty rows."""
    rows = np.random.default_rng(0).normal(size=(20, 2))
    document = {
        "kind": "layers",
        "inputs": 2,
        "layers": [
            *({"kind": "dense", "units": units, "activation": activation} for _ in range(depth)),
            {"kind": "dense", "units": 1},
        ],
        "loss": "mean_squared_error",
        "data": {"x": rows.tolist(), "y": rows[:, :1].tolist()},
        "seed": 0,
    }
    return build(parse_spec(document)).graph


def course(activation: str = "tanh", count: int = 40, **columns: Any) -> Course:
    """A run that is well: a loss that falls, and gauges at every iteration; `columns` are set otherwise."""
    graph = graph_of(activation)
    well = {"gradient_norm": 0.1, "weight_norm": 2.0, "zero_share": 0.0, "dead_share": 0.0, "saturated_share": 0.1}
    names = flow.columns(graph)
    made = {name: np.full(count, well[name.rpartition(".")[2]]) for name in names}
    made |= {name.replace("_of_", "."): np.broadcast_to(value, count).astype(float) for name, value in columns.items()}
    parameters = {id: graph[id].initial for id in graph.parameters}
    losses = np.geomspace(1.0, 0.1, count)
    return Course(graph, losses, np.arange(count), made, parameters, {"W1": 1e-3}, 20, inputs=graph["x"].initial)


TESTS = [
    illness.alike,
    illness.exploding,
    illness.saturated,
    illness.dead,
    illness.vanishing,
    illness.too_fast,
    illness.non_finite,
    illness.overfitting,
    illness.too_slow,
]


def found_in(run: Course) -> set[str]:
    return {test.__name__ for test in TESTS if test(run)}


@pytest.mark.parametrize("activation", ["tanh", "relu"])
@pytest.mark.parametrize("count", [1, 2, 40])
def test_a_run_that_is_well_has_no_illness(activation: str, count: int) -> None:
    assert found_in(course(activation, count)) == set()


def test_a_run_of_which_nothing_is_known_has_no_illness() -> None:
    run = course()
    nothing = {name: column[:0] for name, column in run.columns.items()}
    run = replace(run, losses=run.losses[:0], iterations=run.iterations[:0], columns=nothing, steps={})
    assert found_in(run) == set()


def test_a_gradient_lost_over_several_layers_vanishes() -> None:
    run = course(W1_of_gradient_norm=1e-9, W2_of_gradient_norm=1e-5)
    found = illness.vanishing(run)
    assert found.nodes == ("W1", "W3")
    assert found.numbers["share"] == pytest.approx(1e-8)
    assert found.numbers["each"] == pytest.approx(1e-4)
    assert found_in(run) == {"vanishing"}


def test_a_gradient_lost_at_one_step_has_not_vanished_on_its_way() -> None:
    assert illness.vanishing(course(W1_of_gradient_norm=1e-9)) is None


def test_a_gradient_that_is_exactly_zero_has_not_vanished() -> None:
    assert illness.vanishing(course(W1_of_gradient_norm=0.0)) is None


def test_what_vanished_at_first_is_forgiven_once_something_was_learned() -> None:
    norms = np.geomspace(1e-9, 0.1, 40)
    run = course(W1_of_gradient_norm=norms, W2_of_gradient_norm=norms)
    run = replace(run, columns={**run.columns, "W3.gradient_norm": np.full(40, 0.2)})
    assert illness.vanishing(run) is None
    assert illness.vanishing(replace(run, losses=np.full(40, 0.7))).is_first


LARGE = {f"W{number}_of_weight_norm": 20.0 for number in range(1, 6)}


def test_a_first_gradient_that_dwarfs_its_weights_explodes() -> None:
    found = illness.exploding(course(W2_of_gradient_norm=1e5, **LARGE))
    assert (found.nodes, found.numbers["times"]) == (("W2",), 5e3)
    later = np.where(np.arange(40) > 3, 1e5, 0.1)
    assert illness.exploding(course(W2_of_gradient_norm=later, **LARGE)) is None


def test_a_gradient_that_is_large_without_large_weights_does_not_explode() -> None:
    assert illness.exploding(course(W2_of_gradient_norm=1e5)) is None


@pytest.mark.parametrize("activation", ["relu", "identity"])
def test_the_first_weights_make_what_passes_so_many_times_larger(activation: str) -> None:
    run = course(activation, **LARGE)
    gains = [20 / 16**0.25, *[20 / 64**0.25] * 3, 20 / 8**0.25]
    halves = 0.5**2 if activation == "relu" else 1.0
    assert illness.growth(run) == pytest.approx(np.prod(gains) * halves)


def test_a_layer_at_the_ends_of_its_curve_since_the_start_is_saturated() -> None:
    run = course(a1_of_saturated_share=0.8)
    assert illness.saturated(run).sort == "weights"
    assert illness.saturated(replace(run, inputs=run.inputs * 100)).sort == "inputs"


def test_a_net_that_has_learned_may_have_gone_to_the_ends_of_its_curves() -> None:
    shares = np.linspace(0.0, 0.95, 40)
    run = course(a1_of_saturated_share=shares)
    assert illness.saturated(run) is None
    stuck = replace(run, losses=np.full(40, 0.7))
    assert not illness.saturated(stuck).is_first


def test_a_layer_of_dead_units_is_told_and_single_ones_are_not() -> None:
    assert illness.dead(course("relu", a2_of_dead_share=1.0)).nodes == ("a2",)
    assert illness.dead(course("relu", a2_of_dead_share=0.5)) is None


def test_what_one_minibatch_leaves_off_is_not_dead() -> None:
    shares = np.where(np.arange(40) == 39, 1.0, 0.0)
    assert illness.dead(course("relu", a2_of_dead_share=shares)) is None


def test_few_rows_say_nothing_of_dead_or_saturated_units() -> None:
    assert illness.dead(replace(course("relu", a2_of_dead_share=1.0), rows=1)) is None
    assert illness.saturated(replace(course(a1_of_saturated_share=1.0), rows=1)) is None


def test_units_with_the_same_weights_in_and_out_are_alike() -> None:
    run = course()
    same = {id: np.ones(array.shape) for id, array in run.parameters.items()}
    assert illness.alike(replace(run, parameters=same)).nodes == ("W1", "W2", "W3", "W4")
    assert illness.alike(replace(run, parameters={**same, "W2": run.parameters["W2"]})).nodes == ("W3", "W4")
    biased = {**same, "b1": np.arange(8.0), "b2": np.arange(8.0), "b3": np.arange(8.0), "b4": np.arange(8.0)}
    assert illness.alike(replace(run, parameters=biased)) is None


def test_a_single_unit_has_none_to_be_alike_with() -> None:
    graph = graph_of("tanh", units=1)
    parameters = {id: np.zeros(graph[id].shape) for id in graph.parameters}
    assert illness.alike(replace(course(), graph=graph, parameters=parameters)) is None


def test_rounding_tells_no_units_apart() -> None:
    run = course()
    noise = np.random.default_rng(0)
    same = {id: np.ones(array.shape) + noise.normal(0, 1e-15, array.shape) for id, array in run.parameters.items()}
    assert illness.alike(replace(run, parameters=same)) is not None


@pytest.mark.parametrize(
    ("losses", "sort"),
    [
        ([1.0, 3.0, 30.0], "rising"),
        ([1.0, 4.0, 9.0, 1e200, np.inf, np.nan], "overflowing"),
        ([1.0, 0.9, 2.5, 2.6, 3.0, 2.4, 2.2, 2.3], "rising"),
        ([1.0, *[0.7, 1.1] * 20], "swinging"),
    ],
)
def test_a_rate_is_too_high_where_the_loss_rises_or_swings(losses: list[float], sort: str) -> None:
    assert illness.too_fast(replace(course(), losses=np.array(losses))).sort == sort


@pytest.mark.parametrize(
    "losses",
    [
        [1.0, 1.5, 0.6, 0.5],
        [1.0, *[0.07, 0.11] * 20],
        [1.0, *np.linspace(0.99, 0.9, 40)],
        [1.0, *[0.95, 1.2] * 10, *[0.9, 1.1] * 5, *[0.6, 0.8] * 5],
        [0.0, 0.0, 0.0],
        [1.0],
    ],
)
def test_a_loss_that_gets_on_may_rise_now_and_then(losses: list[float]) -> None:
    assert illness.too_fast(replace(course(), losses=np.array(losses))) is None


def test_losses_of_different_batches_may_swing() -> None:
    swinging = replace(course(), losses=np.array([1.0, *[0.7, 1.1] * 20]))
    assert illness.too_fast(swinging)
    assert illness.too_fast(replace(swinging, is_full_batch=False)) is None


def test_the_first_number_that_is_not_finite_is_named() -> None:
    assert illness.non_finite(replace(course(), first_non_finite="z2")).nodes == ("z2",)
    assert illness.non_finite(replace(course(), losses=np.array([1.0, 0.5, np.nan]))).iteration == 2


def test_a_rate_is_too_low_where_ordinary_gradients_move_next_to_nothing() -> None:
    slow = replace(course(), losses=np.linspace(1.0, 0.999, 200), steps={"W1": 1e-7})
    assert illness.too_slow(slow).numbers["count"] == 200
    assert illness.too_slow(replace(slow, steps={"W1": 1e-3})) is None
    assert illness.too_slow(replace(slow, losses=np.linspace(1.0, 0.5, 200))) is None


def test_a_rate_is_too_low_for_minibatches_too_whatever_their_own_losses_are() -> None:
    run = course()
    measured = {**run.columns, "training.loss": np.linspace(1.0, 0.999, 40)}
    losses = np.random.default_rng(0).uniform(0.8, 1.2, 200)
    slow = replace(run, losses=losses, steps={"W1": 1e-7}, columns=measured, is_full_batch=False)
    assert illness.too_slow(slow).numbers["fallen"] == pytest.approx(0.001)
    assert illness.too_slow(replace(slow, columns={**measured, "training.loss": np.linspace(1.0, 0.5, 40)})) is None


def test_a_validation_loss_that_rises_while_the_training_loss_falls_is_overfitting() -> None:
    training = np.geomspace(1.0, 0.01, 40)
    validation = np.concatenate([np.linspace(1.0, 0.5, 20), np.linspace(0.5, 0.9, 20)])
    run = course()
    ill = replace(run, columns={**run.columns, "training.loss": training, "validation.loss": validation})
    assert illness.overfitting(ill).iteration in (19, 20)
    for others in ((training, training * 1.5), (validation, validation), (training, np.full(40, np.nan))):
        named = dict(zip(("training.loss", "validation.loss"), others, strict=True))
        assert illness.overfitting(replace(run, columns={**run.columns, **named})) is None


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_numbers_that_are_not_finite_break_no_test(bad: float) -> None:
    run = course("relu")
    columns = {name: np.where(np.arange(40) > 4, bad, column) for name, column in run.columns.items()}
    columns |= {name: run.columns[name] for name in columns if name.endswith("_share")}
    broken = replace(run, columns=columns, losses=np.where(np.arange(40) > 4, bad, run.losses))
    assert found_in(broken) == {"non_finite"}
