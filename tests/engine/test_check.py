"""The second opinion where a central difference is hard to take: cancelling sums, flat bends, numbers near 0."""

import pytest

from app.engine.check import check
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
