"""Initializers side by side begin as sessions made with them begin, bit for bit."""

import numpy as np
import pytest

from app.errors import BeyondLimit
from app.nn.initializers import INITIALIZERS
from app.session import starts as starts_module
from app.session.service import Sessions
from app.session.starts import numbers_of, starts
from tests.session.memory import MemoryStore
from tests.session.problems import MAZUR, MINIBATCHES

WORK = 10**9


@pytest.mark.parametrize("name", INITIALIZERS)
def test_each_begins_like_a_session_made_with_it(name):
    sessions = Sessions(MemoryStore())
    start = {one.initializer.name: one for one in starts(sessions.create(MINIBATCHES), WORK)}[name]
    made = sessions.backward(sessions.create({**MINIBATCHES, "initializer": name}).id)
    for id in ("W1", "a1", "z2", "loss"):
        assert numbers_of(start, id, False).tobytes() == made.value(id).tobytes()
        assert numbers_of(start, id, True).tobytes() == made.gradient(id).tobytes()


def test_the_session_s_own_way_is_marked_also_where_it_is_not_said():
    sessions = Sessions(MemoryStore())
    own = [one.initializer.name for one in starts(sessions.create(MINIBATCHES), WORK) if one.is_own]
    assert own == ["xavier_uniform"]
    said = sessions.create({**MINIBATCHES, "initializer": "zeros"})
    assert [one.initializer.name for one in starts(said, WORK) if one.is_own] == ["zeros"]


def test_weights_that_were_given_are_nobody_s_way_and_biases_stay():
    found = starts(Sessions(MemoryStore()).create(MAZUR), WORK)
    assert not any(one.is_own for one in found)
    assert all(np.array_equal(one.shown.value("b1"), [0.35, 0.35]) for one in found)


def test_what_would_take_up_too_much_memory_is_refused_and_what_is_large_is_not_remembered(monkeypatch):
    picture = Sessions(MemoryStore()).create({**MINIBATCHES, "seed": 31})
    size = starts_module.check_bytes(picture.problem)
    monkeypatch.setattr(starts_module, "MOST_KEPT", size - 1)
    before = starts_module.begun.cache_info().misses
    assert len(starts(picture, WORK)) == len(INITIALIZERS)
    assert starts_module.begun.cache_info().misses == before
    monkeypatch.setattr(starts_module, "MOST_BYTES", size - 1)
    with pytest.raises(BeyondLimit, match=str(size)):
        starts(picture, WORK)


def test_too_much_work_is_refused():
    with pytest.raises(BeyondLimit):
        starts(Sessions(MemoryStore()).create(MINIBATCHES), 100)
