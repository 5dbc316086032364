"""Every gradient against a second opinion: central differences, row by row and on random graphs."""

import numpy as np
import pytest

from app.engine.graph import Graph, GraphBuilder
from app.engine.ops import OPS
from app.engine.optim import Adam
from app.engine.plan import Plan, Snapshot
from tests.engine.random_graphs import random_graph, shuffled

STEP = 1e-5
SEEDS = range(20)

EXAMPLES = [
    pytest.param(op, example, argument, id=f"{name} {number} {op.arguments[argument]}")
    for name, op in OPS.items()
    for number, example in enumerate(op.examples)
    for argument in range(len(example.arguments))
]


def example_graph(op, example) -> Graph:
    """The op on an example's arguments as node `y`, then a loss Σ y · upstream with seeded upstream numbers."""
    builder = GraphBuilder()
    leaves = [builder.input(f"x{number}", value) for number, value in enumerate(example.arguments)]
    output = builder.op(op.name, leaves, "y", **example.attributes)
    upstream = builder.constant("upstream", np.random.default_rng(0).normal(size=output.shape))
    builder.op("sum", [builder.op("mul", [output, upstream], "weighted")], "loss")
    return builder.build()


def run(plan: Plan) -> Snapshot:
    """One whole iteration of a plan without an optimizer."""
    plan.run(1, plan.length)
    return plan.snapshot()


def slope(plan: Plan, leaf: str, direction: np.ndarray) -> float:
    """The loss's slope as a leaf moves in a direction: a central difference."""
    graph = plan.graph
    losses = []
    for step in (STEP, -STEP):
        plan.load(leaf, graph[leaf].initial + step * direction)
        losses.append(float(run(plan).value(graph.loss.id)))
    plan.load(leaf, graph[leaf].initial)
    return (losses[0] - losses[1]) / (2 * STEP)


def assert_gradient_is_the_slope(graph: Graph, leaf: str) -> None:
    """One random direction tests every element at once: gradient · direction = slope along it."""
    plan = Plan(graph)
    gradient = run(plan).gradient(leaf)
    direction = np.random.default_rng(1).normal(size=graph[leaf].shape)
    assert gradient.shape == graph[leaf].shape
    np.testing.assert_allclose(np.sum(gradient * direction), slope(plan, leaf, direction), rtol=2e-8, atol=2e-9)


@pytest.mark.parametrize(("op", "example", "argument"), EXAMPLES)
def test_every_rule_agrees_with_a_central_difference(op, example, argument):
    graph = example_graph(op, example)
    if graph[f"x{argument}"].integer:
        assert not graph.has_gradient(f"x{argument}")
    else:
        assert_gradient_is_the_slope(graph, f"x{argument}")


@pytest.mark.parametrize("op", OPS.values(), ids=OPS)
def test_every_row_has_a_rule_and_an_example_for_every_argument(op):
    most = max(len(example.arguments) for example in op.examples)
    assert len(op.rules) == len(op.arguments) == most


@pytest.mark.parametrize("op", OPS.values(), ids=OPS)
def test_an_output_has_the_shape_that_was_inferred_for_it(op):
    for example in op.examples:
        graph = example_graph(op, example)
        arguments = [np.array(value, dtype=np.float64) for value in example.arguments]
        assert np.shape(op.value(*arguments, **example.attributes)) == graph["y"].shape


@pytest.mark.parametrize("seed", SEEDS)
def test_the_backward_pass_of_a_random_graph_agrees_with_central_differences(seed):
    graph = random_graph(seed)
    for leaf in graph.parameters:
        assert_gradient_is_the_slope(graph, leaf)


@pytest.mark.parametrize("seed", SEEDS)
def test_running_a_random_graph_twice_gives_the_same_bits(seed):
    plan = Plan(random_graph(seed))
    first, second = run(plan), run(plan)
    assert first.values.tobytes() == second.values.tobytes()
    assert first.gradients.tobytes() == second.gradients.tobytes()


@pytest.mark.parametrize("seed", SEEDS)
def test_running_only_the_backward_pass_again_does_not_add_to_the_gradients(seed):
    graph = random_graph(seed)
    plan = Plan(graph)
    once = run(plan).gradients
    plan.run(graph.forward_end + 1, graph.backward_end)
    assert plan.snapshot().gradients.tobytes() == once.tobytes()


@pytest.mark.parametrize("seed", SEEDS)
def test_visiting_one_moment_at_a_time_gives_the_bits_of_whole_iterations(seed):
    graph = random_graph(seed)
    whole, stepped = Plan(graph, Adam()), Plan(graph, Adam())
    for _ in range(3):
        for position in range(1, graph.length + 1):
            stepped.run(position, position)
    whole.iterate(3)
    assert stepped.snapshot().values.tobytes() == whole.snapshot().values.tobytes()
    assert stepped.snapshot().gradients.tobytes() == whole.snapshot().gradients.tobytes()


@pytest.mark.parametrize("seed", SEEDS)
def test_the_order_in_which_consumers_were_written_does_not_matter(seed):
    graph = random_graph(seed)
    ours, theirs = run(Plan(graph)), run(Plan(shuffled(graph, seed)))
    for node in graph.nodes:
        assert ours.value(node.id).tobytes() == theirs.value(node.id).tobytes()
        if graph.has_gradient(node.id):
            np.testing.assert_allclose(ours.gradient(node.id), theirs.gradient(node.id), rtol=1e-12, atol=1e-14)


def scalar_graph(*ops: tuple[str, list[str], str], **parameters: float) -> Graph:
    """Named parameters, then ops given as (name, ids of the inputs, id)."""
    builder = GraphBuilder()
    nodes = {id: builder.parameter(id, value) for id, value in parameters.items()}
    for name, inputs, id in ops:
        nodes[id] = builder.op(name, [nodes[input] for input in inputs], id)
    return builder.build()


def test_a_number_times_itself_has_two_edges_and_both_count():
    graph = scalar_graph(("mul", ["x", "x"], "y"), x=3.0)
    assert graph.consumers("x") == (("y", 0), ("y", 1))
    assert run(Plan(graph)).gradient("x") == 6.0


def test_a_number_minus_itself_has_gradient_zero_and_not_none():
    graph = scalar_graph(("sub", ["x", "x"], "y"), x=3.0)
    assert graph.has_gradient("x")
    assert run(Plan(graph)).gradient("x") == 0.0


def test_gradients_along_two_paths_add_up():
    graph = scalar_graph(("mul", ["a", "a"], "left"), ("sin", ["a"], "right"), ("add", ["left", "right"], "y"), a=0.5)
    np.testing.assert_allclose(run(Plan(graph)).gradient("a"), 2 * 0.5 + np.cos(0.5), rtol=1e-15)


def test_a_doubling_chain_of_sixty_nodes_does_not_visit_its_paths_one_by_one():
    ops = [("add", [f"n{k}", f"n{k}"], f"n{k + 1}") for k in range(60)]
    assert run(Plan(scalar_graph(*ops, n0=1.0))).gradient("n0") == 2.0**60


def test_a_node_off_the_path_to_the_loss_has_no_gradient():
    graph = scalar_graph(("exp", ["a"], "aside"), ("mul", ["a", "b"], "y"), a=2.0, b=3.0)
    assert not graph.has_gradient("aside")
    assert run(Plan(graph)).gradient("a") == 3.0


def test_the_loss_itself_has_gradient_one():
    assert run(Plan(scalar_graph(("mul", ["a", "a"], "y"), a=2.0))).gradient("y") == 1.0
