"""A trainer's loop: whatever waits is taken up as soon as there is time for it."""

from __future__ import annotations

from app.training.__main__ import POLL, pause_after, serve


class Waiting:
    """So many runs that wait, each of which a single turn completes."""

    def __init__(self, waiting: int) -> None:
        self.waiting, self.count = waiting, 0

    def look(self) -> bool:
        has_found = self.waiting > 0
        self.waiting, self.count = self.waiting - has_found, self.count + has_found
        return has_found

    def turn(self) -> bool:
        is_busy, self.count = self.count > 0, 0
        return is_busy


class Bell:
    """Rings never, keeps nobody waiting but adds it up, and ends once everything is done."""

    def __init__(self, trainer: Waiting) -> None:
        self.trainer, self.waited = trainer, 0.0

    @property
    def is_over(self) -> bool:
        return not self.trainer.waiting and not self.trainer.count

    def wait(self, seconds: float) -> bool:
        self.waited += seconds
        return False


def test_short_runs_follow_each_other_without_a_pause():
    trainer = Waiting(50)
    bell = Bell(trainer)
    serve(trainer, bell)
    assert trainer.waiting == 0 and bell.waited <= POLL


def test_where_one_run_waited_the_next_look_is_soon_and_the_sooner_the_less_there_is_to_do():
    assert pause_after(True, 1) < pause_after(True, 10) < pause_after(False, 10)
    assert pause_after(True, 500) <= POLL / 4


def test_however_many_runs_it_has_a_trainer_looks_for_those_that_others_left():
    assert pause_after(False, 1000) <= 2 * POLL
