"""Every refusal as an answer: RFC 9457 `application/problem+json`, or a page for the person who asked for one."""

import asyncio
import logging
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

import msgspec
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match
from starlette.types import Receive, Scope, Send

from app.errors import N_, ChainruleError, Invalid, NotFound, Unavailable, WrongMethod
from app.web import language, logs, urls
from app.web.passage import Passage

MEDIA_TYPE = "application/problem+json"
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
SOON_OTHERWISE = (429, 503)
"""What is refused with these may be asked again in a second."""
CLOSED = N_(
    "The server is closing and could not wait for this. It may have been done all the same: look before repeating."
)
ErrorPage = Callable[[Request, ChainruleError], Response]

logger = logging.getLogger(__name__)


class Problem(BaseModel):
    """Why a request was refused (RFC 9457). `type` is the same in all languages; the rest is for the reader."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "type": "invalid",
                    "title": "Not valid",
                    "status": 422,
                    "detail": 'Expected a number, got "two".',
                    "pointer": "/data/x/0/1",
                }
            ]
        }
    )

    type: str = Field(description="Which kind of refusal this is: a name that programs may compare.")
    title: str = Field(description="The kind in words.")
    status: int = Field(description="The status of the answer.")
    detail: str = Field(description="What was expected and what came.")
    pointer: str = Field(default="", description="JSON pointer to the place in the request, where it helps.")
    line: int = Field(default=1, description="Line of the expression or of the body, from 1.")
    column: int = Field(default=1, description="Column in that line, from 1.")
    limit: str = Field(default="", description="The setting that bounds what was asked for.")


def document_of(error: ChainruleError) -> dict[str, Any]:
    """A refusal as the members of a problem, in the reader's language."""
    members = {
        "type": error.type,
        "title": language.gettext(error.title),
        "status": error.status,
        "detail": language.detail(error),
        "pointer": error.pointer,
        "line": error.line,
        "column": error.column,
        "limit": error.fields.get("limit"),
    }
    return {name: member for name, member in members.items() if member is not None}


def problem(error: ChainruleError) -> Response:
    """A refusal as JSON."""
    body = msgspec.json.encode(document_of(error))
    return Response(body, error.status, media_type=MEDIA_TYPE)


def install(app: FastAPI, page: ErrorPage | None = None) -> None:
    """Answer everything that goes wrong inside `app` with a problem; `page` makes the pages that people see instead."""
    app.state.error_page = page
    app.add_exception_handler(ChainruleError, _answer)
    app.add_exception_handler(HTTPException, _answer)
    app.add_exception_handler(RequestValidationError, _answer)


async def _answer(request: Request, error: Exception) -> Response:
    refusal = refusal_of(request, error)
    headers = dict(getattr(error, "headers", None) or {})
    if isinstance(refusal, WrongMethod):
        headers["Allow"] = ", ".join(refusal.fields["allowed"])
    return answer(request, refusal, headers)


def answer(request: Request, refusal: ChainruleError, headers: dict[str, str] | None = None) -> Response:
    """The page for a person in a browser, else a problem."""
    page = getattr(request.app.state, "error_page", None)
    response = page(request, refusal) if page is not None and wants_page(request) else problem(refusal)
    response.headers.update(headers or {})
    if refusal.status in SOON_OTHERWISE:
        response.headers.setdefault("retry-after", "1")
    if not is_for_programs(request):
        response.headers.add_vary_header("Accept")
    return response


def is_for_programs(request: Request) -> bool:
    """Whether an address speaks JSON to everybody."""
    path = urls.inside(request.url.path)
    return path.startswith("/api/") or path == "/openapi.json"


def wants_page(request: Request) -> bool:
    """Whether a person asks: outside of the API, whoever accepts HTML gets it."""
    accepts = "text/html" in request.headers.get("accept", "") or "hx-request" in request.headers
    return accepts and not is_for_programs(request)


def refusal_of(request: Request, error: Exception) -> ChainruleError:
    """What went wrong, as a kind of our own."""
    if isinstance(error, ChainruleError):
        return error
    if isinstance(error, RequestValidationError):
        return _invalid_parameter(error.errors()[0])
    if isinstance(error, HTTPException):
        return _of_framework(request, error)
    return ChainruleError(N_("Something unexpected went wrong here. Nothing was changed; it has been noted."))


def _of_framework(request: Request, error: HTTPException) -> ChainruleError:
    if error.status_code == 404:
        return NotFound(N_("There is nothing at {path}."), path=request.url.path[:200])
    if error.status_code == 405:
        template = N_("{method} is not possible at this address, only {allowed}.")
        return WrongMethod(template, method=request.method, allowed=allowed_methods(request))
    refusal = ChainruleError("{detail}", detail=error.detail)
    refusal.status, refusal.type, refusal.title = error.status_code, "http", HTTPStatus(error.status_code).phrase
    return refusal


def allowed_methods(request: Request) -> list[str]:
    """Every method that some route takes at this address; the framework knows only those of the first such route."""
    routes = request.app.router.routes
    # HEAD is answered wherever GET is, outside of the routes.
    scopes = {method: {**request.scope, "method": method.replace("HEAD", "GET")} for method in METHODS}
    return [m for m, scope in scopes.items() if any(route.matches(scope)[0] is Match.FULL for route in routes)]


def _invalid_parameter(error: dict[str, Any]) -> Invalid:
    """FastAPI's own checks here are of query and form parameters; their values are texts."""
    name, came = str(error["loc"][-1]), str(error.get("input"))[:60]
    if error["type"] == "missing":
        return Invalid(N_("The parameter {name} is missing."), name=name)
    if expected := error.get("ctx", {}).get("expected"):
        template = N_("The parameter {name} must be {expected}, not {came}.")
        return Invalid(template, name=name, expected=expected, came=repr(came))
    return Invalid(N_("The parameter {name} cannot be {came}."), name=name, came=repr(came))


class Refusals(Passage):
    """Answers what is refused before routing, and notes what nobody foresaw: no caller ever sees a stack trace."""

    async def let_through(self, scope: Scope, receive: Receive, send: Send) -> None:
        begun = False

        async def watched(message: Any) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self.app(scope, receive, watched)
        except asyncio.CancelledError:
            if not scope["app"].state.closing.is_near:
                raise
            # The server has waited long enough. What has been begun is cut off with the connection.
            if not begun:
                await answer(Request(scope), Unavailable(CLOSED))(scope, receive, send)
        except Exception as error:
            if not isinstance(error, ChainruleError):
                logger.exception("%s %s failed", scope["method"], logs.pattern(scope))
            if begun:
                raise
            request = Request(scope)
            headers = getattr(error, "headers", None)
            await answer(request, refusal_of(request, error), headers)(scope, receive, send)
