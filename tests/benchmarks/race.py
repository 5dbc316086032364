"""Fair races: everyone agrees first, then rounds in which all take turns; the median time of an iteration counts.

Processor time is taken, not the clock on the wall: all racers use one thread and wait for nothing, so it is the same on
an idle machine and stays comparable on a busy one.
"""

from collections.abc import Mapping
from statistics import median
from time import process_time
from typing import Any, Protocol

import numpy as np

ROUNDS = 15
TURN = 0.02
"""Seconds of a racer's turn in each round."""


class Racer(Protocol):
    """Runs whole iterations of one training loop and says each loss; knows the last gradients of the parameters."""

    def iterate(self, count: int) -> np.ndarray: ...
    def gradients(self) -> Mapping[str, Any]: ...


def require_agreement(racers: Mapping[str, Racer], iterations: int = 5) -> float:
    """Runs all from the same start and raises where losses or gradients differ; returns the largest difference."""
    largest, (first, *others) = 0.0, racers
    expected = racers[first].iterate(iterations), racers[first].gradients()
    for name in others:
        losses, gradients = racers[name].iterate(iterations), racers[name].gradients()
        pairs = [(losses, expected[0]), *((gradients[id], expected[1][id]) for id in expected[1])]
        for ours, theirs in pairs:
            difference = float(np.max(np.abs(np.subtract(ours, theirs))) / max(np.max(np.abs(theirs)), 1e-3))
            largest = max(largest, difference)
            if not difference < 1e-9:
                raise AssertionError(f"{name} differs from {first} by {difference:.1e}")
    return largest


def seconds(racer: Racer, count: int) -> float:
    start = process_time()
    racer.iterate(count)
    return process_time() - start


def turn_length(racer: Racer) -> int:
    """How many iterations fill a turn."""
    count = 1
    while (spent := seconds(racer, count)) < TURN / 2:
        count *= 2
    return max(1, round(count * TURN / spent))


def race(racers: Mapping[str, Racer], rounds: int = ROUNDS) -> dict[str, float]:
    """The median time of one iteration of each, in seconds."""
    counts = {name: turn_length(racer) for name, racer in racers.items()}
    times: dict[str, list[float]] = {name: [] for name in racers}
    for _ in range(rounds):
        for name, racer in racers.items():
            times[name].append(seconds(racer, counts[name]) / counts[name])
    return {name: median(samples) for name, samples in times.items()}
