"""A reader who asks for everything that there is of a session: the addresses are taken from the application itself."""

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from random import Random
from typing import Any

import httpx
from fastapi import FastAPI

from app.engine.optim import OPTIMIZERS
from app.engine.schedule import SCHEDULES
from app.export.formats import FORMATS
from app.nn.presets import PRESETS
from app.nn.supply.datasets import DATASETS
from app.pages.tour.stops import STOPS
from app.views.catalog import SECTIONS, VIEWS, Option
from app.web.derivation import FORMATS as DOCUMENTS
from tests.odd.specs import BROKEN_OUT, ENDS

MOST_BYTES = 4_000_000
"""What an answer about these small sessions may have at most."""
LANGUAGES = ("en", "zh-CN")
KINDS = ("view", "section", "format", "kind")
"""Parts of an address of which each choice counts as an address of its own."""
PLACED = re.compile(
    r'<[^<>]*\s(?:d|points|x|y|[xy][12]|c[xy]|r|r[xy]|dx|dy|offset|width|height|viewBox|transform)="'
    r"[^\"<>]*(?:nan|inf)[^\"<>]*\"|<[^<>]*\sstyle=\"[^\"<>]*(?<![a-z-])(?:nan|inf|infinity)(?![a-z])[^\"<>]*\"",
    re.IGNORECASE,
)
"""A place or a size in a picture that is no number."""

Query = dict[str, str]


class Reader:
    """Asks by chance, but for each address of the application in turn."""

    def __init__(self, app: FastAPI, random: Random) -> None:
        self.random = random
        self.counts: Counter[tuple[str, ...]] = Counter()
        self.paths = sorted({route.path for route in routes_of(app) if "GET" in getattr(route, "methods", ())})
        self.words = {
            route.path: [word.alias for word in route.dependant.query_params]
            for route in routes_of(app)
            if hasattr(route, "dependant")
        }

    def addresses(self, session: Mapping[str, Any], other: str) -> Iterator[tuple[str, Query]]:
        """Every address of a session, each view and section in it, and every node in each view: first those that were
        asked for least often until now.
        """
        found = []
        for path in self.paths:
            for filled, parts in self.filled(path, session, other):
                name = (path, *(parts[kind] for kind in KINDS if kind in parts))
                found.append((name, filled, self.asked(path, parts, session)))
        for view in VIEWS.values():
            for node in session["nodes"]:
                words = {"view": view.name, "open": ",".join(("layer", *SECTIONS)), **self.place(node)}
                words |= self.options(view.options)
                found.append((("/sessions/{id}", view.name), f"/sessions/{session['id']}", words))
        self.counts.update({name: 0 for name, *_ in found})
        self.random.shuffle(found)
        for name, *asked in sorted(found, key=lambda one: self.counts[one[0]]):
            self.counts[name] += 1
            yield tuple(asked)

    def filled(self, path: str, session: Mapping[str, Any], other: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """An address with every choice that there is for each of its parts. A part that is new must be told here."""
        choices = {
            "id": [session["id"]],
            "one": [session["id"]],
            "other": [other],
            "node": [self.random.choice(session["nodes"])],
            "view": list(VIEWS),
            "section": list(SECTIONS),
            "format": list(FORMATS),
            "kind": list(DOCUMENTS),
            "name": [self.random.choice(list(STOPS if path.startswith("/tour") else PRESETS))],
        }
        waiting = [(path, {})]
        for name in re.findall(r"{(\w+)}", path):
            waiting = [
                (text.replace(f"{{{name}}}", choice["id"] if name == "node" else choice), {**parts, name: choice})
                for text, parts in waiting
                for choice in choices[name]
            ]
        yield from waiting

    def asked(self, path: str, parts: Mapping[str, Any], session: Mapping[str, Any]) -> Query:
        """The words behind an address. A word that is new must be told here."""
        random, node = self.random, parts.get("node") or self.random.choice(session["nodes"])
        choices = self.place(node) | {
            "view": random.choice(list(VIEWS)),
            "open": random.choice(("", "layer1,layer2", ",".join(SECTIONS))),
            "sample": random.choice(("0", "2", "999999999")),
            "digits": random.choice(("2", "6", "17")),
            "source": session["spec"].get("source", "a = 5e-324\nb = abs(a)"),
            "dataset": random.choice(list(DATASETS)),
            "tour": random.choice(("", *STOPS)),
            "values": random.choice(("none", "")),
            "kind": random.choice(list(OPTIMIZERS)),
            "schedule": random.choice(("", *SCHEDULES)),
            "version": str(session["version"]),
            "drawn": "",
            "ahead": "",
        }
        found = {word: choices[word] for word in self.words.get(path, ())}
        section = parts.get("section", "nudge" if path.endswith("/nudge") else "")
        for row in filter(None, (VIEWS.get(parts.get("view", "")), SECTIONS.get(section))):
            found |= self.options(row.options)
        return {word: value for word, value in found.items() if value or word == "index"}

    def options(self, options: tuple[Option, ...]) -> Query:
        """Some of the words that a view or a section listens to."""
        return {option.name: self.option(option.schema) for option in options if self.random.random() < 0.5}

    def option(self, schema: Mapping[str, Any]) -> str:
        """A word that a schema allows."""
        if known := schema.get("enum") or schema.get("examples"):
            return str(self.random.choice(known))
        return str(self.random.choice(ENDS)) if schema["type"] == "number" else self.random.choice(("0", "3", "999999"))

    def place(self, node: Mapping[str, Any]) -> Query:
        """A node, and one number of it."""
        return {"node": node["id"], "index": ",".join(str(self.random.randrange(size)) for size in node["shape"])}


def routes_of(app: FastAPI) -> Iterator[Any]:
    """Every route, those of routers too."""
    for route in app.routes:
        yield from getattr(getattr(route, "original_router", None), "routes", [route])


def flaw_of(answer: httpx.Response) -> str:
    """What is wrong with an answer; an empty text if nothing is."""
    kind, text = answer.headers.get("content-type", ""), answer.text
    if answer.status_code >= 500:
        return f"{answer.status_code}"
    if len(answer.content) > MOST_BYTES:
        return f"{len(answer.content)} bytes"
    if "json" in kind:
        return flaw_of_json(text)
    if kind.startswith("text/html"):
        return flaw_of_page(text)
    return flaw_of_code(text) if kind.startswith("text/x-python") else ""


def flaw_of_json(text: str) -> str:
    """What is wrong with a text that says it is JSON."""
    try:
        json.loads(text, parse_constant=refuse)
    except ValueError as error:
        return f"no JSON: {error}"
    return ""


def flaw_of_code(text: str) -> str:
    """What is wrong with an exported program, without running it."""
    try:
        compile(text, "exported", "exec")
    except SyntaxError as error:
        return f"no Python: {error}"
    return ""


def refuse(name: str) -> None:
    raise ValueError(name)


def flaw_of_page(text: str) -> str:
    """What is wrong with a page, or with a part of one."""
    if found := PLACED.search(text):
        return f"no place in a picture: {found[0][:200]}"
    return next((f"not escaped: {part}" for part in BROKEN_OUT if part in text), "")
