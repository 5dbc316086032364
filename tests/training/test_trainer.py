"""Runs are worked off to the very iteration, with the bits that single steps lead to, whatever happens meanwhile."""

from __future__ import annotations

import gc
import sqlite3
import time
import weakref
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from app.errors import Conflict, Unavailable
from app.nn.limits import Limits
from app.session import state
from app.session.moves import To
from app.session.run import LOST, MOST_CRASHES, Goal
from app.session.service import Sessions
from app.session.sqlite import SQLiteStore
from app.session.state import OptimizerEdit, Session
from app.training import task as task_module
from app.training import trainer as trainer_module
from app.training.task import Task
from app.training.trainer import Trainer
from tests.session.problems import EXPRESSION, MAZUR, MINIBATCHES
from tests.training.nets import (
    DIVERGING,
    HIDDEN,
    SPIRAL,
    WITH_VALIDATION,
    outliving,
    parameters,
    stepped,
    straight,
    work_off,
)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SQLiteStore]:
    made = SQLiteStore(tmp_path / "sessions.db")
    yield made
    made.close()


@pytest.fixture
def sessions(store: SQLiteStore) -> Sessions:
    return Sessions(store)


@pytest.fixture
def short_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    """Turns that are as long on any machine: 500 iterations at most, written down at once."""
    monkeypatch.setattr(task_module, "MOST_IN_A_STRETCH", 500)
    monkeypatch.setattr(Task, "work", lambda task, seconds: task._stretch())
    write_at_every_turn(monkeypatch)


def write_at_every_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trainer_module, "SOONEST", 0.0)
    monkeypatch.setattr(trainer_module, "WRITING_SHARE", 1e9)


@pytest.mark.parametrize("document", [SPIRAL, MINIBATCHES, MAZUR], ids=["spiral", "minibatches", "mazur"])
def test_a_run_leads_to_the_bits_that_single_steps_lead_to(store, sessions: Sessions, document: dict) -> None:
    id = sessions.create(document).id
    sessions.start_run(id, Goal(iterations=300))
    work_off(store)
    state, picture = sessions.run_of(id), sessions.read(id)
    losses, weights = straight(document, 300)
    assert (state.state, state.reason, state.head) == ("finished", "iterations", 300)
    assert (picture.cursor.iteration, picture.phase) == (299, "update")
    assert picture.losses.tobytes() == losses.tobytes()
    assert parameters(picture) == weights


def test_a_run_begins_where_the_session_stands_and_makes_one_version(store, sessions: Sessions) -> None:
    id = sessions.step(sessions.create(SPIRAL).id, 7).id
    version = sessions.read(id).version
    sessions.start_run(id, Goal(epochs=2))
    work_off(store)
    assert sessions.run_of(id).head == 7 + 2 * sessions.read(id).batches.count
    assert sessions.read(id).version == version + 1


def test_what_is_known_already_is_not_run_again(store, sessions: Sessions) -> None:
    id = sessions.step(sessions.create(SPIRAL).id, 500).id
    sessions.move(id, To(9, 0))
    sessions.start_run(id, Goal(iterations=100))
    work_off(store)
    picture = sessions.read(id)
    assert (sessions.run_of(id).head, picture.cursor.iteration, len(picture.known)) == (109, 108, 500)
    assert parameters(picture) == straight(SPIRAL, 109)[1]


def test_a_run_ends_with_the_very_iteration_whose_loss_is_low_enough(store, sessions: Sessions) -> None:
    id = sessions.create(SPIRAL).id
    losses, _ = straight(SPIRAL, 200)
    wanted = float(np.partition(losses, 3)[3])
    sessions.start_run(id, Goal(loss_below=wanted))
    work_off(store)
    state = sessions.run_of(id)
    assert (state.reason, state.head) == ("loss_below", int(np.flatnonzero(losses < wanted)[0]) + 1)
    assert len(sessions.read(id).known) == state.head


def test_early_stopping_says_which_moment_was_the_best(store, sessions: Sessions) -> None:
    id = sessions.create(WITH_VALIDATION).id
    sessions.start_run(id, Goal(validation_rising=3))
    work_off(store)
    state, gauges = sessions.run_of(id), sessions.read(id).gauges
    assert state.reason == "validation_rising" and state.best[0] < state.head
    kept = dict(zip(gauges.iterations.tolist(), gauges.column("validation.loss").tolist(), strict=True))
    assert all(kept[at] >= state.best[1] for at in kept)
    assert state.head - 1 in kept


def test_a_run_can_wait_for_the_gradient_to_be_small(store, sessions: Sessions) -> None:
    id = sessions.create(MAZUR).id
    sessions.start_run(id, Goal(gradient_norm_below=0.05))
    work_off(store)
    state, gauges = sessions.run_of(id), sessions.read(id).gauges
    assert state.reason == "gradient_norm_below"
    assert gauges.iterations[-1] == state.head - 1 and gauges.column("gradient_norm")[-1] < 0.05
    assert (gauges.column("gradient_norm")[:-1] >= 0.05).all()


@pytest.mark.parametrize("document", [DIVERGING, HIDDEN], ids=["high rate", "hidden"])
def test_too_high_a_rate_ends_the_run_at_the_first_node_that_is_not_finite(store, sessions, document: dict) -> None:
    picture = sessions.create(document)
    by_hand, id = picture.id, sessions.create(document).id
    while picture.first_non_finite is None:
        picture = sessions.step(by_hand)
    sessions.start_run(id, Goal())
    work_off(store)
    state = sessions.run_of(id)
    assert state.reason == "non_finite"
    assert state.non_finite == (picture.cursor.iteration, picture.first_non_finite)
    assert state.head == picture.cursor.iteration + 1 == len(sessions.read(id).known)


def test_a_pace_lets_no_more_be_done_than_time_has_passed(store, sessions: Sessions, monkeypatch) -> None:
    now = [100.0]
    monkeypatch.setattr(task_module, "perf_counter", lambda: now[0])
    write_at_every_turn(monkeypatch)
    id = sessions.create(SPIRAL).id
    sessions.start_run(id, Goal(iterations=40, per_second=10))
    trainer, heads = Trainer(store, Limits()), []
    for _ in range(6):
        work_off(store, trainer, turns=3)
        heads.append(sessions.run_of(id).head)
        now[0] += 1.0
    assert heads == [1, 11, 21, 31, 40, 40]
    assert parameters(sessions.read(id)) == stepped(SPIRAL, 40)


def test_a_slow_run_holds_up_no_other(store, sessions: Sessions) -> None:
    slow, fast = sessions.create(SPIRAL).id, sessions.create(SPIRAL).id
    sessions.start_run(slow, Goal(per_second=0.001))
    sessions.start_run(fast, Goal(iterations=200))
    trainer = Trainer(store, Limits())
    trainer.look(), trainer.look()
    while trainer.count > 1:
        trainer.turn()
    assert (sessions.run_of(fast).head, sessions.run_of(slow).reason) == (200, None)


def test_paused_and_gone_on_with_it_is_the_same_run(store, sessions: Sessions, short_turns) -> None:
    id = sessions.create(SPIRAL).id
    sessions.start_run(id, Goal(iterations=3_000))
    trainer, heads = Trainer(store, Limits()), []
    for _ in range(3):
        # Whoever worked it off learns at the next write that it was paused meanwhile; then it is taken up anew.
        work_off(store, trainer, turns=1)
        work_off(store, trainer, turns=3)
        sessions.pause_run(id)
        heads.append(sessions.run_of(id).head)
        assert sessions.read(id).cursor.iteration == heads[-1] - 1
        sessions.resume_run(id)
    assert 0 < heads[0] < heads[1] < heads[2] < 3_000
    work_off(store, trainer)
    work_off(store)
    assert parameters(sessions.read(id)) == stepped(SPIRAL, 3_000)


def test_whoever_moves_during_a_run_stays_where_they_went(store, sessions: Sessions, short_turns) -> None:
    id = sessions.create(SPIRAL).id
    sessions.start_run(id, Goal(iterations=3_000))
    trainer = work_off(store, turns=4)
    moved = sessions.move(id, To(11, 4))
    assert trainer.count == 1 and not sessions.run_of(id).following
    work_off(store, trainer)
    picture = sessions.read(id)
    assert (picture.cursor, picture.version, len(picture.known)) == (moved.cursor, moved.version, 3_000)
    assert sessions.ahead(id).cursor.iteration == 2_999
    assert sessions.read(id).cursor == moved.cursor


def test_what_a_run_writes_is_seen_by_all_servers_at_once(
    store, sessions: Sessions, tmp_path: Path, short_turns
) -> None:
    other_store = SQLiteStore(tmp_path / "sessions.db")
    other = Sessions(other_store)
    id = sessions.create(SPIRAL).id
    other.read(id)
    sessions.start_run(id, Goal(iterations=6_000))
    trainer, heads = work_off(store, turns=1), []
    while trainer.count:
        trainer.turn()
        heads.append(len(other.read(id).known))
        assert other.ahead(id).losses.size == other.run_of(id).head
    assert heads == sorted(heads) and len(set(heads)) > 2
    assert parameters(other.ahead(id)) == stepped(SPIRAL, 6_000)
    other_store.close()


def test_edits_wait_until_a_run_is_paused(store, sessions: Sessions) -> None:
    id = sessions.create(SPIRAL).id
    sessions.edit_optimizer(id, {"learning_rate": 0.03})
    sessions.edit_optimizer(id, {"learning_rate": 0.04})
    sessions.undo(id)
    sessions.start_run(id, Goal())
    before = sessions.read(id)
    for edit in (
        lambda: sessions.edit_node(id, "W1", 0.5, [0, 0]),
        lambda: sessions.edit_optimizer(id, {"learning_rate": 1.0}),
        lambda: sessions.undo(id),
        lambda: sessions.redo(id),
    ):
        with pytest.raises(Conflict, match="pause"):
            edit()
    assert (sessions.read(id).version, sessions.read(id).cursor) == (before.version, before.cursor)
    sessions.pause_run(id)
    assert sessions.edit_optimizer(id, {"learning_rate": 1.0}).version == before.version + 1
    assert sessions.run_of(id) is None


def test_an_edit_that_a_server_tries_without_knowing_of_the_run_is_refused(store, sessions: Sessions) -> None:
    other = Sessions(store)
    id = sessions.create(SPIRAL).id
    other.read(id)
    with other._lives.hold(id) as live:
        change = other._prepared(live, edit_of(live.session))
    sessions.start_run(id, Goal())
    with pytest.raises(Conflict):
        other._is_saved(live, change)
    assert sessions.read(id).version == 1


def edit_of(session: Session) -> Session:
    """A session with an edit more."""
    return state.edited(session, OptimizerEdit(0, {"kind": "sgd", "learning_rate": 0.5}))


def test_only_one_run_goes_on_at_a_time(sessions: Sessions) -> None:
    id = sessions.create(SPIRAL).id
    sessions.start_run(id, Goal())
    with pytest.raises(Conflict):
        sessions.start_run(id, Goal())
    sessions.stop_run(id)
    for verb in (sessions.stop_run, sessions.pause_run, sessions.resume_run):
        with pytest.raises(Conflict):
            verb(id)
    assert sessions.start_run(id, Goal()).state == "running"


def test_only_one_trainer_works_a_run_off(store, sessions: Sessions) -> None:
    id, now = sessions.create(SPIRAL).id, time.time()
    sessions.start_run(id, Goal(iterations=100))
    trainers = [Trainer(store, Limits(), clock=lambda: now) for _ in range(3)]
    assert sorted(trainer.look() for trainer in trainers) == [False, False, True]


def test_a_run_that_was_left_is_taken_up_by_another_trainer(store, sessions: Sessions, short_turns) -> None:
    id = sessions.create(SPIRAL).id
    sessions.start_run(id, Goal(iterations=5_000))
    assert work_off(store, turns=5).count == 1
    work_off(store, outliving(store))
    assert sessions.run_of(id).head == 5_000
    assert parameters(sessions.read(id)) == stepped(SPIRAL, 5_000)


def test_a_trainer_that_goes_leaves_nothing_undone(store, sessions: Sessions, short_turns) -> None:
    id = sessions.create(SPIRAL).id
    sessions.start_run(id, Goal(iterations=20_000))
    trainer = work_off(store, turns=3)
    trainer.close()
    head = sessions.run_of(id).head
    assert head > 0 and Trainer(store, Limits()).look()


def test_a_slice_gets_further_however_soon_its_time_is_over(store, sessions: Sessions) -> None:
    id = sessions.create(SPIRAL).id
    sessions.start_run(id, Goal())
    trainer = Trainer(store, Limits())
    trainer.look()
    trainer._turns[0].task.work(-1.0)
    trainer.close()
    assert sessions.run_of(id).head > 0


def test_two_runs_get_on_at_the_same_time(store, sessions: Sessions, short_turns) -> None:
    ids = [sessions.create(SPIRAL).id for _ in range(2)]
    for id in ids:
        sessions.start_run(id, Goal())
    trainer = Trainer(store, Limits())
    work_off(store, trainer, turns=16)
    trainer.close()
    heads = [sessions.run_of(id).head for id in ids]
    assert min(heads) > 0.2 * max(heads) > 0


def test_a_store_that_refuses_loses_nothing(
    store, sessions: Sessions, monkeypatch: pytest.MonkeyPatch, short_turns
) -> None:
    id = sessions.create(SPIRAL).id
    sessions.start_run(id, Goal(iterations=3_000))
    trainer = work_off(store, turns=2)
    with monkeypatch.context() as full:
        full.setattr(store, "put_run", refuse)
        work_off(store, trainer, turns=30)
    assert trainer.count == 1
    assert Sessions(store, clock=lambda: time.time() + 60).run_of(id).state == "stalled"
    work_off(store, trainer)
    assert sessions.run_of(id).reason == "iterations"
    assert parameters(sessions.read(id)) == stepped(SPIRAL, 3_000)


def refuse(*_: object) -> bool:
    raise Unavailable("full")


def test_a_full_disk_is_waited_out(store, sessions: Sessions, monkeypatch: pytest.MonkeyPatch) -> None:
    id = sessions.create(SPIRAL).id
    sessions.start_run(id, Goal(iterations=20_000))
    trainer, connect = work_off(store, turns=2), store._connect
    with store._connection() as connection:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]

    def limited() -> sqlite3.Connection:
        made = connect()
        made.execute(f"PRAGMA max_page_count = {pages}")
        return made

    with monkeypatch.context() as full:
        full.setattr(store, "_connect", limited)
        store.close()
        work_off(store, trainer, turns=40)
        stuck = sessions.run_of(id)
        store.close()
    work_off(store, trainer)
    assert stuck.state in ("running", "stalled") and stuck.head < 20_000 == sessions.run_of(id).head
    assert parameters(sessions.read(id)) == stepped(SPIRAL, 20_000)


def test_a_run_that_breaks_its_trainers_is_given_up(store, sessions: Sessions, monkeypatch) -> None:
    id = sessions.create(SPIRAL).id
    sessions.start_run(id, Goal())

    def fail(task: Task, seconds: float) -> None:
        raise MemoryError("too much")

    monkeypatch.setattr(Task, "work", fail)
    for _ in range(MOST_CRASHES):
        assert sessions.run_of(id).state == "running"
        work_off(store)
    state = sessions.run_of(id)
    assert (state.state, state.reason) == ("finished", "failed") and "too much" in state.failure
    assert not Trainer(store, Limits()).look()


def test_a_run_that_kills_its_trainers_is_given_up(store, sessions: Sessions) -> None:
    id = sessions.create(SPIRAL).id
    sessions.start_run(id, Goal())
    looks = [outliving(store).look() for _ in range(MOST_CRASHES + 2)]
    assert looks == [True] * MOST_CRASHES + [False, False]
    state = sessions.run_of(id)
    assert (state.reason, state.failure) == ("failed", LOST)


def test_a_session_that_is_removed_takes_its_run_along(store, sessions: Sessions, short_turns) -> None:
    id = sessions.create(SPIRAL).id
    sessions.start_run(id, Goal())
    trainer = work_off(store, turns=2)
    sessions.delete(id)
    work_off(store, trainer, turns=20)
    assert trainer.count == 0 and store.running() == []


def test_a_fork_of_a_running_session_stands_still(store, sessions: Sessions) -> None:
    id = sessions.create(SPIRAL).id
    sessions.start_run(id, Goal())
    trainer = work_off(store, turns=6)
    fork = sessions.fork(id)
    assert sessions.run_of(fork.id) is None
    assert sessions.step(fork.id, 20).losses.tobytes() == straight(SPIRAL, 20)[0].tobytes()
    trainer.close()


def test_an_expression_runs_too(store, sessions: Sessions) -> None:
    id = sessions.create({**EXPRESSION, "optimizer": {"kind": "sgd", "learning_rate": 1e-3}}).id
    sessions.start_run(id, Goal(loss_below=0.5))
    work_off(store)
    assert sessions.run_of(id).reason == "loss_below"
    assert sessions.read(id).gauges.columns[0] == "gradient_norm"


def test_nothing_is_kept_of_runs_that_ended_once_the_next_one_is_taken_up(store, sessions: Sessions) -> None:
    trainer, seen = Trainer(store, Limits(max_total_elements=100_000)), []
    for _ in range(4):
        sessions.start_run(sessions.create(SPIRAL).id, Goal(iterations=3))
        assert trainer.look()
        seen.append(weakref.ref(trainer._turns[0].task.replay))
        while trainer.count:
            trainer.turn()
    assert sum(replay() is not None for replay in seen) <= 2
    gc.unfreeze()
