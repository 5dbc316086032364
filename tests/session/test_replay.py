"""Any way through a run shows the same bits as running it once from the start."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from app.engine.plan import Plan
from app.errors import BeyondLimit, Conflict, Invalid
from app.nn.limits import Limits
from app.session.moment import Picture
from app.session.moves import By, To
from app.session.service import Sessions
from tests.session.memory import MemoryStore
from tests.session.problems import (
    CLASSES,
    EXPRESSION,
    LABELS,
    LATE,
    MAZUR,
    MINIBATCHES,
    REGULARIZED,
    plain_run,
    problem_of,
)

OPTIMIZERS = [
    {"learning_rate": 0.3},
    {"kind": "sgd", "learning_rate": 0.05, "momentum": 0.9},
    {"kind": "adam", "learning_rate": 0.02},
    {"kind": "adamw"},
    {"kind": "rmsprop"},
    {"kind": "adagrad", "weight_decay": 0.1},
    {"update_order": "sequential"},
    {"update_order": "simultaneous"},
]

moves_ = st.one_of(
    st.builds(By, st.sampled_from(["op", "phase", "iteration"]), st.integers(-12, 12)),
    st.builds(To, st.integers(0, 12), st.integers(0, 8)),
)
actions = st.one_of(
    st.tuples(st.just("move"), moves_),
    st.tuples(st.just("forward")),
    st.tuples(st.just("backward")),
    st.tuples(st.just("step"), st.integers(1, 9)),
    st.tuples(st.just("undo")),
    st.tuples(st.just("redo")),
    st.tuples(st.just("edit_optimizer"), st.sampled_from(OPTIMIZERS)),
    st.tuples(st.just("edit_leaf"), st.integers(0, 20), st.floats(-2, 2), st.booleans()),
    st.tuples(st.just("restart")),
)


def edit_leaf(sessions: Sessions, id: str, which: int, number: float, whole: bool) -> None:
    """Set all or the last of some leaf's numbers."""
    graph = sessions.read(id).graph
    leaves = [node for node in graph.nodes if node.kind in ("input", "parameter")]
    node = leaves[which % len(leaves)]
    if whole:
        sessions.edit_node(id, node.id, np.full(node.shape, number).tolist())
    else:
        sessions.edit_node(id, node.id, number, [0 for _ in node.shape])


def shown(picture: Picture) -> dict[str, tuple]:
    """Every number on the screen, bit by bit."""
    return {node.id: (bits(picture.value(node.id)), bits(picture.gradient(node.id))) for node in picture.graph.nodes}


def bits(array: np.ndarray | None) -> bytes | None:
    """An array's very bits."""
    return None if array is None else array.tobytes()


SEQUENTIAL = [{**document, "update_order": "sequential"} for document in (LATE, MAZUR, MINIBATCHES)]


@pytest.mark.parametrize(
    "document",
    [EXPRESSION, MAZUR, MINIBATCHES, REGULARIZED, *SEQUENTIAL],
    ids=[
        "expression",
        "frozen",
        "minibatches",
        "regularized",
        "late sequential",
        "frozen sequential",
        "minibatches sequential",
    ],
)
@settings(max_examples=60, deadline=None)
@given(plan=st.lists(actions, max_size=12))
@example(plan=[("move", To(5, 0)), ("edit_leaf", 1, 0.5, False), ("move", To(3, 2)), ("edit_leaf", 2, 0.3, False)])
@example(plan=[("step", 2), ("edit_optimizer", OPTIMIZERS[1]), ("edit_optimizer", OPTIMIZERS[2]), ("step", 2)])
def test_any_sequence_of_moves_and_edits_shows_what_a_run_from_the_start_shows(document: dict, plan: list) -> None:
    store = MemoryStore()
    sessions = Sessions(store)
    id = sessions.create(document).id
    for name, *arguments in plan:
        try:
            if name == "restart":
                sessions = Sessions(store)
            elif name == "edit_leaf":
                edit_leaf(sessions, id, *arguments)
            else:
                getattr(sessions, name)(id, *arguments)
        except (Invalid, Conflict):
            pass
        picture, session = sessions.read(id), store.load(id).session
        snapshot, losses = plain_run(problem_of(document), session.edits, session.cursor)
        expected = Picture(**{**vars(picture), "snapshot": snapshot})
        assert shown(picture) == shown(expected)
        assert picture.losses.tobytes() == np.array(losses).tobytes()


def test_back_before_the_update_and_over_it_again_changes_no_bit() -> None:
    sessions = Sessions(MemoryStore())
    id = sessions.create({**MINIBATCHES, "optimizer": {"kind": "adamw", "weight_decay": 0.3}}).id
    once = shown(sessions.step(id, 3))
    before = sessions.move(id, By("op", -1))
    again = sessions.move(id, By("op", 1))
    assert before.value("W1").tobytes() != again.value("W1").tobytes()
    assert shown(again) == once


@pytest.mark.parametrize("document", SEQUENTIAL, ids=["expression", "frozen", "minibatches"])
def test_in_sequential_order_back_through_the_backward_pass_shows_every_parameter_as_it_was(document: dict) -> None:
    sessions = Sessions(MemoryStore())
    id = sessions.step(sessions.create(document).id, 2).id
    length = sessions.read(id).length
    on = [shown(sessions.move(id, To(2, position))) for position in range(length + 1)]
    back = [shown(sessions.move(id, To(2, position))) for position in reversed(range(length + 1))]
    assert on == back[::-1]
    assert on[length] == on[length - 1]


def test_in_sequential_order_a_parameter_shows_its_new_number_from_its_own_moment_on() -> None:
    sessions = Sessions(MemoryStore())
    first = sessions.backward(sessions.create({**MAZUR, "update_order": "sequential"}).id)
    moments = {id: first.positions.backward[id] for id in ("W2", "W1")}
    for id, moment in moments.items():
        before = sessions.move(first.id, To(0, moment - 1))
        after = sessions.move(first.id, To(0, moment))
        assert before.value(id).tolist() == MAZUR["parameters"][id] and not before.is_updated(id)
        assert after.value(id).tolist() != MAZUR["parameters"][id] and after.is_updated(id)
    assert not first.is_updated("b2")


def test_a_fork_in_the_middle_of_a_sequential_backward_pass_goes_on_with_the_same_bits() -> None:
    store = MemoryStore()
    sessions = Sessions(store)
    id = sessions.create({**MINIBATCHES, "update_order": "sequential"}).id
    sessions.step(id, 3)
    moment = sessions.read(id).positions.backward["W2"]
    here = shown(sessions.move(id, To(3, moment)))
    fork = sessions.fork(id)
    assert shown(fork) == here == shown(Sessions(store).read(id))
    assert shown(sessions.step(id, 4)) == shown(sessions.step(fork.id, 4))


def test_the_closing_figures_of_mazur_are_those_of_the_sequential_order() -> None:
    sessions = Sessions(MemoryStore())
    id = sessions.create({"kind": "preset", "name": "mazur"}).id
    sessions.edit_optimizer(id, {"update_order": "sequential"})
    losses = sessions.forward(sessions.step(id, 10_000).id)
    assert f"{losses.losses[1]:.12f}" == "0.291027923905"
    assert f"{losses.loss:.8e}" == "3.50847863e-05"
    assert [f"{output:.9f}" for output in losses.value("a2")[0]] == ["0.015912196", "0.984065734"]


def test_undoing_the_order_of_updates_gives_the_simultaneous_run_again() -> None:
    sessions = Sessions(MemoryStore())
    id = sessions.create(MAZUR).id
    once = shown(sessions.step(id, 3))
    sessions.move(id, To(0, 0))
    sessions.edit_optimizer(id, {"update_order": "sequential"})
    assert shown(sessions.step(id, 3)) != once
    sessions.undo(id)
    assert shown(sessions.step(id, 3)) == once


def test_a_run_that_broke_off_is_run_again_from_a_checkpoint(ran, monkeypatch: pytest.MonkeyPatch) -> None:
    sessions = Sessions(MemoryStore())
    first = sessions.create(MINIBATCHES)
    straight = shown(sessions.step(sessions.fork(first.id).id, 40))

    def fail(plan: Plan, first: int, last: int) -> None:
        raise MemoryError

    with monkeypatch.context() as broken, pytest.raises(MemoryError):
        broken.setattr(ran, "run", fail)
        sessions.step(first.id, 7)
    assert sessions.read(first.id).version == first.version
    assert shown(sessions.step(first.id, 40)) == straight


def test_an_earlier_picture_never_changes() -> None:
    sessions = Sessions(MemoryStore())
    first = sessions.backward(sessions.create(MAZUR).id)
    kept = shown(first)
    sessions.step(first.id, 5)
    sessions.edit_node(first.id, "W1", 3.0, [0, 0])
    assert shown(first) == kept
    with pytest.raises(ValueError):
        first.value("W1")[0, 0] = 1.0


def test_thousands_of_iterations_are_replayed_with_the_same_bits() -> None:
    store = MemoryStore()
    sessions = Sessions(store)
    id = sessions.create(MINIBATCHES).id
    once = sessions.step(id, 10_000)
    sessions.move(id, To(4_321, 5))
    again = sessions.move(id, To(9_999, once.length))
    cold = Sessions(store)
    cold.move(id, To(1, 0))
    replayed = cold.move(id, To(9_999, once.length))
    assert shown(once) == shown(again) == shown(replayed)
    assert once.losses.tobytes() == again.losses.tobytes() == replayed.losses.tobytes()
    assert len(once.losses) == 10_000


class CountingPlan(Plan):
    """Counts the iterations and the moments that all plans run."""

    iterations = 0
    moments = 0

    def iterate(self, count: int, feed: Any = None) -> np.ndarray:
        CountingPlan.iterations += count
        return super().iterate(count, feed)

    def run(self, first: int, last: int) -> None:
        CountingPlan.moments += last + 1 - first
        super().run(first, last)


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[CountingPlan]]:
    """What is run from now on."""
    monkeypatch.setattr("app.session.replay.Plan", CountingPlan)
    yield CountingPlan
    CountingPlan.iterations = CountingPlan.moments = 0


@pytest.mark.parametrize("document", [EXPRESSION, MINIBATCHES], ids=["expression", "minibatches"])
def test_after_a_restart_nothing_is_replayed_but_the_iteration_shown(document: dict, ran) -> None:
    store = MemoryStore()
    sessions = Sessions(store)
    id = sessions.create(document).id
    sessions.edit_optimizer(id, {"learning_rate": 1e-4})
    once = sessions.step(id, 2_000)
    once = sessions.step(id)
    restarted, ran.iterations = Sessions(store), 0
    assert shown(restarted.read(id)) == shown(once)
    assert restarted.read(id).losses.tobytes() == once.losses.tobytes()
    assert ran.iterations <= 1


def test_going_back_replays_only_from_the_nearest_checkpoint(ran) -> None:
    sessions = Sessions(MemoryStore())
    id = sessions.create(MAZUR).id
    sessions.step(id, 10_000)
    ran.iterations = 0
    sessions.move(id, To(5_000, 3))
    assert ran.iterations <= 512


def test_moving_back_within_an_iteration_runs_nothing(ran) -> None:
    sessions = Sessions(MemoryStore())
    id = sessions.backward(sessions.create(MAZUR).id).id
    ran.moments = 0
    sessions.move(id, To(0, 2))
    sessions.backward(id)
    assert ran.moments == ran.iterations == 0


def test_work_beyond_the_limit_is_refused_and_changes_nothing() -> None:
    sessions = Sessions(MemoryStore(), Limits(max_work=1_400_000))
    first = sessions.create(MAZUR)
    with pytest.raises(BeyondLimit) as refusal:
        sessions.step(first.id, 100_000)
    assert refusal.value.fields["limit"] == "CHAINRULE_MAX_WORK"
    assert (sessions.read(first.id).version, sessions.read(first.id).cursor) == (first.version, first.cursor)


def test_the_limit_counts_from_the_cursor_and_not_from_the_start() -> None:
    sessions = Sessions(MemoryStore(), Limits(max_work=1_400_000))
    id = sessions.create(MAZUR).id
    for _ in range(20):
        picture = sessions.step(id, 40)
    assert picture.cursor.iteration == 799


def test_every_moment_of_a_long_run_can_be_reached_again() -> None:
    store = MemoryStore()
    limits = Limits(max_work=1_400_000)
    sessions = Sessions(store, limits)
    id = sessions.create(MAZUR).id
    for _ in range(40):
        length = sessions.step(id, 50).length
    for place in range(1_999, 0, -97):
        sessions.move(id, To(place, 4))
    assert Sessions(store, limits).move(id, To(3, length)).losses.shape == (4,)


@pytest.mark.parametrize("iteration", [10**6, 10**12, 2**63, 10**30])
def test_a_moment_absurdly_far_away_is_beyond_the_limit(iteration: int) -> None:
    sessions = Sessions(MemoryStore(), Limits(max_work=10**8))
    id = sessions.create(LABELS).id
    with pytest.raises(BeyondLimit):
        sessions.move(id, To(iteration, 0))


def test_class_numbers_are_replayed_too() -> None:
    store, document = MemoryStore(), {**CLASSES, "batch_size": 1}
    sessions = Sessions(store)
    id = sessions.create(document).id
    sessions.edit_node(id, "y", 1, [0])
    picture = sessions.step(id, 6)
    _, losses = plain_run(problem_of(document), store.load(id).session.edits, picture.cursor)
    assert picture.losses.tolist() == losses
