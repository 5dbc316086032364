"""Classes that have more or fewer names than there are outputs: every view, page and export of such a network."""

import itertools
from typing import Any

import pytest

from app.export.formats import FORMATS
from app.nn.losses import LOSSES
from app.nn.supply.rows import named
from app.views.catalog import VIEWS

LINE = {"x": [[0.1], [0.4], [0.7], [0.9]]}
PLANE = {"x": [[0.1, 0.2], [0.4, 0.9], [0.7, 0.3], [0.9, 0.8]]}
WORDS = "a,b,kind\n" + "\n".join(f"0.{n},0.{9 - n},{'cat' if n % 2 else 'dog'}" for n in range(1, 9))
NUMBERS = "a,b,kind\n" + "\n".join(f"0.{n},0.{9 - n},{1 + n % 2}" for n in range(1, 9))
DATA: dict[str, Any] = {
    "moons": {"dataset": "moons", "samples": 30, "test_fraction": 0.3},
    "flowers": {"dataset": "iris"},
    "words": {"csv": WORDS, "target": "kind"},
    "numbers": {"csv": NUMBERS, "target": "kind", "task": "classification"},
    "one class": {**PLANE, "y": [0, 0, 0, 0]},
    "one class over a line": {**LINE, "y": [0, 0, 0, 0]},
    "one hot": {**PLANE, "y": [[1], [1], [1], [1]]},
    "two of several": {**PLANE, "y": [0, 1, 1, 0]},
    "signs": {**PLANE, "y": [[1], [-1], [1], [-1]]},
    "yes or no": {**LINE, "y": [[1], [0], [1], [0]]},
}


def spec(name: str, outputs: int, loss: str) -> dict[str, Any]:
    inputs = 4 if name == "flowers" else len(DATA[name].get("x", [[0, 0]])[0])
    return {"kind": "layers", "inputs": inputs, "layers": [{"units": outputs}], "loss": loss, "data": DATA[name]}


def addresses(id: str) -> list[str]:
    page = id.removeprefix("/api")
    return [
        id,
        page,
        *(f"{page}?view={name}" for name in VIEWS),
        *(f"{id}/views/{name}" for name, row in VIEWS.items() if row.build),
        *(f"{id}/export/{name}" for name in FORMATS),
        f"{page}?node=y&index=0",
        f"{page}/derivation",
    ]


@pytest.mark.parametrize("name", DATA)
def test_every_view_of_classes_with_more_or_fewer_names_than_outputs_can_be_read(api, name):
    made = {}
    for outputs, loss in itertools.product((1, 2, 3, 4), LOSSES):
        answer = api.post("/api/sessions", spec(name, outputs, loss))
        assert answer.status_code in (201, 422), answer.text
        if answer.status_code == 201:
            made[loss, outputs] = answer.headers["location"]
    assert "cross_entropy" in {loss for loss, _ in made} or name in ("signs", "yes or no")
    for (loss, _), id in made.items():
        for moment in ("start", "updated") if loss == "cross_entropy" else ("updated",):
            if moment == "updated":
                assert api.post(f"{id}/step").status_code == 200
            read = addresses(id) if loss == "cross_entropy" else [f"{id}/views/train", f"{id}/views/layers"]
            for address in read:
                status = api.get(address, headers={"accept": "*/*, text/html"}).status_code
                assert status in (200, 404, 422), (address, loss)


def test_a_class_that_no_row_has_is_called_by_its_number(api):
    id = api.session(spec("moons", 3, "cross_entropy"))
    shown = api.get(f"{id}/views/train").json()
    assert shown["confusion"]["classes"] == ["−1", "1", "2"]
    assert [mark["title"] for mark in shown["boundary"]["legend"]] == ["−1", "1", "2"]
    assert api.get(f"{id}/export/json").json()["classes"] == ["−1", "1", "2"]


def test_a_number_that_is_the_name_of_another_class_is_told_from_it():
    assert named(("1", "2"), 4) == ("1", "2", "#2", "3")
    assert named(("cat", "dog"), 1) == ("cat", "dog")


def test_the_only_class_is_always_told_and_parts_no_plane(api):
    for name in ("one class", "one hot"):
        id = api.session(spec(name, 1, "cross_entropy"))
        api.post(f"{id}/step", {"iterations": 3})
        shown = api.get(f"{id}/views/train").json()
        accuracy = next(chart for chart in shown["charts"] if chart["quantity"] == "accuracy")
        assert {value for line in accuracy["lines"] for value in line["values"]} == {1.0}
        assert shown["boundary"] is None and shown["confusion"] is None
