"""Whether the process answers, and whether it can do its work, for whoever watches over it."""

import asyncio
from typing import Literal

from fastapi import APIRouter, FastAPI, Request
from pydantic import BaseModel

from app.errors import N_, Unavailable
from app.web.openapi import refuses

SECONDS = 1.0
"""Within which the store has to answer."""

router = APIRouter(tags=["server"])


class Health(BaseModel):
    """All is well."""

    status: Literal["ok"] = "ok"


@router.get("/healthz", summary="Whether the process answers")
async def read_health() -> Health:
    """Touches nothing: not the store, and no thread that others may hold."""
    return Health()


@router.get("/readyz", responses=refuses(503), summary="Whether the server can do its work")
async def read_readiness(request: Request) -> Health:
    """The store answers within a second, is the one that was opened and has its tables; the server is not closing."""
    if request.app.state.closing.is_near:
        raise Unavailable(N_("The server is closing."))
    try:
        await asyncio.wait_for(asyncio.shield(question(request.app)), SECONDS)
    except TimeoutError:
        raise Unavailable(N_("The session store did not answer within a second.")) from None
    return Health()


def question(app: FastAPI) -> asyncio.Task[None]:
    """Begin the store's check, or join the one that is under way, so that they never pile up."""
    asked = getattr(app.state, "question", None)
    if asked is None or asked.done():
        asked = app.state.question = asyncio.create_task(asyncio.to_thread(app.state.store.check))
        # Where nobody waits for the answer any more, a refusal is no failure of ours.
        asked.add_done_callback(lambda done: done.cancelled() or done.exception())
    return asked
