"""The search for causes on graphs that are long, wide, or broken in more than one place."""

import numpy as np
import pytest

from app.engine.cause import Cause
from app.engine.explain import locals_of
from app.engine.graph import Graph, GraphBuilder
from app.engine.ops import OPS, ROWS
from app.engine.plan import Plan
from app.engine.reach import factor_index, reached, reaching
from app.engine.why import causes
from tests.engine.graphs import of_row
from tests.engine.random_graphs import random_graph

BILINEAR = [
    (row, example, argument)
    for row in ROWS
    for example in row.examples
    for argument, rule in enumerate(row.rules[: len(example.arguments)])
    if rule and rule.factor is not None
]


def found(graph: Graph, id: str, index: tuple[int, ...] = ()) -> tuple[Cause, ...]:
    plan = Plan(graph)
    plan.run(1, graph.backward_end)
    shown = plan.snapshot()
    return causes(graph, shown.value, shown.gradient, id, index)


def found_in_chain(op: str, start: float, id: str, length: int = 10_000) -> tuple[Cause, ...]:
    """Causes where one number is sent through an op again and again; computed by hand, as compiling takes longer."""
    build = GraphBuilder()
    node = build.parameter("n0", start)
    values, gradients = {"n0": np.float64(start)}, {}
    with np.errstate(all="ignore"):
        for number in range(1, length):
            values[f"n{number}"] = np.asarray(OPS[op].value(np.asarray(values[node.id])))
            node = build.op(op, [node], f"n{number}")
        gradients[node.id] = np.ones(())
        for number in range(length - 1, 0, -1):
            x = np.asarray(values[f"n{number - 1}"])
            returned = OPS[op].forward(x)
            gradients[f"n{number - 1}"] = np.asarray(OPS[op].rules[0].vjp(gradients[f"n{number}"], returned, x))
    return causes(build.build(), values.__getitem__, gradients.__getitem__, id, ())


@pytest.mark.parametrize(
    ("op", "start", "id", "kind", "at"),
    [
        ("relu", -1.0, "n0", "kink", "n9999"),
        ("exp", 1.0, "n9999", "overflow", "n4"),
        ("neg", np.nan, "n9999", "given", "n0"),
        ("sigmoid", 1.0, "n0", "underflow", "n9501"),
        ("sigmoid", 1.0, "n9900", "vanishing", None),
    ],
)
def test_a_cause_is_found_through_a_chain_of_thousands(
    op: str, start: float, id: str, kind: str, at: str | None
) -> None:
    (cause,) = found_in_chain(op, start, id)
    assert cause.kind == kind
    assert at is None or cause.at.node == at


def test_a_chain_in_which_nothing_shrinks_is_ordinary() -> None:
    assert found_in_chain("neg", 1.0, "n0") == ()


def test_a_number_with_a_million_terms_has_one_cause_that_counts_them() -> None:
    build = GraphBuilder()
    x = build.input("x", -np.ones((1000, 1000)))
    build.op("sum", [build.op("relu", [build.op("add", [build.parameter("p", -1.0), x], "q")], "r")], "L")
    (cause,) = found(build.build(), "p")
    assert (cause.kind, cause.count, cause.among) == ("off", 1_000_000, 1_000_000)


def test_the_first_number_that_is_not_finite_is_the_first_of_two() -> None:
    build = GraphBuilder()
    zero, large = build.parameter("zero", 0.0), build.parameter("large", 800.0)
    late = build.op("exp", [large], "first")
    early = build.op("log", [zero], "second")
    build.op("mul", [early, late], "L")
    (cause,) = found(build.build(), "L")
    assert (cause.kind, cause.at.node) == ("overflow", "first")


def test_only_elements_that_a_number_depends_on_can_be_its_cause() -> None:
    build = GraphBuilder()
    x = build.input("x", [[0.0, 1.0], [2.0, 3.0]])
    product = build.op("matmul", [build.op("log", [x], "l"), build.constant("c", [[1.0], [1.0]])], "z")
    build.op("sum", [product], "L")
    graph = build.build()
    (cause,) = found(graph, "z", (0, 0))
    assert (cause.kind, cause.at.node, cause.at.index) == ("pole", "l", (0, 0))
    assert found(graph, "z", (1, 0)) == ()


def test_an_operand_that_is_infinite_elsewhere_is_not_followed() -> None:
    build = GraphBuilder()
    build.op("sum", [build.op("add", [build.input("u", [1.0, np.inf]), build.input("v", [np.inf, 1.0])], "s")], "L")
    (cause,) = found(build.build(), "s", (0,))
    assert (cause.kind, cause.at.node, cause.at.index) == ("given", "v", (0,))


def test_a_product_of_infinities_and_zeros_is_told_from_where_they_began() -> None:
    build = GraphBuilder()
    large = build.op("exp", [build.parameter("p", 800.0)], "e")
    build.op("mul", [large, build.constant("c", 0.0)], "L")
    born, began = found(build.build(), "L")
    assert (born.kind, born.numbers) == ("indeterminate", (np.inf, 0.0))
    assert (began.kind, began.at.node) == ("overflow", "e")


def test_a_nan_of_its_own_is_not_ascribed_to_infinities() -> None:
    build = GraphBuilder()
    large = build.op("exp", [build.parameter("p", 800.0)], "e")
    build.op("add", [large, build.op("log", [build.parameter("q", -1.0)], "l")], "L")
    (cause,) = found(build.build(), "L")
    assert (cause.kind, cause.at.node) == ("overflow", "e")


def test_a_sum_of_products_has_no_operands_to_name() -> None:
    build = GraphBuilder()
    build.op("matmul", [build.parameter("p", [1e200, 1.0]), build.input("x", [1e200, 1.0])], "L")
    (cause,) = found(build.build(), "L")
    assert (cause.kind, cause.op, cause.numbers) == ("overflow", "matmul", ())


@pytest.mark.parametrize(("start", "at"), [(0.0, ()), ([0.0, 1.0], (0,))])
def test_a_slope_without_bound_is_found_behind_other_operations(start, at) -> None:
    build = GraphBuilder()
    p = build.parameter("p", start)
    root = build.op("sqrt", [build.op("mul", [p, build.constant("c", 2.0)], "q")], "r")
    if at:
        build.op("sum", [root], "L")
    (cause,) = found(build.build(), "p", at)
    assert (cause.kind, cause.at.node, cause.at.index, cause.source.node) == ("steep", "r", at, "q")


def test_an_infinity_elsewhere_in_an_array_is_not_blamed_for_a_steep_slope() -> None:
    build = GraphBuilder()
    build.op("sum", [build.op("sqrt", [build.input("x", [0.0, np.inf])], "r")], "L")
    (cause,) = found(build.build(), "x", (0,))
    assert cause.kind == "steep"


def test_a_local_derivative_of_an_infinite_number_is_ascribed_to_that_number() -> None:
    build = GraphBuilder()
    build.op("pow", [build.input("x", np.inf), build.parameter("p", -1.0)], "L")
    (cause,) = found(build.build(), "p")
    assert (cause.kind, cause.at.node, cause.is_gradient) == ("given", "x", True)


def test_what_spoils_the_value_is_not_named_again_for_the_gradient() -> None:
    build = GraphBuilder()
    p = build.parameter("p", np.nan)
    build.op("mul", [p, p], "L")
    assert [(cause.kind, cause.is_gradient) for cause in found(build.build(), "p")] == [("given", False)]


def test_a_number_that_reaches_nothing_has_no_cause_to_be_named() -> None:
    build = GraphBuilder()
    empty = build.op("add", [build.parameter("p", 1.0), build.input("x", np.zeros(0))], "q")
    build.op("sum", [empty], "L")
    assert found(build.build(), "p") == ()


def test_of_several_ways_the_one_that_something_arrives_on_is_named() -> None:
    build = GraphBuilder()
    q = build.op("add", [build.parameter("p", 1.0), build.input("x", [1.0, 2.0])], "q")
    nothing = build.op("mul", [build.op("relu", [q], "r"), build.constant("none", 0.0)], "n")
    masked = build.op("mul", [q, build.input("w", [0.0, 0.0])], "m")
    build.op("sum", [build.op("add", [nothing, masked], "s")], "L")
    (cause,) = found(build.build(), "p")
    assert (cause.kind, cause.at.node, cause.source.node) == ("factor", "m", "w")


def test_a_matrix_of_zeros_is_the_factor_behind_many_numbers_at_once() -> None:
    build = GraphBuilder()
    q = build.op("add", [build.parameter("p", 1.0), build.input("x", np.ones((20, 2)))], "q")
    product = build.op("matmul", [q, build.input("W", np.zeros((2, 3)))], "z")
    rows = build.input("rows", np.repeat([0.0, 1.0], [18, 2])[:, None])
    build.op("sum", [build.op("mul", [product, rows], "s")], "L")
    (cause,) = found(build.build(), "p")
    assert (cause.kind, cause.at.node, cause.source.node, cause.is_one_way) == ("factor", "z", "W", True)
    assert cause.at.index[0] == 18


def test_terms_whose_sizes_overflow_are_not_called_small() -> None:
    build = GraphBuilder()
    p = build.parameter("p", 1e-10)
    parts = [
        build.op("mul", [p, build.constant(id, number)], f"m{id}") for id, number in (("a", 1.5e308), ("b", 1e308))
    ]
    build.op("sub", parts, "L")
    assert found(build.build(), "p") == ()


def test_nothing_is_followed_further_than_to_where_something_arrives() -> None:
    build = GraphBuilder()
    x = build.parameter("x", [[1.0, 2.0]])
    a = build.op("relu", [build.op("linear", [x, build.parameter("W", [[-1.0, -1.0], [1.0, 1.0]])], "z")], "a")
    build.op("sum", [a], "L")
    (cause,) = found(build.build(), "W", (0, 1))
    assert (cause.kind, cause.at.index, cause.source.number) == ("off", (0, 0), -3.0)


@pytest.mark.parametrize(("row", "example", "argument"), BILINEAR)
def test_the_factor_named_is_the_local_derivative(row, example, argument) -> None:
    graph = of_row(row, example)
    plan = Plan(graph)
    plan.run(1, graph.forward_end)
    consumer, values = graph["o"], plan.snapshot().value
    id, factor = consumer.inputs[argument], consumer.inputs[row.rules[argument].factor]
    for index in np.ndindex(*graph[id].shape):
        for place, local in zip(*locals_of(graph, values, consumer, argument, index), strict=True):
            where = factor_index(graph, consumer, argument, index, tuple(place.tolist()))
            assert float(values(factor)[where]) == local


@pytest.mark.parametrize("row", ROWS, ids=[row.name for row in ROWS])
def test_what_reaches_and_what_is_reached_agree(row) -> None:
    for example in row.examples:
        graph = of_row(row, example)
        consumer = graph["o"]
        for argument, id in enumerate(consumer.inputs):
            if row.rules[argument] is None or graph[id].integer:
                continue
            for index in np.ndindex(*graph[id].shape):
                mask = np.zeros(graph[id].shape, bool)
                mask[index] = True
                for place in np.argwhere(reached(graph, consumer, argument, mask)):
                    back = np.zeros(consumer.shape, bool)
                    back[tuple(place)] = True
                    assert reaching(graph, consumer, argument, back)[index]


@pytest.mark.parametrize("seed", range(6))
def test_causes_of_any_number_can_be_looked_for(seed: int) -> None:
    graph = random_graph(seed)
    plan = Plan(graph)
    plan.run(1, graph.backward_end)
    shown = plan.snapshot()
    for node in graph.nodes:
        for index in np.ndindex(*node.shape):
            for cause in causes(graph, shown.value, shown.gradient, node.id, index):
                assert cause.at.node in graph


def test_every_rule_says_what_flatness_means_only_in_known_words() -> None:
    assert OPS["relu"].rules[0].flat == "off"
    assert {rule.flat for row in ROWS for rule in row.rules if rule and rule.factor is not None} == {"flat"}
