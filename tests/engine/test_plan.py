import numpy as np
import pytest

from app.engine.arrays import Arrays
from app.engine.feed import Picked
from app.engine.graph import GraphBuilder
from app.engine.optim import OPTIMIZERS, SGD, Adam, Optimizer
from app.engine.plan import Plan
from tests.engine.graphs import chain, random_scalars, two_layers
from tests.engine.random_graphs import random_graph


def bits(snapshot) -> bytes:
    return snapshot.values.tobytes() + snapshot.gradients.tobytes()


def test_one_iteration_gives_the_published_figures_of_mazur():
    plan = Plan(two_layers(), SGD(0.5), frozenset({"b1", "b2"}))
    plan.run(1, plan.length)
    shown = plan.snapshot()
    assert f"{plan.loss:.9f}" == "0.298371109"
    assert f"{shown.value('W2')[0, 0]:.8f}" == "0.35891648"
    assert shown.value("b1").tolist() == [0.35, 0.35]


@pytest.mark.parametrize("kind", OPTIMIZERS)
@pytest.mark.parametrize("graph", [two_layers(), random_graph(3), random_scalars(5)])
def test_stepping_moment_by_moment_gives_the_bits_of_a_long_run(graph, kind):
    stepped, ran = Plan(graph, OPTIMIZERS[kind]()), Plan(graph, OPTIMIZERS[kind]())
    for _ in range(3):
        for position in range(1, stepped.length + 1):
            stepped.run(position, position)
    ran.iterate(3)
    assert bits(stepped.snapshot()) == bits(ran.snapshot())
    assert stepped.state().slots.tobytes() == ran.state().slots.tobytes()


@pytest.mark.parametrize("graph", [two_layers(), random_graph(3), random_scalars(5)])
def test_running_backward_twice_gives_the_same_gradient(graph):
    plan = Plan(graph)
    plan.run(1, graph.backward_end)
    once = bits(plan.snapshot())
    plan.run(graph.forward_end + 1, graph.backward_end)
    assert bits(plan.snapshot()) == once


def test_a_restored_state_continues_with_the_same_bits():
    first, second = (Plan(two_layers(), Adam()) for _ in range(2))
    first.iterate(5)
    second.restore(first.state())
    assert first.iterate(5).tobytes() == second.iterate(5).tobytes()
    assert bits(first.snapshot()) == bits(second.snapshot())


@pytest.mark.parametrize("kind", OPTIMIZERS)
@pytest.mark.parametrize("graph", [two_layers(), random_scalars(5)])
def test_the_beginning_restored_in_the_middle_of_an_iteration_gives_the_same_bits_again(graph, kind):
    plan = Plan(graph, OPTIMIZERS[kind](update_order="sequential"))
    beginning, first = plan.state(), plan.iterate(3)
    for position in (plan.graph.backward_end - 1, plan.length):
        plan.restore(beginning)
        plan.run(1, position)
    plan.restore(beginning)
    assert plan.state().slots.tobytes() == beginning.slots.tobytes()
    assert plan.iterate(3).tobytes() == first.tobytes()


def test_a_slot_of_minus_zero_is_no_blank_one():
    executor = Arrays(two_layers(), ("W1", "W2"))
    executor.reset_slots(1)
    beginning = executor.state()
    executor.carried.slots[...] = -0.0
    executor.restore(beginning)
    assert not np.signbit(executor.carried.slots).any()


def test_losses_are_those_before_each_update():
    plan = Plan(two_layers(), SGD(0.5), frozenset({"b1", "b2"}))
    losses = plan.iterate(2)
    assert [f"{loss:.9f}" for loss in losses] == ["0.298371109", "0.291027774"]


def test_a_snapshot_never_changes_afterwards():
    plan = Plan(two_layers(), SGD(0.5))
    plan.run(1, plan.length)
    shown = plan.snapshot()
    before = bits(shown)
    plan.iterate(3)
    assert bits(shown) == before


def test_a_parameter_off_the_path_to_the_loss_is_left_alone():
    build = GraphBuilder()
    used, unused = build.parameter("used", 2.0), build.parameter("unused", 3.0)
    build.op("exp", [unused], "e")
    build.op("mul", [used, used], "loss")
    graph = build.build()
    plan = Plan(graph, SGD(0.1, weight_decay=0.5))
    plan.iterate(2)
    assert not graph.has_gradient("unused") and not graph.has_gradient("e")
    assert plan.value("unused") == 3.0 and plan.value("used") != 2.0


def test_a_node_used_twice_by_one_op_has_two_edges_and_both_shares():
    build = GraphBuilder()
    x = build.parameter("x", 3.0)
    build.op("mul", [x, x], "loss")
    graph = build.build()
    plan = Plan(graph)
    plan.run(1, graph.backward_end)
    assert graph.consumers("x") == (("loss", 0), ("loss", 1))
    assert plan.snapshot().gradient("x") == 6.0


def test_a_chain_of_nine_thousand_nodes_has_the_product_of_cosines_as_its_gradient():
    graph = chain(9000)
    plan = Plan(graph)
    plan.run(1, graph.backward_end)
    expected, x = 1.0, 1.0
    for _ in range(8999):
        expected, x = expected * np.cos(x), np.sin(x)
    assert plan.snapshot().gradient("n0") == pytest.approx(expected, rel=1e-12)


def test_arrays_of_many_parameters_go_through_their_names_a_few_times_only():
    builder = GraphBuilder()
    leaves = [builder.parameter(f"p{number}", np.zeros(2)) for number in range(50)]
    total = leaves[0]
    for leaf in leaves[1:]:
        total = builder.op("add", (total, leaf), f"with {leaf.id}")
    builder.op("sum", (total,), "loss")
    graph, times = builder.build(), 0

    class Counted(tuple):
        def __iter__(self):
            nonlocal times
            times += 1
            return super().__iter__()

    Arrays(graph, Counted(graph.parameters))
    assert times < 5


def test_another_kind_of_optimizer_starts_with_fresh_slots_and_the_same_kind_keeps_them():
    plan = Plan(two_layers(), Adam(0.1))
    plan.iterate(3)
    kept = plan.state()
    plan.set_optimizer(Adam(0.2))
    assert plan.state().slots.tobytes() == kept.slots.tobytes() and plan.state().step == 3
    plan.set_optimizer(SGD(0.1))
    assert not plan.state().slots.any() and plan.state().step == 0
    plan.iterate(1)
    assert plan.state().step == 1


@pytest.mark.parametrize("op", ["log", "sqrt", "exp", "div", "pow"])
def test_python_floats_overflow_like_numpy(op):
    """A scalar graph never raises: it has the infinity or NaN that the array graph has."""
    arguments = {"log": [-1.0], "sqrt": [-1.0], "exp": [1000.0], "div": [1.0, 0.0], "pow": [-8.0, 1 / 3]}[op]
    results = []
    for shape in ((), (1,)):
        build = GraphBuilder()
        leaves = [build.parameter(f"p{i}", np.full(shape, x)) for i, x in enumerate(arguments)]
        build.op("sum", [build.op(op, leaves, "o")], "loss")
        graph = build.build()
        plan = Plan(graph)
        plan.run(1, graph.backward_end)
        shown = plan.snapshot()
        results.append([float(shown.value("loss")), *(float(shown.gradient(leaf.id).sum()) for leaf in leaves)])
    assert np.array_equal(results[0], results[1], equal_nan=True)


def test_a_scalar_graph_goes_on_from_a_restored_state_with_the_same_bits():
    first, second = (Plan(random_scalars(2), Adam()) for _ in range(2))
    first.iterate(5)
    second.restore(first.state())
    assert first.iterate(5).tobytes() == second.iterate(5).tobytes()


@pytest.mark.parametrize("graph", [two_layers(), random_scalars(2)])
def test_a_plan_without_anything_to_update_still_iterates(graph):
    plan = Plan(graph, SGD(0.5), frozenset(graph.parameters))
    losses = plan.iterate(3)
    assert losses[0] == losses[2]


def sequential(kind: str = "sgd", **settings) -> Optimizer:
    """An optimizer that moves each parameter as soon as its gradient is complete."""
    return OPTIMIZERS[kind](update_order="sequential", **settings)


@pytest.mark.parametrize("kind", OPTIMIZERS)
@pytest.mark.parametrize("graph", [two_layers(), random_graph(3), random_scalars(5)])
def test_in_sequential_order_stepping_gives_the_bits_of_a_long_run(graph, kind):
    stepped, ran = Plan(graph, sequential(kind)), Plan(graph, sequential(kind))
    for _ in range(3):
        for position in range(1, stepped.length + 1):
            stepped.run(position, position)
    ran.iterate(3)
    assert bits(stepped.snapshot()) == bits(ran.snapshot())
    assert stepped.state().slots.tobytes() == ran.state().slots.tobytes()
    assert stepped.state().step == ran.state().step == 3


def test_in_sequential_order_mazur_gives_the_loss_that_his_page_closes_with():
    plan = Plan(two_layers(), sequential(learning_rate=0.5), frozenset({"b1", "b2"}))
    losses = plan.iterate(10_001)
    assert f"{losses[1]:.12f}" == "0.291027923905"
    assert f"{losses[10_000]:.8e}" == "3.50847863e-05"


def test_in_sequential_order_mazur_gives_the_outputs_that_his_page_closes_with():
    plan = Plan(two_layers(), sequential(learning_rate=0.5), frozenset({"b1", "b2"}))
    plan.iterate(10_000)
    plan.run(1, plan.graph.forward_end)
    assert [f"{output:.9f}" for output in plan.value("a2").reshape(-1)] == ["0.015912196", "0.984065734"]


def test_in_sequential_order_a_parameter_moves_at_its_own_moment_and_never_at_the_update():
    graph = two_layers()
    plan = Plan(graph, sequential(learning_rate=0.5))
    positions = {moment.node: at for at, moment in enumerate(graph.schedule) if moment.phase == "backward"}
    plan.run(1, positions["W2"] - 1)
    assert plan.value("W2").tolist() == graph["W2"].initial.tolist()
    plan.run(positions["W2"], positions["W2"])
    moved = graph["W2"].initial - 0.5 * plan.snapshot().gradient("W2")
    assert plan.value("W2").tolist() == moved.tolist()
    assert plan.value("W1").tolist() == graph["W1"].initial.tolist()
    plan.run(positions["W2"] + 1, plan.length - 1)
    before = bits(plan.snapshot())
    plan.run(plan.length, plan.length)
    assert bits(plan.snapshot()) == before and plan.state().step == 1


@pytest.mark.parametrize("graph", [two_layers(), random_scalars(5)], ids=["arrays", "scalars"])
def test_where_nothing_comes_after_a_parameter_both_orders_make_the_same_move(graph):
    last = next(moment.node for moment in reversed(graph.schedule) if moment.node in graph.parameters)
    frozen = frozenset(graph.parameters) - {last}
    plans = [Plan(graph, optimizer, frozen) for optimizer in (Adam(0.1), sequential("adam", learning_rate=0.1))]
    losses = [plan.iterate(20) for plan in plans]
    np.testing.assert_allclose(losses[0], losses[1], rtol=1e-13)


@pytest.mark.parametrize("graph", [two_layers(), random_scalars(5)], ids=["arrays", "scalars"])
def test_the_order_can_change_between_iterations_and_keeps_the_slots(graph):
    plan, orders = Plan(graph, Adam(0.1)), (Adam(0.1), sequential("adam", learning_rate=0.1), Adam(0.1))
    stepped = Plan(graph, Adam(0.1))
    for optimizer in orders:
        plan.set_optimizer(optimizer)
        stepped.set_optimizer(optimizer)
        plan.iterate(2)
        for position in 2 * list(range(1, graph.length + 1)):
            stepped.run(position, position)
    assert plan.state().step == 6
    assert bits(plan.snapshot()) == bits(stepped.snapshot())
    assert plan.state().slots.tobytes() == stepped.state().slots.tobytes()


@pytest.mark.parametrize("graph", [two_layers(), random_scalars(5)], ids=["arrays", "scalars"])
def test_a_snapshot_can_show_some_parameters_as_they_were(graph):
    plan = Plan(graph, SGD(0.1, momentum=0.5))
    state, first = plan.state(), plan.snapshot()
    plan.iterate(1)
    shown, (one, *others) = plan.snapshot(), plan.updated
    back = plan.with_parameters(shown, state, [one])
    assert back.value(one).tobytes() == first.value(one).tobytes()
    assert all(back.value(id).tobytes() == shown.value(id).tobytes() for id in others)
    assert back.gradients.tobytes() == shown.gradients.tobytes()


def test_rows_picked_for_each_iteration_give_the_bits_of_rows_loaded_by_hand():
    graph = two_layers()
    generator = np.random.default_rng(0)
    source, masks = generator.normal(size=(6, 2)), generator.normal(size=(4, 1, 2))
    rows = np.array([[3], [0], [5], [1]])
    fed, loaded = Plan(graph, Adam()), Plan(graph, Adam())
    losses = fed.iterate(4, {"x": Picked(source, rows), "y": masks})
    for number in range(4):
        loaded.load("x", source[rows[number]])
        loaded.load("y", masks[number])
        assert loaded.iterate(1)[0] == losses[number]
    assert bits(fed.snapshot()) == bits(loaded.snapshot())


def test_single_numbers_are_fed_as_arrays_are():
    graph = random_scalars(5)
    leaf = next(node.id for node in graph.nodes if node.kind == "parameter")
    numbers = np.array([0.5, -0.25, 0.75])
    fed, loaded = Plan(graph), Plan(graph)
    losses = fed.iterate(3, {leaf: numbers})
    for number, expected in zip(numbers, losses, strict=True):
        loaded.load(leaf, number)
        assert loaded.iterate(1)[0] == expected


def test_a_plan_beside_another_goes_on_from_the_same_parameters_and_slots():
    first, alone = Plan(two_layers(), Adam()), Plan(two_layers(), Adam())
    beside = Plan(two_layers(), beside=first)
    taken = [plan.iterate(1)[0] for plan in (first, beside, first)]
    assert taken == alone.iterate(3).tolist()
    assert beside.state().parameters.tobytes() == alone.state().parameters.tobytes()


def test_another_optimizer_is_that_of_all_plans_beside_each_other():
    first, alone = Plan(two_layers(), Adam()), Plan(two_layers(), Adam())
    beside = Plan(two_layers(), beside=first)
    for plans in ((first, beside), (alone, alone)):
        plans[0].iterate(2)
        plans[1].set_optimizer(SGD(0.1, momentum=0.9))
        plans[0].iterate(2)
        plans[1].iterate(2)
    assert beside.state().parameters.tobytes() == alone.state().parameters.tobytes()
