"""Many runs on one trainer: counted in slices of a clock that only work moves, so on any machine alike."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from types import SimpleNamespace

import pytest

from app.errors import BeyondLimit
from app.nn.limits import Limits
from app.session import turns
from app.session.run import TOO_LARGE, Goal, Run, next_of
from app.session.service import Sessions
from app.training import __main__ as main
from app.training import task as task_module
from app.training import trainer as trainer_module
from app.training.task import Task
from app.training.trainer import Trainer
from tests.session.memory import MemoryStore
from tests.training.nets import SPIRAL, outliving, parameters, stepped

PLAIN = {**SPIRAL, "layers": [{"kind": "dense", "units": 1}]}
LARGE = {**SPIRAL, "layers": [{"kind": "dense", "units": 600, "activation": "relu"}, {"kind": "dense", "units": 1}]}
LIMITS = Limits(max_total_elements=70_000)
"""A large run has a trainer to itself, eight small ones fit beside each other."""
ITERATION = {"small": 0.025, "large": 1.0}
"""Seconds."""


class Clock:
    """What time it is. Nobody waits: time passes by itself."""

    def __init__(self) -> None:
        self.now, self.until = 1000.0, 0.0

    def __call__(self) -> float:
        return self.now

    @property
    def is_over(self) -> bool:
        return self.now >= self.until

    def wait(self, seconds: float) -> bool:
        self.now += seconds
        return False


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The clock of trainers, on which an iteration of a small net takes half a slice, one of a large net much."""
    made = Clock()

    def work(task: Task, seconds: float) -> None:
        until = made.now + seconds
        while made.now < until and not (task.is_done or task.is_early):
            task._count = 1
            task._stretch()
            made.now += ITERATION["large" if task.session.spec["layers"] == LARGE["layers"] else "small"]

    monkeypatch.setattr(Task, "work", work)
    # Limits are so small here that garbage would be collected all the time.
    monkeypatch.setattr(trainer_module, "LEFT_SHARE", 1e9)
    monkeypatch.setattr(trainer_module, "perf_counter", made)
    monkeypatch.setattr(trainer_module, "thread_time", made)
    monkeypatch.setattr(task_module, "perf_counter", made)
    monkeypatch.setattr(main, "time", SimpleNamespace(monotonic=made))
    return made


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def sessions(store: MemoryStore, clock: Clock) -> Sessions:
    return Sessions(store, clock=clock)


def started(sessions: Sessions, document: dict, **goal: float) -> str:
    id = sessions.create(document).id
    sessions.start_run(id, Goal(**goal))
    return id


def serve(trainer: Trainer, clock: Clock, seconds: float) -> None:
    clock.until = clock.now + seconds
    main.serve(trainer, clock)


def heads(sessions: Sessions, ids: list[str]) -> list[int]:
    return [sessions.run_of(id).head for id in ids]


def test_sixty_runs_one_of_them_large_all_begin_soon_and_get_on_alike(store, sessions, clock) -> None:
    large = started(sessions, LARGE)
    small = [started(sessions, PLAIN) for _ in range(59)]
    trainer = Trainer(store, LIMITS, clock)
    serve(trainer, clock, 15.0)
    assert min(heads(sessions, [large, *small])) > 0
    serve(trainer, clock, 20.0)
    counts = heads(sessions, small)
    assert 2 * min(counts) >= max(counts)
    assert sessions.run_of(large).head >= 3


def test_a_turn_ends_while_somebody_waits_also_where_there_is_room(store, sessions, clock) -> None:
    for _ in range(3):
        started(sessions, PLAIN)
    trainer = Trainer(store, LIMITS, clock)
    assert trainer.look() and trainer.count == 1
    assert trainer.turn()
    assert trainer.count == 0


@pytest.mark.parametrize("count", [24, 150])
def test_all_runs_begin_one_after_the_other_with_a_first_turn_of_one_slice(store, sessions, clock, count) -> None:
    ids = [started(sessions, PLAIN) for _ in range(count)]
    serve(Trainer(store, LIMITS, clock), clock, main.POLL + count * (trainer_module.SLICE + ITERATION["small"]))
    assert min(heads(sessions, ids)) > 0


def test_a_run_that_is_alone_or_fits_beside_all_others_keeps_its_place(store, sessions, clock) -> None:
    ids = [started(sessions, PLAIN) for _ in range(turns.MOST_HELD)]
    trainer = Trainer(store, Limits(), clock)
    serve(trainer, clock, 10.0)
    held = [turn.task for turn in trainer._turns]
    serve(trainer, clock, 30.0)
    assert len(held) == len(ids) and {id(turn.task) for turn in trainer._turns} == {id(task) for task in held}


def test_what_gave_its_place_to_others_goes_on_with_the_same_bits(store, sessions, clock) -> None:
    ids = [started(sessions, SPIRAL, iterations=150) for _ in range(turns.MOST_HELD + 4)]
    trainer, releases = Trainer(store, Limits(), clock), []
    write = Task.write

    def noted(task: Task, store: MemoryStore, now: float, is_last: bool = False) -> None:
        releases.append(is_last)
        write(task, store, now, is_last)

    Task.write, before = noted, Task.write
    try:
        serve(trainer, clock, 60.0)
    finally:
        Task.write = before
    assert sum(releases) > len(ids)
    assert {sessions.run_of(id).reason for id in ids} == {"iterations"}
    assert all(parameters(sessions.read(id)) == stepped(SPIRAL, 150) for id in ids)


def test_two_trainers_share_many_runs_and_none_fails_however_slow_they_are(store, sessions, clock) -> None:
    ids = [started(sessions, PLAIN) for _ in range(40)]
    trainers = [Trainer(store, LIMITS, clock) for _ in range(2)]
    for _ in range(20):
        for trainer in trainers:
            serve(trainer, clock, 0.5)
            trainer.liveness.beat()
            # Far longer than anything is silent for on a machine that is not overloaded.
            clock.now += 20.0
    runs = [store.pulse(id).run for id in ids]
    assert {run.state for run in runs} == {"running"} and sum(run.crashes for run in runs) == 0
    assert min(run.head for run in runs) > 0


def test_a_run_that_has_a_large_net_is_not_taken_away_from_a_living_trainer(store, sessions, clock) -> None:
    id = started(sessions, LARGE)
    busy, other = Trainer(store, LIMITS, clock), Trainer(store, LIMITS, clock)
    assert busy.look()
    for _ in range(20):
        busy.liveness.beat(), other.liveness.beat()
        clock.now += 10.0
    assert not other.look() and store.pulse(id).run.token == busy.liveness.token


def test_whoever_may_have_killed_a_trainer_is_alone_until_it_gets_further(store, sessions, clock) -> None:
    for _ in range(4):
        started(sessions, PLAIN)
    dead = Trainer(store, Limits(), clock)
    while dead.look():
        pass
    assert dead.count == 4
    trainer, alone = outliving(store, clock), []
    look = trainer.look

    def watched() -> bool:
        has_found = look()
        if any(run.crashes for run in trainer._held):
            alone.append(trainer.count == 1)
        return has_found

    trainer.look = watched
    serve(trainer, clock, 5.0)
    assert len(alone) >= 4 and all(alone)
    assert trainer.count == 4 and not any(run.crashes for run in trainer._held)


def test_a_large_run_has_its_turn_alone_and_small_ones_go_on_before_and_after(store, sessions, clock) -> None:
    small = [started(sessions, PLAIN) for _ in range(3)]
    trainer = Trainer(store, LIMITS, clock)
    serve(trainer, clock, 1.0)
    large = started(sessions, LARGE)
    together: set[frozenset[str]] = set()
    for _ in range(40):
        serve(trainer, clock, 0.5)
        together.add(frozenset(turn.task.id for turn in trainer._turns))
    assert {held for held in together if large in held} == {frozenset([large])}
    before = heads(sessions, [large, *small])
    serve(trainer, clock, 20.0)
    assert all(now > then > 0 for now, then in zip(heads(sessions, [large, *small]), before, strict=True))


def test_a_run_that_can_never_fit_is_refused_when_it_is_started(store, clock, monkeypatch) -> None:
    monkeypatch.setattr(turns, "LARGEST", 1)
    sessions = Sessions(store, Limits(max_total_elements=14_000), clock=clock)
    id = sessions.create(LARGE).id
    with pytest.raises(BeyondLimit, match="CHAINRULE_MAX_TOTAL_ELEMENTS"):
        sessions.start_run(id, Goal())
    assert sessions.run_of(id) is None


def test_one_that_was_started_where_more_is_allowed_ends_with_the_reason(store, sessions, clock, monkeypatch) -> None:
    monkeypatch.setattr(turns, "LARGEST", 1)
    id = started(sessions, PLAIN)
    assert not Trainer(store, Limits(max_total_elements=1_000), clock).look()
    state = sessions.run_of(id)
    assert (state.state, state.reason, state.failure) == ("finished", "failed", TOO_LARGE)


def test_a_pace_is_kept_by_a_run_that_gives_its_place_to_others(store, sessions, clock) -> None:
    others = [started(sessions, PLAIN) for _ in range(12)]
    slow = started(sessions, PLAIN, per_second=0.05)
    begun = clock.now
    serve(Trainer(store, LIMITS, clock), clock, 30.0)
    assert 2 <= sessions.run_of(slow).head <= 1 + 0.05 * (clock.now - begun)
    assert min(heads(sessions, others)) > 0


def test_the_rate_of_a_run_that_waits_in_between_is_what_comes_of_it(store, sessions, clock) -> None:
    ids = [started(sessions, PLAIN) for _ in range(16)]
    trainer = Trainer(store, LIMITS, clock)
    serve(trainer, clock, 10.0)
    before, then = heads(sessions, ids), clock.now
    serve(trainer, clock, 20.0)
    for id, head in zip(ids, before, strict=True):
        state = sessions.run_of(id)
        assert state.rate == pytest.approx((state.head - head) / (clock.now - then), rel=0.6)


def test_a_run_that_goes_wrong_in_the_same_place_again_and_again_fails_with_the_reason(
    store, sessions, clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    id, slices = started(sessions, PLAIN), itertools.count()

    def work(task: Task, seconds: float, go_on: Callable = Task.work) -> None:
        if task._head < 8:
            go_on(task, seconds)
        elif next(slices) % 2:
            raise ArithmeticError("at 8")
        else:
            # It is written down without having got any further.
            clock.now += 1.0

    monkeypatch.setattr(Task, "work", work)
    serve(Trainer(store, LIMITS, clock), clock, 60.0)
    state = sessions.run_of(id)
    assert (state.reason, state.failure) == ("failed", "ArithmeticError: at 8")


def test_nothing_is_said_of_what_went_wrong_once_a_run_is_further(store, sessions, clock) -> None:
    id = started(sessions, PLAIN)
    run = store.pulse(id).run
    assert store.put_run(id, run, next_of(run, crashes=1, failure="OSError: once"), None, clock.now)
    assert sessions.run_of(id).failure == "OSError: once"
    serve(Trainer(store, LIMITS, clock), clock, 5.0)
    state: Run = store.pulse(id).run
    assert state.head > 0 and (state.crashes, state.failure) == (0, None)
