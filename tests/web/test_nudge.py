"""Second opinions over HTTP: the nudge and the check, as a page, as parts of one, and as JSON."""

import math
import re
from typing import Any

import httpx
import pytest

from tests.web.client import CHAIN, MAZUR, Api, problem

PERSON = {"accept": "text/html", "accept-language": "en"}
HTMX = PERSON | {"hx-request": "true"}
NUDGED = "node=W2&index=0,0&open=nudge"


@pytest.fixture
def id(api: Api) -> str:
    """Mazur's network at the end of its first backward pass."""
    address = api.session(MAZUR)
    api.post(f"{address}/backward")
    return address.rpartition("/")[2]


def targets(answer: httpx.Response) -> list[str]:
    return re.findall(r'<hx-partial hx-target="([^"]*)"', answer.text)


def words(answer: httpx.Response) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", answer.text))


def test_a_nudge_is_answered_with_its_numbers_in_full(api: Api, id: str) -> None:
    answer = api.get(f"/api/sessions/{id}/nodes/W2/nudge?index=0,0&by=0.1").json()
    step = answer["steps"][0]
    assert (answer["value"], answer["by"], answer["zoom"], answer["reach"]) == (0.4, 0.1, 1.0, 1.0)
    assert step["predicted"] == answer["gradient"] * 0.1
    assert (
        math.isclose(step["true"], step["loss"] - answer["loss"]) and step["error"] == step["true"] - step["predicted"]
    )
    assert len(answer["curve"]["numbers"]) == len(answer["curve"]["losses"]) == 61


def test_a_nudge_adds_no_version_and_changes_nothing(api: Api, id: str) -> None:
    before = api.get(f"/api/sessions/{id}").json()
    api.get(f"/api/sessions/{id}/nodes/W2/nudge?index=0,0&by=0.1")
    api.get(f"/sessions/{id}/nudge?node=W2&index=0,0&by=-0.4&version=2", headers=HTMX)
    assert api.get(f"/api/sessions/{id}").json() == before


def test_what_is_not_computed_yet_is_null(api: Api) -> None:
    address = api.session(MAZUR)
    answer = api.get(f"{address}/nodes/z1/nudge?index=0,0").json()
    assert (answer["value"], answer["gradient"], answer["loss"], answer["curve"]) == (None, None, None, None)
    api.post(f"{address}/forward")
    answer = api.get(f"{address}/nodes/z1/nudge?index=0,0").json()
    assert answer["gradient"] is None and answer["steps"][0]["predicted"] is None
    assert isinstance(answer["steps"][0]["true"], float)


@pytest.mark.parametrize("query", ["by=x", "by=NaN", "by=1e999", "zoom=3", "zoom=", "index=9,9", "index=0"])
def test_a_nudge_that_makes_no_sense_is_refused(api: Api, id: str, query: str) -> None:
    answer = api.get(f"/api/sessions/{id}/nodes/W2/nudge?{'' if 'index' in query else 'index=0,0&'}{query}")
    assert answer.status_code == 200 if query == "zoom=" else problem(answer, 422)


def test_the_description_of_the_api_names_what_a_nudge_listens_to(api: Api) -> None:
    paths = api.get("/openapi.json").json()["paths"]
    named = paths["/api/sessions/{id}/nodes/{node}/{section}"]["get"]["parameters"]
    assert {"id", "node", "section", "index", "by", "zoom"} <= {one["name"] for one in named}


def test_the_page_shows_the_nudge_that_its_address_names(api: Api, id: str) -> None:
    page = api.get(f"/sessions/{id}?{NUDGED}&by=-0.25&zoom=0.1", headers=PERSON)
    assert 'value="-0.25"' in page.text and "−0.0205418" in words(page)
    assert re.search(r'type="range"[^>]* min="-0.1" max="0.1"', page.text)
    folded = api.get(f"/sessions/{id}?node=W2&index=0,0", headers=PERSON)
    assert "nudge-result" not in folded.text and "Nudge it" in folded.text


def test_page_and_api_tell_the_same_numbers(api: Api, id: str) -> None:
    step = api.get(f"/api/sessions/{id}/nodes/W2/nudge?index=0,0&by=0.3").json()["steps"][0]
    page = api.get(f"/sessions/{id}?{NUDGED}&by=0.3", headers=PERSON).text
    assert f'title="{step["true"]!r}"' in page and f'title="{step["predicted"]!r}"' in page


def test_while_the_slider_is_dragged_only_what_it_leads_to_is_sent(api: Api, id: str) -> None:
    answer = api.get(f"/sessions/{id}/nudge?node=W2&index=0,0&by=0.3&zoom=1&version=2&open=nudge", headers=HTMX)
    assert targets(answer) == ["#nudge-result[data-of='2 W2:0,0']"] and 'type="range"' not in answer.text
    assert "gradient × h = 0.082167 × 0.3 =" in words(answer)
    outside = re.sub(r"<hx-partial.*?</hx-partial>", "", answer.text, flags=re.DOTALL)
    assert outside.strip() == "" and answer.headers["cache-control"] == "no-store"


def test_a_slider_of_an_old_page_gets_the_whole_view(api: Api, id: str) -> None:
    api.post(f"/api/sessions/{id}/step")
    answer = api.get(f"/sessions/{id}/nudge?node=W2&index=0,0&by=0.3&version=2", headers=HTMX)
    assert answer.status_code == 409 and {"#message", "#status", "#panel"} <= set(targets(answer))


@pytest.mark.parametrize(("query", "status"), [("node=W2&index=0,0&by=x", 422), ("node=W9", 404)])
def test_a_slider_that_is_refused_says_why_and_leaves_the_page(api: Api, id: str, query: str, status: int) -> None:
    answer = api.get(f"/sessions/{id}/nudge?{query}&version=2", headers=HTMX)
    assert (answer.status_code, targets(answer)) == (status, ["#message"])


def test_a_step_that_is_no_number_is_refused_in_its_place(api: Api, id: str) -> None:
    page = api.get(f"/sessions/{id}?{NUDGED}&by=abc", headers=PERSON)
    assert page.status_code == 200 and "Expected a number, got abc." in page.text


def test_a_step_of_the_run_keeps_what_the_slider_says(api: Api, id: str) -> None:
    kept = {"version": "2", "selected": "W2", "selected_index": "0,0", "open": "nudge", "by": "0.3", "zoom": "10"}
    answer = api.request("POST", f"/sessions/{id}/move", data=kept | {"go": "op:-1"}, headers=HTMX)
    assert 'value="0.3"' in answer.text and 'max="10"' in answer.text
    assert "0.4 → 0.7" in words(answer)


@pytest.mark.parametrize("headers", [PERSON, HTMX], ids=["page", "htmx"])
def test_the_check_is_a_view_of_its_own(api: Api, id: str, headers: dict[str, Any]) -> None:
    answer = api.get(f"/sessions/{id}?view=check", headers=headers)
    assert answer.status_code == 200 and "Every gradient agrees with its central difference." in words(answer)
    assert "12 numbers were compared, as they were when 0 iterations were done" in words(answer)
    assert ("<html" in answer.text) == (headers is PERSON)


def test_each_row_of_the_check_leads_to_its_worst_number(api: Api, id: str) -> None:
    row = api.get(f"/api/sessions/{id}/views/check").json()["rows"][0]
    page = api.get(f"/sessions/{id}?view=check", headers=PERSON).text
    place = "%2C".join(map(str, row["index"]))
    assert f"/sessions/{id}?node={row['id']}&amp;index={place}&amp;view=check" in page


def test_a_check_that_is_too_much_is_refused_in_its_place_naming_the_limit(fresh: type[Api]) -> None:
    api = fresh(max_work=20_000)
    id = api.session(MAZUR).rpartition("/")[2]
    page = api.get(f"/sessions/{id}?view=check", headers=PERSON)
    assert page.status_code == 200 and "CHAINRULE_MAX_WORK" in page.text
    assert problem(api.get(f"/api/sessions/{id}/views/check"), 422)["type"] == "beyond-limit"


def test_the_answer_of_a_check_names_the_worst_number_of_each_parameter(api: Api, id: str) -> None:
    answer = api.post(f"/api/sessions/{id}/check").json()
    for one in answer["parameters"]:
        worst = one["worst"]
        assert worst["relative_error"] == one["max_relative_error"] and len(worst["index"]) in (1, 2)
        assert math.isclose(worst["gradient"], worst["numeric_gradient"], rel_tol=1e-6)
        assert (one["skipped"], one["kinks"], one["unsampled"], one["kink"]) == (0, 0, 0, None)
    assert answer["first_non_finite"] is None


def test_the_second_opinion_beside_a_gradient_says_how_it_was_taken(api: Api) -> None:
    id = api.session(CHAIN).rpartition("/")[2]
    api.post(f"/api/sessions/{id}/backward")
    page = api.get(f"/sessions/{id}?node=b", headers=PERSON)
    assert "(L(x + h) − L(x − h)) / 2h with h = 6.1e−6" in words(page)


@pytest.mark.parametrize("query", [NUDGED, "view=check&node=W1"])
def test_nothing_of_it_is_inline(api: Api, id: str, query: str) -> None:
    page = api.get(f"/sessions/{id}?{query}", headers=PERSON).text
    assert not re.search(r'\sstyle="|\son\w+="|<style|javascript:', page)


@pytest.mark.parametrize(
    "source",
    [
        "a = 1\nb = log(a * 0 - 1)", "a = 0\nb = sqrt(a)", "a = -1\nb = log(a)", "a = 1e308\nb = a * a",
        "a = 3\nb = -a", "a = 1e-320\nb = a / 3",
    ],
)  # fmt: skip
@pytest.mark.parametrize("zoom", ["0.01", "10"])
def test_any_numbers_can_be_nudged_and_checked(api: Api, source: str, zoom: str) -> None:
    id = api.session({"kind": "expression", "source": source}).rpartition("/")[2]
    for verb in ("forward", "backward", "step"):
        api.post(f"/api/sessions/{id}/{verb}")
        for query in (f"node=a&open=nudge&zoom={zoom}", "view=check"):
            assert api.get(f"/sessions/{id}?{query}", headers=PERSON).status_code == 200
        assert api.get(f"/api/sessions/{id}/nodes/a/nudge?zoom={zoom}").status_code == 200
        assert api.get(f"/api/sessions/{id}/views/check").status_code == 200


def test_a_slider_that_was_dragged_where_there_is_no_loss_is_told_so(api: Api) -> None:
    id = api.session(MAZUR).rpartition("/")[2]
    answer = api.get(f"/sessions/{id}/nudge?node=W1&index=0,0&by=0.1", headers=HTMX)
    assert answer.status_code == 200 and targets(answer) == ["#nudge-result[data-of='1 W1:0,0']"]
    assert "The loss is not computed yet" in words(answer)
