"""Attack a server of one's own: `python -m tests.attack`, or some of the attacks by name. A few minutes.

Prints a line for each: what came of it, and what somebody else felt meanwhile, who asks for the health of the server
and for another session ten times a second. A line that says FALLS is a fault; the last line counts them.
"""

import argparse
import asyncio
import os
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.attack import attacks
from tests.attack.client import Bystander, Server
from tests.processes import started

MEDIAN, WORST = 100.0, 1000.0
"""Milliseconds that others may wait."""
MEMORY, STORED = 10**9, 10**9
"""Bytes that the server with its processes, and its store, may take."""
GRACE = 10.0
"""Seconds in which a server that is told to end has ended."""
ATTACKS = {name: one for name, one in vars(attacks).items() if asyncio.iscoroutinefunction(one) and name != "together"}


def main() -> int:
    """Play what is asked for; how many fell is the answer."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("attacks", nargs="*", default=[*ATTACKS, "the_end"], help=", ".join([*ATTACKS, "the_end"]))
    fallen = 0
    for name in parser.parse_args().attacks:
        with served() as server:
            is_held, said = asyncio.run(the_end(server) if name == "the_end" else played(ATTACKS[name], server))
        fallen += not is_held
        print(f"{'holds' if is_held else 'FALLS'}  {name}: {said}", flush=True)
    print(f"{fallen} fell" if fallen else "nothing fell")
    return int(bool(fallen))


@contextmanager
def served() -> Iterator[Server]:
    """A server with a store of its own, whose log goes to standard error."""
    with tempfile.TemporaryDirectory() as folder:
        store = Path(folder) / "sessions.db"
        surroundings = {**os.environ, "CHAINRULE_STORE": f"sqlite:///{store}", "CHAINRULE_LOG_LEVEL": "error"}
        with started("--timeout-graceful-shutdown", "5", env=surroundings, stdout=sys.stderr) as (process, address):
            yield Server(int(address.rpartition(":")[2]), process.pid, store)


async def played(attack: attacks.Attack, server: Server) -> tuple[bool, str]:
    """Whether a server held an attack, after a quiet while, and what is to be said of it."""
    bystander = Bystander(server, await server.session())
    await asyncio.sleep(3)
    quiet = bystander.waits("read")[0]
    bystander.forget()
    try:
        came, is_held = await attack(server), True
    except AssertionError as fault:
        came, is_held = f"{fault}", False
    # What is over in a moment is felt by nobody.
    while len(bystander.milliseconds) < 2:
        await asyncio.sleep(0.05)
    bystander.stop()
    waits = {what: bystander.waits(what) for what in ("health", "read")}
    is_held &= all(middle < MEDIAN and worst < WORST for middle, worst in waits.values())
    is_held &= not bystander.failed and bystander.memory < MEMORY and server.stored < STORED
    felt = ", ".join(f"{what} {middle:.0f} ms, at worst {worst:.0f}" for what, (middle, worst) in waits.items())
    sizes = f"{bystander.memory >> 20} MiB, store {server.stored >> 20} MiB"
    return is_held, f"{came} | {felt} (quiet {quiet:.0f}), {bystander.failed} failed, {sizes}"


async def the_end(server: Server) -> tuple[bool, str]:
    """Whether a server that has much to do ends in time when it is told to."""
    session = await server.session()
    step = (f"{session}/step?values=none", {"iterations": 140_000})
    asked = [server.ask("POST", *step) for _ in range(50)] + [server.ask("GET", f"{session}/run/events")]
    answers = asyncio.gather(*asked)
    await asyncio.sleep(1)
    begun = time.perf_counter()
    os.kill(server.pid, signal.SIGTERM)
    said = attacks.told(await answers)
    while Path(f"/proc/{server.pid}/exe").exists():
        await asyncio.sleep(0.02)
    took = time.perf_counter() - begun
    return took < GRACE, f"gone {took:.1f} s after SIGTERM, {said}"


if __name__ == "__main__":
    sys.exit(main())
