"""Out: the network as JSON, code, curves as CSV, for programs and as files."""

import csv
import io
import json

import pytest

from tests.web.client import CHAIN, MAZUR, Api, node, problem

PERSON = {"accept": "text/html", "accept-language": "en"}
NET = {
    "kind": "layers",
    "inputs": 3,
    "layers": [{"units": 4, "activation": "tanh"}, {"units": 1}],
    "loss": "binary_cross_entropy_with_logits",
    "data": {
        "dataset": "spiral",
        "samples": 50,
        "features": ["x1", "x2", "x1*x2"],
        "scale": "standardize",
        "validation_fraction": 0.2,
    },
}


def test_the_network_as_json_holds_every_digit(api: Api) -> None:
    session = api.session(NET)
    at = api.post(f"{session}/step", {"iterations": 9})
    found = api.get(f"{session}/export/json").json()
    assert found["iteration"] == 9 and found["inputs"] == 3
    assert found["parameters"] == {id: node(at, id)["value"] for id in at.json()["parameters"]}
    assert found["preparation"]["features"] == ["x1", "x2", "x1*x2"]
    assert len(found["preparation"]["shift"]) == len(found["preparation"]["divisor"]) == 3
    assert [one["op"] for one in found["nodes"] if one["op"]] == ["linear", "tanh", "linear", NET["loss"]]
    assert found["answer"] == "z2" and found["spec"] == NET


def test_an_expression_is_exported_as_json_too(api: Api) -> None:
    found = api.get(f"{api.session(CHAIN)}/export/json").json()
    assert found["parameters"] == {"a": 2.0, "b": 1.0} and found["preparation"] is None


def test_numbers_that_are_not_finite_stand_by_their_names(api: Api) -> None:
    session = api.session(CHAIN)
    api.patch(f"{session}/nodes/a", {"value": "Infinity"})
    assert json.loads(api.get(f"{session}/export/json").text)["parameters"]["a"] == "Infinity"


def test_the_curves_hold_every_loss_and_what_was_measured(api: Api) -> None:
    session = api.session(NET)
    losses = api.post(f"{session}/step", {"iterations": 6}).json()["losses"]
    answer = api.get(f"{session}/export/curves.csv")
    assert answer.headers["content-type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [float(row["loss"]) for row in rows] == losses
    assert [row["iteration"] for row in rows] == [*map(str, range(6))]
    assert float(rows[0]["validation.loss"]) > 0 and 0 <= float(rows[0]["validation.accuracy"]) <= 1


@pytest.mark.parametrize(
    ("format", "file"),
    [
        ("json", "chainrule-network.json"),
        ("numpy", "chainrule_numpy.py"),
        ("pytorch", "chainrule_pytorch.py"),
        ("curves.csv", "chainrule-curves.csv"),
    ],
)
def test_the_page_gives_each_form_as_a_file(api: Api, format: str, file: str) -> None:
    id = api.session(MAZUR).rpartition("/")[2]
    answer = api.get(f"/sessions/{id}/export/{format}", headers=PERSON)
    assert answer.headers["content-disposition"] == f'attachment; filename="{file}"'
    assert answer.content == api.get(f"/api/sessions/{id}/export/{format}", headers=PERSON).content
    assert f'href="/sessions/{id}/export/{format}"' in api.get(f"/sessions/{id}", headers=PERSON).text


def test_what_there_is_not_is_refused(api: Api) -> None:
    session = api.session(CHAIN)
    problem(api.get(f"{session}/export/keras"), 422)
    problem(api.get(f"{session}/export/pytorch"), 422)
    problem(api.get("/api/sessions/nothing/export/numpy"), 404)
    assert api.get(f"{session.removeprefix('/api')}/export/keras", headers=PERSON).status_code == 404


def test_an_expression_is_not_offered_as_pytorch_modules(api: Api) -> None:
    page = api.get(api.session(CHAIN).removeprefix("/api"), headers=PERSON).text
    assert "/export/numpy" in page and "/export/pytorch" not in page


def test_the_moment_shown_is_the_one_exported(api: Api) -> None:
    session = api.session(MAZUR)
    api.post(f"{session}/step", {"iterations": 5})
    before = api.get(session).json()["version"]
    api.post(f"{session}/move", {"iteration": 2, "position": 1})
    assert api.get(f"{session}/export/json").json()["iteration"] == 2
    assert "after 2 iterations" in api.get(f"{session}/export/numpy", headers={"accept-language": "en"}).text
    assert api.get(session).json()["version"] == before + 1
