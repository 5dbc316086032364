"""Who is alive: beats are counted, no clock is compared."""

from __future__ import annotations

import pytest

from app.errors import Unavailable
from app.training.liveness import MOST_MISSED, Liveness
from tests.session.memory import MemoryStore


def beats(one: Liveness, times: int = MOST_MISSED + 1) -> None:
    for _ in range(times):
        one.beat()


def test_whoever_is_not_heard_of_any_more_is_removed_after_some_beats_of_another():
    store = MemoryStore()
    alive, dead = Liveness(store), Liveness(store)
    dead.beat()
    beats(alive, MOST_MISSED)
    assert set(store.trainers()) == {alive.token, dead.token}
    alive.beat()
    assert set(store.trainers()) == {alive.token}


def test_who_is_slower_than_others_is_alive():
    store, now = MemoryStore(), [0.0]
    fast, slow = Liveness(store, lambda: now[0]), Liveness(store, lambda: now[0])
    for _ in range(5):
        slow.beat()
        beats(fast, MOST_MISSED - 1)
        now[0] += 1e6
    assert set(store.trainers()) == {fast.token, slow.token}


def test_nobody_dies_while_nobody_can_write(monkeypatch: pytest.MonkeyPatch):
    store = MemoryStore()
    one, other = Liveness(store), Liveness(store)
    one.beat(), other.beat()

    def refuse(*_: object) -> None:
        raise Unavailable("locked")

    with monkeypatch.context() as locked:
        locked.setattr(store, "hear", refuse)
        for _ in range(3 * MOST_MISSED):
            with pytest.raises(Unavailable):
                one.beat()
    one.beat()
    assert set(store.trainers()) == {one.token, other.token}


def test_who_was_taken_for_dead_and_comes_back_is_heard_of_again():
    store = MemoryStore()
    paused, other = Liveness(store), Liveness(store)
    paused.beat()
    beats(other)
    paused.beat()
    assert set(store.trainers()) == {paused.token, other.token}


def test_the_beats_go_on_after_one_that_failed_and_end_with_the_trainer(monkeypatch: pytest.MonkeyPatch):
    store = MemoryStore()
    one, tried = Liveness(store), []

    def hear(trainer: str, now: float | None) -> None:
        tried.append(now)
        if len(tried) == 3:
            one._is_over.set()
        raise OSError("no space")

    monkeypatch.setattr("app.training.liveness.SECONDS_BETWEEN", 0.0)
    with monkeypatch.context() as failing:
        failing.setattr(store, "hear", hear)
        one.keep_beating()
    assert len(tried) == 3
    one.end()
    one.beat()
    assert store.trainers() == {}
