"""Checkpoints stay few, however long a run is, and near enough to any moment."""

import numpy as np
import pytest

from app.engine.plan import State
from app.session.trail import MOST_CHECKPOINTS, Trail


def state_of(numbers: int = 3) -> State:
    """Some parameters."""
    return State(np.zeros(numbers), np.zeros((1, numbers)), 0)


def run(trail: Trail, iterations: int, numbers: int = 3) -> Trail:
    """Keep what a run keeps that is stopped at its end."""
    iteration = 0
    while iteration < iterations:
        trail.add(iteration, state_of(numbers))
        iteration = trail.next_due(iteration)
    trail.add(iterations, state_of(numbers))
    return trail


@pytest.mark.parametrize("iterations", [10, 1_000, 100_000, 3_000_000])
def test_checkpoints_stay_few_and_evenly_spaced(iterations: int) -> None:
    trail = run(Trail(work=1_000, reach=10**9), iterations)
    places = sorted(trail.checkpoints)
    assert len(places) <= MOST_CHECKPOINTS + 2
    assert places[0] == 0 and places[-1] == iterations
    assert max(np.diff(places)) <= max(64, 4 * iterations / MOST_CHECKPOINTS)


def test_they_are_never_farther_apart_than_one_request_may_run() -> None:
    trail = run(Trail(work=1_000, reach=100), 30_000)
    assert max(np.diff(sorted(trail.checkpoints))) <= 100


def test_large_parameters_leave_fewer_of_them() -> None:
    trail = run(Trail(work=10**9, reach=2), 60, numbers=2**19)
    assert trail.bytes <= 70 * 2**20


def test_single_steps_leave_no_more_than_one_long_run() -> None:
    trail = Trail(work=1_000, reach=10**9)
    for iteration in range(5_000):
        trail.add(iteration, state_of())
    assert len(trail.checkpoints) <= MOST_CHECKPOINTS + 2
    assert trail.spacing <= 256


def test_the_nearest_checkpoint_is_never_after_the_moment() -> None:
    trail = run(Trail(work=1_000, reach=10**9), 1_000)
    assert trail.nearest(130).iteration == 128
    assert trail.nearest(10**30).iteration == 1_000


def test_cutting_forgets_later_checkpoints_and_losses() -> None:
    trail = run(Trail(work=1_000, reach=10**9), 200)
    trail.record(0, np.arange(200.0))
    trail.cut(128)
    assert (max(trail.checkpoints), trail.count, trail.losses(500).size) == (128, 128, 128)


def test_what_is_stored_already_is_not_stored_again() -> None:
    trail = run(Trail(work=1_000, reach=10**9), 100)
    trail.note_stored(trail.growth())
    assert (dict(trail.growth().checkpoints), trail.growth().dropped) == ({}, ())
    assert trail.is_stored_near(101) and not trail.is_stored_near(102)


def test_losses_given_out_do_not_change_later() -> None:
    trail = Trail(work=1, reach=10**9)
    trail.record(0, np.array([1.0, 2.0]))
    given = trail.losses(2)
    trail.cut(1)
    trail.record(1, np.array([9.0]))
    assert given.tolist() == [1.0, 2.0]
