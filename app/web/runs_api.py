"""Runs for programs: start, steer and watch iterations that go on by themselves."""

from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import StreamingResponse

from app.errors import N_, NotFound
from app.nn.fields import validate
from app.session.run import RunState
from app.web import answers, bodies, encoding
from app.web.api import Document, Id, Service, json_response
from app.web.language import gettext
from app.web.openapi import accepts, refuses
from app.web.queues import Queued
from app.web.watching import watched

router = APIRouter(prefix="/api/sessions/{id}/run", route_class=Queued)


def shown(state: RunState | None, status: int = 200) -> Response:
    """A run as the answer. Raises NotFound where there is none."""
    if state is None:
        raise NotFound(N_("There is no run of this session."))
    return json_response(encoding.encode(encoding.run(state, gettext)), status)


@router.post(
    "",
    status_code=202,
    response_model=answers.RunState,
    responses=refuses(403, 404, 409, 413, 415, 422, 503),
    openapi_extra=accepts("Run"),
    summary="Start a run: iterations that go on by themselves until a goal is reached, or until it is paused",
)
def start(id: Id, body: Document, sessions: Service) -> Response:
    wanted = validate(bodies.Run, body)
    return shown(sessions.start_run(id, wanted.goal, wanted.version), 202)


@router.get(
    "",
    response_model=answers.RunState,
    responses=refuses(404, 409, 422, 503),
    summary="How far a run is; the last one, if none is going on",
)
def read(id: Id, sessions: Service) -> Response:
    return shown(sessions.run_of(id))


def steering(verb: str, summary: str) -> Any:
    """The route of a call that changes how a run goes on."""
    return router.post(
        f"/{verb}",
        response_model=answers.RunState,
        responses=refuses(403, 404, 409, 413, 422, 503),
        summary=summary,
    )


@steering("pause", "Have a run wait; the cursor moves to its last iteration unless somebody has moved it")
def pause(id: Id, sessions: Service) -> Response:
    return shown(sessions.pause_run(id))


@steering("resume", "Have a paused run go on to its goal")
def resume(id: Id, sessions: Service) -> Response:
    return shown(sessions.resume_run(id))


@steering("stop", "End a run before its goal")
def stop(id: Id, sessions: Service) -> Response:
    return shown(sessions.stop_run(id))


@router.get(
    "/events",
    response_class=StreamingResponse,
    responses={
        200: {"description": "An event for each news of the run.", "content": {"text/event-stream": {}}},
        **refuses(404, 409, 422, 503),
    },
    summary="Watch a run: server-sent events, the last one when it rests",
)
async def events(request: Request, id: Id) -> Response:
    """Each event's data is the run, its id how many iterations are finished. Whoever comes back is told all again."""
    return await watched(request, id, told)


def told(state: RunState | None) -> str:
    """A run as the data of an event."""
    return "null" if state is None else encoding.encode(encoding.run(state, gettext)).decode()
