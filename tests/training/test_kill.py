"""A server killed in the middle of a run, with its trainers or without, resumes it and leads to the same bits."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import threading
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.session.service import Sessions
from app.session.sqlite import SQLiteStore
from tests.session.test_kill import server
from tests.training.nets import SPIRAL, stepped


def trainers_of(process: subprocess.Popen) -> list[int]:
    """The processes that a server has started to run."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            is_trainer = b"app.training" in (folder / "cmdline").read_bytes()
        except (OSError, ValueError):
            continue
        if parent == process.pid and is_trainer:
            found.append(int(folder.name))
    return found


def wait_until(client: httpx.Client, address: str, holds: Any, seconds: float = 300) -> dict[str, Any]:
    """The run, once something holds of it. On a busy machine its trainer, which gives way to all, may take long."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        run = client.get(f"{address}/run").json()
        if holds(run):
            return run
        time.sleep(0.02)
    raise AssertionError(run)


@pytest.mark.parametrize(("kills", "also_trainers"), [(2, False), (1, True)], ids=["server", "server and trainers"])
def test_a_run_survives_the_death_of_its_server_bit_by_bit(tmp_path: Path, kills: int, also_trainers: bool) -> None:
    chance, head = random.Random(also_trainers), 0
    file = tmp_path / "sessions.db"
    for _ in range(kills):
        with server(file) as (process, client):
            if not head:
                address = client.post("/api/sessions", json=SPIRAL).headers["location"]
                client.post(f"{address}/run", json={})
            run = wait_until(client, address, lambda run, head=head: run["head"] > head)
            time.sleep(chance.uniform(0.0, 0.3))
            doomed = trainers_of(process) if also_trainers else []
            for pid in (process.pid, *doomed):
                os.kill(pid, signal.SIGKILL)
            head = run["head"]
    with server(file) as (_, client):
        assert client.get(f"{address}/run").json()["head"] >= head
        wait_until(client, address, lambda run: run["head"] > head)
        head = client.post(f"{address}/run/stop").json()["head"]
    store = SQLiteStore(file)
    picture = Sessions(store).read(address.rpartition("/")[2])
    assert {id: picture.value(id).tobytes() for id in picture.parameters} == stepped(SPIRAL, head)
    store.close()


def test_a_trainer_that_dies_is_started_again(tmp_path: Path) -> None:
    with server(tmp_path / "sessions.db") as (process, client):
        address = client.post("/api/sessions", json=SPIRAL).headers["location"]
        client.post(f"{address}/run", json={})
        wait_until(client, address, lambda run: run["head"] > 0)
        doomed = trainers_of(process)
        for pid in doomed:
            os.kill(pid, signal.SIGKILL)
        # Nothing that one of them had begun to write comes after this.
        wait_until(client, address, lambda run: not set(doomed) & set(trainers_of(process)))
        head = client.get(f"{address}/run").json()["head"]
        wait_until(client, address, lambda run: run["head"] > head)
        assert client.post(f"{address}/run/stop").json()["reason"] == "stopped"


def test_a_server_told_to_go_goes_at_once_although_somebody_watches_a_run(tmp_path: Path) -> None:
    with server(tmp_path / "sessions.db") as (process, client):
        address = client.post("/api/sessions", json=SPIRAL).headers["location"]
        client.post(f"{address}/run", json={})
        wait_until(client, address, lambda run: run["head"] > 0)
        with client.stream("GET", f"{address}/run/events") as answer:
            lines = answer.iter_lines()
            assert next(lines) == "event: run"
            trainers = trainers_of(process)
            process.send_signal(signal.SIGTERM)
            reading = threading.Thread(target=lambda: list(lines))
            reading.start()
            process.wait(60)
            reading.join()
        assert not any(Path(f"/proc/{pid}").exists() for pid in trainers)


def test_two_servers_share_runs_and_one_of_them_may_have_no_trainers(tmp_path: Path, monkeypatch) -> None:
    file = tmp_path / "sessions.db"
    monkeypatch.setenv("CHAINRULE_TRAINERS", "0")
    with server(file) as (without, client):
        assert trainers_of(without) == []
        monkeypatch.setenv("CHAINRULE_TRAINERS", "1")
        with server(file):
            address = client.post("/api/sessions", json=SPIRAL).headers["location"]
            client.post(f"{address}/run", json={"iterations": 2_000})
            assert wait_until(client, address, lambda run: run["state"] == "finished")["head"] == 2_000
            assert len(client.get(address).json()["losses"]) == 2_000
