"""Out: a session's network as JSON, NumPy and PyTorch code, and the curves of its run as CSV."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path
from starlette.requests import Request
from starlette.responses import Response

from app.errors import N_, NotFound
from app.export.formats import FORMATS, JSON, Format, FormatName
from app.session.service import Sessions
from app.web import encoding, language
from app.web.api import Id, Service
from app.web.openapi import refuses
from app.web.queues import Queued
from app.web.streaming import sent

router = APIRouter(route_class=Queued)

Name = Annotated[FormatName, Path(description="The form.", examples=["numpy"])]
FILES = {
    row.media_type: {"schema": {"type": "object"} if row.media_type == JSON else {"type": "string"}}
    for row in FORMATS.values()
}


def written(sessions: Sessions, id: str, row: Format, headers: dict[str, str] | None = None) -> Response:
    """The file of a session as it stands, in pieces where it is large."""
    picture = sessions.read(id)
    found = row.write(language.title(picture.title), picture, sessions.departure(id))
    if row.media_type == JSON:
        pieces = encoding.pieces(found)
    else:
        pieces = (text.encode() for text in ([found] if isinstance(found, str) else found))
    return sent(pieces, row.media_type, headers=headers, held=picture.bytes)


@router.get(
    "/api/sessions/{id}/export/{format}",
    response_class=Response,
    responses={200: {"description": "The file.", "content": FILES}} | refuses(404, 409, 413, 422, 429, 503),
    summary="Take a session out: its network, code that goes on with it, or its curves",
)
def export(id: Id, format: Name, sessions: Service) -> Response:
    return written(sessions, id, FORMATS[format])


@router.get("/sessions/{id}/export/{format}", include_in_schema=False)
def download(request: Request, id: str, format: str, sessions: Service) -> Response:
    """The same as a file to keep."""
    if format not in FORMATS:
        raise NotFound(N_("There is nothing at {path}."), path=request.url.path[:200])
    row = FORMATS[format]
    headers = {"content-disposition": f'attachment; filename="{row.file}"'}
    return written(sessions, id, row, headers)
