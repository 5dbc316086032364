"""Every address of the pages, in one place; behind a proxy that serves them below a path, each begins with it."""

from collections.abc import Mapping
from contextvars import ContextVar
from functools import cache
from hashlib import sha256
from pathlib import Path
from urllib.parse import quote, urlencode

from starlette.types import Receive, Scope, Send

import app
from app.web.passage import Passage

_root: ContextVar[str] = ContextVar("root", default="")


class Rooted(Passage):
    """Notes for each request below which path a proxy serves the whole of this (`uvicorn --root-path`)."""

    async def let_through(self, scope: Scope, receive: Receive, send: Send) -> None:
        _root.set(scope.get("root_path", "").rstrip("/"))
        await self.app(scope, receive, send)


def at(path: str) -> str:
    """A path of the routes as a browser has to ask for it."""
    return _root.get() + path


def inside(path: str) -> str:
    """A path that came with a request, as the routes know it."""
    return path.removeprefix(_root.get())


def folder(name: str) -> Path:
    """A folder of files that go with the program: inside the package once installed, beside it before."""
    inside = Path(app.__file__).parent / name
    return inside if inside.is_dir() else inside.parent.parent / name


@cache
def digest(path: str) -> str:
    """What tells a file for the browser from its other versions."""
    file = folder("static") / path
    return sha256(file.read_bytes()).hexdigest()[:10] if file.is_file() else "missing"


def static(path: str) -> str:
    """A file for the browser, with a digest of its content so that it may be cached for good."""
    return at(f"/static/{path}?v={digest(path)}")


def home() -> str:
    """The first page."""
    return at("/")


def tour() -> str:
    """The guided tour."""
    return at("/tour")


def stop(name: str) -> str:
    """Where a stop of the tour is begun."""
    return at(f"/tour/{quote(name, safe='')}")


def ops() -> str:
    """The gallery of operations."""
    return at("/ops")


def expression(source: str | None = None) -> str:
    """The form for an expression, by itself, with a text in it."""
    return at("/expression" + (f"?{urlencode({'source': source})}" if source else ""))


def expression_check() -> str:
    """Where an expression is looked at while it is typed."""
    return at("/expression/check")


def build(dataset: str | None = None, source: str | None = None) -> str:
    """The form for a network, with a data set chosen, or for data from elsewhere; its buttons lead here as well."""
    given = urlencode({name: text for name, text in {"dataset": dataset, "source": source}.items() if text})
    return at("/build" + (f"?{given}" if given else ""))


def network_check() -> str:
    """Where a network is looked at while its form is filled in."""
    return at("/build/check")


def preset(name: str) -> str:
    """The page of one worked example."""
    return at(f"/presets/{quote(name, safe='')}")


def language() -> str:
    """Where the language is chosen."""
    return at("/language")


def sessions() -> str:
    """Where sessions are made."""
    return at("/sessions")


def session(
    id: str,
    node: str | None = None,
    index: str | None = None,
    view: str | None = None,
    sample: int | None = None,
    open: str | None = None,
    tour: str | None = None,
    options: Mapping[str, str] | None = None,
) -> str:
    """A session's workspace: the node and the number looked at, in which view, which row, and what is unfolded.

    `options` are further words that the view listens to.
    """
    query = {"node": node, "index": index, "view": view, "sample": sample, "open": open, "tour": tour}
    query |= options or {}
    given = urlencode({name: text for name, text in query.items() if text})
    return at(f"/sessions/{quote(id, safe='')}" + (f"?{given}" if given else ""))


def api_session(id: str) -> str:
    """A session for programs."""
    return at(f"/api/sessions/{quote(id, safe='')}")


def action(id: str, verb: str) -> str:
    """Where one thing is done to a session: `move`, `step`, `undo`, `edit` and the like."""
    return at(f"/sessions/{quote(id, safe='')}/{verb}")


def comparisons() -> str:
    """What the address of every comparison begins with."""
    return at("/compare/")


def comparison(one: str, other: str) -> str:
    """Two sessions beside each other."""
    return at(f"/compare/{quote(one, safe='')}/{quote(other, safe='')}")


def comparison_run(one: str, other: str) -> str:
    """Where both runs of a comparison are started."""
    return f"{comparison(one, other)}/run"


def export(id: str, format: str) -> str:
    """A session in another form: its network as JSON, NumPy or PyTorch code, its curves as CSV."""
    return at(f"/sessions/{quote(id, safe='')}/export/{format}")


def derivation(id: str, kind: str = "", digits: int | None = None, tour: str | None = None) -> str:
    """One iteration of a session as a document: the page, which leads back to a stop of the tour, or a file."""
    given = urlencode({name: text for name, text in {"digits": digits, "tour": tour}.items() if text})
    return at(
        f"/sessions/{quote(id, safe='')}/derivation" + (f".{kind}" if kind else "") + (f"?{given}" if given else "")
    )
