"""The API for programs: JSON in, one call of the service, JSON out."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from app.engine.ops import OPS
from app.errors import N_, Invalid, NotFound
from app.nn.fields import LARGEST, validate
from app.nn.presets import PRESETS
from app.session.edits import node_of, read_index
from app.session.moment import Picture
from app.session.service import Sessions
from app.views.catalog import SECTIONS, VIEWS, Section, View, views_for
from app.views.panel import chosen_index
from app.views.scene import Scene
from app.views.why import why
from app.web import answers, bodies, encoding, language, urls
from app.web.documents import read_document
from app.web.openapi import accepts, refuses
from app.web.queues import Queued
from app.web.streaming import sent
from app.web.workspace_answer import followed, scene_of
from app.web.workspace_form import Shown, index_of, opened_of

router = APIRouter(prefix="/api", route_class=Queued)


def service(request: Request) -> Sessions:
    return request.app.state.sessions


async def raw_body(request: Request) -> bytes:
    return await request.body()


# Sync, so that a large body is read in a thread and holds up nobody else.
def document(request: Request, body: Annotated[bytes, Depends(raw_body)]) -> Any:
    """What the body says; nothing at all is an object without keys."""
    return read_document(body, request.headers.get("content-type")) if body else {}


Service = Annotated[Sessions, Depends(service)]
Document = Annotated[Any, Depends(document)]
Id = Annotated[str, Path(description="The session's id.", examples=["q0Gl2tqS5xGGhZ1UxUtcoA"])]
NodeId = Annotated[str, Path(description="The node's id.", examples=["W1"])]
NoValues = Annotated[
    Literal["none"] | None,
    Query(description="`none` leaves out values, gradients, the spec and all losses but the last."),
]
AllLosses = Annotated[
    Literal["all"] | None,
    Query(description="`all` answers every loss, and not the newest 10,000 only."),
]


@dataclass(frozen=True, slots=True)
class Extent:
    """How much of a session is answered."""

    has_values: bool = True
    has_all_losses: bool = False


# Not in a thread, which it would wait for.
async def extent(values: NoValues = None, losses: AllLosses = None) -> Extent:
    return Extent(values != "none", losses == "all")


Values = Annotated[Extent, Depends(extent)]


def json_response(body: bytes, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return Response(body, status, media_type="application/json", headers=headers)


def shown(picture: Picture, values: Extent, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """A session as the answer."""
    title = language.title(picture.title)
    pieces = encoding.session(picture, title, language.gettext, values.has_values, values.has_all_losses)
    return sent(pieces, "application/json", status, headers, picture.bytes)


def made(picture: Picture, values: Extent) -> Response:
    """A new session as the answer, with its address."""
    return shown(picture, values, 201, {"location": urls.api_session(picture.id)})


LOCATION = {201: {"headers": {"Location": {"description": "The session's address.", "schema": {"type": "string"}}}}}


@router.post(
    "/sessions",
    status_code=201,
    response_model=answers.Session,
    responses=LOCATION | refuses(403, 413, 415, 422, 503),
    openapi_extra=accepts("Spec", required=True),
    summary="Start a session from a spec",
)
def create(spec: Document, sessions: Service, values: Values) -> Response:
    return made(sessions.create(spec), values)


@router.get(
    "/sessions/{id}",
    response_model=answers.Session,
    responses=refuses(404, 409, 422, 429, 503),
    summary="Read a session as it stands",
)
def read(id: Id, sessions: Service, values: Values) -> Response:
    return shown(sessions.read(id), values)


@router.delete(
    "/sessions/{id}",
    status_code=204,
    responses=refuses(403, 404, 413, 422, 503),
    summary="Remove a session for good",
)
def delete(id: Id, sessions: Service) -> Response:
    sessions.delete(id)
    return Response(status_code=204)


@router.post(
    "/sessions/{id}/fork",
    status_code=201,
    response_model=answers.Session,
    responses=LOCATION | refuses(403, 404, 409, 413, 415, 422, 503),
    openapi_extra=accepts("Plain"),
    summary="Copy a session as it stands to a new id",
)
def fork(id: Id, body: Document, sessions: Service, values: Values) -> Response:
    version = validate(bodies.Plain, body).version
    return made(sessions.fork(id, version), values)


def change(path: str, body: str, summary: str, method: str = "POST", required: bool = False) -> Any:
    """The route of a call that changes a session and answers it."""
    return router.api_route(
        f"/sessions/{{id}}{path}",
        methods=[method],
        response_model=answers.Session,
        responses=refuses(403, 404, 409, 413, 415, 422, 503),
        openapi_extra=accepts(body, required=required),
        summary=summary,
    )


@change("/forward", "Plain", "Move to the end of the forward pass")
def forward(id: Id, body: Document, sessions: Service, values: Values) -> Response:
    return shown(sessions.forward(id, validate(bodies.Plain, body).version), values)


@change("/backward", "Plain", "Move to the end of the backward pass")
def backward(id: Id, body: Document, sessions: Service, values: Values) -> Response:
    return shown(sessions.backward(id, validate(bodies.Plain, body).version), values)


@change("/step", "Steps", "Finish iterations")
def step(id: Id, body: Document, sessions: Service, values: Values) -> Response:
    steps = validate(bodies.Steps, body)
    return shown(sessions.step(id, steps.iterations, steps.version), values)


@change("/move", "Move", "Move by ops, phases or iterations, or to a moment", required=True)
def move(id: Id, body: Document, sessions: Service, values: Values) -> Response:
    wanted = bodies.read_move(body)
    return shown(sessions.move(id, wanted.move(), wanted.version), values)


@change("/undo", "Plain", "Take back the last edit")
def undo(id: Id, body: Document, sessions: Service, values: Values) -> Response:
    return shown(sessions.undo(id, validate(bodies.Plain, body).version), values)


@change("/redo", "Plain", "Bring back the edit taken back last")
def redo(id: Id, body: Document, sessions: Service, values: Values) -> Response:
    return shown(sessions.redo(id, validate(bodies.Plain, body).version), values)


@change("/nodes/{node}", "NodeEdit", "Set numbers of an input or a parameter", "PATCH", required=True)
def edit_node(id: Id, node: NodeId, body: Document, sessions: Service, values: Values) -> Response:
    edit = validate(bodies.NodeEdit, body)
    return shown(sessions.edit_node(id, node, edit.value, edit.index, edit.version), values)


@change("/optimizer", "OptimizerEdit", "Set the optimizer", "PATCH", required=True)
def edit_optimizer(id: Id, body: Document, sessions: Service, values: Values) -> Response:
    settings, version = bodies.settings_and_version(body)
    return shown(sessions.edit_optimizer(id, settings, version), values)


ViewName = Annotated[str, Path(description="A view's name, as in the page's address.", examples=["layers"])]
SectionName = Annotated[str, Path(description="A section's name, as in the page's address.", examples=["update"])]
Place = Annotated[
    str,
    Query(
        description="Which number of the node, as `0,1`; none for a scalar.",
        json_schema_extra={"pattern": r"^(\d{1,9}(,\d{1,9})*)?$"},
        openapi_examples={"one weight": {"value": "0,1"}},
    ),
]


def read_place(text: str) -> tuple[int, ...]:
    """`0,1` as an index. Raises Invalid for what is not whole numbers between commas."""
    index = index_of(text) if text.strip() else ()
    if index is None:
        template = N_("Expected whole numbers with commas between them as the index, as in {example}, got {came}.")
        raise Invalid(template, example="0,1", came=text[:60])
    return index


@router.get(
    "/sessions/{id}/nodes/{node}",
    response_model=answers.Explanation,
    responses=refuses(404, 409, 422, 503),
    summary="Explain one number's gradient",
)
def explain(id: Id, node: NodeId, sessions: Service, index: Place = "", values: NoValues = None) -> Response:
    explained = sessions.explain(id, node, read_place(index), is_listed=True)
    return json_response(encoding.explanation(explained, why(explained), language.gettext))


@router.post(
    "/sessions/{id}/check",
    response_model=answers.Check,
    responses=refuses(403, 404, 409, 413, 415, 422, 503),
    openapi_extra=accepts("Plain"),
    summary="Compare every parameter's gradient with central differences",
)
def check(id: Id, body: Document, sessions: Service, values: NoValues = None) -> Response:
    return json_response(encoding.check(sessions.check(id, validate(bodies.Plain, body).version), language.gettext))


def look(
    request: Request, picture: Picture, node: str | None, index: str, sample: int = 0, unfolded: str = ""
) -> Scene:
    """A program's look at a moment; without a node, at the one that a page would show."""
    id = node_of(picture.graph, node).id if node else followed(picture)
    place = read_index(picture.graph[id], read_place(index), "") if index else chosen_index(picture.graph[id], None)
    shown = Shown(sample=sample, opened=opened_of(unfolded), options=request.query_params)
    return scene_of(request, picture, shown, id, place)


def takes(kind: str, rows: Iterable[View | Section]) -> dict[str, Any]:
    """The words of the address that views or sections listen to, for the description of the API."""
    described = [
        {
            "name": option.name,
            "in": "query",
            "required": False,
            "schema": dict(option.schema),
            "description": f"Of the {kind} `{row.name}`: {option.description}",
        }
        for row in rows
        for option in row.options
    ]
    return {"parameters": described} if described else {}


@router.get(
    "/sessions/{id}/views/{view}",
    response_model=dict[str, Any],
    responses=refuses(404, 409, 413, 422, 503),
    openapi_extra=takes("view", VIEWS.values()),
    summary="What one of the workspace's views shows",
)
def view(
    request: Request,
    id: Id,
    view: ViewName,
    sessions: Service,
    node: Annotated[str | None, Query(description="The node looked at.", examples=["W1"])] = None,
    index: Place = "",
    sample: Annotated[int, Query(ge=0, le=LARGEST, description="The row of the batch looked at.")] = 0,
    unfolded: Annotated[
        str, Query(alias="open", description="What is unfolded, with commas between.", examples=["layer1,layer2"])
    ] = "",
) -> Response:
    picture = sessions.read(id)
    rows = {row.name: row for row in views_for(picture.graph) if row.build}
    if view not in rows:
        raise NotFound(N_("There is no view {came}; there are {known}."), came=view[:60], known=[*rows])
    scene = look(request, picture, node, index, sample, unfolded)
    return json_response(encoding.encode(encoding.plain(rows[view].build(scene))))


@router.get(
    "/sessions/{id}/nodes/{node}/{section}",
    response_model=dict[str, Any],
    responses=refuses(404, 409, 413, 422, 503),
    openapi_extra=takes("section", SECTIONS.values()),
    summary="What a section of the panel shows of one number",
)
def section(
    request: Request, id: Id, node: NodeId, section: SectionName, sessions: Service, index: Place = ""
) -> Response:
    row, picture = SECTIONS.get(section), sessions.read(id)
    found = node_of(picture.graph, node)
    if row is None or not row.is_for(picture, found):
        known = [row.name for row in SECTIONS.values() if row.is_for(picture, found)]
        template = N_("There is no section {came} about {node}; there are {known}.")
        raise NotFound(template, came=section[:60], node=node, known=known)
    return json_response(encoding.encode(encoding.plain(row.build(look(request, picture, node, index)))))


@router.get("/presets", response_model=list[answers.Preset], summary="The worked examples")
def presets() -> Response:
    rows = [
        {
            "name": preset.name,
            "title": language.gettext(preset.title),
            "summary": language.gettext(preset.summary),
            "source": language.gettext(preset.source),
            "spec": preset.spec,
        }
        for preset in PRESETS.values()
    ]
    return json_response(encoding.encode(rows))


@router.get("/ops", response_model=list[answers.Op], summary="The ops that a graph may use")
def ops() -> Response:
    return json_response(encoding.encode([encoding.op(row, language.gettext(row.sentence)) for row in OPS.values()]))
