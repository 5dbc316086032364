from dataclasses import replace

import numpy as np
import pytest

from app.engine.check import Probe, check
from app.engine.explain import locals_of, terms
from app.engine.graph import GraphBuilder, rule_of
from app.engine.ops import OPS, ROWS
from app.engine.plan import Plan
from app.engine.program import unbroadcast
from app.nn.problem import build as problem_of
from app.nn.spec import parse_spec
from tests.engine.graphs import of_row, random_scalars, two_layers
from tests.engine.random_graphs import random_graph

EXAMPLES = [(row, example) for row in ROWS for example in row.examples]
IDS = [f"{row.name}-{number}" for row in ROWS for number, _ in enumerate(row.examples)]


def finished(graph):
    plan = Plan(graph)
    plan.run(1, graph.backward_end)
    return plan.snapshot()


def assert_terms_sum(graph):
    shown = finished(graph)
    for node in graph.nodes:
        if not graph.has_gradient(node.id) or node is graph.loss:
            assert terms(graph, shown.value, shown.gradient, node.id, (0,) * len(node.shape)) == []
            continue
        for index in np.ndindex(*node.shape):
            found = terms(graph, shown.value, shown.gradient, node.id, index)
            scale = max((abs(term.product) for term in found), default=1.0)
            assert sum(term.product for term in found) == pytest.approx(
                float(shown.gradient(node.id)[index]), rel=1e-12, abs=1e-13 * scale
            )


@pytest.mark.parametrize(("row", "example"), EXAMPLES, ids=IDS)
def test_terms_sum_to_the_gradient_for_every_op(row, example):
    assert_terms_sum(of_row(row, example))


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("make", [random_graph, random_scalars])
def test_terms_sum_to_the_gradient_on_random_graphs(make, seed):
    assert_terms_sum(make(seed))


def layers(loss, targets):
    document = {
        "kind": "layers",
        "inputs": 4,
        "layers": [{"kind": "dense", "units": 8, "activation": "tanh"}, {"kind": "dense", "units": 3}],
        "loss": loss,
        "data": {"x": np.sin(np.arange(24.0)).reshape(6, 4).tolist(), "y": targets},
    }
    return problem_of(parse_spec(document)).graph


@pytest.mark.parametrize(
    ("loss", "targets"),
    [("cross_entropy", [0, 2, 1, 1, 0, 2]), ("mean_squared_error", np.cos(np.arange(18.0)).reshape(6, 3).tolist())],
)
def test_terms_sum_to_the_gradient_in_a_net_on_a_batch(loss, targets):
    assert_terms_sum(layers(loss, targets))


def test_an_infinite_weight_does_not_spoil_the_slopes_of_its_neighbours():
    build = GraphBuilder()
    x, w = build.input("x", [[1.0, 2.0]]), build.parameter("W", [[np.inf, 3.0]])
    build.op("sum", [build.op("linear", [x, w], "z")], "loss")
    graph = build.build()
    _, local = locals_of(graph, finished(graph).value, graph["z"], 0, (0, 1))
    assert local.tolist() == [3.0]


@pytest.mark.parametrize(("row", "example"), EXAMPLES, ids=IDS)
def test_locals_agree_with_one_hot_vjps(row, example):
    graph = of_row(row, example)
    values, consumer = finished(graph).value, graph["o"]
    arguments = [values(id) for id in consumer.inputs]
    y = OPS[row.name].forward(*arguments, **consumer.attributes)
    for argument, id in enumerate(consumer.inputs):
        if not graph.has_gradient(id):
            continue
        for index in np.ndindex(*graph[id].shape):
            for place, local in zip(*locals_of(graph, values, consumer, argument, index), strict=True):
                upstream = np.zeros(consumer.shape)
                upstream[tuple(place)] = 1.0
                share = rule_of(consumer, argument).vjp(upstream, y, *arguments, **consumer.attributes)
                expected = np.asarray(unbroadcast(np.asarray(share), graph[id].shape))[index]
                assert local == pytest.approx(float(expected), rel=1e-13, abs=1e-15)


def test_one_term_for_each_consumer_and_element_that_a_number_reaches():
    graph = two_layers()
    shown = finished(graph)
    found = terms(graph, shown.value, shown.gradient, "a1", (0, 0))
    assert [(term.consumer, term.argument, term.index) for term in found] == [("z2", 0, (0, 0)), ("z2", 0, (0, 1))]
    assert [f"{term.product:.9f}" for term in found] == ["0.055399425", "-0.019049118"]


def test_a_relu_that_is_off_still_shows_its_term_with_a_local_of_zero():
    build = GraphBuilder()
    x = build.parameter("x", -0.4)
    build.op("mul", [build.op("relu", [x], "h"), build.constant("c", 3.0)], "loss")
    graph = build.build()
    shown = finished(graph)
    (term,) = terms(graph, shown.value, shown.gradient, "x", ())
    assert (term.upstream, term.local, term.product) == (3.0, 0.0, 0.0)


def test_a_central_difference_of_an_op_moves_only_what_follows_it():
    graph = two_layers()
    shown = finished(graph)
    difference = Probe(graph, shown.value).difference("z1", (0, 1))
    assert difference.numeric == pytest.approx(float(shown.gradient("z1")[0, 1]), rel=1e-8)
    assert difference.relative_error(float(shown.gradient("z1")[0, 1])) < 1e-8


def test_a_probe_leaves_no_trace_of_earlier_probes():
    graph = two_layers()
    probe, fresh = (Probe(graph, finished(graph).value) for _ in range(2))
    for index in np.ndindex(2, 2):
        probe.difference("W1", index)
    assert probe.difference("W2", (1, 1)) == fresh.difference("W2", (1, 1))


def test_a_wrong_gradient_is_found(monkeypatch):
    wrong = OPS["sigmoid"].rules[0].vjp
    monkeypatch.setitem(OPS, "sigmoid", _with_vjp(OPS["sigmoid"], lambda g, y, x: 1.01 * wrong(g, y, x)))
    graph = two_layers()
    assert not all(report.ok for report in check(graph, lambda id: graph[id].initial))


def _with_vjp(row, vjp):
    return replace(row, rules=(replace(row.rules[0], vjp=vjp),))


def test_a_number_at_a_kink_is_skipped_and_counted():
    build = GraphBuilder()
    x = build.parameter("x", [0.0, 1.0])
    build.op("sum", [build.op("relu", [x], "h")], "loss")
    graph = build.build()
    (report,) = check(graph, lambda id: graph[id].initial)
    assert report.ok and report.kinks == 1 and report.skipped == 1


@pytest.mark.parametrize("distance", [3e-6, 4e-7, 2e-7, -3e-6])
def test_a_kink_that_the_step_runs_over_is_no_wrong_gradient(distance):
    build = GraphBuilder()
    x = build.parameter("x", distance)
    build.op("add", [build.op("relu", [x], "h"), x], "loss")
    graph = build.build()
    (report,) = check(graph, lambda id: graph[id].initial)
    assert report.ok


def test_a_sharp_bend_of_a_large_number_is_no_wrong_gradient():
    build = GraphBuilder()
    build.op("sin", [build.parameter("x", 1000.0)], "loss")
    graph = build.build()
    (report,) = check(graph, lambda id: graph[id].initial)
    assert report.ok and report.skipped == 0


def test_a_local_derivative_may_be_infinite_without_a_warning():
    build = GraphBuilder()
    x = build.parameter("x", [0.0, 1.0])
    build.op("sum", [build.op("sqrt", [x], "root")], "loss")
    graph = build.build()
    shown = finished(graph)
    (term,) = terms(graph, shown.value, shown.gradient, "x", (0,))
    assert term.local == np.inf


def test_a_budget_samples_and_says_how_many_were_left_out():
    graph = two_layers()
    reports = check(graph, lambda id: graph[id].initial, budget=6)
    assert sum(report.unsampled for report in reports) == 6
    assert all(report.ok for report in reports)


def test_two_tiny_gradients_have_no_relative_error():
    build = GraphBuilder()
    x = build.parameter("x", 1.0)
    build.op("add", [build.op("mul", [x, build.constant("c", 0.0)], "p"), build.constant("d", 5.0)], "loss")
    graph = build.build()
    (report,) = check(graph, lambda id: graph[id].initial)
    assert report.max_relative_error is None and report.ok
