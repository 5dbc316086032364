"""What was found to stop a server, each as a function that plays it and says what came of it."""

import asyncio
import sqlite3
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from contextlib import closing

from tests.attack.client import Answer, Server

Attack = Callable[[Server], Awaitable[str]]
Answers = list[Answer | None]

SQUARE = {"kind": "expression", "source": "a = 2.0\nb = a * a"}
ADAMW = {"kind": "adamw", "clip_norm": 1.0, "schedule": {"kind": "cosine", "t_max": 1000}}
TINY = {"kind": "expression", "source": "a = [.5, .5]\nb = sum(a)", "optimizer": ADAMW}
LAYERS = [{"kind": "dense", "units": 3}]
MOONS = {"kind": "layers", "inputs": 2, "layers": LAYERS, "loss": "cross_entropy", "data": {"dataset": "moons"}}
DEEP = [*[{"kind": "dense", "units": 200, "activation": "relu"}] * 3, {"kind": "dense", "units": 1}]
PLANE = {"dataset": "plane", "samples": 2400}
LARGE = {"kind": "layers", "inputs": 2, "layers": DEEP, "loss": "mean_squared_error", "data": PLANE}
ZEROS = {"x": [[0] * 990], "y": [[0] * 990]}
WIDE = {**LARGE, "inputs": 990, "layers": [{"kind": "dense", "units": 990}] * 19, "data": ZEROS}
ENDS = ("a = 5e-324\nb = abs(a)", "v1 = 1e-308\nv2 = v1/v1\nl = v2+v2", "a = 1e308\nb = a * a", "a = -0.0\nb = 1 / a")
TEXTS = ("a" + "+" * 400 + "x", " " * 3000, "W1[" + "0," * 2000, "0" * 5000, "(" * 3000)


def told(answers: Answers) -> str:
    """How many answers there were of each status; one of ours that went wrong is a fault."""
    counts = Counter("none" if answer is None else str(answer.status) for answer in answers)
    said = ", ".join(f"{count} × {status}" for status, count in sorted(counts.items()))
    assert "500" not in counts, said
    return said


async def together(asked: Iterable[Awaitable[Answer | None]]) -> Answers:
    return list(await asyncio.gather(*asked))


async def patterns(server: Server) -> str:
    """Texts on which patterns go back and forth."""
    session, answers = await server.session(), []
    for text in TEXTS:
        for query in (f"views/landscape?plane=parameters&across={text}&up=b", f"nodes/W1?index={text}"):
            answers.append(await server.ask("GET", f"{session}/{query}"))
    return told(answers)


async def waiters(server: Server) -> str:
    """Three hundred who wait for one session and go away; then a hundred steps, of which each counts."""
    session = await server.session()
    await together(server.ask("POST", f"{session}/step", {"iterations": 140_000}, patience=2) for _ in range(300))
    answers = await together(server.ask("POST", f"{session}/step?values=none") for _ in range(100))
    at = (await server.ask("GET", f"{session}?values=none")).json["cursor"]["iteration"]
    assert at % 140_000 == 99, at
    return f"then 100 steps: {told(answers)}"


async def long_steps(server: Server) -> str:
    """Steps of as many iterations as are allowed, and of more."""
    session = await server.session(TINY)
    counts = (300_000, 100_000, 100_000, 100_000)
    return told([await server.ask("POST", f"{session}/step?values=none", {"iterations": n}) for n in counts])


async def odd_graphs(server: Server) -> str:
    """Pages of an ordinary network, and of numbers at the ends of what a float can hold."""
    answers = []
    for spec in (MOONS, *({"kind": "expression", "source": source} for source in ENDS)):
        session = await server.session(spec)
        page = session.removeprefix("/api")
        answers += [await server.ask("POST", f"{session}/{act}") for act in ("backward", "check")]
        answers += [await server.ask("GET", f"{page}?view={view}") for view in ("graph", "table", "train")]
        for node in (await server.ask("GET", f"{session}?values=none")).json["nodes"]:
            answers.append(await server.ask("GET", f"{page}?node={node['id']}"))
            answers.append(await server.ask("GET", f"{session}/nodes/{node['id']}/paths"))
    return told(answers)


async def heavy_views(server: Server) -> str:
    """Pictures that take long, asked for again and again beside steps."""
    session, answers = await server.session(LARGE), []
    for _ in range(3):
        await server.ask("POST", f"{session}/step?values=none")
        for view in ("landscape", "train", "check", "histograms", "flow"):
            answers.append(await server.ask("GET", f"{session}/views/{view}"))
    return told(answers)


async def wide_net(server: Server) -> str:
    """A small text that asks for twenty million numbers, and copies of it."""
    made = await server.ask("POST", "/api/sessions?values=none", WIDE)
    if made.status != 201:
        return told([made])
    fork = f"/api/sessions/{made.json['id']}/fork?values=none"
    return told([made, *[await server.ask("POST", fork) for _ in range(5)]])


async def long_losses(server: Server) -> str:
    """Everything that is known of a run of six seconds, read again and again, also by whoever does not listen."""
    session = await server.session(SQUARE)
    await server.ask("POST", f"{session}/run")
    await asyncio.sleep(6)
    await server.ask("POST", f"{session}/run/pause")
    whole = (f"{session.removeprefix('/api')}/curves.csv", f"{session}?losses=all")
    reads = await together(server.ask("GET", session) for _ in range(10))
    await together(server.ask("GET", path, patience=3) for path in whole * 3)
    return f"{told(reads)} of {len(reads[0].body):,} bytes"


async def unfinished(server: Server) -> str:
    """A hundred bodies that end just before they are whole, and as many heads."""
    head = b"POST /api/sessions HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
    writers = []
    for number in range(200):
        _, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(head if number % 2 else head + b"Content-Length: 4194304\r\n\r\n" + b" " * 4_000_000)
        writers.append(writer)
    await asyncio.sleep(5)
    for writer in writers:
        writer.transport.abort()
    return "100 bodies and 100 heads"


async def expressions(server: Server) -> str:
    """Long expressions, forty at a time."""
    lines = "\n".join(f"a{at} = sin(a{at - 1}) * {at}.5 + (1 - 2) ** 3" for at in range(1, 140))
    spec, answers = {"kind": "expression", "source": f"a0 = 0.5\n{lines}"}, []
    for _ in range(10):
        answers += await together(server.ask("POST", "/api/sessions?values=none", spec) for _ in range(40))
    return told(answers)


async def locked_store(server: Server) -> str:
    """Somebody else holds the store for three seconds, while many write to one session, which is read."""
    session = await server.session()
    with closing(sqlite3.connect(server.store, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        steps = asyncio.gather(*(server.ask("POST", f"{session}/step?values=none") for _ in range(60)))
        await asyncio.sleep(1)
        begun = time.perf_counter()
        await server.ask("GET", f"{session}?values=none")
        took = time.perf_counter() - begun
        await asyncio.sleep(2)
        other.execute("ROLLBACK")
    assert took < 1, f"a read took {took:.1f} s"
    return f"{told(await steps)}, a read meanwhile took {took * 1000:.0f} ms"


async def endless_runs(server: Server) -> str:
    """Sixty runs without an end, one of them large: all must begin soon, and none get much less than others."""
    sessions = [await server.session(LARGE), *[await server.session() for _ in range(59)]]
    began, begun, heads = {}, time.perf_counter(), {}
    await together(server.ask("POST", f"{session}/run") for session in sessions)
    while time.perf_counter() - begun < 40:
        for session in sessions:
            state = (await server.ask("GET", f"{session}/run")).json
            heads[session] = state["head"]
            if state["head"] > state["start"]:
                began.setdefault(session, time.perf_counter() - begun)
    equal = [heads[session] for session in sessions[1:]]
    said = f"{len(began)} have begun, the last after {max(began.values()):.1f} s; {min(equal):,} to {max(equal):,} each"
    assert len(began) == 60 and max(began.values()) < 15 and min(equal) >= max(equal) / 2, said
    return said
