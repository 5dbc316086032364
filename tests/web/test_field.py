"""Public cases of people who do this job, by the API: what they entered, and the numbers that were computed apart.

`cases/field.json` names the source of each. What a case only wants in words has a test of its own below.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.web.client import Api, node

CASES = json.loads((Path(__file__).parent / "cases" / "field.json").read_text(encoding="utf-8"))["cases"]
BY_NAME = {case["name"]: case for case in CASES}


def flat(numbers: Any) -> list[Any]:
    return [one for part in numbers for one in flat(part)] if isinstance(numbers, list) else [numbers]


def assert_close(ours: Any, theirs: Any, tolerance: float) -> None:
    """The same numbers but for a tolerance; what is not finite is a string, and the same."""
    for own, other in zip(flat(ours), flat(theirs), strict=True):
        # Beside a number as small as 5e−17 pytest's own absolute tolerance would let 0 pass.
        assert own == (other if isinstance(other, str) else pytest.approx(other, rel=tolerance, abs=0))


def done(api: Api, case: dict[str, Any]) -> Any:
    """The session's answer at the end of the first backward pass."""
    return api.post(f"{api.session(case['how'])}/backward")


@pytest.mark.parametrize("name", BY_NAME)
def test_a_case_from_the_field_has_the_numbers_computed_apart(api: Api, name: str) -> None:
    case = BY_NAME[name]
    answer = done(api, case)
    for what in ("value", "gradient"):
        for id, numbers in case["expect"].get(what, {}).items():
            assert_close(node(answer, id)[what], numbers, case["tolerance"])


@pytest.mark.parametrize("name", [case["name"] for case in CASES if case.get("steps")])
def test_a_case_from_the_field_moves_as_computed_apart(api: Api, name: str) -> None:
    case = BY_NAME[name]
    answer = api.post(f"{api.session(case['how'])}/step", {"iterations": case["steps"]})
    for id, numbers in case["expect"].get("after", {}).items():
        assert_close(node(answer, id)["value"], numbers, case["tolerance"])
    losses = case["expect"].get("losses")
    assert losses is None or answer.json()["losses"] == pytest.approx(losses, rel=case["tolerance"])


@pytest.mark.parametrize("name", BY_NAME)
def test_every_number_of_a_case_is_confirmed_or_has_its_word(api: Api, name: str) -> None:
    address = api.session(BY_NAME[name]["how"])
    report = api.post(f"{address}/check").json()
    for parameter in report["parameters"]:
        is_bad = "NaN" in flat(node(api.post(f"{address}/backward"), parameter["id"])["gradient"])
        assert parameter["ok"] == (not is_bad)
        told = parameter["worst"] and parameter["worst"]["doubt"]
        assert parameter["ok"] or (told["cause"] == "gradient" and told["sentence"])


def test_zero_times_infinity_is_called_that_and_a_stable_form_is_offered(api: Api) -> None:
    address = api.session(BY_NAME["zero_times_infinity"]["how"])
    api.post(f"{address}/backward")
    explained = api.get(f"{address}/nodes/x").json()
    born, began = explained["why"]
    power = next(one for one in api.get(address).json()["nodes"] if one["op"] == "exp")
    assert (explained["agrees"], explained["doubt"]["cause"]) == (False, "gradient")
    assert (born["cause"], born["node"], began["cause"], began["node"]) == (
        "zero_times_infinity", power["id"], "overflow", power["id"],
    )  # fmt: skip
    assert "0 × ∞" in born["sentence"] and "sigmoid(z)" in began["sentence"]


def test_kinks_are_skipped_and_not_failed(api: Api) -> None:
    report = api.post(f"{api.session(BY_NAME['relu_at_zero']['how'])}/check").json()
    (only,) = report["parameters"]
    assert (report["ok"], only["kinks"], only["worst"], only["kink"]["doubt"]["cause"]) == (True, 4, None, "kink")


WANTED = {"zero_times_infinity", "relu_at_zero"}


def test_what_a_case_wants_in_words_has_a_test() -> None:
    assert {case["name"] for case in CASES if "wants" in case} == WANTED


@pytest.mark.parametrize(
    ("unstable", "stable"),
    [
        ("z = -1000\nL = 1 / (1 + exp(-z))", "z = -1000\nL = sigmoid(z)"),
        ("z = 1000\nL = log(1 + exp(z))", "z = 1000\nL = softplus(z)"),
        ("z = [1000, 0]\ne = exp(z)\np = e / sum(e)\nL = sum(p * p)", "z = [1000, 0]\nL = sum(softmax(z) ** 2)"),
        ("z = [1000, 0]\ne = exp(z)\nL = sum(log(e / sum(e)))", "z = [1000, 0]\nL = sum(log_softmax(z))"),
        ("z = [1000, 0]\nL = sum(z) - 2 * log(sum(exp(z)))", "z = [1000, 0]\nL = sum(log_softmax(z))"),
        ("z = [-1000, 0]\nL = sum(log(softmax(z)))", "z = [-1000, 0]\nL = sum(log_softmax(z))"),
        ("z = [-1000, 0]\nL = -sum(log(softmax(z)))", "z = [[-1000, 0]]\nL = cross_entropy(z, input([0]))"),
        ("z = -1000\nL = log(sigmoid(z))", "z = -1000\nL = -softplus(-z)"),
        ("z = -1000\nL = -log(1 / (1 + exp(-z)))", "z = -1000\nL = binary_cross_entropy_with_logits(z, input(1))"),
        ("z = [0, 0]\nL = sqrt(sum(z ** 2))", "z = [0, 0]\nL = sqrt(sum(z ** 2) + 1e-12)"),
        ("z = [0, 0]\nL = sum(z ** 2) ** 0.5", "z = [0, 0]\nL = sqrt(sum(z ** 2) + 1e-12)"),
    ],
)  # fmt: skip
def test_a_stable_form_that_is_offered_has_a_gradient(api: Api, unstable: str, stable: str) -> None:
    """The name that the sentence says is the one of the form tried here."""

    def explained(source: str) -> dict[str, Any]:
        address = api.session({"kind": "expression", "source": source})
        api.post(f"{address}/backward")
        index = "" if source.startswith(("z = -", "z = 1")) else "0,0" if "[[" in source else "0"
        return api.get(f"{address}/nodes/z?index={index}").json()

    broken, mended = explained(unstable), explained(stable)
    said = " ".join(one["sentence"] for one in broken["why"])
    name = stable.split("L = ")[1].removeprefix("sum(").removeprefix("-").split("(")[0]
    assert broken["gradient"] in ("NaN", "Infinity", "-Infinity") and f"{name}(" in said
    assert isinstance(mended["gradient"], float) and mended["agrees"]


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_minus_zero_is_shown_as_zero(api: Api, language: str) -> None:
    address = api.session(BY_NAME["fausett_6_1"]["how"])
    assert node(api.post(f"{address}/backward"), "W1")["gradient"][0][0] == 0
    page = api.get(f"{address.removeprefix('/api')}?node=W1&index=0,0", headers={"accept-language": language}).text
    assert ">−0<" not in page and ">-0.0<" not in page
