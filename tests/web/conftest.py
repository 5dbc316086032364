"""What the tests of the web share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.session import run
from tests.web.client import Api


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    made = Api(tmp_path_factory.mktemp("store"))
    yield made
    made.close()


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """No run counts as stalled, however long a test takes that has nobody to work it off."""
    monkeypatch.setattr(run, "LEASE", 3600.0)


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[type[Api]]:
    """Makes applications with settings of their own."""
    made: list[Api] = []

    def make(**settings: object) -> Api:
        made.append(Api(tmp_path, **settings))
        return made[-1]

    yield make  # type: ignore[misc]
    for one in made:
        one.close()
