"""The pages around the workspace: the first page, forms that make a session, worked examples, operations, refusals."""

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from app.errors import N_, ChainruleError, Misdirected, NotFound
from app.nn.preset import Preset
from app.nn.presets import PRESETS, SHELVES, Shelf, view_of
from app.nn.wording import nearest, shortened
from app.pages.building import gallery
from app.pages.building.fields import Mistake
from app.pages.building.forms import expression_form
from app.pages.building.outcome import Flaw
from app.pages.op_gallery import op_families
from app.pages.preset_pages import CardShelf, PresetCard, preset_card, preset_page
from app.views.drawing.demonstration import demonstration_of
from app.views.published import problem_of
from app.web import language, rendering, urls, workspace_answer
from app.web.building import changed, network_context, ready, start
from app.web.forms import Fields, spec_document
from app.web.outcomes import limits_of, mistake_of, outcome_of, picture_of
from app.web.queues import Queued
from app.web.workspace_form import read_fields

HERO = "colah"
TRAINING = "train"
"""The view of the workspace that a network to train opens with."""
YEAR = 365 * 24 * 3600
RESULTS = {
    "/expression/check": "#expression-result",
    "/build": "#network-refusal",
    "/build/check": "#network-result",
}
"""Where the form that asks is told that it was refused, by the address it asks."""
EXAMPLE_EXPRESSION = (
    ("x = input(1.5)", N_("data")),
    ("w = 0.8", N_("a parameter")),
    ("b = -0.3", ""),
    ("y = sigmoid(w * x + b)", ""),
    ("loss = (y - 1) ** 2", N_("the last line is the loss")),
)

router = APIRouter(include_in_schema=False, route_class=Queued)


def typed_fields(fields: Annotated[FormData, Depends(read_fields)]) -> dict[str, str]:
    """What a form sent, by the names of its fields; of fields with one name, the last."""
    return dict(fields)


Typed = Annotated[dict[str, str], Depends(typed_fields)]


@router.get("/")
def home(request: Request) -> Response:
    """What this is, the worked examples, and the two ways to make something of one's own."""
    return rendering.page(
        request,
        "home/index.html",
        headers=rendering.ABOUT_NOBODY,
        hero_name=HERO,
        hero=demonstration_of(HERO, request.app.state.layouts),
        shelves=[shelf_of(request, shelf) for shelf in SHELVES],
        **expression_context(request, {}),
        gallery=gallery.cards({}),
    )


@router.get("/expression")
def expression(request: Request, source: str | None = None) -> Response:
    """The form for an expression; an address may bring one along."""
    typed = {} if source is None else {"/source": source}
    context = expression_context(request, typed)
    return rendering.page(request, "building/expression.html", headers=rendering.ABOUT_NOBODY, **context)


@router.post("/expression/check")
def check_expression(request: Request, typed: Typed) -> Response:
    """What the expression typed so far makes, or what is wrong with it."""
    fields = {**typed, "/kind": "expression"}
    return rendering.parts("building/_result.html", check=outcome_of(request, fields))


@router.get("/build")
def build(request: Request, dataset: str | None = None, source: str | None = None) -> Response:
    """The form for a network, with a data set and a network that fits it."""
    context = network_context(request, start(dataset, source))
    return rendering.page(request, "building/build.html", headers=rendering.ABOUT_NOBODY, **context)


@router.post("/build")
def rebuild(request: Request, typed: Typed) -> Response:
    """The form as it was typed, after one of its buttons: a layer more or less, other data."""
    context = network_context(request, changed(request, typed))
    if rendering.is_htmx(request):
        return rendering.parts("building/_network.html", **context)
    return rendering.page(request, "building/build.html", **context)


@router.post("/build/check")
def check_network(request: Request, typed: Typed) -> Response:
    """What the network filled in so far makes, or what is wrong with it, and its data as pictures."""
    fields = ready(request, {**typed, "/kind": "layers"})
    return rendering.parts("building/network_check.html", **network_context(request, fields))


@router.get("/sessions")
def no_list() -> Response:
    """Nobody may list sessions; who comes here has switched the language of a form that was shown again."""
    return RedirectResponse(urls.home(), 303)


@router.post("/sessions")
def create(request: Request, typed: Typed) -> Response:
    """A session from a form, and on to its workspace; a refusal is said in the form, with all that was typed."""
    typed = ready(request, typed)
    try:
        picture = request.app.state.sessions.create(spec_document(typed, limits_of(request)))
    except ChainruleError as refusal:
        if typed.get("/kind") not in FORMS:
            raise
        return FORMS[typed["/kind"]](request, typed, refusal)
    view = TRAINING if typed.get("/kind") == "layers" else view_of(typed.get("/name", ""))
    return RedirectResponse(urls.session(picture.id, view=view), 303)


def expression_again(request: Request, typed: Fields, refusal: ChainruleError) -> Response:
    context = expression_context(request, typed, mistake_of(refusal, typed))
    return rendering.page(request, "building/expression.html", refusal.status, **context)


def network_again(request: Request, typed: Fields, refusal: ChainruleError) -> Response:
    context = network_context(request, typed, mistake_of(refusal, typed))
    return rendering.page(request, "building/build.html", refusal.status, **context)


FORMS = {"expression": expression_again, "layers": network_again}


def expression_context(request: Request, typed: Fields, mistake: Mistake | None = None) -> dict:
    """The expression form, and what its text makes."""
    form = expression_form(typed, example_expression(), mistake)
    fields = {**typed, "/kind": "expression", "/source": form.source.value}
    return {"expression": form, "expression_check": outcome_of(request, fields)}


def example_expression() -> str:
    """The example in the form, its comments in the reader's language."""
    width = max(len(line) for line, comment in EXAMPLE_EXPRESSION if comment)
    return "\n".join(
        f"{line.ljust(width)}  # {language.gettext(comment)}" if comment else line
        for line, comment in EXAMPLE_EXPRESSION
    )


def shelf_of(request: Request, shelf: Shelf) -> CardShelf:
    """The examples of one kind whose data are installed."""
    cards = tuple(card_of(request, preset) for preset in shelf.presets if preset.is_here)
    return CardShelf(shelf.name, shelf.title, shelf.sentence, cards)


def card_of(request: Request, preset: Preset) -> PresetCard:
    """A worked example with its picture."""
    return preset_card(preset, picture_of(request, problem_of(preset.name).graph))


@router.post("/language")
def switch_language(request: Request, typed: Typed) -> Response:
    """Answer in this language from now on, and back to the page; an unknown language changes nothing."""
    answer = RedirectResponse(local_address(typed.get("next", "")), 303)
    if typed.get("language") in language.languages():
        is_safe = request.url.scheme == "https"
        kept = {"max_age": YEAR, "path": urls.home(), "secure": is_safe, "httponly": True, "samesite": "lax"}
        answer.set_cookie(language.COOKIE, typed["language"], **kept)
    return answer


def local_address(text: str) -> str:
    """An address of this site, as a form brought it, else the first page: nobody is led away from here."""
    is_ours = text.startswith("/") and not text.startswith("//") and "\\" not in text and text.isprintable()
    return text if is_ours else urls.home()


@router.get("/presets/{name}")
def preset(request: Request, name: str) -> Response:
    """A worked example: where it comes from, every figure its source prints, and ours beside it."""
    if name not in PRESETS:
        near = nearest(name, PRESETS) or list(PRESETS)
        raise NotFound(N_("There is no example {came}. Nearest: {nearest}."), came=shortened(name), nearest=near)
    found = PRESETS[name]
    picture = picture_of(request, problem_of(name).graph)
    example = preset_page(found, picture)
    return rendering.page(request, "presets/preset.html", headers=rendering.ABOUT_NOBODY, example=example)


@router.get("/ops")
def ops(request: Request) -> Response:
    """Every operation that a graph may use."""
    return rendering.page(request, "ops/index.html", headers=rendering.ABOUT_NOBODY, families=op_families())


def error_page(request: Request, refusal: ChainruleError) -> HTMLResponse:
    """A refusal as a page of the house; to a page's script as a message in that page, which never holds another."""
    if rendering.is_htmx(request):
        if request.url.path.startswith((urls.session(""), urls.comparisons())):
            return workspace_answer.message_of(refusal)
        if result := RESULTS.get(urls.inside(request.url.path)):
            headers = {"hx-retarget": result, "hx-reswap": "innerMorph"}
            check = Flaw(language.detail(refusal))
            return rendering.parts("building/_result.html", refusal.status, headers, check=check)
    return rendering.page(
        request,
        "home/misdirected.html" if isinstance(refusal, Misdirected) else "home/error.html",
        refusal.status,
        title=refusal.title,
        number=refusal.status,
        detail=language.detail(refusal),
    )
