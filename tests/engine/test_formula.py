"""Formulas over single numbers: every element of every op is written out, and what is written computes to it again."""

import math
from functools import cache

import numpy as np
import pytest

from app.engine.elements import Elements
from app.engine.explain import local_formula, terms, value_formula
from app.engine.formula import (
    FUNCTIONS,
    Call,
    Formula,
    Named,
    Number,
    Place,
    Product,
    Series,
    Sum,
)
from app.engine.graph import Graph, GraphBuilder
from app.engine.ops import OPS, ROWS
from app.nn.presets import PRESETS
from app.nn.problem import build as problem_of
from app.nn.spec import parse_spec
from tests.engine.figures import op_graph, torch_figures
from tests.engine.graphs import of_row, random_scalars, two_layers
from tests.engine.random_graphs import random_graph
from tests.engine.written import NAMES, assert_all_compute, assert_computes, assert_value_computes, finished, leaves

EXAMPLES = [
    pytest.param(row, example, id=f"{row.name}-{number}") for row in ROWS for number, example in enumerate(row.examples)
]
EDGES = [pytest.param(figures, id=f"{figures['op']}: {figures['case']}") for figures in torch_figures()["ops"]]
EXTREMES = (0.0, -0.0, 1.0, 1000.0, -1000.0, 800.0, -800.0, 40.0, -40.0, 1e-300)
NOT_FINITE = (math.nan, math.inf, -math.inf, 1e200)


def assert_some_compute(graph: Graph, seed: int, count: int = 40) -> None:
    """Elements of a graph chosen by chance: their values, their local derivatives, and that terms use these."""
    shown, generator = finished(graph), np.random.default_rng(seed)
    for _ in range(count):
        node = graph.nodes[generator.integers(len(graph.nodes))]
        index = tuple(int(generator.integers(length)) for length in node.shape)
        if node.op:
            assert_value_computes(graph, shown, node.id, index)
        for term in terms(graph, shown.value, shown.gradient, node.id, index)[:20]:
            formula = local_formula(graph, shown.value, term.consumer, term.argument, index, term.index)
            assert_computes(formula, term.local)


@cache
def net(name: str) -> Graph:
    if name != "softmax":
        return problem_of(parse_spec({"kind": "preset", "name": name})).graph
    rows = {"x": np.sin(np.arange(24.0)).reshape(6, 4).tolist(), "y": [0, 2, 1, 1, 0, 2]}
    layers = [{"kind": "dense", "units": 8, "activation": "tanh"}, {"kind": "dense", "units": 3}]
    document = {"kind": "layers", "inputs": 4, "layers": layers, "loss": "cross_entropy", "data": rows}
    return problem_of(parse_spec(document)).graph


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_a_row_that_is_not_elementwise_writes_its_element_and_its_local_derivatives(row):
    # Elementwise rows that write nothing are written by their forward pass and their rules; the examples try them.
    if not row.is_elementwise:
        assert row.element and all(rule is None or rule.local for rule in row.rules)


@pytest.mark.parametrize(("row", "example"), EXAMPLES)
def test_every_example_of_every_op_computes_again_from_its_formulas(row, example):
    assert_all_compute(of_row(row, example), "o")


@pytest.mark.parametrize("figures", EDGES)
def test_edges_and_kinks_compute_again_from_their_formulas(figures):
    assert_all_compute(op_graph(figures), "y")


@pytest.mark.parametrize("name", [*PRESETS, "softmax"])
def test_elements_of_a_net_chosen_by_chance_compute_again(name):
    assert_some_compute(net(name), seed=1)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("make", [random_graph, random_scalars])
def test_elements_of_random_graphs_compute_again(make, seed):
    assert_some_compute(make(seed), seed)


def extreme(row, example, numbers, seed: int) -> Graph:
    """The op on an example's shapes, filled with extreme numbers; class numbers stay class numbers."""
    generator = np.random.default_rng(seed)
    classes = row.class_numbers(*(np.shape(value) for value in example.arguments))
    build = GraphBuilder()
    leaves = [
        build.input(f"p{place}", value if place in classes else generator.choice(numbers, size=np.shape(value)))
        for place, value in enumerate(example.arguments)
    ]
    build.op("sum", [build.op(row.name, leaves, "o", **example.attributes)], "loss")
    return build.build()


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(("row", "example"), EXAMPLES)
def test_extreme_numbers_compute_again(row, example, seed):
    assert_all_compute(extreme(row, example, EXTREMES, seed), "o")


@pytest.mark.parametrize(("row", "example"), EXAMPLES)
def test_formulas_of_numbers_that_are_not_finite_are_still_written(row, example):
    assert_all_compute(extreme(row, example, EXTREMES + NOT_FINITE * 3, 0), "o")


def test_a_layers_element_is_the_weighted_sum_of_the_textbook():
    graph = two_layers()
    formula = value_formula(graph, finished(graph).value, "z1", (0, 1))
    assert [*formula.parts] == [
        Product((Place("x", (0, 0), 0.05), Place("W1", (1, 0), 0.25))),
        Product((Place("x", (0, 1), 0.1), Place("W1", (1, 1), 0.3))),
        Place("b1", (1,), 0.35),
    ]
    assert formula.text() == "0.05*0.25 + 0.1*0.3 + 0.35"


def test_the_slope_of_a_sigmoid_is_written_with_the_sigmoids_own_place():
    graph = two_layers()
    shown = finished(graph)
    y = Place("a1", (0, 1), float(shown.value("a1")[0, 1]))
    assert local_formula(graph, shown.value, "a1", 0, (0, 1), (0, 1)) == y * (1.0 - y)


def test_the_slope_of_a_layer_is_the_place_of_the_other_factor():
    graph = two_layers()
    values = finished(graph).value
    assert local_formula(graph, values, "z2", 0, (0, 0), (0, 1)) == Place("W2", (1, 0), 0.5)
    assert local_formula(graph, values, "z1", 1, (1, 0), (0, 1)) == Place("x", (0, 0), 0.05)
    assert local_formula(graph, values, "z1", 2, (1,), (0, 1)) == Number(1.0)


def test_an_input_is_made_of_nothing():
    graph = two_layers()
    assert value_formula(graph, finished(graph).value, "x", (0, 0)) is None


def test_a_large_score_is_written_less_the_largest_and_a_small_one_as_in_the_textbook():
    build = GraphBuilder()
    build.op("sum", [build.op("softmax", [build.input("x", [[1000.0, 999.0], [1.0, 2.0]])], "s")], "loss")
    graph = build.build()
    values = finished(graph).value
    assert Named(r"\max", 1000.0) in leaves(value_formula(graph, values, "s", (0, 0)))
    assert value_formula(graph, values, "s", (1, 0)).text() == "exp(1.0)/(exp(1.0) + exp(2.0))"


def test_of_class_numbers_only_the_scores_of_the_own_class_are_summed():
    graph = of_row(OPS["cross_entropy"], OPS["cross_entropy"].examples[0])
    formula = value_formula(graph, finished(graph).value, "o", ())
    first, second = formula.of.factors[1].parts
    assert first.arguments[0].numerator == Call("exp", (Place("p0", (0, 2), 2.0),))
    assert second.arguments[0].numerator == Call("exp", (Place("p0", (1, 0), -0.75),))


def test_a_sum_of_a_million_numbers_makes_none_of_them():
    numbers = np.arange(1e6).reshape(1000, 1000)
    build = GraphBuilder()
    build.op("sum", [build.input("x", numbers)], "loss")
    formula = value_formula(build.build(), lambda id: numbers, "loss", ())
    assert len(formula.parts) == 1_000_000
    assert np.shares_memory(formula.values, numbers)
    assert formula.value == numbers.sum()
    assert formula.parts[1002] == Place("x", (1, 2), 1002.0)


def test_the_parts_of_a_sum_count_for_what_they_are():
    graph = two_layers()
    formula = value_formula(graph, finished(graph).value, "z1", (0, 1))
    np.testing.assert_array_equal(formula.values, [part.value for part in formula.parts])


@pytest.mark.parametrize(("row", "example"), EXAMPLES)
def test_parts_made_together_are_those_made_one_by_one(row, example):
    graph = of_row(row, example)
    shown = finished(graph)
    for index in np.ndindex(*graph["o"].shape):
        for found in sums(value_formula(graph, shown.value, "o", index)):
            np.testing.assert_allclose(found.values, [part.value for part in found.parts], rtol=1e-12, atol=1e-13)


def sums(formula: Formula):
    if isinstance(formula, Sum):
        yield formula
    for name in getattr(formula, "__dataclass_fields__", ()):
        part = getattr(formula, name)
        for one in part if isinstance(part, tuple | Series) else (part,):
            if isinstance(one, Formula):
                yield from sums(one)


A, B = Place("a", (), 0.5), Place("b", (), -0.2)
TEXTS = [
    (A * B + 2.0 * A + B, "0.5*(-0.2) + 2*0.5 + (-0.2)"),
    (A - (B - 1.0), "0.5 - (-0.2 - 1)"),
    ((A + B) / (A * B), "(0.5 + (-0.2))/(0.5*(-0.2))"),
    (-((A + B) ** 2.0), "-(0.5 + (-0.2))**2"),
    (B**2.0, "(-0.2)**2"),
    (A ** (B - 1.0), "0.5**(-0.2 - 1)"),
    (2.0**A - 1.0 / A, "2**0.5 - 1/0.5"),
    (3.0 - A, "3 - 0.5"),
    (1.0 * A * 1.0, "0.5"),
    (-1.0 * A, "-0.5"),
    (np.exp(-B), "exp(-(-0.2))"),
    (np.float64(3.0) * A, "3*0.5"),
    (Number(math.inf) - Number(math.nan), "inf - nan"),
    (Sum(()), "0"),
]


@pytest.mark.parametrize(("formula", "text"), TEXTS, ids=[text for _, text in TEXTS])
def test_a_formula_reads_as_python_writes_it(formula, text):
    assert formula.text() == text
    np.testing.assert_equal(float(eval(text, dict(NAMES))), formula.value)


def test_a_sum_too_long_for_plus_signs_is_written_as_a_list():
    formula = Sum(tuple(Number(float(number)) for number in range(5000)))
    assert eval(formula.text(), dict(NAMES)) == formula.value == 4999 * 2500


def test_what_is_not_defined_is_not_a_number_and_no_error():
    zero = Number(0.0)
    assert math.isnan((zero / zero).value) and math.isnan(np.log(Number(-1.0)).value)
    assert (1.0 / zero).value == math.inf and np.log(zero).value == -math.inf


def test_a_formula_is_one_number_and_not_an_array_to_reduce():
    with pytest.raises(TypeError):
        np.add.reduce(A)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_says_how_it_is_written(name):
    assert "#1" in FUNCTIONS[name].latex or "#*" in FUNCTIONS[name].latex


def test_elements_remember_where_they_stand():
    numbers = np.arange(24.0).reshape(2, 3, 4)
    elements = Elements("x", numbers)[1, :, 1:3]
    assert elements.shape == (3, 2)
    assert elements[2, -1] == Place("x", (1, 2, 2), 22.0)
    assert elements.places()[3] == Place("x", (1, 1, 2), 18.0)
    assert [place.number for place in elements.places()[1:3]] == [14.0, 17.0]


SHAPES = [
    ("linear", ((2, 3, 4), (5, 4), (5,)), {}),
    ("linear", ((4,), (5, 4), (1,)), {}),
    ("linear", ((3, 1), (2, 1)), {}),
    ("matmul", ((2, 1, 3, 4), (5, 4, 2)), {}),
    ("matmul", ((3, 2, 4), (4,)), {}),
    ("matmul", ((4,), (2, 4, 3)), {}),
    ("transpose", ((2, 3, 4),), {"axes": (-1, 0, 1)}),
    ("transpose", ((),), {}),
    ("reshape", ((1, 1),), {"shape": ()}),
    ("sum", ((2, 1, 3),), {"axis": (0, 1)}),
    ("sum", ((2, 3),), {"axis": ()}),
    ("sum", ((),), {}),
    ("mean", ((2, 3, 4),), {"axis": -2, "keepdims": True}),
    ("max", ((2, 1, 3),), {"axis": 1}),
    ("softmax", ((2, 3, 4),), {"axis": 1}),
    ("softmax", ((),), {}),
    ("log_softmax", ((2, 3, 4),), {"axis": -3}),
    ("cross_entropy", ((2, 3, 4), (2, 3, 4)), {}),
    ("half_squared_error", ((), ()), {}),
    ("huber", ((2, 3, 4), (2, 3, 4)), {}),
]


@pytest.mark.parametrize(("name", "shapes", "attributes"), SHAPES)
def test_arrays_of_other_shapes_are_written_out_as_well(name, shapes, attributes):
    generator = np.random.default_rng(0)
    build = GraphBuilder()
    leaves = [build.input(f"p{place}", generator.normal(size=shape)) for place, shape in enumerate(shapes)]
    output = build.op(name, leaves, "o", **attributes)
    if output.shape:
        build.op("sum", [output], "loss")
    assert_all_compute(build.build(), "o")


@pytest.mark.parametrize("numbers", [[2, 0, 1], [[2, 0], [1, 1]], 1])
def test_class_numbers_of_any_shape_choose_their_scores(numbers):
    scores = np.random.default_rng(0).normal(size=(*np.shape(numbers), 3))
    build = GraphBuilder()
    build.op("cross_entropy", [build.input("z", scores), build.input("t", numbers)], "o")
    assert_all_compute(build.build(), "o")
