"""The reader's own table through the API: trained on as it is, kept with the session, refused by line."""

from typing import Any

import pytest

from tests.web.client import Api, problem

ANIMALS = "\ufeff身高;体重;种类\n1,2;3,4;猫\n1,1;3,0;猫\n2,5;9,1;狗\n2,7;8,8;狗\n"


def net(csv: str, inputs: int = 2, **data: Any) -> dict[str, Any]:
    return {
        "kind": "layers",
        "inputs": inputs,
        "layers": [{"kind": "dense", "units": 1}],
        "loss": "binary_cross_entropy_with_logits",
        "data": {"csv": csv, **data},
    }


def test_a_table_is_trained_on_and_its_text_stays_with_the_session(api: Api) -> None:
    spec = net(ANIMALS, scale="standardize", test_fraction=0.25)
    address = api.session(spec)
    answer = api.post(f"{address}/step", {"iterations": 20}).json()
    assert answer["losses"][-1] < answer["losses"][0]
    assert api.get(address).json()["spec"] == spec


def test_a_table_of_a_hundred_thousand_rows_is_trained_on_and_one_more_is_refused(api: Api) -> None:
    text = "a,b,kind\n" + "1,2,x\n3,4,y\n" * 50_000
    address = api.session(net(text) | {"batch_size": 32})
    assert len(api.post(f"{address}/step?values=none").json()["losses"]) == 1
    said = problem(api.post("/api/sessions", net(text + "1,2,x\n")), 413)
    assert "100000" in said["detail"] and "CHAINRULE_MAX_ROWS" in said["detail"]


@pytest.mark.parametrize(
    ("csv", "line", "words"),
    [
        ("a,b,kind\n1,2,x\n1,,y", 3, ["Line 3", "b", "nothing is there"]),
        ("a,b,kind\n1,2,x\n1,two,y\n3,4,x", 3, ["Line 3", "b", "“two”"]),
        ("a,b,kind\n1,2,x\n1,2,x", None, ["kind", "“x”", "two classes"]),
        ("a,b,kind\n1,2,x\n1,2", 3, ["Line 3", "got 2"]),
        ("", None, ["no rows"]),
        (",", None, ["no rows"]),
        ('a,b,kind\n1,2,"x', 2, ["quotation mark"]),
        ("a,b\x00,kind\n1,2,x\n\x1b-\n", 3, ["Line 3", "got 1"]),
        ("身高,身高,种类\n1,2,猫", 1, ["“身高”"]),
    ],
)
def test_a_table_that_cannot_be_used_is_refused_by_line(api: Api, csv: str, line: int | None, words: list[str]) -> None:
    said = problem(api.post("/api/sessions", net(csv)), 422)
    assert said["pointer"] == "/data/csv" and said.get("line") == line
    assert all(word in said["detail"] for word in words), said


def test_a_refusal_is_in_the_readers_language(api: Api) -> None:
    said = api.post("/api/sessions", net("身高,体重,种类\n1,,猫\n2,3,狗"), headers={"accept-language": "zh-CN"}).json()
    assert said["detail"] == "第 2 行，“体重”列：应为数字，但这里是空的。"


@pytest.mark.parametrize("name", ["spiral-classifier", "sine-regression", "digits-classifier", "iris-classifier"])
def test_a_network_to_train_lowers_its_loss(api: Api, name: str) -> None:
    address = api.session({"kind": "preset", "name": name})
    losses = api.post(f"{address}/step?values=none", {"iterations": 1}).json()["losses"]
    later = api.post(f"{address}/step?values=none", {"iterations": 100}).json()["losses"]
    assert later[-1] < losses[-1]
