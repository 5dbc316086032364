"""The office: processes of the server's own for requests that compute for long, so that nobody else waits for them.

Each has the whole application, on the same store, and answers a request as it was asked. What it stores the server
hears of as it would from any other server.
"""

from __future__ import annotations

import asyncio
import logging
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from tempfile import gettempdir, mkstemp

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message, Scope
from threadpoolctl import threadpool_limits

from app.errors import N_, Unavailable
from app.web.problems import CLOSED
from app.web.streaming import BLOCK, WHOLE, sent

SECONDS_TO_GO = 0.5
NICENESS = 5
"""Whoever computes for long makes way for the server."""
SCOPE = ("type", "asgi", "http_version", "method", "scheme", "path", "raw_path", "query_string", "root_path", "headers")
"""What a request is made of, for another process."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as another process can answer it."""

    scope: Scope
    body: bytes


@dataclass(slots=True)
class Answered:
    """What another process answered; a large body is laid down in a file."""

    status: int = 500
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    body: bytearray = field(default_factory=bytearray)
    file: str = ""
    size: int = 0

    def add(self, piece: bytes) -> None:
        """Take a piece of the body."""
        self.body += piece
        if len(self.body) > WHOLE:
            self.lay_down()

    def lay_down(self) -> None:
        """Add to the file what is here of the body."""
        if not self.file:
            number, self.file = mkstemp(prefix=f"chainrule-{os.getppid()}-")
            os.close(number)
        with open(self.file, "ab") as file:
            file.write(self.body)
        self.size += len(self.body)
        self.body.clear()

    def pieces(self) -> Iterator[bytes]:
        """Hand out the body, once: the file has gone then."""
        if not self.file:
            yield bytes(self.body)
            return
        with open(self.file, "rb") as file:
            os.unlink(self.file)
            yield from iter(partial(file.read, BLOCK), b"")


class Office:
    """So many processes, each with an application that `make` makes there and `leave` closes; none before `open`."""

    def __init__(self, make: Callable[[], FastAPI], leave: Callable[[FastAPI], None], room: int) -> None:
        self.room = room
        self._make, self._leave = make, leave
        self._pool: ProcessPoolExecutor | None = None
        self._ending: Connection | None = None
        self._processes: set[multiprocessing.Process] = set()

    @property
    def is_open(self) -> bool:
        """Whether requests can be handed on."""
        return self._ending is not None

    def open(self) -> None:
        """Start the processes; comes back before they are ready."""
        context = multiprocessing.get_context("spawn")
        reader, self._ending = context.Pipe(duplex=False)
        self._pool = ProcessPoolExecutor(self.room, context, begin, (self._make, self._leave, reader))
        others = set(multiprocessing.active_children())
        for _ in range(self.room):
            self._pool.submit(os.getpid)
        self._processes = set(multiprocessing.active_children()) - others

    def stop(self) -> None:
        """Have the processes end at once, whatever they compute: what is not stored is not done."""
        if self._ending is not None:
            self._ending.close()
            self._ending = None
            # One that has not even begun does not hear of it.
            threading.Timer(SECONDS_TO_GO, self._kill).start()

    def _kill(self) -> None:
        for process in self._processes:
            process.kill()

    def close(self) -> None:
        """Stop the processes, and wait until they have gone."""
        self.stop()
        if self._pool is not None:
            self._pool.shutdown()
            self._pool = None
            with suppress(OSError):
                for left in Path(gettempdir()).glob(f"chainrule-{os.getpid()}-*"):
                    left.unlink()

    async def answer(self, request: Request, written: int | None) -> Response:
        """What the application answers to a request, which has made the version `written` of a session already.

        Raises Unavailable where the process has ended meanwhile.
        """
        scope = {key: request.scope[key] for key in SCOPE if key in request.scope}
        asked = Asked({**scope, "written": written}, await request.body())
        pool = self._pool
        if pool is None:
            raise Unavailable(self._why_none)
        try:
            done = await asyncio.wrap_future(pool.submit(answer, asked))
        except BrokenProcessPool as error:
            self._start_again(pool)
            raise Unavailable(self._why_none) from error
        response = sent(done.pieces(), "", done.status, held=done.size)
        response.raw_headers = [(name, value) for name, value in done.headers if name != b"vary"]
        return response

    @property
    def _why_none(self) -> str:
        """Why there is no answer: the server ends, or a process of the office has."""
        return BROKEN if self.is_open else CLOSED

    def _start_again(self, broken: ProcessPoolExecutor) -> None:
        if self._pool is broken and self._ending is not None:
            logger.error("a process that computes for long has ended and is started again")
            self._ending.close()
            self.open()


BROKEN = N_(
    "What was asked takes long to compute, and the process that computed it has ended. It may have been done all the"
    " same: look before repeating."
)

_app: FastAPI | None = None
_busy = threading.Lock()


def begin(make: Callable[[], FastAPI], leave: Callable[[FastAPI], None], ending: Connection) -> None:
    """Make the application of this process, which ends with the server whatever it computes."""
    global _app
    # Ctrl-C reaches everybody at the terminal; the server then says when it is time to go.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=end_with, args=(ending, leave), daemon=True).start()
    if hasattr(os, "nice"):
        os.nice(NICENESS)
    threadpool_limits(limits=1, user_api="blas")
    _app = make()


def end_with(ending: Connection, leave: Callable[[FastAPI], None]) -> None:
    """End this process once the server closes its end, or has gone."""
    ending.poll(None)
    if _app is not None and _busy.acquire(blocking=False):
        leave(_app)
    os._exit(0)


def answer(asked: Asked) -> Answered:
    """Answer a request in this process."""
    with _busy:
        return asyncio.run(_answer(asked))


async def _answer(asked: Asked) -> Answered:
    done = Answered()
    given: list[Message] = [{"type": "http.request", "body": asked.body}]

    async def receive() -> Message:
        return given.pop() if given else await asyncio.Future()

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            done.status, done.headers = message["status"], list(message["headers"])
        else:
            done.add(message.get("body", b""))

    await _app({**asked.scope, "client": None, "server": None}, receive, send)
    if done.file:
        done.lay_down()
    return done
