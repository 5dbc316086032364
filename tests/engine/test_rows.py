"""A row is enough: ops that only these tests know, of the kinds that convolutions and recurrent nets will need."""

from operator import mul

import numpy as np
import pytest

from app.engine import ops
from app.engine.check import check
from app.engine.elements import total
from app.engine.graph import GraphBuilder
from app.engine.ops import Example, Op, Rule
from app.engine.plan import Plan
from app.engine.staging import Kernel
from tests.engine.graphs import of_row
from tests.engine.written import assert_all_compute


def _run_windows(x, out):
    out[...] = np.lib.stride_tricks.sliding_window_view(x, 3)


def _run_overlap_add(g, out):
    out.fill(0.0)
    for column in range(g.shape[1]):
        out[column : column + g.shape[0]] += g[:, column]


windows = Kernel(_run_windows, lambda x: (x.shape[0] - 2, 3))
overlap_add = Kernel(_run_overlap_add, lambda g: (g.shape[0] + 2,))


def _convolve(x, k):
    patches = windows(x)
    return np.matmul(patches, k), patches, k * 2.0


CONVOLVE = Op(
    "convolve_test",
    ("x", "k"),
    _convolve,
    (
        # Reads both saved arrays: the doubled kernel stands for any second piece of context.
        Rule(
            lambda g, y, x, k: overlap_add(np.expand_dims(g, -1) * (y[2] * 0.5)),
            "#g",
            local=lambda place, index, y, x, k: k[index[0] - place[0]],
        ),
        Rule(
            lambda g, y, x, k: np.matmul(y[1].T, g),
            "#g",
            local=lambda place, index, y, x, k: x[place[0] + index[0]],
        ),
    ),
    "#1 * #2",
    "A valid correlation of a row with a kernel of three.",
    (Example(([1.0, 2.0, 0.5, -1.0, 0.3], [0.2, -0.4, 0.9])),),
    element=lambda place, x, k: total(mul, x[place[0] : place[0] + 3], k),
    is_elementwise=False,
)


def _run_pick(table, rows, out):
    out[...] = table[rows.astype(int)]


def _run_scatter(g, table, rows, out):
    out.fill(0.0)
    np.add.at(out, rows.astype(int), g)


pick = Kernel(_run_pick, lambda table, rows: (*rows.shape, table.shape[-1]))
scatter = Kernel(_run_scatter, lambda g, table, rows: table.shape)
EMBED = Op(
    "embed_test",
    ("table", "rows"),
    lambda table, rows: pick(table, rows),
    (
        Rule(
            lambda g, y, table, rows: scatter(g, table, rows),
            "#g",
            local=lambda place, index, y, table, rows: np.equal(rows[place[0]], float(index[0])),
        ),
        None,
    ),
    "#1_{#2}",
    "Rows of a table by their numbers.",
    (Example(([[0.1, 0.2], [0.3, -0.4], [0.5, 0.6]], [2, 0, 2])),),
    element=lambda place, table, rows: table[int(rows[place[0]].value), place[1]],
    is_elementwise=False,
    class_numbers=lambda table, rows: {1: table[0]},
)


@pytest.fixture
def rows(monkeypatch):
    for row in (CONVOLVE, EMBED):
        monkeypatch.setitem(ops.OPS, row.name, row)


@pytest.mark.parametrize("row", [CONVOLVE, EMBED], ids=lambda row: row.name)
def test_a_row_of_a_test_gets_its_gradient_checked_like_any_other(rows, row):
    graph = of_row(row, row.examples[0])
    reports = check(graph, lambda id: graph[id].initial)
    assert reports and all(report.ok and not report.skipped for report in reports)


@pytest.mark.parametrize("row", [CONVOLVE, EMBED], ids=lambda row: row.name)
def test_a_row_of_a_test_is_written_out_over_single_numbers_like_any_other(rows, row):
    assert_all_compute(of_row(row, row.examples[0]), "o")


def test_a_kernel_python_has_no_line_for_runs_in_a_scalar_graph_too(monkeypatch):
    def run_cube(x, out):
        np.power(x, 3.0, out)

    cube = Kernel(run_cube, np.shape)
    row = Op(
        "cube_test",
        ("x",),
        lambda x: cube(x),
        (Rule(lambda g, y, x: g * 3.0 * x * x, "3 #g #1^2"),),
        "#1^3",
        "A cube.",
        (Example((2.0,)),),
    )
    monkeypatch.setitem(ops.OPS, row.name, row)
    build = GraphBuilder()
    x = build.parameter("x", 2.0)
    build.op("add", [build.op("cube_test", [x], "c"), x], "loss")
    plan = Plan(build.build())
    plan.run(1, plan.graph.backward_end)
    assert (plan.loss, float(plan.snapshot().gradient("x"))) == (10.0, 13.0)


def test_an_op_that_is_an_array_inside_leaves_scalar_graphs_to_numpy(monkeypatch):
    row = Op(
        "spread_test",
        ("x",),
        lambda x: np.add.reduce(np.broadcast_to(x, (4,)) * np.arange(4.0), axis=None),
        (Rule(lambda g, y, x: g * 6.0, "6 #g"),),
        "6 #1",
        "Six times a number, by way of four.",
        (Example((2.0,)),),
    )
    monkeypatch.setitem(ops.OPS, row.name, row)
    build = GraphBuilder()
    build.op("spread_test", [build.parameter("x", 2.0)], "loss")
    plan = Plan(build.build())
    plan.run(1, plan.graph.backward_end)
    assert (plan.loss, float(plan.snapshot().gradient("x"))) == (12.0, 6.0)


def test_indices_have_no_gradient(rows):
    build = GraphBuilder()
    table, numbers = build.parameter("table", np.eye(3)), build.input("rows", [2, 0])
    build.op("sum", [build.op("embed_test", [table, numbers], "picked")], "loss")
    graph = build.build()
    plan = Plan(graph)
    plan.run(1, graph.backward_end)
    assert graph["rows"].integer and not graph.has_gradient("rows")
    assert plan.snapshot().gradient("table").tolist() == [[1, 1, 1], [0, 0, 0], [1, 1, 1]]


def test_a_parameter_used_at_every_time_step_gathers_all_its_shares():
    """A recurrent net: h ← tanh(W h + u x) five times with one W."""
    build = GraphBuilder()
    w, u = build.parameter("W", [[0.5, -0.3], [0.2, 0.8]]), build.parameter("u", [0.7, -0.1])
    h = build.constant("h0", [0.0, 0.0])
    for time in range(1, 6):
        x = build.input(f"x{time}", np.sin(time))
        remembered, seen = build.op("matmul", [w, h], f"Wh{time}"), build.op("mul", [u, x], f"ux{time}")
        h = build.op("tanh", [build.op("add", [remembered, seen], f"z{time}")], f"h{time}")
    build.op("sum", [build.op("mul", [h, h], "squares")], "loss")
    graph = build.build()
    reports = check(graph, lambda id: graph[id].initial)
    assert len(graph.consumers("W")) == 5
    assert all(report.ok for report in reports) and {report.id for report in reports} == {"W", "u"}
