"""The embedded store: one SQLite file in WAL mode, shared by threads and by servers on one machine.

A move by one operation writes one small row. Checkpoints are written once each, losses in chunks of which only the
last ones change, the spec and the initial numbers never again.

`synchronous=NORMAL`: a committed write is in the operating system's hands, so it survives the server's death by any
signal. Only a machine that loses power may lose the last commits; the file stays whole even then. FULL would put a
disk flush into every step.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from app.errors import N_, Conflict, Unavailable
from app.session import record
from app.session.state import SCHEMA, Cursor, Session
from app.session.store import Stored
from app.session.trail import Growth, Kept

BUSY_SECONDS = 10
CHUNK = 4096
"""Losses in one row."""

TABLES = """
CREATE TABLE IF NOT EXISTS sessions (
    id TEXT PRIMARY KEY, schema INTEGER NOT NULL, engine TEXT NOT NULL, version INTEGER NOT NULL,
    iteration INTEGER NOT NULL, position INTEGER NOT NULL, touched REAL NOT NULL) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS sessions_by_touched ON sessions (touched);
CREATE TABLE IF NOT EXISTS origins (
    id TEXT PRIMARY KEY REFERENCES sessions ON DELETE CASCADE, packed BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS histories (
    id TEXT PRIMARY KEY REFERENCES sessions ON DELETE CASCADE, packed BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS checkpoints (
    id TEXT REFERENCES sessions ON DELETE CASCADE, iteration INTEGER, packed BLOB NOT NULL,
    PRIMARY KEY (id, iteration));
CREATE TABLE IF NOT EXISTS losses (
    id TEXT REFERENCES sessions ON DELETE CASCADE, chunk INTEGER, packed BLOB NOT NULL,
    PRIMARY KEY (id, chunk));
"""


class SQLiteStore:
    """Keeps sessions in one file; makes it, and the folders above it, if need be."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._idle: list[sqlite3.Connection] = []
        self._lock = threading.Lock()
        path.parent.mkdir(parents=True, exist_ok=True)
        with self._connection() as connection:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.executescript(TABLES)

    def load(self, id: str) -> Stored | None:
        with self._reading() as connection:
            row = connection.execute(
                "SELECT schema, engine, version, iteration, position, origins.packed, histories.packed FROM sessions"
                " JOIN origins USING (id) JOIN histories USING (id) WHERE id = ?",
                (id,),
            ).fetchone()
            return row and Stored(_session(id, *row), _trail(connection, id))

    def version(self, id: str) -> int | None:
        with self._connection() as connection:
            row = connection.execute("SELECT version FROM sessions WHERE id = ?", (id,)).fetchone()
            return row and row[0]

    def create(self, session: Session, trail: Growth, now: float) -> None:
        with self._writing() as connection:
            row = (session.id, session.schema, session.engine, session.version, *_place(session), now)
            connection.execute("INSERT INTO sessions VALUES (?, ?, ?, ?, ?, ?, ?)", row)
            connection.execute("INSERT INTO origins VALUES (?, ?)", (session.id, record.pack_origin(session)))
            _write_history(connection, session)
            _write_trail(connection, session.id, trail)

    def save(self, session: Session, trail: Growth | None, has_new_history: bool, now: float) -> bool:
        with self._writing() as connection:
            saved = connection.execute(
                "UPDATE sessions SET version = ?, iteration = ?, position = ?, touched = ?"
                " WHERE id = ? AND version = ?",
                (session.version, *_place(session), now, session.id, session.version - 1),
            ).rowcount
            if saved and has_new_history:
                _write_history(connection, session)
            if saved and trail is not None:
                _write_trail(connection, session.id, trail)
            return bool(saved)

    def touch(self, id: str, now: float) -> None:
        with self._writing() as connection:
            connection.execute("UPDATE sessions SET touched = ? WHERE id = ?", (now, id))

    def delete(self, id: str) -> bool:
        with self._writing() as connection:
            return bool(connection.execute("DELETE FROM sessions WHERE id = ?", (id,)).rowcount)

    def sweep(self, before: float) -> int:
        with self._writing() as connection:
            return connection.execute("DELETE FROM sessions WHERE touched < ?", (before,)).rowcount

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
        except BaseException:
            connection.close()
            raise
        with self._lock:
            self._idle.append(connection)

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("PRAGMA foreign_keys = ON")
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
        with self._connection() as connection:
            connection.execute("BEGIN IMMEDIATE")
            yield connection
            connection.execute("COMMIT")


def _place(session: Session) -> tuple[int, int]:
    return session.cursor.iteration, session.cursor.position


def _session(id: str, schema: int, engine: str, version: int, iteration: int, position: int, *packed: bytes) -> Session:
    if schema > SCHEMA:
        template = N_("This session was stored by a newer version of the program (schema {came}, known up to {known}).")
        raise Conflict(template, came=schema, known=SCHEMA)
    title, spec, initial = record.unpack_origin(packed[0])
    history = record.unpack_history(packed[1])
    cursor = Cursor(iteration, position)
    changes = history.edits, history.done, history.undone
    return Session(id, title, spec, initial, version, cursor, *changes, schema, engine)


def _trail(connection: sqlite3.Connection, id: str) -> Kept:
    rows = connection.execute("SELECT iteration, packed FROM checkpoints WHERE id = ?", (id,))
    checkpoints = {iteration: record.unpack_checkpoint(iteration, packed) for iteration, packed in rows}
    chunks = connection.execute("SELECT packed FROM losses WHERE id = ? ORDER BY chunk", (id,)).fetchall()
    losses = np.frombuffer(b"".join(packed for (packed,) in chunks), dtype="<f8")
    return Kept(checkpoints, losses)


def _write_history(connection: sqlite3.Connection, session: Session) -> None:
    connection.execute("REPLACE INTO histories VALUES (?, ?)", (session.id, record.pack_history(session)))


def _write_trail(connection: sqlite3.Connection, id: str, trail: Growth) -> None:
    connection.executemany(
        "DELETE FROM checkpoints WHERE id = ? AND iteration = ?", [(id, iteration) for iteration in trail.dropped]
    )
    connection.executemany(
        "REPLACE INTO checkpoints VALUES (?, ?, ?)",
        [(id, place, record.pack_checkpoint(kept)) for place, kept in trail.checkpoints.items()],
    )
    first = trail.known // CHUNK
    connection.execute("DELETE FROM losses WHERE id = ? AND chunk >= ?", (id, first))
    connection.executemany(
        "INSERT INTO losses VALUES (?, ?, ?)",
        [
            (id, place // CHUNK, trail.losses[place : place + CHUNK].astype("<f8").tobytes())
            for place in range(first * CHUNK, len(trail.losses), CHUNK)
        ],
    )


def _unavailable(error: sqlite3.Error) -> Unavailable:
    template = N_("The session store cannot do this just now: {reason}. Nothing was changed.")
    return Unavailable(template, reason=str(error))
