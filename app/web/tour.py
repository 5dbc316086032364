"""The guided tour: its list of stops, and a session of the reader's own for each."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from app.errors import N_, NotFound
from app.nn.examples.article import SOURCE
from app.nn.wording import nearest, shortened
from app.pages.tour.notes import beginning
from app.pages.tour.stops import STOPS, Look
from app.views.catalog import FIRST_VIEW
from app.web import rendering, urls
from app.web.queues import Queued

router = APIRouter(include_in_schema=False, route_class=Queued)


@router.get("/tour")
def tour(request: Request) -> Response:
    """All stops in their order."""
    stops = list(STOPS.values())
    return rendering.page(request, "tour/index.html", headers=rendering.ABOUT_NOBODY, stops=stops, article=SOURCE)


@router.get("/tour/{name}")
def leave(name: str) -> Response:
    """Nothing is begun by following a link; who comes here has switched the language or shared the address."""
    return RedirectResponse(urls.tour() + f"#{name}" if name in STOPS else urls.tour(), 303)


@router.post("/tour/{name}")
def begin(request: Request, name: str) -> Response:
    """A new session for a stop, at the moment where it begins."""
    if name not in STOPS:
        near = nearest(name, STOPS) or list(STOPS)
        raise NotFound(N_("There is no stop {came}. Nearest: {nearest}."), came=shortened(name), nearest=near)
    stop, sessions = STOPS[name], request.app.state.sessions
    made = sessions.create(stop.spec)
    sessions.move(made.id, beginning(stop, made.graph))
    return RedirectResponse(address(made.id, name, stop.look), 303)


def address(id: str, name: str, look: Look) -> str:
    """Where a stop's session is opened, and what it shows first."""
    view = None if look.view == FIRST_VIEW else look.view
    return urls.session(id, look.node, look.index, view, open=look.open, tour=name)
