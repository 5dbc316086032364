"""The reader's language: which one it is, and every sentence of ours in it.

Catalogs are the `.po` files under `app/locales`, read once at start-up; another language is another file there. English
is the language of the catalog's keys and needs none.
"""

import gettext as catalogs
import re
from collections.abc import Callable, Iterable
from contextvars import ContextVar
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

from babel import Locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import Message, Receive, Scope, Send

from app.errors import N_, ChainruleError, Phrase, is_listing, visible
from app.web.passage import Passage

LOCALES = Path(__file__).parent.parent / "locales"
DOMAIN = "chainrule"
DEFAULT = "en"
COOKIE = "language"
MOST_ACCEPTED = 1_000
"""Characters of an `Accept-Language` header that are read."""
VARY = "Accept-Language, Cookie"

_language: ContextVar[str] = ContextVar("language", default=DEFAULT)


@cache
def languages() -> tuple[str, ...]:
    """The languages there are, English first."""
    return (DEFAULT, *sorted(path.parent.parent.name for path in LOCALES.glob(f"*/LC_MESSAGES/{DOMAIN}.po")))


@cache
def catalog(language: str) -> catalogs.NullTranslations:
    """The translations into one language, with its plural forms."""
    if language not in languages()[1:]:
        return catalogs.NullTranslations()
    with (LOCALES / language / "LC_MESSAGES" / f"{DOMAIN}.po").open("rb") as file:
        messages = read_po(file, locale=language, domain=DOMAIN)
    compiled = BytesIO()
    write_mo(compiled, messages)
    compiled.seek(0)
    return catalogs.GNUTranslations(compiled)


@cache
def own_name(language: str) -> str:
    """What a language calls itself, for the switch."""
    return str(Locale.parse(language).languages.get(language, language))


def current() -> str:
    """The language of the request being answered."""
    return _language.get()


def tag(language: str | None = None) -> str:
    """A language as HTML and HTTP write it: `zh-Hans`."""
    return (language or current()).replace("_", "-")


def speak(language: str) -> None:
    """Answer in this language from here on, in this request."""
    _language.set(language)


def gettext(text: str) -> str:
    """A text in the reader's language."""
    return catalog(current()).gettext(str(text)) if text else ""


def title(text: str) -> str:
    """A session's title in the reader's language; that of a branch is its parent's and what was changed."""
    said = gettext(text)
    return said if said != text else " · ".join(map(gettext, text.split(" · ")))


def ngettext(one: str, many: str, number: int) -> str:
    """The form of a text that goes with a number, in the reader's language."""
    return catalog(current()).ngettext(str(one), str(many), number)


def translate(template: str, /, **fields: Any) -> str:
    """A template in the reader's language, filled in; fields that are words of ours are translated as well."""
    return gettext(template).format(**{name: _spoken(field) for name, field in fields.items()})


def detail(error: ChainruleError) -> str:
    """What an error says, in the reader's language."""
    return translate(error.template, **error.fields)


def _spoken(field: Any) -> Any:
    if isinstance(field, str):
        return gettext(field) if isinstance(field, Phrase) else visible(field)
    return gettext(N_(", ")).join(map(_spoken, field)) if is_listing(field) else field


def choose(cookie: str | None, accept: str | None) -> str:
    """The language to answer in: the one chosen before, else the best that the browser accepts, else English."""
    if cookie in languages():
        return cookie
    return next(filter(None, map(_offered, _preferences((accept or "")[:MOST_ACCEPTED]))), DEFAULT)


def _offered(wanted: str) -> str | None:
    """The language of ours that serves a tag: Chinese of any script or region is served by our Chinese."""
    if wanted == "*":
        return DEFAULT
    exact = wanted.replace("-", "_").lower()
    base = exact.split("_")[0]
    by_closeness = sorted(languages(), key=lambda language: language.lower() != exact)
    return next((language for language in by_closeness if language.lower().split("_")[0] == base), None)


def _preferences(accept: str) -> Iterable[str]:
    """The tags of an `Accept-Language` header, best first."""
    weighed = []
    for part in accept.split(","):
        name, _, parameters = part.partition(";")
        weight = re.fullmatch(r"\s*q\s*=\s*([01](?:\.\d{0,3})?)\s*", parameters)
        quality = float(weight[1]) if weight else 0.0 if parameters.strip() else 1.0
        if name.strip() and quality > 0:
            weighed.append((quality, name.strip()))
    return [name for _, name in sorted(weighed, key=lambda pair: -pair[0])]


def cookie_of(header: str) -> str | None:
    """The chosen language in a `Cookie` header, if it holds one; other cookies may be as malformed as they like."""
    pairs = (part.strip().partition("=") for part in header.split(";"))
    return next((value.strip('"') for name, _, value in pairs if name == COOKIE), None)


class Language(Passage):
    """Settles the language of each request before it is answered, and says in the answer what it depends on."""

    async def let_through(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope)
        speak(choose(cookie_of(headers.get("cookie", "")), headers.get("accept-language")))
        await self.app(scope, receive, _labelled(send))


def _labelled(send: Send) -> Callable:
    async def labelled(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(raw=message.setdefault("headers", []))
            if not headers.get("content-type", "").startswith(("text/css", "text/javascript", "image/", "font/")):
                headers.setdefault("content-language", tag())
                headers.add_vary_header(VARY)
        await send(message)

    return labelled
