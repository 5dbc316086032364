"""Whose turn it is: the order in which runs are worked off, for how long while others wait, and what they wait for.

A run is its trainer's as long as that is alive, however late its next write. Trainers are heard of in the store, apart
from what they write of runs.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence

from app.errors import N_, BeyondLimit
from app.session.run import LEASE, Run, Wait

MOST_HELD = 8
"""Runs that one trainer works off at a time."""
CYCLE = 5.0
"""Seconds in which all runs have a turn, unless they are so many that turns would be too short."""
SHORTEST = 0.04
"""Seconds of a turn."""
LARGEST = 4
"""How many times CHAINRULE_MAX_TOTAL_ELEMENTS a run may take up that a trainer has to itself."""
LONGEST_SILENCE = 15.0
"""Seconds without news of a run that is worked off, after which that is said; a single iteration may take long."""

Row = tuple[str, Run]


def share(runs: int, trainers: int) -> float:
    """Seconds of computing that a turn lasts while others wait."""
    return max(CYCLE * trainers / max(runs, 1), SHORTEST)


def is_early(run: Run, now: float) -> bool:
    """Whether its pace has a run wait that nobody works off. A clock that was ahead makes it wait no longer."""
    return run.goal.per_second is not None and now < run.next_at <= now + 1 / run.goal.per_second


def waiting(rows: Sequence[Row], alive: Collection[str], now: float) -> list[Row]:
    """The runs that no living trainer works off, the one that has waited longest first."""
    free = [row for row in rows if row[1].token not in alive and not is_early(row[1], now)]
    return sorted(free, key=lambda row: row[1].heartbeat if row[1].heartbeat <= now else 0.0)


def fits(run: Run, held: Sequence[Run], most: int) -> bool:
    """Whether a trainer that works off others can take up one more beside them, with so many elements in all.

    A run over which a trainer has ended is worked off alone until it gets further: then no other is to blame.
    """
    if not held:
        return True
    is_suspect = run.token is not None or run.crashes or any(other.crashes for other in held)
    return not is_suspect and len(held) < MOST_HELD and elements(held) + run.elements <= most


def elements(held: Sequence[Run]) -> int:
    """What runs take up in memory together."""
    return sum(run.elements for run in held)


def is_too_large(run: Run, most: int) -> bool:
    """Whether a run can never be worked off where sessions may have so many elements."""
    return run.elements > LARGEST * most


def check_memory(run: Run, most: int) -> None:
    """Raise BeyondLimit for a run that would wait for its turn for ever."""
    if is_too_large(run, most):
        template = N_("This run would take up about {came} numbers in memory; {most} are allowed ({limit}).")
        raise BeyondLimit(template, came=run.elements, most=LARGEST * most, limit="CHAINRULE_MAX_TOTAL_ELEMENTS")


def wait_of(
    id: str, run: Run, rows: Sequence[Row], heard: Mapping[str, float], now: float, most: int
) -> tuple[Wait, int | None] | None:
    """What a silent run waits for, and in about how many seconds its turn comes; None where it only takes long.

    `rows` are all runs that are going on, `heard` when each trainer was heard of last.
    """
    alive = {token for token, at in heard.items() if now - at <= LEASE}
    if run.token in alive:
        return ("store", None) if now - run.heartbeat > LONGEST_SILENCE else None
    if not alive:
        return "trainer", None
    held = [[other for _, other in rows if other.token == token] for token in alive]
    if run.elements + min(map(elements, held)) > most:
        return "memory", None
    line = [other for other, _ in waiting(rows, alive, now)]
    place = 1 + (line.index(id) if id in line else len(line))
    return "turn", math.ceil(place * share(len(rows), len(alive)) / len(alive))
