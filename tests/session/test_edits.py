"""What may be set, what is refused, and when it takes effect."""

from __future__ import annotations

import numpy as np
import pytest

from app.errors import BeyondLimit, Invalid, NotFound
from app.nn.limits import Limits
from app.session.moves import To
from app.session.service import Sessions
from app.session.state import Cursor
from tests.session.memory import MemoryStore
from tests.session.problems import CLASSES, EXPRESSION, LABELS, MAZUR, MINIBATCHES, ONE_HOT


@pytest.fixture
def sessions() -> Sessions:
    """A service that keeps nothing."""
    return Sessions(MemoryStore())


@pytest.mark.parametrize(
    ("position", "iteration"), [(0, 3), (2, 3), (12, 3), (-1, 4)], ids=["start", "forward", "backward", "updated"]
)
def test_an_edit_applies_at_the_start_of_this_iteration_or_of_the_next_if_it_is_updated(
    sessions: Sessions, position: int, iteration: int
) -> None:
    first = sessions.create(MAZUR)
    before = sessions.move(first.id, To(3, position % (first.length + 1)))
    after = sessions.edit_node(first.id, "W1", 0.7, [0, 1])
    assert after.cursor == Cursor(iteration, 0)
    assert after.value("W1")[0, 1] == 0.7
    assert after.value("z1") is None and after.loss is None
    assert after.losses.size == iteration
    assert after.version == before.version + 1


def test_what_is_not_edited_stays_as_it_is(sessions: Sessions) -> None:
    before = sessions.step(sessions.create(MAZUR).id, 3)
    after = sessions.edit_node(before.id, "W1", 0.7, [0, 1])
    same = np.ones((2, 2), bool)
    same[0, 1] = False
    assert (after.value("W1") == before.value("W1")).tolist() == same.tolist()
    assert after.value("W2").tobytes() == before.value("W2").tobytes()


def test_losses_of_earlier_iterations_stay(sessions: Sessions) -> None:
    before = sessions.step(sessions.create(MAZUR).id, 5)
    sessions.edit_node(before.id, "b1", [0.0, 0.0])
    after = sessions.step(before.id)
    assert after.losses[:5].tolist() == before.losses.tolist()


def test_the_whole_value_of_a_parameter_an_input_and_a_frozen_one_can_be_set(sessions: Sessions) -> None:
    id = sessions.create(MAZUR).id
    for node, value in (("W2", [[1, 2], [3, 4]]), ("x", [[-1.0, 1.0]]), ("b2", [5, 6]), ("y", [[0.5, 0.5]])):
        assert sessions.edit_node(id, node, value).value(node).tolist() == value
    later = sessions.step(id, 3)
    assert (later.value("x").tolist(), later.value("b2").tolist()) == ([[-1.0, 1.0]], [5, 6])


def test_a_scalar_can_be_set_with_an_empty_index_and_without_one(sessions: Sessions) -> None:
    id = sessions.create(EXPRESSION).id
    assert sessions.edit_node(id, "a", 7).value("a") == 7
    assert sessions.edit_node(id, "a", 8, []).value("a") == 8


@pytest.mark.parametrize(("word", "number"), [("NaN", np.nan), ("Infinity", np.inf), ("-Infinity", -np.inf)])
def test_numbers_that_are_not_finite_are_set_by_their_names(sessions: Sessions, word: str, number: float) -> None:
    id = sessions.create(MAZUR).id
    for node in ("W1", "x", "y"):
        sessions.edit_node(id, node, word, [0, 0])
    np.testing.assert_equal([sessions.read(id).value(node)[0, 0] for node in ("W1", "x", "y")], [number] * 3)


def test_editing_data_of_a_minibatch_edits_those_rows_in_every_later_epoch(sessions: Sessions) -> None:
    id = sessions.create(MINIBATCHES).id
    picture = sessions.move(id, To(1, 3))
    row = int(picture.rows[1])
    sessions.edit_node(id, "x", 9.0, [1, 0])
    sessions.edit_node(id, "y", [[7.0], [8.0]])
    seen = {}
    for iteration in range(3, 9):
        picture = sessions.move(id, To(iteration, 0))
        for place, number in enumerate(picture.rows.tolist()):
            seen.setdefault(number, set()).add((picture.value("x")[place, 0], picture.value("y")[place, 0]))
    assert seen[row] == {(9.0, 8.0)}
    assert sum(any(y in (7.0, 8.0) for _, y in pairs) for pairs in seen.values()) == 2


def test_an_edit_of_data_does_not_reach_back_in_the_run(sessions: Sessions) -> None:
    id = sessions.create(MINIBATCHES).id
    before = sessions.move(id, To(0, 0))
    sessions.move(id, To(3, 0))
    sessions.edit_node(id, "x", [[9.0, 9.0], [9.0, 9.0]])
    assert sessions.move(id, To(0, 0)).value("x").tobytes() == before.value("x").tobytes()


@pytest.mark.parametrize(
    ("node", "value", "index", "says"),
    [
        ("W1", [[1.0, 2.0]], None, r"\[2, 2\].*\[1, 2\]"),
        ("W1", 1.0, None, r"\[2, 2\].*\[\]"),
        ("W1", [[1.0, 2.0], [3.0]], None, "equally long"),
        ("W1", [], None, "empty"),
        ("W1", [[1.0, "two"], [3.0, 4.0]], None, "two"),
        ("W1", [[1.0, None], [3.0, 4.0]], None, "null"),
        ("W1", [[1.0, True], [3.0, 4.0]], None, "true"),
        ("W1", "nan", [0, 0], "nan"),
        ("W1", [1.0], [0, 0], r"\[\].*\[1\]"),
        ("W1", 1.0, [0], "2 whole numbers"),
        ("W1", 1.0, [0, 0, 0], "2 whole numbers"),
        ("W1", 1.0, [0, 2], "outside"),
        ("W1", 1.0, [-1, 0], "outside"),
        ("W1", 1.0, [0, True], "whole numbers"),
        ("W1", 1.0, [0, 0.0], "whole numbers"),
        ("W1", 1.0, "0,1", "whole numbers"),
        ("W1", 1.0, {}, "whole numbers"),
        ("z1", [[1.0, 2.0]], None, "computed by an op"),
        ("loss", 1.0, None, "computed by an op"),
    ],
)
def test_what_cannot_stand_there_is_refused_and_changes_nothing(sessions, node, value, index, says) -> None:
    first = sessions.create(MAZUR)
    with pytest.raises(Invalid, match=says):
        sessions.edit_node(first.id, node, value, index)
    assert sessions.read(first.id).version == first.version


def test_a_constant_is_not_edited(sessions: Sessions) -> None:
    picture = sessions.create(EXPRESSION)
    constant = next(node.id for node in picture.graph.nodes if node.kind == "constant")
    with pytest.raises(Invalid, match="a constant"):
        sessions.edit_node(picture.id, constant, 2)


def test_an_unknown_node_is_not_found_and_the_nearest_are_named(sessions: Sessions) -> None:
    with pytest.raises(NotFound, match="W1"):
        sessions.edit_node(sessions.create(MAZUR).id, "w1", 1.0, [0, 0])


def test_where_no_name_is_alike_none_is_named(sessions: Sessions) -> None:
    with pytest.raises(NotFound, match="no node velocity"):
        sessions.edit_node(sessions.create(EXPRESSION).id, "velocity", 1.0)


@pytest.mark.parametrize(
    ("document", "value", "index"),
    [
        (CLASSES, [0, 3], None),
        (CLASSES, [0, -1], None),
        (CLASSES, [0.5, 1], None),
        (CLASSES, ["NaN", 1], None),
        (CLASSES, 3, [1]),
        (LABELS, [[1], [0]], None),
        (LABELS, 0.5, [0, 0]),
        (LABELS, "NaN", [0, 0]),
        (ONE_HOT, [[1, 0, 0], [1, 0, 1]], None),
        (ONE_HOT, 1, [0, 2]),
    ],
)
def test_targets_stay_what_their_loss_takes(sessions: Sessions, document, value, index) -> None:
    id = sessions.create(document).id
    with pytest.raises(Invalid):
        sessions.edit_node(id, "y", value, index)


@pytest.mark.parametrize(
    ("document", "value", "index"),
    [
        (CLASSES, [2, 1], None),
        (CLASSES, 1, [1]),
        (LABELS, [[-1], [-1]], None),
        (LABELS, -1, [0, 0]),
        (ONE_HOT, [[0, 1, 0], [0, 1, 0]], None),
    ],
)
def test_other_targets_of_the_same_kind_are_taken(sessions: Sessions, document, value, index) -> None:
    assert sessions.step(sessions.edit_node(sessions.create(document).id, "y", value, index).id).loss is not None


def test_settings_of_the_same_kind_merge_and_keep_the_slots(sessions: Sessions) -> None:
    optimizer = {"kind": "sgd", "learning_rate": 0.1, "momentum": 0.9}
    id = sessions.create({**EXPRESSION, "optimizer": optimizer}).id
    first = sessions.step(id)
    after = sessions.edit_optimizer(id, {"learning_rate": 0.2})
    assert (after.optimizer.kind, after.optimizer.learning_rate, after.optimizer.momentum) == ("sgd", 0.2, 0.9)
    second = sessions.step(id)
    buffer = 0.9 * first.gradient("a") + second.gradient("a")
    assert second.value("a") == first.value("a") - 0.2 * buffer


def test_another_kind_starts_with_fresh_slots_and_its_own_defaults(sessions: Sessions) -> None:
    optimizer = {"kind": "sgd", "learning_rate": 0.1, "momentum": 0.9}
    id = sessions.create({**EXPRESSION, "optimizer": optimizer}).id
    sessions.step(id, 3)
    assert sessions.edit_optimizer(id, {"kind": "adam"}).optimizer.learning_rate == 0.001
    before = sessions.backward(id)
    after = sessions.step(id)
    assert after.value("a") == pytest.approx(before.value("a") - 0.001 * np.sign(before.gradient("a")), rel=1e-9)


def test_undo_brings_back_the_optimizer_with_its_slots(sessions: Sessions) -> None:
    optimizer = {"kind": "adam", "learning_rate": 0.1}
    id = sessions.create({**EXPRESSION, "optimizer": optimizer}).id
    straight = sessions.step(id, 6)
    sessions.move(id, To(3, 0))
    sessions.edit_optimizer(id, {"kind": "sgd", "learning_rate": 0.5})
    sessions.step(id, 3)
    sessions.undo(id)
    again = sessions.move(id, straight.cursor and To(5, straight.length))
    assert again.value("a").tobytes() == straight.value("a").tobytes()


@pytest.mark.parametrize(
    "settings",
    [{}, [], None, {"kind": "none"}, {"learning_rate": -1}, {"learning_rate": "fast"}, {"rate": 1}, {"beta1": 0.5}],
)
def test_settings_that_an_optimizer_does_not_have_are_refused(sessions: Sessions, settings) -> None:
    first = sessions.create(MAZUR)
    with pytest.raises(Invalid):
        sessions.edit_optimizer(first.id, settings)
    assert sessions.read(first.id).version == first.version


def test_edits_count_towards_the_elements_of_a_session() -> None:
    sessions = Sessions(MemoryStore(), Limits(max_total_elements=60))
    id = sessions.create(MAZUR).id
    with pytest.raises(BeyondLimit) as refusal:
        for _ in range(20):
            sessions.edit_node(id, "W1", [[1, 2], [3, 4]])
    assert refusal.value.fields["limit"] == "CHAINRULE_MAX_TOTAL_ELEMENTS"
