"""Long rows of numbers in SQLite, each stored once however many sessions have it: copies share what does not change.

A content stands under its digest for as long as some session uses it. Sessions that are removed, one by one or all the
old ones at once, give up their uses, and a trigger removes what nobody uses any more: all in the same transaction.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from hashlib import blake2b

from app.session.record import LEAST, Keep

PIECE = 4 * 2**20
"""Bytes in one row: no copy is longer while it is written."""
DIGEST = 20
"""Bytes of a digest: no multiple of 8, so it is never taken for numbers."""

TABLES = """
CREATE TABLE IF NOT EXISTS contents (
    key BLOB NOT NULL, place INTEGER NOT NULL, packed BLOB NOT NULL, PRIMARY KEY (key, place));
CREATE TABLE IF NOT EXISTS uses (
    id TEXT NOT NULL REFERENCES sessions ON DELETE CASCADE, name TEXT NOT NULL, key BLOB NOT NULL,
    PRIMARY KEY (id, name)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS uses_by_key ON uses (key);
CREATE TRIGGER IF NOT EXISTS contents_unused AFTER DELETE ON uses
    WHEN NOT EXISTS (SELECT 1 FROM uses WHERE key = OLD.key)
    BEGIN DELETE FROM contents WHERE key = OLD.key; END;
"""


class Contents:
    """The contents that one session uses, inside a transaction."""

    def __init__(self, connection: sqlite3.Connection, id: str) -> None:
        self._connection = connection
        self._id = id

    def keep(self, name: str, content: bytes | memoryview) -> bytes:
        """Keep a content under a name of the session's own; what stands for it, itself if it is short."""
        key = digest(content) if len(content) >= LEAST else bytes(content)
        use = "SELECT key FROM uses WHERE id = ? AND name = ?"
        if self._connection.execute(use, (self._id, name)).fetchone() == (key,):
            return key
        self.drop(name)
        if key == content:
            return key
        if self._connection.execute("SELECT 1 FROM contents WHERE key = ?", (key,)).fetchone() is None:
            pieces = (content[start : start + PIECE] for start in range(0, len(content), PIECE))
            rows = ((key, place, piece) for place, piece in enumerate(pieces))
            self._connection.executemany("INSERT INTO contents VALUES (?, ?, ?)", rows)
        self._connection.execute("INSERT INTO uses VALUES (?, ?, ?)", (self._id, name, key))
        return key

    def fetch(self, kept: bytes) -> bytes:
        """The content that something stands for."""
        if len(kept) != DIGEST:
            return kept
        rows = self._connection.execute("SELECT packed FROM contents WHERE key = ? ORDER BY place", (kept,))
        return b"".join(packed for (packed,) in rows)

    def drop(self, name: str) -> None:
        """Use no more what stands under a name."""
        self._connection.execute("DELETE FROM uses WHERE id = ? AND name = ?", (self._id, name))

    def keep_edits(self, pack: Callable[[Keep], bytes]) -> bytes:
        """What `pack` makes of edits, which are kept under their digests; those that are gone are used no more."""
        used: set[str] = set()

        def keep(name: str, content: bytes | memoryview) -> bytes:
            name = f"{name} {digest(content).hex()}" if len(content) >= LEAST else name
            used.add(name)
            return self.keep(name, content)

        packed = pack(keep)
        for (name,) in self._connection.execute("SELECT name FROM uses WHERE id = ?", (self._id,)).fetchall():
            if name.startswith("edit ") and name not in used:
                self.drop(name)
        return packed


def size(connection: sqlite3.Connection, id: str) -> int:
    """The bytes of all contents that a session uses."""
    total = "SELECT total(length(packed)) FROM uses JOIN contents USING (key) WHERE id = ?"
    return int(connection.execute(total, (id,)).fetchone()[0])


def digest(content: bytes | memoryview) -> bytes:
    """A name for a content that no other one has."""
    return blake2b(content, digest_size=DIGEST).digest()
