"""Texts where numbers go, and numbers of any size: in every form, every word of an address, every place of a spec."""

import copy
import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from app.main import create_app
from app.settings import Settings
from app.views.catalog import SECTIONS, VIEWS
from app.web import api as programs
from app.web import comparison, derivation, export, home, pages, runs_api, tour
from tests.web.client import CHAIN, MAZUR, Api
from tests.web.page_forms import forms_of

LONG = "0" * 12 + "9" * 5000
TEXTS = (LONG, "²", "1e400")
MORE_TEXTS = (*TEXTS, "٣", "\u202e1", "[" * 3000, "0,0,0", "{0}%s", "\0")
BEYOND = "1" + "0" * 4000
HERE = "here something else goes"
VALUES = (
    *(BEYOND, "-" + BEYOND, "1" + "0" * 308, "1e308", "5e-324", str(2**63), "-1", "0.5", "null", "true"),
    *("[]", "{}", "[[]]", json.dumps("9" * 5000), '"²"', '"\\u202e"', '"NaN"'),
)
"""As JSON writes them, since Python writes no integer of thousands of digits."""
HTML = {"accept": "text/html"}
LONGEST_DETAIL = 700
NET: dict[str, Any] = {
    "kind": "layers",
    "inputs": 2,
    "layers": [{"kind": "dense", "units": 2, "activation": "relu", "bias": True}, {"units": 2}],
    "loss": "cross_entropy",
    "data": {
        "dataset": "moons",
        "samples": 20,
        "test_fraction": 0.3,
        "noise": 0.1,
        "seed": 1,
        "features": ["x1", "x2"],
    },
    "optimizer": {"kind": "adam", "learning_rate": 0.1, "schedule": {"kind": "step", "step_size": 3, "gamma": 0.5}},
    "seed": 1,
    "batch_size": 3,
    "initializer": "normal",
    "frozen": ["b1"],
    "l2": 0.1,
}
ROWS: dict[str, Any] = {
    "kind": "layers",
    "inputs": 2,
    "layers": [{"units": 1}],
    "data": {"x": [[1, 2], [2, 3]], "y": [[1], [2]]},
    "parameters": {"W1": [[1, 2]]},
}
TABLE: dict[str, Any] = {
    "kind": "layers",
    "inputs": 2,
    "layers": [{"units": 1}],
    "loss": "mean_squared_error",
    "data": {"csv": "a,b,c\n1,2,3\n2,3,4\n5,6,8", "target": "c", "inputs": ["a", "b"], "task": "regression"},
}


def hold(answer: httpx.Response, *where: object) -> None:
    """Nothing unforeseen went wrong, and what is said of what came is no longer than a person reads."""
    assert answer.status_code < 500, where
    if answer.headers.get("content-type") == "application/problem+json":
        assert len(answer.json()["detail"]) < LONGEST_DETAIL, where


# -- forms ------------------------------------------------------------------------------------------------------------


def built(api: Api, **fields: str) -> str:
    """The page to build a network, with other data than those it begins with."""
    page = api.get("/build", headers=HTML).text
    form = next(form for form in forms_of(page) if "/data/from" in form.fields)
    return api.post("/build", data={**form.fields, **fields}, headers=HTML).text if fields else page


def page_of(api: Api, name: str) -> str:
    """A page with forms, by a name of ours."""
    csv = {"/data/from": "csv", "/data/csv": "a,b,c\n1,2,3\n2,3,x\n4,5,x\n"}
    rows = {"/data/from": "rows", "/data/rows": "1 2 3\n3 4 5"}
    made = {"data set": {}, "table": csv, "rows": rows}
    if name in made:
        return built(api, **made[name])
    if name == "home":
        return api.get("/", headers=HTML).text
    if name == "comparison":
        one, other = (api.session(NET).rpartition("/")[2] for _ in range(2))
        return api.get(f"/compare/{one}/{other}", headers=HTML).text
    return api.get(api.session(NET).removeprefix("/api"), params={"view": name, "node": "W1"}, headers=HTML).text


@pytest.mark.parametrize("name", ["home", "data set", "table", "rows", "train", "comparison"])
def test_no_field_of_a_form_takes_a_text_amiss(api, name):
    sent = set()
    for form in forms_of(page_of(api, name)):
        names = dict.fromkeys([*form.fields, *(button for button, _ in form.buttons)])
        what = (form.action.rpartition("/")[2], *sorted(names))
        if what in sent or form.action.endswith("/delete"):
            continue
        sent.add(what)
        for field in names:
            for text in TEXTS:
                fields = {key: value for key, value in form.fields.items() if key != "version"} | {field: text}
                if form.method == "post":
                    hold(api.post(form.action, data=fields, headers=HTML), form.action, field, text[:20])
                else:
                    hold(api.get(form.action, params=fields, headers=HTML), form.action, field, text[:20])
    assert sent


# -- addresses --------------------------------------------------------------------------------------------------------


def asked(id: str) -> Iterator[tuple[str, dict[str, str], str]]:
    """Every address of a session that takes words, the words it has besides, and the word to be said."""
    filled = {"id": id, "one": id, "other": id, "node": "W1", "kind": "tex", "format": "numpy", "name": "mazur"}
    filled |= {"view": "train", "section": "update"}
    for module in (programs, comparison, derivation, export, home, pages, runs_api, tour):
        for route in module.router.routes:
            if "GET" in route.methods and not route.path.endswith("/events"):
                path = route.path.format(**filled)
                yield from ((path, {"node": "W1", "kind": "sgd"}, one.alias) for one in route.dependant.query_params)
    page, call = f"/sessions/{id}", f"/api/sessions/{id}"
    for view in VIEWS.values():
        for option in view.options:
            given = {"node": "W1", "view": view.name, "plane": "parameters", "across": "W1[0,0]", "up": "W1[0,1]"}
            yield page, given, option.name
            yield f"{call}/views/{view.name}", given, option.name
    for section in SECTIONS.values():
        yield from ((f"{call}/nodes/W1/{section.name}", {"index": "0,0"}, option.name) for option in section.options)


def test_no_word_of_an_address_is_taken_amiss(api):
    address = api.session(NET)
    api.post(f"{address}/step", {"iterations": 2})
    words = [*asked(address.rpartition("/")[2])]
    assert len(words) > 40
    for path, given, name in words:
        for text in MORE_TEXTS:
            hold(api.get(path, params={**given, name: text}, headers=HTML), path, name, text[:20])


def test_no_part_of_a_path_is_taken_amiss(api):
    address = api.session(MAZUR)
    page = address.removeprefix("/api")
    for text in MORE_TEXTS:
        part = quote(text, safe="")
        for path in (
            *(f"{address}/nodes/{part}", f"{address}/nodes/W1/{part}", f"{address}/views/{part}"),
            *(f"{address}/export/{part}", f"{page}/derivation.{part}", f"/presets/{part}", f"/api/sessions/{part}"),
            *(f"/sessions/{part}", f"/compare/{part}/{part}", f"/tour/{part}", f"/{part}"),
        ):
            hold(api.get(path), path[:80])


@pytest.mark.parametrize("name", ["content-length", "accept-language", "cookie", "accept", "content-type", "host"])
@pytest.mark.parametrize("value", [b"\xb2", LONG.encode(), b"\xd9\xa3", b"zh;q=" + b"9" * 5000, b"language=\xb2", b""])
def test_no_header_is_taken_amiss(api, name, value):
    hold(api.request("POST", "/api/sessions", content=b"{}", headers=[(name.encode(), value)]), name, value[:20])


# -- documents --------------------------------------------------------------------------------------------------------


def places(document: Any, place: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in a document, of lists the first two."""
    yield place
    for key, inner in pairs_of(document):
        yield from places(inner, (*place, key))


def pairs_of(document: Any) -> list[tuple[Any, Any]]:
    """What a document has directly in it, of a list the first two."""
    if isinstance(document, dict):
        return [*document.items()]
    return [*enumerate(document[:2])] if isinstance(document, list) else []


def put(document: Any, place: tuple[Any, ...], value: Any) -> Any:
    """The document with something else at a place."""
    if not place:
        return value
    made = copy.deepcopy(document)
    at = made
    for key in place[:-1]:
        at = at[key]
    at[place[-1]] = value
    return made


def hold_each(api: Api, method: str, path: str, document: Any) -> None:
    """Something else at each place of a document; a session that is made of it can be run and read."""
    for place in places(document):
        for value in VALUES:
            body = json.dumps(put(document, place, HERE)).replace(json.dumps(HERE), value)
            answer = api.request(method, path, content=body, headers={"content-type": "application/json"})
            hold(answer, path, place, value[:20])
            if answer.status_code == 201:
                made = answer.headers["location"]
                hold(api.post(f"{made}/step"), place, value[:20])
                hold(api.get(made.removeprefix("/api"), headers=HTML), place, value[:20])


@pytest.mark.parametrize("spec", [MAZUR, CHAIN, NET, ROWS, TABLE], ids=["preset", "expression", "net", "rows", "table"])
def test_no_place_of_a_spec_is_taken_amiss(api, spec):
    hold_each(api, "POST", "/api/sessions", spec)


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/step", {"iterations": 1, "version": 0}),
        ("POST", "/move", {"by": "op", "count": 1}),
        ("POST", "/move", {"iteration": 1, "position": 1}),
        ("POST", "/check", {"version": 0}),
        ("POST", "/run", {"iterations": 3, "epochs": 2, "loss_below": 0.1, "per_second": 5}),
        ("POST", "/branch", {"iteration": 0, "learning_rate": 0.1}),
        ("POST", "/branch", {"activation": "tanh", "layer": 1}),
        ("POST", "/branch", {"seed": 1}),
        ("PATCH", "/nodes/W1", {"index": [0, 0], "value": 0.5}),
        ("PATCH", "/nodes/b2", {"value": [0.5, 0.5]}),
        ("PATCH", "/optimizer", {"kind": "adam", "learning_rate": 0.1, "schedule": {"kind": "cosine", "t_max": 10}}),
    ],
)
def test_no_place_of_a_call_is_taken_amiss(api, method, path, body):
    hold_each(api, method, api.session(NET) + path, body)


def test_every_whole_number_that_a_program_may_say_has_a_bound(tmp_path):
    said = create_app(Settings(store=f"sqlite:///{(tmp_path / 'sessions.db').as_posix()}")).openapi()
    operations = [operation for path in said["paths"].values() for operation in path.values()]
    asked = [[operation.get("parameters"), operation.get("requestBody")] for operation in operations]
    schemas: dict[str, Any] = {}
    while found := {*re.findall(r"#/components/schemas/([\w.-]+)", json.dumps([asked, schemas]))} - {*schemas}:
        schemas |= {name: said["components"]["schemas"][name] for name in found}
    assert len(schemas) > 20
    assert not [*unbounded([asked, schemas])]


def unbounded(schema: Any, place: str = "") -> Iterator[str]:
    """Where a whole number without a largest one is described."""
    if isinstance(schema, dict) and schema.get("type") == "integer" and "maximum" not in schema:
        yield place
    pairs = schema.items() if isinstance(schema, dict) else enumerate(schema) if isinstance(schema, list) else ()
    for key, inner in pairs:
        yield from unbounded(inner, f"{place}/{key}")
