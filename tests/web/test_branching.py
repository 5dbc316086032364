"""Branching through the API and through the workspace's form."""

import re
from typing import Any

import pytest

from app.export.formats import FORMATS
from tests.web.client import CHAIN, MAZUR, Api, problem

PERSON = {"accept": "text/html", "accept-language": "en"}


def test_a_branch_is_a_new_session_that_names_its_parent(api: Api) -> None:
    parent = api.session(MAZUR)
    api.post(f"{parent}/step", {"iterations": 12})
    answer = api.post(f"{parent}/branch", {"iteration": 10, "optimizer": {"kind": "adam"}})
    made = answer.json()
    assert answer.status_code == 201 and answer.headers["location"] == f"/api/sessions/{made['id']}"
    assert made["branch"] == {
        "parent": parent.rpartition("/")[2],
        "iteration": 10,
        "change": {"optimizer": {"kind": "adam"}},
        "is_continued": True,
    }
    assert made["losses"] == api.get(parent).json()["losses"][:10]
    assert api.get(parent).json()["branch"] is None


def test_who_has_a_copy_of_a_branch_is_not_given_the_session_that_it_left(api: Api) -> None:
    """An id is the right to change a session: only the branch itself, for who made it, leads back."""
    parent = api.session(MAZUR)
    branch = api.post(f"{parent}/branch", {"learning_rate": 0.3}).headers["location"]
    copy = api.post(f"{branch}/fork")
    secret, known = parent.rpartition("/")[2], copy.json()["id"]
    assert copy.json()["branch"] == {**api.get(branch).json()["branch"], "parent": None}
    again = api.post(f"{copy.headers['location']}/fork").headers["location"]
    assert secret not in api.get(again).text
    told = {path for path in reads(api, known) if secret in said(api, path)}
    assert told == set()


def test_nothing_that_is_taken_out_of_a_branch_names_the_session_that_it_left(api: Api) -> None:
    parent = api.session(MAZUR)
    branch = api.post(f"{parent}/branch", {"learning_rate": 0.3}).json()["id"]
    told = {path for path in reads(api, branch) if parent.rpartition("/")[2] in said(api, path)}
    assert told == {f"/sessions/{branch}", f"/api/sessions/{branch}"}


def test_two_copies_of_branches_are_not_taken_for_branches_of_one_session(api: Api) -> None:
    branches = [api.post(f"{api.session(MAZUR)}/branch", {"learning_rate": rate}).json()["id"] for rate in (1, 2)]
    copies = [api.post(f"/api/sessions/{branch}/fork").json()["id"] for branch in branches]
    compared = api.get(f"/api/compare/{copies[0]}/{copies[1]}").json()
    assert compared["parting"] is None and not any("same" in sentence for sentence in compared["sentences"])


def reads(api: Api, id: str) -> set[str]:
    """Every address that shows something of a session."""
    routes = [route for part in api.app.routes for route in getattr(part, "original_router", api.app.router).routes]
    known = {"id": id, "one": id, "other": id, "node": "W1", "kind": "md", "view": "layers", "section": "update"}
    paths = {route.path for route in routes if "GET" in (getattr(route, "methods", None) or ())}
    about = {path for path in paths if "{id}" in path or "{one}" in path}
    return {path.format_map(known | {"format": name}) for path in about for name in FORMATS}


def said(api: Api, path: str) -> str:
    """All of an answer: its headers and its text."""
    answer = api.get(path, params={"open": "branch"}, headers=PERSON)
    return f"{answer.headers} {answer.text}"


def test_the_title_of_a_branch_is_said_in_the_readers_language(api: Api) -> None:
    made = api.post(f"{api.session(MAZUR)}/branch", {"activation": "tanh"}).headers["location"]
    english, chinese = (
        api.get(made, headers={"accept-language": language}).json()["title"] for language in ("en", "zh")
    )
    assert english.endswith(" · tanh") and chinese != english


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, ""),
        ({"learning_rate": 0.3, "seed": 4}, ""),
        ({"iteration": -1, "learning_rate": 0.3}, "/iteration"),
        ({"iteration": 1.5, "learning_rate": 0.3}, "/iteration"),
        ({"iteration": 10**12, "learning_rate": 0.3}, None),
        ({"learning_rate": "fast"}, "/learning_rate"),
        ({"learning_rate": -0.1}, "/learning_rate"),
        ({"optimizer": "adam"}, "/optimizer"),
        ({"optimizer": {"kind": "eve"}}, "/optimizer/kind"),
        ({"activation": "step"}, "/activation"),
        ({"activation": "relu", "layer": 9}, "/layer"),
        ({"seed": 4, "layer": 1}, "/layer"),
        ({"initializer": 3}, "/initializer"),
        ({"batch": 3}, "/batch"),
    ],
)
def test_a_bad_branch_is_refused_where_it_is_wrong(api: Api, body: dict[str, Any], pointer: str | None) -> None:
    said = problem(api.post(f"{api.session(MAZUR)}/branch", body), 422)
    assert said.get("pointer") == pointer


def test_a_branch_from_an_old_version_or_of_no_session_is_refused(api: Api) -> None:
    assert problem(api.post(f"{api.session(MAZUR)}/branch", {"seed": 3, "version": 7}), 409)["pointer"] == "/version"
    problem(api.post("/api/sessions/nothing/branch", {"seed": 3}), 404)


@pytest.mark.parametrize(
    "fields",
    [
        {"change": "optimizer", "optimizer": "adam", "rate": "0.02"},
        {"change": "optimizer", "optimizer": "rmsprop", "rate": ""},
        {"change": "learning_rate", "learning_rate": "0.125"},
        {"change": "activation", "activation": "relu", "layer": ""},
        {"change": "activation", "activation": "relu", "layer": "1"},
        {"change": "initializer", "initializer": "zeros"},
        {"change": "seed", "seed": "5"},
    ],
)
def test_the_form_leads_to_both_runs_beside_each_other(api: Api, fields: dict[str, str]) -> None:
    id = api.session(MAZUR).rpartition("/")[2]
    answer = api.post(f"/sessions/{id}/branch", data=fields | {"from": "0"}, headers=PERSON)
    assert answer.status_code == 303 and re.fullmatch(rf"/compare/{id}/[\w-]+", answer.headers["location"])


def test_a_form_that_cannot_be_followed_is_answered_with_the_page_and_the_reason(api: Api) -> None:
    id = api.session(MAZUR).rpartition("/")[2]
    for fields in ({}, {"change": "learning_rate", "learning_rate": "x"}, {"change": "seed", "seed": "1", "from": "a"}):
        answer = api.post(f"/sessions/{id}/branch", data=fields, headers=PERSON)
        assert answer.status_code == 422 and "notice" in answer.text


def test_the_form_offers_what_the_session_can_change(api: Api) -> None:
    pages = {}
    for name, spec in (("net", MAZUR), ("expression", CHAIN)):
        id = api.session(spec).rpartition("/")[2]
        assert 'name="change"' not in api.get(f"/sessions/{id}", headers=PERSON).text
        page = api.get(f"/sessions/{id}?open=branch", headers=PERSON).text
        pages[name] = re.findall(r'name="change" value="(\w+)"', page)
    assert pages["net"] == ["optimizer", "learning_rate", "activation", "initializer", "seed"]
    assert pages["expression"] == ["optimizer", "learning_rate"]
