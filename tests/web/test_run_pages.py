"""Runs from the workspace's forms: what is asked for, what the page says meanwhile, and where it rests."""

from __future__ import annotations

import pytest

from tests.training.nets import SPIRAL, work_off
from tests.web.client import Api

HTML = {"accept": "text/html"}
HTMX = HTML | {"hx-request": "true"}


@pytest.fixture
def api(fresh: type[Api], patient: None) -> Api:
    return fresh()


@pytest.fixture
def page(api: Api) -> str:
    """The address of the page of a new session."""
    return api.session(SPIRAL).removeprefix("/api")


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"until": "loss_below", "amount": " "}, "Say how many, or below what"),
        ({"until": "iterations", "amount": "many"}, "Expected a number"),
        ({"until": "tomorrow"}, "Expected one of iterations"),
        ({"per_second": "-1"}, "Not valid"),
    ],
)
def test_a_goal_that_cannot_be_read_is_refused_and_nothing_goes_on(api: Api, page: str, typed: dict, said: str) -> None:
    refusal = api.post(f"{page}/run", data=typed, headers=HTMX)
    assert refusal.status_code == 422 and said in refusal.text
    assert api.get(f"/api{page}/run").status_code == 404


def test_a_run_is_asked_for_with_its_pace(api: Api, page: str) -> None:
    api.post(f"{page}/run", data={"until": "iterations", "amount": "30", "per_second": "10"}, headers=HTMX)
    run = api.get(f"/api{page}/run").json()
    assert (run["state"], run["goal"]["iterations"], run["goal"]["per_second"]) == ("running", 30, 10)


def test_a_view_that_does_not_go_along_with_a_run_says_that_it_waits(api: Api, page: str) -> None:
    api.post(f"{page}/run", data={}, headers=HTML)
    waits = "This view waits until the run pauses."
    assert waits in api.get(page, params={"view": "layers"}, headers=HTML).text
    training = api.get(page, params={"view": "train"}, headers=HTML).text
    assert waits not in training and training.count("this waits until it pauses") == 1


@pytest.mark.parametrize(("verb", "said"), [("stop", "The run was stopped after"), ("pause", "Paused after")])
def test_a_run_that_rests_before_its_first_iteration_says_so_until_the_session_goes_on(
    api: Api, page: str, verb: str, said: str
) -> None:
    api.post(f"{page}/run", data={}, headers=HTML)
    api.post(f"{page}/run/{verb}", data={}, headers=HTML)
    assert f"{said} 0 iterations." in api.get(page, headers=HTML).text
    api.post(f"{page}/move", data={"go": "op:1"}, headers=HTML)
    assert said not in api.get(page, headers=HTML).text


def test_a_run_that_has_ended_says_so_where_it_ended_and_steps_are_told_again_after_it(api: Api, page: str) -> None:
    api.post(f"{page}/run", data={"until": "iterations", "amount": "5"}, headers=HTML)
    work_off(api.app.state.store)
    assert "The run is complete: 5 iterations." in api.get(page, headers=HTML).text
    api.post(f"{page}/move", data={"go": "op:1"}, headers=HTML)
    assert "The run is complete" not in api.get(page, headers=HTML).text
