"""A run: iterations that go on by themselves until a goal is reached. A value; nothing here computes or waits.

A run does not change what a session is. It only lets more of it be known beyond the cursor, and where nobody has moved
the cursor meanwhile, takes it along when it ends.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Literal

import msgspec

from app.errors import N_, BeyondLimit, Conflict, Invalid
from app.nn.problem import Problem
from app.session.moves import finished
from app.session.state import Cursor, Session

LEASE = 3.0
"""Seconds without news after which a run is said to wait for something."""
MOST_CRASHES = 3
"""How many processes in a row may end over a run that gets no further."""
LOST = str(N_("its process ended again and again before it got any further"))
TOO_LARGE = str(N_("it takes up more memory than a run may (CHAINRULE_MAX_TOTAL_ELEMENTS)"))

Reason = Literal[
    "iterations", "loss_below", "gradient_norm_below", "validation_rising", "non_finite", "stopped", "limit", "failed"
]
Wait = Literal["turn", "memory", "store", "trainer"]


class Goal(msgspec.Struct, frozen=True):
    """When a run ends: after so many iterations or passes over the data, or as soon as a condition holds.

    `validation_rising` is how many gauges in a row may show no lower validation loss than the best one. A run whose
    goal says nothing goes on until it is paused. `per_second` is no end but a pace: at most so many iterations a
    second, slowly enough for somebody to watch.
    """

    iterations: int | None = None
    epochs: int | None = None
    loss_below: float | None = None
    gradient_norm_below: float | None = None
    validation_rising: int | None = None
    per_second: float | None = None


class Run(msgspec.Struct, frozen=True):
    """A run as it is stored. Each of its writes has a `revision` of its own: who writes must start from the last one.

    It began with iteration `start`, has finished all before `head` and ends at `until` at the latest, which is a goal
    (`is_bounded`) or all that is allowed. It follows the session as long as that is at `version`: the cursor then goes
    to the last position, `length`, of the last iteration.
    """

    goal: Goal
    start: int
    head: int
    until: int
    is_bounded: bool
    length: int
    version: int
    state: Literal["running", "paused", "finished"] = "running"
    reason: Reason | None = None
    revision: int = msgspec.field(default_factory=lambda: secrets.randbits(40))
    token: str | None = None
    """The trainer that works it off."""
    heartbeat: float = 0.0
    """When it was written last."""
    crashes: int = 0
    """How many trainers in a row have ended over it before it got any further."""
    elements: int = 0
    """About how many float64 it takes up in memory; 0 where that is not known."""
    next_at: float = 0.0
    """When its pace lets it go on, where nobody works it off meanwhile."""
    rate: float | None = None
    best: tuple[int, float] | None = None
    """The lowest validation loss so far, and at which iteration."""
    waited: int = 0
    """How many gauges ago that was."""
    non_finite: tuple[int, str] | None = None
    failure: str | None = None

    @property
    def is_running(self) -> bool:
        return self.state == "running"


@dataclass(frozen=True, slots=True)
class RunState:
    """A run as it is seen. `stalled`: it gets no further just now; `waits_for` says why, and `turn_in` in about how
    many seconds its turn comes.

    `non_finite` is the iteration at which, and the node where, a number first was not finite. `following` says that
    the cursor goes along.
    """

    state: Literal["running", "paused", "finished", "stalled"]
    reason: Reason | None
    start: int
    head: int
    until: int | None
    goal: Goal
    rate: float | None
    seconds_left: float | None
    non_finite: tuple[int, str] | None
    best: tuple[int, float] | None
    following: bool
    failure: str | None
    waits_for: Wait | None = None
    turn_in: int | None = None

    @property
    def is_going(self) -> bool:
        """Whether it gets further by itself, or will once it is heard of again."""
        return self.state in ("running", "stalled")


def is_silent(run: Run, now: float) -> bool:
    """Whether there should have been news of a run by now."""
    return run.is_running and now - max(run.heartbeat, run.next_at) > LEASE


def seen(run: Run, version: int, wait: tuple[Wait, int | None] | None = None) -> RunState:
    """What there is to see of a run of a session that is at this version. `wait` is what a silent one waits for."""
    is_moving = run.is_running and not wait
    rate = min(run.rate, run.goal.per_second or run.rate) if is_moving and run.rate else None
    left = (run.until - run.head) / rate if rate and run.is_bounded else None
    return RunState(
        state="stalled" if wait else run.state,
        reason=run.reason,
        start=run.start,
        head=run.head,
        until=run.until if run.is_bounded else None,
        goal=run.goal,
        rate=rate,
        seconds_left=left,
        non_finite=run.non_finite,
        best=run.best,
        following=run.version == version,
        # Earlier versions did not say why a run had failed.
        failure=run.failure or (LOST if run.reason == "failed" else None),
        waits_for=wait and wait[0],
        turn_in=wait and wait[1],
    )


def next_of(run: Run, **changes: object) -> Run:
    """The next revision of a run."""
    return msgspec.structs.replace(run, revision=run.revision + 1, **changes)


def begun(goal: Goal, session: Session, problem: Problem, most: int, now: float, elements: int = 0) -> Run:
    """A run from where a session stands. Raises Invalid for a goal that cannot be, BeyondLimit for one too far away.

    `most` is how many iterations a run may have finished at its end, `elements` what it takes up in memory.
    """
    start = finished(problem.graph, session.cursor)
    counts = [count for count in (goal.iterations, _iterations(goal.epochs, problem)) if count is not None]
    if goal.validation_rising is not None and problem.validation is None:
        template = N_("There is no validation set whose loss could rise.")
        raise Invalid(template, pointer="/validation_rising")
    until = start + min(counts) if counts else most
    check_iterations(until, most)
    length, version = problem.graph.length, session.version
    return Run(goal, start, start, until, bool(counts), length, version, heartbeat=now, elements=elements)


def check_iterations(count: int, most: int) -> None:
    """Raise BeyondLimit for more iterations than a session may have: the loss of each is kept."""
    if count > most:
        template = N_("This run would finish {came} iterations in all; {most} are allowed ({limit}).")
        raise BeyondLimit(template, came=count, most=most, limit="CHAINRULE_MAX_TOTAL_ELEMENTS")


def _iterations(epochs: int | None, problem: Problem) -> int | None:
    if epochs is None:
        return None
    if problem.batches is None:
        raise Invalid(N_("An expression has no data to pass over."), pointer="/epochs")
    return epochs * problem.batches.count


def ended(run: Run, reason: Reason, **changes: object) -> Run:
    """A run that is over."""
    return next_of(run, state="finished", reason=reason, token=None, **changes)


def paused(run: Run) -> Run:
    """A run that goes on when it is asked to. Raises Conflict unless it is running."""
    if not run.is_running:
        raise Conflict(N_("No run is going on that could be paused."))
    return next_of(run, state="paused", token=None)


def resumed(run: Run, version: int, now: float) -> Run:
    """A run that goes on, and takes along whoever looks at the session now. Raises Conflict unless it is paused."""
    if run.state != "paused":
        raise Conflict(N_("There is no paused run that could go on."))
    return next_of(run, state="running", token=None, version=version, heartbeat=now, crashes=0)


def stopped(run: Run) -> Run:
    """A run that is over because somebody wished so. Raises Conflict if it was over already."""
    if run.state == "finished":
        raise Conflict(N_("No run is going on that could be stopped."))
    return ended(run, "stopped")


def claimed(run: Run, token: str, now: float) -> Run:
    """A free run that somebody works off from now on. Whoever is said to do so already has ended over it; one over
    which too many have ended is over.
    """
    crashes = run.crashes + (run.token not in (None, token))
    if crashes >= MOST_CRASHES:
        return ended(run, "failed", heartbeat=now, failure=LOST)
    return next_of(run, token=token, heartbeat=now, crashes=crashes)


def broken_off(run: Run, failure: str) -> Run:
    """A run that went wrong, left to somebody who may fare better; over if it went wrong too often."""
    crashes = run.crashes + 1
    if crashes >= MOST_CRASHES:
        return ended(run, "failed", failure=failure)
    return next_of(run, token=None, crashes=crashes, failure=failure)


def refuse_while_running(run: Run | None) -> None:
    """Raise Conflict for what must wait until a run is paused."""
    if run is not None and run.is_running:
        raise Conflict(N_("A run is going on; pause it first."))


def end_of(run: Run, version: int, cursor: Cursor) -> Cursor | None:
    """Where the cursor goes with a run that has come to rest; None where it stays."""
    if run.is_running or run.version != version or run.head == run.start:
        return None
    end = Cursor(run.head - 1, run.length)
    return None if end == cursor else end


def begins(before: Run | None, run: Run) -> bool:
    """Whether a run goes on from now on."""
    return run.is_running and (before is None or not before.is_running)
