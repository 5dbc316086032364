"""Whoever attacks speaks plain HTTP/1.1: it must be possible to stop in the middle of a word."""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

MAZUR = {"kind": "preset", "name": "mazur"}
EVERY = 0.1
"""Seconds between two requests of somebody who only wants to be served."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: 0 where nothing did."""

    status: int
    body: bytes = b""

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True, slots=True)
class Server:
    """A server under attack: where it listens, its process and its store."""

    port: int
    pid: int
    store: Path

    async def connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection("127.0.0.1", self.port)

    async def ask(
        self, method: str, path: str, body: Any = None, *, patience: float = 60, leave_after: float | None = None,
        kind: str = "application/json", accept: str = "*/*",
    ) -> Answer:  # fmt: skip
        """One request. Whoever leaves after so many seconds hears no answer."""
        data = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        head = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nAccept: {accept}\r\n"
        head += f"Content-Type: {kind}\r\nContent-Length: {len(data)}\r\n\r\n"
        try:
            reader, writer = await self.connect()
        except OSError:
            return Answer(0)
        try:
            writer.write(head.encode() + data)
            raw = await asyncio.wait_for(reader.read(-1), patience if leave_after is None else leave_after)
        except (TimeoutError, OSError):
            return Answer(0)
        finally:
            writer.transport.abort()
        first, _, rest = raw.partition(b"\r\n\r\n")
        return Answer(int(first.split()[1]), rest) if first else Answer(0)

    async def session(self, spec: Any = MAZUR) -> str:
        """The address of a new session in the API."""
        made = await self.ask("POST", "/api/sessions?values=none", spec)
        assert made.status == 201, made
        return f"/api/sessions/{made.json['id']}"

    @property
    def memory(self) -> int:
        """Bytes that the server and its processes hold in memory, what they share counted once for each."""
        return sum(resident(pid) for pid in family(self.pid))

    @property
    def stored(self) -> int:
        """Bytes of the store's files."""
        return sum(path.stat().st_size for path in self.store.parent.glob(f"{self.store.name}*"))


def family(pid: int) -> Iterator[int]:
    """A process and all that descend from it."""
    yield pid
    with suppress(OSError):
        for task in os.listdir(f"/proc/{pid}/task"):
            for child in Path(f"/proc/{pid}/task/{task}/children").read_text().split():
                yield from family(int(child))


def resident(pid: int) -> int:
    """Bytes of a process's own memory, 0 where it has gone."""
    with suppress(OSError):
        pages = Path(f"/proc/{pid}/statm").read_text().split()
        return (int(pages[1]) - int(pages[2])) * os.sysconf("SC_PAGE_SIZE")
    return 0


@dataclass
class Felt:
    """What somebody else felt while something went on: seconds of each answer, the most memory, the store's bytes."""

    seconds: dict[str, list[float]] = field(default_factory=dict)
    failed: int = 0
    memory: int = 0

    def lateness(self, what: str) -> tuple[float, float]:
        """The median and the worst, in milliseconds."""
        took = self.seconds.get(what) or [float("inf")]
        return median(took) * 1000, max(took) * 1000


class Bystander:
    """Asks for the health of a server and for a session of its own, ten times a second each."""

    def __init__(self, server: Server, session: str) -> None:
        self._server = server
        self._paths = {"health": "/healthz", "read": f"{session}?values=none"}
        self.felt = Felt()
        self._tasks = [asyncio.create_task(self._watch(what)) for what in self._paths]

    async def _watch(self, what: str) -> None:
        while True:
            begun = time.perf_counter()
            answer = await self._server.ask("GET", self._paths[what], patience=30)
            self.felt.seconds.setdefault(what, []).append(time.perf_counter() - begun)
            self.felt.failed += answer.status != 200
            self.felt.memory = max(self.felt.memory, self._server.memory)
            await asyncio.sleep(EVERY)

    def turn_over(self) -> Felt:
        """What was felt since this was asked last."""
        felt, self.felt = self.felt, Felt()
        return felt

    def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
