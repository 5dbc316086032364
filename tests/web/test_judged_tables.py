"""Praise and blame are for the set whose figure is printed, where it has rows enough, and not for a leak."""

import re
from pathlib import Path

import pytest

from tests.web.client import Api
from tests.web.test_build import HTML

TABLES = Path(__file__).parent / "tables"
COMMONEST = "always naming the commonest class"
AS_WELL = "about as well on new points"
MEAN = "always saying the mean"


def words(api: Api, table: str, inputs: int, iterations: int = 300, loss: str = "", **data: object) -> str:
    """What the page says of a network trained on a table, which usually tells two classes."""
    spec = {
        "kind": "layers",
        "inputs": inputs,
        "layers": [{"units": 6, "activation": "tanh"}, {"units": 1}],
        "loss": loss or "binary_cross_entropy_with_logits",
        "data": {"csv": table, "scale": "standardize", "test_fraction": 0.3, **data},
        "optimizer": {"kind": "adam", "learning_rate": 0.03},
    }
    session = api.session(spec)
    assert api.post(f"{session}/step?values=none", {"iterations": iterations}).status_code == 200
    page = api.get(f"{session.removeprefix('/api')}?view=train", headers=HTML).text
    found = re.search(r'<p class="training-words">.*?</p>', page, re.DOTALL)
    return " ".join(re.sub(r"<[^>]*>", " ", found[0]).split())


def text_of(name: str) -> str:
    return (TABLES / name).read_text("utf-8")


def figures(said: str) -> tuple[float, float]:
    """The accuracies of the test and of the training rows, in percent."""
    return tuple(float(number) for number in re.findall(r"([\d.]+) %", said)[:2])


def test_five_rows_are_too_few_to_tell(api: Api) -> None:
    said = words(api, text_of("24d-17-rows.csv"), 2)
    assert "Too few test rows to tell (5)" in said
    assert AS_WELL not in said and COMMONEST not in said and "training points better" not in said


@pytest.mark.parametrize(("seed", "verdict"), [(0, "worse than"), (2, "hardly better than"), (3, "worse than")])
def test_blame_is_for_the_test_rows_whose_figure_is_printed(api: Api, seed: int, verdict: str) -> None:
    said = words(api, text_of("25d-one-in-twenty.csv"), 2, 1500, seed=seed, target="fraud")
    test, training = figures(said)
    assert test < 95.5 < training
    assert f"That is {verdict} {COMMONEST}" in said and AS_WELL not in said


def test_a_net_that_tells_rare_rows_is_not_said_to_be_hardly_better(api: Api) -> None:
    pairs = [(row % 20, row // 20 % 10) for row in range(400)]
    rows = (f"{a},{b},{'rare' if a > 16 and b > 7 else 'usual'}" for a, b in pairs)
    said = words(api, "\n".join(["a,b,kind", *rows]), 2, 1000)
    assert figures(said)[0] > 98 and COMMONEST not in said


def test_an_input_that_is_the_target_in_other_words_is_named_and_not_praised(api: Api) -> None:
    said = words(api, text_of("30d-target-told-twice.csv"), 3, target="alive", test_fraction=0.45)
    assert "The input “survived” alone tells the target" in said and AS_WELL not in said


def test_a_number_that_is_never_learned_is_judged_beside_the_mean(api: Api) -> None:
    raw = words(api, text_of("03d-target-in-ten-thousands.csv"), 2, 100, "mean_squared_error", target_scale="raw")
    assert f"worse than {MEAN}" in raw and AS_WELL not in raw
    learned = words(api, text_of("03d-target-in-ten-thousands.csv"), 2, 600, "mean_squared_error")
    assert MEAN not in learned.replace("0 no better than always saying the mean", "") and COMMONEST not in learned


def test_a_target_that_is_the_same_in_every_row_is_said(api: Api) -> None:
    table = "a,b,price\n" + "".join(f"{row},{row % 3},7.5\n" for row in range(100))
    said = words(api, table, 2, 5, "mean_squared_error")
    assert "Every training row has the same target, 7.5" in said and "R²" not in said and AS_WELL not in said
