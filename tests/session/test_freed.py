"""What is given up is freed at once, by counting references: nothing of a session waits for a garbage collection."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from app.nn.problem import build
from app.nn.spec import parse_spec
from app.session.keeping import Keeping
from app.session.replay import Replay, initial_of
from app.session.service import Sessions
from app.session.state import Cursor, NodeEdit, Session
from app.views.warnings import warnings_of
from tests.session.memory import MemoryStore
from tests.session.problems import EXPRESSION, MAZUR, MINIBATCHES, REGULARIZED

SPECS = {"expression": EXPRESSION, "mazur": MAZUR, "minibatches": MINIBATCHES, "regularized": REGULARIZED}


@pytest.fixture(autouse=True)
def uncollected() -> Iterator[None]:
    """No collection frees what reference counting would not."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.fixture(params=SPECS.values(), ids=SPECS)
def spec(request: pytest.FixtureRequest) -> dict[str, Any]:
    return request.param


def replay_of(spec: dict[str, Any]) -> tuple[Replay, Session]:
    problem = build(parse_spec(spec))
    session = Session("id", "", spec, initial_of(problem))
    return Replay(problem, session.initial, 10**9), session


def weak(*owners: object) -> list[weakref.ref]:
    return [weakref.ref(owner) for owner in owners]


def test_a_replay_that_was_given_up_is_freed_at_once_with_plans_probe_evaluator_and_graph(spec: dict) -> None:
    replay, session = replay_of(spec)
    edits = (NodeEdit(1, replay.problem.parameters[0], None, replay._initial[replay.problem.parameters[0]].tobytes()),)
    replay.seek(edits, Cursor(7, replay.problem.graph.length))
    at_end = Cursor(7, replay.problem.graph.backward_end)
    replay.seek(edits, at_end)
    picture = replay.before_update(Session("id", "", spec, session.initial, cursor=at_end, edits=edits))
    probe = replay.probe(picture)
    seen = weak(replay, replay.problem, replay.problem.graph, replay.trail, probe, probe.plan, *replay._plans.values())
    if replay.problem.sets:
        seen += weak(replay.evaluator, *replay.evaluator.plans.values())
    warnings_of(replay.problem)
    del replay, session, picture, probe
    assert [one() for one in seen] == [None] * len(seen)


QUESTIONS: dict[str, Callable[[Sessions, str], Any]] = {
    "step": lambda sessions, id: sessions.step(id, 5),
    "edit and undo": lambda sessions, id: [
        sessions.edit_optimizer(id, {"kind": "adam", "learning_rate": 0.1}),
        sessions.step(id, 3),
        sessions.undo(id),
    ],
    "derive": lambda sessions, id: sessions.derive(id),
    "check": lambda sessions, id: sessions.check(id),
    "explain": lambda sessions, id: sessions.explain(id, sessions.read(id).graph.loss.id),
    "fork": lambda sessions, id: sessions.delete(sessions.fork(id).id),
    "departure": lambda sessions, id: sessions.departure(id),
}


@pytest.mark.parametrize("ask", QUESTIONS.values(), ids=QUESTIONS)
def test_a_session_that_was_removed_is_freed_at_once_whatever_was_asked_of_it(
    spec: dict, ask: Callable[[Sessions, str], Any]
) -> None:
    sessions = Sessions(MemoryStore())
    id = sessions.create(spec).id
    sessions.backward(id)
    ask(sessions, id)
    live = sessions._lives._lives[id]
    seen = weak(live, live.replay, live.replay.problem, live.replay.problem.graph, *live.replay._plans.values())
    del live
    sessions.delete(id)
    assert [one() for one in seen] == [None] * len(seen)


def test_a_service_that_was_given_up_is_freed_at_once() -> None:
    sessions: Keeping = Sessions(MemoryStore())
    sessions.create(MAZUR)
    seen = weak(sessions, sessions._lives)
    del sessions
    assert [one() for one in seen] == [None] * len(seen)
