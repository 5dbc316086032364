"""Two sessions beside each other: the page, the part of it that follows their runs, and the same for programs."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path
from pydantic import BaseModel, Field
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from app.errors import N_, ChainruleError, Invalid
from app.pages.comparison.view import compare, document
from app.session.moves import finished
from app.session.run import Goal
from app.session.service import Sessions
from app.web import encoding, language, rendering, urls
from app.web.answers import Number
from app.web.api import Service, json_response
from app.web.openapi import refuses
from app.web.queues import Queued
from app.web.workspace_form import read_fields, text, whole

Fields = Annotated[FormData, Depends(read_fields)]
SCORES = (
    "Of each set of rows: loss, accuracy of classes, mean absolute error in the target's own unit and R² of numbers."
)
One = Annotated[str, Path(description="A session's id.", examples=["q0Gl2tqS5xGGhZ1UxUtcoA"])]

router = APIRouter(route_class=Queued)


class ComparedSession(BaseModel):
    """One of the two, as far as its run is known."""

    id: str
    title: str
    iterations: Annotated[int, Field(ge=0, description="How many are known.")]
    loss: Annotated[Number | None, Field(description="The last one known.")]
    losses: Annotated[list[Number], Field(description="All that are known, but the newest 10,000 at most.")]
    first_loss: Annotated[int, Field(description="The iteration of the first of these losses.")]
    scores: Annotated[dict[str, dict[str, Number | None]], Field(description=SCORES)]
    is_running: bool


class SettingCompared(BaseModel):
    """A setting in which they differ, and what it is in each."""

    what: str
    layer: int | None
    values: Annotated[list[str], Field(min_length=2, max_length=2)]


class LossesAt(BaseModel):
    """The losses at the last iteration that both know."""

    iteration: int
    losses: Annotated[list[Number], Field(min_length=2, max_length=2)]


class LossReached(BaseModel):
    """A round loss that both reached, and after how many iterations."""

    loss: float
    iterations: Annotated[list[int], Field(min_length=2, max_length=2)]


class Compared(BaseModel):
    """Two sessions beside each other; of whatever comes in pairs, the first is that of the first session."""

    sessions: Annotated[list[ComparedSession], Field(min_length=2, max_length=2)]
    parting: Annotated[int | None, Field(description="From which iteration on they differ, where one is the other's.")]
    differences: list[SettingCompared]
    at: LossesAt | None
    reached: LossReached | None
    sentences: Annotated[list[str], Field(description="In the language of Accept-Language.")]


@router.get(
    "/api/compare/{one}/{other}",
    response_model=Compared,
    responses=refuses(404, 409, 422, 503),
    summary="Compare two sessions: what differs in their settings, and what that made",
)
def answer(one: One, other: One, sessions: Service) -> Response:
    found = document(compare(sessions, one, other), say, language.title, encoding.number)
    return json_response(encoding.encode(found))


@router.get("/compare/{one}/{other}", include_in_schema=False)
def page(request: Request, one: str, other: str, sessions: Service) -> Response:
    """Both runs on the same axes; while one of them goes on, the page asks for its newer half again."""
    return shown(request, sessions, one, other)


@router.post("/compare/{one}/{other}/run", include_in_schema=False)
def run(request: Request, one: str, other: str, sessions: Service, fields: Fields) -> Response:
    """Let both runs go on to the same iteration, or let both wait."""
    try:
        if text(fields, "verb") == "pause":
            pause(sessions, one, other)
        else:
            go_on(sessions, whole(fields, "until"), one, other)
    except ChainruleError as refusal:
        if isinstance(refusal, Invalid) or refusal.status == 409:
            return shown(request, sessions, one, other, refusal)
        raise
    if rendering.is_htmx(request):
        return shown(request, sessions, one, other)
    return RedirectResponse(urls.comparison(one, other), 303)


def shown(
    request: Request, sessions: Sessions, one: str, other: str, refusal: ChainruleError | None = None
) -> Response:
    """The page, or its part; with a refusal above it."""
    context: dict[str, Any] = {
        "it": compare(sessions, one, other),
        "message": language.detail(refusal) if refusal else "",
        "message_title": language.gettext(refusal.title) if refusal else "",
        "word": word,
    }
    status = refusal.status if refusal else 200
    if rendering.is_htmx(request):
        return rendering.parts("comparison/parts.html", status, **context)
    return rendering.page(request, "comparison/page.html", status, **context)


def go_on(sessions: Sessions, until: int | None, *ids: str) -> None:
    """Start each run that is not there yet; one that waits goes on."""
    if until is None or until < 1:
        template = N_("Expected a number of iterations from 1 on, got {came}.")
        raise Invalid(template, came="–" if until is None else until, pointer="/until")
    for id in dict.fromkeys(ids):
        state = sessions.run_of(id)
        if state is not None and state.is_going:
            continue
        if state is not None and state.state == "paused":
            sessions.resume_run(id)
            continue
        picture = sessions.read(id)
        left = until - finished(picture.problem.graph, picture.cursor)
        if left > 0:
            sessions.start_run(id, Goal(iterations=left))


def pause(sessions: Sessions, *ids: str) -> None:
    """Let each run wait that goes on."""
    for id in dict.fromkeys(ids):
        state = sessions.run_of(id)
        if state is not None and state.is_going:
            sessions.pause_run(id)


def say(template: str, **fields: Any) -> str:
    """A sentence of ours filled in; a text without fields may hold braces of its own."""
    return language.translate(template, **fields) if fields else language.gettext(template)


word = language.gettext
