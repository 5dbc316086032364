"""How long one step takes on a graph of 300 nodes: at the server over loopback, and in a browser from click to swap.

    python -m tests.benchmarks.step

Starts the real server on a free port with a store of its own. The browser part needs playwright and Chromium.
"""

import http.client
import importlib.util
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from html.parser import HTMLParser
from pathlib import Path
from statistics import median, quantiles
from urllib.parse import urlencode

from tests.benchmarks.browser import click_through
from tests.benchmarks.scalars import THREE_HUNDRED, written_out_network

HOST = "127.0.0.1"
STEPS = 500
WARM_UP = 50
SERVER_TARGET, BROWSER_TARGET = 5.0, 30.0
FORM = {"Content-Type": "application/x-www-form-urlencoded", "HX-Request": "true"}
JSON = {"Content-Type": "application/json"}


@contextmanager
def server() -> Iterator[int]:
    """The product on a free port, with an empty store that is gone afterwards."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        environment = os.environ | {"CHAINRULE_STORE": f"sqlite:///{Path(folder) / 'sessions.db'}"}
        command = [sys.executable, "-m", "uvicorn", "app.main:app", "--host", HOST, "--port", str(port)]
        process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            wait_for(port, process)
            yield port
        finally:
            process.terminate()
            process.wait(20)


def wait_for(port: int, process: subprocess.Popen) -> None:
    for _ in range(200):
        if process.poll() is not None:
            raise SystemExit("the server ended before it answered")
        try:
            socket.create_connection((HOST, port), 1).close()
            return
        except OSError:
            time.sleep(0.1)
    raise SystemExit("the server did not answer within 20 s")


class Client:
    """One warm connection that is kept open; knows how long the last answer took, in milliseconds."""

    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection(HOST, port, timeout=60)
        self.took = 0.0

    def __call__(self, method: str, path: str, body: bytes = b"", headers: dict | None = None) -> bytes:
        start = time.perf_counter()
        self._connection.request(method, path, body or None, headers or {})
        answer = self._connection.getresponse()
        content = answer.read()
        self.took = 1e3 * (time.perf_counter() - start)
        if answer.status >= 300:
            raise SystemExit(f"{method} {path} was answered {answer.status}: {content[:500].decode()}")
        return content


class HiddenFields(HTMLParser):
    """What the form of the step buttons sends besides the button, and `drawn`, which goes with every request."""

    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.fields: dict[str, str] = {}
        self._is_inside = False
        self.feed(page.decode())

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        found = dict(attributes)
        if tag == "form":
            self._is_inside = found.get("class") == "moves"
        if tag == "input" and found.get("type") == "hidden" and (self._is_inside or found.get("id") == "drawn"):
            self.fields[found["name"]] = found.get("value") or ""

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._is_inside = False


def hidden_fields(page: bytes) -> dict[str, str]:
    return HiddenFields(page).fields


def page_steps(client: Client, session: str) -> tuple[list[float], list[int]]:
    """Times and sizes of steps asked for as the page asks, each with the fields that the last answer brought."""
    fields = hidden_fields(drawn_page(client, session))
    times, sizes = [], []
    for _ in range(WARM_UP + STEPS):
        body = urlencode(fields | {"go": "op:1"}).encode()
        answer = client("POST", f"/sessions/{session}/move", body, FORM)
        times.append(client.took)
        sizes.append(len(answer))
        fields |= hidden_fields(answer)
    return times[WARM_UP:], sizes[WARM_UP:]


def drawn_page(client: Client, session: str) -> bytes:
    """The page, once the picture of the graph is on it."""
    for _ in range(100):
        page = client("GET", f"/sessions/{session}")
        if b'id="content"' in page:
            return page
        time.sleep(0.2)
    raise SystemExit("the graph was not drawn within 20 s")


def api_steps(client: Client, session: str, query: str) -> tuple[list[float], list[int]]:
    times, sizes = [], []
    body = json.dumps({"by": "op", "count": 1}).encode()
    for _ in range(WARM_UP + STEPS):
        sizes.append(len(client("POST", f"/api/sessions/{session}/move{query}", body, JSON)))
        times.append(client.took)
    return times[WARM_UP:], sizes[WARM_UP:]


def report(name: str, times: Sequence[float], target: float, note: str = "") -> None:
    slowest = quantiles(times, n=20)[-1]
    reached = "✓" if median(times) < target else "✗"
    print(f"  {name:46}{median(times):>8.2f} ms{slowest:>10.2f} ms   < {target:g} ms {reached}   {note}")


def main() -> None:
    expression = written_out_network(THREE_HUNDRED)
    spec = json.dumps({"kind": "expression", "source": expression.source}).encode()
    with server() as port:
        client = Client(port)
        first, second, third, fourth = (json.loads(client("POST", "/api/sessions", spec, JSON))["id"] for _ in range(4))
        print(f"One operation forward or backward on a graph of {expression.size} nodes, {STEPS} in a row")
        busy, processors = os.getloadavg()[0], os.cpu_count() or 1
        if busy > processors / 2:
            print(f"  This machine is busy (load {busy:.1f} on {processors} processors): figures will be too high.")
        print(f"  {'':46}{'median':>11}{'95 in 100':>13}   target")
        times, sizes = page_steps(client, first)
        report("page: POST …/move, what changed as HTML", times, SERVER_TARGET, f"{median(sizes):,.0f} bytes")
        times, sizes = api_steps(client, second, "?values=none")
        report("API: POST …/move?values=none", times, SERVER_TARGET, f"{median(sizes):,.0f} bytes")
        times, sizes = api_steps(client, third, "")
        report("API: POST …/move, every value and gradient", times, SERVER_TARGET, f"{median(sizes):,.0f} bytes")
        browser = shutil.which("chromium")
        if not browser or importlib.util.find_spec("playwright") is None:
            print("  Not measured in a browser: playwright or chromium is not installed.")
            return
        spans = click_through(f"http://{HOST}:{port}/sessions/{fourth}", browser)
        report("browser: from the answer to the last swap", spans.swap, BROWSER_TARGET)
        report("browser: from click to the last swap", spans.click_to_swap, BROWSER_TARGET)
        report("browser: from click to the next frame", spans.click_to_frame, BROWSER_TARGET * 2, "(no target set)")


if __name__ == "__main__":
    main()
