"""How much memory sessions take: counted before they are made, shared by copies, bounded in all."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from app.engine.plan import State
from app.errors import BeyondLimit, TooLarge, TooMany
from app.nn.limits import Limits
from app.nn.problem import build
from app.nn.spec import parse_spec
from app.session import trail, work
from app.session.branch import Change
from app.session.budget import Budget
from app.session.moves import To
from app.session.replay import Replay, initial_of
from app.session.service import Sessions
from app.session.size import bytes_of
from app.session.sqlite import SQLiteStore
from app.session.state import Cursor
from app.session.trail import Trail
from app.session.work import Allowance, TooMuch, here
from tests.processes import ROOT
from tests.session.memory import MemoryStore
from tests.session.problems import EXPRESSION, MAZUR

WIDTH, DEPTH = 400, 12
DEEP = {
    "kind": "layers",
    "inputs": WIDTH,
    "layers": [{"kind": "dense", "units": WIDTH}] * DEPTH,
    "loss": "half_squared_error",
    "data": {"x": [[0] * WIDTH], "y": [[0] * WIDTH]},
}
FIRST = 8 * DEPTH * WIDTH * (WIDTH + 1)
"""Bytes of all its parameters: 15 MB."""

PROGRAM = """
import json, sys
from pathlib import Path
from app.session.service import Sessions
from app.session.sqlite import SQLiteStore
from app.web import encoding

def resident():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096

def stored():
    return sum(file.stat().st_size for file in folder.iterdir())

folder = Path(sys.argv[1])
sessions = Sessions(SQLiteStore(folder / "sessions.db"))
spec, found = json.loads(sys.argv[2]), []
sessions.read(sessions.create({**spec, "layers": spec["layers"][:1]}).id)
before = resident(), stored()
shown = sessions.create(spec)
found.append((resident() - before[0], stored() - before[1]))
before = resident(), stored()
length = sum(len(piece) for piece in encoding.session(shown, "", str))
found.append((resident() - before[0], length))
before = resident(), stored()
for _ in range(5):
    sessions.fork(shown.id)
found.append((resident() - before[0], stored() - before[1]))
print(json.dumps(found))
"""


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="tells resident memory from /proc")
def test_a_small_request_for_much_takes_a_few_times_its_numbers_and_its_forks_nothing(tmp_path: Path) -> None:
    command = [sys.executable, "-c", PROGRAM, str(tmp_path), json.dumps(DEEP)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    (made, kept), (answering, length), (forked, added) = json.loads(done.stdout)
    assert made < 7 * FIRST and kept < 3 * FIRST
    assert length > 2 * FIRST and answering < length / 3
    assert forked < FIRST / 2 and added < FIRST / 10


def test_a_session_larger_than_the_setting_is_refused_before_it_is_made() -> None:
    store = MemoryStore()
    sessions = Sessions(store, Limits(max_session_bytes=5 * FIRST))
    with pytest.raises(TooLarge, match="CHAINRULE_MAX_SESSION_BYTES"):
        sessions.create(DEEP)
    assert not store._stored and sessions.create(MAZUR).version == 1


def test_what_the_contract_allows_fits_the_settings_as_they_are() -> None:
    limits = Limits()
    most = limits.max_total_elements * 8
    # All of it parameters, with an optimizer of two slots.
    assert most * (1 + 4 + 2 + 1 + 2 * 3) <= limits.max_session_bytes


def test_the_bytes_told_before_are_about_those_counted_after() -> None:
    problem = build(parse_spec(DEEP))
    replay = Replay(problem, initial_of(problem), 10**12)
    replay.seek((), Cursor(1, problem.graph.length))
    assert bytes_of(problem) / 2 < 8 * replay.elements < 2 * bytes_of(problem)


def test_sessions_in_memory_are_given_up_by_what_they_take_up() -> None:
    sessions = Sessions(MemoryStore(), Limits(max_memory_bytes=20 * FIRST))
    ids = [sessions.create({**DEEP, "seed": seed}).id for seed in range(6)]
    lives = sessions._lives._lives
    assert ids[-1] in lives and ids[0] not in lives
    assert 8 * sum(one.elements for one in lives.values()) <= 20 * FIRST


def test_sessions_are_given_up_before_the_one_that_needs_their_room_is_made() -> None:
    sessions = Sessions(MemoryStore(), Limits(max_memory_bytes=100_000))
    id = sessions.create(MAZUR).id
    with sessions._lives.room(90_000):
        assert id not in sessions._lives._lives
    assert sessions.read(id).version == 1


def test_who_needs_much_memory_is_put_off_before_anything_is_read_or_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = SQLiteStore(tmp_path / "sessions.db")
    sessions, loaded = Sessions(store, Limits()), []
    id = sessions.create(DEEP).id
    monkeypatch.setattr(work, "SMALL", FIRST)
    monkeypatch.setattr(store, "load", lambda id, load=store.load: loaded.append(id) or load(id))
    another = Sessions(store, Limits())
    change = Change("learning_rate", 0.2)
    for ask in (partial(another.create, DEEP), partial(another.read, id), partial(sessions.branch, id, change)):
        token = here.set(Allowance(sys.maxsize))
        with pytest.raises(TooMuch):
            ask()
        assert not loaded
        here.set(Allowance(sys.maxsize, is_alone=True))
        assert ask().version == 1
        loaded.clear()
        here.reset(token)
    store.close()


def test_one_alone_is_always_served_and_small_ones_beside_it() -> None:
    budget = Budget(100, spared=5)
    budget.take(1000)
    budget.take(5)
    with pytest.raises(TooMany):
        budget.take(6)
    budget.give_back(1000)
    budget.give_back(5)
    budget.take(60)
    with pytest.raises(TooMany):
        budget.take(41)
    assert budget.used == 60


def test_what_many_take_and_give_back_at_once_adds_up() -> None:
    budget = Budget(10**9)

    def use() -> None:
        for _ in range(2000):
            budget.take(3)
            budget.give_back(3)

    threads = [threading.Thread(target=use) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert budget.used == 0


def test_large_checkpoints_are_few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trail, "MOST_BYTES", 10_000)
    made = Trail(work=10**9, reach=10**9)
    for iteration in range(40):
        made.add(iteration, State(np.full(1000, float(iteration)), np.zeros((0, 1000)), iteration))
    assert len(made.checkpoints) <= 3 and {0, 39} < set(made.checkpoints)
    made.add(20, State(np.full(1000, 20.0), np.zeros((0, 1000)), 20))
    assert sorted(made.checkpoints) == [0, 20, 39]


def test_the_beginning_of_a_run_is_not_stored_and_not_missed(tmp_path: Path) -> None:
    sessions = Sessions(SQLiteStore(tmp_path / "x.db"))
    id = sessions.create(MAZUR).id
    begun = sessions.read(id).parameters_now
    sessions.step(id, 70)
    stored = SQLiteStore(tmp_path / "x.db").load(id)
    assert 0 not in stored.trail.checkpoints and stored.trail.checkpoints
    other = Sessions(SQLiteStore(tmp_path / "x.db"))
    assert other.read(id).snapshot.values.tobytes() == sessions.read(id).snapshot.values.tobytes()
    back = other.move(id, To(0, 0)).parameters_now
    assert {id: one.tobytes() for id, one in back.items()} == {id: one.tobytes() for id, one in begun.items()}


def test_no_more_iterations_are_finished_than_their_losses_may_take() -> None:
    sessions = Sessions(MemoryStore(), Limits(max_total_elements=200))
    id = sessions.create(EXPRESSION).id
    sessions.step(id, 100)
    with pytest.raises(BeyondLimit, match="CHAINRULE_MAX_TOTAL_ELEMENTS"):
        sessions.step(id)
