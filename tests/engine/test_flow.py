"""How the gradient flows through the layers of a net, in numbers."""

from typing import Any

import numpy as np
import pytest

from app.engine import flow
from app.engine.graph import Graph, GraphBuilder
from app.engine.ops import OPS, Op
from app.engine.plan import Plan
from app.nn.problem import build
from app.nn.spec import parse_spec


def dense(*activations: str, units: int = 4, rows: int = 20, **more: Any) -> Graph:
    """A net of layers of four units and one output, with random rows."""
    random = np.random.default_rng(1)
    document = {
        "kind": "layers",
        "inputs": 3,
        "layers": [
            *({"kind": "dense", "units": units, "activation": activation} for activation in activations),
            {"kind": "dense", "units": 1},
        ],
        "loss": "mean_squared_error",
        "data": {"x": random.normal(size=(rows, 3)).tolist(), "y": random.normal(size=(rows, 1)).tolist()},
        "seed": 3,
        **more,
    }
    return build(parse_spec(document)).graph


def measured(graph: Graph) -> dict[str, float]:
    """All gauges of a graph's first backward pass."""
    plan = Plan(graph)
    plan.run(1, graph.backward_end)
    snapshot = plan.snapshot()
    numbers = flow.measure(graph, snapshot.value, snapshot.gradient)
    return dict(zip(flow.columns(graph), numbers.tolist(), strict=True))


def test_every_matrix_and_every_activation_that_can_fail_has_its_columns() -> None:
    assert flow.columns(dense("relu", "tanh", "identity")) == (
        "gradient_norm",
        *(f"W{number}.{name}" for number in (1, 2, 3, 4) for name in ("gradient_norm", "weight_norm", "zero_share")),
        "a1.zero_share",
        "a1.dead_share",
        "a2.saturated_share",
    )


def test_the_norms_are_those_of_the_gradients_and_of_the_weights() -> None:
    graph = dense("tanh")
    plan = Plan(graph)
    plan.run(1, graph.backward_end)
    found, shown = measured(graph), plan.snapshot()
    assert found["W1.gradient_norm"] == pytest.approx(np.linalg.norm(shown.gradient("W1")), rel=1e-14)
    assert found["W1.weight_norm"] == pytest.approx(np.linalg.norm(shown.value("W1")), rel=1e-14)
    everything = np.concatenate([shown.gradient(id).ravel() for id in graph.parameters])
    assert found["gradient_norm"] == pytest.approx(np.linalg.norm(everything), rel=1e-14)


@pytest.mark.parametrize("size", [1e-200, 1.0, 1e200])
def test_a_norm_survives_numbers_whose_squares_do_not(size: float) -> None:
    with np.errstate(over="ignore"):
        assert flow.norm(np.array([3.0, 4.0]) * size) == pytest.approx(5.0 * size, rel=1e-14)


def test_a_norm_of_what_is_not_finite_is_not_finite() -> None:
    assert np.isnan(flow.norm(np.array([1.0, np.nan])))
    assert flow.norm(np.array([1.0, -np.inf])) == np.inf


def test_a_unit_that_is_off_in_every_row_is_dead_and_its_weights_get_exact_zeros() -> None:
    found = measured(dense("relu", parameters={"b1": [-100.0, 0.0, 0.0, 0.0]}))
    assert found["a1.dead_share"] == 0.25
    assert found["W1.zero_share"] == 0.25
    assert 0.25 < found["a1.zero_share"] < 1.0


@pytest.mark.parametrize(("activation", "bias"), [("sigmoid", 20.0), ("sigmoid", -20.0), ("tanh", 20.0)])
def test_numbers_near_the_ends_of_a_curve_are_saturated(activation: str, bias: float) -> None:
    found = measured(dense(activation, parameters={"b1": [bias, 0.0, 0.0, 0.0]}))
    assert found["a1.saturated_share"] == 0.25


def test_saturated_is_what_hardly_lets_a_hundredth_pass() -> None:
    slopes = np.array([[0.0101, 0.0099, 0.25, 0.0]])
    assert flow.saturated_share(slopes) == 0.5
    assert np.isnan(flow.saturated_share(np.array([[np.nan, 0.1]])))


@pytest.mark.parametrize("row", [row for row in OPS.values() if row.slope], ids=lambda row: row.name)
def test_the_slope_told_from_the_output_is_the_local_derivative(row: Op) -> None:
    x = np.linspace(-6.0, 6.0, 25)
    # Told from the output it has fewer digits, the nearer that is to an end of the curve.
    assert row.slope(row.value(x)) == pytest.approx(row.rules[0].vjp(np.ones(x.shape), row.forward(x), x), rel=1e-10)


def test_a_layer_knows_its_activation_and_whether_another_follows() -> None:
    found = flow.layers(dense("relu", "identity", "sigmoid"))
    assert [(layer.weight, layer.activation, layer.is_hidden) for layer in found] == [
        ("W1", "a1", True),
        ("W2", None, True),
        ("W3", "a3", True),
        ("W4", None, False),
    ]


def test_penalties_hide_no_activation() -> None:
    plain, penalized = dense("tanh", "relu"), dense("tanh", "relu", l1=0.1, l2=0.1)
    assert flow.layers(penalized) == flow.layers(plain)
    assert [layer.activation for layer in flow.layers(penalized)] == ["a1", "a2", None]


@pytest.mark.parametrize(("key", "factor"), [("l1", np.sign), ("l2", np.asarray)])
def test_the_gradient_of_the_fit_is_that_of_the_same_net_without_penalties(key: str, factor: Any) -> None:
    graph = dense("tanh", **{key: 0.3})
    plain, penalized = measured(dense("tanh")), measured(graph)
    assert "W1.fit_norm" not in plain
    for id in ("W1", "W2"):
        assert penalized[f"{id}.fit_norm"] == pytest.approx(plain[f"{id}.gradient_norm"], rel=1e-12)
    plan = Plan(graph)
    plan.run(1, graph.backward_end)
    shown = plan.snapshot()
    pull = flow.pull(flow.penalties(graph, "W1"), shown.value, shown.gradient)
    assert pull == pytest.approx(0.3 * factor(shown.value("W1")), rel=1e-14)


def test_where_there_is_no_matrix_every_parameter_is_measured() -> None:
    builder = GraphBuilder()
    builder.op("mul", (builder.parameter("a", 3.0), builder.parameter("b", 4.0)), "c")
    graph = builder.build()
    found = measured(graph)
    assert (found["gradient_norm"], found["a.gradient_norm"], found["b.gradient_norm"]) == (5.0, 4.0, 3.0)
    assert flow.layers(graph) == ()
    assert [row.weight for row in flow.measured(graph)] == ["a", "b"]


def test_a_weight_shared_by_steps_is_measured_once_and_is_hidden() -> None:
    builder = GraphBuilder()
    state, weight = builder.input("s", [[0.5, -0.2]]), builder.parameter("W", [[0.1, 0.7], [0.4, -0.3]])
    for step in range(3):
        state = builder.op("tanh", (builder.op("linear", (state, weight), f"z{step}"),), f"a{step}")
    builder.op("sum", (state,), "loss")
    graph = builder.build()
    assert flow.layers(graph) == (flow.Layer("W", None, is_hidden=True),)
    assert set(measured(graph)) >= {"W.gradient_norm", "a0.saturated_share", "a2.saturated_share"}


def test_of_a_very_long_net_the_first_and_the_last_layers_are_measured() -> None:
    builder = GraphBuilder()
    made = builder.input("x", [[1.0]])
    for number in range(flow.MOST + 10):
        made = builder.op("linear", (made, builder.parameter(f"W{number}", [[1.0]])), f"z{number}")
    builder.op("sum", (made,), "loss")
    graph = builder.build()
    weights = [layer.weight for layer in flow.layers(graph)]
    assert len(weights) == flow.MOST
    assert (weights[0], weights[-1]) == ("W0", f"W{flow.MOST + 9}")
    assert measured(graph)["gradient_norm"] == pytest.approx(np.sqrt(flow.MOST + 10))
