"""Runs for people: start, pause and stop by plain forms, and a stream that says when there is something new to see."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from app.errors import N_, Invalid
from app.nn.fields import validate
from app.nn.wording import shown
from app.session.moment import Picture
from app.views.run_bar import CHOICES
from app.web import bodies
from app.web.queues import Queued
from app.web.watching import watched
from app.web.workspace_answer import change, sessions_of
from app.web.workspace_form import read_fields, text, typed_value

Fields = Annotated[FormData, Depends(read_fields)]

router = APIRouter(include_in_schema=False, route_class=Queued)


@router.post("/sessions/{id}/run")
def start(request: Request, id: str, fields: Fields) -> Response:
    """Start a run that goes on until its goal is reached, also when the page is closed."""

    def act(version: int | None) -> Picture:
        goal = validate(bodies.Run, wanted(fields)).goal
        sessions_of(request).start_run(id, goal, version)
        return sessions_of(request).read(id)

    return change(request, id, fields, act, is_edit=True)


@router.post("/sessions/{id}/run/pause")
def pause(request: Request, id: str, fields: Fields) -> Response:
    """Have a run wait."""
    return steered(request, id, fields, sessions_of(request).pause_run)


@router.post("/sessions/{id}/run/resume")
def resume(request: Request, id: str, fields: Fields) -> Response:
    """Have a paused run go on to its goal."""
    return steered(request, id, fields, sessions_of(request).resume_run)


@router.post("/sessions/{id}/run/stop")
def stop(request: Request, id: str, fields: Fields) -> Response:
    """End a run before its goal."""
    return steered(request, id, fields, sessions_of(request).stop_run)


def steered(request: Request, id: str, fields: FormData, act: Any) -> Response:
    """Change how a run goes on. The run may have moved the session since the page was made: that is no conflict."""

    def acted(_: int | None) -> Picture:
        act(id)
        return sessions_of(request).read(id)

    return change(request, id, fields, acted, is_edit=True)


@router.get("/sessions/{id}/live")
async def live(request: Request, id: str) -> Response:
    """Says, as events, when a run is further than it was; the page then asks for what it shows of it."""
    return await watched(request, id, lambda state: str(0 if state is None else state.head))


def wanted(fields: Mapping[str, str]) -> dict[str, Any]:
    """The goal that a form asks for, as the API would say it."""
    until, amount = text(fields, "until"), text(fields, "amount").strip()
    names = [name for name, _ in CHOICES]
    if until not in names:
        raise Invalid(N_("Expected one of {known}, got {came}."), known=names[1:], came=shown(until), pointer="/until")
    if until and not amount:
        raise Invalid(N_("Say how many, or below what, or train until you pause it."), pointer="/amount")
    pace = text(fields, "per_second")
    goal = {until: typed_value(amount, "/amount")} if until else {}
    return goal | ({"per_second": typed_value(pace, "/per_second")} if pace else {})
