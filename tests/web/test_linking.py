"""Numbers inside formulas as links."""

import gzip
import re
from pathlib import Path

import pytest

from app.web import language
from app.web.linking import linked, toggled
from tests.web.client import MAZUR, Api

PERSON = {"accept": "text/html", "accept-language": "en"}


@pytest.fixture
def api(tmp_path: Path):
    api = Api(tmp_path)
    yield api
    api.close()


def page(api: Api, query: str, spec=MAZUR, **headers: str) -> str:
    id = api.session(spec).rpartition("/")[2]
    api.post(f"/api/sessions/{id}/backward")
    return api.get(f"/sessions/{id}?{query}", headers=PERSON | headers).text


def test_every_operand_of_a_value_is_a_link_that_chooses_it(api: Api) -> None:
    text = page(api, "node=z1&index=0,1")
    links = re.findall(r'<a class="place value" href="([^"]*)" hx-get="([^"]*)" title="([^"]*)">', text)
    assert [title for _, _, title in links[:2]] == ["x[0, 0] = 0.05", "W1[1, 0] = 0.25"]
    assert all(href == get for href, get, _ in links)
    assert links[1][0].endswith("?node=W1&amp;index=1%2C0")


def test_a_link_keeps_the_view_and_what_is_unfolded(api: Api) -> None:
    text = page(api, "node=a1&index=0,0&view=table&open=nudge")
    (address, *_) = re.findall(r'<a class="place gradient" href="([^"]*)"', text)
    assert "node=z2&amp;index=0%2C0" in address and "view=table" in address and "open=nudge" in address


def test_names_in_links_are_escaped(api: Api) -> None:
    text = page(api, "node=c", {"kind": "expression", "source": "é = 2.0\nc = é * é"})
    assert 'href="/sessions/' in text and "?node=%C3%A9" in text and "<mi>é</mi>" in text


def test_what_is_left_out_is_said_in_the_readers_language() -> None:
    rest = '<mrow class="rest" data-count="120" data-total="{}"><mo>⋯</mo></mrow>'
    try:
        language.speak("en")
        assert "… 120 more, together 0.5" in linked(rest.format("0.5"), None)
        assert "… 120 more<" in linked(rest.format(""), None)
        language.speak("zh_Hans")
        assert "其余 120 项，合计 0.5" in linked(rest.format("0.5"), None)
    finally:
        language.speak("en")


def test_a_big_net_is_explained_on_a_light_page(api: Api) -> None:
    layers = [{"kind": "dense", "units": units, "activation": "relu"} for units in (128, 64, 10)]
    rows = [[(7 * row + 13 * column) % 23 / 11 - 1 for column in range(64)] for row in range(64)]
    data = {"x": rows, "y": [row % 10 for row in range(64)]}
    spec = {"kind": "layers", "inputs": 64, "layers": layers, "loss": "cross_entropy", "data": data}
    for query in ("node=W1&index=3,3", "node=z2&index=5,5", "node=loss"):
        assert len(gzip.compress(page(api, query, spec).encode())) < 200_000


@pytest.mark.parametrize(
    ("before", "name", "instead_of", "after"),
    [
        ("", "nudge", "", "nudge"),
        ("nudge", "paths", "", "nudge,paths"),
        ("nudge,paths", "nudge", "", "paths"),
        ("layer1,layer2,nudge", "layer5", "layer1", "layer2,nudge,layer5"),
        ("layer1,layer2", "layer2", "layer1", "layer1"),
    ],
)
def test_what_is_open_is_unfolded_and_folded_by_name(before: str, name: str, instead_of: str, after: str) -> None:
    assert toggled(before, name, instead_of) == after
