import numpy as np
import pytest

from app.engine.check import Probe, check
from app.engine.graph import GraphBuilder
from app.engine.nudge import LADDER, POINTS, ZOOMS, Step, loss_curve, reach_of, shrinks_squared, steps
from app.engine.plan import Plan
from tests.engine.graphs import chain, two_layers
from tests.engine.random_graphs import random_graph


def finished(graph):
    plan = Plan(graph)
    plan.run(1, graph.backward_end)
    return plan.snapshot()


def probe_of(graph):
    shown = finished(graph)
    return Probe(graph, shown.value), shown


def relu_at(number):
    build = GraphBuilder()
    x = build.parameter("x", number)
    build.op("mul", [build.op("relu", [x], "h"), x], "p")
    build.op("add", [build.op("relu", [x], "h2"), x], "loss")
    return build.build()


def test_the_curve_runs_from_reach_below_to_reach_above_with_the_number_in_the_middle():
    probe, _ = probe_of(two_layers())
    curve = loss_curve(probe, "W1", (0, 1), 1.0)
    assert len(curve.numbers) == len(curve.losses) == POINTS
    assert (curve.numbers[0], curve.numbers[POINTS // 2], curve.numbers[-1]) == pytest.approx((-0.8, 0.2, 1.2))
    assert curve.losses[POINTS // 2] == probe.loss


@pytest.mark.parametrize("number", [np.finfo(np.float64).max, np.finfo(np.float64).min])
def test_the_curve_of_the_largest_number_there_is_stays_within_floating_point(number):
    build = GraphBuilder()
    build.op("mul", [build.parameter("x", number), build.constant("tenth", 0.1)], "loss")
    probe, _ = probe_of(build.build())
    curve = loss_curve(probe, "x", (), reach_of(number, 1.0))
    assert np.isfinite(curve.numbers).all() and np.isfinite(curve.losses).all()
    assert curve.numbers[POINTS // 2] == number


@pytest.mark.parametrize("id", ["W1", "x", "z1", "loss"])
def test_each_loss_of_a_curve_is_that_of_a_run_with_this_number(id):
    graph = two_layers()
    probe, shown = probe_of(graph)
    index = (0,) * len(graph[id].shape)
    curve = loss_curve(probe, id, index, 1.0)
    moved = shown.value(id).copy()
    moved[index] = curve.numbers[7]
    plan = Plan(graph)
    plan.run(1, graph.forward_end)
    plan.load(id, moved)
    forward = [at for at, moment in enumerate(graph.schedule) if moment.phase == "forward"]
    plan.run_moments([at for at in forward if graph.position(graph.schedule[at].node) > graph.position(id)])
    assert curve.losses[7] == plan.loss


@pytest.mark.parametrize("graph", [two_layers(), chain(30), random_graph(3)], ids=["tensors", "scalars", "random"])
def test_a_probe_stands_as_it_did_bit_for_bit(graph):
    probe, _ = probe_of(graph)
    before = probe.plan.snapshot()
    for node in graph.nodes:
        if node.kind != "constant" and not node.integer:
            index = (0,) * len(node.shape)
            loss_curve(probe, node.id, index, 10.0)
            steps(probe, node.id, index, 0.25, None)
    assert probe.plan.snapshot().values.tobytes() == before.values.tobytes()


def test_a_probe_moves_a_number_that_is_not_finite_and_puts_it_back():
    build = GraphBuilder()
    build.op("exp", [build.parameter("x", np.nan)], "loss")
    probe, _ = probe_of(build.build())
    assert probe.losses("x", (), [0.0, np.inf]).tolist() == [1.0, np.inf]
    assert np.isnan(probe.plan.value("x")) and np.isnan(probe.plan.loss)


def test_the_error_of_the_prediction_falls_with_the_square_of_the_step():
    probe, shown = probe_of(two_layers())
    found = steps(probe, "W2", (0, 0), 0.1, float(shown.gradient("W2")[0, 0]))
    assert [step.by for step in found] == pytest.approx([0.1 / 10**rung for rung in range(LADDER)])
    ratios = [found[rung].error / found[rung + 1].error for rung in range(2)]
    assert ratios == pytest.approx([100, 100], rel=0.05)
    assert shrinks_squared(found) is True


def test_a_straight_line_is_predicted_exactly_and_tells_nothing_of_squares():
    build = GraphBuilder()
    build.op("mul", [build.parameter("x", 0.7), build.constant("c", 3.0)], "loss")
    probe, _ = probe_of(build.build())
    found = steps(probe, "x", (), -0.3, 3.0)
    assert all(step.is_exact for step in found) and shrinks_squared(found) is None
    assert (found[0].predicted, found[0].true) == (-0.3 * 3.0, pytest.approx(-0.9))


def test_at_a_kink_the_error_falls_no_faster_than_the_step():
    probe, shown = probe_of(relu_at(0.0))
    found = steps(probe, "x", (), 0.1, float(shown.gradient("x")))
    assert found[0].error / found[1].error == pytest.approx(10)
    assert shrinks_squared(found) is False


def test_without_a_gradient_nothing_is_predicted_and_the_truth_is_still_told():
    probe, _ = probe_of(two_layers())
    (step, *_) = steps(probe, "W2", (0, 0), 0.1, None)
    assert (step.predicted, step.error, step.is_exact) == (None, None, False) and step.true > 0


@pytest.mark.parametrize(
    ("number", "zoom", "reach"),
    [
        (0.0, 1.0, 1.0),
        (0.15, 0.1, 0.1),
        (-3.0, 1.0, 2.0),
        (7.0, 10.0, 50.0),
        (1234.0, 1.0, 1000.0),
        (1e308, 10.0, 1e300),
    ],
)
def test_a_number_is_looked_at_as_far_as_it_is_large(number, zoom, reach):
    assert reach_of(number, zoom) == pytest.approx(reach)
    assert 1.0 in ZOOMS


def test_a_check_names_the_worst_element_and_its_two_numbers():
    graph = two_layers()
    shown = finished(graph)
    wrong = {"W1": shown.gradient("W1") * [[1, 1], [1, 1.5]]}
    reports = {
        report.id: report
        for report in check(graph, shown.value, gradients=lambda id: wrong.get(id, shown.gradient(id)))
    }
    worst = reports["W1"].worst
    assert not reports["W1"].ok and worst.index == (1, 1) and not worst.agrees
    assert worst.gradient == pytest.approx(1.5 * worst.difference.numeric, rel=1e-6)
    assert worst.difference.step == pytest.approx(6.06e-6, rel=1e-3)
    assert reports["W2"].ok and reports["W2"].worst.relative_error == reports["W2"].max_relative_error


def test_what_differs_comes_before_the_larger_relative_error_of_a_tiny_gradient():
    build = GraphBuilder()
    x = build.parameter("x", [1.0, 1e-13])
    build.op("sum", [build.op("mul", [x, x], "squares")], "loss")
    graph = build.build()
    shown = finished(graph)
    (report,) = check(graph, shown.value, gradients=lambda id: np.add(shown.gradient(id), [1e-4, 1e-12]))
    assert report.worst.index == (0,) and not report.worst.agrees


def test_the_first_kink_that_was_left_out_is_named():
    build = GraphBuilder()
    x = build.parameter("x", [1.0, 0.0, 0.0])
    build.op("sum", [build.op("relu", [x], "h")], "loss")
    graph = build.build()
    (report,) = check(graph, lambda id: graph[id].initial)
    assert (report.kinks, report.kink.index, report.worst.index) == (2, (1,), (0,))
    assert (report.kink.gradient, report.kink.difference.numeric) == (0.0, pytest.approx(0.5))


def test_numbers_that_are_not_finite_come_out_worst():
    build = GraphBuilder()
    x = build.parameter("x", [2.0, -1.0])
    build.op("sum", [build.op("log", [x], "logs")], "loss")
    graph = build.build()
    (report,) = check(graph, lambda id: graph[id].initial)
    assert not report.ok and not np.isfinite(report.worst.difference.numeric)


def test_a_gradient_of_zero_beside_no_number_has_no_relative_error_that_is_one():
    build = GraphBuilder()
    x = build.parameter("x", 1.0)
    zero = build.op("mul", [x, build.constant("c", 0.0)], "zero")
    build.op("log", [build.op("sub", [zero, build.constant("d", 1.0)], "minus")], "loss")
    graph = build.build()
    (report,) = check(graph, lambda id: graph[id].initial)
    assert not report.ok and np.isnan(report.worst.relative_error)


@pytest.mark.parametrize("error", [np.inf, np.nan])
def test_a_prediction_is_not_exact_where_the_loss_leaves_all_numbers(error):
    assert not Step(1.0, np.inf, 1.0, np.inf, error, np.inf).is_exact
