"""What replay leaves behind on its way: the losses, and checkpoints to start again from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from app.engine.plan import State

MOST_CHECKPOINTS = 48
MOST_BYTES = 64 * 2**20
WIDEST_FIRST_SPACING = 64
WORK_BETWEEN = 20_000_000


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """All that carries over from one iteration to the next, as it is before this iteration's edits."""

    iteration: int
    state: State

    @property
    def bytes(self) -> int:
        return self.state.parameters.nbytes + self.state.slots.nbytes


@dataclass(frozen=True, slots=True)
class Kept:
    """The trail as a store keeps it: checkpoints by iteration, and the losses up to the last of them at least."""

    checkpoints: Mapping[int, Checkpoint] = field(default_factory=dict)
    losses: np.ndarray = field(default_factory=lambda: np.empty(0))


@dataclass(frozen=True, slots=True)
class Growth:
    """What a store must write to catch up with a trail.

    `checkpoints` are new, those of the iterations `dropped` are given up; of all the `losses` it has the first `known`.
    """

    checkpoints: Mapping[int, Checkpoint]
    dropped: tuple[int, ...]
    losses: np.ndarray
    known: int


class Trail:
    """Losses of all iterations run so far, and checkpoints at every `spacing` iterations, the first and the last.

    The spacing doubles when there are too many, so memory stays bounded however long the run is. It does not grow
    beyond `reach`, what one request may run again, unless the parameters are so many that memory runs out first.
    """

    def __init__(self, work: int, reach: int, kept: Kept | None = None) -> None:
        kept = kept or Kept()
        self.spacing = _power_of_two(min(WIDEST_FIRST_SPACING, WORK_BETWEEN // max(work, 1), reach))
        self._reach = reach
        self._checkpoints: dict[int, Checkpoint] = dict(kept.checkpoints)
        self._losses = np.array(kept.losses, dtype=np.float64)
        self._count = len(kept.losses)
        self._stored: Mapping[int, Checkpoint] = dict(kept.checkpoints)
        self._stored_count = self._count

    @property
    def checkpoints(self) -> Mapping[int, Checkpoint]:
        return self._checkpoints

    @property
    def count(self) -> int:
        """How many losses are known."""
        return self._count

    @property
    def bytes(self) -> int:
        """Memory that losses and checkpoints take up."""
        return self._losses.nbytes + sum(kept.bytes for kept in self._checkpoints.values())

    def losses(self, count: int) -> np.ndarray:
        """A copy of the first losses."""
        return self._losses[: min(count, self._count)].copy()

    def record(self, iteration: int, losses: np.ndarray) -> None:
        """Note the losses of the iterations from this one on; those known already are the same bits."""
        end = iteration + len(losses)
        if end > len(self._losses):
            self._losses = np.concatenate((self._losses[: self._count], np.empty(max(end, 256))))
        self._losses[iteration:end] = losses
        self._count = max(self._count, end)

    def nearest(self, iteration: int) -> Checkpoint:
        """The last checkpoint that is not after an iteration."""
        return self._checkpoints[max(place for place in self._checkpoints if place <= iteration)]

    def add(self, iteration: int, state: State) -> None:
        """Keep a checkpoint, and fewer of the others if they become too many."""
        self._checkpoints.setdefault(iteration, Checkpoint(iteration, state))
        self._thin(iteration)
        while self._is_crowded():
            self.spacing *= 2
            self._thin(iteration)

    def cut(self, iteration: int) -> None:
        """Forget what came after the start of an iteration: from there on the run is another one."""
        self._checkpoints = {place: kept for place, kept in self._checkpoints.items() if place <= iteration}
        self._count = min(self._count, iteration)
        self._stored_count = min(self._stored_count, iteration)

    def next_due(self, iteration: int) -> int:
        """The next iteration after this one at which a checkpoint is due."""
        return (iteration // self.spacing + 1) * self.spacing

    def kept(self) -> Kept:
        """The trail as it is now."""
        return Kept(dict(self._checkpoints), self.losses(self._count))

    def is_stored_near(self, iteration: int) -> bool:
        """Whether a stored checkpoint is so near that starting from it costs one iteration more at most."""
        return iteration in self._stored or iteration - 1 in self._stored

    def growth(self) -> Growth:
        """What was added and given up since the trail was stored last."""
        new = {place: kept for place, kept in self._checkpoints.items() if self._stored.get(place) is not kept}
        dropped = tuple(place for place in self._stored if place not in self._checkpoints)
        return Growth(new, dropped, self.losses(self._count), self._stored_count)

    def note_stored(self) -> None:
        """Remember that a store now has all of this trail."""
        self._stored, self._stored_count = dict(self._checkpoints), self._count

    def forget_store(self) -> None:
        """Have everything stored anew: this trail goes on under another session."""
        self._stored, self._stored_count = {}, 0

    def _is_crowded(self) -> bool:
        # The first, the newest two and the last are never given up.
        if len(self._checkpoints) <= 4:
            return False
        crowded = len(self._checkpoints) > MOST_CHECKPOINTS and 2 * self.spacing <= self._reach
        return crowded or sum(kept.bytes for kept in self._checkpoints.values()) > MOST_BYTES

    def _thin(self, newest: int) -> None:
        # The one before the newest makes a step back over the start of an iteration cheap.
        always = (newest - 1, newest, max(self._checkpoints))
        self._checkpoints = {
            place: kept for place, kept in self._checkpoints.items() if place % self.spacing == 0 or place in always
        }


def _power_of_two(most: int) -> int:
    """The largest power of two up to a number: checkpoints at a wider spacing then lie on a narrower one, too."""
    return 1 << max(most, 1).bit_length() - 1
