"""Watching a run: its state whenever it has changed, as long as somebody is there to see it and the server stays."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

from anyio import to_thread
from fastapi import Request
from fastapi.responses import StreamingResponse

from app.errors import NotFound, Unavailable
from app.session.run import RunState
from app.session.service import Sessions

SECONDS_BETWEEN = 0.15
"""Between two looks at a run."""
SECONDS_OF_SILENCE = 15.0
"""After which a word is sent that means nothing: a reader who has gone is only noticed by speaking."""
SILENCE = ": still here\n\n"
HEADERS = {"x-accel-buffering": "no"}

Seen = RunState | None


class Closing:
    """Whether the server is about to go. Streams that would never end must end at once then."""

    is_near = False


async def watched(request: Request, id: str, say: Callable[[Seen], str]) -> StreamingResponse:
    """Server-sent events: `run` while it goes on, `rest` once it does not, which is the last one. Whoever comes back
    is told all again: the id is how many iterations are finished, the data what `say` says.

    Raises NotFound where there is no such session.
    """
    sessions = request.app.state.sessions
    state = await look(sessions, id)
    return StreamingResponse(_events(request, id, say, state), media_type="text/event-stream", headers=HEADERS)


async def look(sessions: Sessions, id: str) -> Seen:
    """Look at the run as it is now. That is cheap, but it reads a file: it has a thread."""
    return await to_thread.run_sync(sessions.run_of, id)


async def _events(request: Request, id: str, say: Callable[[Seen], str], state: Seen) -> AsyncIterator[str]:
    loop, last, said = asyncio.get_running_loop(), None, None
    while not request.app.state.closing.is_near:
        if said is None or state != last:
            last, said = state, loop.time()
            yield event(state, say(state))
            if state is None or not state.is_going:
                return
        elif loop.time() - said > SECONDS_OF_SILENCE:
            said = loop.time()
            yield SILENCE
        await asyncio.sleep(SECONDS_BETWEEN)
        try:
            state = await look(request.app.state.sessions, id)
        except NotFound:
            # The session was removed, and its run with it.
            state = None
        except Unavailable:
            # The store may answer the next time.
            continue


def event(state: Seen, told: str) -> str:
    """What is sent of a run at one look."""
    name, head = ("rest", 0) if state is None else ("run" if state.is_going else "rest", state.head)
    return f"event: {name}\nid: {head}\ndata: {told}\n\n"
