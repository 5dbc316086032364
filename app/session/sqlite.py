"""The embedded store: one SQLite file in WAL mode, shared by threads and by servers on one machine.

A move by one operation writes one small row. What a trail has grown by is written once, the spec and the initial
numbers never again.

`synchronous=NORMAL`: a committed write is in the operating system's hands, so it survives the server's death by any
signal. Only a machine that loses power may lose the last commits; the file stays whole even then. FULL would put a
disk flush into every step.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import msgspec

from app.errors import N_, Conflict, Damaged, StoreFull, Unavailable
from app.nn.limits import Limits
from app.session import record, sqlite_contents, sqlite_trail
from app.session.run import Run, begins, end_of, refuse_while_running
from app.session.sqlite_contents import Contents
from app.session.sqlite_file import StoreFile
from app.session.state import SCHEMA, Cursor, Session
from app.session.store import Pulse, Stored
from app.session.trail import Growth, Known

BUSY_SECONDS = 10
PAGES_IN_LOG = 4000
LOG_BYTES = 64 * 2**20
"""What stays of the log once it has been moved into the file."""
MOST_IDLE = 32
"""Connections kept open for the next ones who need one; each holds two or three files."""

USAGE = ("page_count", "freelist_count", "page_size")
COLUMNS = "id, schema, engine, version, iteration, position, touched, grown"
TABLES = """
CREATE TABLE IF NOT EXISTS sessions (
    id TEXT PRIMARY KEY, schema INTEGER NOT NULL, engine TEXT NOT NULL, version INTEGER NOT NULL,
    iteration INTEGER NOT NULL, position INTEGER NOT NULL, touched REAL NOT NULL,
    grown INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS sessions_by_touched ON sessions (touched);
CREATE TABLE IF NOT EXISTS origins (
    id TEXT PRIMARY KEY REFERENCES sessions ON DELETE CASCADE, packed BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS histories (
    id TEXT PRIMARY KEY REFERENCES sessions ON DELETE CASCADE, packed BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS runs (
    id TEXT PRIMARY KEY REFERENCES sessions ON DELETE CASCADE, is_running INTEGER NOT NULL,
    heartbeat REAL NOT NULL, packed BLOB NOT NULL) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS runs_going_on ON runs (heartbeat) WHERE is_running;
CREATE TABLE IF NOT EXISTS trainers (id TEXT PRIMARY KEY, heard REAL NOT NULL) WITHOUT ROWID;
"""

logger = logging.getLogger(__name__)


class SQLiteStore:
    """Keeps sessions in one file; makes it, and the folders above it, if need be.

    What would make the file hold more than `most_bytes` is refused with StoreFull. The log beside it may be larger than
    `LOG_BYTES` for a while, by one write.
    """

    def __init__(self, path: Path, most_bytes: int = Limits.max_store_bytes) -> None:
        self._file = StoreFile(path)
        self._most = most_bytes
        self._idle: list[sqlite3.Connection] = []
        self._lock = threading.Lock()
        with self._connection() as connection:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.executescript(TABLES + sqlite_trail.TABLES + sqlite_contents.TABLES)
        with self._writing() as connection:
            _add_missing_columns(connection)
            self._columns = _columns(connection)

    def load(self, id: str) -> Stored | None:
        with self._reading() as connection:
            row = connection.execute(
                "SELECT schema, engine, version, iteration, position, origins.packed, histories.packed, grown"
                " FROM sessions JOIN origins USING (id) JOIN histories USING (id) WHERE id = ?",
                (id,),
            ).fetchone()
            return row and Stored(_session(connection, id, *row[:-1]), sqlite_trail.read(connection, id, row[-1]))

    def news(self, session: Session, known: Known) -> Stored | None:
        with self._reading() as connection:
            row = connection.execute(
                "SELECT version, iteration, position, packed, grown"
                " FROM sessions JOIN histories USING (id) WHERE id = ?",
                (session.id,),
            ).fetchone()
            history = row and record.unpack_history(row[3], Contents(connection, session.id).fetch)
            if row is None or history.edits != session.edits:
                return None
            changes = {"edits": session.edits, "done": history.done, "undone": history.undone}
            now = replace(session, version=row[0], cursor=Cursor(row[1], row[2]), **changes)
            return Stored(now, sqlite_trail.read(connection, session.id, row[4], known))

    def pulse(self, id: str) -> Pulse | None:
        with self._connection() as connection:
            return _pulse(connection, id)

    def version(self, id: str) -> int | None:
        with self._connection() as connection:
            row = connection.execute("SELECT version FROM sessions WHERE id = ?", (id,)).fetchone()
            return row and row[0]

    def size(self, id: str) -> int:
        with self._connection() as connection:
            return sqlite_contents.size(connection, id)

    def create(self, session: Session, trail: Growth, now: float) -> None:
        with self._growing() as connection:
            row = (session.id, max(session.schema, SCHEMA), session.engine, session.version, *_place(session), now, 1)
            connection.execute(f"INSERT INTO sessions ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)
            origin = record.pack_origin(session, Contents(connection, session.id).keep)
            connection.execute("INSERT INTO origins VALUES (?, ?)", (session.id, origin))
            _write_history(connection, session)
            sqlite_trail.write(connection, session.id, trail)

    def save(self, session: Session, trail: Growth | None, has_new_history: bool, now: float) -> bool:
        with self._growing() as connection:
            found = _pulse(connection, session.id)
            if found is None or found.version != session.version - 1:
                return False
            if has_new_history:
                refuse_while_running(found.run)
            is_running = found.run is not None and found.run.is_running
            if trail is not None and (is_running or found.grown != trail.grown):
                return False
            connection.execute(
                "UPDATE sessions SET version = ?, iteration = ?, position = ?, touched = ? WHERE id = ?",
                (session.version, *_place(session), now, session.id),
            )
            if has_new_history:
                _write_history(connection, session)
                connection.execute("DELETE FROM runs WHERE id = ?", (session.id,))
            if trail is not None:
                _grow(connection, session.id, trail)
            return True

    def put_run(self, id: str, before: Run | None, run: Run, trail: Growth | None, now: float) -> bool:
        with self._growing() as connection:
            found = _pulse(connection, id)
            if found is None or (found.run and found.run.revision) != (before and before.revision):
                return False
            if begins(before, run) and found.version != run.version:
                return False
            if trail is not None and found.grown != trail.grown:
                return False
            if trail is not None:
                _grow(connection, id, trail)
            _write_run(connection, id, _take_along(connection, id, run, found.version, now))
            return True

    def running(self) -> list[tuple[str, Run]]:
        with self._connection() as connection:
            rows = connection.execute("SELECT id, packed FROM runs WHERE is_running ORDER BY heartbeat").fetchall()
        found = []
        for id, packed in rows:
            # One that cannot be read keeps no other from being worked off.
            with suppress(Damaged):
                found.append((id, record.unpack_run(packed)))
        return found

    def hear(self, trainer: str, now: float | None) -> None:
        with self._writing() as connection:
            connection.execute("DELETE FROM trainers WHERE id = ?", (trainer,))
            if now is not None:
                connection.execute("INSERT INTO trainers VALUES (?, ?)", (trainer, now))

    def trainers(self) -> dict[str, float]:
        with self._connection() as connection:
            return dict(connection.execute("SELECT id, heard FROM trainers"))

    def touch(self, id: str, now: float) -> None:
        with self._connection() as connection:
            # Whoever reads does not wait for those who write: this can be noted another time.
            connection.execute("PRAGMA busy_timeout = 0")
            connection.execute("UPDATE sessions SET touched = ? WHERE id = ?", (now, id))
            connection.execute(f"PRAGMA busy_timeout = {BUSY_SECONDS * 1000}")

    def delete(self, id: str) -> bool:
        with self._writing() as connection:
            return bool(connection.execute("DELETE FROM sessions WHERE id = ?", (id,)).rowcount)

    def sweep(self, before: float) -> int:
        with self._writing() as connection:
            return connection.execute("DELETE FROM sessions WHERE touched < ?", (before,)).rowcount

    def newest_use(self) -> float | None:
        with self._connection() as connection:
            return connection.execute("SELECT max(touched) FROM sessions").fetchone()[0]

    def check(self) -> None:
        self._file.check()
        with self._connection() as connection:
            if missing := self._columns - _columns(connection):
                raise Unavailable(N_("The session store no longer has {missing}."), missing=sorted(missing))

    def close(self) -> None:
        with self._lock:
            for connection in self._idle:
                connection.close()
            self._idle.clear()

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        """A connection of one's own for a while. What SQLite cannot do just now is Unavailable."""
        try:
            with self._lock:
                connection = self._idle.pop() if self._idle else None
            connection = connection or self._connect()
        except sqlite3.Error as error:
            raise _unavailable(error) from error
        try:
            yield connection
        except sqlite3.Error as error:
            connection.close()
            raise _unavailable(error) from error
        except Damaged as refusal:
            connection.close()
            logger.error("what is stored of a session cannot be read: %s", refusal.__cause__)
            raise
        except BaseException:
            connection.close()
            raise
        with self._lock:
            is_kept = len(self._idle) < MOST_IDLE
            if is_kept:
                self._idle.append(connection)
        if not is_kept:
            connection.close()

    def _connect(self) -> sqlite3.Connection:
        connection = self._file.connect(BUSY_SECONDS)
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("PRAGMA foreign_keys = ON")
        # A run writes much: moving it from the log into the file at once takes fewer waits for the disk.
        connection.execute(f"PRAGMA wal_autocheckpoint = {PAGES_IN_LOG}")
        connection.execute(f"PRAGMA journal_size_limit = {LOG_BYTES}")
        return connection

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        """All reads inside see the same moment of the file."""
        with self._connection() as connection:
            connection.execute("BEGIN")
            yield connection
            connection.execute("COMMIT")

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """All writes inside happen, or none; closing the connection on an error takes them back."""
        self._file.check()
        with self._connection() as connection:
            connection.execute("BEGIN IMMEDIATE")
            yield connection
            connection.execute("COMMIT")

    @contextmanager
    def _growing(self) -> Iterator[sqlite3.Connection]:
        """The same for writes that may make the file hold more. Raises StoreFull where it would be too much."""
        with self._writing() as connection:
            before = _bytes_used(connection)
            yield connection
            if _bytes_used(connection) > max(self._most, before):
                raise StoreFull(FULL, most=self._most, limit="CHAINRULE_MAX_STORE_BYTES")


FULL = N_(
    "The session store is full: it may hold {most} bytes ({limit}). Nothing was changed; reading and moving go on, and"
    " removing sessions makes room."
)


def _bytes_used(connection: sqlite3.Connection) -> int:
    """What the sessions in the file take up, whatever is free in it."""
    pages, free, size = (connection.execute(f"PRAGMA {name}").fetchone()[0] for name in USAGE)
    return (pages - free) * size


def _place(session: Session) -> tuple[int, int]:
    return session.cursor.iteration, session.cursor.position


def _session(
    connection: sqlite3.Connection,
    id: str,
    schema: int,
    engine: str,
    version: int,
    iteration: int,
    position: int,
    *packed: bytes,
) -> Session:
    if schema > SCHEMA:
        template = N_("This session was stored by a newer version of the program (schema {came}, known up to {known}).")
        raise Conflict(template, came=schema, known=SCHEMA)
    fetch = Contents(connection, id).fetch
    title, spec, initial, lineage = record.unpack_origin(packed[0], fetch)
    history = record.unpack_history(packed[1], fetch)
    cursor = Cursor(iteration, position)
    changes = history.edits, history.done, history.undone
    return Session(id, title, spec, initial, version, cursor, *changes, schema, engine, lineage)


def _pulse(connection: sqlite3.Connection, id: str) -> Pulse | None:
    """How a session stands."""
    row = connection.execute(
        "SELECT version, grown, packed FROM sessions LEFT JOIN runs USING (id) WHERE id = ?", (id,)
    ).fetchone()
    return row and Pulse(row[0], row[1], record.unpack_run(row[2]))


def _grow(connection: sqlite3.Connection, id: str, trail: Growth) -> None:
    sqlite_trail.write(connection, id, trail)
    connection.execute("UPDATE sessions SET grown = grown + 1, schema = ? WHERE id = ?", (SCHEMA, id))


def _take_along(connection: sqlite3.Connection, id: str, run: Run, version: int, now: float) -> Run:
    """Move the cursor with a run that has come to rest; the run then follows the version which that makes."""
    row = connection.execute("SELECT iteration, position FROM sessions WHERE id = ?", (id,)).fetchone()
    cursor = end_of(run, version, Cursor(*row))
    iteration, position = (cursor and (cursor.iteration, cursor.position)) or row
    version = version + (cursor is not None)
    connection.execute(
        "UPDATE sessions SET version = ?, iteration = ?, position = ?, touched = ? WHERE id = ?",
        (version, iteration, position, now, id),
    )
    return run if cursor is None else msgspec.structs.replace(run, version=version)


def _write_history(connection: sqlite3.Connection, session: Session) -> None:
    packed = Contents(connection, session.id).keep_edits(lambda keep: record.pack_history(session, keep))
    connection.execute("REPLACE INTO histories VALUES (?, ?)", (session.id, packed))


def _write_run(connection: sqlite3.Connection, id: str, run: Run) -> None:
    row = (id, run.is_running, run.heartbeat, record.pack_run(run))
    connection.execute("REPLACE INTO runs VALUES (?, ?, ?, ?)", row)


def _add_missing_columns(connection: sqlite3.Connection) -> None:
    """Bring a file of an earlier version up to date."""
    if "grown" not in {row[1] for row in connection.execute("PRAGMA table_info(sessions)")}:
        connection.execute("ALTER TABLE sessions ADD COLUMN grown INTEGER NOT NULL DEFAULT 0")


def _columns(connection: sqlite3.Connection) -> frozenset[str]:
    """Every column of every table, as `table.column`."""
    found = "SELECT t.name || '.' || c.name FROM sqlite_master AS t, pragma_table_info(t.name) AS c"
    return frozenset(name for (name,) in connection.execute(found + " WHERE t.type = 'table'"))


def _unavailable(error: sqlite3.Error) -> Unavailable:
    template = N_("The session store cannot do this just now: {reason}. Nothing was changed.")
    return Unavailable(template, reason=str(error))
