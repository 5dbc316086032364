"""The run in words: times as clocks show them."""

import math

import pytest

from app.session.moves import To
from app.session.run import Goal, RunState
from app.session.service import Sessions
from app.views.run_bar import duration, run_bar
from tests.session.memory import MemoryStore
from tests.views.train.looking import net


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0.0, "0:00"), (4.2, "0:05"), (65.0, "1:05"), (3600.0, "1:00:00"), (90061.0, "25:01:01")],
)
def test_a_time_is_shown_as_clocks_show_it(seconds, said):
    assert duration(seconds) == said


@pytest.mark.parametrize("seconds", [None, math.nan, math.inf, 2e300])
def test_a_time_that_is_not_known_or_that_nobody_waits_for_is_not_shown(seconds):
    assert duration(seconds) == ""


@pytest.mark.parametrize(("state", "reason"), [("paused", None), ("finished", "stopped")])
def test_why_a_run_rests_is_said_where_it_rests_and_not_in_the_middle_of_a_step(state, reason):
    sessions = Sessions(MemoryStore())
    made = sessions.create(net("gauss", 2))
    run = RunState(state, reason, 0, 10, None, Goal(), None, None, None, None, True, None)

    def said(iteration: int, position: int) -> bool:
        return bool(run_bar(run, sessions.move(made.id, To(iteration, position))).sentence)

    assert said(9, made.length)
    assert not said(9, 3) and not said(10, 0) and not said(4, 3)
    assert said(4, made.length) is (state == "paused")
