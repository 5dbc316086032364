"""The file of the embedded store: whose it is, and what happens when it is taken away."""

import logging
import os
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.errors import Unavailable
from app.session.service import Sessions
from app.session.sqlite import SQLiteStore
from app.session.store import kept_since

SPEC = {"kind": "preset", "name": "mazur"}
DAY = 86400.0
posix = pytest.mark.skipif(os.name != "posix", reason="other systems have other permissions")


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Callable[[Path], Sessions]]:
    """Opens stores, and closes them at the end."""
    stores: list[SQLiteStore] = []

    def make(path: Path) -> Sessions:
        stores.append(SQLiteStore(path))
        return Sessions(stores[-1])

    yield make
    for store in stores:
        store.close()


def mode(path: Path) -> str:
    return oct(path.stat().st_mode & 0o777)


@posix
def test_a_new_store_is_for_its_owner_alone(opened: Callable[[Path], Sessions], tmp_path: Path) -> None:
    folder = tmp_path / "chainrule"
    opened(folder / "sessions.db").create(SPEC)
    modes = {path.name: mode(path) for path in folder.iterdir()}
    assert modes == dict.fromkeys(("sessions.db", "sessions.db-wal", "sessions.db-shm"), "0o600")
    assert mode(folder) == "0o700"


@posix
def test_a_store_that_others_could_read_is_closed_to_them_and_its_folder_left_alone(
    opened: Callable[[Path], Sessions], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    tmp_path.chmod(0o755)
    with sqlite3.connect(tmp_path / "sessions.db") as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("CREATE TABLE old (id)")
        for path in tmp_path.iterdir():
            path.chmod(0o644)
        with caplog.at_level(logging.INFO):
            opened(tmp_path / "sessions.db").create(SPEC)
        assert {mode(path) for path in tmp_path.iterdir()} == {"0o600"} and mode(tmp_path) == "0o755"
    connection.close()
    assert "can now be read by its owner only" in caplog.text and "its permissions were not changed" in caplog.text


def replaced(path: Path) -> None:
    (path.parent / "other.db").write_bytes(b"")
    (path.parent / "other.db").rename(path)


@posix
def test_a_file_that_cannot_be_looked_for_is_gone(opened: Callable[[Path], Sessions], tmp_path: Path) -> None:
    path = tmp_path / "folder" / "sessions.db"
    sessions = opened(path)
    path.parent.rename(tmp_path / "away")
    path.parent.touch()
    with pytest.raises(Unavailable, match="deleted or replaced"):
        sessions.create(SPEC)


@pytest.mark.skipif(os.name == "nt", reason="an open file cannot be deleted there")
@pytest.mark.parametrize("harm", [Path.unlink, replaced])
def test_nothing_is_written_into_a_file_that_is_gone(
    opened: Callable[[Path], Sessions], tmp_path: Path, harm: Callable[[Path], None]
) -> None:
    path = tmp_path / "sessions.db"
    sessions = opened(path)
    id = sessions.create(SPEC).id
    size = (tmp_path / "sessions.db-wal").stat().st_size
    harm(path)
    for write in (sessions.step, sessions.fork, sessions.delete):
        with pytest.raises(Unavailable, match="deleted or replaced"):
            write(id)
    with pytest.raises(Unavailable, match="deleted or replaced"):
        sessions.create(SPEC)
    # What is there can still be read and taken along, and no empty file takes the place of the store's.
    assert sessions.read(id).version == 1
    assert (tmp_path / "sessions.db-wal").stat().st_size == size
    assert harm is replaced or not path.exists()


@pytest.mark.skipif(os.name == "nt", reason="an open file cannot be renamed there")
def test_a_file_that_comes_back_is_written_again(opened: Callable[[Path], Sessions], tmp_path: Path) -> None:
    sessions = opened(tmp_path / "sessions.db")
    id = sessions.create(SPEC).id
    (tmp_path / "sessions.db").rename(tmp_path / "away.db")
    with pytest.raises(Unavailable):
        sessions.step(id)
    (tmp_path / "away.db").rename(tmp_path / "sessions.db")
    assert sessions.step(id).version == 2


def test_a_folder_reached_by_another_way_later_is_still_the_same_store(
    opened: Callable[[Path], Sessions], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    sessions = opened(Path("sessions.db"))
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert sessions.create(SPEC).version == 1


@pytest.mark.parametrize(
    ("now", "newest_use", "uptime", "kept"),
    [
        # A clock that is right, on a store in use and on one that nobody has used for twenty days.
        (100 * DAY, 100 * DAY, 0.0, 70 * DAY),
        (100 * DAY, 80 * DAY, 0.0, 50 * DAY),
        # It was used before the server went to sleep; what it has seen pass counts.
        (140 * DAY, 100 * DAY, 40 * DAY, 110 * DAY),
        # A clock that is a month ahead, at the start and a day later.
        (131 * DAY, 100 * DAY, 0.0, 70 * DAY),
        (132 * DAY, 100 * DAY, 1 * DAY, 71 * DAY),
        # A clock that is right again, after sessions were used while it was ahead; and one that lags behind.
        (101 * DAY, 131 * DAY, 0.0, 71 * DAY),
        (10 * DAY, 100 * DAY, 0.0, -20 * DAY),
    ],
)
def test_sessions_age_by_the_clock_but_never_faster_than_time_was_seen_to_pass(
    now: float, newest_use: float, uptime: float, kept: float
) -> None:
    assert kept_since(now, newest_use, uptime, 30 * DAY) == kept
