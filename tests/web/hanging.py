"""The product with two addresses that never answer: one holds a thread, the other the event loop itself."""

import logging
import threading
from typing import Any

from app.main import serve


def __getattr__(name: str) -> Any:
    if name != "app":
        raise AttributeError(name)
    made = serve()
    made.get("/thread")(hold)
    made.get("/loop")(hold_loop)
    return made


def hold() -> None:
    logging.getLogger(__name__).info("held")
    threading.Event().wait()


async def hold_loop() -> None:
    hold()
