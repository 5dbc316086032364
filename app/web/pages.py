"""The workspace for people: every form works as a plain form (303 to the page); htmx gets only what changed."""

from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from app.errors import ChainruleError, Conflict, NotFound
from app.nn.optimizers import parse_optimizer
from app.session.edits import node_of
from app.session.moment import Picture
from app.views import panel as panels
from app.views.nudge import nudge as nudge_section
from app.web import rendering, urls
from app.web.queues import Queued
from app.web.workspace_answer import (
    BEHIND,
    answer,
    change,
    live_answer,
    message_of,
    refused,
    scene_of,
    sessions_of,
    view_of,
)
from app.web.workspace_form import (
    Shown,
    drawn_by,
    index_of,
    move_of,
    opened_of,
    read_fields,
    sample_of,
    settings_of,
    shown_by,
    text,
    tour_of,
    value_of,
    view_named,
    whole,
)

Fields = Annotated[FormData, Depends(read_fields)]

router = APIRouter(include_in_schema=False, route_class=Queued)


@router.get("/sessions/{id}")
def show(
    request: Request,
    id: str,
    node: str | None = None,
    index: str | None = None,
    view: str = "",
    drawn: str = "",
    sample: str = "",
    open: str = "",
    tour: str = "",
    ahead: bool = False,
) -> Response:
    """The workspace as it stands; for htmx only what another selection, or a run that goes on, changes."""
    version, drawn = drawn_by(drawn)
    shown = Shown(
        selected=node or None,
        index=index,
        view=view_named(view),
        drawn=drawn,
        sample=sample_of(sample),
        opened=opened_of(open),
        tour=tour_of(tour),
        options=request.query_params,
    )
    if ahead and rendering.is_htmx(request):
        return live_answer(request, id, shown)
    picture = sessions_of(request).read(id)
    try:
        if node:
            node_of(picture.graph, node)
    except NotFound as refusal:
        return refused(request, id, replace(shown, selected=None), refusal)
    # Where somebody has changed the session since, the numbers of the page are others as well.
    is_behind = version not in (None, picture.version)
    return answer(request, picture, shown, is_selection=True, is_change=is_behind)


@router.get("/sessions/{id}/second")
def second(request: Request, id: str, node: str, index: str | None = None) -> Response:
    """The numeric check of one number, asked for a moment after the panel is shown: it runs the graph twice."""
    space = view_of(request, sessions_of(request).read(id), Shown(selected=node, index=index), is_checked=True)
    return rendering.parts("workspace/second.html", space=space)


@router.get("/sessions/{id}/nudge")
def nudge(request: Request, id: str, node: str, index: str = "", version: int | None = None) -> Response:
    """What a nudge leads to, while its slider is dragged: the slider itself stays as it is."""
    picture, options = sessions_of(request).read(id), request.query_params
    shown = replace(shown_by(options), selected=node, index=index or None, version=version)
    if version not in (None, picture.version):
        return refused(request, id, shown, Conflict(BEHIND))
    try:
        place = panels.chosen_index(node_of(picture.graph, node), index_of(index))
        section = nudge_section(scene_of(request, picture, shown, node, place))
    except ChainruleError as refusal:
        return message_of(refusal)
    address = urls.session(id, **shown.kept)
    return rendering.parts("workspace/nudge.html", section=section, address=address, version=picture.version)


@router.post("/sessions/{id}/move")
def move(request: Request, id: str, fields: Fields) -> Response:
    """To another moment: by ops, phases or iterations, or straight there."""
    return change(request, id, fields, lambda at: sessions_of(request).move(id, move_of(fields), at))


@router.post("/sessions/{id}/forward")
def forward(request: Request, id: str, fields: Fields) -> Response:
    """To the end of the forward pass."""
    return change(request, id, fields, lambda at: sessions_of(request).forward(id, at))


@router.post("/sessions/{id}/backward")
def backward(request: Request, id: str, fields: Fields) -> Response:
    """To the end of the backward pass."""
    return change(request, id, fields, lambda at: sessions_of(request).backward(id, at))


@router.post("/sessions/{id}/step")
def step(request: Request, id: str, fields: Fields) -> Response:
    """To the end of an update, finishing so many iterations."""
    return change(request, id, fields, lambda at: sessions_of(request).step(id, whole(fields, "iterations") or 0, at))


@router.post("/sessions/{id}/undo")
def undo(request: Request, id: str, fields: Fields) -> Response:
    """Take back the last edit."""
    return change(request, id, fields, lambda at: sessions_of(request).undo(id, at), is_edit=True)


@router.post("/sessions/{id}/redo")
def redo(request: Request, id: str, fields: Fields) -> Response:
    """Bring back the edit taken back last."""
    return change(request, id, fields, lambda at: sessions_of(request).redo(id, at), is_edit=True)


@router.post("/sessions/{id}/edit")
def edit(request: Request, id: str, fields: Fields) -> Response:
    """Set the numbers of an input or a parameter."""

    def act(version: int | None) -> Picture:
        sessions, node = sessions_of(request), text(fields, "node")
        graph = sessions.read(id).graph
        shape = graph[node].shape if node in graph else ()
        index = index_of(text(fields, "index")) if text(fields, "index") else None
        return sessions.edit_node(id, node, value_of(fields, () if index else shape), index, version)

    return change(request, id, fields, act, is_edit=True)


@router.post("/sessions/{id}/optimizer")
def optimizer(request: Request, id: str, fields: Fields) -> Response:
    """Set the optimizer's hyperparameters, or choose another one."""

    def act(version: int | None) -> Picture:
        current = sessions_of(request).read(id).optimizer
        return sessions_of(request).edit_optimizer(id, settings_of(fields, current.kind), version)

    return change(request, id, fields, act, is_edit=True)


@router.get("/sessions/{id}/optimizer")
def optimizer_settings(
    request: Request, id: str, kind: str, schedule: str | None = None, version: int | None = None
) -> Response:
    """The settings that a kind of optimizer has, and those of a schedule, to be filled in before they are set."""
    picture = sessions_of(request).read(id)
    wanted = {"kind": kind} | ({"schedule": {"kind": schedule}} if schedule else {})
    chosen = parse_optimizer(wanted, picture.optimizer)
    if version not in (None, picture.version):
        return refused(request, id, Shown(version=version), Conflict(BEHIND))
    space = replace(view_of(request, picture, Shown()), chosen=chosen)
    return rendering.parts("workspace/optimizer.html", space=space)


@router.post("/sessions/{id}/fork")
def fork(request: Request, id: str) -> Response:
    """A copy of the session, to go on with."""
    return RedirectResponse(urls.session(sessions_of(request).fork(id).id), 303)


@router.post("/sessions/{id}/delete")
def delete(request: Request, id: str) -> Response:
    """Remove the session for good."""
    sessions_of(request).delete(id)
    return RedirectResponse(urls.home(), 303)
