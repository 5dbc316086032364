"""What the workspace answers: the page, the parts of it that a change or a choice altered, or a refusal."""

from collections.abc import Callable
from functools import partial

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from app.errors import N_, BeyondLimit, ChainruleError, Conflict
from app.layout.layout import GraphLayout, Pending
from app.layout.layouts import Layouts
from app.pages.tour.notes import note_beside
from app.session.explanation import Explanation
from app.session.moment import Picture
from app.session.reading import Reading
from app.session.service import Sessions
from app.session.state import Cursor
from app.views import panel as panels
from app.views import workspace
from app.views.catalog import view_for
from app.views.drawing.marks import Shares
from app.views.origin import origin, shares
from app.views.scene import Scene
from app.views.why import why
from app.views.workspace import Workspace
from app.web import language, rendering, urls
from app.web.workspace_form import Shown, index_of, shown_by

MOST_PARTS = 60
MOST_NAMES = 500

BEHIND = N_("Somebody else changed this session in the meantime.")
NOT_APPLIED = N_("What you see now is its newest state; your last click was not applied.")


def sessions_of(request: Request) -> Sessions:
    """The service that this application was made with."""
    return request.app.state.sessions


def layouts_of(request: Request) -> Layouts:
    """The office that places graphs."""
    return request.app.state.layouts


def change(
    request: Request, id: str, fields: FormData, act: Callable[[int | None], Picture], is_edit: bool = False
) -> Response:
    """Do something to a session and answer with what it changed; a refusal leaves the page as it is."""
    shown = Shown()
    try:
        shown = shown_by(fields)
        picture = act(shown.version)
    except ChainruleError as refusal:
        return refused(request, id, shown, refusal)
    if not rendering.is_htmx(request):
        return RedirectResponse(urls.session(id, **shown.kept), 303)
    return answer(request, picture, shown, only=None if is_edit else changed_since(picture, shown), is_change=True)


def refused(request: Request, id: str, shown: Shown, refusal: ChainruleError) -> Response:
    """The message; with the whole view where the page was behind, so that nothing is lost unseen."""
    picture = sessions_of(request).read(id)
    is_behind = isinstance(refusal, Conflict) and shown.version not in (None, picture.version)
    title = language.gettext(BEHIND if is_behind else refusal.title)
    message = language.gettext(NOT_APPLIED) if is_behind else language.detail(refusal)
    if rendering.is_htmx(request) and not is_behind:
        return message_of(refusal)
    return answer(request, picture, shown, message=message, title=title, status=refusal.status, is_change=is_behind)


def message_of(refusal: ChainruleError) -> Response:
    """A refusal as a message in a workspace that stands already."""
    context = {"message": language.detail(refusal), "message_title": language.gettext(refusal.title)}
    return rendering.parts("workspace/refusal.html", refusal.status, **context)


def changed_since(picture: Picture, shown: Shown) -> frozenset[str] | None:
    """The nodes whose numbers the page does not show yet; None where it cannot be told, or would be most of them."""
    if shown.version != picture.version - 1 or shown.iteration is None or shown.position is None:
        return None
    if not 0 <= shown.position <= picture.length:
        return None
    found = workspace.changed(picture.graph, Cursor(shown.iteration, shown.position), picture.cursor)
    if found is not None and shown.view == "table":
        marked = {picture.graph.schedule[shown.position].node, picture.node}
        found |= {id for id in marked if id is not None}
    return found if found is not None and len(found) <= MOST_PARTS else None


def answer(
    request: Request,
    picture: Picture,
    shown: Shown,
    *,
    only: frozenset[str] | None = None,
    is_change: bool = False,
    is_selection: bool = False,
    message: str = "",
    title: str = "",
    status: int = 200,
) -> Response:
    """The page, or the parts of it that are not as the page has them."""
    is_partial = rendering.is_htmx(request) and (is_change or is_selection)
    try:
        space = view_of(request, picture, shown, only if is_partial else None, is_checked=not is_partial)
    except BeyondLimit:
        # A graph opens even where one request may not run it often enough for the numeric check.
        space = view_of(request, picture, shown)
    context = {"space": space, "iterations": shown.iterations, "message": message, "message_title": title}
    if not is_partial:
        names = [node.id for node in picture.graph.nodes[:MOST_NAMES]]
        context |= {"node_names": names, "address": str(request.url.replace(query=""))}
        context |= {"note": note_beside(space.tour, picture.spec)}
        return rendering.page(request, "workspace/page.html", status, **context)
    return rendering.parts(
        "workspace/parts.html",
        status,
        shown=shown,
        only=only,
        is_change=is_change,
        is_live=False,
        is_same_drawing=bool(space.shown) and space.shown == shown.drawn,
        **context,
    )


def live_answer(request: Request, id: str, shown: Shown) -> Response:
    """What a run has changed of the page. What takes long, such as the panel, waits until the run rests."""
    state = sessions_of(request).run_of(id)
    if state is None or not state.is_going:
        return answer(request, sessions_of(request).read(id), shown, is_change=True)
    picture = sessions_of(request).ahead(id) if state.following else sessions_of(request).read(id)
    space = view_of(request, picture, shown, is_live=True)
    return rendering.parts(
        "workspace/parts.html",
        space=space,
        iterations=shown.iterations,
        only=None,
        is_change=True,
        is_live=True,
        is_same_drawing=bool(space.shown) and space.shown == shown.drawn,
    )


def view_of(
    request: Request,
    picture: Picture,
    shown: Shown,
    only: frozenset[str] | None = None,
    is_checked: bool = False,
    is_live: bool = False,
) -> Workspace:
    """The view of a moment for one reader: which node is looked at, and in which layout."""
    graph = picture.graph
    is_pinned = shown.selected is not None and shown.selected in graph
    id = shown.selected if is_pinned else followed(picture)
    index = panels.chosen_index(graph[id], index_of(shown.index) if is_pinned else None)
    # The service explains the moment at the cursor, not the one that a run has reached.
    explanation = Explanation(id, index, None, None) if is_live else explained(request, picture, id, index, is_checked)
    panel = panels.panel(picture, id, index, is_pinned, origin(picture, id, explanation), why(explanation))
    view = view_for(graph, shown.view)
    layout = layout_of(request, picture, id) if view == "graph" else None
    words = {} if is_live else words_on_edges(request, picture, explanation)
    scene = scene_of(request, picture, shown, id, index, is_pinned)
    return workspace.build(scene, layout, panel, view, words, only, shown.drawn, is_live)


def scene_of(
    request: Request, picture: Picture, shown: Shown, id: str, index: tuple[int, ...], is_pinned: bool = True
) -> Scene:
    """What the views are made from, for one reader."""
    return Scene(
        picture=picture,
        id=id,
        index=index,
        is_pinned=is_pinned,
        reading=Reading.of(sessions_of(request), picture),
        place=partial(layout_of, request, picture, id),
        sample=shown.sample,
        opened=shown.opened,
        tour=shown.tour,
        options=shown.options,
    )


def followed(picture: Picture) -> str:
    """The node that the panel shows when the reader has chosen none: the one visited, at the start the next one."""
    if picture.phase == "start":
        return picture.graph.schedule[1].node or picture.graph.loss.id
    return picture.node or picture.graph.loss.id


def words_on_edges(request: Request, picture: Picture, known: Explanation) -> Shares:
    """Upstream × local on the edges of a scalar node that was just visited backward; it may be the one looked at."""
    if picture.phase != "backward" or picture.graph[picture.node].shape:
        return {}
    return shares((known if known.id == picture.node else explained(request, picture, picture.node, ())).terms)


def explained(
    request: Request, picture: Picture, id: str, index: tuple[int, ...], is_checked: bool = False
) -> Explanation:
    """Where a number of this very picture comes from; nothing of that where somebody has changed the session since."""
    try:
        return sessions_of(request).explain(picture.id, id, index, is_checked, picture.version)
    except Conflict:
        return Explanation(id, index, None, None)


def layout_of(request: Request, picture: Picture, id: str) -> GraphLayout | Pending:
    """Where the nodes are drawn; a large graph is drawn around the node looked at."""
    return layouts_of(request).layout_for(picture.graph, id)
