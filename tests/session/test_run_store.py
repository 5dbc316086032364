"""What every store must do with runs: only who knows the last state may write, and cursor and run rest together."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import msgspec
import numpy as np
import pytest

from app.errors import Conflict
from app.session import record, state
from app.session import run as runs
from app.session.moves import To
from app.session.run import Goal, Run
from app.session.service import Sessions
from app.session.sqlite import SQLiteStore
from app.session.state import Cursor, OptimizerEdit
from app.session.store import Store
from app.session.trail import Trail
from tests.session.memory import MemoryStore
from tests.session.problems import MINIBATCHES
from tests.session.test_store import session_of, trail_of


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """Each store there is, with one session in it."""
    made: Store = MemoryStore() if request.param == "memory" else SQLiteStore(tmp_path / "sessions.db")
    made.create(session_of(), trail_of(0).growth(), now=1.0)
    yield made
    made.close()


def run_of(**changes: object) -> Run:
    """A run of the session, from its start."""
    fields = {"goal": Goal(), "start": 0, "head": 0, "until": 100, "is_bounded": True, "length": 9, "version": 1}
    return Run(**{**fields, **changes})


def grown(*iterations: int, losses: int, grown: int = 1) -> object:
    """What a trail has grown by."""
    return replace(trail_of(*iterations, losses=losses).growth(), grown=grown)


def test_a_run_is_there_once_it_was_put_and_comes_back_as_it_was(store: Store) -> None:
    assert store.pulse("one").run is None and store.running() == []
    run = run_of(goal=Goal(epochs=3, loss_below=0.5), best=(7, 0.25), non_finite=(3, "z1"), rate=1e4)
    assert store.put_run("one", None, run, None, now=2.0)
    assert store.pulse("one").run == run and store.running() == [("one", run)]


def test_only_who_knows_the_last_state_of_a_run_may_write_the_next(store: Store) -> None:
    run = run_of()
    store.put_run("one", None, run, None, now=2.0)
    mine, theirs = runs.claimed(run, "mine", 2.0), runs.claimed(run, "theirs", 2.0)
    assert store.put_run("one", run, theirs, None, now=2.0)
    assert not store.put_run("one", run, mine, grown(0, 50, losses=50), now=2.0)
    assert not store.put_run("one", None, run_of(), None, now=2.0)
    assert store.pulse("one").run == theirs and store.load("one").trail.count == 0


def test_a_run_begins_at_the_version_it_follows_or_not_at_all(store: Store) -> None:
    assert not store.put_run("one", None, run_of(version=2), None, now=2.0)
    assert not store.put_run("none", None, run_of(), None, now=2.0)


def test_what_a_run_has_found_out_is_written_together_with_how_far_it_is(store: Store) -> None:
    run = run_of()
    store.put_run("one", None, run, None, now=2.0)
    further = runs.next_of(run, head=50)
    assert store.put_run("one", run, further, grown(0, 49, losses=50), now=3.0)
    assert (store.pulse("one").grown, store.pulse("one").version) == (2, 1)
    assert store.load("one").trail.losses.tolist() == list(range(50))
    assert not store.put_run("one", further, runs.next_of(further), grown(0, losses=60, grown=1), now=3.0)
    assert store.load("one").trail.count == 50


def test_the_cursor_goes_along_when_nobody_has_moved_it(store: Store) -> None:
    run = run_of()
    store.put_run("one", None, run, None, now=2.0)
    assert store.put_run("one", run, runs.ended(run, "iterations", head=50), grown(0, 49, losses=50), now=3.0)
    pulse, session = store.pulse("one"), store.load("one").session
    assert (session.cursor, session.version) == (Cursor(49, 9), 2)
    assert (pulse.run.version, pulse.run.is_running, store.running()) == (2, False, [])


def test_the_cursor_stays_where_somebody_has_moved_it(store: Store) -> None:
    run = run_of()
    store.put_run("one", None, run, None, now=2.0)
    assert store.save(state.moved(session_of(), Cursor(0, 4)), None, False, now=2.5)
    assert store.put_run("one", run, runs.ended(run, "iterations", head=50), None, now=3.0)
    assert (store.load("one").session.cursor, store.version("one")) == (Cursor(0, 4), 2)


def test_while_a_run_goes_on_it_alone_makes_the_trail_grow_and_nobody_edits(store: Store) -> None:
    run = run_of()
    store.put_run("one", None, run, None, now=2.0)
    moved = state.moved(session_of(), Cursor(20, 0))
    assert not store.save(moved, grown(0, 20, losses=20), False, now=3.0)
    with pytest.raises(Conflict, match="pause"):
        store.save(state.edited(session_of(), OptimizerEdit(0, {"kind": "sgd"})), None, True, now=3.0)
    assert store.version("one") == 1
    assert store.save(moved, None, False, now=3.0)


def test_an_edit_after_a_run_forgets_the_run(store: Store) -> None:
    run = run_of()
    store.put_run("one", None, run, None, now=2.0)
    store.put_run("one", run, runs.paused(run), None, now=2.0)
    assert store.save(state.edited(session_of(), OptimizerEdit(0, {"kind": "sgd"})), None, True, now=3.0)
    assert store.pulse("one").run is None
    assert not store.put_run("one", runs.paused(run), runs.resumed(runs.paused(run), 2, 3.0), None, now=3.0)


def test_a_run_that_is_worked_off_keeps_its_session_from_being_swept(store: Store) -> None:
    run = run_of()
    store.put_run("one", None, run, None, now=9.0)
    assert store.sweep(before=5.0) == 0
    assert store.sweep(before=10.0) == 1 and store.running() == []


def test_the_run_heard_of_longest_ago_comes_first(store: Store) -> None:
    for id, heartbeat in (("two", 5.0), ("three", 3.0)):
        store.create(session_of(id), trail_of(0).growth(), now=1.0)
        store.put_run(id, None, run_of(heartbeat=heartbeat), None, now=2.0)
    assert [id for id, _ in store.running()] == ["three", "two"]


def test_trainers_are_heard_of_until_they_are_no_more(store: Store) -> None:
    assert store.trainers() == {}
    store.hear("one", 2.0), store.hear("two", 3.0), store.hear("one", 4.0)
    assert store.trainers() == {"one": 4.0, "two": 3.0}
    store.hear("two", None), store.hear("none", None)
    assert store.trainers() == {"one": 4.0}


def test_news_of_a_trail_are_what_is_not_known_yet(store: Store) -> None:
    trail = Trail(1, 10**9)
    trail.take_over(store.load("one").trail)
    store.put_run("one", None, run := run_of(), None, now=2.0)
    store.put_run("one", run, runs.next_of(run, head=9_000), grown(0, 64, 8_999, losses=9_000), now=2.0)
    news = store.news(session_of(), trail.known())
    trail.take_over(news.trail)
    assert trail.count == 9_000 and set(trail.checkpoints) == {0, 64, 8_999}
    assert (trail.growth().known, dict(trail.growth().checkpoints), trail.grown) == (9_000, {}, 2)
    assert store.news(state.edited(session_of(), OptimizerEdit(0, {"kind": "sgd"})), trail.known()) is None
    assert store.news(session_of("none"), trail.known()) is None


def test_whoever_has_gone_on_further_than_the_stored_run_hears_of_it(store: Store) -> None:
    """By more than a row of losses: of those that are known nothing is read then."""
    trail = Trail(1, 10**9)
    trail.take_over(store.load("one").trail)
    store.put_run("one", None, run := run_of(), None, now=2.0)
    store.put_run("one", run, runs.next_of(run, head=30), grown(0, 29, losses=30), now=2.0)
    trail.record(0, np.arange(9_000.0))
    trail.take_over(store.news(session_of(), trail.known()).trail)
    assert trail.count == 9_000 and set(trail.checkpoints) == {0, 29}
    growth = trail.growth()
    assert growth.known <= 30 and len(growth.losses) == 9_000


def test_gauges_come_back_bit_by_bit_and_those_given_up_do_not(store: Store) -> None:
    trail = Trail(1, 10**9, columns=("loss", "norm"))
    trail.take_over(store.load("one").trail)
    for iteration in (0, 1, 2):
        trail.add_gauge(iteration, np.array([np.nan, iteration / 3]))
    session = state.moved(session_of(), Cursor(3, 0))
    assert store.save(session, trail.growth(), False, now=2.0)
    trail.note_stored(trail.growth())
    again = Trail(1, 10**9, store.load("one").trail, columns=("loss", "norm")).gauges()
    assert again.numbers.tobytes() == trail.gauges().numbers.tobytes() and again.iterations.tolist() == [0, 1, 2]
    trail.cut(1)
    assert store.save(state.moved(session, Cursor(1, 0)), trail.growth(), False, now=2.0)
    assert list(store.load("one").trail.gauges) == [0]
    assert len(Trail(1, 10**9, store.load("one").trail, columns=("other", "norm")).gauges()) == 0


# -- what only a file can do ------------------------------------------------------------------------------------------


def test_a_file_of_an_earlier_version_is_brought_up_to_date(tmp_path: Path) -> None:
    file = tmp_path / "old.db"
    store = SQLiteStore(file)
    sessions = Sessions(store)
    id = sessions.step(sessions.create(MINIBATCHES).id, 200).id
    before = sessions.read(id)
    store.close()
    with sqlite3.connect(file) as connection:
        for table in ("runs", "gauges", "gauge_columns"):
            connection.execute(f"DROP TABLE {table}")
        connection.execute("ALTER TABLE sessions DROP COLUMN grown")
    connection.close()
    for _ in range(2):
        store = SQLiteStore(file)
        sessions = Sessions(store)
        picture = sessions.read(id)
        assert picture.losses.tobytes() == before.losses.tobytes() and picture.cursor == before.cursor
        sessions.step(id, 10)
        sessions.move(id, To(before.cursor.iteration, before.cursor.position))
        assert sessions.start_run(id, Goal(iterations=5)).state == "running"
        sessions.stop_run(id)
        store.close()


def test_a_run_of_a_newer_version_with_more_to_say_is_still_understood() -> None:
    packed = msgspec.msgpack.encode({**msgspec.to_builtins(run_of()), "mood": "good"})
    assert record.unpack_run(packed).until == 100
