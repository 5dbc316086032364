"""What is said of two runs beside each other holds however often each was measured."""

from types import SimpleNamespace

import numpy as np

from app.views.comparison.outcome import arrival, reached


def side(*at: int, losses: np.ndarray) -> SimpleNamespace:
    """A run whose loss is known at some iterations."""
    return SimpleNamespace(fit=(np.array(at), losses[list(at)]))


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
