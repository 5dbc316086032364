"""Answers in pieces, each made when the one before it is on its way: a large one is never whole in memory."""

import asyncio
from collections.abc import Iterable, Iterator
from contextlib import suppress
from itertools import chain

from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from app.session.budget import Budget

WHOLE = 2**20
"""Bytes up to which an answer is sent at once, its length told before."""
BLOCK = 2**16
"""Bytes that are sent at a time at least."""
SILENCE = 60.0
"""Seconds after which a reader who takes nothing any more is left."""
SLOWEST = 2**14
"""Bytes a second that a reader must take, but for `SILENCE`: memory is not held for hours."""
BUDGET = Budget(512 * 2**20, spared=2**20)
"""What all answers under way may hold on to."""


def sent(
    pieces: Iterable[bytes], media_type: str, status: int = 200, headers: dict[str, str] | None = None, held: int = 0
) -> Response:
    """Make an answer of some pieces. `held` says how many bytes of a session are kept until the last is sent."""
    pieces = iter(pieces)
    first, size = [], 0
    for piece in pieces:
        first.append(piece)
        size += len(piece)
        if size > WHOLE:
            return Streamed(chain(first, pieces), media_type, status, headers, held)
    return Response(b"".join(first), status, headers, media_type)


class Streamed(StreamingResponse):
    """Pieces are made in threads, one when the reader has taken the last; no thread waits for a slow one."""

    def __init__(
        self, pieces: Iterator[bytes], media_type: str, status: int, headers: dict[str, str] | None, held: int
    ) -> None:
        super().__init__(blocks(pieces), status, headers, media_type)
        self._held = held

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        clock, patience = asyncio.get_running_loop().time, SILENCE

        async def hurried(message: dict) -> None:
            nonlocal patience
            begun = clock()
            async with asyncio.timeout(min(patience, SILENCE)):
                await send(message)
            patience += len(message.get("body", b"")) / SLOWEST - (clock() - begun)

        BUDGET.take(self._held)
        try:
            # Without the end of the answer, the server closes the connection.
            with suppress(TimeoutError):
                await super().__call__(scope, receive, hurried)
        finally:
            BUDGET.give_back(self._held)


def blocks(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Put small pieces together to larger ones."""
    kept = bytearray()
    for piece in pieces:
        kept += piece
        if len(kept) >= BLOCK:
            yield bytes(kept)
            kept.clear()
    if kept:
        yield bytes(kept)
