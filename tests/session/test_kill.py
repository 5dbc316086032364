"""Killed at any moment and started again, a server answers with the state of the last call that was answered."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.session.sqlite import SQLiteStore
from tests.processes import started
from tests.session.problems import MINIBATCHES, plain_run, problem_of

CALLS: list[tuple[str, str, dict[str, Any]]] = [
    ("POST", "/step", {}),
    ("POST", "/step", {"iterations": 60}),
    ("POST", "/move", {"by": "op", "count": 1}),
    ("POST", "/move", {"by": "op", "count": -3}),
    ("POST", "/backward", {}),
    ("PATCH", "/nodes/W1", {"index": [0, 1], "value": 0.25}),
    ("PATCH", "/optimizer", {"learning_rate": 0.01}),
    ("POST", "/undo", {}),
    ("POST", "/redo", {}),
]


@contextmanager
def server(file: Path) -> Iterator[tuple[subprocess.Popen, httpx.Client]]:
    """A server process on a file, and a client of it once it answers."""
    environment = {**os.environ, "CHAINRULE_STORE": f"sqlite:///{file.as_posix()}", "CHAINRULE_LOG_LEVEL": "error"}
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with (
        started("--log-level", "critical", env=environment, **quiet) as (process, address),
        httpx.Client(base_url=address, timeout=60, trust_env=False) as client,
    ):
        assert client.get("/healthz").status_code == 200
        yield process, client


def stream(client: httpx.Client, address: str, chance: random.Random) -> Iterator[dict[str, Any]]:
    """Calls one after the other until the server is gone; yields each session answered."""
    while True:
        method, path, body = chance.choice(CALLS)
        try:
            answer = client.request(method, address + path, json=body)
        except httpx.TransportError:
            return
        assert answer.status_code in (200, 409, 422), answer.text
        if answer.status_code == 200:
            yield answer.json()


def losses_of(file: Path, id: str) -> list[float]:
    """The losses that the stored spec, edits and cursor lead to when they are run from the very start."""
    store = SQLiteStore(file)
    session = store.load(id).session
    store.close()
    return plain_run(problem_of(MINIBATCHES), session.edits, session.cursor)[1]


@pytest.mark.parametrize("seed", range(3))
def test_a_killed_server_goes_on_where_it_was_last_heard_of(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    with server(tmp_path / "sessions.db") as (process, client):
        answered = client.post("/api/sessions", json=MINIBATCHES).json()
        address = f"/api/sessions/{answered['id']}"
        for _ in range(2):
            answered = client.post(f"{address}/step", json={"iterations": 100}).json()
        killer = threading.Timer(chance.uniform(0.05, 1.0), process.send_signal, [signal.SIGKILL])
        killer.start()
        answered = [answered, *stream(client, address, chance)][-1]
        killer.join()
    with server(tmp_path / "sessions.db") as (_, client):
        found = client.get(address).json()
        # The call under way when it was killed may have been kept without having been answered, as a whole.
        assert found["version"] - answered["version"] in (0, 1)
        if found["version"] == answered["version"]:
            assert found == answered
        assert found["losses"] == losses_of(tmp_path / "sessions.db", found["id"])
        after = client.post(f"{address}/step", json={"version": found["version"]})
        assert (after.status_code, after.json()["version"]) == (200, found["version"] + 1)
        assert after.json()["losses"][: len(found["losses"])] == found["losses"]
