"""Layers over HTTP: programs get the same view as people, and pages stay light."""

import gzip

import pytest

from tests.views.layers.test_layer_equations import network
from tests.web.client import Api

WIDE = network(128, 64, 10, inputs=64, batch=64, last="identity", loss="cross_entropy", activation="relu")
DEEP = network(*[8] * 30, batch=16)
LIGHT = 200_000


def finished(api: Api, spec: dict) -> str:
    """The address of a session whose backward pass is complete."""
    address = api.session(spec)
    assert api.post(f"{address}/backward", {}).status_code == 200
    return address


def page(address: str, **words: str) -> str:
    query = "&".join(f"{name}={text}" for name, text in {"view": "layers", **words}.items())
    return f"{address.removeprefix('/api')}?{query}"


def test_a_program_gets_the_layers_and_what_it_asks_to_unfold(api: Api) -> None:
    address = finished(api, {"kind": "preset", "name": "article"})
    folded = api.get(f"{address}/views/layers").json()
    assert [card["name"] for card in folded["cards"]] == ["layer1", "layer2", "layer3", "layer4"]
    assert [card["detail"] for card in folded["cards"]] == [None] * 4
    card = api.get(f"{address}/views/layers", params={"open": "layer2"}).json()["cards"][1]
    delta = next(line for line in card["detail"]["lines"] if line["name"] == "delta")
    assert delta["tokens"][0]["matrix"]["rows"][0][0]["exact"].startswith("−0.00486108")


@pytest.mark.parametrize("spec", [WIDE, DEEP], ids=["64-128-64-10", "30 layers"])
@pytest.mark.parametrize("opened", ["", "layer1,layer2,layer3,layer4"], ids=["folded", "unfolded"])
def test_the_page_of_a_large_network_is_light(api: Api, spec: dict, opened: str) -> None:
    answer = api.get(page(finished(api, spec), open=opened))
    assert answer.status_code == 200
    assert len(gzip.compress(answer.content)) < LIGHT


def test_words_of_the_address_that_mean_nothing_change_nothing(api: Api) -> None:
    address = finished(api, {"kind": "preset", "name": "mazur"})
    answer = api.get(page(address, open="layer99,layer,%3Cb%3E", sample="7"))
    assert answer.status_code == 200
    assert 'class="layer-detail"' not in answer.text and "<b>" not in answer.text


def test_a_name_that_a_person_chose_is_escaped_in_the_symbols(api: Api) -> None:
    source = "x = input([1, 2])\n权重 = [[1, 2], [3, 4]]\nh = tanh(权重 @ x)\nL = sum(h)"
    address = finished(api, {"kind": "expression", "source": source})
    answer = api.get(page(address, open="layer1"))
    assert answer.status_code == 200 and "权重" in answer.text
