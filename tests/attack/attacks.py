"""What was found to stop a server, each as a function that plays it and says what came of it."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import closing
from typing import Any

from tests.attack.client import MAZUR, Answer, Server

Attack = Callable[[Server], Awaitable[str]]
TINY = {
    "kind": "expression",
    "source": "a = [.5, .5]\nb = sum(a)",
    "optimizer": {"kind": "adamw", "clip_norm": 1.0, "schedule": {"kind": "cosine", "t_max": 1000}},
}
SQUARE = {"kind": "expression", "source": "a = 2.0\nb = a * a"}
MOONS = {
    "kind": "layers",
    "inputs": 2,
    "layers": [{"kind": "dense", "units": 3}],
    "loss": "cross_entropy",
    "data": {"dataset": "moons"},
}
LARGE = {
    "kind": "layers",
    "inputs": 2,
    "layers": [*[{"kind": "dense", "units": 200, "activation": "relu"}] * 3, {"kind": "dense", "units": 1}],
    "loss": "mean_squared_error",
    "data": {"dataset": "plane", "samples": 2400},
}
ENDS = (
    "a = 5e-324\nb = abs(a)",
    "v1 = 1e-308\nv2 = v1/v1\nl = v2+v2",
    "a = 1.7976931348623157e308\nb = a * a",
    "a = -0.0\nb = 1 / a",
)


def told(answers: list[Answer]) -> str:
    """How many answers there were of each status."""
    counts = Counter(answer.status or "none" for answer in answers)
    return ", ".join(f"{count} × {status}" for status, count in sorted(counts.items(), key=str))


def broken(answers: list[Answer]) -> None:
    """Fail where something nobody foresaw was answered."""
    worst = [answer.body[:200] for answer in answers if answer.status == 500]
    assert not worst, worst[0]


async def together(*asked: Awaitable[Answer]) -> list[Answer]:
    return list(await asyncio.gather(*asked))


async def patterns(server: Server) -> str:
    """Texts on which patterns go back and forth."""
    session, answers = await server.session(), []
    for text in ("a" + "%2B" * 400 + "x", "%20" * 3000, "W1[" + "0," * 2000, "0" * 5000, "(" * 3000):
        for query in (f"views/landscape?plane=parameters&across={text}&up=b", f"nodes/W1?index={text}"):
            answers.append(await server.ask("GET", f"{session}/{query}", patience=20))
    broken(answers)
    return told(answers)


async def waiters(server: Server) -> str:
    """Three hundred who wait for one session and go away."""
    session, body = await server.session(), {"iterations": 140_000}
    await together(*(server.ask("POST", f"{session}/step", body, leave_after=2) for _ in range(300)))
    counted = await together(*(server.ask("POST", f"{session}/step?values=none") for _ in range(100)))
    at = (await server.ask("GET", f"{session}?values=none")).json["cursor"]["iteration"]
    assert {answer.status for answer in counted} == {200} and at in (99, 140_099), (told(counted), at)
    return f"then 100 steps: {told(counted)}"


async def long_steps(server: Server) -> str:
    """Steps of as many iterations as are allowed, one after the other."""
    session, answers = await server.session(TINY), []
    for iterations in (300_000, 100_000, 100_000, 100_000):
        answers.append(await server.ask("POST", f"{session}/step?values=none", {"iterations": iterations}))
    return told(answers)


async def first_pages(server: Server) -> str:
    """First pages and numbers at the ends of what a float can hold."""
    answers = []
    for spec in (MOONS, *({"kind": "expression", "source": source} for source in ENDS)):
        session = await server.session(spec)
        page = session.removeprefix("/api")
        await server.ask("POST", f"{session}/backward")
        answers.append(await server.ask("POST", f"{session}/check"))
        for view in ("", "?view=table", "?view=check", "?view=flow", "?view=paths", "?view=train"):
            answers.append(await server.ask("GET", page + view, accept="text/html"))
        for node in (await server.ask("GET", f"{session}?values=none")).json["nodes"]:
            answers.append(await server.ask("GET", f"{page}?node={node['id']}", accept="text/html"))
            answers.append(await server.ask("GET", f"{session}/nodes/{node['id']}/paths"))
    broken(answers)
    return told(answers)


async def wide(server: Server) -> str:
    """A small text that asks for twenty million numbers, and copies of it."""
    layers = [{"kind": "dense", "units": 990}] * 19
    data = {"x": [[0] * 990], "y": [[0] * 990]}
    spec = {"kind": "layers", "inputs": 990, "layers": layers, "loss": "mean_squared_error", "data": data}
    made = await server.ask("POST", "/api/sessions?values=none", spec)
    answers = [made]
    if made.status == 201:
        address = f"/api/sessions/{made.json['id']}"
        answers += [await server.ask("POST", f"{address}/fork?values=none") for _ in range(5)]
    return told(answers)


async def long_losses(server: Server) -> str:
    """Everything that is known of a run of six seconds, read again and again."""
    session = await server.session(SQUARE)
    await server.ask("POST", f"{session}/run")
    await asyncio.sleep(6)
    await server.ask("POST", f"{session}/run/pause")
    page = session.removeprefix("/api")
    answers = await together(
        *(server.ask("GET", session) for _ in range(10)),
        *(server.ask("GET", f"{page}/curves.csv", leave_after=3) for _ in range(3)),
        *(server.ask("GET", f"{session}?losses=all", leave_after=3) for _ in range(3)),
    )
    return f"{told(answers)}, a read has {max(len(answer.body) for answer in answers[:10]):,} bytes"


async def bodies(server: Server) -> str:
    """Two hundred bodies, and as many heads, that never end."""
    writers = []
    for number in range(200):
        reader, writer = await server.connect()
        head = b"POST /api/sessions HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        writer.write(head if number % 2 else head + b"Content-Length: 4194304\r\n\r\n" + b" " * 4_000_000)
        writers.append(writer)
    await asyncio.sleep(5)
    for writer in writers:
        writer.transport.abort()
    return "200 sent nearly all, or half a head"


async def parallel_expressions(server: Server) -> str:
    """Long expressions, many at a time."""
    lines = "\n".join(f"a{at} = sin(a{at - 1}) * {at}.5 + (1 - 2) ** 3" for at in range(1, 140))
    spec = {"kind": "expression", "source": f"a0 = 0.5\n{lines}"}
    answers = []
    for _ in range(10):
        answers += await together(*(server.ask("POST", "/api/sessions?values=none", spec) for _ in range(40)))
    broken(answers)
    return told(answers)


async def locked_store(server: Server) -> str:
    """Somebody else holds the store for three seconds, while many write and one reads."""
    session = await server.session()
    with closing(sqlite3.connect(server.store, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        steps = [asyncio.create_task(server.ask("POST", f"{session}/step?values=none")) for _ in range(60)]
        await asyncio.sleep(1)
        begun = time.perf_counter()
        read = await server.ask("GET", f"{session}?values=none")
        took = time.perf_counter() - begun
        await asyncio.sleep(2)
        other.execute("ROLLBACK")
    answers = await together(*steps)
    assert read.status == 200 and took < 1, f"a read took {took:.1f} s"
    return f"{told(answers)}, a read meanwhile took {took * 1000:.0f} ms"


async def heavy_views(server: Server) -> str:
    """Pictures that take long, asked for again and again beside steps."""
    session, answers = await server.session(LARGE), []
    for _ in range(3):
        await server.ask("POST", f"{session}/step?values=none")
        for view in ("landscape", "train", "check", "histograms", "flow"):
            answers.append(await server.ask("GET", f"{session}/views/{view}"))
    broken(answers)
    return told(answers)


async def endless_runs(server: Server) -> str:
    """Sixty runs without an end, one of them large: all must begin soon, and none get much less than others."""
    sessions = [await server.session(LARGE), *[await server.session() for _ in range(59)]]
    begun, started = time.perf_counter(), {}
    await together(*(server.ask("POST", f"{session}/run") for session in sessions))
    heads: dict[str, int] = {}
    while time.perf_counter() - begun < 40:
        for session in sessions:
            state = (await server.ask("GET", f"{session}/run")).json
            heads[session] = state["head"]
            if state["head"] > state["start"]:
                started.setdefault(session, time.perf_counter() - begun)
    await together(*(server.ask("POST", f"{session}/run/stop") for session in sessions))
    equal = [heads[session] for session in sessions[1:]]
    late = max(started.values()) if len(started) == len(sessions) else float("inf")
    said = f"the last began after {late:.1f} s; of equal ones {min(equal):,} to {max(equal):,} iterations"
    assert late < 15 and min(equal) >= max(equal) / 2, said
    return said


ATTACKS: dict[str, Attack] = {
    one.__name__: one
    for one in (
        patterns, waiters, long_steps, first_pages, heavy_views, wide, long_losses, bodies, parallel_expressions,
        locked_store, endless_runs,
    )
}  # fmt: skip


def mix(server: Server, sessions: list[str], number: int) -> Awaitable[Answer]:
    """One request of many kinds, by its number."""
    session = sessions[number % len(sessions)]
    asked: list[tuple[str, str, Any]] = [
        ("POST", f"{session}/step?values=none", {}),
        ("GET", session, None),
        ("GET", session.removeprefix("/api"), None),
        ("GET", f"{session}/nodes/W1?index=0,0", None),
        ("POST", f"{session}/move?values=none", {"by": "op", "count": 1}),
        ("GET", f"{session.removeprefix('/api')}/export/numpy", None),
        ("POST", f"{session}/fork?values=none", {}),
        ("POST", "/api/sessions?values=none", MAZUR),
    ]
    method, path, body = asked[number // len(sessions) % len(asked)]
    return server.ask(method, path, body, accept="text/html" if not path.startswith("/api") else "*/*")


def made_by(answer: Answer) -> str | None:
    """The address of the session that an answer is about, if it is a new one."""
    return f"/api/sessions/{json.loads(answer.body)['id']}" if answer.status == 201 else None
