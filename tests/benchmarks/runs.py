"""How fast runs are through the HTTP API with live curves, beside the bare plan on the same minibatches.

    python -m tests.benchmarks.runs

Starts the real server on a free port with a store of its own. Also: how quickly the server answers others while two
runs go on, a cold jump to iteration 5,000, and the time that the digits take to 95 % test accuracy. About two minutes.
"""

import csv
import http.client
import io
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from threadpoolctl import threadpool_limits

from app.engine.plan import Plan
from app.nn.feed import Feeder
from app.nn.problem import build
from app.nn.spec import parse_spec
from tests.benchmarks.step import HOST, JSON, Client, wait_for

ROUNDS = 4
SECONDS_OF_A_ROUND = 6.0
SHARE_TARGET, MEDIAN_TARGET, WORST_TARGET = 0.85, 20.0, 100.0
JUMP_TARGET, DIGITS_TARGET, ACCURACY = 300.0, 5.0, 0.95
ANSWERS = 400


def layers(*units: int, hidden: str = "tanh", last: str = "identity", **more: Any) -> list[dict[str, Any]]:
    """Dense layers of so many units each."""
    made = [{"kind": "dense", "units": count, "activation": hidden, **more} for count in units[:-1]]
    return [*made, {"kind": "dense", "units": units[-1], "activation": last}]


LOGITS = "binary_cross_entropy_with_logits"
SPIRAL = {"dataset": "spiral", "samples": 400, "noise": 0.05, "test_fraction": 0.25, "seed": 1}
DIGITS: dict[str, Any] = {
    "kind": "layers",
    "inputs": 64,
    "layers": layers(128, 64, 10, hidden="relu"),
    "loss": "cross_entropy",
    "initializer": "he_uniform",
    "data": {"dataset": "digits", "scale": "min_max", "test_fraction": 0.25, "seed": 1},
    "batch_size": 64,
    "optimizer": {"kind": "adam", "learning_rate": 0.001},
}
SPECS: Mapping[str, dict[str, Any]] = {
    "2-3-1-1 sigmoid, 100 rows, full batch": {"kind": "preset", "name": "article-training"},
    "2-8-8-1 tanh, batch 10": {
        "kind": "layers",
        "inputs": 2,
        "layers": layers(8, 8, 1),
        "loss": LOGITS,
        "data": SPIRAL,
        "batch_size": 10,
        "optimizer": {"kind": "adam", "learning_rate": 0.01},
    },
    "64-128-64-10 relu, digits, batch 64, Adam": DIGITS,
    "the same with dropout": DIGITS | {"layers": layers(128, 64, 10, hidden="relu", dropout=0.2)},
}


@contextmanager
def server_on(store: Path) -> Iterator[tuple[int, subprocess.Popen]]:
    """The product on a free port, keeping its sessions in a file."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port = probe.getsockname()[1]
    environment = os.environ | {"CHAINRULE_STORE": f"sqlite:///{store}"}
    command = [sys.executable, "-m", "uvicorn", "app.main:app", "--host", HOST, "--port", str(port)]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_for(port, process)
        yield port, process
    finally:
        process.terminate()
        process.wait(20)


class Bare:
    """The plan alone: the same minibatches and masks in the same order, nothing recorded but the losses."""

    def __init__(self, spec: Mapping[str, Any]) -> None:
        problem = build(parse_spec(dict(spec)))
        self._plan = Plan(problem.graph, problem.optimizer, problem.frozen)
        self._beside: dict[int, Plan] = {}
        self._feeder = Feeder(problem.batches, problem.batched, problem.noises)
        self._problem, self._at = problem, 0

    def seconds(self, count: int) -> float:
        """The time that so many iterations take."""
        start = time.perf_counter()
        data = {"x": self._problem.batches.x, "y": self._problem.batches.y}
        for run in self._feeder.runs(data, self._at, self._at + count):
            self._plan_of(run.rows).iterate(run.count, run.feed)
        self._at += count
        return time.perf_counter() - start

    def _plan_of(self, rows: int) -> Plan:
        """The plan for batches of so many rows; the last one of an epoch may be short."""
        graph = self._problem.graph_for(rows) if rows else self._problem.graph
        if graph is self._problem.graph:
            return self._plan
        if rows not in self._beside:
            self._beside[rows] = Plan(graph, frozen=self._problem.frozen, beside=self._plan)
        return self._beside[rows]


@dataclass
class Watcher:
    """Listens to a run's events as a page with live curves does; counts them."""

    port: int
    session: str
    events: int = 0

    def listen(self) -> None:
        """Until the stream ends."""
        connection = http.client.HTTPConnection(HOST, self.port, timeout=120)
        connection.request("GET", f"/api/sessions/{self.session}/run/events")
        answer = connection.getresponse()
        while line := answer.readline():
            self.events += line.startswith(b"data:")
        connection.close()


def made(client: Client, spec: Mapping[str, Any]) -> str:
    return json.loads(client("POST", "/api/sessions?values=none", json.dumps(spec).encode(), JSON))["id"]


def started(client: Client, session: str, **goal: Any) -> None:
    client("POST", f"/api/sessions/{session}/run", json.dumps(goal).encode(), JSON)


def state_of(client: Client, session: str) -> dict[str, Any]:
    return json.loads(client("GET", f"/api/sessions/{session}/run"))


def seconds_of_run(port: int, session: str, count: int) -> tuple[float, int]:
    """The time from asking for so many iterations to their end, with live curves; and how often they were renewed."""
    watcher = Watcher(port, session)
    start = time.perf_counter()
    started(Client(port), session, iterations=count)
    listener = threading.Thread(target=watcher.listen)
    listener.start()
    listener.join(300)
    took = time.perf_counter() - start
    # The server closes connections that were silent for some seconds: this is another one.
    state = state_of(Client(port), session)
    if state["state"] != "finished":
        raise SystemExit(f"the run is {state}")
    return took, watcher.events


def throughput(port: int) -> None:
    """Each network: the bare plan and the API by turns, so that a busy machine slows both."""
    print(f"  {'iterations per second':44}{'plan':>10}{'API':>10}{'share':>8}   target")
    for name, spec in SPECS.items():
        bare, session = Bare(spec), made(Client(port), spec)
        count = max(int(SECONDS_OF_A_ROUND / (bare.seconds(200) / 200)), 1)
        shares, speeds, events = [], [], []
        for _ in range(ROUNDS):
            alone = bare.seconds(count)
            took, seen = seconds_of_run(port, session, count)
            shares.append(alone / took)
            speeds.append((count / alone, count / took))
            events.append(seen / took)
        plan, api = (median(column) for column in zip(*speeds, strict=True))
        reached = "✓" if median(shares) >= SHARE_TARGET else "✗"
        note = f"≥ {SHARE_TARGET:g} {reached}   curves renewed {median(events):.1f} times a second"
        print(f"  {name:44}{plan:>10,.0f}{api:>10,.0f}{median(shares):>8.2f}   {note}")


def others(port: int) -> None:
    """What other people's requests take while two runs go on."""
    client = Client(port)
    for spec in (SPECS["2-8-8-1 tanh, batch 10"], DIGITS):
        started(client, made(client, spec))
    session = made(client, {"kind": "preset", "name": "mazur"})
    calls = {
        "page of another session": lambda: client("GET", f"/sessions/{session}"),
        "API: one step of another session": lambda: client("POST", f"/api/sessions/{session}/step", b"{}", JSON),
        "API: a number explained": lambda: client("GET", f"/api/sessions/{session}/nodes/W1?index=0,0"),
    }
    print(f"  {'while two runs go on':44}{'median':>10}{'99 %':>11}   target")
    client("POST", f"/api/sessions/{session}/step", b"{}", JSON)
    for name, call in calls.items():
        times = []
        for _ in range(ANSWERS):
            call()
            times.append(client.took)
        worst = quantiles(times, n=100)[-1]
        reached = "✓" if median(times) <= MEDIAN_TARGET and worst <= WORST_TARGET else "✗"
        print(f"  {name:44}{median(times):>7.1f} ms{worst:>8.1f} ms   ≤ {MEDIAN_TARGET:g}, {WORST_TARGET:g} {reached}")


def cold_jump(store: Path) -> None:
    """A session that has run 6,000 iterations, jumped to iteration 5,000 on a server that was just started."""
    with server_on(store) as (port, process):
        session = made(Client(port), SPECS["2-8-8-1 tanh, batch 10"])
        seconds_of_run(port, session, 6000)
        process.send_signal(signal.SIGKILL)
    with server_on(store) as (port, _):
        client = Client(port)
        client("GET", "/healthz")
        client("POST", f"/api/sessions/{session}/move", json.dumps({"iteration": 5000, "position": 0}).encode(), JSON)
    reached = "✓" if client.took <= JUMP_TARGET else "✗"
    print(f"  {'cold jump to iteration 5,000':44}{client.took:>7.1f} ms{'':>11}   ≤ {JUMP_TARGET:g} {reached}")


def digits(port: int) -> None:
    """From nothing to 95 % of the test digits told right, asked for every 50 ms."""
    client = Client(port)
    session = made(client, DIGITS)
    start = time.perf_counter()
    started(client, session)
    while (accuracy := last_accuracy(client, session)) < ACCURACY:
        time.sleep(0.05)
        if time.perf_counter() - start > 60:
            raise SystemExit(f"after a minute {accuracy:.1%} of the test digits are told right")
    took, head = time.perf_counter() - start, state_of(client, session)["head"]
    client("POST", f"/api/sessions/{session}/run/stop", b"{}", JSON)
    reached = "✓" if took <= DIGITS_TARGET else "✗"
    note = f"≤ {DIGITS_TARGET:g} s {reached}   {head} iterations"
    print(f"  {'digits to 95 % test accuracy':44}{took:>8.2f} s {'':>11}   {note}")


def last_accuracy(client: Client, session: str) -> float:
    """The share of the test digits told right, the highest measured so far; 0 before the first time."""
    rows = csv.DictReader(io.StringIO(client("GET", f"/api/sessions/{session}/export/curves.csv").decode()))
    return max((float(row["test.accuracy"]) for row in rows if row.get("test.accuracy")), default=0.0)


def main() -> None:
    with threadpool_limits(limits=1, user_api="blas"), tempfile.TemporaryDirectory() as folder:
        with server_on(Path(folder) / "first.db") as (port, _):
            throughput(port)
            digits(port)
            others(port)
        cold_jump(Path(folder) / "second.db")


if __name__ == "__main__":
    main()
