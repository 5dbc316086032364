"""A server of the test's own and a real Chromium: what a person sees and does."""

import json
import os
import shutil
import socket
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import Any

import pytest
import uvicorn
from fastapi import FastAPI
from playwright.sync_api import Browser, ConsoleMessage, Page, expect
from starlette.applications import Starlette
from starlette.routing import Mount

from app.errors import Conflict
from app.main import create_app
from app.settings import Settings
from tests.browser.waiting import PATIENCE_SECONDS
from tests.views.graphs import wait_patiently

FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
DIRECTLY = urllib.request.build_opener(urllib.request.ProxyHandler({}))
"""A proxy for the world outside knows nothing of this server."""

expect.set_options(timeout=1000 * PATIENCE_SECONDS)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """The system's own Chromium where there is one: nothing is downloaded."""
    found = shutil.which(os.environ.get("CHROMIUM", "chromium"))
    return browser_type_launch_args | {"args": FLAGS} | ({"executable_path": found} if found else {})


@pytest.fixture(scope="session")
def product(tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    """The product with a store of the tests' own."""
    store = tmp_path_factory.mktemp("store") / "sessions.db"
    app = create_app(replace(Settings(), store=f"sqlite:///{store}", trainers=1))
    wait_patiently(app.state.layouts)
    return app


@contextmanager
def served(app: Any) -> Iterator[str]:
    """An application on a free port."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(app, log_level="error"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not server.started:
            assert thread.is_alive() and time.monotonic() < deadline, "the server did not start"
            time.sleep(0.02)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        server.should_exit = True
        thread.join(PATIENCE_SECONDS)


@pytest.fixture(scope="session")
def server(product: FastAPI) -> Iterator[str]:
    """The product, served on a free port."""
    with served(product) as address:
        yield address


@pytest.fixture
def address_below(product: FastAPI, server: str) -> Iterator[str]:
    """The product below a path, with nothing at all beside it: what a proxy and `--root-path` come to."""
    with served(Starlette(routes=[Mount("/chainrule", product)])) as address:
        yield f"{address}/chainrule"


@pytest.fixture
def address(product: FastAPI, server: str) -> Iterator[str]:
    """Where the product is. Runs that a test leaves behind do not go on beside the next one."""
    yield server
    for id, _ in product.state.store.running():
        with suppress(Conflict):
            product.state.sessions.stop_run(id)


@pytest.fixture
def session_of(address: str) -> Callable[..., str]:
    """Makes a session of a spec, or of a preset's name; gives the address of its workspace."""

    def make(spec: dict[str, Any] | str) -> str:
        document = {"kind": "preset", "name": spec} if isinstance(spec, str) else spec
        body = json.dumps(document).encode()
        headers = {"content-type": "application/json"}
        request = urllib.request.Request(f"{address}/api/sessions", body, headers)
        with DIRECTLY.open(request) as answer:
            return f"{address}/sessions/{json.load(answer)['id']}"

    return make


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Opens a page; at the end nothing may have been written to its console, no policy violated, nothing thrown."""
    complaints: list[str] = []
    contexts = []

    def heard(message: ConsoleMessage) -> None:
        # A refusal that the page shows is written to the console by the browser itself.
        if message.type in ("error", "warning") and "the server responded with a status of 4" not in message.text:
            complaints.append(message.text)

    def open_(url: str, width: int = 1440, height: int = 900, **options: Any) -> Page:
        options = {"locale": "en-US", "reduced_motion": "reduce"} | options
        contexts.append(browser.new_context(viewport={"width": width, "height": height}, **options))
        contexts[-1].set_default_timeout(1000 * PATIENCE_SECONDS)
        page = contexts[-1].new_page()
        page.on("console", heard)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(url)
        # Where things stand is measured in the page's own letters.
        page.evaluate("document.fonts.ready.then(() => null)")
        return page

    yield open_
    for context in contexts:
        context.close()
    assert complaints == []
