"""The way that the parameters took: enough moments for a picture, however short or long the run."""

import pytest

from app.session.moves import To
from app.session.service import Sessions
from tests.session.memory import MemoryStore
from tests.session.problems import MINIBATCHES


@pytest.fixture
def sessions() -> Sessions:
    return Sessions(MemoryStore())


def test_a_short_run_is_gone_through_once_more(sessions):
    id = sessions.move(sessions.create(MINIBATCHES).id, To(9, 3)).id
    way = sessions.way(id, 9, 48)
    assert [iteration for iteration, _ in way] == list(range(10))
    for iteration, parameters in way:
        then = sessions.move(id, To(iteration, 0)).parameters_now
        assert {key: numbers.tolist() for key, numbers in parameters.items()} == {
            key: numbers.tolist() for key, numbers in then.items()
        }


def test_of_many_moments_so_many_are_chosen_the_first_and_the_last_among_them(sessions):
    id = sessions.move(sessions.create(MINIBATCHES).id, To(3000, 0)).id
    places = [iteration for iteration, _ in sessions.way(id, 3000, 16)]
    assert 8 < len(places) <= 16 and places[0] == 0 and places[-1] == 3000 and places == sorted(places)


def test_nothing_beyond_the_moment_belongs_to_the_way(sessions):
    id = sessions.move(sessions.create(MINIBATCHES).id, To(500, 0)).id
    sessions.move(id, To(20, 0))
    assert max(iteration for iteration, _ in sessions.way(id, 20, 48)) == 20


def test_the_session_stays_where_it_is(sessions):
    picture = sessions.move(sessions.create(MINIBATCHES).id, To(9, 3))
    sessions.way(picture.id, 9, 48)
    after = sessions.read(picture.id)
    assert (after.version, after.cursor) == (picture.version, picture.cursor)
    assert after.snapshot.values.tobytes() == picture.snapshot.values.tobytes()


def test_a_run_that_has_not_begun_has_one_moment(sessions):
    id = sessions.create(MINIBATCHES).id
    assert [iteration for iteration, _ in sessions.way(id, 0, 48)] == [0]


def test_gradients_of_the_way_are_those_of_each_iteration_s_own_batch(sessions):
    id = sessions.move(sessions.create(MINIBATCHES).id, To(9, 3)).id
    for iteration, found in sessions.gradients(id, [0, 2, 9]):
        then = sessions.move(id, To(iteration, 0))
        then = sessions.backward(then.id)
        assert {key: slope.tobytes() for key, slope in found.items()} == {
            key: then.gradient(key).tobytes() for key in found
        }
