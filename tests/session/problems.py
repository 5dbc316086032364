"""Specs that the tests of sessions use, and a runner so plain that it can be trusted."""

import numpy as np

from app.engine.plan import Plan, Snapshot
from app.nn.optimizers import parse_optimizer
from app.nn.problem import Problem, build
from app.nn.spec import parse_spec
from app.session.state import Cursor, Edit, NodeEdit, OptimizerEdit

EXPRESSION = {"kind": "expression", "source": "a = 2\nb = 1\nc = a + b\nd = b + 1\ne = c * d"}
"""c, d, e forward (positions 1 to 3), then e, d, c, b, a back (4 to 8), the update at 9."""

LATE = {"kind": "expression", "source": "a = 2\nx = a * a\nw = -1.5\nz = w * x\nv = 0.7\ne = z * v * w"}
"""Parameters between the ops: in sequential order v moves before ∂e/∂z is taken, and w before ∂e/∂x."""

MAZUR = {
    "kind": "layers",
    "inputs": 2,
    "layers": [
        {"kind": "dense", "units": 2, "activation": "sigmoid"},
        {"kind": "dense", "units": 2, "activation": "sigmoid"},
    ],
    "loss": "half_squared_error",
    "data": {"x": [[0.05, 0.10]], "y": [[0.01, 0.99]]},
    "parameters": {
        "W1": [[0.15, 0.20], [0.25, 0.30]],
        "b1": [0.35, 0.35],
        "W2": [[0.40, 0.45], [0.50, 0.55]],
        "b2": [0.60, 0.60],
    },
    "frozen": ["b1", "b2"],
    "optimizer": {"kind": "sgd", "learning_rate": 0.5},
}

MINIBATCHES = {
    "kind": "layers",
    "inputs": 2,
    "layers": [{"kind": "dense", "units": 3, "activation": "tanh"}, {"kind": "dense", "units": 1}],
    "loss": "mean_squared_error",
    "data": {
        "x": [[0.1, 0.9], [0.8, -0.2], [0.5, 0.4], [-0.7, 0.3], [0.2, -0.6]],
        "y": [[1.0], [0.0], [0.5], [0.2], [-0.4]],
    },
    "batch_size": 2,
    "frozen": ["b2"],
    "optimizer": {"kind": "adam", "learning_rate": 0.05},
    "seed": 7,
}
"""5 rows in batches of 2, 2 and 1."""

REGULARIZED = {
    **MINIBATCHES,
    "layers": [
        {"kind": "dense", "units": 3, "activation": "tanh", "dropout": 0.5},
        {"kind": "dense", "units": 4, "dropout": 0.25},
        {"kind": "dense", "units": 1},
    ],
    "frozen": ["b3"],
    "l1": 0.001,
    "l2": 0.01,
}
"""The same with dropout and penalties."""

CLASSES = {
    "kind": "layers",
    "inputs": 2,
    "layers": [{"kind": "dense", "units": 3}],
    "loss": "cross_entropy",
    "data": {"x": [[0.1, 0.9], [0.8, -0.2]], "y": [0, 2]},
}

ONE_HOT = {**CLASSES, "data": {"x": [[0.1, 0.9], [0.8, -0.2]], "y": [[1, 0, 0], [0, 0, 1]]}}

LABELS = {
    "kind": "layers",
    "inputs": 1,
    "layers": [{"kind": "dense", "units": 1}],
    "loss": "hinge",
    "data": {"x": [[0.5], [-0.5]], "y": [[1], [-1]]},
}


def problem_of(document: dict) -> Problem:
    """The problem of a spec."""
    return build(parse_spec(document))


def plain_run(problem: Problem, edits: tuple[Edit, ...], cursor: Cursor) -> tuple[Snapshot, list[float]]:
    """The numbers at a cursor and the losses so far, run from the very start, one moment at a time.

    It knows no checkpoints and never goes back; every iteration gets the numbers of all leaves anew.
    """
    leaves = {node.id: node.initial.copy() for node in problem.graph.nodes if node.kind in ("input", "parameter")}
    if problem.batches is not None:
        leaves.update(x=problem.batches.x.copy(), y=problem.batches.y.copy())
    plans: dict[int, Plan] = {}
    optimizer, state, losses = problem.optimizer, None, []
    for iteration in range(cursor.iteration + 1):
        rows = slice(None) if problem.batches is None else problem.batches.rows(iteration)
        batched = () if problem.batches is None else ("x", "y")
        graph = problem.graph if problem.batches is None else problem.graph_for(len(rows))
        plan = plans.setdefault(len(rows) if batched else 0, Plan(graph, optimizer, problem.frozen))
        plan.set_optimizer(optimizer)
        if state is not None:
            plan.restore(state)
        for edit in (edit for edit in edits if edit.iteration == iteration):
            if isinstance(edit, OptimizerEdit):
                optimizer = parse_optimizer(edit.settings)
                plan.set_optimizer(optimizer)
            else:
                _put(leaves, edit, rows if edit.node in batched else None)
        for id, array in leaves.items():
            plan.load(id, array[rows] if id in batched else array)
        for mask in problem.noises:
            plan.load(mask.id, mask.numbers(iteration, 1)[0, : graph[mask.id].shape[0]])
        end = graph.length if iteration < cursor.iteration else cursor.position
        for position in range(1, end + 1):
            plan.run(position, position)
        if end == graph.length:
            losses.append(plan.loss)
        leaves.update({id: np.array(plan.value(id)) for id in graph.parameters})
        state = plan.state()
    return plan.snapshot(), losses


def _put(leaves: dict[str, np.ndarray], edit: NodeEdit, rows: np.ndarray | None) -> None:
    numbers = leaves[edit.node] if rows is None else leaves[edit.node][rows]
    if edit.index is None:
        numbers[...] = edit.array.reshape(numbers.shape)
    else:
        numbers[edit.index] = edit.array[0]
    if rows is not None:
        leaves[edit.node][rows] = numbers
