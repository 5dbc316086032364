"""What does not go together is said in words; of the worked examples everything does."""

import pytest

from app.nn.presets import PRESETS
from app.nn.problem import build
from app.nn.spec import parse_spec
from app.views.warnings import warnings_of


def said(document: dict) -> list[str]:
    return [one.said(str) for one in warnings_of(build(parse_spec(document)))]


@pytest.mark.parametrize("preset", [one for one in PRESETS.values() if one.is_here], ids=lambda preset: preset.name)
def test_in_a_worked_example_everything_goes_together(preset) -> None:
    assert said(preset.spec) == []


def test_the_floor_is_that_of_all_rows_and_not_of_a_minibatch() -> None:
    spec = {
        "kind": "layers",
        "inputs": 1,
        "layers": [{"units": 1, "activation": "sigmoid"}],
        "loss": "hinge",
        "data": {"x": [[0], [1], [2], [3]], "y": [[1], [1], [1], [-1]]},
        "batch_size": 2,
    }
    (sentence,) = said(spec)
    assert "1 of 4 targets" in sentence and "cannot fall below 0.25." in sentence


def test_shapes_that_meet_by_accident_are_named_at_their_node() -> None:
    (sentence,) = said({"kind": "expression", "source": "p = [[1], [2]]\ny = input([1, 2])\nd = p - y\nL = mean(d)"})
    assert sentence.startswith("At d the shapes 2×1 and 2 make 2×2: each number of one meets every number")
