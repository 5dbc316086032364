"""A picture shows exactly what is computed at its moment."""

import numpy as np
import pytest

from app.session.moves import By, To
from app.session.service import Sessions
from tests.session.memory import MemoryStore
from tests.session.problems import CLASSES, EXPRESSION, MAZUR, MINIBATCHES


@pytest.fixture
def sessions() -> Sessions:
    """A service that keeps nothing."""
    return Sessions(MemoryStore())


def test_each_moment_adds_the_one_number_it_visits(sessions: Sessions) -> None:
    picture = sessions.create(MAZUR)
    seen = {node.id for node in picture.graph.nodes if picture.has_value(node.id)}
    assert seen == {"x", "y", "W1", "b1", "W2", "b2"}
    for moment in picture.graph.schedule[1:-1]:
        picture = sessions.move(picture.id, By("op"))
        values = {node.id for node in picture.graph.nodes if picture.value(node.id) is not None}
        gradients = {node.id for node in picture.graph.nodes if picture.gradient(node.id) is not None}
        assert (picture.phase, picture.node) == (moment.phase, moment.node)
        assert picture.is_visited(moment.node)
        assert (moment.node in gradients) == (moment.phase == "backward")
        assert moment.node in values
        seen |= {moment.node}
        assert values == seen


def test_the_gradients_of_all_that_has_one_are_shown_after_the_backward_pass(sessions: Sessions) -> None:
    picture = sessions.backward(sessions.create(CLASSES).id)
    without = {node.id for node in picture.graph.nodes if picture.gradient(node.id) is None}
    assert without == {"y"}
    assert picture.gradient("loss") == 1.0


def test_after_an_update_new_parameters_stand_beside_old_gradients_and_values(sessions: Sessions) -> None:
    before = sessions.backward(sessions.create(MAZUR).id)
    after = sessions.step(before.id)
    moved = before.value("W1") - 0.5 * before.gradient("W1")
    assert after.value("W1").tobytes() == moved.tobytes()
    assert after.gradient("W1").tobytes() == before.gradient("W1").tobytes()
    assert after.value("a2").tobytes() == before.value("a2").tobytes()
    assert after.value("b1").tobytes() == before.value("b1").tobytes()


def test_the_next_iteration_starts_with_nothing_computed(sessions: Sessions) -> None:
    picture = sessions.move(sessions.step(sessions.create(MAZUR).id).id, By("op"))
    assert (picture.cursor.iteration, picture.phase, picture.node) == (1, "start", None)
    assert picture.loss is None
    assert all(picture.gradient(node.id) is None for node in picture.graph.nodes)
    assert [node.id for node in picture.graph.nodes if picture.value(node.id) is not None] == [
        node.id for node in picture.graph.nodes if node.kind != "op"
    ]


def test_losses_are_those_of_the_iterations_finished_each_from_before_its_update(sessions: Sessions) -> None:
    id = sessions.create(MAZUR).id
    loss = sessions.forward(id).loss
    assert sessions.read(id).losses.tolist() == []
    assert sessions.step(id).losses.tolist() == [loss]
    assert sessions.step(id, 4).losses.size == 5
    assert sessions.move(id, By("op", -1)).losses.size == 4
    assert sessions.move(id, To(2, 0)).losses.size == 2
    assert sessions.move(id, To(0, 0)).losses.size == 0


def test_step_n_from_the_start_ends_in_iteration_n_minus_1(sessions: Sessions) -> None:
    picture = sessions.step(sessions.create(MAZUR).id, 7)
    assert (picture.cursor.iteration, picture.cursor.position) == (6, picture.length)
    assert (picture.phase, picture.node) == ("update", None)


def test_each_minibatch_shows_its_own_rows(sessions: Sessions) -> None:
    id = sessions.create(MINIBATCHES).id
    x = np.array(MINIBATCHES["data"]["x"])
    for iteration, rows in enumerate((2, 2, 1, 2)):
        picture = sessions.move(id, To(iteration, 0))
        assert picture.value("x").shape == picture.graph["x"].shape == (rows, 2)
        assert picture.value("x").tolist() == x[picture.rows].tolist()
        assert picture.epoch == iteration // 3


def test_an_expression_has_no_epochs(sessions: Sessions) -> None:
    assert (sessions.create(EXPRESSION).epoch, sessions.create(EXPRESSION).rows) == (None, None)


@pytest.mark.parametrize(
    ("source", "position", "named"),
    [
        ("a = 1000\nb = exp(a)\nc = b - b", 0, None),
        ("a = 1000\nb = exp(a)\nc = b - b", 1, "b"),
        ("a = 1000\nb = exp(a)\nc = b - b", 2, "b"),
        ("a = 1000\nb = exp(a)\nc = b - b", 6, "b"),
        ("a = 0\nb = sqrt(a)", 1, None),
        ("a = 0\nb = sqrt(a)", 2, None),
        ("a = 0\nb = sqrt(a)", 3, "a"),
    ],
)
def test_the_first_node_that_shows_no_finite_number_is_named(sessions, source, position, named) -> None:
    id = sessions.create({"kind": "expression", "source": source}).id
    assert sessions.move(id, To(0, position)).first_non_finite == named


def test_a_leaf_that_is_not_finite_is_named_before_any_op(sessions: Sessions) -> None:
    id = sessions.create(MAZUR).id
    sessions.edit_node(id, "W2", "NaN", [0, 0])
    assert sessions.backward(id).first_non_finite == "W2"


def test_what_overflowed_in_an_earlier_iteration_is_not_named_before_it_is_shown(sessions: Sessions) -> None:
    spec = {"kind": "expression", "source": "a = 1\nb = exp(a)", "optimizer": {"kind": "sgd", "learning_rate": -0.0}}
    id = sessions.create(spec).id
    sessions.edit_node(id, "a", 1000)
    assert sessions.backward(id).first_non_finite == "b"
    assert sessions.edit_node(id, "a", 1.0).first_non_finite is None
