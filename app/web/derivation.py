"""One iteration as a document: a page to read and print, LaTeX, Markdown, and JSON for programs."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from app.errors import N_, Invalid, NotFound
from app.notation.lettering import is_eastern, text
from app.notation.rounding import FEWEST, MOST, USUAL, rounded
from app.pages.derivation.blocks import Words, blocks
from app.pages.derivation.document import derivation
from app.pages.derivation.page import PageWriting
from app.pages.derivation.parts import Derivation
from app.pages.derivation.typesetting import LatexWriting
from app.web import derivation_encoding, language, rendering
from app.web.api import Id, Service, json_response
from app.web.derivation_answers import Derivation as Answer
from app.web.openapi import refuses
from app.web.queues import Queued

MARKED = re.compile(r"([\\`*_{}\[\]<>#|~$])")
FORMATS = {"tex": "LaTeX", "md": "Markdown", "json": "JSON"}
TYPES = {"tex": "application/x-tex", "md": "text/markdown"}

router = APIRouter(route_class=Queued)


@router.get("/sessions/{id}/derivation", include_in_schema=False)
def page(request: Request, id: str, sessions: Service, digits: str = str(USUAL), tour: str | None = None) -> Response:
    """The document as a page, with the way back to the stop of the tour that it was opened at."""
    document = derivation(sessions.derive(id), digits_of(digits))
    write = PageWriting(document.graph, document.digits, more)
    bounds = {"fewest": FEWEST, "most": MOST, "formats": FORMATS}
    filled = bounds | context(document, write)
    return rendering.page(request, "derivation/page.html", tour=tour, **filled)


@router.get("/sessions/{id}/derivation.{kind}", include_in_schema=False)
def download(request: Request, id: str, kind: str, sessions: Service, digits: str = str(USUAL)) -> Response:
    """The document as a file: LaTeX, Markdown or JSON."""
    if kind == "json":
        return attached(derivation_encoding.document(derivation(sessions.derive(id), MOST)), "application/json", kind)
    if kind not in TYPES:
        raise NotFound(N_("There is nothing at {path}."), path=request.url.path[:200])
    document = derivation(sessions.derive(id), digits_of(digits))
    write = LatexWriting(document.graph, document.digits, more)
    return attached(written(document, kind, write), TYPES[kind], kind)


@router.get(
    "/api/sessions/{id}/derivation",
    response_model=Answer,
    responses=refuses(404, 409, 422, 503),
    summary="Write out the iteration that the session stands in",
)
def answer(id: Id, sessions: Service) -> Response:
    return json_response(derivation_encoding.document(derivation(sessions.derive(id), MOST)))


def digits_of(text: str) -> int:
    """How many significant digits are wanted. Raises Invalid for anything but a whole number within bounds."""
    if not re.fullmatch(r"[0-9]{1,3}", text) or not FEWEST <= int(text) <= MOST:
        template = N_("Expected a number of significant digits from {fewest} to {most}, got {came}.")
        raise Invalid(template, fewest=FEWEST, most=MOST, came=text[:60], pointer="/digits")
    return int(text)


def written(document: Derivation, kind: str, write: LatexWriting) -> str:
    """The document as LaTeX or Markdown. A Chinese character, be it in a name, needs other LaTeX fonts."""
    is_chinese = language.current() != language.DEFAULT
    filled = context(document, write) | {"tex": text, "md": marked}
    title = language.translate(N_("Derivation: {title}"), title=language.title(document.title))
    template = f"derivation/document.{kind}"
    plain = rendering.text(template, title=title, is_chinese=is_chinese, is_eastern=is_chinese, **filled)
    if is_chinese or kind != "tex" or not any(map(is_eastern, plain)):
        return plain
    return rendering.text(template, title=title, is_chinese=False, is_eastern=True, **filled)


def context(document: Derivation, write: Any) -> dict[str, Any]:
    """What the templates of all documents share."""
    say = speaker(document.digits)

    def fact_of(fact: Words | float) -> str:
        return rounded(fact, MOST) if isinstance(fact, float) else say(fact)

    return {"document": document, "blocks": list(blocks(document)), "write": write, "say": say, "fact_of": fact_of}


def speaker(digits: int) -> Callable[[Words], str]:
    """Says words in the reader's language; numbers in them are rounded as everywhere in the document."""

    def say(words: Words) -> str:
        fields = {
            name: rounded(field, digits) if isinstance(field, float) else field for name, field in words.fields.items()
        }
        return language.translate(words.template, **fields) if fields else language.gettext(words.template)

    return say


def more(count: int) -> str:
    """How many parts of a sum are left out."""
    return language.translate(N_("{count} more"), count=count)


def marked(words: str) -> str:
    """Words as Markdown, in which nothing of theirs marks anything up."""
    return MARKED.sub(r"\\\1", words)


def attached(body: str | bytes, media_type: str, kind: str) -> Response:
    """A document as a file to keep."""
    headers = {"content-disposition": f'attachment; filename="chainrule-derivation.{kind}"'}
    return Response(body, media_type=f"{media_type}; charset=utf-8", headers=headers)
