"""Watching a run: its state whenever it has changed, as long as somebody is there to see it and the server stays."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

from anyio import to_thread
from fastapi import Request

from app.session.run import RunState

SECONDS_AT_REST = 1.0
"""Between two looks at a session in which nothing goes on."""
SECONDS_OF_SILENCE = 15.0
"""After which a word is sent that means nothing: a reader who has gone is only noticed by speaking."""
SILENCE = ": still here\n\n"
GOING = ("running", "stalled")
EVENTS = {"cache-control": "no-store", "x-accel-buffering": "no"}

Seen = RunState | None


class Closing:
    """Whether the server is about to go. Streams that would never end must end at once then."""

    is_near = False


async def changes(request: Request, id: str, every: float) -> AsyncIterator[Seen]:
    """The state of a session's run: now, and whenever it is another one. Ends when the reader or the server goes.

    Raises NotFound where there is no such session, or no longer.
    """
    async for state, is_new in _looks(request, id, every):
        if is_new:
            yield state


async def stream(request: Request, id: str, every: float, event: Callable[[Seen], str]) -> AsyncIterator[str]:
    """The same as server-sent events, with a word now and then while there is nothing to say."""
    loop = asyncio.get_running_loop()
    said = loop.time()
    async for state, is_new in _looks(request, id, every):
        if is_new or loop.time() - said > SECONDS_OF_SILENCE:
            said = loop.time()
            yield event(state) if is_new else SILENCE


async def _looks(request: Request, id: str, every: float) -> AsyncIterator[tuple[Seen, bool]]:
    """The state at each look, and whether it is new. A look is cheap, but it reads a file: it has a thread."""
    sessions, loop = request.app.state.sessions, asyncio.get_running_loop()
    state = await to_thread.run_sync(sessions.run_of, id)
    looked = loop.time()
    yield state, True
    while not request.app.state.closing.is_near:
        await asyncio.sleep(every)
        if not is_going(state) and loop.time() - looked < SECONDS_AT_REST:
            continue
        last, state = state, await to_thread.run_sync(sessions.run_of, id)
        looked = loop.time()
        yield state, state != last


def is_going(state: Seen) -> bool:
    """Whether there is a run that gets further by itself."""
    return state is not None and state.state in GOING
