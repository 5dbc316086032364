"""Each sentence that says why, with a graph of which it is true and one in which it must not appear."""

from collections.abc import Iterator
from typing import Any, NamedTuple, get_args

import numpy as np
import pytest

from app.engine.cause import Kind
from app.session.moves import To
from app.session.service import Sessions
from app.views.why import ALL, OTHER_WAYS, ROWS, SENTENCES, SOME, Spot, Why, why
from tests.session.memory import MemoryStore
from tests.views.pictures import preset


def chain(count: int) -> str:
    """Sigmoids one after the other."""
    return "\n".join(["a = 1", "s = sigmoid(a)", *["s = sigmoid(s)"] * (count - 1)])


class Told(NamedTuple):
    """A sentence, the expression and the node of which it is true, and those of which it is not."""

    sentence: str
    source: str
    other: str
    node: str = "a"
    other_node: str | None = None
    position: int | None = None
    other_position: int | None = None
    rate: float = 0.1
    value: Any = None


TOLD = {
    "constant": Told(
        "A constant has no gradient: nothing can change it.", "a = 2\nL = a * 3", "a = 2\nL = a * 3", "_1", "a"
    ),
    "no_path": Told(
        "No path leads from this node to the loss, so nothing flows back to it.",
        "a = 2\nu = a * a\nL = a + a",
        "a = 2\nu = a * a\nL = a + u",
        "u",
    ),
    "not_computed": Told(
        "Not computed yet: the backward pass has not reached this node.",
        "a = 2\nL = a * a",
        "a = 2\nL = a * a",
        position=1,
    ),
    "off": Told(
        "0 because relu at h is off: its input a is −0.4.",
        "a = -0.4\nh = relu(a)\nL = h * 3",
        "a = 0.4\nh = relu(a)\nL = h * 3",
    ),
    "beaten": Told(
        "0 because maximum at L takes another number, 1: a is 0.",
        "a = 0\nL = maximum(a, 1)",
        "a = 2\nL = maximum(a, 1)",
    ),
    "kink": Told(
        "0 because abs at L is at its kink, a = 0, where its slope is taken to be 0.",
        "a = 0\nL = abs(a)",
        "a = 1\nL = abs(a)",
    ),
    "saturated": Told(
        "0 because sigmoid at L is saturated: where a is 800, its slope rounds to 0.",
        "a = 800\nL = sigmoid(a)",
        "a = 1\nL = sigmoid(a)",
    ),
    "level": Told(
        "0 because gelu at L is level: where a is −50, its slope rounds to 0.",
        "a = -50\nL = gelu(a)",
        "a = 1\nL = gelu(a)",
    ),
    "met": Told(
        "0 because the prediction a equals its target, 0.5: the loss has its minimum there.",
        "a = 0.5\nL = mean_squared_error(a, input(0.5))",
        "a = 0.5\nL = mean_squared_error(a, input(0.25))",
    ),
    "certain": Told(
        "0 because the probability made of a = 800 equals its target in all digits.",
        "a = 800\nL = binary_cross_entropy_with_logits(a, input(1))",
        "a = 800\nL = binary_cross_entropy_with_logits(a, input(0))",
    ),
    "kept": Told(
        "0 because the margin is kept: a = 2 is on the right side of it, where the loss is flat.",
        "a = 2\nL = hinge(a, input(1))",
        "a = 2\nL = hinge(a, input(-1))",
    ),
    "flat": Told("0 because the slope of pow at L is 0 where a is 0.", "a = 0\nL = a ** 2", "a = 1\nL = a ** 2"),
    "factor": Told(
        "0 because the way back from L multiplies by x, which is 0.",
        "a = 2\nx = input(0)\nL = a * x",
        "a = 2\nx = input(1)\nL = a * x",
    ),
    "cancel": Told(
        "0 because what flows back to a cancels: 2 terms that are not 0 have the sum 0.",
        "a = 2\nL = a - a",
        "a = 2\nL = a + a",
    ),
    "underflow": Told(
        "0 because 1e−210 × 1e−200 at b is too small for a number of 64 bits.",
        "a = 1\nb = a * 1e-200\nc = b * 1e-200\nL = c * 1e-10",
        "a = 1\nb = a * 1e-100\nc = b * 1e-100\nL = c * 1e-10",
    ),
    "fading": Told(
        "Small because sigmoid at L is saturated: its input a is far out, sigmoid′(7.2) = 7.45e−4.",
        "a = 7.2\nL = sigmoid(a)",
        "a = 2\nL = sigmoid(a)",
    ),
    "nearly_level": Told(
        "Small because gelu at h is nearly level: with a as input, gelu′(−3.5) = −0.00282.",
        "a = -3.5\nh = gelu(a)\nL = h * 3",
        "a = -3.5\nh = leaky_relu(a)\nL = h * 3",
    ),
    "small_factor": Told(
        "Tiny because the way back from L multiplies by x, which is only 1e−9.",
        "a = 1\nx = input(1e-9)\nL = a * x",
        "a = 1\nx = input(0.001)\nL = a * x",
    ),
    "small_slope": Told(
        "Tiny because the slope of pow at L is only 2e−9 where a is 1e−9.",
        "a = 1e-9\nL = a ** 2",
        "a = 0.1\nL = a ** 2",
    ),
    "nearly_cancel": Told(
        "Small because what flows back to a nearly cancels: only 5e−6 times the sum of the terms’ sizes is left.",
        "a = 1\nL = a * 1.00001 - a",
        "a = 1\nL = a * 1.1 - a",
    ),
    "vanishing": Told(
        "Tiny because it vanished on the way: from s.12 to here it passed 12 local derivatives below 1, and "
        "1.406e−8 of its size is left. The smallest is 0.197, of sigmoid at s.",
        chain(12),
        chain(3),
    ),
    "undefined": Told(
        "The first number that is not finite is log(−1) at h, which is NaN: it is not defined.",
        "a = -1\nh = log(a)\nL = h + 1",
        "a = 1\nh = log(a)\nL = h + 1",
        "L",
    ),
    "pole": Told(
        "The first number that is not finite is 1 ÷ 0 at h, which is ∞: it is unbounded there.",
        "a = 0\nh = 1 / a\nL = h + 1",
        "a = 1\nh = 1 / a\nL = h + 1",
    ),
    "overflow": Told(
        "The first number that is not finite is exp(800) at h, which is ∞: too large for a number of 64 bits.",
        "a = 800\nh = exp(a)\nL = h + 1",
        "a = 700\nh = exp(a)\nL = h + 1",
        "L",
    ),
    "indeterminate": Told(
        "NaN arises at L, which an infinity has reached: ∞ − ∞ has no value.",
        "a = 800\nb = exp(a)\nL = b - b",
        "a = 8\nb = exp(a)\nL = b - b",
        "L",
    ),
    "given": Told(
        "The first number that is not finite is a = NaN: this iteration began with it.",
        "a = 1\nL = a * 3",
        "a = 1\nL = a * 3",
        "L",
        value="NaN",
    ),
    "updated": Told(
        "The update made a −∞: the optimizer’s step was too large, or not a number.",
        "a = 1\nL = a * 1e10",
        "a = 1\nL = a * 3",
        position=-1,
        other_position=-1,
        rate=1e300,
    ),
    "steep": Told(
        "Not finite because the slope of sqrt at L is ∞ where a is 0. "
        "A stable form adds a small number under the root: sqrt(… + 1e-12).",
        "a = 0\nL = sqrt(a)",
        "a = 1\nL = sqrt(a)",
    ),
    "zero_times_infinity": Told(
        "NaN because 0 × ∞ has no value: 0 arrives at h, and the slope there is ∞.",
        "a = 0\nh = sqrt(a)\nL = h ** 2",
        "a = 1\nh = sqrt(a)\nL = h ** 2",
    ),
    "infinities": Told(
        "NaN because what flows back to a are infinities of both signs, and ∞ − ∞ has no value.",
        "a = 0\nL = sqrt(a) - sqrt(a)",
        "a = 0\nL = sqrt(a) + sqrt(a)",
    ),
    "no_logarithm": Told(
        "NaN because the slope of pow at L takes the logarithm of a, which is −5: negative numbers have none. "
        "An exponent that is to stay as it is can be written into the formula as a number.",
        "a = -5\nb = 2\nL = a ** b",
        "a = 5\nb = 2\nL = a ** b",
        "b",
        "b",
    ),
    "agreed": Told(
        "0 by agreement: where a is 0, the formula for the slope of pow at L has no value, for it contains ln 0 or "
        "0 × ∞. It is taken to be 0 there, as in PyTorch.",
        "a = 0\nb = 0\nL = a ** b",
        "a = 0\nL = a ** 2",
    ),
    "held": Told(
        "The slope of binary_cross_entropy divides by p(1 − p), but never by less than 10⁻¹², and p is 4.248e−18: by "
        "this convention, which is also PyTorch’s, the gradient is not the slope of the loss’s own value.",
        "a = -40\np = sigmoid(a)\nL = binary_cross_entropy(p, input(1))",
        "a = -20\np = sigmoid(a)\nL = binary_cross_entropy(p, input(1))",
    ),
    "overflow_back": Told(
        "Not finite because 1e200 × 1e200 at b is too large for a number of 64 bits.",
        "a = 1e-200\nb = a * 1e200\nL = b * 1e200",
        "a = 1e-200\nb = a * 1e100\nL = b * 1e100",
    ),
    "overflow_sum": Told(
        "Not finite because the sum of what flows back to a is too large for a number of 64 bits.",
        "a = 1e-10\nL = a * 1e308 + a * 1e308",
        "a = 1e-10\nL = a * 1e300 + a * 1e300",
    ),
}


@pytest.mark.parametrize(
    ("sentence", "source", "node"),
    [
        ("0 because relu at L is at its kink, a = 0, where its slope is taken to be 0.", "a = 0\nL = relu(a)", "a"),
        (
            "0 because hinge at L is at its kink, a = −1, where its slope is taken to be 0.",
            "a = -1\nL = hinge(a, input(-1))",
            "a",
        ),
        ("0 because the slope of pow at L is 0 where p is 0.", "a = 2\np = input(0)\nL = a ** p", "a"),
        ("0 because the slope of pow at L is 0 where a is 1.", "a = input(1)\np = 3\nL = a ** p", "p"),
        ("0 because the slope of div at L is 0 where a is 0.", "a = input(0)\nb = 2\nL = a / b", "b"),
        ("0 because div at L is level: where b is 1e200, its slope rounds to 0.", "b = 1e200\nL = 1 / b", "b"),
        ("0 because exp at L is level: where a is −800, its slope rounds to 0.", "a = -800\nL = exp(a)", "a"),
        ("Tiny because the slope of div at L is only 1e−9 where b is 1e9.", "a = 1\nb = input(1e9)\nL = a / b", "a"),
        ("NaN arises at L, which an infinity has reached: 0 × ∞ has no value.", "a = 800\nL = 0 * exp(a)", "L"),
        (
            "The first number that is not finite is (−1) ^ 0.5 at L, which is NaN: it is not defined.",
            "a = -1\nL = a ** 0.5",
            "L",
        ),
    ],
)
def test_the_number_named_is_the_one_that_makes_it_so(sentence: str, source: str, node: str) -> None:
    assert looked_at({"kind": "expression", "source": source}, node)[0].said(str) == sentence


@pytest.mark.parametrize(
    "source",
    [
        "a = -12\nL = binary_cross_entropy(sigmoid(a), input(1))",
        "a = -12\nL = -log(sigmoid(a))",
        "a = [-12, 1, 0.5]\nL = mean(-log(sigmoid(a)))",
        "a = [[-12, 1], [2, 0.5]]\nL = binary_cross_entropy(sigmoid(a), input([[1, 0], [1, 1]]))",
    ],
)
def test_a_flat_slope_that_a_steep_one_makes_good_is_not_blamed(source: str) -> None:
    spec = {"kind": "expression", "source": source}
    shape = np.shape(eval(source.split("\n")[0].removeprefix("a = ")))
    assert looked_at(spec, "a", (0,) * len(shape)) == ()


@pytest.mark.parametrize(("op", "x", "from_output"), [("sigmoid", "37.42994775023705", "0"), ("tanh", "20", "0")])
def test_a_slope_that_others_lose_is_shown_beside_theirs(op: str, x: str, from_output: str) -> None:
    (found,) = looked_at({"kind": "expression", "source": f"a = {x}\nL = {op}(a)"}, "a")
    assert f"as PyTorch computes it, this slope would be {from_output}:" in found.said(str)
    (ordinary,) = looked_at({"kind": "expression", "source": f"a = 7.2\nL = {op}(a)"}, "a")
    assert "PyTorch" not in ordinary.said(str)


@pytest.mark.parametrize("source", ["a = 0\nb = 0\nL = a ** b", "a = 0\nb = 3\nL = a ** b"])
def test_a_power_of_zero_has_no_sentence_against_its_formula(source: str) -> None:
    """y ln a would be −∞ or NaN, and b · a⁻¹ is 0 × ∞."""
    (found,) = looked_at({"kind": "expression", "source": source}, "b")
    assert found.cause == "agreed"
    (of_base,) = looked_at({"kind": "expression", "source": source}, "a")
    assert of_base.cause == ("agreed" if "b = 0" in source else "flat")


def test_an_infinity_that_meets_a_zero_is_followed_to_where_it_came_from() -> None:
    born, steep = looked_at({"kind": "expression", "source": "x = [0, 0, 0]\ny = sqrt(x @ x)"}, "x", (1,))
    assert (born.cause, steep.cause, steep.node) == ("zero_times_infinity", "steep", "y")
    assert "∞ × 0" in born.said(str) and "sqrt(… + 1e-12)" in steep.said(str)


def test_a_flat_slope_is_blamed_where_nothing_makes_it_good() -> None:
    spec = {"kind": "expression", "source": "a = -12\nL = binary_cross_entropy(sigmoid(a), input(0))"}
    (found,) = looked_at(spec, "a")
    assert found.cause == "fading"


def looked_at(
    spec: dict[str, Any], node: str, index: Any = (), position: int | None = None, edits: dict[str, Any] | None = None
) -> tuple[Why, ...]:
    """Why a number is as it is, at the end of the backward pass or at another position (−1 is the update)."""
    sessions = Sessions(MemoryStore())
    made = sessions.create(spec)
    for id, value in (edits or {}).items():
        sessions.edit_node(made.id, id, value)
    at = made.graph.backward_end if position is None else made.length if position == -1 else position
    sessions.move(made.id, To(0, at))
    return why(sessions.explain(made.id, node, index, is_checked=False))


def told(told: Told, source: str, node: str, position: int | None, value: Any = None) -> dict[str, str]:
    """The kinds of causes that an expression's number has, and what is said of them."""
    optimizer = {"kind": "sgd", "learning_rate": told.rate}
    spec = {"kind": "expression", "source": source, "optimizer": optimizer}
    found = looked_at(spec, node, position=position, edits={} if value is None else {"a": value})
    return {one.cause: one.said(str) for one in found}


@pytest.mark.parametrize("kind", TOLD)
def test_a_sentence_is_said_where_it_is_true(kind: str) -> None:
    it = TOLD[kind]
    assert told(it, it.source, it.node, it.position, it.value)[kind] == it.sentence


@pytest.mark.parametrize("kind", TOLD)
def test_a_sentence_is_not_said_where_it_is_not_true(kind: str) -> None:
    it = TOLD[kind]
    assert kind not in told(it, it.other, it.other_node or it.node, it.other_position)


def test_class_numbers_have_a_sentence_and_other_inputs_do_not() -> None:
    spec = {
        "kind": "layers", "inputs": 1, "layers": [{"kind": "dense", "units": 2, "activation": "identity"}],
        "loss": "cross_entropy", "data": {"x": [[1.0]], "y": [1]},
    }  # fmt: skip
    assert [one.cause for one in looked_at(spec, "y", (0,))] == ["class_numbers"]
    assert looked_at(spec, "x", (0, 0)) == ()


def test_every_kind_of_cause_has_a_sentence_and_both_tests() -> None:
    assert set(SENTENCES) == set(get_args(Kind)) == {*TOLD, "class_numbers"}


@pytest.mark.parametrize("name", ["mazur", "article", "colah"])
def test_a_worked_example_has_nothing_remarkable(name: str) -> None:
    graph = preset(name).graph
    found = [
        looked_at({"kind": "preset", "name": name}, node.id, index)
        for node in graph.nodes if node.kind != "constant"
        for index in np.ndindex(*node.shape)
    ]  # fmt: skip
    assert not any(found)


def test_a_network_as_it_is_usually_begun_has_nothing_remarkable() -> None:
    spec = {
        "kind": "layers", "inputs": 2, "loss": "mean_squared_error", "seed": 1,
        "layers": [{"kind": "dense", "units": 4, "activation": "tanh"} for _ in range(4)]
        + [{"kind": "dense", "units": 1, "activation": "identity"}],
        "data": {"x": [[0.5, -1.0], [1.0, 0.3], [-0.2, 0.8]], "y": [[0.4], [-0.3], [0.9]]},
    }  # fmt: skip
    assert [id for id in ("W1", "b1", "z1", "a2", "W3", "z4", "W5") if looked_at(spec, id, INDEXES[id[0]])] == []


INDEXES = {"W": (0, 1), "b": (0,), "z": (2, 1), "a": (0, 0)}


def network(**parameters: Any) -> dict[str, Any]:
    """Three rows through two relus."""
    return {
        "kind": "layers", "inputs": 1,
        "layers": [{"kind": "dense", "units": 2, "activation": "relu"}, {"kind": "dense", "units": 1}],
        "loss": "mean_squared_error", "data": {"x": [[0.5], [1.0], [2.0]], "y": [[0.0], [1.0], [5.0]]},
        "parameters": {"W1": [[1.0], [1.0]], "W2": [[1.0, 1.0]], **parameters},
    }  # fmt: skip


def tails(found: tuple[Why, ...]) -> set[str]:
    """The sentences after the first."""
    return {part.template for one in found for part in one.parts[1:]}


def test_a_unit_that_is_off_for_the_whole_batch_is_said_to_be() -> None:
    (found,) = looked_at(network(b1=[-9.0, 0.0]), "W1", (0, 0))
    assert found.said(str) == (
        "0 because relu at a1[0, 0] is off: its input z1[0, 0] is −8.5. It is the same for all 3 rows of the batch."
    )
    assert tails(looked_at(network(b1=[-1.0, 0.0]), "W1", (0, 0))) == set()


def test_numbers_that_are_no_rows_are_counted_as_places() -> None:
    all_off = "a = -9\nx = input([1, 2, 3])\nL = sum(relu(a + x))"
    assert tails(looked_at({"kind": "expression", "source": all_off}, "a")) == {ALL}
    assert tails(looked_at(network(b1=[-9.0, 0.0]), "W1", (0, 0))) == {ROWS}


def test_some_places_that_are_off_are_told_from_those_nothing_comes_back_to() -> None:
    source = "a = -1\nx = input([0.5, 3, 0.25])\nw = input([1, 0, 1])\nL = sum(relu(a + x) * w)"
    found = looked_at({"kind": "expression", "source": source}, "a")
    assert (
        found[0]
        .said(str)
        .endswith("It is the same at 2 of the 3 places that this number reaches; nothing comes back from the others.")
    )
    assert tails(found) == {SOME}


def test_other_ways_are_mentioned_where_there_are_any() -> None:
    forked = "a = 2\nL = relu(0 - a) * 3 + a * 0"
    assert OTHER_WAYS in tails(looked_at({"kind": "expression", "source": forked}, "a"))
    assert OTHER_WAYS not in tails(looked_at({"kind": "expression", "source": "a = 2\nL = relu(0 - a) * 3"}, "a"))


def test_after_an_update_the_numbers_are_those_of_before_it() -> None:
    spec = {"kind": "expression", "source": "a = -0.4\nb = 1\nL = relu(a) * b + b * b"}
    assert looked_at(spec, "a", position=-1) == looked_at(spec, "a")


def test_in_sequential_order_a_gradient_is_explained_with_the_numbers_it_was_taken_with() -> None:
    spec = {
        "kind": "layers", "inputs": 1, "loss": "mean_squared_error", "update_order": "sequential",
        "layers": [{"kind": "dense", "units": 1, "bias": False}] * 2,
        "data": {"x": [[1.0]], "y": [[0.0]]}, "parameters": {"W1": [[1.0]], "W2": [[1.0]]},
        "optimizer": {"kind": "sgd", "learning_rate": 0.5},
    }  # fmt: skip
    (moved,) = looked_at(spec, "W1", (0, 0), position=-1)
    assert moved.said(str) == "0 because the way back from z2[0, 0] multiplies by W2[0, 0], which is 0."
    assert looked_at(spec | {"update_order": "simultaneous"}, "W1", (0, 0), position=-1) == ()


def test_a_parameter_that_moved_beyond_all_numbers_is_blamed_for_what_follows_in_sequential_order() -> None:
    source = "v = 1\na = 1\nz = v * a\nL = z * 1e10"
    spec = {
        "kind": "expression", "source": source, "update_order": "sequential",
        "optimizer": {"kind": "sgd", "learning_rate": 1e300},
    }  # fmt: skip
    assert [one.cause for one in looked_at(spec, "a", position=-1)] == ["updated"]
    assert [(one.cause, one.node, one.is_gradient) for one in looked_at(spec, "v", position=-1)] == [
        ("updated", "v", False),
        ("updated", "a", True),
    ]


def test_a_sentence_names_places_that_can_be_gone_to() -> None:
    (found,) = looked_at(network(b1=[-9.0, 0.0]), "z1", (0, 0))
    spots = [piece for piece in found.pieces(str) if isinstance(piece, Spot)]
    assert [(spot.node, spot.index) for spot in spots] == [("a1", "0,0"), ("z1", "0,0")]
    assert (found.node, found.index) == ("a1", (0, 0))


def pieces_of_every_sentence() -> Iterator[str]:
    for kind, it in TOLD.items():
        yield told(it, it.source, it.node, it.position, it.value)[kind]


def test_no_sentence_has_an_empty_gap() -> None:
    assert [said for said in pieces_of_every_sentence() if "  " in said or " ." in said or "None" in said] == []
