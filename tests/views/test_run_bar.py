"""The run in words: times as clocks show them."""

import math

import pytest

from app.views.run_bar import duration


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0.0, "0:00"), (4.2, "0:05"), (65.0, "1:05"), (3600.0, "1:00:00"), (90061.0, "25:01:01")],
)
def test_a_time_is_shown_as_clocks_show_it(seconds, said):
    assert duration(seconds) == said


@pytest.mark.parametrize("seconds", [None, math.nan, math.inf, 2e300])
def test_a_time_that_is_not_known_or_that_nobody_waits_for_is_not_shown(seconds):
    assert duration(seconds) == ""
