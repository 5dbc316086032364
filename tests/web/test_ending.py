"""How a server ends: with an answer for everybody, in time, and taking its children along."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.processes import started
from tests.web.client import Api

ENDLESS = {"kind": "expression", "source": "a = 2.0\nb = a * a"}


@pytest.mark.parametrize(("accept", "kind"), [("*/*", "application/problem+json"), ("text/html", "text/html")])
def test_a_request_that_the_end_cuts_short_is_refused_as_everything_else_is(fresh, accept: str, kind: str) -> None:
    api: Api = fresh()

    @api.app.get("/never")
    async def never() -> None:
        await asyncio.Event().wait()

    async def ask(client: httpx.AsyncClient) -> httpx.Response:
        asked = asyncio.create_task(client.get("/never", headers={"accept": accept}))
        while not api.app.state.ending.tasks:
            await asyncio.sleep(0)
        await asyncio.sleep(0)
        api.app.state.closing.is_near = True
        api.app.state.ending._cancel()
        return await asked

    answer = api.together(ask)
    assert answer.status_code == 503 and answer.headers["content-type"].startswith(kind)
    assert "closing" in answer.text and not api.app.state.ending.tasks


@contextmanager
def serving(folder: Path, *arguments: str, app: str = "app.main:app") -> Iterator[tuple[subprocess.Popen, str]]:
    surroundings = {**os.environ, "CHAINRULE_STORE": "sqlite:///sessions.db", "CHAINRULE_TRAINERS": "1"}
    options = {"cwd": folder, "env": surroundings, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    with started(*arguments, app=app, **options) as (process, address):
        assert httpx.get(f"{address}/readyz", timeout=60, trust_env=False).status_code == 200
        yield process, address


def sent(address: str, request: str) -> socket.socket:
    """A connection on which a request was begun."""
    connection = socket.create_connection(("127.0.0.1", int(address.rpartition(":")[2])), 60)
    connection.sendall(request.replace("\n", "\r\n").encode())
    return connection


def heard(connection: socket.socket) -> str:
    """All that comes until the other end closes."""
    with connection:
        return b"".join(iter(lambda: connection.recv(65536), b"")).decode()


@pytest.mark.parametrize("arguments", [(), ("--timeout-graceful-shutdown", "1")])
def test_a_server_ends_beside_a_stream_and_a_body_that_never_comes(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    """Without a word about it to uvicorn, and also where uvicorn itself waits for a shorter time."""
    with serving(tmp_path, *arguments) as (process, address):
        made = httpx.post(f"{address}/api/sessions", json=ENDLESS, timeout=60, trust_env=False)
        session = f"{address}{made.headers['location']}"
        httpx.post(f"{session}/run", json={}, timeout=60, trust_env=False).raise_for_status()
        stream = sent(address, f"GET {made.headers['location']}/run/events HTTP/1.1\nHost: localhost\n\n")
        assert stream.recv(65536).startswith(b"HTTP/1.1 200")
        head = "POST /api/sessions HTTP/1.1\nHost: localhost\nContent-Length: 9\nExpect: 100-continue\n\n"
        unfinished = sent(address, head)
        assert unfinished.recv(65536).startswith(b"HTTP/1.1 100")
        unfinished.sendall(b"{")
        process.send_signal(signal.SIGTERM)
        heard(stream)
        head, _, body = heard(unfinished).partition("\r\n\r\n")
        said = process.communicate(timeout=60)[0]
    assert head.startswith("HTTP/1.1 503") and "application/problem+json" in head
    assert json.loads(body)["status"] == 503
    assert process.returncode in (0, -signal.SIGTERM)
    lines = [json.loads(line) for line in said.splitlines()]
    assert "Application shutdown complete." in [line["message"] for line in lines]
    assert [line for line in lines if "exception" in line] == []


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="children are listed elsewhere there")
@pytest.mark.parametrize("path", ["/thread", "/loop"])
def test_a_server_that_something_holds_is_ended_with_its_children(tmp_path: Path, path: str) -> None:
    with serving(tmp_path, app="tests.web.hanging:app") as (process, address):
        endless = sent(address, f"GET {path} HTTP/1.1\nHost: localhost\n\n")
        children = Path(f"/proc/{process.pid}/task").glob("*/children")
        pids = [int(pid) for listed in children for pid in listed.read_text().split()]
        while '"held"' not in process.stdout.readline():
            assert process.poll() is None
        process.send_signal(signal.SIGTERM)
        answer, said = heard(endless), process.communicate(timeout=60)[0]
    if path == "/thread":
        assert answer.startswith("HTTP/1.1 503") and process.returncode == -signal.SIGTERM
    else:
        assert process.returncode == 128 + signal.SIGTERM and "did not end by itself" in said
    assert pids and all(map(is_gone, pids))


def is_gone(pid: int) -> bool:
    """Whether a process ends, whether or not anybody asks how."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            if Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].startswith("Z"):
                return True
        except (FileNotFoundError, ProcessLookupError):
            return True
        time.sleep(0.05)
    return False
