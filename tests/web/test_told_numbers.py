"""A target of thousands is learned, and told in its own unit on pages, in comparisons and by what is exported."""

import csv
import json
import re
import subprocess
import sys
from io import StringIO
from pathlib import Path

import numpy as np
import pytest

from tests.web.client import Api
from tests.web.test_build import HTML, fields_of, read, spec_of

PRICES = (Path(__file__).parent / "tables" / "03d-target-in-ten-thousands.csv").read_text("utf-8")
TABLE = {"/kind": "layers", "/data/from": "csv", "/data/csv": PRICES, "/data/test_fraction": "0.3"}


def spec(activation: str = "relu", **data: object) -> dict:
    """A network on the prices, all but a few words left to what is usual."""
    return {
        "kind": "layers",
        "inputs": 2,
        "layers": [{"units": 16, "activation": activation}, {"units": 1}],
        "loss": "mean_squared_error",
        "data": {"csv": PRICES, "test_fraction": 0.3, **data},
        "optimizer": {"kind": "adam", "learning_rate": 0.03},
    }


def scores(api: Api, *sessions: str) -> list[dict]:
    """What the answers of sessions amount to, told beside each other."""
    ids = [session.rpartition("/")[2] for session in (sessions * 2)[:2]]
    return [one["scores"] for one in api.get("/api/compare/{}/{}".format(*ids)).json()["sessions"]]


def trained(api: Api, document: dict, iterations: int = 600) -> str:
    session = api.session(document)
    assert api.post(f"{session}/step?values=none", {"iterations": iterations}).status_code == 200
    return session


@pytest.mark.parametrize("activation", ["relu", "tanh"])
def test_a_target_in_thousands_is_learned(api: Api, activation: str) -> None:
    session = trained(api, spec(activation), 1000)
    found = scores(api, session)[0]["test"]
    assert found["r2"] > 0.9 and 1_000 < found["mean_error"] < 30_000 and found["loss"] < 0.1


def test_the_form_makes_a_network_that_learns_it(api: Api) -> None:
    page = api.post("/build", data=TABLE | {"read": "table"}, headers=HTML)
    typed = fields_of(page.text)
    assert typed["/data/target_scale"] == "standardize"
    made = spec_of(api, api.post("/sessions", data=typed, headers=HTML))
    assert made["data"]["target_scale"] == "standardize"
    assert scores(api, trained(api, made))[0]["test"]["r2"] > 0.9


def test_the_form_can_leave_the_target_as_it_is_and_says_nothing_of_classes(api: Api) -> None:
    typed = fields_of(api.post("/build", data=TABLE | {"read": "table"}, headers=HTML).text)
    raw = typed | {"/data/target_scale": "raw"}
    assert spec_of(api, api.post("/sessions", data=raw, headers=HTML))["data"]["target_scale"] == "raw"
    classes = api.post("/build", data=raw | {"/data/task": "classification", "read": "table"}, headers=HTML)
    assert "/data/target_scale" not in fields_of(classes.text)
    elsewhere = raw | {"/data/target_scale": "standardize", "choose": "spiral"}
    assert "Only targets" not in read(api.post("/build", data=elsewhere, headers=HTML))


def test_the_page_tells_errors_in_the_unit_of_the_target_and_that_losses_are_not(api: Api) -> None:
    session = trained(api, spec()).removeprefix("/api")
    words = read(api.get(f"{session}?view=train", headers=HTML))
    off = float(re.search(r"the answers are off by ([\d.e]+) on average", words)[1])
    assert 1_000 < off < 30_000 and "R² is 0.9" in words and "Losses are those of the standardized target" in words
    assert "The target is standardized" in words


def test_losses_of_unlike_targets_are_not_compared_but_the_errors_are(api: Api) -> None:
    pair = [trained(api, spec(target_scale=scale), 5).rpartition("/")[2] for scale in ("raw", "standardize")]
    found = api.get("/api/compare/{}/{}".format(*pair)).json()
    assert found["at"] is None and found["reached"] is None
    assert found["differences"] == [
        {"what": "scale of the target", "layer": None, "values": ["as it is", "standardized"]}
    ]
    assert "measure different things" in found["sentences"][0] and "off by" in found["sentences"][1]
    page = read(api.get("/compare/{}/{}".format(*pair), headers=HTML))
    assert "Test set mean error" in page and "Test set R²" in page


@pytest.mark.parametrize("data", [{}, {"scale": "standardize"}, {"features": ["x1", "x1*x2"]}])
@pytest.mark.parametrize("form", ["numpy", "pytorch"])
def test_exported_code_predicts_in_the_unit_of_the_target(api: Api, tmp_path: Path, form: str, data: dict) -> None:
    session = trained(api, spec(**data), 300)
    (tmp_path / "exported.py").write_text(api.get(f"{session}/export/{form}").text, "utf-8")
    rows = [[float(cell) for cell in row] for row in list(csv.reader(StringIO(PRICES)))[1:]]
    asked = json.dumps([row[:2] for row in rows])
    code = f"import numpy, exported; print(exported.predict(numpy.array({asked}))[:, 0].tolist())"
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    told, true = np.array(json.loads(done.stdout)), np.array([row[2] for row in rows])
    found = scores(api, session)[0]
    mean = 0.3 * found["test"]["mean_error"] + 0.7 * found["training"]["mean_error"]
    assert np.abs(told - true).mean() == pytest.approx(mean, rel=1e-9)


def test_an_exported_network_says_how_its_answers_are_scaled_back(api: Api) -> None:
    session = trained(api, spec(), 1)
    scale = api.get(f"{session}/export/json").json()["target_scale"]
    assert scale["shift"][0] > 100_000 and scale["divisor"][0] > 10_000
    assert api.get(f"{api.session(spec(target_scale='raw'))}/export/json").json()["target_scale"] is None


def test_an_exported_spec_posted_again_goes_on_with_the_same_bits(api: Api) -> None:
    session = trained(api, spec(), 3)
    again = trained(api, api.get(f"{session}/export/json").json()["spec"], 3)
    assert api.get(session).json()["losses"] == api.get(again).json()["losses"]
