"""What is made can be run and seen: no network is accepted whose rows are then too many for its layers."""

import json
from pathlib import Path

import pytest

from app.nn.evaluation import BLOCK
from app.nn.limits import Limits
from app.nn.problem import build
from app.nn.spec import parse_spec
from app.views.catalog import VIEWS
from tests.training.nets import work_off
from tests.web.client import Api, problem

WIDE = json.loads((Path(__file__).parent / "tables" / "23d-wide-layer.json").read_text("utf-8"))
SMALL = Limits(max_elements=2_000, max_total_elements=60_000)


def narrow(units: int, **more) -> dict:
    """A net whose layer has so many units, on more rows than fit through it at once."""
    data = {"dataset": "gauss", "samples": 300, "test_fraction": 0.3}
    return {**WIDE, "layers": [{"units": units, "activation": "relu"}, {"units": 1}], "data": data, **more}


def test_a_layer_too_wide_for_a_thousand_rows_at_once_is_run_and_scored(fresh: type[Api]) -> None:
    api = fresh()
    session = api.session(WIDE)
    assert api.post(f"{session}/step", {"iterations": 2}).status_code == 200
    assert api.post(f"{session}/run", {"iterations": 3}).status_code == 202
    work_off(api.app.state.store)
    run = api.get(f"{session}/run").json()
    assert (run["state"], run["reason"], run["head"]) == ("finished", "iterations", 5)


@pytest.mark.parametrize("batch", [4, 16])
def test_every_view_of_a_layer_near_the_limit_is_shown(fresh: type[Api], batch: int) -> None:
    api = fresh(max_elements=SMALL.max_elements, max_total_elements=SMALL.max_total_elements)
    session = api.session(narrow(120, batch_size=batch))
    assert api.post(f"{session}/step", {"iterations": 3}).status_code == 200
    for view in VIEWS:
        page = api.get(f"{session.removeprefix('/api')}?view={view}")
        assert page.status_code == 200 and "CHAINRULE_MAX_ELEMENTS" not in page.text, view


def test_the_landscape_of_few_rows_of_a_very_wide_layer_is_drawn(fresh: type[Api]) -> None:
    api = fresh(max_elements=SMALL.max_elements, max_total_elements=SMALL.max_total_elements)
    page = api.get(f"{api.session(narrow(900, batch_size=2)).removeprefix('/api')}?view=landscape")
    assert page.status_code == 200 and "CHAINRULE" not in page.text and 'id="landscape"' in page.text


@pytest.mark.parametrize(("units", "batch", "expected"), [(120, 4, 16), (10, 4, 200), (900, 2, 2), (1, 4, 1000)])
def test_as_many_rows_at_once_as_the_limits_allow(units: int, batch: int, expected: int) -> None:
    made = build(parse_spec(narrow(units, batch_size=batch)), SMALL)
    assert made.rows_at_once == expected
    made.evaluation_graph(made.training.x[:1].repeat(expected, 0), made.training.y[:1].repeat(expected, 0))


def test_a_network_that_fits_is_scored_in_blocks_as_large_as_ever() -> None:
    assert build(parse_spec(narrow(500))).rows_at_once > BLOCK == 1024


def test_a_network_of_which_no_iteration_could_be_asked_for_is_refused(fresh: type[Api]) -> None:
    api = fresh(max_work=50_000)
    said = problem(api.post("/api/sessions", narrow(120)), 422)
    assert said["pointer"] == "/batch_size" and said["limit"] == "CHAINRULE_MAX_WORK"
    assert api.post(f"{api.session(narrow(120, batch_size=4))}/step").status_code == 200
