"""One number's update, line by line, at every moment of an iteration."""

import pytest

from app.engine.formula import Named, Place
from app.engine.optim import OPTIMIZERS
from app.errors import Conflict, Invalid, NotFound
from app.session.moves import To
from app.session.service import Sessions
from tests.session.memory import MemoryStore
from tests.session.problems import EXPRESSION, MAZUR, MINIBATCHES

ORDERS = ("simultaneous", "sequential")


@pytest.fixture
def sessions() -> Sessions:
    return Sessions(MemoryStore())


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("kind", OPTIMIZERS)
@pytest.mark.parametrize("document", [EXPRESSION, MAZUR, MINIBATCHES], ids=["scalars", "one batch", "minibatches"])
def test_the_steps_lead_from_the_number_before_to_the_one_on_the_page(sessions, document, kind, order) -> None:
    id = sessions.create({**document, "optimizer": {"kind": kind, "weight_decay": 0.1}, "update_order": order}).id
    for _ in range(3):
        ready = sessions.backward(id)
        numbers = {node: ready.value(node) for node in ready.parameters if node not in ready.frozen}
        done = sessions.step(id)
        for node, number in numbers.items():
            index = (0,) * number.ndim
            update = sessions.update_of(id, node, index)
            assert update.when == "done" and update.count == done.cursor.iteration + 1
            assert update.after == float(done.value(node)[index])
            assert update.gradient == float(done.gradient(node)[index])
            assert update.steps[-1].value == pytest.approx(update.after, rel=1e-12, abs=1e-15)
            assert update.steps[-1].target == Place(node, index, update.steps[-1].value)
            if order == "simultaneous":
                assert update.before == float(number[index])


@pytest.mark.parametrize("order", ORDERS)
def test_what_is_remembered_after_one_update_is_what_the_next_one_finds(sessions, order) -> None:
    id = sessions.create({**MINIBATCHES, "update_order": order}).id
    sessions.step(id, 2)
    last = sessions.update_of(id, "W1", (0, 1))
    sessions.backward(id)
    following = sessions.update_of(id, "W1", (0, 1))
    assert [change.slot.name for change in last.slots] == ["m", "v"]
    for old, new in zip(last.slots, following.slots, strict=True):
        assert new.before == pytest.approx(old.after, rel=1e-13)
    assert (following.count, following.before) == (last.count + 1, last.after)


@pytest.mark.parametrize(("order", "when"), [("simultaneous", "to come"), ("sequential", "done")])
def test_a_gradient_that_is_complete_says_where_its_number_goes(sessions, order, when) -> None:
    picture = sessions.create({**MAZUR, "update_order": order})
    moment = picture.positions.backward["W2"]
    sessions.move(picture.id, To(0, moment))
    update = sessions.update_of(picture.id, "W2", (0, 0))
    assert (update.when, update.before) == (when, 0.4)
    assert f"{update.gradient:.9f}" == "0.082167041"
    assert f"{update.after:.8f}" == "0.35891648"


def test_before_the_gradient_is_computed_there_is_nothing_to_move_by_and_nothing_is_zero(sessions) -> None:
    picture = sessions.create(MINIBATCHES)
    sessions.step(picture.id)
    sessions.move(picture.id, To(1, picture.positions.backward["W1"] - 1))
    update = sessions.update_of(picture.id, "W1", (0, 0))
    assert (update.when, update.gradient, update.after, update.steps) == ("not run", None, None, ())
    assert all(change.before and change.after is None for change in update.slots)
    assert (update.count, len(update.slots)) == (2, 2)


def test_a_frozen_parameter_has_a_gradient_and_no_update(sessions) -> None:
    id = sessions.step(sessions.create(MAZUR).id).id
    update = sessions.update_of(id, "b1", (0,))
    assert (update.when, update.before, update.after, update.steps, update.slots) == ("frozen", 0.35, None, (), ())
    assert update.gradient == pytest.approx(0.008771354)


def test_a_parameter_that_no_path_leads_from_is_left_alone(sessions) -> None:
    id = sessions.create({"kind": "expression", "source": "a = 2\nb = 3\nc = a * 2"}).id
    update = sessions.update_of(sessions.step(id).id, "b")
    assert (update.when, update.before, update.gradient, update.after) == ("no path", 3.0, None, None)


def test_momentum_switched_on_shows_its_buffer_and_plain_descent_none(sessions) -> None:
    id = sessions.step(sessions.create(EXPRESSION).id).id
    assert sessions.update_of(id, "a").slots == ()
    sessions.edit_optimizer(id, {"momentum": 0.9})
    sessions.step(id)
    (change,) = sessions.update_of(id, "a").slots
    assert (change.slot.name, change.before) == ("momentum_buffer", 0.0)
    assert change.after == sessions.read(id).gradient("a")
    names = [step.target.latex for step in sessions.update_of(id, "a").steps if isinstance(step.target, Named)]
    assert names == ["b"]


def test_an_edit_at_the_start_of_an_iteration_is_what_its_update_begins_with(sessions) -> None:
    id = sessions.step(sessions.create(EXPRESSION).id).id
    sessions.edit_node(id, "a", 7.0)
    assert sessions.update_of(sessions.step(id).id, "a").before == 7.0


def test_only_parameters_are_updated(sessions) -> None:
    id = sessions.create(MAZUR).id
    with pytest.raises(Invalid, match="Only parameters are updated; z1 is none"):
        sessions.update_of(id, "z1", (0, 0))
    with pytest.raises(NotFound):
        sessions.update_of(id, "W9", (0, 0))
    with pytest.raises(Invalid):
        sessions.update_of(id, "W1", (2, 0))
    with pytest.raises(Conflict):
        sessions.update_of(id, "W1", (0, 0), version=7)


def test_asking_changes_nothing(sessions) -> None:
    id = sessions.step(sessions.create(MAZUR).id).id
    before = sessions.read(id)
    sessions.update_of(id, "W1", (0, 0))
    after = sessions.read(id)
    assert (after.version, after.cursor) == (before.version, before.cursor)
    assert after.snapshot.values.tobytes() == before.snapshot.values.tobytes()
