"""A run as it is seen: how fast it goes, how long it will take, and why it failed."""

import msgspec

from app.session import record
from app.session.run import LOST, Goal, Run, ended, seen


def run(rate: float | None, **goal: float) -> Run:
    return Run(Goal(**goal), start=0, head=10, until=30, is_bounded=True, length=5, version=1, heartbeat=0.0, rate=rate)


def test_the_time_left_is_that_of_the_rate():
    state = seen(run(10.0), version=1)
    assert state.rate == 10.0 and state.seconds_left == 2.0


def test_a_run_is_no_faster_than_its_pace_however_quickly_its_first_iteration_was_done():
    state = seen(run(500.0, per_second=0.5), version=1)
    assert state.rate == 0.5 and state.seconds_left == 40.0


def test_a_run_that_is_slower_than_its_pace_is_as_fast_as_it_is():
    assert seen(run(5.0, per_second=100.0), version=1).seconds_left == 4.0


def test_nothing_is_said_of_the_time_left_before_the_rate_is_known():
    state = seen(run(None, per_second=0.5), version=1)
    assert state.rate is None and state.seconds_left is None


def test_a_run_that_waits_has_no_speed_and_no_time_left():
    state = seen(run(10.0), version=1, wait=("store", None))
    assert (state.state, state.rate, state.seconds_left) == ("stalled", None, None)


def test_a_run_that_an_earlier_version_let_fail_without_a_word_says_why():
    packed = msgspec.to_builtins(ended(run(None), "failed"))
    for added in ("elements", "next_at"):
        del packed[added]
    old = record.unpack_run(msgspec.msgpack.encode(packed))
    assert (old.failure, seen(old, version=1).failure) == (None, LOST)
