"""Sessions in an SQLite file of the test's own."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.nn.limits import Limits
from app.session.service import Sessions
from app.session.sqlite import SQLiteStore


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Callable[..., Sessions]]:
    """Starts servers on one file: what another process, or the same one after a restart, has in memory."""
    stores: list[SQLiteStore] = []

    def start(limits: Limits | None = None, **options: object) -> Sessions:
        stores.append(SQLiteStore(tmp_path / "sessions.db"))
        return Sessions(stores[-1], limits, **options)

    yield start
    for store in stores:
        store.close()


@pytest.fixture
def sessions(server: Callable[..., Sessions]) -> Sessions:
    """One server."""
    return server()
