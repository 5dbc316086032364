"""What replay leaves behind on its way: the losses, checkpoints to start again from, and gauges.

All of it is a function of the session's spec and edits. Two who know a part each therefore know the same numbers, and
a trail that another process wrote can be taken over as far as the edits are the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from app.engine.plan import State
from app.session.gauges import Gauges, Pace

MOST_CHECKPOINTS = 48
MOST_BYTES = 64 * 2**20
WIDEST_FIRST_SPACING = 64
WORK_BETWEEN = 20_000_000
WIDEST_FOR_SIZE = 256
WORK_PER_ELEMENT = 16_000
"""What is computed between two checkpoints for each of their numbers: keeping and storing them then costs little."""
BEST = {"validation.loss": 1.0, "validation.accuracy": -1.0}
"""Columns whose best gauge stays, and by what to multiply them so that the lowest is the best."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """All that carries over from one iteration to the next, as it is before this iteration's edits."""

    iteration: int
    state: State

    @property
    def bytes(self) -> int:
        return self.state.bytes


@dataclass(frozen=True, slots=True)
class Known:
    """What somebody has of a stored trail already. Whoever compares edits sees whether it still holds."""

    grown: int
    losses: int
    checkpoints: frozenset[int]
    gauges: frozenset[int]


@dataclass(frozen=True, slots=True)
class Kept:
    """The trail as a store keeps it: checkpoints and gauges by iteration, the losses up to the last of them at least.

    `grown` counts the writes. What was known already may be left out: the losses are those from `begin` on, and the
    stored checkpoints and gauges are at `places` and at `measured`, where these are said.
    """

    checkpoints: Mapping[int, Checkpoint] = field(default_factory=dict)
    losses: np.ndarray = field(default_factory=lambda: np.empty(0))
    gauges: Mapping[int, np.ndarray] = field(default_factory=dict)
    columns: tuple[str, ...] = ()
    grown: int = 0
    begin: int = 0
    places: frozenset[int] | None = None
    measured: frozenset[int] | None = None

    @property
    def count(self) -> int:
        """How many losses are stored."""
        return self.begin + len(self.losses)


@dataclass(frozen=True, slots=True)
class Growth:
    """What a store must write to catch up with a trail, if it has grown `grown` times and no more.

    `checkpoints` and `gauges` are new, those of the iterations `dropped` and `unmeasured` are given up; of all the
    `losses` it has the first `known`. `columns` say what the numbers of a gauge are.
    """

    checkpoints: Mapping[int, Checkpoint]
    dropped: tuple[int, ...]
    losses: np.ndarray
    known: int
    gauges: Mapping[int, np.ndarray] = field(default_factory=dict)
    unmeasured: tuple[int, ...] = ()
    columns: tuple[str, ...] = ()
    grown: int = 0


class Trail:
    """Losses of all iterations run so far, and checkpoints at every `spacing` iterations, the first and the last.

    The spacing doubles when there are too many, so memory stays bounded however long the run is. It does not grow
    beyond `reach`, what one request may run again, unless the parameters are so many that memory runs out first.
    It is wider from the start where an iteration's `work` is little beside the `size` of a checkpoint, in numbers.
    Gauges lie as far apart as their `pace` says; those at which the validation set was told best stay besides.
    The `beginning`, where it is told, is a checkpoint that is never stored: whoever has the session can make it.
    """

    def __init__(
        self,
        work: int,
        reach: int,
        kept: Kept | None = None,
        columns: tuple[str, ...] = (),
        pace: Pace | None = None,
        size: int = 0,
        beginning: State | None = None,
    ) -> None:
        kept = kept or Kept()
        work = max(work, 1)
        by_size = min(WIDEST_FOR_SIZE, WORK_PER_ELEMENT * size // work)
        self.spacing = _power_of_two(min(max(min(WIDEST_FIRST_SPACING, WORK_BETWEEN // work), by_size), reach))
        self._reach = reach
        self._beginning = {} if beginning is None else {0: Checkpoint(0, beginning)}
        self._checkpoints: dict[int, Checkpoint] = {**kept.checkpoints, **self._beginning}
        self._losses = np.array(kept.losses, dtype=np.float64)
        self._count = len(kept.losses)
        self._columns, self._pace = columns, pace or Pace()
        # An earlier version of the program may have measured something else.
        is_same = kept.columns == columns
        self._gauges: dict[int, np.ndarray] = dict(kept.gauges) if is_same else {}
        self._made: Gauges | None = None
        self._again: set[int] = set()
        self._stored: Mapping[int, Checkpoint] = {**kept.checkpoints, **self._beginning}
        self._stored_gauges: frozenset[int] = frozenset(kept.gauges)
        self._stored_count, self._grown = self._count, kept.grown

    @property
    def checkpoints(self) -> Mapping[int, Checkpoint]:
        return self._checkpoints

    @property
    def count(self) -> int:
        """How many losses are known."""
        return self._count

    @property
    def grown(self) -> int:
        """How often the stored trail was written, as far as this one knows."""
        return self._grown

    @property
    def bytes(self) -> int:
        """Memory that losses and checkpoints take up."""
        return self._losses.nbytes + sum(kept.bytes for kept in self._checkpoints.values())

    def losses(self, count: int) -> np.ndarray:
        """The first losses, not to be changed; nothing changes them later."""
        shown = self._losses[: min(count, self._count)]
        shown.flags.writeable = False
        return shown

    def record(self, iteration: int, losses: np.ndarray) -> None:
        """Note the losses of the iterations from this one on; those known already are the same bits."""
        end = iteration + len(losses)
        if end <= self._count:
            return
        if end > len(self._losses):
            self._losses = np.concatenate((self._losses[: self._count], np.empty(max(end, 256))))
        self._losses[self._count : end] = losses[self._count - iteration :]
        self._count = end

    def gauges(self) -> Gauges:
        """All gauges known, in order."""
        if self._made is None:
            places = sorted(self._gauges)
            numbers = np.array([self._gauges[place] for place in places]).reshape(len(places), len(self._columns))
            self._made = Gauges(self._columns, np.array(places, np.int64), numbers)
        return self._made

    def gauge(self, iteration: int) -> np.ndarray | None:
        """The gauge of an iteration, (columns,), if there is one."""
        return self._gauges.get(iteration)

    def is_gauge_due(self, iteration: int) -> bool:
        """Whether an iteration is to be measured that was not yet."""
        spacing = self._pace.spacing(max(iteration, self._count))
        return bool(self._columns) and iteration % spacing == 0 and iteration not in self._gauges

    def next_gauge(self, iteration: int) -> int:
        """The next iteration after this one at which a gauge may be due."""
        spacing = self._pace.spacing(max(iteration + 1, self._count))
        return (iteration // spacing + 1) * spacing

    def add_gauge(self, iteration: int, numbers: np.ndarray) -> None:
        """Keep a gauge, and of the others those that still lie at the spacing there is now, and the best."""
        self._gauges[iteration] = numbers
        self._thin_gauges(self._pace.spacing(max(iteration, self._count)))

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
        self._gauges = {place: gauge for place, gauge in self._gauges.items() if place < iteration}
        self._made = None
        if iteration < self._count:
            # Losses given out stay as they are.
            self._losses, self._count = self._losses[:iteration].copy(), iteration
        self._stored_count = min(self._stored_count, iteration)
        # One measured anew in the same place is another one.
        self._again |= {place for place in self._stored_gauges if place >= iteration}

    def next_due(self, iteration: int) -> int:
        """The next iteration after this one at which a checkpoint is due."""
        return (iteration // self.spacing + 1) * self.spacing

    def kept(self) -> Kept:
        """The trail as it is now."""
        losses = self.losses(self._count)
        return Kept(dict(self._checkpoints), losses, dict(self._gauges), self._columns, self._grown)

    def known(self) -> Known:
        """What a store need not tell again."""
        return Known(self._grown, self._count, frozenset(self._checkpoints), frozenset(self._gauges))

    def take_over(self, kept: Kept) -> None:
        """Know, too, what somebody else has stored of this very run since."""
        places = frozenset(kept.checkpoints) if kept.places is None else kept.places
        measured = frozenset(kept.gauges) if kept.measured is None else kept.measured
        self.record(kept.begin, kept.losses)
        self._checkpoints = {**kept.checkpoints, **self._checkpoints}
        self._stored = {place: self._checkpoints[place] for place in places if place in self._checkpoints}
        self._stored |= self._beginning
        if kept.columns == self._columns:
            self._gauges, self._made = {**kept.gauges, **self._gauges}, None
        self._stored_gauges, self._again = measured, set()
        self._stored_count, self._grown = min(kept.count, self._count), kept.grown
        self._thin_all()

    def is_stored_near(self, iteration: int) -> bool:
        """Whether a stored checkpoint is so near that starting from it costs one iteration more at most."""
        return iteration in self._stored or iteration - 1 in self._stored

    def growth(self) -> Growth:
        """What was added and given up since the trail was stored last."""
        new = {place: kept for place, kept in self._checkpoints.items() if self._stored.get(place) is not kept}
        dropped = tuple(place for place in self._stored if place not in self._checkpoints)
        known = self._stored_gauges - self._again
        measured = {place: gauge for place, gauge in self._gauges.items() if place not in known}
        unmeasured = tuple(place for place in self._stored_gauges if place not in self._gauges)
        losses = self.losses(self._count)
        return Growth(
            checkpoints=new,
            dropped=dropped,
            losses=losses,
            known=self._stored_count,
            gauges=measured,
            unmeasured=unmeasured,
            columns=self._columns,
            grown=self._grown,
        )

    def whole(self) -> Growth:
        """What a store must write that has nothing of this trail yet."""
        new = {place: kept for place, kept in self._checkpoints.items() if place not in self._beginning}
        return Growth(new, (), self.losses(self._count), 0, dict(self._gauges), columns=self._columns)

    def note_stored(self, growth: Growth) -> None:
        """Remember what a store now has of this trail, unless it was asked since, and has said so itself."""
        if self._grown != growth.grown:
            return
        kept = {place: checkpoint for place, checkpoint in self._stored.items() if place not in growth.dropped}
        self._stored = {**kept, **growth.checkpoints}
        self._stored_count = min(len(growth.losses), self._count)
        self._stored_gauges = self._stored_gauges.difference(growth.unmeasured) | growth.gauges.keys()
        self._again -= growth.gauges.keys()
        self._grown += 1

    def doubt(self) -> None:
        """Have the store tell anew what it has: something was tried here that did not come to be."""
        self._grown = -1

    def forget_store(self) -> None:
        """Have everything stored anew: this trail goes on under another session."""
        self._stored, self._stored_count, self._grown = dict(self._beginning), 0, 0
        self._stored_gauges, self._again = frozenset(), set()

    def _thin_all(self) -> None:
        while self._is_crowded():
            self.spacing *= 2
            self._thin(max(self._checkpoints))
        self._thin_gauges(self._pace.spacing(self._count))

    def _thin_gauges(self, spacing: int) -> None:
        self._made = None
        between = [place for place in self._gauges if place % spacing]
        if not between:
            return
        best = {self._best(name, sign) for name, sign in BEST.items() if name in self._columns}
        for place in between:
            if place not in best:
                del self._gauges[place]

    def _best(self, name: str, sign: float) -> int:
        """The first gauge at which a column was best."""
        column = self._columns.index(name)
        values = np.array([numbers[column] for numbers in self._gauges.values()]) * sign
        places = np.array(list(self._gauges))
        lowest = np.where(np.isnan(values), np.inf, values)
        return int(places[lowest == lowest.min()].min())

    def _is_crowded(self) -> bool:
        # The first, the newest two (one, where they are large) and the last are never given up.
        if len(self._checkpoints) <= (4 if self._state_bytes <= MOST_BYTES // 4 else 3):
            return False
        crowded = len(self._checkpoints) > MOST_CHECKPOINTS and 2 * self.spacing <= self._reach
        return crowded or sum(kept.bytes for kept in self._checkpoints.values()) > MOST_BYTES

    def _thin(self, newest: int) -> None:
        # The one before the newest makes a step back over the start of an iteration cheap, unless it is very large.
        always = (newest, max(self._checkpoints), *((newest - 1,) if self._state_bytes <= MOST_BYTES // 4 else ()))
        self._checkpoints = {
            place: kept for place, kept in self._checkpoints.items() if place % self.spacing == 0 or place in always
        }

    @property
    def _state_bytes(self) -> int:
        """Memory that one checkpoint takes up."""
        return next(iter(self._checkpoints.values())).bytes if self._checkpoints else 0


def _power_of_two(most: int) -> int:
    """The largest power of two up to a number: checkpoints at a wider spacing then lie on a narrower one, too."""
    return 1 << max(most, 1).bit_length() - 1
