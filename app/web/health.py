"""Whether the server can do its work, for whoever watches over it."""

from typing import Literal

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel

from app.web.api import FRESH
from app.web.openapi import refuses

router = APIRouter()

NO_SESSION = "healthz"


class Health(BaseModel):
    """The server answers and its store can be read."""

    status: Literal["ok"] = "ok"


@router.get("/healthz", responses=refuses(503), summary="Whether the server and its store work", tags=["server"])
def read_health(request: Request, response: Response) -> Health:
    """Asks the store for a session that does not exist: a store that cannot be reached refuses with 503."""
    response.headers.update(FRESH)
    request.app.state.store.version(NO_SESSION)
    return Health()
