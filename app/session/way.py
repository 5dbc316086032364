"""The way that the parameters have taken: as many moments of a run as a picture of it needs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from app.session.replay import Replay
from app.session.state import Cursor, Edit

CHEAP = 150_000_000
"""Elements and products that may be computed to go through a run once more: a few hundredths of a second.

Where that is too little, the moments are those that checkpoints happen to be kept of.
"""
MOST_KNOWN = 1_000

Way = Sequence[tuple[int, Mapping[str, np.ndarray]]]
"""Iterations, and the parameters that each began with."""


def way(replay: Replay, edits: tuple[Edit, ...], until: int, count: int) -> Way:
    """The parameters at the start of at most so many iterations, in order, from the first to `until`."""
    if until * replay.work.iteration <= CHEAP:
        return replayed(replay, edits, until, count)
    known = [(iteration, parameters) for iteration, parameters in replay.past(MOST_KNOWN) if iteration <= until]
    return [known[place] for place in spread(len(known), count)]


def gradients(replay: Replay, edits: tuple[Edit, ...], iterations: Sequence[int]) -> Way:
    """The gradients of some iterations, each of its own batch; where that is too much work, only those of the last."""
    most = max(1, CHEAP // replay.work.iteration)
    found = []
    for iteration in iterations[-most:]:
        replay.seek(edits, Cursor(iteration, replay.graph(iteration).backward_end), is_limited=False)
        shown = replay.snapshot(0)
        graph = shown.graph
        found.append((iteration, {id: shown.gradient(id) for id in graph.parameters if graph.has_gradient(id)}))
    return found


def replayed(replay: Replay, edits: tuple[Edit, ...], until: int, count: int) -> Way:
    """The same from the run itself, gone through once more."""
    found = []
    for iteration in spread(until + 1, count):
        replay.seek(edits, Cursor(iteration, 0), is_limited=False)
        shown = replay.snapshot(0)
        found.append((iteration, {id: shown.value(id) for id in replay.problem.parameters}))
    return found


def spread(length: int, count: int) -> list[int]:
    """At most so many places of a sequence, evenly, the first and the last among them."""
    places: list[int] = np.unique(np.linspace(0, length - 1, min(count, length)).round().astype(int)).tolist()
    return places
