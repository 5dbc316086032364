"""The file of an embedded store: made for its owner alone, and known again: nobody writes into a deleted one."""

from __future__ import annotations

import logging
import os
import sqlite3
from contextlib import suppress
from pathlib import Path

from app.errors import N_, Unavailable

OTHERS = 0o077
"""What the group and everybody else may do."""
BESIDE = ("", "-wal", "-shm")
"""The files of one database: itself, its log, and what its users share in memory."""

logger = logging.getLogger(__name__)


class StoreFile:
    """A database's file and the folder above it; both are made if need be."""

    def __init__(self, path: Path) -> None:
        self._path = path.absolute()
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Only a new file is opened: closing one that exists would drop the locks that SQLite has on it.
        with suppress(FileExistsError):
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        if os.name == "posix":
            _keep_private(path)
        self._identity = self._found()

    def connect(self, timeout: float) -> sqlite3.Connection:
        """A connection to this very file; one that was deleted is not made anew."""
        self.check()
        address = f"{self._path.as_uri()}?mode=rw"
        return sqlite3.connect(address, timeout, isolation_level=None, check_same_thread=False, uri=True)

    def check(self) -> None:
        """Raise Unavailable where the file that was opened is no longer the one at its path."""
        if self._found() != self._identity:
            raise Unavailable(
                N_(
                    "The file of the session store was deleted or replaced while the server was running. Nothing can"
                    " be saved until it is back, or until the server is restarted."
                )
            )

    def _found(self) -> tuple[int, int] | None:
        """What tells the file at the path from every other one."""
        try:
            found = os.stat(self._path)
        except OSError:
            return None
        return found.st_dev, found.st_ino


def _keep_private(path: Path) -> None:
    """Take from others what they may do with the files; a folder that was there before is left as it is."""
    for file in (path.with_name(path.name + ending) for ending in BESIDE):
        with suppress(FileNotFoundError):
            found = file.stat()
            if not found.st_mode & OTHERS:
                continue
            if found.st_uid == os.geteuid():
                file.chmod(0o600)
                logger.info("the store file %s can now be read by its owner only", file)
            else:
                logger.warning("the store file %s belongs to another user and can be read by others", file)
    if path.parent.stat().st_mode & OTHERS:
        logger.info("the folder of the store, %s, is open to others; its permissions were not changed", path.parent)
