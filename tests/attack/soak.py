"""Fifty requests of all kinds a second, and twenty who watch runs: `python -m tests.attack.soak`, for five minutes.

Prints how many answers there were of each status, and by how much the memory grew after three fifths of the time.
"""

import argparse
import asyncio
import sys
import time
from collections import Counter

from tests.attack.__main__ import served
from tests.attack.client import MAZUR, Server

RATE, WATCHERS = 50, 20
MOST_GROWTH = 50 * 2**20
"""Bytes."""
CALLS = (
    ("POST", "/api{}/step?values=none", {}),
    ("GET", "/api{}", None),
    ("GET", "{}", None),
    ("GET", "/api{}/nodes/W1?index=0,0", None),
    ("POST", "/api{}/move?values=none", {"by": "op", "count": 1}),
    ("GET", "{}/export/numpy", None),
    ("POST", "/api{}/fork?values=none", {}),
    ("POST", "/api/sessions?values=none", MAZUR),
)


def main() -> int:
    """Soak a server of one's own; whether an error came or memory grew is the answer."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("seconds", nargs="?", type=float, default=300)
    with served() as server:
        counts, grown = asyncio.run(soaked(server, parser.parse_args().seconds))
    print(f"{dict(counts)}, {grown / 2**20:+.0f} MiB since three fifths of the time")
    return int(not counts.keys() <= {"200", "201", "204"} or grown > MOST_GROWTH)


async def soaked(server: Server, seconds: float) -> tuple[Counter[str], int]:
    """The answers by status, and the bytes by which memory grew."""
    sessions = [(await server.session()).removeprefix("/api") for _ in range(2 * WATCHERS)]
    for session in sessions[:WATCHERS]:
        await server.ask("POST", f"/api{session}/run", {"per_second": 20})
    streams = [server.ask("GET", f"/api{session}/run/events", patience=1e6) for session in sessions[:WATCHERS]]
    watching = [asyncio.create_task(stream) for stream in streams]
    counts, before, begun, tasks = Counter[str](), 0, time.perf_counter(), set[asyncio.Task[None]]()

    async def one(number: int) -> None:
        session = sessions[WATCHERS + number % WATCHERS]
        method, path, body = CALLS[number // WATCHERS % len(CALLS)]
        answer = await server.ask(method, path.format(session), body)
        counts["none" if answer is None else str(answer.status)] += 1
        if answer and answer.status == 201:
            removed = await server.ask("DELETE", f"/api/sessions/{answer.json['id']}")
            counts["none" if removed is None else str(removed.status)] += 1

    for number in range(int(seconds * RATE)):
        task = asyncio.create_task(one(number))
        tasks.add(task)
        task.add_done_callback(tasks.discard)
        if not before and time.perf_counter() - begun > 0.6 * seconds:
            before = server.memory
        await asyncio.sleep(max(begun + number / RATE - time.perf_counter(), 0))
    await asyncio.gather(*tasks)
    grown = server.memory - before
    for stream in watching:
        stream.cancel()
    return counts, grown


if __name__ == "__main__":
    sys.exit(main())
