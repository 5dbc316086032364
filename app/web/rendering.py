"""From a view model to HTML: one Jinja environment, set up once, where every text is escaped and translated."""

from functools import cache
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse

from app.export.formats import FORMATS
from app.notation.naming import operation_words
from app.web import language, linking, urls

HTMX = {"vary": "HX-Request"}
ABOUT_NOBODY = {"cache-control": "no-cache"}
"""Of a page that holds no session: a browser that goes back may show it as it was, with what was typed in it."""


@cache
def environment() -> Environment:
    """The templates, with our words: `_` translates and fills in, `url` builds addresses."""
    jinja = Environment(
        loader=FileSystemLoader(urls.folder("templates")),
        # LaTeX and Markdown have characters of their own to escape; their templates do it word by word.
        autoescape=lambda name: not str(name).endswith((".tex", ".md")),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    jinja.globals |= {
        "_": language.translate,
        "gettext": language.gettext,
        "session_title": language.title,
        "export_formats": FORMATS,
        "refused": language.detail,
        "ngettext": language.ngettext,
        "url": urls,
        "address_at": linking.at,
        "toggled": linking.toggled,
        "languages": language.languages,
        "language_name": language.own_name,
        "language_tag": language.tag,
        "current_language": language.current,
    }
    jinja.filters |= {"linked": linking.linked, "operation_words": operation_words}
    # Compiled now, so that no reader waits for it.
    for name in jinja.list_templates(extensions=["html", "tex", "md"]):
        template = jinja.get_template(name)
        # Looked up at each inclusion: a plain dictionary is much quicker than the chain of them that Jinja makes.
        template.globals = dict(template.globals)
    return jinja


def is_htmx(request: Request) -> bool:
    """Whether the browser's script asks, which swaps parts, and not the browser itself, which wants a page."""
    return request.headers.get("hx-request") == "true"


def text(template: str, **context: Any) -> str:
    """A template filled in."""
    return environment().get_template(template).render(context)


def page(
    request: Request, template: str, status: int = 200, headers: dict[str, str] | None = None, **context: Any
) -> HTMLResponse:
    """A whole page as the answer; `here` is the address to come back to after the language is switched."""
    here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return HTMLResponse(text(template, here=here, **context), status, headers=HTMX | (headers or {}))


def parts(template: str, status: int = 200, headers: dict[str, str] | None = None, **context: Any) -> HTMLResponse:
    """Only what changed, for the browser's script to swap in."""
    return HTMLResponse(text(template, **context), status, headers=HTMX | (headers or {}))
