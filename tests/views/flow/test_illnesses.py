"""The diagnosis names the right illness on each example of one, and none on a net that is well."""

from typing import Any

import numpy as np
import pytest

from app.nn.evaluation import Evaluator
from app.nn.presets import PRESETS
from app.session.moment import Picture
from app.session.moves import To
from app.session.service import Sessions
from app.views.flow.course import course_of
from app.views.flow.illnesses import ILLNESSES, Finding, diagnosed
from tests.session.memory import MemoryStore

ILL = [preset for preset in PRESETS.values() if preset.illness]
CURES = [PRESETS[preset.cure] for preset in ILL]
TRAINING = [
    preset.name
    for preset in PRESETS.values()
    if preset.spec["kind"] == "layers" and not preset.illness and preset not in CURES
]


def trained(spec: dict[str, Any], *finished: int) -> list[Picture]:
    """A session after so many finished iterations."""
    sessions = Sessions(MemoryStore())
    id = sessions.create(spec).id
    length = sessions.read(id).length
    return [sessions.move(id, To(count - 1, length)) for count in finished]


def diagnosis(picture: Picture) -> Finding | None:
    return diagnosed(picture, course_of(picture))


def named(picture: Picture) -> str | None:
    found = diagnosis(picture)
    return found.name if found else None


@pytest.mark.parametrize("preset", ILL, ids=lambda preset: preset.name)
def test_the_diagnosis_names_the_illness_of_an_example(preset: Any) -> None:
    (picture,) = trained({"kind": "preset", "name": preset.name}, preset.iterations)
    assert named(picture) == preset.illness


@pytest.mark.parametrize("preset", CURES, ids=lambda preset: preset.name)
def test_the_cure_of_an_example_is_well_all_along_and_learns(preset: Any) -> None:
    found = trained({"kind": "preset", "name": preset.name}, 1, 5, 20, 100, preset.iterations)
    assert [named(picture) for picture in found] == [None] * 5
    assert found[-1].losses[-1] < 0.6 * found[-1].losses[0]


@pytest.mark.parametrize("preset", ILL, ids=lambda preset: preset.name)
def test_an_example_and_its_cure_differ_in_little(preset: Any) -> None:
    ill, well = preset.spec, PRESETS[preset.cure].spec
    differing = {key for key in ill if ill[key] != well[key]}
    assert 1 <= len(differing) <= 2


@pytest.mark.parametrize("preset", ILL, ids=lambda preset: preset.name)
def test_what_is_ill_and_stays_uncured_learns_next_to_nothing(preset: Any) -> None:
    (picture,) = trained({"kind": "preset", "name": preset.name}, preset.iterations)
    (cured,) = trained({"kind": "preset", "name": preset.cure}, PRESETS[preset.cure].iterations)
    assert not picture.losses[-1] < cured.losses[-1]


@pytest.mark.parametrize("name", TRAINING)
def test_no_other_example_is_ill(name: str) -> None:
    assert [named(picture) for picture in trained({"kind": "preset", "name": name}, 1, 10, 100)] == [None] * 3


HEALTHY = [
    (dataset, activation, initializer, depth, optimizer, batch)
    for dataset in ("spiral", "circle", "xor")
    for activation, initializer in (("relu", "he_normal"), ("tanh", "xavier_normal"))
    for depth, optimizer, batch in (
        (1, {"kind": "sgd", "learning_rate": 0.1}, None),
        (2, {"kind": "adam", "learning_rate": 0.01}, 16),
        (6, {"kind": "sgd", "learning_rate": 0.03}, None),
    )
]


@pytest.mark.parametrize(("dataset", "activation", "initializer", "depth", "optimizer", "batch"), HEALTHY)
def test_a_net_that_is_well_is_told_so(
    dataset: str, activation: str, initializer: str, depth: int, optimizer: dict[str, Any], batch: int | None
) -> None:
    spec = {
        "kind": "layers",
        "inputs": 2,
        "layers": [
            *({"kind": "dense", "units": 8, "activation": activation} for _ in range(depth)),
            {"kind": "dense", "units": 1},
        ],
        "loss": "binary_cross_entropy_with_logits",
        "data": {"dataset": dataset, "samples": 200, "noise": 0.1, "seed": depth},
        "initializer": initializer,
        "optimizer": optimizer,
        "batch_size": batch,
        "seed": depth,
    }
    assert [named(picture) for picture in trained(spec, 1, 5, 50, 300)] == [None] * 4


def test_every_sort_of_evidence_has_its_sentence_filled_with_numbers() -> None:
    for preset in ILL:
        (picture,) = trained({"kind": "preset", "name": preset.name}, preset.iterations)
        said = diagnosis(picture).said(str)
        assert "{" not in said and "nan" not in said.lower()


def test_the_vanished_gradient_is_named_with_its_layers() -> None:
    (picture,) = trained({"kind": "preset", "name": "vanishing-sigmoid"}, 50)
    found = diagnosis(picture)
    assert found.evidence.nodes == ("W1", "W20")
    assert "from W20 to W1" in found.said(str)


def test_a_cure_changes_one_thing_that_is_not_so_already() -> None:
    (picture,) = trained({"kind": "preset", "name": "vanishing-sigmoid"}, 50)
    assert [cure.fields for cure in diagnosis(picture).cures] == [
        {"change": "activation", "activation": "relu", "from": "0"},
        {"change": "initializer", "initializer": "he_normal", "from": "0"},
    ]
    (picture,) = trained({"kind": "preset", "name": "saturated-raw"}, 50)
    assert [cure.fields["change"] for cure in diagnosis(picture).cures] == ["activation"]


def test_a_rate_too_high_offers_a_tenth_of_it_and_the_place_where_it_went_wrong() -> None:
    (picture,) = trained({"kind": "preset", "name": "rate-diverging"}, 10)
    branch, back = diagnosis(picture).cures
    assert branch.fields == {"change": "learning_rate", "learning_rate": "0.03", "from": "0"}
    assert back.fields == {"iteration": "5", "position": str(picture.length)}


def test_going_back_before_it_went_wrong_takes_the_diagnosis_back() -> None:
    sessions = Sessions(MemoryStore())
    id = sessions.create({"kind": "preset", "name": "rate-diverging"}).id
    sessions.step(id, 10)
    assert named(sessions.move(id, To(0, sessions.read(id).length))) is None


@pytest.mark.parametrize("row", ILLNESSES.values(), ids=lambda row: row.name)
def test_every_illness_has_words_and_advice(row: Any) -> None:
    assert row.title and row.advice and all(row.sentences.values())


def test_large_targets_that_a_small_rate_has_fitted_are_no_illness() -> None:
    rows = np.random.default_rng(0).uniform(0, 1000, (50, 2))
    spec = {
        "kind": "layers",
        "inputs": 2,
        "layers": [{"units": 1}],
        "loss": "mean_squared_error",
        "data": {"x": rows.tolist(), "y": (100 * rows.sum(axis=1, keepdims=True)).tolist()},
        "optimizer": {"kind": "sgd", "learning_rate": 1e-7},
    }
    found = trained(spec, 1, 20, 600)
    assert [named(picture) for picture in found] == [None] * 3
    assert found[-1].losses[-1] < 1e-3 * found[-1].losses[0]


def test_steps_that_drive_units_to_their_ends_are_to_be_made_smaller() -> None:
    layers = {"kind": "layers", "inputs": 2, "layers": [*({"units": 8, "activation": "tanh"},) * 2, {"units": 1}]}
    fast = {"optimizer": {"kind": "adam", "learning_rate": 3.0}, "data": {"dataset": "spiral"}, "seed": 1}
    (picture,) = trained({**layers, **fast, "loss": "binary_cross_entropy_with_logits"}, 151)
    found = diagnosis(picture)
    assert (found.name, found.evidence.sort) == ("saturated", "")
    assert "a tenth of the rate" in found.advice and found.cures[0].fields["learning_rate"] == "0.3"


def test_from_overfitting_one_gets_back_to_the_very_parameters_that_were_best() -> None:
    spec = {
        "kind": "layers",
        "inputs": 2,
        "layers": [{"units": 32, "activation": "tanh"}, {"units": 1}],
        "loss": "binary_cross_entropy_with_logits",
        "data": {"dataset": "gauss", "samples": 60, "noise": 0.5, "validation_fraction": 0.5},
        "optimizer": {"kind": "adam", "learning_rate": 0.05},
    }
    sessions = Sessions(MemoryStore())
    picture = sessions.step(sessions.create(spec).id, 1000)
    found = diagnosis(picture)
    assert found.name == "overfitting"
    there = {name: int(number) for name, number in found.cures[0].fields.items()}
    best = sessions.move(picture.id, To(there["iteration"], there["position"]))
    score = Evaluator(best.problem).score(best.parameters_now, best.problem.validation)
    assert score.loss == picture.gauges.column("validation.loss").min() == found.evidence.numbers["best"]


@pytest.mark.parametrize("name", ["saturated-raw", "dead-relus"])
def test_penalties_hide_no_unit_that_is_saturated_or_dead(name: str) -> None:
    preset = PRESETS[name]
    (picture,) = trained({**preset.spec, "l2": 1e-4}, 20)
    assert named(picture) == preset.illness


def test_what_is_counted_is_said_with_all_its_digits() -> None:
    slow = {"optimizer": {"kind": "sgd", "learning_rate": 1e-6}, "data": {"dataset": "circle"}, "seed": 1}
    layers = {"layers": [{"units": 8, "activation": "tanh"}, {"units": 1}], "inputs": 2, "kind": "layers"}
    (picture,) = trained({**layers, **slow, "loss": "binary_cross_entropy_with_logits"}, 2001)
    assert "2001 iterations" in diagnosis(picture).said(str)
