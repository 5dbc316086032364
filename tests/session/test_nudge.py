"""Nudging one number: on the numbers before the update, without a trace, and refused where it would be nonsense."""

from __future__ import annotations

import numpy as np
import pytest

from app.errors import BeyondLimit, Conflict, Invalid, NotFound
from app.nn.limits import Limits
from app.session.moves import To
from app.session.service import Sessions
from tests.session.memory import MemoryStore
from tests.session.problems import CLASSES, EXPRESSION, MAZUR, MINIBATCHES


def test_a_nudge_tells_the_true_change_beside_the_predicted_one(sessions: Sessions) -> None:
    id = sessions.backward(sessions.create(MAZUR).id).id
    nudge = sessions.nudge(id, "W2", (0, 0), 0.1)
    step = nudge.steps[0]
    assert (nudge.value, nudge.gradient, nudge.by) == (0.4, pytest.approx(0.082167041), 0.1)
    assert step.predicted == pytest.approx(0.1 * nudge.gradient)
    assert step.true == pytest.approx(step.loss - nudge.loss)
    assert step.error == pytest.approx(step.true - step.predicted) and nudge.is_square


def test_the_loss_after_a_nudge_is_the_loss_of_a_session_edited_so(sessions: Sessions) -> None:
    id = sessions.backward(sessions.create(MAZUR).id).id
    nudge = sessions.nudge(id, "W1", (0, 1), 0.25)
    copy = sessions.fork(id).id
    sessions.edit_node(copy, "W1", nudge.value + 0.25, [0, 1])
    assert nudge.steps[0].loss == sessions.forward(copy).loss


def test_a_nudge_leaves_the_session_as_it_is(sessions: Sessions) -> None:
    id = sessions.backward(sessions.create(MAZUR).id).id
    before = sessions.read(id)
    sessions.nudge(id, "z1", (0, 1), 3.0)
    after = sessions.read(id)
    assert (after.version, after.cursor) == (before.version, before.cursor)
    assert after.snapshot.values.tobytes() == before.snapshot.values.tobytes()


def test_after_the_update_the_numbers_before_it_are_nudged(sessions: Sessions) -> None:
    id = sessions.backward(sessions.create(MAZUR).id).id
    before = sessions.nudge(id, "W1", (0, 0), 0.1)
    updated = sessions.step(id)
    after = sessions.nudge(id, "W1", (0, 0), 0.1)
    assert (after.value, after.steps, after.loss) == (before.value, before.steps, before.loss)
    assert sessions.read(id).value("W1").tobytes() == updated.value("W1").tobytes()


def test_without_a_gradient_there_is_a_curve_and_no_prediction(sessions: Sessions) -> None:
    id = sessions.forward(sessions.create(MAZUR).id).id
    nudge = sessions.nudge(id, "W1", (0, 0))
    assert nudge.gradient is None and nudge.steps[0].predicted is None and nudge.is_square is None
    assert nudge.steps[0].true != 0 and len(nudge.curve.losses) == 61


def test_before_the_loss_is_computed_there_is_nothing_to_compare(sessions: Sessions) -> None:
    id = sessions.move(sessions.create(MAZUR).id, To(0, 1)).id
    nudge = sessions.nudge(id, "W1", (0, 0))
    assert (nudge.value, nudge.loss, nudge.steps, nudge.curve) == (0.15, None, (), None)
    assert sessions.nudge(id, "z2", (0, 0)).value is None


def test_unless_it_is_said_a_number_moves_half_of_how_far_it_is_looked_at(sessions: Sessions) -> None:
    id = sessions.backward(sessions.create(EXPRESSION).id).id
    assert [sessions.nudge(id, "a", zoom=zoom).by for zoom in (0.1, 1.0, 10.0)] == pytest.approx([0.1, 1.0, 10.0])


def test_a_number_that_is_not_finite_is_not_moved(sessions: Sessions) -> None:
    id = sessions.create(EXPRESSION).id
    sessions.edit_node(id, "a", "NaN")
    nudge = sessions.nudge(sessions.backward(id).id, "a")
    assert np.isnan(nudge.value) and nudge.steps == () and nudge.curve is None


def test_a_nudge_follows_the_run_through_minibatches(sessions: Sessions) -> None:
    id = sessions.create(MINIBATCHES).id
    for iteration in range(4):
        picture = sessions.move(id, To(iteration, sessions.read(id).graph.backward_end))
        nudge = sessions.nudge(id, "W1", (0, 0), 1e-4)
        assert nudge.loss == picture.loss
        assert nudge.steps[0].true == pytest.approx(nudge.steps[0].predicted, rel=1e-2, abs=1e-9)


@pytest.mark.parametrize(
    ("node", "options", "error"),
    [
        ("W9", {}, NotFound),
        ("W1", {"index": (0, 9)}, Invalid),
        ("W1", {"by": float("nan")}, Invalid),
        ("W1", {"by": float("inf")}, Invalid),
        ("W1", {"zoom": 3.0}, Invalid),
        ("W1", {"version": 99}, Conflict),
        ("y", {"index": (0,)}, Invalid),
    ],
)
def test_what_cannot_be_nudged_is_refused(sessions: Sessions, node: str, options: dict, error: type) -> None:
    id = sessions.forward(sessions.create(CLASSES).id).id
    with pytest.raises(error):
        sessions.nudge(id, node, **{"index": (0, 0), **options})


def test_a_constant_is_not_nudged(sessions: Sessions) -> None:
    id = sessions.create({"kind": "expression", "source": "a = 2\nb = a * 3"}).id
    with pytest.raises(Invalid):
        sessions.nudge(id, next(node.id for node in sessions.read(id).graph.nodes if node.kind == "constant"))


def test_a_nudge_beyond_the_limit_is_refused() -> None:
    sessions = Sessions(MemoryStore(), Limits(max_work=100_000))
    id = sessions.forward(sessions.create(MAZUR).id).id
    with pytest.raises(BeyondLimit):
        sessions.nudge(id, "W1", (0, 0))


def test_a_check_names_the_worst_element_and_keeps_its_report_within_an_iteration(sessions: Sessions) -> None:
    id = sessions.create(MAZUR).id
    report = sessions.check(id)
    worst = next(one for one in report.parameters if one.id == "W2").worst
    assert worst.gradient == pytest.approx(worst.difference.numeric, rel=1e-8)
    sessions.backward(id)
    assert sessions.check(id) is report
    sessions.edit_node(id, "W1", 0.5, [0, 0])
    assert sessions.check(id) is not report
    other = sessions.check(id)
    sessions.step(id, 2)
    assert sessions.check(id) is not other


def test_a_check_of_a_few_numbers_says_how_many_were_left_out(sessions: Sessions) -> None:
    report = sessions.check(sessions.create(MAZUR).id, most=6)
    assert report.ok and sum(one.unsampled for one in report.parameters) == 6


def test_a_check_names_the_first_node_that_is_not_finite(sessions: Sessions) -> None:
    id = sessions.create({"kind": "expression", "source": "a = -1\nb = log(a)\nc = b * b"}).id
    report = sessions.check(id)
    assert (report.ok, report.first_non_finite) == (False, "b")
