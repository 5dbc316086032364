"""Landscapes and histograms over HTTP: what the address asks for stays there, and numbers are numbers for programs."""

import re

import httpx
import pytest

from tests.web.client import CHAIN, MAZUR, Api, problem

PERSON = {"accept": "text/html", "accept-language": "en"}
HTMX = PERSON | {"hx-request": "true"}
NET = {
    "kind": "layers",
    "inputs": 2,
    "layers": [{"kind": "dense", "units": 3, "activation": "tanh"}, {"kind": "dense", "units": 1}],
    "loss": "half_squared_error",
    "data": {"dataset": "xor", "samples": 30},
    "batch_size": 10,
}
TWO = "view=landscape&plane=parameters&across=W2%5B0%2C0%5D&up=W1%5B1%2C1%5D&closer=2"


@pytest.fixture
def id(api: Api) -> str:
    address = api.session(NET)
    api.post(f"{address}/step", json={"iterations": 5})
    return address.rpartition("/")[2]


def targets(answer: httpx.Response) -> list[str]:
    return re.findall(r'<hx-partial hx-target="([^"]*)"', answer.text)


def test_a_program_gets_the_grid_the_way_and_the_gradient(api: Api, id: str) -> None:
    answer = api.get(f"/api/sessions/{id}/views/landscape?across=W2[0,0]&up=W1[1,1]").json()
    assert len(answer["losses"]) == len(answer["up"]) and len(answer["losses"][0]) == len(answer["across"])
    assert answer["kind"] == "parameters" and answer["iterations"] == list(range(5))
    assert len(answer["path"]) == 5 and len(answer["descent"]) == 2 and answer["rows"] == 30
    assert "plot" not in answer


def test_before_the_batch_s_gradient_is_known_it_is_null(api: Api, id: str) -> None:
    assert api.get(f"/api/sessions/{id}/views/landscape").json()["batch_descent"] is None
    api.post(f"/api/sessions/{id}/backward")
    assert len(api.get(f"/api/sessions/{id}/views/landscape").json()["batch_descent"]) == 2


@pytest.mark.parametrize("words", ["plane=sphere", "closer=3", "directions=x", "across=W1&up=W2[0,0]"])
def test_words_that_mean_nothing_are_refused(api: Api, id: str, words: str) -> None:
    problem(api.get(f"/api/sessions/{id}/views/landscape?{words}"), 422)


def test_a_page_says_what_it_cannot_draw_and_leads_back(api: Api, id: str) -> None:
    page = api.get(f"/sessions/{id}?view=landscape&closer=3", headers=PERSON)
    assert page.status_code == 200 and "Show it as usual" in page.text
    assert f'href="/sessions/{id}?view=landscape"' in page.text


def test_every_address_and_form_of_the_page_keeps_the_words_of_the_view(api: Api, id: str) -> None:
    page = api.get(f"/sessions/{id}?{TWO}", headers=PERSON).text
    assert f'data-address="/sessions/{id}?{TWO.replace("&", "&amp;")}"' in page
    assert '<input type="hidden" name="across" value="W2[0,0]">' in page
    assert f'href="/sessions/{id}?view=check"' in page


def test_a_move_goes_back_to_the_same_picture(api: Api, id: str) -> None:
    fields = {"go": "iteration:1", "view": "landscape", "plane": "parameters", "across": "W2[0,0]", "up": "W1[1,1]"}
    answer = api.post(f"/sessions/{id}/move", data=fields | {"closer": "2"}, headers=PERSON, follow_redirects=False)
    assert answer.status_code == 303 and answer.headers["location"] == f"/sessions/{id}?{TWO}"


def test_a_move_exchanges_the_picture_in_its_place(api: Api, id: str) -> None:
    fields = {"go": "iteration:1", "view": "landscape", "drawn": "landscape", "version": "2"}
    answer = api.post(f"/sessions/{id}/move", data=fields, headers=HTMX)
    assert "#stage" in targets(answer) and "landscape-map" in answer.text


def test_an_expression_of_two_numbers_has_a_landscape_and_no_histograms(api: Api) -> None:
    id = api.session(CHAIN).rpartition("/")[2]
    page = api.get(f"/sessions/{id}?view=landscape", headers=PERSON).text
    assert "landscape-map" in page and "view=histograms" not in page


def test_histograms_count_what_is_exactly_zero_apart(api: Api, id: str) -> None:
    answer = api.get(f"/api/sessions/{id}/views/histograms").json()
    biases = next(one for one in answer["parameters"] if one["id"] == "b1")
    assert biases["weights"]["crowds"][0]["zeros"] == 3
    assert biases["weights"]["iterations"][0] == 0 and answer["iteration"] == 4


def test_an_initializer_is_chosen_by_a_form_and_leads_to_two_runs_beside_each_other(api: Api, id: str) -> None:
    page = api.get(f"/sessions/{id}?view=histograms&show=beginnings", headers=PERSON).text
    assert page.count('class="beginning"') == 6 and page.count('class="beginning own"') == 1
    form = re.search(
        rf'<form method="post" action="/sessions/{id}/branch">((?!</form>).)*value="he_normal">', page, re.DOTALL
    )
    assert form and 'name="change" value="initializer"' in page
    fields = {"initializer": "he_normal", "change": "initializer"}
    answer = api.post(f"/sessions/{id}/branch", data=fields, headers=PERSON, follow_redirects=False)
    assert answer.status_code == 303 and f"/compare/{id}/" in answer.headers["location"]


def test_given_weights_have_beginnings_too(api: Api) -> None:
    id = api.session(MAZUR).rpartition("/")[2]
    page = api.get(f"/sessions/{id}?view=histograms&show=beginnings", headers=PERSON).text
    assert page.count('class="beginning"') == 7
