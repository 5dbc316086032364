"""What is said of two runs beside each other holds however often each was measured."""

from types import SimpleNamespace

import numpy as np
import pytest

from app.pages.comparison.outcome import Met, arrival, met, reached, rounded_up


def side(*at: int, losses: np.ndarray) -> SimpleNamespace:
    """A run whose loss is known at some iterations."""
    return SimpleNamespace(fit=(np.array(at, int), losses[list(at)]))


FALLING = np.geomspace(1.0, 0.01, 401)


def test_a_run_that_is_measured_oftener_arrives_no_sooner() -> None:
    often, seldom = side(*range(0, 401, 4), losses=FALLING), side(*range(0, 401, 100), losses=FALLING)
    assert reached(often, seldom) is None
    slower = side(*range(0, 401, 4), losses=np.geomspace(1.0, 0.1, 401))
    found = arrival(slower, seldom, 0.2, 0)
    assert (found.one, found.other) == (300, 200)


def test_the_best_moment_that_stays_measured_between_others_is_no_sooner_arrival() -> None:
    dipping = FALLING.copy()
    dipping[37] = 0.0001
    one, other = side(0, 37, 100, 200, 300, losses=dipping), side(*range(0, 301, 100), losses=np.sqrt(FALLING))
    assert arrival(one, other, 0.5, 0).one == 100


def test_losses_of_every_iteration_are_compared_one_by_one() -> None:
    one, other = (side(*range(401), losses=losses) for losses in (FALLING, np.sqrt(FALLING)))
    found = arrival(one, other, 0.1, 0)
    assert (found.one, found.other) == (200, 400)


@pytest.mark.parametrize(
    ("here", "there", "at"),
    [
        ((0, 1, 2, 3), (0, 1, 2, 3), 3),
        ((0, 1, 2, 3, 4), (0, 2, 4, 6, 8), 4),
        ((0, 8, 16), (0, 1, 2, 3, 4, 5, 6, 7, 8), 8),
        ((0, 3), (1, 3, 5), 3),
        ((4, 5), (0, 1), None),
        ((0, 2), (1, 3), None),
        ((), (0, 1), None),
        ((0, 1), (), None),
    ],
)
def test_two_runs_are_compared_at_the_last_iteration_that_both_know(here, there, at) -> None:
    losses = np.arange(20.0)
    one, other = side(*here, losses=losses), side(*there, losses=-losses)
    assert met(one, other) == (None if at is None else Met(at, float(at), -float(at)))


@pytest.mark.parametrize(
    ("loss", "wanted"),
    [(0.3, (0.5, 0.3)), (1.0, (1.0, 1.0)), (0.0913, (0.1, 0.092)), (5e-324, (5e-324, 5e-324)), (1e-320, (1e-320,) * 2)],
)
def test_a_loss_is_rounded_up_to_a_round_one(loss: float, wanted: tuple[float, float]) -> None:
    assert rounded_up(loss) == wanted
