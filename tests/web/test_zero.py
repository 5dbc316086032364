"""No page shows a sign before a zero: not as a value, a gradient, in a field, in a formula or in a document."""

import re
from html import unescape

import pytest

from app.views.catalog import SECTIONS, VIEWS
from tests.web.client import Api

SIGNED = {
    "kind": "expression",
    "source": "w = -0.0\nv = [[-0.0, 1.0], [-2.0, 0.5]]\nx = input([[-0.0, 3.0]])\nz = x @ v\n"
    "c = z * -0.0\nd = relu(-z) - w * z\ne = sum(d * c + -w) - mean((d - c) * w)",
    "optimizer": {"kind": "sgd", "learning_rate": 0.1, "momentum": 0.9},
}
TIED = {
    "kind": "layers",
    "inputs": 2,
    "layers": [{"kind": "dense", "units": 2, "activation": "relu"}, {"kind": "dense", "units": 1}],
    "loss": "half_squared_error",
    "data": {"x": [[-0.0, 1.0], [0.0, -2.0]], "y": [[-0.0], [0.0]]},
    "parameters": {"W1": [[-0.0, 0.0], [-1.0, 0.0]], "b1": [-0.0, 0.0], "W2": [[-1.0, -0.0]], "b2": [-0.0]},
}
NOTHING = {
    "kind": "layers",
    "inputs": 20,
    "layers": [{"units": 30, "activation": "relu"}, {"units": 2}],
    "loss": "mean_squared_error",
    "data": {"x": [[0.0] * 20] * 4, "y": [[0.0, 0.0]] * 4},
    "initializer": "zeros",
}
ZERO = re.compile(r"(?<![\w.)\]^}])(?<![\w.)\]^}] )[−-]\s?0(?:\.0+)?(?:e[+−-]?\d+)?(?![\d.,:])")
SHOWN = re.compile(r'\b(?:title|value|aria-label|aria-valuetext|placeholder|alt)="([^"]*)"')


def shown(page: str) -> str:
    """What a person reads of a page: its text without the marks of formulas, and the words of its attributes."""
    page = re.sub(
        r'<mo form="infix"[^>]*>−</mo>', " less ", re.sub(r"<script\b.*?</script>", "", page, flags=re.DOTALL)
    )
    inline = re.sub(r"</?(?:m[a-z]+|a|wbr|tspan)\b[^>]*>", "", page)
    return unescape("\n".join([re.sub(r"<[^>]*>", "\n", inline), *SHOWN.findall(page)]))


@pytest.mark.parametrize("spec", [SIGNED, TIED, NOTHING], ids=["expression", "layers", "maps"])
def test_no_page_and_no_document_shows_a_zero_with_a_sign(api: Api, spec: dict) -> None:
    made = api.session(spec)
    id = made.rpartition("/")[2]
    nodes = [node["id"] for node in api.get(made).json()["nodes"]]
    found = []
    for verb in ("forward", "backward", "step"):
        api.post(f"{made}/{verb}")
        for view in VIEWS:
            for node in nodes if view in ("graph", "net", "layers") else nodes[:1]:
                words = {"view": view, "node": node, "open": ",".join(("layer", *SECTIONS))}
                page = api.get(f"/sessions/{id}", params=words).text
                found += [(verb, view, node, hit) for hit in near(shown(page))]
        for kind in ("", ".md", ".tex"):
            page = api.get(f"/sessions/{id}/derivation{kind}", params={"digits": 17}).text
            found += [(verb, kind, "", hit) for hit in near(page if kind else shown(page))]
    assert found == []


def near(text: str) -> list[str]:
    """The zeros with a sign, with what stands around them."""
    return [text[max(0, hit.start() - 30) : hit.end() + 20] for hit in ZERO.finditer(text)]
