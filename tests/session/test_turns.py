"""Whose turn it is: nobody starves, nobody alive is taken for dead, and whoever waits is told for what."""

from __future__ import annotations

import pytest

from app.errors import BeyondLimit
from app.session.run import LEASE, LOST, MOST_CRASHES, Goal, Run, claimed, next_of
from app.session.turns import (
    CYCLE,
    LARGEST,
    LONGEST_SILENCE,
    MOST_HELD,
    SHORTEST,
    check_memory,
    fits,
    share,
    wait_of,
    waiting,
)


def run(**changes: object) -> Run:
    """A run that is going on."""
    fields = {"goal": Goal(), "start": 0, "head": 0, "until": 100, "is_bounded": False, "length": 9, "version": 1}
    return Run(**{**fields, **changes})


def ids(rows: list) -> list[str]:
    return [id for id, _ in rows]


def test_all_have_a_turn_in_one_cycle_until_turns_become_too_short():
    assert 20 * share(20, 1) == pytest.approx(CYCLE)
    assert 20 * share(20, 2) / 2 == pytest.approx(CYCLE)
    assert share(10_000, 1) == SHORTEST


def test_the_one_that_has_waited_longest_comes_first_and_a_clock_that_was_ahead_keeps_nobody_waiting():
    rows = [("b", run(heartbeat=5.0)), ("a", run(heartbeat=3.0)), ("ahead", run(heartbeat=1e9))]
    assert ids(waiting(rows, alive=(), now=9.0)) == ["ahead", "a", "b"]


def test_a_run_is_its_trainers_as_long_as_that_is_alive_however_late_its_next_write():
    rows = [("mine", run(token="alive", heartbeat=0.0)), ("left", run(token="dead", heartbeat=9e5))]
    assert ids(waiting(rows, alive={"alive"}, now=1e6)) == ["left"]


def test_a_run_that_its_pace_has_wait_takes_nobodys_turn_and_a_clock_that_was_ahead_is_no_pace():
    rows = [("slow", run(goal=Goal(per_second=0.1), next_at=20.0))]
    assert ids(waiting(rows, (), now=19.0)) == [] and ids(waiting(rows, (), now=20.0)) == ["slow"]
    assert ids(waiting(rows, (), now=9.0)) == ["slow"]


def test_a_crash_is_counted_only_where_the_trainer_that_had_the_run_has_gone():
    assert claimed(run(), "me", 1.0).crashes == 0
    assert claimed(run(token="me"), "me", 1.0).crashes == 0
    once = claimed(run(token="dead"), "me", 1.0)
    assert (once.crashes, once.token) == (1, "me")
    last = claimed(run(token="dead", crashes=MOST_CRASHES - 1), "me", 1.0)
    assert (last.state, last.reason, last.failure) == ("finished", "failed", LOST)


@pytest.mark.parametrize(
    ("candidate", "held", "is_taken"),
    [
        (run(elements=9_999), [], True),
        (run(token="dead", crashes=1), [], True),
        (run(elements=400), [run(elements=600)], True),
        (run(elements=401), [run(elements=600)], False),
        (run(), [run()] * (MOST_HELD - 1), True),
        (run(), [run()] * MOST_HELD, False),
        (run(token="dead"), [run()], False),
        (run(crashes=1), [run()], False),
        (run(), [run(crashes=1)], False),
    ],
)
def test_a_trainer_takes_up_what_fits_beside_the_others_and_suspects_alone(candidate, held, is_taken):
    assert fits(candidate, held, most=1_000) == is_taken


def test_what_could_never_be_taken_up_is_refused_and_names_the_setting():
    check_memory(run(elements=LARGEST * 1_000), most=1_000)
    with pytest.raises(BeyondLimit) as refusal:
        check_memory(run(elements=LARGEST * 1_000 + 1), most=1_000)
    assert refusal.value.fields["limit"] == "CHAINRULE_MAX_TOTAL_ELEMENTS"


# -- what a silent run waits for --------------------------------------------------------------------------------------

NOW = 1_000.0
ALIVE = {"one": NOW - 0.1, "two": NOW - 0.2}
DEAD = {"one": NOW - LEASE - 1}


def wait(one: Run, *others: Run, heard: dict[str, float] = ALIVE) -> object:
    rows = [("me", one), *((f"other {place}", other) for place, other in enumerate(others))]
    return wait_of("me", one, rows, heard, NOW, most=1_000)


def test_its_turn_comes_the_later_the_more_have_waited_longer():
    before = [run(heartbeat=5.0)] * 300
    first, last = wait(run(heartbeat=1.0), *before), wait(run(heartbeat=9.0), *before)
    assert first[0] == last[0] == "turn" and 1 <= first[1] < last[1]
    assert last[1] == pytest.approx(301 * share(301, 2) / 2, abs=1)
    assert wait(run(heartbeat=9.0), *before, heard={"one": NOW})[1] > last[1]


def test_a_run_whose_trainer_died_is_taken_up_by_the_next():
    assert wait(run(token="dead"))[0] == "turn"


def test_a_run_that_is_worked_off_waits_for_nothing_unless_nothing_could_be_written_for_long():
    busy = run(token="one", heartbeat=NOW - LONGEST_SILENCE)
    assert wait(busy) is None
    assert wait(next_of(busy, heartbeat=NOW - LONGEST_SILENCE - 1)) == ("store", None)


def test_a_large_run_waits_for_memory_and_not_where_a_trainer_has_enough():
    large = run(elements=900)
    crowded = [run(token="one", elements=200), run(token="two", elements=200)]
    assert wait(large, *crowded) == ("memory", None)
    assert wait(large, crowded[0])[0] == "turn"


@pytest.mark.parametrize("heard", [{}, DEAD], ids=["none", "dead"])
def test_where_no_trainer_is_heard_of_that_is_said(heard):
    assert wait(run(), heard=heard) == wait(run(token="one"), heard=heard) == ("trainer", None)
