"""Conditions are found out to the very iteration, and whichever comes first counts."""

import numpy as np
import pytest

from app.session.gauges import Gauges
from app.session.run import Goal
from app.training.conditions import Reached, Watch, look

COLUMNS = ("validation.loss", "gradient_norm")


def gauges(*rows: tuple[int, float, float]) -> Gauges:
    """Gauges of a validation loss and a norm at some iterations."""
    return Gauges(COLUMNS, np.array([row[0] for row in rows], np.int64), np.array([row[1:] for row in rows]))


def test_a_goal_that_says_nothing_is_never_reached() -> None:
    assert look(Goal(), 5, np.zeros(10), gauges((6, 0.0, 0.0)), Watch())[0] is None


def test_the_first_loss_below_counts_and_not_one_that_is_equal() -> None:
    found, _ = look(Goal(loss_below=0.5), 10, np.array([0.9, 0.5, 0.4, 0.1]), Gauges(), Watch())
    assert found == Reached(13, "loss_below")


@pytest.mark.parametrize(
    ("loss_at", "expected"), [(11, Reached(12, "loss_below")), (14, Reached(13, "gradient_norm_below"))]
)
def test_of_two_conditions_the_one_that_comes_first_counts(loss_at: int, expected: Reached) -> None:
    losses = np.where(np.arange(10, 16) == loss_at, 0.1, 1.0)
    found, _ = look(Goal(loss_below=0.5, gradient_norm_below=0.5), 10, losses, gauges((12, 1.0, 0.1)), Watch())
    assert found == expected


def test_patience_goes_on_over_several_looks_and_begins_anew_with_every_best() -> None:
    goal, watch, said = Goal(validation_rising=2), Watch(), []
    for begin, loss in enumerate([0.9, 0.8, 0.85, 0.7, 0.7, 0.75]):
        found, watch = look(goal, begin, np.ones(1), gauges((begin, loss, 1.0)), watch)
        said.append(found)
    assert said == [None] * 5 + [Reached(6, "validation_rising")]
    assert watch == Watch((3, 0.7), 2)


def test_a_gauge_outside_of_what_is_looked_at_says_nothing() -> None:
    found, watch = look(Goal(gradient_norm_below=0.5), 4, np.ones(2), gauges((3, 1.0, 0.0), (6, 1.0, 0.0)), Watch())
    assert (found, watch) == (None, Watch())


def test_a_loss_that_is_not_a_number_is_not_below_anything() -> None:
    assert look(Goal(loss_below=1.0), 0, np.array([np.nan, np.inf]), Gauges(), Watch())[0] is None


def test_a_loss_that_is_no_number_is_never_the_best() -> None:
    watch = look(Goal(validation_rising=9), 0, np.ones(2), gauges((0, np.nan, 1.0), (1, 0.5, 1.0)), Watch())[1]
    assert watch == Watch((1, 0.5), 0)


def test_no_goal_is_reached_by_what_is_no_number() -> None:
    goal = Goal(loss_below=0.5, gradient_norm_below=0.5)
    assert look(goal, 0, np.full(3, np.nan), gauges((1, np.nan, np.nan)), Watch())[0] is None
