"""A trainer is started again for ever, however often it dies or cannot be started at all."""

from __future__ import annotations

import logging
import subprocess
import sys

import pytest

from app.nn.limits import Limits
from app.training import trainers
from app.training.trainers import LATEST, Keeper, Trainers


class Over:
    """Never waits; notes for how long it should have, and is over after so many pauses."""

    def __init__(self, most: int) -> None:
        self.pauses: list[float] = []
        self._most = most

    def is_set(self) -> bool:
        return len(self.pauses) >= self._most

    def wait(self, seconds: float) -> None:
        self.pauses.append(seconds)


def keeper(pauses: int) -> Keeper:
    made = Keeper([sys.executable, "-c", ""])
    made._over = Over(pauses)
    return made


@pytest.mark.parametrize("error", [OSError("no more processes"), MemoryError(), ValueError("odd")])
def test_a_trainer_that_cannot_be_started_is_tried_again_after_growing_pauses(monkeypatch, caplog, error) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(subprocess, "Popen", refuse)
    one = keeper(10)
    with caplog.at_level(logging.ERROR):
        one._keep()
    assert one._over.pauses == sorted(one._over.pauses) and one._over.pauses[0] < 1 < one._over.pauses[-1] == LATEST
    assert len(caplog.records) == 10 and str(error) in caplog.text
    assert not one.has_started()


def test_a_trainer_that_could_not_be_started_runs_as_soon_as_it_can(monkeypatch) -> None:
    start, tries = subprocess.Popen, []

    def refuse_twice(*arguments: object, **options: object) -> subprocess.Popen:
        tries.append(arguments)
        if len(tries) < 3:
            raise OSError("no more processes")
        return start(*arguments, **options)

    monkeypatch.setattr(subprocess, "Popen", refuse_twice)
    one = keeper(3)
    one._keep()
    assert len(tries) == 3 and one._process.returncode == 0


def test_trainers_are_there_once_one_has_been_alive_for_a_while(monkeypatch) -> None:
    crew = Trainers(0, "", Limits())
    assert not crew.are_there()
    one = Keeper([sys.executable, "-c", "input()"])
    crew._keepers = [one]
    assert one._spawn() and not crew.are_there()
    monkeypatch.setattr(trainers, "LATEST", -1.0)
    with one._process:
        assert crew.are_there()
    assert not crew.are_there()
