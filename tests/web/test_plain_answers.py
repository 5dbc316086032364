"""The API answers programs: no string in any answer is markup of a page."""

import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from app.views.catalog import SECTIONS, VIEWS
from tests.web.client import CHAIN, MAZUR, Api

MARKUP = re.compile(r"</?[a-zA-Z][^>]*>|&(?:#|[a-z]+;)")
CLASSES = {
    "kind": "layers",
    "inputs": 2,
    "layers": [{"units": 3, "activation": "tanh", "dropout": 0.1}, {"units": 2, "activation": "relu"}, {"units": 2}],
    "loss": "cross_entropy",
    "data": {"dataset": "spiral", "samples": 40, "test_fraction": 0.3, "seed": 1},
    "optimizer": {"kind": "adam"},
    "batch_size": 10,
}
PLACES = {
    "{node}": lambda made: [node["id"] for node in made["nodes"]],
    "{view}": lambda made: list(VIEWS),
    "{section}": lambda made: list(SECTIONS),
}
ENDLESS = {"/api/sessions/{id}/run/events"}


def strings(document: Any) -> Iterator[str]:
    """Every string in an answer, keys too."""
    if isinstance(document, dict):
        yield from document
        for value in document.values():
            yield from strings(value)
    elif isinstance(document, list):
        for part in document:
            yield from strings(part)
    elif isinstance(document, str):
        yield document


def gets(api: Api) -> list[str]:
    """The addresses of all that can be read by the API, as its own description has them."""
    described = api.get("/openapi.json").json()["paths"]
    return [path for path, verbs in described.items() if "get" in verbs and path not in ENDLESS]


def filled(path: str, made: dict[str, Any], other: str) -> Iterator[str]:
    """An address with everything there is in its gaps, one after the other."""
    path = path.replace("{id}", made["id"])
    gap = next((gap for gap in PLACES if gap in path), None)
    if gap:
        for one in PLACES[gap](made):
            yield from filled(path.replace(gap, one, 1), made, other)
    else:
        yield re.sub(r"\{[^}]*\}", other, path)


def read(api: Api, path: str, shapes: dict[str, list[int]]) -> Iterator[httpx.Response]:
    """What is answered, unfolded and of one number."""
    node = re.search(r"/nodes/([^/]+)", path)
    index = {"index": ",".join("0" for _ in shapes[node[1]])} if node else {}
    yield api.get(path, params=index | {"open": "layer,layer1,layer2,loss"})


@pytest.mark.parametrize("spec", [MAZUR, CHAIN, CLASSES], ids=["mazur", "expression", "classes"])
def test_no_string_of_any_answer_is_markup(api: Api, spec: dict[str, Any]) -> None:
    address, other = api.session(spec), api.session(spec).rpartition("/")[2]
    made = api.get(address).json()
    shapes = {node["id"]: node["shape"] for node in made["nodes"]}
    found, answered = set(), set()
    for verb in ("forward", "backward", "step"):
        api.post(f"{address}/{verb}")
        for path in gets(api):
            for whole in filled(path, made, other):
                for answer in read(api, whole, shapes):
                    if answer.headers["content-type"].startswith("application/json"):
                        answered.add(path)
                        found |= {(path, text) for text in strings(answer.json()) if MARKUP.search(text)}
    assert {"/api/sessions/{id}/views/{view}", "/api/sessions/{id}/nodes/{node}/{section}"} <= answered
    assert len(answered) > 6 and found == set()


def test_a_formula_of_the_update_is_text(api: Api) -> None:
    address = api.session()
    api.post(f"{address}/step")
    line = api.get(f"{address}/nodes/W1/update", params={"index": "0,0"}).json()["lines"][0]
    assert (line["left"], line["symbols"]) == ("W_1[0,0]", ["W_1[0,0]", "− η · ∂loss/∂W_1[0,0]"])
    assert line["text"].startswith("0.15 - 0.5*0.000438567734")
