"""Trails in SQLite: checkpoints and gauges are written once each, losses in chunks of which the last ones change."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from itertools import chain

import numpy as np

from app.session import record
from app.session.sqlite_contents import Contents
from app.session.trail import Checkpoint, Growth, Kept, Known

CHUNK = 4096
"""Losses in one row."""
AT_ONCE = 500
"""Rows asked for by name in one statement."""

TABLES = """
CREATE TABLE IF NOT EXISTS checkpoints (
    id TEXT REFERENCES sessions ON DELETE CASCADE, iteration INTEGER, packed BLOB NOT NULL,
    PRIMARY KEY (id, iteration));
CREATE TABLE IF NOT EXISTS losses (
    id TEXT REFERENCES sessions ON DELETE CASCADE, chunk INTEGER, packed BLOB NOT NULL,
    PRIMARY KEY (id, chunk));
CREATE TABLE IF NOT EXISTS gauges (
    id TEXT REFERENCES sessions ON DELETE CASCADE, iteration INTEGER, packed BLOB NOT NULL,
    PRIMARY KEY (id, iteration)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS gauge_columns (
    id TEXT PRIMARY KEY REFERENCES sessions ON DELETE CASCADE, names TEXT NOT NULL) WITHOUT ROWID;
"""

NOTHING = Known(0, 0, frozenset(), frozenset())


def read(connection: sqlite3.Connection, id: str, grown: int, known: Known = NOTHING) -> Kept:
    """The trail, without what is known of it already."""
    places, measured = _places(connection, "checkpoints", id), _places(connection, "gauges", id)
    names = connection.execute("SELECT names FROM gauge_columns WHERE id = ?", (id,)).fetchone()
    columns = tuple(names[0].split("\n")) if names else ()
    with record.readable():
        begin, losses = _losses(connection, id, known.losses)
        gauges = _gauges(connection, id, measured - known.gauges)
        # Whoever has gone on further than the stored run is told no losses.
        count = max(begin + len(losses), known.losses)
        if count < max(places, default=0) or any(len(gauge) != len(columns) for gauge in gauges.values()):
            raise ValueError("numbers are missing")
    return Kept(
        checkpoints=_checkpoints(connection, id, places - known.checkpoints),
        losses=losses,
        gauges=gauges,
        columns=columns,
        grown=grown,
        begin=begin,
        places=places,
        measured=measured,
    )


def write(connection: sqlite3.Connection, id: str, trail: Growth) -> None:
    """Make the stored trail what it has grown to."""
    contents = Contents(connection, id)
    for name in chain(*map(record.checkpoint_names, trail.dropped)):
        contents.drop(name)
    _replace(connection, "checkpoints", id, trail.dropped, _packed(trail.checkpoints, contents))
    _replace(connection, "gauges", id, trail.unmeasured, _numbers(trail.gauges))
    if trail.gauges:
        names = "\n".join(trail.columns)
        connection.execute("REPLACE INTO gauge_columns VALUES (?, ?)", (id, names))
    first = trail.known // CHUNK
    connection.execute("DELETE FROM losses WHERE id = ? AND chunk >= ?", (id, first))
    connection.executemany(
        "INSERT INTO losses VALUES (?, ?, ?)",
        [
            (id, place // CHUNK, trail.losses[place : place + CHUNK].astype("<f8").tobytes())
            for place in range(first * CHUNK, len(trail.losses), CHUNK)
        ],
    )


def _packed(checkpoints: Mapping[int, Checkpoint], contents: Contents) -> Iterable[tuple[int, bytes]]:
    return ((place, record.pack_checkpoint(kept, contents.keep)) for place, kept in checkpoints.items())


def _numbers(gauges: Mapping[int, np.ndarray]) -> Iterable[tuple[int, bytes]]:
    return ((place, gauge.astype("<f8").tobytes()) for place, gauge in gauges.items())


def _replace(
    connection: sqlite3.Connection, table: str, id: str, gone: Iterable[int], new: Iterable[tuple[int, bytes]]
) -> None:
    gone = [(id, iteration) for iteration in gone]
    connection.executemany(f"DELETE FROM {table} WHERE id = ? AND iteration = ?", gone)
    connection.executemany(f"REPLACE INTO {table} VALUES (?, ?, ?)", ((id, *row) for row in new))


def _places(connection: sqlite3.Connection, table: str, id: str) -> frozenset[int]:
    rows = connection.execute(f"SELECT iteration FROM {table} WHERE id = ?", (id,))
    return frozenset(iteration for (iteration,) in rows)


def _rows(connection: sqlite3.Connection, table: str, id: str, places: frozenset[int]) -> list[tuple[int, bytes]]:
    wanted, found = sorted(places), []
    for start in range(0, len(wanted), AT_ONCE):
        part = wanted[start : start + AT_ONCE]
        marks = ", ".join("?" * len(part))
        found += connection.execute(
            f"SELECT iteration, packed FROM {table} WHERE id = ? AND iteration IN ({marks})", (id, *part)
        )
    return found


def _checkpoints(connection: sqlite3.Connection, id: str, places: frozenset[int]) -> dict[int, Checkpoint]:
    rows, fetch = _rows(connection, "checkpoints", id, places), Contents(connection, id).fetch
    return {iteration: record.unpack_checkpoint(iteration, packed, fetch) for iteration, packed in rows}


def _gauges(connection: sqlite3.Connection, id: str, places: frozenset[int]) -> dict[int, np.ndarray]:
    return {iteration: np.frombuffer(packed, "<f8") for iteration, packed in _rows(connection, "gauges", id, places)}


def _losses(connection: sqlite3.Connection, id: str, known: int) -> tuple[int, np.ndarray]:
    """Losses from about the first unknown one on, and which one they begin with."""
    first = known // CHUNK
    chunks = connection.execute(
        "SELECT packed FROM losses WHERE id = ? AND chunk >= ? ORDER BY chunk", (id, first)
    ).fetchall()
    losses = np.frombuffer(b"".join(packed for (packed,) in chunks), dtype="<f8")
    return first * CHUNK if chunks else 0, losses
