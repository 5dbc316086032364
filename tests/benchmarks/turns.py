"""Whether 60 endless runs on one trainer all begin soon and get on alike, one of them a large one.

    python -m tests.benchmarks.turns

Starts the real server on a free port with a store of its own. About a minute.
"""

import json
import os
import tempfile
import time
from pathlib import Path

from tests.benchmarks.runs import LOGITS, SPIRAL, layers, made, server_on, started, state_of
from tests.benchmarks.step import Client

SMALL = {
    "kind": "layers",
    "inputs": 2,
    "layers": layers(8, 8, 1),
    "loss": LOGITS,
    "data": SPIRAL,
    "batch_size": 10,
    "optimizer": {"kind": "adam", "learning_rate": 0.01},
}
LARGE = {
    "kind": "layers",
    "inputs": 2,
    "layers": layers(200, 200, 200, 1, hidden="relu"),
    "loss": "mean_squared_error",
    "data": {"dataset": "plane", "samples": 2400, "test_fraction": 0, "seed": 1},
    "optimizer": {"kind": "sgd", "learning_rate": 0.01},
}
RUNS = 60
SECONDS = 45.0
BEGIN_TARGET, SHARE_TARGET = 15.0, 0.5


def begun_after(client: Client, sessions: list[str], since: float) -> dict[str, float]:
    """When each run had finished its first iteration, in seconds."""
    begun: dict[str, float] = {}
    while len(begun) < len(sessions) and time.perf_counter() - since < 4 * BEGIN_TARGET:
        for session in sessions:
            if session not in begun and state_of(client, session)["head"]:
                begun[session] = time.perf_counter() - since
        time.sleep(0.1)
    return begun


def main() -> None:
    os.environ["CHAINRULE_TRAINERS"] = "1"
    with tempfile.TemporaryDirectory() as folder, server_on(Path(folder) / "store.db") as (port, _):
        client = Client(port)
        large, *small = [made(client, spec) for spec in (LARGE, *[SMALL] * (RUNS - 1))]
        since = time.perf_counter()
        for session in (large, *small):
            started(client, session)
        begun = begun_after(client, [large, *small], since)
        time.sleep(max(SECONDS - (time.perf_counter() - since), 0))
        # The server closes connections that were silent for some seconds: this is another one.
        client = Client(port)
        states = {session: state_of(client, session) for session in (large, *small)}
    heads = [states[session]["head"] for session in small]
    last, share = max(begun.values(), default=0.0), min(heads) / max(*heads, 1)
    count = f"{len(begun)} of {RUNS}"
    reached = "✓" if len(begun) == RUNS and last <= BEGIN_TARGET else "✗"
    print(f"  {'runs that began, the last after':44}{count} {last:>7.1f} s   ≤ {BEGIN_TARGET:g} s {reached}")
    print(f"  {'the large one after':44}{begun.get(large, float('nan')):>7.1f} s, {states[large]['head']} iterations")
    print(f"  {'iterations of equal runs, from … to':44}{min(heads)} … {max(heads)}", end="")
    print(f"   {share:.2f}   ≥ {SHARE_TARGET:g} {'✓' if share >= SHARE_TARGET else '✗'}")
    print(f"  {'their tenths':44}{' '.join(str(head) for head in sorted(heads)[:: RUNS // 10])}")
    ended = {json.dumps((state["reason"], state["failure"])) for state in states.values() if state["reason"]}
    print(f"  {'runs that ended, with the reason':44}{', '.join(sorted(ended)) or 'none'}")


if __name__ == "__main__":
    main()
