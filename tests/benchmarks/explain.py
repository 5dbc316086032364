"""How long it takes to say where a number comes from, and how heavy the pages are: a 64-128-64-10 net, a batch of 64.

    python -m tests.benchmarks.explain

Starts the real server on a free port with a store of its own, finishes a backward pass and asks of random elements of
every node where they come from: for the page, as its script asks, and for a program, with the numeric check.
"""

import gzip
import json
import os
from collections.abc import Callable, Iterator
from math import prod
from statistics import median
from urllib.parse import urlencode

import numpy as np

from app.views.catalog import SECTIONS, VIEWS
from tests.benchmarks.step import JSON, Client, drawn_page, hidden_fields, server

UNITS = (64, 128, 64, 10)
BATCH = 64
ELEMENTS = 40
TARGET_MILLISECONDS, TARGET_BYTES = 50.0, 200_000
SEED = 1


def spec() -> dict:
    """The net with random data."""
    random = np.random.default_rng(SEED)
    layers = [{"kind": "dense", "units": units, "activation": "relu"} for units in UNITS[1:-1]]
    return {
        "kind": "layers",
        "inputs": UNITS[0],
        "layers": [*layers, {"kind": "dense", "units": UNITS[-1]}],
        "loss": "cross_entropy",
        "data": {
            "x": random.normal(size=(BATCH, UNITS[0])).tolist(),
            "y": random.integers(UNITS[-1], size=BATCH).tolist(),
        },
        "optimizer": {"kind": "adam", "learning_rate": 0.001},
    }


def elements(nodes: list[dict]) -> Iterator[tuple[str, str]]:
    """Random elements of every node: its id, and the index as addresses write it."""
    random = np.random.default_rng(SEED)
    for node in nodes:
        for _ in range(min(ELEMENTS, prod(node["shape"]))):
            yield node["id"], ",".join(str(random.integers(length)) for length in node["shape"])


def measured(client: Client, nodes: list[dict], address: Callable[[str, str], str], headers: dict) -> dict[str, list]:
    """Milliseconds of each answer, by node; the first answer of all is not counted."""
    times: dict[str, list[float]] = {node["id"]: [] for node in nodes}
    client("GET", address(nodes[-1]["id"], ""), headers=headers)
    for id, index in elements(nodes):
        client("GET", address(id, index), headers=headers)
        times[id].append(client.took)
    return times


def report(name: str, times: dict[str, list[float]]) -> None:
    """One line: the median and the worst of all, and which node was worst."""
    flat = [took for some in times.values() for took in some]
    slowest = max(times, key=lambda id: max(times[id]))
    reached = "✓" if max(flat) < TARGET_MILLISECONDS else "✗"
    print(
        f"  {name:46}{median(flat):>8.1f} ms{max(flat):>9.1f} ms   < {TARGET_MILLISECONDS:g} ms {reached}   {slowest}"
    )


def sizes(client: Client, session: str) -> None:
    """The whole page of every view, and with every section unfolded, compressed."""
    queries = [(f"view {name}", {"view": name}) for name in VIEWS]
    queries += [(f"section {name}", {"open": name}) for name in SECTIONS]
    for name, query in queries:
        page = client("GET", f"/sessions/{session}?{urlencode({'node': 'W1', 'index': '5,2'} | query)}")
        weight = len(gzip.compress(page))
        reached = "✓" if weight < TARGET_BYTES else "✗"
        print(f"  {name:46}{weight / 1e3:>8.1f} kB{client.took:>9.1f} ms   < {TARGET_BYTES / 1e3:g} kB {reached}")


def main() -> None:
    with server() as port:
        client = Client(port)
        session = json.loads(client("POST", "/api/sessions", json.dumps(spec()).encode(), JSON))["id"]
        path = f"/sessions/{session}"
        nodes = json.loads(client("POST", f"/api{path}/backward?values=none", b"{}", JSON))["nodes"]
        drawn = hidden_fields(drawn_page(client, session)).get("drawn", "")
        print(f"One number of {len(nodes)} nodes explained, {ELEMENTS} random ones of each")
        busy, processors = os.getloadavg()[0], os.cpu_count() or 1
        if busy > processors / 2:
            print(f"  This machine is busy (load {busy:.1f} on {processors} processors): figures will be too high.")
        print(f"  {'':46}{'median':>11}{'worst':>12}   target      slowest node")
        page = lambda id, index: f"{path}?{urlencode({'node': id, 'index': index, 'drawn': drawn})}"  # noqa: E731
        report("page: what another number changes", measured(client, nodes, page, {"HX-Request": "true"}))
        api = lambda id, index: f"/api{path}/nodes/{id}?{urlencode({'index': index})}"  # noqa: E731
        report("API: terms and the numeric check", measured(client, nodes, api, {}))
        print("Whole pages, gzipped, and how long they take")
        sizes(client, session)


if __name__ == "__main__":
    main()
