"""The guided tour's pages: a list of stops, and for each a session of the reader's own that keeps its note."""

import re

import pytest

from app.pages.tour.stops import STOPS
from tests.web.client import Api

PERSON = {"accept": "text/html", "accept-language": "en"}


def begun(api: Api, name: str) -> str:
    answer = api.post(f"/tour/{name}", data={}, headers=PERSON)
    assert answer.status_code == 303
    return answer.headers["location"]


def test_the_list_has_a_way_to_begin_every_stop(api: Api) -> None:
    page = api.get("/tour", headers=PERSON).text
    assert re.findall(r'action="/tour/([\w-]+)"', page) == list(STOPS)


@pytest.mark.parametrize("name", STOPS)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_stop_opens_as_a_session_with_its_note(api: Api, name: str, language: str) -> None:
    page = api.get(begun(api, name), headers=PERSON | {"accept-language": language})
    assert page.status_code == 200
    assert 'class="tour-note"' in page.text and "{" not in page.text.partition("</aside>")[0].partition("tour-note")[2]


def test_the_figures_of_a_stop_stand_beside_its_own_session_only(api: Api) -> None:
    mazur = api.session().rpartition("/")[2]
    assert 'class="tour-note"' not in api.get(f"/sessions/{mazur}?tour=loop", headers=PERSON).text
    assert "that the session begins with" in api.get(begun(api, "loop"), headers=PERSON).text


def test_every_stop_is_a_session_of_its_own(api: Api) -> None:
    assert begun(api, "loop") != begun(api, "loop")


def test_the_note_stays_through_moves_without_a_script(api: Api) -> None:
    address = begun(api, "forward")
    form = re.search(r'<form class="moves".*?</form>', api.get(address, headers=PERSON).text, re.DOTALL)
    fields = dict(re.findall(r'<input type="hidden"[^>]*? name="([^"]*)" value="([^"]*)"', form[0]))
    answer = api.post(address.partition("?")[0] + "/move", data=fields | {"go": "op:1"}, headers=PERSON)
    assert "tour=forward" in answer.headers["location"]


@pytest.mark.parametrize("name", ["fork", "layers", "training"])
@pytest.mark.parametrize("view", ["graph", "layers", "net", "table", "check"])
def test_every_link_to_another_number_keeps_the_note(api: Api, name: str, view: str) -> None:
    address = begun(api, name)
    session, kept = address.partition("?")[0], f"tour={name}"
    page = api.get(session, params={"view": view, "tour": name}, headers=PERSON).text
    links = re.findall(rf'(?:href|hx-get)="({session}\?[^"]*)"', page)
    assert links and [link for link in links if kept not in link] == []
    forms = re.findall(rf'<form[^>]*action="{session}(?:/\w+)?".*?</form>', page, re.DOTALL)
    lone = [form for form in forms if f'name="tour" value="{name}"' not in form]
    assert [form for form in lone if not re.search(r'action="[^"]*/(?:fork|delete)"', form)] == []


def test_the_derivation_leads_back_to_the_stop(api: Api) -> None:
    page = api.get(begun(api, "update"), headers=PERSON).text
    document = api.get(re.search(r'href="(/sessions/[^"]*/derivation[^"]*)"', page)[1], headers=PERSON).text
    assert re.search(r'<a class="back-to" href="[^"]*tour=update"', document)
    assert '<input type="hidden" name="tour" value="update">' in document


def test_an_unknown_stop_is_refused_with_the_nearest(api: Api) -> None:
    answer = api.post("/tour/chain", data={}, headers=PERSON)
    assert answer.status_code == 404 and "chain-rule" in answer.text


def test_following_a_link_to_a_stop_begins_nothing(api: Api) -> None:
    assert api.get("/tour/fork", headers=PERSON).headers["location"] == "/tour#fork"
