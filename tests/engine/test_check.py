"""The second opinion where a central difference is hard to take: cancelling sums, flat bends, numbers near 0."""

import math

import numpy as np
import pytest

from app.engine.check import Difference, Probe, check
from app.engine.graph import Graph, GraphBuilder
from app.engine.plan import Plan


def gradients_of(graph: Graph):
    plan = Plan(graph)
    plan.run(1, graph.backward_end)
    return plan.snapshot()


def centred(scale: float) -> Graph:
    """Σ (s·x − mean(s·x)), which is 0 whatever x is."""
    build = GraphBuilder()
    x = build.op("mul", [build.parameter("x", [0.1, 0.2, 0.7]), build.constant("s", scale)], "m")
    build.op("sum", [build.op("sub", [x, build.op("mean", [x], "mean")], "c")], "L")
    return build.build()


def of_power(start: float, power: float) -> Graph:
    build = GraphBuilder()
    build.op("pow", [build.parameter("x", start), build.constant("n", power)], "L")
    return build.build()


def of_one(op: str, start: float) -> Graph:
    build = GraphBuilder()
    build.op(op, [build.parameter("x", start)], "L")
    return build.build()


@pytest.mark.parametrize(
    "graph",
    [centred(1.0), centred(1000.0), of_power(0.0, 3.0), of_power(0.0, 5.0), of_power(1e-5, -1.0), of_one("log", 1e-6)],
    ids=["cancels", "cancels far from 0", "cube", "fifth power", "pole nearby", "edge of the domain nearby"],
)
def test_a_right_gradient_is_called_right_where_a_difference_is_hard_to_take(graph: Graph) -> None:
    (found,) = check(graph, gradients_of(graph).value)
    assert found.ok and found.kinks == 0
    assert found.max_relative_error is None or found.max_relative_error < 1e-6


@pytest.mark.parametrize("factor", [0.0, 0.999, 1.00001, 2.0])
@pytest.mark.parametrize("graph", [of_power(1e-5, -1.0), of_one("log", 1e-6), of_one("sigmoid", 0.3), of_power(0.3, 5)])
def test_a_wrong_gradient_is_not(graph: Graph, factor: float) -> None:
    shown = gradients_of(graph)
    (found,) = check(graph, shown.value, gradients=lambda id: shown.gradient(id) * factor)
    assert not found.ok


def test_a_slope_of_zero_is_not_confirmed_where_there_is_one() -> None:
    shown = gradients_of(of_power(0.0, 1.0))
    (found,) = check(of_power(0.0, 1.0), shown.value, gradients=lambda id: shown.gradient(id) * 0)
    assert not found.ok


def of_norm(length: int) -> Graph:
    """The length of a vector of zeros: a kink, with a gradient that is NaN."""
    build = GraphBuilder()
    x = build.parameter("x", np.zeros(length))
    build.op("sqrt", [build.op("matmul", [x, x], "s")], "L")
    return build.build()


def test_a_gradient_that_is_not_finite_is_no_kink_to_be_skipped() -> None:
    (found,) = check(of_norm(3), gradients_of(of_norm(3)).value)
    assert (found.ok, found.kinks, found.worst.doubt) == (False, 0, "gradient")
    assert math.isnan(found.worst.gradient) and found.worst.difference.numeric == 0.0
    assert math.isnan(found.max_relative_error)


def test_an_infinite_gradient_is_not_right_however_large_the_difference() -> None:
    (found,) = check(of_one("sqrt", 0.0), gradients_of(of_one("sqrt", 0.0)).value)
    assert (found.ok, found.worst.gradient, found.worst.doubt) == (False, math.inf, "gradient")


@pytest.mark.parametrize("gradient", [math.nan, math.inf, -math.inf, 1.0])
@pytest.mark.parametrize("numeric", [math.nan, math.inf, -math.inf, 1.0])
@pytest.mark.parametrize("noise", [0.0, math.inf, math.nan])
def test_nothing_agrees_with_what_is_not_finite(gradient: float, numeric: float, noise: float) -> None:
    difference = Difference(numeric, noise, 1e-6)
    if not (gradient == numeric == 1.0):
        assert not difference.agrees(gradient) and math.isnan(difference.relative_error(gradient))


@pytest.mark.parametrize("bad", [math.nan, math.inf])
@pytest.mark.parametrize("place", [0, 137, 499])
def test_a_gradient_that_is_not_finite_is_found_among_those_not_sampled(bad: float, place: int) -> None:
    build = GraphBuilder()
    build.op("sum", [build.parameter("x", np.ones(500))], "L")
    wrong = np.ones(500)
    wrong[place] = bad
    graph = build.build()
    (found,) = check(graph, gradients_of(graph).value, budget=5, gradients=lambda id: wrong)
    assert (found.ok, found.worst.index, found.worst.doubt) == (False, (place,), "gradient")
    assert found.unsampled >= 494


def of_probability(p: float, t: float) -> Graph:
    build = GraphBuilder()
    build.op("binary_cross_entropy", [build.parameter("p", p), build.input("t", t)], "L")
    return build.build()


def of_waves(often: float) -> Graph:
    build = GraphBuilder()
    build.op("sin", [build.op("mul", [build.parameter("x", 1.0), build.constant("often", often)], "m")], "L")
    return build.build()


@pytest.mark.parametrize(
    ("graph", "doubt"),
    [
        (of_power(0.0, 1.5), "difference"),
        (of_one("relu", 0.0), "kink"),
        (of_probability(1e-20, 1.0), "held"),
        (of_probability(1e-60, 1.0), "held"),
        (of_probability(1 - 1e-14, 1.0), "held"),
        (of_waves(1e7), "sharp"),
    ],
    ids=["edge of the domain", "kink", "held", "logarithm held, too", "held near 1", "waves"],
)
def test_what_no_difference_confirms_has_its_reason(graph: Graph, doubt: str) -> None:
    shown = gradients_of(graph)
    (id,) = graph.parameters
    found = Probe(graph, shown.value).compare(id, (), float(shown.gradient(id)))
    assert (found.agrees, found.doubt) == (False, doubt)


def test_a_number_too_small_for_a_step_as_short_as_itself_takes_the_usual_one() -> None:
    graph = of_one("sqrt", 5e-324)
    (found,) = check(graph, gradients_of(graph).value)
    assert found.worst.difference.step > 0 and found.worst.doubt == "difference"


def test_what_is_simply_wrong_is_said_to_be() -> None:
    graph = of_one("sigmoid", 0.3)
    found = Probe(graph, gradients_of(graph).value).compare("x", (), 1.0)
    assert (found.agrees, found.doubt) == (False, "unknown")


def test_beside_a_slope_that_is_held_stands_the_difference_of_the_loss_itself() -> None:
    graph = of_probability(1e-20, 1.0)
    shown = gradients_of(graph)
    found = Probe(graph, shown.value).compare("p", (), float(shown.gradient("p")))
    assert found.gradient == pytest.approx(-1e12) and found.difference.numeric == pytest.approx(-1e20)
    assert (found.held.kind, found.held.source.node, found.held.source.number) == ("held", "p", 1e-20)


def test_only_what_reaches_a_slope_that_is_held_is_doubted_for_it() -> None:
    build = GraphBuilder()
    p = build.parameter("p", [1e-20, 0.5])
    build.op("binary_cross_entropy", [p, build.input("t", [1.0, 1.0])], "L")
    graph = build.build()
    shown = gradients_of(graph)
    probe = Probe(graph, shown.value)
    doubts = [probe.compare("p", (place,), float(shown.gradient("p")[place])).doubt for place in range(2)]
    assert doubts == ["held", None]
