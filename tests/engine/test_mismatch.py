"""What does not go together in a graph is told from the graph alone, and with what it costs."""

from math import exp, inf, isnan, log
from typing import Any

import numpy as np
import pytest

from app.engine.mismatch import Mismatch, mismatches
from app.engine.ops import OPS
from app.engine.row import Op
from app.nn.expression import parse
from app.nn.problem import build
from app.nn.spec import parse_spec

BOUNDED = [row for row in OPS.values() if row.bounds]
LOSSES = [row for row in OPS.values() if row.is_loss]


def found_in(source: str) -> list[Mismatch]:
    return list(mismatches(parse(source)))


def network(activation: str, loss: str, y: Any) -> list[Mismatch]:
    """What is found in a net of one layer with these targets."""
    outputs = len(y[0]) if isinstance(y[0], list) else 3
    document = {
        "kind": "layers",
        "inputs": 1,
        "layers": [{"units": outputs, "activation": activation}],
        "loss": loss,
        "data": {"x": [[0.1 * number] for number in range(len(y))], "y": y},
    }
    return list(mismatches(build(parse_spec(document)).graph))


@pytest.mark.parametrize("row", BOUNDED, ids=lambda row: row.name)
def test_an_output_never_leaves_its_bounds_and_comes_near_them(row: Op) -> None:
    random = np.random.default_rng(0)
    x = np.concatenate([random.normal(0, 300, (200, 4)), random.normal(0, 3, (200, 4)), np.zeros((1, 4))])
    others = [random.normal(size=shape) for shape in ((3, 4), (3,))] if row.name == "linear" else []
    with np.errstate(all="ignore"):
        y = row.value(np.abs(x) if row.name == "sqrt" else x, *others)
    low, high = row.bounds
    assert low <= y.min() and y.max() <= high
    for end, reached in ((low, y.min()), (high, y.max())):
        assert abs(reached) > 5 if abs(end) == inf else reached == pytest.approx(end, abs=0.05)


@pytest.mark.parametrize("row", LOSSES, ids=lambda row: row.name)
def test_no_prediction_is_better_than_the_best(row: Op) -> None:
    random = np.random.default_rng(0)
    target = np.where(random.uniform(size=(12, 1)) > 0.4, 1.0, -1.0 if row.name == "hinge" else 0.0)
    if row.name == "cross_entropy":
        target = random.integers(0, 3, 12).astype(float)
    shape = (12, 3) if row.name == "cross_entropy" else (12, 1)
    with np.errstate(all="ignore"):
        lowest = row.value(row.best(target, shape), target)
    draw = random.uniform if row.takes == "probabilities" else random.normal
    assert all(row.value(draw(size=shape), target) >= lowest - 1e-12 for _ in range(50))


@pytest.mark.parametrize("classes", [2, 3, 10])
def test_a_softmax_in_front_of_another_leaves_a_floor(classes: int) -> None:
    numbers = ", ".join(map(str, range(classes)))
    (found,) = found_in(f"z = [[{numbers}]]\nt = input([1])\nL = cross_entropy(softmax(z), t)")
    assert (found.kind, found.node, found.loss) == ("scores", "_1", "L")
    assert found.floor == pytest.approx(-log(exp(1) / (exp(1) + classes - 1)), rel=1e-14)


def test_no_net_gets_below_the_floor_and_one_can_reach_it() -> None:
    (found,) = network("softmax", "cross_entropy", [0, 1, 2, 1])
    scores = np.where(np.eye(3)[[0, 1, 2, 1]] > 0, 60.0, -60.0)
    best = OPS["cross_entropy"].value(OPS["softmax"].value(scores), np.array([0.0, 1.0, 2.0, 1.0]))
    assert best == pytest.approx(found.floor, rel=1e-12)


@pytest.mark.parametrize(
    ("activation", "loss", "y", "kind", "floor"),
    [
        ("sigmoid", "cross_entropy", [0, 1, 2], "scores", log(1 + 2 * exp(-1))),
        ("tanh", "cross_entropy", [0, 1, 2], "scores", log(1 + 2 * exp(-2))),
        ("sigmoid", "binary_cross_entropy_with_logits", [[0], [1]], "scores", (log(2) + log(1 + exp(-1))) / 2),
        ("relu", "binary_cross_entropy_with_logits", [[0], [1]], "scores", log(2) / 2),
        ("sigmoid", "hinge", [[1], [-1]], "targets", 0.5),
        ("relu", "mean_squared_error", [[1], [-2]], "targets", 2.0),
        ("tanh", "half_squared_error", [[3], [0]], "targets", 1.0),
        ("softmax", "mean_squared_error", [[0, 5], [0, 1]], "targets", 4.0),
    ],
)
def test_what_an_output_cannot_reach_stays_in_the_loss(
    activation: str, loss: str, y: Any, kind: str, floor: float
) -> None:
    (found,) = network(activation, loss, y)
    assert found.kind == kind and found.floor == pytest.approx(floor, rel=1e-12)


@pytest.mark.parametrize("activation", ["identity", "tanh", "relu", "leaky_relu", "elu", "gelu", "softplus", "silu"])
def test_a_loss_of_probabilities_wants_numbers_from_0_to_1(activation: str) -> None:
    (found,) = network(activation, "binary_cross_entropy", [[0], [1]])
    assert found.kind == "probabilities" and found.node == ("z1" if activation == "identity" else "a1")


def test_a_softmax_of_one_number_is_told_wherever_it_stands() -> None:
    assert [one.kind for one in network("softmax", "binary_cross_entropy", [[0], [1]])] == ["single"]
    assert [one.kind for one in found_in("z = [[1], [2]]\nL = sum(softmax(z))")] == ["single"]
    assert [one.kind for one in found_in("z = 1\nL = softmax(z) * 2")] == ["single"]
    assert found_in("z = [[1], [2]]\nL = sum(softmax(z, axis=0) * z)") == []


@pytest.mark.parametrize(
    ("activation", "loss", "y"),
    [
        ("identity", "cross_entropy", [0, 1, 2]),
        ("relu", "cross_entropy", [0, 1, 2]),
        ("identity", "binary_cross_entropy_with_logits", [[0], [1]]),
        ("sigmoid", "binary_cross_entropy", [[0], [1]]),
        ("sigmoid", "mean_squared_error", [[0], [1]]),
        ("tanh", "mean_squared_error", [[0], [1]]),
        ("tanh", "hinge", [[-1], [1]]),
        ("relu", "mean_squared_error", [[0], [1000]]),
        ("softmax", "mean_squared_error", [[0, 1], [1, 0]]),
        ("softmax", "binary_cross_entropy", [[0, 1], [1, 0]]),
    ],
)
def test_what_goes_together_is_not_told(activation: str, loss: str, y: Any) -> None:
    assert network(activation, loss, y) == []


def test_of_computed_targets_no_floor_is_known() -> None:
    source = "z = [[1, 2]]\nw = [[0.5, 0.5]]\nt = w * 1\nL = {}"
    (found,) = found_in(source.format("cross_entropy(softmax(z), t)"))
    assert isnan(found.floor)
    assert found_in(source.format("mean_squared_error(sigmoid(z), t)")) == []
    (soft,) = found_in("z = [1, 2]\nL = cross_entropy(softmax(z), [0.9, 0.1])")
    assert isnan(soft.floor)


@pytest.mark.parametrize(
    ("left", "right", "nodes"),
    [
        ("[[1], [2]]", "[1, 2]", ["d"]),
        ("[[1], [2], [3]]", "[[1, 2]]", ["d"]),
        ("[[1, 2], [3, 4]]", "[1, 2]", []),
        ("[[1, 2], [3, 4]]", "[[1], [2]]", []),
        ("[[1], [2]]", "[[3], [4]]", []),
        ("[[1], [2]]", "5", []),
        ("[[1], [2]]", "[5]", []),
    ],
)
def test_only_operands_that_are_both_repeated_are_told(left: str, right: str, nodes: list[str]) -> None:
    found = found_in(f"p = {left}\ny = {right}\nd = p - y\nL = sum(d)")
    assert [one.node for one in found] == nodes
    assert all(one.kind == "broadcast" for one in found)
