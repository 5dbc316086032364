"""What sessions share in the SQLite store: numbers that do not change are there once, and go with their last user."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import replace
from pathlib import Path

import msgspec
import numpy as np
import pytest

from app.engine.plan import State
from app.errors import StoreFull
from app.nn.limits import Limits
from app.session import record, sqlite, sqlite_trail
from app.session.branch import Change
from app.session.service import Sessions
from app.session.sqlite import SQLiteStore
from app.session.state import Cursor, NodeEdit, Session
from app.session.trail import Checkpoint, Trail

WIDE = {
    "kind": "layers",
    "inputs": 60,
    "layers": [{"kind": "dense", "units": 60, "activation": "tanh"}, {"kind": "dense", "units": 1}],
    "loss": "mean_squared_error",
    "data": {"x": [[0.25] * 60] * 20, "y": [[1.0]] * 20},
    "optimizer": {"kind": "adam", "learning_rate": 0.01},
}
"""W1 has 28,800 bytes, x 9,600, and the spec some 8,000."""
ODD = np.where(np.arange(3000) % 7 == 0, np.nan, -0.0)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "sessions.db"


@pytest.fixture
def sessions(path: Path) -> Sessions:
    return Sessions(SQLiteStore(path))


def rows(path: Path, table: str = "contents") -> int:
    with sqlite3.connect(path) as connection:
        return connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]


def used(path: Path) -> int:
    with sqlite3.connect(path) as connection:
        return sqlite._bytes_used(connection)


def again(path: Path, id: str) -> list[bytes]:
    """All numbers that another server finds in a session."""
    picture = Sessions(SQLiteStore(path)).read(id)
    return [picture.snapshot.values.tobytes(), picture.losses.tobytes()]


def numbers(sessions: Sessions, id: str) -> list[bytes]:
    picture = sessions.read(id)
    return [picture.snapshot.values.tobytes(), picture.losses.tobytes()]


def test_forks_and_branches_add_next_to_nothing(sessions: Sessions, path: Path) -> None:
    id = sessions.create(WIDE).id
    sessions.step(id, 20)
    sessions.edit_node(id, "W1", np.full((60, 60), 0.125).tolist())
    sessions.step(id, 5)
    before, contents = used(path), rows(path)
    copies = [sessions.fork(id).id for _ in range(10)]
    copies += [sessions.branch(id, Change("learning_rate", 0.5 + place)).id for place in range(3)]
    # A branch begins at a moment that the parent has no checkpoint of: its parameters and slots, once for all three.
    assert rows(path) == contents + 2 and used(path) - before < 13 * 20_000
    assert again(path, copies[0]) == numbers(sessions, id)


def test_what_is_shared_stays_until_its_last_user_goes(sessions: Sessions, path: Path) -> None:
    id = sessions.create(WIDE).id
    sessions.step(id, 3)
    copy = sessions.fork(id).id
    expected = numbers(sessions, id)
    sessions.delete(id)
    assert again(path, copy) == expected
    sessions.delete(copy)
    assert (rows(path), rows(path, "uses")) == (0, 0)


def test_a_sweep_takes_what_nobody_uses_any_more_and_nothing_else(path: Path) -> None:
    store, now = SQLiteStore(path), [100.0]
    sessions = Sessions(store, clock=lambda: now[0])
    old, lone = sessions.create(WIDE).id, sessions.create({**WIDE, "seed": 5}).id
    now[0] = 200.0
    kept = sessions.fork(old).id
    assert store.sweep(150.0) == 2 and store.version(lone) is None
    assert again(path, kept) == numbers(sessions, kept)
    assert store.sweep(1e12) == 1 and (rows(path), rows(path, "uses")) == (0, 0)


def test_a_write_that_is_refused_leaves_no_content_behind(path: Path) -> None:
    store = SQLiteStore(path)
    session = Session("one", "", WIDE, {"a": ODD})
    store.create(session, Trail(1, 10).growth(), now=1.0)
    before = rows(path), rows(path, "uses")
    with pytest.raises(Exception, match="UNIQUE"):
        store.create(replace(session, initial={"a": ODD + 1}), Trail(1, 10).growth(), now=1.0)
    assert (rows(path), rows(path, "uses")) == before


def test_checkpoints_that_are_given_up_take_their_numbers_along(path: Path) -> None:
    store = SQLiteStore(path)
    trail = Trail(1, 10)
    trail.add(0, State(ODD, np.zeros((0, 3000))))
    trail.add(1, State(ODD + 1, np.zeros((0, 3000)), 1))
    store.create(Session("one", "", {}, {}), trail.growth(), now=1.0)
    assert rows(path) == 2
    trail.note_stored(trail.growth())
    trail.cut(0)
    growth = replace(trail.growth(), grown=1)
    assert store.save(Session("one", "", {}, {}, version=2), growth, False, now=1.0)
    assert rows(path) == 1 and store.load("one").trail.checkpoints[0].state.parameters.tobytes() == ODD.tobytes()


def test_small_edits_beside_large_ones_write_little(sessions: Sessions, path: Path) -> None:
    id = sessions.create(WIDE).id
    for place in range(10):
        sessions.edit_node(id, "W1", np.full((60, 60), 0.5 + place).tolist())
    with sqlite3.connect(path) as connection:
        longest = connection.execute("SELECT max(length(packed)) FROM histories").fetchone()[0]
    assert longest < 10_000
    contents = rows(path)
    sessions.edit_node(id, "b1", 2.0, [0])
    assert rows(path) == contents and len(SQLiteStore(path).load(id).session.edits) == 11
    for _ in range(11):
        sessions.undo(id)
    sessions.edit_node(id, "b1", 3.0, [0])
    assert rows(path) == contents - 10


def inline(name: str, content: bytes | memoryview) -> bytes:
    return bytes(content)


def old_store(path: Path) -> Session:
    """A file as it was before sessions shared anything, with one session in it."""
    edit = NodeEdit(0, "a", None, (ODD + 2).tobytes())
    session = Session("old", "Title", {"kind": "expression", "source": "a" * 9000}, {"a": ODD}, edits=(edit,))
    point = Checkpoint(0, State(ODD + 3, np.zeros((1, 3000))))
    with sqlite3.connect(path) as connection:
        connection.executescript(sqlite.TABLES + sqlite_trail.TABLES)
        connection.execute("INSERT INTO sessions VALUES ('old', 1, 'e', 1, 0, 0, 1.0, 1)")
        origin = record.Origin("Title", json.dumps(session.spec), {"a": record.Array((3000,), ODD.tobytes())})
        connection.execute("INSERT INTO origins VALUES ('old', ?)", (msgspec.msgpack.encode(origin),))
        connection.execute("INSERT INTO histories VALUES ('old', ?)", (record.pack_history(session, inline),))
        connection.execute("INSERT INTO checkpoints VALUES ('old', 0, ?)", (record.pack_checkpoint(point, inline),))
    return session


def test_a_store_of_before_opens_unchanged_and_its_sessions_live_on(path: Path) -> None:
    session = old_store(path)
    store = SQLiteStore(path)
    found = store.load("old")
    assert found.session.initial["a"].tobytes() == ODD.tobytes()
    assert (found.session.spec["source"], found.session.edits) == (session.spec["source"], session.edits)
    assert found.trail.checkpoints[0].state.parameters.tobytes() == (ODD + 3).tobytes()
    store.create(replace(found.session, id="new"), Trail(1, 10).growth(), now=1.0)
    assert store.delete("old") and store.load("new").session.initial["a"].tobytes() == ODD.tobytes()


FULL_AT = 1_000_000


@pytest.fixture
def full(path: Path) -> tuple[Sessions, list[str]]:
    """A service on a store that has no room for another session, and the sessions in it."""
    sessions, ids = Sessions(SQLiteStore(path, FULL_AT)), []
    with pytest.raises(StoreFull, match="CHAINRULE_MAX_STORE_BYTES"):
        for seed in range(1000):
            ids.append(sessions.create({**WIDE, "seed": seed}).id)
    return sessions, ids


def test_no_session_is_made_beyond_the_bound_of_the_store(full: tuple, path: Path) -> None:
    assert FULL_AT - 100_000 < used(path) <= FULL_AT


def test_in_a_full_store_moving_and_reading_go_on_and_removing_makes_room(full: tuple, path: Path) -> None:
    sessions, (id, *others) = full
    for count in (1, 100, 1):
        sessions.step(id, count)
    assert sessions.read(id).cursor.iteration == 101 and used(path) <= FULL_AT
    assert again(path, id) == numbers(sessions, id)
    with pytest.raises(StoreFull):
        for place in range(1000):
            sessions.edit_node(id, "W1", np.full((60, 60), 0.5 + place).tolist())
    assert used(path) <= FULL_AT
    shown = numbers(sessions, id)
    assert again(path, id) == shown
    for one in (id, *others[:2]):
        sessions.delete(one)
    assert sessions.create({**WIDE, "seed": 7777}).version == 1


def test_a_store_that_holds_more_than_its_bound_is_read_and_can_be_emptied(sessions: Sessions, path: Path) -> None:
    id = sessions.create(WIDE).id
    small = Sessions(SQLiteStore(path, 1))
    assert small.step(id, 3).cursor == Cursor(2, small.read(id).graph.length)
    with pytest.raises(StoreFull):
        small.create({**WIDE, "seed": 3})
    small.delete(id)
    assert rows(path) == 0


def test_the_bound_of_the_store_is_a_limit_like_others() -> None:
    assert Limits(max_store_bytes=5).max_store_bytes == 5
