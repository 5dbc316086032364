"""The application as a whole: what it is made of, what it logs, how a server starts and stops it."""

import asyncio
import inspect
import json
import logging
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from threadpoolctl import threadpool_info

from app.main import close, create_app, lifespan
from app.settings import Settings
from app.web import health, logs
from app.web.urls import static
from tests.processes import ROOT, started

MAZUR = {"kind": "preset", "name": "mazur"}


@pytest.fixture
def app(tmp_path: Path) -> Iterator[FastAPI]:
    made = create_app(Settings(store=f"sqlite:///{(tmp_path / 'sessions.db').as_posix()}"))
    yield made
    close(made)


def get(app: FastAPI, path: str, **options: object) -> httpx.Response:
    @asynccontextmanager
    async def client() -> AsyncIterator[httpx.AsyncClient]:
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as opened:
            yield opened

    async def answer() -> httpx.Response:
        async with client() as opened:
            return await opened.get(path, **options)  # type: ignore[arg-type]

    return asyncio.run(answer())


def test_health_is_good_while_the_store_answers(app: FastAPI) -> None:
    answer = get(app, "/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})
    assert answer.headers["cache-control"] == "no-store"


def overwrite(store: Path) -> None:
    store.write_bytes(b"this is no database" * 100)


def replace_by_another(store: Path) -> None:
    (store.parent / "other.db").write_bytes(b"")
    (store.parent / "other.db").rename(store)


def drop_a_table(store: Path) -> None:
    with sqlite3.connect(store) as connection:
        connection.execute("DROP TABLE histories")


@pytest.mark.parametrize("harm", [overwrite, Path.unlink, replace_by_another, drop_a_table])
def test_a_server_is_not_ready_once_its_store_is_not_what_was_opened(app: FastAPI, tmp_path: Path, harm) -> None:
    assert get(app, "/readyz").status_code == 200
    app.state.store.close()
    harm(tmp_path / "sessions.db")
    answer = get(app, "/readyz")
    assert (answer.status_code, answer.json()["type"]) == (503, "unavailable")
    assert get(app, "/healthz").status_code == 200


def test_a_server_is_not_ready_while_it_is_closing(app: FastAPI) -> None:
    app.state.closing.is_near = True
    assert (get(app, "/readyz").status_code, get(app, "/healthz").status_code) == (503, 200)


def test_who_asks_whether_the_server_is_ready_does_not_wait_for_a_store_that_hangs(
    app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many ask: they wait for one answer, and hold one thread."""
    is_free, asked = threading.Event(), []
    monkeypatch.setattr(health, "SECONDS", 0.01)
    app.state.store.check = lambda: asked.append(None) or is_free.wait()

    async def ask() -> list[int]:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost") as client:
            try:
                answers = await asyncio.gather(*(client.get("/readyz") for _ in range(50)))
                assert (await client.get("/healthz")).status_code == 200
            finally:
                is_free.set()
            await app.state.question
            monkeypatch.setattr(health, "SECONDS", 60)
            return [answer.status_code for answer in (*answers, await client.get("/readyz"))]

    assert asyncio.run(ask()) == [*[503] * 50, 200]
    assert len(asked) == 2


def test_who_asks_for_health_touches_no_store_and_no_thread(app: FastAPI) -> None:
    app.state.store.check = app.state.store.version = None
    route = next(route for route in health.router.routes if route.path == "/healthz")
    assert inspect.iscoroutinefunction(route.endpoint)
    assert get(app, "/healthz").status_code == 200


def test_every_answer_carries_the_headers_that_protect_it(app: FastAPI) -> None:
    for path in ("/", "/nowhere", "/healthz", "/static/icon.svg", "/openapi.json"):
        headers = get(app, path).headers
        assert headers["content-security-policy"].startswith("default-src 'self'"), path
        assert headers["x-content-type-options"] == "nosniff", path


def test_a_file_whose_address_carries_its_digest_is_kept_for_good(app: FastAPI) -> None:
    assert "immutable" in get(app, static("icon.svg")).headers["cache-control"]
    for query in ("", "?v=0123456789", "?v="):
        assert get(app, "/static/icon.svg" + query).headers["cache-control"] == "no-cache", query


@pytest.mark.parametrize(("name", "kind"), [("htmx.min.js", "text/javascript"), ("stix-two-math.woff2", "font/woff2")])
def test_browser_libraries_are_served_with_their_types(app: FastAPI, name: str, kind: str) -> None:
    answer = get(app, f"/static/vendor/{name}")
    assert answer.status_code == 200
    assert answer.headers["content-type"].split(";")[0] == kind


def test_a_request_is_logged_by_its_pattern_and_never_with_an_id(
    app: FastAPI, caplog: pytest.LogCaptureFixture
) -> None:
    @app.get("/rooms/{id}")
    def room(id: str) -> dict[str, str]:
        return {"id": id}

    with caplog.at_level(logging.INFO, logger="app.requests"):
        get(app, "/rooms/secret?node=secret")
        get(app, "/nowhere/secret")
    lines = [json.loads(logs.JsonLines().format(record)) for record in caplog.records if record.name == "app.requests"]
    assert [(line["method"], line["path"], line["status"]) for line in lines] == [
        ("GET", "/rooms/{id}", 200),
        ("GET", "no route", 404),
    ]
    assert all(line["milliseconds"] > 0 and line["level"] == "info" for line in lines)
    assert "secret" not in caplog.text + json.dumps(lines)


def test_a_failure_nobody_foresaw_is_logged_once_with_its_trace_and_answered_without_it(
    app: FastAPI, caplog: pytest.LogCaptureFixture
) -> None:
    @app.get("/rooms/{id}/broken")
    def broken(id: str) -> None:
        raise RuntimeError("a beam is rotten")

    with caplog.at_level(logging.INFO):
        answer = get(app, "/rooms/secret/broken")
    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert "rotten" not in answer.text
    lines = [json.loads(logs.JsonLines().format(record)) for record in caplog.records]
    assert [line["exception"].splitlines()[-1] for line in lines if "exception" in line] == [
        "RuntimeError: a beam is rotten"
    ]
    assert [line["level"] for line in lines if line["logger"] == "app.requests"] == ["error"]
    assert not any("secret" in line["message"] for line in lines if line["logger"] != "httpx")


def test_the_server_computes_with_one_thread_a_product(app: FastAPI) -> None:
    async def threads() -> list[int]:
        async with lifespan(app):
            return [library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"]

    assert set(asyncio.run(threads())) == {1}


def test_many_who_wait_for_one_session_hold_up_nobody_else(app: FastAPI) -> None:
    async def ask() -> tuple[int, set[int]]:
        transport = httpx.ASGITransport(app)
        async with lifespan(app), httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            busy, other = [(await client.post("/api/sessions", json=MAZUR)).headers["location"] for _ in range(2)]
            with app.state.sessions._lives.hold(busy.rpartition("/")[2]):
                waiting = [asyncio.create_task(client.get(busy)) for _ in range(80)]
                found = await asyncio.wait_for(client.get(other), 30)
            return found.status_code, {answer.status_code for answer in await asyncio.gather(*waiting)}

    assert asyncio.run(ask()) == (200, {200})


def test_a_clock_that_is_ahead_by_months_removes_no_session(app: FastAPI, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not right after the start, when the clock may not have been set yet, and not later either."""
    swept, happened = app.state.store.sweep, []
    app.state.store.sweep = lambda before: happened.append(swept(before)) or 0
    app.state.sessions._clock = lambda: 1_000_000.0
    id = app.state.sessions.create(MAZUR).id

    async def pause(seconds: float) -> None:
        happened.append("a pause")
        await asyncio.Event().wait() if happened.count("a pause") > 2 else None

    async def start() -> None:
        async with lifespan(app):
            while happened.count("a pause") < 3:
                await asyncio.to_thread(time.sleep, 0.01)

    monkeypatch.setattr("app.main.asyncio.sleep", pause)
    asyncio.run(start())
    assert happened == ["a pause", 0, "a pause", 0, "a pause"]
    assert app.state.store.version(id) == 1


def test_importing_the_program_does_nothing_yet(tmp_path: Path) -> None:
    done = run_python("import app.main", tmp_path, CHAINRULE_STORE="nonsense", CHAINRULE_MAX_NODES="nonsense")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_setting_that_cannot_be_used_ends_the_start_with_one_sentence(tmp_path: Path) -> None:
    done = run_python("import app.main; app.main.app", tmp_path, CHAINRULE_MAX_NODES="many")
    sentence = "Chainrule cannot start: CHAINRULE_MAX_NODES must be an integer, 1 or more, not 'many'."
    assert (done.returncode, done.stderr.strip()) == (1, sentence)


def test_a_store_that_cannot_be_opened_ends_the_start_with_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    done = run_python(
        "import app.main; app.main.app", tmp_path, CHAINRULE_STORE=f"sqlite:///{tmp_path}/file/sessions.db"
    )
    assert done.returncode == 1
    assert done.stderr.startswith("Chainrule cannot start: ")
    assert "Traceback" not in done.stderr


def run_python(code: str, folder: Path, **environment: str) -> subprocess.CompletedProcess:
    surroundings = {**os.environ, "PYTHONPATH": str(ROOT), **environment}
    command = [sys.executable, "-c", code]
    return subprocess.run(command, cwd=folder, env=surroundings, capture_output=True, text=True, check=False)


def test_a_server_below_a_path_of_a_proxy_says_so_in_its_addresses(tmp_path: Path) -> None:
    surroundings = {**os.environ, "CHAINRULE_STORE": "sqlite:///sessions.db"}
    with started("--root-path", "/chainrule", cwd=tmp_path, env=surroundings) as (_, address):
        page = httpx.get(f"{address}/build", timeout=60, trust_env=False)
    assert page.status_code == 200 and 'href="/chainrule/ops"' in page.text
    assert 'href="/ops"' not in page.text


def test_a_server_told_to_end_finishes_cleanly_and_everything_it_said_is_json(tmp_path: Path) -> None:
    surroundings = {**os.environ, "CHAINRULE_STORE": "sqlite:///sessions.db"}
    options = {"cwd": tmp_path, "env": surroundings, "stdout": subprocess.PIPE, "text": True}
    with started(**options) as (process, address):
        assert httpx.get(f"{address}/healthz", timeout=60, trust_env=False).status_code == 200
        process.send_signal(signal.SIGTERM)
        said = process.communicate(timeout=60)[0]
    assert process.returncode in (0, -signal.SIGTERM)
    lines = [json.loads(line) for line in said.splitlines()]
    assert {"time", "level", "logger", "message"} <= set.intersection(*map(set, lines))
    assert "Application shutdown complete." in [line["message"] for line in lines]
    assert not (tmp_path / "sessions.db-wal").exists()
