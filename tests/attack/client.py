"""A server under attack, whoever attacks it, and whoever only wants to be served meanwhile."""

import asyncio
import json
import os
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple
from urllib.parse import quote

MAZUR = {"kind": "preset", "name": "mazur"}


class Answer(NamedTuple):
    """What came back."""

    status: int
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Server:
    """Where it listens, its process and its store."""

    port: int
    pid: int
    store: Path

    async def ask(self, method: str, path: str, body: Any = None, patience: float = 60) -> Answer | None:
        """What one request is answered; None for whoever goes away before, or is cut off."""
        data = b"" if body is None else json.dumps(body).encode()
        head = (
            f"{method} {quote(path, '/?=&')} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nAccept: text/html\r\n"
        )
        head += f"Content-Type: application/json\r\nContent-Length: {len(data)}\r\n\r\n"
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            writer.write(head.encode() + data)
            raw = await asyncio.wait_for(reader.read(-1), patience)
        except (TimeoutError, OSError):
            return None
        finally:
            writer.transport.abort()
        return Answer(int(raw[9:12]), raw.partition(b"\r\n\r\n")[2]) if raw else None

    async def session(self, spec: Any = MAZUR) -> str:
        """The address of a new session in the API."""
        made = await self.ask("POST", "/api/sessions?values=none", spec)
        assert made and made.status == 201, made
        return f"/api/sessions/{made.json['id']}"

    @property
    def memory(self) -> int:
        """Bytes that the server and its processes hold for themselves."""
        return sum(map(resident, family(self.pid)))

    @property
    def stored(self) -> int:
        """Bytes of the store's files."""
        return sum(path.stat().st_size for path in self.store.parent.glob(f"{self.store.name}*"))


def family(pid: int) -> Iterator[int]:
    """A process and all that descend from it."""
    yield pid
    with suppress(OSError):
        for children in Path(f"/proc/{pid}/task").glob("*/children"):
            for child in children.read_text().split():
                yield from family(int(child))


def resident(pid: int) -> int:
    """Bytes of memory that a process shares with nobody, 0 where it has gone."""
    with suppress(OSError):
        pages = Path(f"/proc/{pid}/statm").read_text().split()
        return (int(pages[1]) - int(pages[2])) * os.sysconf("SC_PAGE_SIZE")
    return 0


class Bystander:
    """Asks for the health of a server and for a session of its own, ten times a second each."""

    def __init__(self, server: Server, session: str) -> None:
        self._server = server
        self.forget()
        paths = {"health": "/healthz", "read": f"{session}?values=none"}
        self._tasks = [asyncio.create_task(self._watch(*one)) for one in paths.items()]

    def forget(self) -> None:
        """Begin anew."""
        self.milliseconds: dict[str, list[float]] = defaultdict(list)
        self.failed, self.memory = 0, 0

    async def _watch(self, what: str, path: str) -> None:
        while True:
            begun = time.perf_counter()
            answer = await self._server.ask("GET", path)
            self.milliseconds[what].append((time.perf_counter() - begun) * 1000)
            self.failed += answer is None or answer.status != 200
            self.memory = max(self.memory, self._server.memory)
            await asyncio.sleep(0.1)

    def waits(self, what: str) -> tuple[float, float]:
        """The median and the worst, in milliseconds."""
        return median(self.milliseconds[what]), max(self.milliseconds[what])

    def stop(self) -> None:
        """Ask no more."""
        for task in self._tasks:
            task.cancel()
