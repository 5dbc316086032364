"""An op that has words of its own is called by them in every view, in the language of the reader."""

import re

import pytest

from tests.web.client import MAZUR, Api

LOGITS = {
    "kind": "layers",
    "inputs": 2,
    "layers": [{"units": 1}],
    "loss": "binary_cross_entropy_with_logits",
    "data": {"dataset": "xor"},
}
CASES = [
    (MAZUR, "half squared error", "半平方误差"),
    (MAZUR, "linear", "线性"),
    (LOGITS, "binary cross-entropy of logits", "二元交叉熵（由得分计算）"),
]
PLACES = {"graph": r'<text class="operation"[^>]*>([^<]*)', "table": r'<td class="more">([^<]*)'}


@pytest.mark.parametrize(("spec", "english", "chinese"), CASES)
@pytest.mark.parametrize("place", [*PLACES, "derivation"])
def test_an_op_is_called_by_its_words(
    api: Api, spec: dict[str, object], english: str, chinese: str, place: str
) -> None:
    id = api.session(spec).rpartition("/")[2]
    address = f"/sessions/{id}/derivation" if place == "derivation" else f"/sessions/{id}?view={place}"
    found = PLACES.get(place, r'<span class="operation"[^>]*>([^<]*)')
    words = {
        language: {text.strip() for text in re.findall(found, page(api, address, language))}
        for language in ("en", "zh-CN")
    }
    assert english in words["en"] and chinese not in words["en"]
    assert chinese in words["zh-CN"] and english not in words["zh-CN"]


def page(api: Api, address: str, language: str) -> str:
    answer = api.get(address, headers={"accept": "text/html", "accept-language": language})
    assert answer.status_code == 200
    return answer.text


def test_the_panel_calls_the_loss_by_its_words(api: Api) -> None:
    id = api.session(MAZUR).rpartition("/")[2]
    told = page(api, f"/sessions/{id}?node=loss", "zh-CN")
    assert re.search(r'href="/ops#half_squared_error">半平方误差<', told)
