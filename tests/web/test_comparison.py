"""Two sessions beside each other, for programs and on the page."""

import re
from typing import Any

import pytest

from app.errors import ChainruleError, Damaged, StoreFull, TooMany, Unavailable
from app.web import comparison as page
from tests.web.client import CHAIN, MAZUR, Api, problem

PERSON = {"accept": "text/html", "accept-language": "en"}
HTMX = PERSON | {"hx-request": "true"}
MOONS = {
    "kind": "layers",
    "inputs": 2,
    "layers": [{"units": 4, "activation": "tanh"}, {"units": 1}],
    "loss": "binary_cross_entropy_with_logits",
    "data": {"dataset": "moons", "samples": 40, "test_fraction": 0.25},
}


def branched(api: Api, spec: Any, change: dict[str, Any], at: int, until: int) -> tuple[str, str]:
    """A run, and its branch from an iteration; both known for so many iterations."""
    parent = api.session(spec)
    api.post(f"{parent}/step", {"iterations": until})
    made = api.post(f"{parent}/branch", {"iteration": at, **change}).json()
    done = len(made["losses"])
    api.post(f"/api/sessions/{made['id']}/step", {"iterations": until - done})
    return parent.rpartition("/")[2], made["id"]


def compared(api: Api, pair: tuple[str, str], language: str = "en") -> dict[str, Any]:
    answer = api.get("/api/compare/{}/{}".format(*pair), headers={"accept-language": language})
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_the_difference_is_stated_with_what_it_made(api: Api) -> None:
    pair = branched(api, MAZUR, {"learning_rate": 2.0}, 10, 40)
    found = compared(api, pair)
    one, other = (session["losses"] for session in found["sessions"])
    assert found["parting"] == 10 and one[:11] == other[:11] and one[11] != other[11]
    assert found["differences"] == [{"what": "learning rate η", "layer": None, "values": ["0.5", "2"]}]
    assert found["at"] == {"iteration": 39, "losses": [one[39], other[39]]}
    loss, (slow, fast) = found["reached"]["loss"], found["reached"]["iterations"]
    assert (one[slow] <= loss < one[slow - 1]) and (other[fast] <= loss < other[fast - 1]) and fast < slow
    assert found["sentences"][0].startswith("B left A at iteration 10")
    assert any(f"after {slow} iterations, B after {fast}" in one for one in found["sentences"])


def test_the_order_of_the_two_is_the_readers(api: Api) -> None:
    one, other = branched(api, MAZUR, {"learning_rate": 2.0}, 3, 6)
    found = compared(api, (other, one))
    assert [session["id"] for session in found["sessions"]] == [other, one]
    assert found["sentences"][0].startswith("A left B at iteration 3")


@pytest.mark.parametrize(
    ("change", "what", "values", "layer", "says"),
    [
        ({"optimizer": {"kind": "adam"}}, "optimizer", ["Gradient descent (SGD)", "Adam"], None, "left A"),
        ({"activation": "relu"}, "activation", ["tanh", "ReLU"], 1, "the parameters that A had at iteration 4"),
        (
            {"initializer": "he_normal"},
            "initial weights",
            ["Xavier, uniform", "He, normal"],
            None,
            "other first weights",
        ),
        ({"seed": 8}, "random seed", ["0", "8"], None, "other first weights"),
    ],
)
def test_each_change_is_named(
    api: Api, change: dict[str, Any], what: str, values: list[str], layer: int | None, says: str
) -> None:
    found = compared(api, branched(api, MOONS, change, 4, 8))
    assert {"what": what, "layer": layer, "values": values} in found["differences"]
    assert len({one["what"] for one in found["differences"]} - {"learning rate η"}) == 1
    assert says in found["sentences"][0]
    assert found["sessions"][0]["scores"]["test"]["accuracy"] is not None


def test_sentences_are_said_in_the_readers_language(api: Api) -> None:
    pair = branched(api, MAZUR, {"learning_rate": 2.0}, 1, 5)
    english, chinese = (compared(api, pair, language)["sentences"] for language in ("en", "zh"))
    assert len(english) == len(chinese) and not set(english) & set(chinese)


def test_sessions_that_have_nothing_in_common_are_compared_as_well(api: Api) -> None:
    pair = api.session(CHAIN).rpartition("/")[2], api.session(MOONS).rpartition("/")[2]
    found = compared(api, pair)
    assert found["at"] is None and found["reached"] is None and found["parting"] is None
    assert api.get("/compare/{}/{}".format(*pair), headers=PERSON).status_code == 200


def test_a_session_beside_itself_does_not_differ(api: Api) -> None:
    id = api.session(MAZUR).rpartition("/")[2]
    api.post(f"/api/sessions/{id}/step", {"iterations": 3})
    found = compared(api, (id, id))
    assert found["differences"] == [] and found["reached"] is None


def test_a_loss_that_is_not_finite_is_said_and_drawn_around(api: Api) -> None:
    spec = {"kind": "expression", "source": "a = 3\nb = a ** 4", "optimizer": {"kind": "sgd", "learning_rate": 0.001}}
    pair = branched(api, spec, {"learning_rate": 1e9}, 1, 6)
    found = compared(api, pair)
    assert any(one.startswith("The loss of B is not finite from iteration") for one in found["sentences"])
    assert "Infinity" in found["sessions"][1]["losses"] or "NaN" in found["sessions"][1]["losses"]
    page = api.get("/compare/{}/{}".format(*pair), headers=PERSON).text
    assert "nan" not in "".join(re.findall(r' d="([^"]*)"', page))


def test_the_page_shows_both_on_the_same_axes(api: Api) -> None:
    pair = branched(api, MOONS, {"optimizer": {"kind": "adam", "learning_rate": 0.1}}, 4, 30)
    page = api.get("/compare/{}/{}".format(*pair), headers=PERSON).text
    assert {"curve-A kind-loss", "curve-B kind-loss"} <= set(re.findall(r'<path class="([^"]*)"', page))
    assert 'class="parting"' in page and page.count('class="plane"') == 2
    assert "hx-trigger" not in page
    ids = re.findall(r'\bid="([^"]*)"', page)
    assert len(ids) == len(set(ids))


def test_both_runs_are_started_and_paused_from_there(api: Api) -> None:
    pair = branched(api, MOONS, {"seed": 5}, 4, 6)
    address = "/compare/{}/{}".format(*pair)
    answer = api.post(f"{address}/run", data={"verb": "run", "until": "50"}, headers=PERSON)
    assert (answer.status_code, answer.headers["location"]) == (303, address)
    states = [api.get(f"/api/sessions/{id}/run").json() for id in pair]
    assert [(one["start"], one["until"]) for one in states] == [(6, 50), (6, 50)]
    assert "every 1s" in api.get(address, headers=PERSON).text
    part = api.post(f"{address}/run", data={"verb": "pause"}, headers=HTMX)
    assert 'hx-target="#comparison"' in part.text and "every 1s" not in part.text
    assert {api.get(f"/api/sessions/{id}/run").json()["state"] for id in pair} == {"paused"}


@pytest.mark.parametrize("until", ["", "0", "-4", "many", "1.5", "9" * 30])
def test_a_goal_that_is_none_is_refused_with_the_page(api: Api, until: str) -> None:
    pair = branched(api, MOONS, {"seed": 5}, 1, 2)
    answer = api.post("/compare/{}/{}/run".format(*pair), data={"until": until}, headers=PERSON)
    assert answer.status_code == 422 and 'role="alert"' in answer.text


def test_a_session_that_there_is_not_cannot_be_compared(api: Api) -> None:
    id = api.session(MAZUR).rpartition("/")[2]
    problem(api.get(f"/api/compare/{id}/nothing"), 404)
    assert api.get(f"/compare/nothing/{id}", headers=PERSON).status_code == 404


def test_runs_with_unlike_penalties_are_compared_by_their_losses_without_them(api: Api) -> None:
    pair = [api.session(MOONS | {"l2": rate}) for rate in (0.0, 0.5)]
    losses = [api.post(f"{session}/step", {"iterations": 5}).json()["losses"] for session in pair]
    found = compared(api, tuple(session.rpartition("/")[2] for session in pair))["at"]
    at = found["iteration"]
    assert found["losses"][0] == pytest.approx(losses[0][at]) and found["losses"][1] < losses[1][at] - 0.1


def test_runs_on_unlike_losses_are_compared_by_what_they_tell_only(api: Api) -> None:
    pair = [api.session(MOONS | {"loss": loss}) for loss in (MOONS["loss"], "mean_squared_error")]
    for session in pair:
        api.post(f"{session}/step", {"iterations": 5})
    found = compared(api, tuple(session.rpartition("/")[2] for session in pair))
    assert found["at"] is None and found["reached"] is None
    assert "measure different things" in found["sentences"][0] and "Test accuracy" in found["sentences"][1]


@pytest.mark.parametrize("refusal", [Damaged, TooMany, Unavailable, StoreFull], ids=lambda kind: kind.__name__)
def test_a_refusal_of_both_runs_is_said_on_the_page_that_stands(
    api: Api, monkeypatch: pytest.MonkeyPatch, refusal: type[ChainruleError]
) -> None:
    pair = branched(api, CHAIN, {"optimizer": {"kind": "adam"}}, 1, 2)
    address = "/compare/{}/{}".format(*pair)
    assert 'id="message"' in api.get(address, headers=PERSON).text

    def refuse(*_: object) -> None:
        raise refusal("There is no room {now}.", now="just now")

    monkeypatch.setattr(page, "compare", refuse)
    for answer in (
        api.post(f"{address}/run", data={"verb": "run", "until": "50"}, headers=HTMX),
        api.get(address, headers=HTMX),
    ):
        assert answer.status_code == refusal.status and "There is no room just now." in answer.text
        assert 'hx-target="#message"' in answer.text and "<html" not in answer.text
