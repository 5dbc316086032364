"""One contract for all stores."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from app.engine.plan import State
from app.errors import Conflict, Unavailable
from app.session import sqlite, state
from app.session.sqlite import SQLiteStore
from app.session.state import Cursor, NodeEdit, OptimizerEdit, Session
from app.session.store import Store
from app.session.stores import open_store
from app.session.trail import Trail
from tests.session.memory import MemoryStore

STRANGE = np.array([[np.nan, -0.0], [np.inf, 5e-324]])
SPEC = {"kind": "expression", "source": "a = 2 # 二\nb = a * a"}


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """Each store there is."""
    made: Store = MemoryStore() if request.param == "memory" else SQLiteStore(tmp_path / "sessions.db")
    yield made
    made.close()


def session_of(id: str = "one") -> Session:
    """A session that nothing was done to yet."""
    return Session(id, "Title", SPEC, {"a": STRANGE})


def trail_of(*iterations: int, losses: int = 0) -> Trail:
    """A trail with checkpoints at some iterations."""
    trail = Trail(work=1, reach=10**9)
    for iteration in iterations:
        trail.add(iteration, State(np.full(3, iteration + 0.5), np.full((2, 3), -0.0), iteration))
    trail.record(0, np.arange(losses, dtype=float))
    return trail


def test_the_bytes_that_a_load_reads_are_told_before(store: Store) -> None:
    large = np.arange(700_000.0)
    store.create(replace(session_of(), initial={"a": large}), trail_of(0).growth(), now=1.0)
    store.create(session_of("two"), trail_of(0).growth(), now=1.0)
    assert large.nbytes <= store.size("one") < 1.1 * large.nbytes
    assert store.size("two") < 1000
    assert store.size("none") == 0


def test_what_is_loaded_is_what_was_created_bit_by_bit(store: Store) -> None:
    store.create(session_of(), trail_of(0, 64, losses=70).growth(), now=1.0)
    stored = store.load("one")
    assert (stored.session.title, stored.session.spec, stored.session.version) == ("Title", SPEC, 1)
    assert (stored.session.schema, stored.session.engine) == (state.SCHEMA, state.ENGINE)
    assert stored.session.initial["a"].tobytes() == STRANGE.tobytes()
    assert stored.session.initial["a"].shape == (2, 2)
    assert stored.trail.losses.tolist() == list(range(70))
    point = stored.trail.checkpoints[64].state
    assert (point.parameters.tolist(), point.slots.shape, point.step) == ([64.5] * 3, (2, 3), 64)


def test_an_id_that_nobody_has_is_not_there(store: Store) -> None:
    assert (store.load("none"), store.version("none"), store.delete("none")) == (None, None, False)
    assert store.save(replace(session_of("none"), version=2), None, False, now=1.0) is False


def test_edits_undo_and_redo_come_back_as_they_were(store: Store) -> None:
    session = session_of()
    store.create(session, trail_of(0).growth(), now=1.0)
    for edit in (
        NodeEdit(0, "a", (1, 0), np.array([np.nan]).tobytes()),
        NodeEdit(0, "a", None, STRANGE.tobytes()),
        OptimizerEdit(0, {"kind": "sgd", "learning_rate": 1, "momentum": 0.5, "nesterov": True}),
    ):
        session = state.edited(session, edit)
        assert store.save(session, None, True, now=1.0)
    session = state.undo(session)
    assert store.save(session, None, True, now=1.0)
    loaded = store.load("one").session
    assert (loaded.edits, loaded.done, loaded.undone) == (session.edits, session.done, session.undone)


def test_a_move_needs_to_bring_only_its_cursor(store: Store) -> None:
    session = state.edited(session_of(), OptimizerEdit(0, {"kind": "sgd"}))
    store.create(session, trail_of(0, losses=3).growth(), now=1.0)
    assert store.save(state.moved(session, Cursor(3, 7)), None, False, now=1.0)
    loaded = store.load("one")
    assert (loaded.session.cursor, loaded.session.version) == (Cursor(3, 7), session.version + 1)
    assert loaded.session.edits == session.edits
    assert len(loaded.trail.losses) == 3


def test_only_who_starts_from_the_last_version_may_save(store: Store) -> None:
    session = session_of()
    store.create(session, trail_of(0).growth(), now=1.0)
    mine, theirs = state.moved(session, Cursor(0, 1)), state.moved(session, Cursor(0, 2))
    assert store.save(mine, None, False, now=1.0) is True
    assert store.save(theirs, trail_of(0, 9, losses=9).growth(), True, now=1.0) is False
    loaded = store.load("one")
    assert (loaded.session.cursor, list(loaded.trail.checkpoints), loaded.trail.losses.size) == (Cursor(0, 1), [0], 0)


def test_of_two_writers_racing_each_saves_what_the_other_does_not(store: Store) -> None:
    store.create(session_of(), trail_of(0).growth(), now=1.0)
    saved: list[int] = []

    def write(count: int) -> None:
        while count:
            session = store.load("one").session
            if store.save(state.moved(session, Cursor(session.version, 0)), None, False, now=1.0):
                saved.append(session.version)
                count -= 1

    threads = [threading.Thread(target=write, args=(40,)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(saved) == list(range(1, 81))
    assert store.version("one") == 81


def test_a_trail_grows_by_what_is_new_and_gives_up_what_is_dropped(store: Store) -> None:
    session = session_of()
    trail = trail_of(0, 64, losses=100)
    store.create(session, trail.growth(), now=1.0)
    trail.note_stored(trail.growth())
    trail.cut(50)
    trail.record(50, np.full(30, 0.25))
    trail.add(80, State(np.zeros(3), np.zeros((2, 3)), 80))
    assert store.save(state.moved(session, Cursor(80, 0)), trail.growth(), False, now=1.0)
    kept = store.load("one").trail
    assert sorted(kept.checkpoints) == [0, 80]
    assert kept.losses.tolist() == [*range(50), *[0.25] * 30]


def test_losses_of_long_runs_come_back_in_order(store: Store) -> None:
    session, trail = session_of(), trail_of(0)
    store.create(session, trail.growth(), now=1.0)
    trail.note_stored(trail.growth())
    for end in (1, 4_095, 4_096, 4_097, 20_000, 20_001):
        trail.record(trail.count, np.arange(trail.count, end, dtype=float))
        session = state.moved(session, Cursor(end, 0))
        assert store.save(session, trail.growth(), False, now=1.0)
        trail.note_stored(trail.growth())
        assert store.load("one").trail.losses.tolist() == list(range(end))


def test_deleting_leaves_nothing_behind(store: Store) -> None:
    store.create(session_of(), trail_of(0, losses=9).growth(), now=1.0)
    assert store.delete("one") is True
    assert store.load("one") is None
    store.create(session_of(), trail_of(0).growth(), now=1.0)
    assert store.load("one").trail.losses.size == 0


def test_sweeping_removes_what_was_not_touched_for_long(store: Store) -> None:
    for id, now in (("old", 1.0), ("seen", 1.0), ("moved", 1.0), ("new", 9.0)):
        store.create(session_of(id), trail_of(0).growth(), now)
    store.touch("seen", 9.0)
    store.save(state.moved(session_of("moved"), Cursor(0, 1)), None, False, 9.0)
    assert store.sweep(before=5.0) == 1
    assert [store.version(id) for id in ("old", "seen", "moved", "new")] == [None, 1, 2, 1]


# -- what only a file can do ------------------------------------------------------------------------------------------


def test_an_address_with_three_slashes_is_relative_and_one_with_four_absolute(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    for address in ("sqlite:///here/relative.db", f"sqlite:///{tmp_path.as_posix()}/there/absolute.db"):
        open_store(address).close()
    assert (tmp_path / "here" / "relative.db").exists()
    assert (tmp_path / "there" / "absolute.db").exists()


@pytest.mark.parametrize("address", ["redis://localhost", "sqlite://x.db", "sqlite:///", "", "x.db"])
def test_an_address_of_no_store_is_named_in_the_refusal(address: str) -> None:
    with pytest.raises(ValueError, match="CHAINRULE_STORE"):
        open_store(address)


def test_the_file_is_in_wal_mode(tmp_path: Path) -> None:
    SQLiteStore(tmp_path / "x.db").close()
    with sqlite3.connect(tmp_path / "x.db") as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    connection.close()


def test_a_locked_file_is_unavailable_and_nothing_changes(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(sqlite, "BUSY_SECONDS", 0.05)
    store = SQLiteStore(tmp_path / "x.db")
    store.create(session_of(), trail_of(0).growth(), now=1.0)
    other = sqlite3.connect(tmp_path / "x.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(Unavailable, match="locked"):
        store.save(state.moved(session_of(), Cursor(0, 1)), None, False, now=1.0)
    assert store.version("one") == 1
    other.close()
    assert store.save(state.moved(session_of(), Cursor(0, 1)), None, False, now=1.0)
    store.close()


def test_a_full_disk_takes_back_the_whole_write(tmp_path: Path) -> None:
    store = SQLiteStore(tmp_path / "x.db")
    store.create(session_of(), trail_of(0).growth(), now=1.0)
    with store._connection() as connection:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(Unavailable, match="full"):
        growth = replace(trail_of(0, losses=100_000).growth(), grown=1)
        store.save(state.moved(session_of(), Cursor(0, 1)), growth, True, now=1.0)
    loaded = store.load("one")
    assert (loaded.session.version, loaded.session.cursor, loaded.trail.losses.size) == (1, Cursor(), 0)
    store.close()


def test_a_file_that_is_no_database_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "x.db").write_text("not a database, " * 100)
    with pytest.raises(Unavailable):
        SQLiteStore(tmp_path / "x.db")


def test_a_session_of_a_newer_schema_is_refused(tmp_path: Path) -> None:
    store = SQLiteStore(tmp_path / "x.db")
    store.create(replace(session_of(), schema=state.SCHEMA + 1), Trail(1, 10).growth(), now=1.0)
    with pytest.raises(Conflict, match="newer"):
        store.load("one")
    store.close()


def test_a_store_that_was_closed_opens_again(tmp_path: Path) -> None:
    store = SQLiteStore(tmp_path / "x.db")
    store.create(session_of(), trail_of(0).growth(), now=1.0)
    store.close()
    assert store.version("one") == 1
    store.close()


def test_connections_that_many_needed_at_once_are_closed_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite, "MOST_IDLE", 2)
    store = SQLiteStore(tmp_path / "sessions.db")
    together = threading.Barrier(5)

    def look() -> None:
        with store._connection():
            together.wait()

    threads = [threading.Thread(target=look) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(store._idle) == 2
    assert store.version("one") is None
    store.close()
