"""A network is suggested that can learn the data; what a person changed by hand stays as long as it can learn them."""

import pytest

from app.nn.problem import build
from app.nn.spec import parse_spec
from app.nn.supply.datasets import DATASETS
from app.pages.building.suggestions import Demand, demand_of, fitted, layer_fields, suggestion

SPIRAL = Demand("classification", name="spiral")
IRIS = Demand("classification", 3, 4, 150, "iris")
CURVE = Demand("regression", 0, 1, 100, "sine")


def layers(fields: dict[str, str]) -> list[dict[str, str]]:
    """The layers of some fields, in order."""
    count = sum(name.endswith("/units") for name in fields)
    return [{key: fields[f"/layers/{number}/{key}"] for key in ("units", "activation")} for number in range(count)]


@pytest.mark.parametrize("name", [name for name, row in DATASETS.items() if row.is_here])
def test_what_is_suggested_for_a_data_set_can_be_built(name):
    row = DATASETS[name]
    fields = suggestion(Demand(row.task, len(row.classes or ()), len(row.columns), row.samples, name))
    document = {
        "kind": "layers",
        "inputs": len(row.columns),
        "layers": [{"units": int(layer["units"]), "activation": layer["activation"]} for layer in layers(fields)],
        "loss": fields["/loss"],
        "data": {"dataset": name, "samples": 40},
    }
    assert build(parse_spec(document)).task == row.task


def test_a_spiral_gets_two_hidden_layers_of_eight():
    fields = suggestion(SPIRAL)
    assert [layer["units"] for layer in layers(fields)] == ["8", "8", "1"]
    assert fields["/loss"] == "binary_cross_entropy_with_logits"


def test_untouched_layers_give_way_to_those_for_the_new_data():
    before = suggestion(SPIRAL)
    changes, has_layers = fitted(before, layers(before), SPIRAL, IRIS)
    assert has_layers and changes["/loss"] == "cross_entropy"
    assert [layer["units"] for layer in layers(changes)] == ["8", "3"]


def test_layers_made_by_hand_stay_and_only_the_output_is_made_to_fit():
    typed = suggestion(SPIRAL) | layer_fields([("5", "relu"), ("1", "identity")])
    own = [{"units": "5", "activation": "relu"}, {"units": "1", "activation": "identity"}]
    changes, has_layers = fitted(typed, own, SPIRAL, IRIS)
    assert not has_layers
    assert (changes["/layers/1/units"], changes["/loss"]) == ("3", "cross_entropy") and "/layers/0/units" not in changes


def test_a_network_by_hand_that_can_learn_the_data_is_left_alone():
    own = [{"units": "5", "activation": "relu"}, {"units": "1", "activation": "identity"}]
    changes, _ = fitted({"/loss": "hinge"}, own, SPIRAL, Demand("classification", name="moons"))
    assert not any(name.startswith("/layers") or name == "/loss" for name in changes)


def test_settings_chosen_by_hand_stay():
    typed = suggestion(SPIRAL) | {"/optimizer/kind": "sgd", "/batch_size": "7"}
    changes, _ = fitted(typed, layers(typed), SPIRAL, CURVE)
    assert "/optimizer/kind" not in changes and "/batch_size" not in changes
    assert changes["/loss"] == "mean_squared_error"


@pytest.mark.parametrize("demand", [SPIRAL, IRIS, CURVE, Demand("regression", 0, 3, 9)])
def test_what_data_ask_for_can_be_carried_along_in_a_form(demand):
    assert demand_of(demand.text) == demand


@pytest.mark.parametrize("text", ["", "spiral", "regression x 2 3 sine", "classification 2 2"])
def test_what_a_form_did_not_carry_along_is_nothing(text):
    assert demand_of(text) is None


def test_own_tables_are_standardized_and_points_of_the_plane_stay():
    assert (Demand("classification").scale, SPIRAL.scale) == ("standardize", "raw")
