"""The view of training over the web: the same view model as JSON, and a page that needs no script."""

import re

import pytest

from tests.views.train.looking import digits, net


@pytest.fixture
def spiral(api) -> str:
    address = api.session(net("spiral", 4))
    api.post(f"{address}/step", {"iterations": 20})
    return address


def page_of(address: str) -> str:
    return address.removeprefix("/api")


def test_programs_get_what_the_page_shows(api, spiral):
    shown = api.get(f"{spiral}/views/train").json()
    assert [chart["quantity"] for chart in shown["charts"]] == ["loss", "accuracy"]
    batch = shown["charts"][0]["lines"][0]
    assert batch["at"] == list(range(20)) and batch["values"] == api.get(spiral).json()["losses"]
    assert shown["boundary"]["picture"].startswith("data:image/png;base64,")
    assert shown["words"][0]["fields"]["training"].endswith(" %")


def test_a_program_chooses_the_set_and_the_cell_by_words_of_the_address(api):
    address = api.session(digits())
    found = api.get(f"{address}/views/train", params={"of": "training", "cell": "3-3"}).json()["confusion"]
    assert found["rows"] == "training" and (found["chosen"]["true"], found["chosen"]["told"]) == (3, 3)


def test_the_page_goes_to_an_iteration_by_a_plain_form_and_comes_back_to_the_view(api, spiral):
    page = api.get(page_of(spiral), params={"view": "train", "of": "training"}).text
    form = re.search(r'<form class="go-to".*?</form>', page, re.DOTALL)[0]
    fields = dict(re.findall(r'name="(\w+)"[^>]*? value="([^"]*)"', form)) | {"iteration": "7"}
    answer = api.post(f"{page_of(spiral)}/move", data=fields)
    assert answer.status_code == 303 and "view=train" in answer.headers["location"]
    assert "of=training" in answer.headers["location"]
    cursor = api.get(spiral).json()["cursor"]
    assert (cursor["iteration"], cursor["position"]) == (7, cursor["length"] - 1)


def test_a_curve_reaches_beyond_the_moment_shown(api, spiral):
    api.post(f"{spiral}/move", {"iteration": 5, "position": 0})
    page = api.get(page_of(spiral), params={"view": "train"}).text
    assert 'data-curve="0,19"' in page and 'aria-valuenow="5"' in page


def test_the_page_says_it_in_chinese(api, spiral):
    page = api.get(page_of(spiral), params={"view": "train"}, headers={"accept-language": "zh"}).text
    assert "决策边界" in page and "测试准确率" in page and "混淆矩阵" in page


def test_an_expression_has_its_loss_alone(api):
    address = api.session({"kind": "expression", "source": "x = 3\ny = x * x"})
    shown = api.get(f"{address}/views/train").json()
    assert len(shown["charts"]) == 1
    assert shown["boundary"] is shown["neurons"] is shown["confusion"] is shown["filters"] is None
    assert api.get(page_of(address), params={"view": "train"}).status_code == 200


def test_no_click_is_offered_on_a_curve_that_is_not_there_yet(api):
    address = api.session(net("xor", 3)).removeprefix("/api")
    hint = "Click a curve to go to that iteration."
    page = {"headers": {"accept": "text/html"}}
    assert hint not in api.get(f"{address}?view=train", **page).text
    api.post(f"/api{address}/step", {"iterations": 3})
    assert hint in api.get(f"{address}?view=train", **page).text
