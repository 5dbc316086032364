"""Attack a server of one's own: `python -m tests.attack`, or some of the attacks by name; `soak` is asked for by name.

Prints a line for each: what came of it, and what somebody else felt meanwhile, who asks for the health of the server
and for another session ten times a second. A line that says FALLS is a fault; the last line counts them.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.attack.attacks import ATTACKS, Attack, made_by, mix
from tests.attack.client import Answer, Bystander, Felt, Server
from tests.processes import started

MEDIAN, WORST = 100.0, 1000.0
"""Milliseconds that others may wait."""
MEMORY, STORED = 2**30, 2**30
"""Bytes that the server with its processes, and its store, may take."""
GRACE = 10.0
"""Seconds in which a server that is told to end has ended."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("attacks", nargs="*", help=f"of {', '.join(ATTACKS)}, soak, end; all but soak unless named")
    parser.add_argument("--seconds", type=float, default=300, help="how long the soak goes on")
    chosen = parser.parse_args()
    fallen = 0
    for name in chosen.attacks or [*ATTACKS, "end"]:
        with served() as (process, server):
            if name == "end":
                fallen += not asyncio.run(ended(process, server))
            else:
                attack = soak(chosen.seconds) if name == "soak" else ATTACKS[name]
                fallen += not asyncio.run(held(name, attack, server))
    print(f"{fallen} fell" if fallen else "nothing fell")
    return int(bool(fallen))


@contextmanager
def served() -> Iterator[tuple[subprocess.Popen, Server]]:
    """A server with a store of its own."""
    with tempfile.TemporaryDirectory() as folder:
        store = Path(folder) / "sessions.db"
        surroundings = {**os.environ, "CHAINRULE_STORE": f"sqlite:///{store}", "CHAINRULE_LOG_LEVEL": "error"}
        options = {"env": surroundings, "stdout": sys.stderr, "start_new_session": True}
        with started("--timeout-graceful-shutdown", "5", **options) as (process, address):
            yield process, Server(int(address.rpartition(":")[2]), process.pid, store)


async def held(name: str, attack: Attack, server: Server) -> bool:
    """Play an attack, and whether the server held: first a quiet while, then the attack."""
    bystander = Bystander(server, await server.session())
    await asyncio.sleep(3)
    quiet = bystander.turn_over()
    try:
        came, is_held = await attack(server), True
    except AssertionError as fault:
        came, is_held = f"{fault}", False
    felt = bystander.turn_over()
    bystander.stop()
    is_held = is_held and is_fine(felt) and server.stored < STORED
    print(f"{'holds' if is_held else 'FALLS'}  {name}: {came} | {told(felt, quiet, server)}", flush=True)
    return is_held


def is_fine(felt: Felt) -> bool:
    """Whether others were served well enough."""
    waits = [felt.lateness(what) for what in ("health", "read")]
    return (
        all(middle < MEDIAN and worst < WORST for middle, worst in waits) and not felt.failed and felt.memory < MEMORY
    )


def told(felt: Felt, quiet: Felt, server: Server) -> str:
    """What was felt, beside what is felt when nothing goes on."""
    waits = []
    for what in ("health", "read"):
        (middle, worst), (before, _) = felt.lateness(what), quiet.lateness(what)
        waits.append(f"{what} {middle:.0f} ms, at worst {worst:.0f} (quiet {before:.0f})")
    return f"{', '.join(waits)}, {felt.failed} failed, {felt.memory >> 20} MiB, store {server.stored >> 20} MiB"


async def ended(process: subprocess.Popen, server: Server) -> bool:
    """Whether a server that has much to do ends in time when it is told to."""
    session = await server.session()
    asked = [server.ask("POST", f"{session}/step?values=none", {"iterations": 140_000}) for _ in range(50)]
    tasks = [asyncio.create_task(one) for one in [*asked, server.ask("GET", f"{session}/run/events")]]
    await asyncio.sleep(1)
    begun = time.perf_counter()
    process.send_signal(signal.SIGTERM)
    answers = await asyncio.gather(*tasks)
    await asyncio.to_thread(process.wait, 60)
    took = time.perf_counter() - begun
    is_held = took < GRACE and all(answer.status in (0, 200, 404, 503) for answer in answers)
    print(f"{'holds' if is_held else 'FALLS'}  end: gone {took:.1f} s after SIGTERM", flush=True)
    return is_held


def soak(seconds: float) -> Attack:
    """Fifty requests of all kinds a second and twenty who watch; there is no error, and memory does not grow for ever."""

    async def play(server: Server) -> str:
        sessions = [await server.session() for _ in range(40)]
        await asyncio.gather(*(server.ask("POST", f"{session}/run", {"per_second": 20}) for session in sessions[:20]))
        watching = [asyncio.create_task(server.ask("GET", f"{one}/run/events", patience=1e6)) for one in sessions[:20]]
        counts: dict[int, int] = {}
        third, begun, tasks = 0, time.perf_counter(), set[asyncio.Task[None]]()

        async def one(number: int) -> None:
            answer: Answer = await mix(server, sessions[20:], number)
            counts[answer.status] = counts.get(answer.status, 0) + 1
            if extra := made_by(answer):
                await server.ask("DELETE", extra)

        for number in range(int(seconds * 50)):
            task = asyncio.create_task(one(number))
            tasks.add(task)
            task.add_done_callback(tasks.discard)
            if not third and time.perf_counter() - begun > 0.6 * seconds:
                third = server.memory
            await asyncio.sleep(max(begun + number / 50 - time.perf_counter(), 0))
        await asyncio.gather(*tasks)
        grown = server.memory - third
        for stream in watching:
            stream.cancel()
        said = f"{counts}, {grown / 2**20:+.0f} MiB since three fifths of the time"
        assert set(counts) <= {200, 201} and grown < 50 * 2**20, said
        return said

    return play


if __name__ == "__main__":
    sys.exit(main())
