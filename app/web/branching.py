"""Branching: the page's form and the API's call."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from app.errors import ChainruleError
from app.nn.fields import validate
from app.web import answers, urls
from app.web.api import LOCATION, Document, Id, Service, Values, made
from app.web.branch_body import Branch, document_of
from app.web.openapi import accepts, refuses
from app.web.queues import Queued
from app.web.workspace_answer import refused, sessions_of
from app.web.workspace_form import read_fields, shown_by

Fields = Annotated[FormData, Depends(read_fields)]

router = APIRouter(route_class=Queued)


@router.post(
    "/api/sessions/{id}/branch",
    status_code=201,
    response_model=answers.Session,
    responses=LOCATION | refuses(403, 404, 409, 413, 415, 422, 503),
    openapi_extra=accepts("Branch", required=True),
    summary="Leave the run at a moment with one thing changed",
)
def branch(id: Id, body: Document, sessions: Service, values: Values) -> Response:
    wanted = validate(Branch, body)
    return made(sessions.branch(id, wanted.change(), wanted.iteration, wanted.version), values)


@router.post("/sessions/{id}/branch", include_in_schema=False)
def branch_form(request: Request, id: str, fields: Fields) -> Response:
    """Branch as the form says, and show the two runs beside each other."""
    try:
        wanted = validate(Branch, document_of(fields))
        picture = sessions_of(request).branch(id, wanted.change(), wanted.iteration, wanted.version)
    except ChainruleError as refusal:
        return refused(request, id, shown_by(fields), refusal)
    return RedirectResponse(urls.comparison(id, picture.id), 303)
