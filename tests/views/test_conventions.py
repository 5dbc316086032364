"""A convention is stated where it matters, and only there."""

import re
from typing import Any

import pytest

from app.engine.ops import OPS, ROWS
from app.engine.update_order import UPDATE_ORDERS
from app.session.moment import Picture
from app.views.conventions import BIASES, DROPOUT, FROZEN, SIGN, conventions, of_node
from tests.views.pictures import colah, expression, picture_of, preset


def names(picture: Picture) -> list[str]:
    return [agreement.name for agreement in conventions(picture)]


def said(picture: Picture) -> dict[str, tuple[str, str]]:
    """The sentences filled in: what holds, and what others do."""
    return {
        it.name: (it.convention.says.format(**it.fields), it.convention.differs.format(**it.fields))
        for it in conventions(picture)
    }


def net(batch: int = 1, **changes: Any) -> Picture:
    return picture_of(
        {
            "kind": "layers", "inputs": 1, "layers": [{"kind": "dense", "units": 1, "activation": "tanh"}],
            "loss": "mean_squared_error", "data": {"x": [[0.5]] * batch, "y": [[0.1]] * batch}, **changes,
        }
    )  # fmt: skip


def test_mazur_has_the_conventions_that_his_figures_depend_on() -> None:
    assert names(preset("mazur")) == ["half_squared_error", "sign", "order", "frozen"]
    assert said(preset("mazur"))["frozen"][0] == "Not updated: b1, b2"


def test_an_expression_without_a_loss_function_has_no_convention_of_a_loss() -> None:
    assert names(colah()) == ["sign", "order"]


@pytest.mark.parametrize("op", [row.name for row in ROWS if row.convention and row.is_loss])
def test_each_loss_states_its_own_convention(op: str) -> None:
    y = "input([0, 1])" if op == "cross_entropy" else "input([1, 1])"
    found = names(expression(f"a = [0.25, 0.5]\nL = {op}(a, {y})"))
    assert found[0] == op
    assert not {row.name for row in ROWS if row.is_loss} & set(found[1:])


def test_every_loss_has_a_convention() -> None:
    assert [row.name for row in ROWS if row.is_loss and row.convention is None] == []


def test_kinks_are_mentioned_only_where_the_graph_has_them() -> None:
    assert "relu" in names(expression("a = 1\nL = relu(a) * 2"))
    assert "relu" not in names(expression("a = 1\nL = sigmoid(a) * 2"))


def test_an_operation_is_mentioned_once() -> None:
    assert names(expression("a = 1\nL = abs(abs(a))")).count("abs") == 1


def test_a_mean_over_rows_says_over_how_many() -> None:
    assert said(net(batch=3))["rows"][0] == "Gradients are those of the mean over 3 rows"
    assert "rows" not in names(net(batch=1))


def test_a_minibatch_counts_its_own_rows() -> None:
    assert said(net(batch=5, batch_size=2))["rows"][0] == "Gradients are those of the mean over 2 rows"


def test_biases_that_move_are_said_to_and_those_that_stand_still_are_listed() -> None:
    assert "biases" in names(net()) and "frozen" not in names(net())
    assert "biases" not in names(net(frozen=["b1"])) and "frozen" in names(net(frozen=["b1"]))
    unbiased = [{"kind": "dense", "units": 1, "bias": False}]
    assert not {"biases", "frozen"} & set(names(net(layers=unbiased)))


def test_a_long_list_of_frozen_parameters_is_cut() -> None:
    layers = [{"kind": "dense", "units": 1}] * 8
    shown = said(net(layers=layers, frozen=[f"W{number}" for number in range(1, 9)]))
    assert shown["frozen"][0] == "Not updated: W1, W2, W3, W4, W5, W6, …"


@pytest.mark.parametrize("order", ["simultaneous", "sequential"])
def test_the_order_of_updates_is_the_optimizers(order: str) -> None:
    assert said(net(update_order=order))["order"][0] == f"Updates: {order}"


def test_no_convention_quotes_a_figure_of_one_example_beside_all_sessions() -> None:
    own = [row.convention for row in (*OPS.values(), *UPDATE_ORDERS.values()) if row.convention]
    shown = [text for one in (*own, SIGN, BIASES, DROPOUT, FROZEN) for text in (one.says, one.differs)]
    assert len(shown) > 12 and not [text for text in shown if re.search(r"\d\.\d{6}|Mazur", text)]


def test_a_node_states_the_convention_of_its_operation() -> None:
    graph = expression("a = 1\nh = relu(a)\nL = h * 2").graph
    assert [it.convention for it in of_node(graph["h"])] == [OPS["relu"].convention]
    assert of_node(graph["a"]) == of_node(graph["L"]) == ()


def test_dropout_states_how_what_stays_makes_up_for_what_is_left_out() -> None:
    layers = [{"units": 2, "activation": "tanh", "dropout": 0.25}, {"units": 2, "dropout": 0.5}, {"units": 1}]
    found = said(net(4, layers=layers))["dropout"]
    assert found[0].startswith("Dropout: what stays of a1 (p = 0.25), z2 (p = 0.5) is divided by 1 − p")
    assert "dropout" not in names(net())
