"""Schedules and clipping as JSON: what is merged, what is refused and where."""

from typing import Any

import pytest

from app.engine.schedule import Constant, Step
from app.errors import Invalid
from app.nn.optimizers import document_of, parse_optimizer
from app.nn.problem import build
from app.nn.spec import parse_spec
from tests.session.problems import MAZUR


def test_a_schedule_goes_to_json_and_back() -> None:
    made = parse_optimizer({"kind": "adam", "schedule": {"kind": "step", "step_size": 5}, "clip_norm": 1.0})
    assert made.schedule == Step(5, 0.1)
    assert parse_optimizer(document_of(made)) == made


def test_settings_of_the_same_schedule_are_merged_and_another_one_begins_with_its_own() -> None:
    stepped = parse_optimizer({"schedule": {"kind": "step", "step_size": 5}})
    assert parse_optimizer({"schedule": {"gamma": 0.5}}, stepped).schedule == Step(5, 0.5)
    assert parse_optimizer({"learning_rate": 0.2}, stepped).schedule == stepped.schedule
    assert parse_optimizer({"schedule": {"kind": "cosine"}}, stepped).schedule.kind == "cosine"
    assert parse_optimizer({"schedule": None}, stepped).schedule == Constant()


@pytest.mark.parametrize(
    ("document", "pointer"),
    [
        ({"schedule": {"kind": "stepp"}}, "/schedule/kind"),
        ({"schedule": {"kind": "step", "gama": 1.0}}, "/schedule/gama"),
        ({"schedule": {"kind": "step", "step_size": 0}}, "/schedule/step_size"),
        ({"schedule": {"kind": "step", "step_size": 1.5}}, "/schedule/step_size"),
        ({"schedule": {"kind": "warmup", "start_factor": 1.5}}, "/schedule/start_factor"),
        ({"schedule": "step"}, "/schedule"),
        ({"clip_norm": 0}, "/clip_norm"),
        ({"clip_value": -1.0}, "/clip_value"),
        ({"clip_norm": 1.0, "clip_value": 1.0}, "/clip_value"),
        ({"clip_norm": 1.0, "update_order": "sequential"}, "/clip_norm"),
    ],
)
def test_what_no_optimizer_can_do_is_refused_with_its_place(document: dict[str, Any], pointer: str) -> None:
    with pytest.raises(Invalid) as refused:
        parse_optimizer(document)
    assert refused.value.pointer == pointer


def test_a_spec_cannot_clip_by_the_norm_in_sequential_order_either() -> None:
    optimizer = {"kind": "sgd", "clip_norm": 1.0}
    with pytest.raises(Invalid) as refused:
        build(parse_spec({**MAZUR, "optimizer": optimizer, "update_order": "sequential"}))
    assert refused.value.pointer == "/optimizer/clip_norm"
