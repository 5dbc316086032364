"""Runs for programs: start, steer and watch iterations that go on by themselves."""

from collections.abc import AsyncIterator
from typing import Any

from anyio import to_thread
from fastapi import APIRouter, Request, Response
from fastapi.responses import StreamingResponse

from app.errors import N_, NotFound
from app.nn.fields import validate
from app.session.run import RunState
from app.web import answers, bodies, encoding
from app.web.api import Document, Id, Service, json_response
from app.web.openapi import accepts, refuses
from app.web.watching import EVENTS, is_going, stream

SECONDS_BETWEEN = 0.15

router = APIRouter(prefix="/api/sessions/{id}/run")


def shown(state: RunState | None, status: int = 200) -> Response:
    """A run as the answer. Raises NotFound where there is none."""
    if state is None:
        raise NotFound(N_("There is no run of this session."))
    return json_response(encoding.encode(encoding.run(state)), status)


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
    responses=refuses(404, 422, 503),
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
        **refuses(404, 422, 503),
    },
    summary="Watch a run: server-sent events, the last one when it rests",
)
async def events(request: Request, id: Id) -> Response:
    """Each event's data is the run, its id how many iterations are finished. Whoever comes back is told all again."""
    await to_thread.run_sync(request.app.state.sessions.run_of, id)
    return StreamingResponse(until_rest(request, id), media_type="text/event-stream", headers=EVENTS)


async def until_rest(request: Request, id: str) -> AsyncIterator[str]:
    """The events up to the one that says that nothing goes on any more."""
    async for text in stream(request, id, SECONDS_BETWEEN, event):
        yield text
        if text.startswith("event: rest"):
            return


def event(state: RunState | None) -> str:
    """A run as an event: `run` while it goes on, `rest` once it does not."""
    name = "run" if is_going(state) else "rest"
    told = "null" if state is None else encoding.encode(encoding.run(state)).decode()
    return f"event: {name}\nid: {0 if state is None else state.head}\ndata: {told}\n\n"
