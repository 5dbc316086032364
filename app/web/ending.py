"""The end of the server: what is under way is answered in time, and the process ends whatever holds it up."""

import asyncio
import logging
import multiprocessing
import os
import threading
import time
from collections.abc import Callable
from contextlib import suppress

from starlette.types import Receive, Scope, Send

from app.web.passage import Passage

ANSWER_SECONDS = 4.0
"""After the signal, until requests that are not answered yet are refused."""
END_SECONDS = 8.0
"""After the signal, until the process ends for good; whoever stops containers waits for ten seconds."""

logger = logging.getLogger(__name__)


class Ending:
    """Ends what does not end by itself. A thread waits for it from the start: a signal may come while one is made."""

    def __init__(self, kill: Callable[[], None]) -> None:
        self.tasks: set[asyncio.Task] = set()
        self._kill = kill
        self._signal = 0
        self._begun = threading.Event()

    def watch(self) -> None:
        """Be ready for the end of this loop's server."""
        threading.Thread(target=self._end, args=[asyncio.get_running_loop()], name="ending", daemon=True).start()

    def begin(self, number: int) -> None:
        """Have the server end in time, because of this signal."""
        self._signal = number
        self._begun.set()

    def close(self) -> None:
        """Wait no longer, unless a signal has begun the end: something may hold the process even now."""
        self._begun.set()

    def _end(self, loop: asyncio.AbstractEventLoop) -> None:
        self._begun.wait()
        if not self._signal:
            return
        time.sleep(ANSWER_SECONDS)
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(self._cancel)
        time.sleep(END_SECONDS - ANSWER_SECONDS)
        logger.error("the server did not end by itself in %g seconds and is ended", END_SECONDS)
        self._kill()
        for child in multiprocessing.active_children():
            child.kill()
        os._exit(128 + self._signal)

    def _cancel(self) -> None:
        for task in self.tasks:
            task.cancel()


class UnderWay(Passage):
    """Keeps the tasks of all requests that are not answered yet."""

    async def let_through(self, scope: Scope, receive: Receive, send: Send) -> None:
        tasks, task = scope["app"].state.ending.tasks, asyncio.current_task()
        tasks.add(task)
        try:
            await self.app(scope, receive, send)
        finally:
            tasks.discard(task)
