"""What does not go together is said to programs, in the forms, and in the panel of the node; nothing is refused."""

import pytest

from app.web import answers
from tests.views.flow.cases import ILL, iris
from tests.web.client import MAZUR, Api

BROADCAST = "p = [[1], [2]]\ny = input([1, 2])\nd = p - y\nL = mean(d * d)"
IRIS = {
    "kind": "layers",
    "inputs": 4,
    "layers": [{"units": 3, "activation": "softmax"}],
    "loss": "cross_entropy",
    "data": {"dataset": "iris"},
}


def form(**typed: str) -> dict[str, str]:
    """A form for a network on xor with one layer of one unit."""
    fields = {"/kind": "layers", "/inputs": "2", "/data/from": "dataset", "/data/dataset": "xor", "/data/samples": "20"}
    return {
        **fields,
        "/layers/0/units": "1",
        "/loss": "binary_cross_entropy",
        "/layers/0/activation": "sigmoid",
        **typed,
    }


def test_a_new_session_says_what_does_not_go_together(api: Api) -> None:
    answer = api.post("/api/sessions", IRIS)
    assert answer.status_code == 201
    (warned,) = answer.json()["warnings"]
    assert (warned["kind"], warned["node"]) == ("scores", "a1")
    assert "cannot fall below 0.5514" in warned["sentence"]
    stepped = api.post(answer.headers["location"] + "/step?values=none")
    assert stepped.json()["warnings"] == answer.json()["warnings"]


def test_the_sentence_is_in_the_language_of_the_reader(api: Api) -> None:
    answer = api.post("/api/sessions", IRIS, headers={"accept-language": "zh-CN"})
    assert "损失不可能低于 0.5514" in answer.json()["warnings"][0]["sentence"]


def test_a_session_in_which_all_goes_together_has_no_warnings(api: Api) -> None:
    assert api.post("/api/sessions", MAZUR).json()["warnings"] == []


def test_the_form_says_it_before_the_network_is_opened(api: Api) -> None:
    assert "result-warned" not in api.request("POST", "/build/check", data=form()).text
    identity = form(**{"/layers/0/activation": "identity"})
    page = api.request("POST", "/build/check", data=identity).text
    assert "result-warned" in page and "Put a sigmoid in front of the loss" in page


def test_the_panel_says_it_at_the_node_and_nowhere_else(api: Api) -> None:
    id = api.post("/api/sessions", {"kind": "expression", "source": BROADCAST}).json()["id"]
    assert "make 2×2" in api.get(f"/sessions/{id}?node=d").text
    assert "make 2×2" not in api.get(f"/sessions/{id}?node=L").text


def test_the_view_of_training_says_it_whatever_node_is_looked_at(api: Api) -> None:
    for spec, words in ((IRIS, "cannot fall below 0.5514"), ({"kind": "expression", "source": BROADCAST}, "make 2×2")):
        id = api.post("/api/sessions", spec).json()["id"]
        assert words in api.get(f"/sessions/{id}?view=train").text.partition('class="training-pair')[0]


def test_a_diagnosis_that_finds_nothing_keeps_the_warning_beside_it(api: Api) -> None:
    session = api.session({"kind": "expression", "source": BROADCAST})
    api.post(f"{session}/step", {"iterations": 3})
    diagnosis = api.get(f"{session.removeprefix('/api')}?view=flow").text.partition('id="diagnosis"')[2]
    assert "No problems found" in diagnosis and "make 2×2" in diagnosis.partition("</section>")[0]


def test_the_example_of_the_description_is_a_real_answer(api: Api) -> None:
    assert api.post("/api/sessions", iris("softmax")).json()["warnings"] == [answers.SOFTMAX_TWICE]


@pytest.mark.parametrize("name", ["softmax twice", "l2 flips", "cube", "saddle", "dead", "not a number", "both"])
def test_programs_read_a_diagnosis_with_all_that_tells_it(api: Api, name: str) -> None:
    spec, count, (illness, sort) = ILL[name]
    session = api.session(spec)
    api.post(f"{session}/step", {"iterations": count})
    finding = api.get(f"{session}/views/flow").json()["finding"]
    assert (finding["name"], finding["evidence"]["sort"]) == (illness, sort)


@pytest.mark.parametrize("name", ["l2 flips", "decay flips", "l1 jumps", "softmax twice", "no sigmoid", "millimetres"])
def test_the_button_of_a_cure_leads_to_two_runs_side_by_side(api: Api, name: str) -> None:
    spec, count, _ = ILL[name]
    session = api.session(spec)
    api.post(f"{session}/step", {"iterations": count})
    (cure, *_) = api.get(f"{session}/views/flow").json()["finding"]["cures"]
    id = session.rpartition("/")[2]
    answer = api.post(f"/sessions/{id}/{cure['action']}", data=cure["fields"])
    assert answer.status_code == 303 and answer.headers["location"].startswith("/compare")


def test_the_page_of_a_check_names_the_first_node_that_is_not_finite_once(api: Api) -> None:
    id = api.post("/api/sessions", {"kind": "expression", "source": "x = [0, 0, 0]\ny = sqrt(x @ x)"}).json()["id"]
    for position in (0, 5):
        api.post(f"/api/sessions/{id}/move", {"iteration": 0, "position": position})
        page = api.get(f"/sessions/{id}?view=check", headers={"accept": "text/html", "accept-language": "en"}).text
        said = ("The first number that is not finite appears at _1", "∞ or NaN has appeared, first at _1")
        assert sum(map(page.count, said)) == 1, position


def test_the_second_opinion_leaves_out_what_the_reasons_say_already(api: Api) -> None:
    source = "z = -60\nt = input(1)\np = sigmoid(z)\nL = binary_cross_entropy(p, t)"
    id = api.post("/api/sessions", {"kind": "expression", "source": source}).json()["id"]
    version = api.post(f"/api/sessions/{id}/move", {"by": "phase", "count": 2}).json()["version"]
    convention = "the gradient is not the slope of"
    assert api.get(f"/sessions/{id}?node=z").text.count(convention) == 1
    second = api.get(f"/sessions/{id}/second?node=z&version={version}", headers={"hx-request": "true"}).text
    assert "differs by convention" in second and convention not in second
