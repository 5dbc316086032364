import numpy as np
import pytest

from app.engine.graph import GraphBuilder, are_class_numbers, cost
from app.errors import Invalid
from tests.engine.graphs import chain, two_layers


def test_the_schedule_goes_forward_through_ops_and_back_through_all_that_has_a_gradient():
    graph = two_layers()
    visited = [(moment.phase[0], moment.node) for moment in graph.schedule]
    assert visited == [
        ("s", None),
        *[("f", id) for id in ("z1", "a1", "z2", "a2", "loss")],
        *[("b", id) for id in ("loss", "y", "a2", "z2", "b2", "W2", "a1", "z1", "b1", "W1", "x")],
        ("u", None),
    ]
    assert (graph.forward_end, graph.backward_end, graph.length) == (5, 16, 17)


def test_constants_class_numbers_and_nodes_off_the_path_have_no_gradient():
    build = GraphBuilder()
    x = build.parameter("x", [[1.0, 2.0]])
    build.op("exp", [x], "aside")
    scaled = build.op("mul", [x, build.constant("two", 2.0)], "scaled")
    build.op("cross_entropy", [scaled, build.input("y", [1])], "loss")
    graph = build.build()
    assert [node.id for node in graph.nodes if graph.has_gradient(node.id)] == ["x", "scaled", "loss"]
    assert graph["y"].integer and graph["y"].classes == 2


def test_shapes_that_do_not_fit_are_both_named():
    build = GraphBuilder()
    a, b = build.parameter("a", np.zeros((2, 3))), build.parameter("b", np.zeros((2, 3)))
    with pytest.raises(Invalid, match=r"matmul.*\[2, 3\], \[2, 3\]"):
        build.op("matmul", [a, b], "c")


@pytest.mark.parametrize(("a", "b"), [((), (3,)), ((3,), ()), ((2, 3), (4,)), ((4,), (3, 2)), ((2, 2, 3), (3, 3, 1))])
def test_matmul_follows_numpy_in_what_it_refuses(a, b):
    build = GraphBuilder()
    leaves = [build.parameter(name, np.zeros(shape)) for name, shape in (("a", a), ("b", b))]
    with pytest.raises(ValueError, match=r"matmul|broadcast"):
        np.matmul(np.zeros(a), np.zeros(b))
    with pytest.raises(Invalid):
        build.op("matmul", leaves, "c")


@pytest.mark.parametrize("loss", ["half_squared_error", "huber", "binary_cross_entropy_with_logits"])
def test_a_loss_never_broadcasts_its_target(loss):
    build = GraphBuilder()
    p, t = build.parameter("p", np.zeros((4, 1))), build.input("t", np.zeros((4,)))
    with pytest.raises(Invalid):
        build.op(loss, [p, t], "loss")


def test_class_numbers_are_whole_and_below_the_number_of_classes():
    build = GraphBuilder()
    z = build.parameter("z", np.zeros((2, 3)))
    with pytest.raises(Invalid, match="from 0 to 2"):
        build.op("cross_entropy", [z, build.input("y", [0, 3])], "loss")
    assert not are_class_numbers(np.array([0.5]), 3) and not are_class_numbers(np.array([-1.0]), 3)
    assert not are_class_numbers(np.array([np.nan]), 3) and are_class_numbers(np.array([2.0, 0.0]), 3)


def test_the_loss_must_be_a_scalar():
    build = GraphBuilder()
    build.parameter("a", [1.0, 2.0])
    with pytest.raises(Invalid, match=r"scalar.*\[2\]"):
        build.build()
    with pytest.raises(Invalid, match="scalar"):
        GraphBuilder().build()


def test_two_nodes_never_share_a_name():
    build = GraphBuilder()
    build.parameter("a", 1.0)
    with pytest.raises(Invalid, match="Two nodes are called a"):
        build.constant("a", 2.0)


def test_an_initial_value_cannot_be_written():
    graph = two_layers()
    with pytest.raises(ValueError, match="read-only"):
        graph["W1"].initial[0, 0] = 9.0


def test_cost_counts_elements_and_products_forward_and_back():
    # linear 1×2 from 2 with bias: 2·(2+1) = 6, once forward and once for each of x, W and b; twice for two layers.
    # sigmoid: 2 and 2 again, twice; the loss: 4, and again for a2 and y; parameters 12 to update.
    assert cost(two_layers()) == 2 * 6 * 4 + 2 * 2 * 2 + 4 * 3 + 12


def test_a_long_chain_is_no_deeper_than_a_short_one():
    graph = chain(9000)
    assert graph.has_gradient("n0") and graph.length == 8999 + 9000 + 1 and "n9000" not in graph
