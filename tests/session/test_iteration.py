"""A whole iteration, read while the session stands anywhere in it."""

from typing import Any

import numpy as np
import pytest

from app.errors import Conflict, NotFound
from app.session.moves import To
from app.session.service import Sessions
from tests.session.memory import MemoryStore

MAZUR = {"kind": "preset", "name": "mazur"}
IN_SEQUENCE = {
    "kind": "expression",
    "source": "x = input(2.0)\nv = 3.0\nh = v * x\nw = 0.5\ny = w * h\nloss = y * y",
    "optimizer": {"kind": "sgd", "learning_rate": 0.01, "update_order": "sequential"},
}


@pytest.fixture
def sessions() -> Sessions:
    return Sessions(MemoryStore())


def started(sessions: Sessions, spec: dict[str, Any], position: int = 0) -> str:
    """A session at a moment of its first iteration."""
    id = sessions.create(spec).id
    if position:
        sessions.move(id, To(0, position))
    return id


@pytest.mark.parametrize("spec", [MAZUR, IN_SEQUENCE], ids=["at once", "in sequence"])
def test_it_is_the_same_from_every_moment_of_the_iteration(sessions: Sessions, spec: dict[str, Any]) -> None:
    length = sessions.create(spec).length
    seen = [sessions.derive(started(sessions, spec, position)) for position in range(length + 1)]
    for run in seen[1:]:
        for node in run.graph.nodes:
            assert np.array_equal(run.values(node.id), seen[0].values(node.id)), node.id
            if run.graph.has_gradient(node.id):
                assert np.array_equal(run.gradients(node.id), seen[0].gradients(node.id)), node.id
                for leaf in node.inputs:
                    at_visit = [one.values_at(node.id)(leaf) for one in (run, seen[0])]
                    assert np.array_equal(*at_visit)


def test_reading_it_moves_nothing(sessions: Sessions) -> None:
    id = started(sessions, MAZUR, 2)
    before = sessions.read(id)
    sessions.derive(id)
    after = sessions.read(id)
    assert (after.cursor, after.version) == (before.cursor, before.version)
    assert np.array_equal(after.value("z1"), before.value("z1")) and after.loss is None


def test_it_stays_as_it_was_while_the_session_goes_on(sessions: Sessions) -> None:
    id = started(sessions, MAZUR)
    run = sessions.derive(id)
    weight, gradient = run.values("W1").copy(), run.gradients("W1").copy()
    steps = run.steps("W1", (0, 0))
    sessions.step(id, 5)
    sessions.edit_optimizer(id, {"kind": "adam"})
    assert np.array_equal(run.values("W1"), weight) and np.array_equal(run.gradients("W1"), gradient)
    assert run.steps("W1", (0, 0)) == steps


def test_in_sequence_a_gradient_is_made_of_numbers_that_have_moved(sessions: Sessions) -> None:
    run = sessions.derive(started(sessions, IN_SEQUENCE))
    moved = run.steps("w", ())[-1].value
    assert run.values("w") == 0.5 and moved != 0.5
    assert run.values_at("h")("w") == moved and run.values_at("w")("w") == 0.5


def test_the_steps_lead_to_the_numbers_that_the_update_leaves(sessions: Sessions) -> None:
    id = started(sessions, MAZUR)
    sessions.edit_optimizer(id, {"kind": "adamw", "learning_rate": 0.1})
    sessions.step(id, 3)
    run, shown = sessions.derive(id), sessions.read(id)
    for parameter in run.updated:
        for index in np.ndindex(shown.value(parameter).shape):
            assert run.steps(parameter, index)[-1].value == pytest.approx(shown.value(parameter)[index], rel=1e-14)


def test_frozen_parameters_are_not_among_those_that_move(sessions: Sessions) -> None:
    assert sessions.derive(started(sessions, MAZUR)).updated == ("W1", "W2")


def test_another_version_or_session_is_refused(sessions: Sessions) -> None:
    id = started(sessions, MAZUR)
    with pytest.raises(Conflict):
        sessions.derive(id, version=7)
    with pytest.raises(NotFound):
        sessions.derive("unknown")
