"""Who waits holds no thread: requests for one session take turns before they are given one.

A request that changes a session has its turn alone, so that all apply, one after the other; those that only read it
need not wait for that. Of all requests so many are worked on at a time. Whoever goes away while waiting is left out.
"""

from __future__ import annotations

import asyncio
import sys
from collections import Counter, deque
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, nullcontext
from inspect import iscoroutinefunction
from typing import Any

from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response

from app.errors import N_, TooMany, Unavailable
from app.session.work import Allowance, TooLong, TooMuch, here
from app.web.security import READING

READS, WRITES = 6, 2
"""Requests that read, and that change something, worked on at a time: more threads would only make each other wait."""
READERS = 2
"""Requests that read one session at a time."""
ALLOWED = 50_000_000
"""How long a request may compute in this process, as a price: about 50 milliseconds, in which others are slower."""
MOST_IN_ALL = 1024
"""Requests that may wait in all for being worked on."""
MOST_BYTES = 128 * 1024
"""The size of the largest body that is read in this process."""
CLIENT_HAS_GONE = 499

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class Gone(Exception):
    """Whoever asked does not wait any more."""


class Queue:
    """Has so many inside; all others wait, first come, first served."""

    def __init__(self, room: int) -> None:
        self.room = room
        self.waiting: deque[asyncio.Future[None]] = deque()

    async def enter(self, request: Request) -> None:
        """Come in as soon as there is room. Raises Gone if the one who asked goes away before."""
        if self.room:
            self.room -= 1
            return
        turn = asyncio.get_running_loop().create_future()
        self.waiting.append(turn)
        gone = asyncio.create_task(has_gone(request))
        try:
            await asyncio.wait((turn, gone), return_when=asyncio.FIRST_COMPLETED)
            if gone.done():
                raise Gone
            turn.result()
        except BaseException:
            if turn in self.waiting:
                self.waiting.remove(turn)
            elif not turn.exception():
                self.leave()
            raise
        finally:
            gone.cancel()

    def leave(self) -> None:
        """Go out, and let in who waits longest."""
        if self.waiting:
            self.waiting.popleft().set_result(None)
        else:
            self.room += 1

    def refuse(self, refusal: Exception) -> None:
        """Send away all who wait."""
        while self.waiting:
            self.waiting.popleft().set_exception(refusal)


class Queues:
    """The queues of a server by name, each for as long as somebody is in it. `most` may wait in one of a session."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._queues: dict[str, Queue] = {}
        self._users: Counter[str] = Counter()
        self._is_closed = False

    @asynccontextmanager
    async def of(self, request: Request, name: str, room: int, most: int | None = None) -> AsyncIterator[None]:
        """Give a request its turn in a queue that lets in so many. Raises TooMany where too many wait already."""
        queue = self._queues.setdefault(name, Queue(room))
        self._users[name] += 1
        try:
            self._check(queue, most)
            await queue.enter(request)
            try:
                yield
            finally:
                queue.leave()
        finally:
            self._users[name] -= 1
            if not self._users[name]:
                del self._queues[name], self._users[name]

    def _check(self, queue: Queue, most: int | None) -> None:
        if self._is_closed:
            raise Unavailable(CLOSING)
        if queue.room or len(queue.waiting) < (self._most if most is None else most):
            return
        if most is not None:
            raise TooMany(FULL_IN_ALL)
        raise TooMany(FULL, most=self._most, limit="CHAINRULE_MAX_WAITING")

    def close(self) -> None:
        """Send away all who wait, and whoever comes."""
        self._is_closed = True
        for queue in self._queues.values():
            queue.refuse(Unavailable(CLOSING))


CLOSING = N_("The server is about to stop; please try again in a moment.")
DONE = N_("What was asked has been done, but cannot be shown just now. Please look at it before you repeat it.")
FULL = N_("So many requests wait here already: {most} ({limit}). Nothing was changed; please try again in a moment.")
FULL_IN_ALL = N_("The server has too much to do just now. Nothing was changed; please try again in a moment.")


async def has_gone(request: Request) -> None:
    """Wait until the one who asked has gone away; the body must have been read before."""
    while (await request.receive())["type"] != "http.disconnect":
        pass


class Queued(APIRoute):
    """A route whose requests take turns, and are handed on where they would compute for long."""

    def get_route_handler(self) -> Handler:
        handle = super().get_route_handler()
        # What answers from the event loop waits for nobody.
        if iscoroutinefunction(self.endpoint):
            return handle

        async def queued(request: Request) -> Response:
            await request.body()
            try:
                return await in_turn(request, handle)
            except Gone:
                return Response(status_code=CLIENT_HAS_GONE)

        return queued


async def in_turn(request: Request, handle: Handler) -> Response:
    """Answer a request once it is its turn."""
    queues, office, id = request.app.state.queues, request.app.state.office, request.path_params.get("id")
    kind, room, in_all = ("reads", READERS, READS) if request.method in READING else ("writes", 1, WRITES)
    # What it has made before it was handed on to this process.
    written = request.scope.get("written")

    async def worked_on(is_alone: bool) -> Response:
        async with queues.of(request, kind, in_all, MOST_IN_ALL):
            here.set(Allowance(ALLOWED if office.is_open else sys.maxsize, is_alone, written))
            return await handle(request)

    async def answered() -> Response:
        nonlocal written
        try:
            if office.is_open and len(await request.body()) > MOST_BYTES:
                raise TooLong(written)
            try:
                return await worked_on(is_alone=False)
            except TooMuch as much:
                written = much.written
            async with queues.of(request, "large", 1):
                return await worked_on(is_alone=True)
        except TooLong as long:
            written = long.written
        async with queues.of(request, "office", office.room):
            return await office.answer(request, written)

    async with queues.of(request, f"{kind} {id}", room) if id else nullcontext():
        try:
            return await answered()
        except (TooMany, Unavailable):
            if written is None:
                raise
            raise Unavailable(DONE) from None
