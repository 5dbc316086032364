"""The loss around a moment: which plane, which rows, and that every number of it can be computed again by hand."""

import numpy as np
import pytest

from app.errors import BeyondLimit, Invalid, NotFound
from app.session.landscape import Landscape, Wish, landscape
from app.session.moment import Picture
from app.session.moves import To
from app.session.service import Sessions
from tests.session.memory import MemoryStore
from tests.session.problems import MAZUR, MINIBATCHES

WORK = 10**9
USUAL = Wish()
VALLEY = {"kind": "expression", "source": "a = 3\nb = -1\nloss = (a - 1)**2 + 4*(b - 2)**2 + a*b"}
WHOLE = {**MINIBATCHES, "batch_size": None}


def stood(spec: dict, iteration: int = 0, position: int = 0) -> tuple[Sessions, Picture]:
    """A session at a moment."""
    sessions = Sessions(MemoryStore())
    return sessions, sessions.move(sessions.create(spec).id, To(iteration, position))


def around(sessions: Sessions, picture: Picture, wish: Wish = USUAL, work: int = WORK) -> Landscape:
    way = sessions.way(picture.id, picture.cursor.iteration, 48)
    return landscape(picture, way, wish, work)


def test_two_parameters_of_an_expression_span_the_usual_plane():
    sessions, picture = stood(VALLEY)
    found = around(sessions, picture)
    a, b = 3 + found.across[None, :], -1 + found.up[:, None]
    assert found.kind == "parameters" and found.elements == (("a", ()), ("b", ()))
    assert found.losses == pytest.approx((a - 1) ** 2 + 4 * (b - 2) ** 2 + a * b, rel=1e-12)
    assert found.loss == 37.0 and found.descent.tolist() == [-3.0, 21.0]
    assert found.rows is None and found.batch_descent is None


def test_the_way_of_two_parameters_is_drawn_where_it_went():
    sessions, picture = stood(VALLEY, 7)
    found = around(sessions, picture)
    now = picture.parameters_now
    assert found.iterations == tuple(range(8)) and found.held == pytest.approx(1.0)
    for iteration, (across, up) in zip(found.iterations, found.path, strict=True):
        then = sessions.move(picture.id, To(iteration, 0)).parameters_now
        assert across == pytest.approx(float(then["a"] - now["a"]), abs=1e-14)
        assert up == pytest.approx(float(then["b"] - now["b"]), abs=1e-14)
    assert found.path[-1].tolist() == [0.0, 0.0]
    assert found.across[0] < found.path[:, 0].min() and found.across[-1] > found.path[:, 0].max()


def test_the_arrow_is_the_real_gradient_projected():
    sessions, picture = stood(WHOLE, 3)
    picture = sessions.backward(picture.id)
    found = around(sessions, picture, Wish("directions", seed=5))
    ids = [id for id in picture.parameters if id not in picture.frozen]
    gradient = np.concatenate([picture.gradient(id).ravel() for id in ids])
    basis = np.stack(directions(picture, ids, 5), axis=1)
    assert found.descent == pytest.approx(np.linalg.lstsq(basis, -gradient, rcond=None)[0], rel=1e-9)
    assert found.batch_descent is None and found.loss == pytest.approx(picture.loss, rel=1e-14)


def directions(picture: Picture, ids: list[str], seed: int) -> list[np.ndarray]:
    """Two random directions by Li et al.'s rule, written anew: each row as long as the weights' row, biases 0."""
    chance = np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed, spawn_key=(4,))))
    found = []
    for _ in range(2):
        parts = []
        for id in ids:
            weights = picture.parameters_now[id]
            drawn = chance.standard_normal(weights.shape)
            if weights.ndim == 2:
                for row, own in zip(drawn, weights, strict=True):
                    row *= np.sqrt(np.sum(own**2) / np.sum(row**2))
            parts.append((drawn if weights.ndim == 2 else np.zeros(weights.shape)).ravel())
        found.append(np.concatenate(parts))
    return found


def test_losses_over_random_directions_are_those_of_the_network_there():
    sessions, picture = stood(WHOLE, 2)
    found = around(sessions, picture, Wish("directions", seed=1))
    first, second = directions(picture, ["W1", "b1", "W2"], 1)
    x, y = picture.problem.training.x, picture.problem.training.y
    now = np.concatenate([picture.parameters_now[id].ravel() for id in ("W1", "b1", "W2")])
    for row, column in ((0, 0), (5, 17), (20, 20), (40, 3)):
        at = now + found.across[column] * first + found.up[row] * second
        hidden = np.tanh(x @ at[:6].reshape(3, 2).T + at[6:9])
        wanted = np.mean((hidden @ at[9:12].reshape(1, 3).T + picture.parameters_now["b2"] - y) ** 2)
        assert found.losses[row, column] == pytest.approx(float(wanted), rel=1e-12)
    assert found.across[20] == 0.0 and found.losses[20, 20] == pytest.approx(found.loss, rel=1e-14)


def test_a_minibatch_has_an_arrow_of_its_own_once_it_is_known():
    sessions, picture = stood(MINIBATCHES, 4)
    assert around(sessions, picture).batch_descent is None
    picture = sessions.backward(picture.id)
    wish = Wish("parameters", elements=(("W1", (0, 1)), ("W2", (0, 2))))
    found = around(sessions, picture, wish)
    gradients = picture.gradient("W1")[0, 1], picture.gradient("W2")[0, 2]
    assert found.batch_descent == pytest.approx([-gradients[0], -gradients[1]], rel=1e-12)
    assert found.rows == found.all_rows == 5 and found.loss != pytest.approx(picture.loss)


def test_looking_at_a_landscape_leaves_the_session_as_it_is():
    sessions, picture = stood(MINIBATCHES, 6, 4)
    around(sessions, picture)
    after = sessions.read(picture.id)
    assert (after.version, after.cursor) == (picture.version, picture.cursor)
    assert after.snapshot.values.tobytes() == picture.snapshot.values.tobytes()
    assert sessions.step(picture.id, 3).losses.tobytes() == stood(MINIBATCHES, 8, after.length)[1].losses.tobytes()


def test_edited_data_and_frozen_numbers_count_as_they_stand():
    sessions, picture = stood(WHOLE)
    sessions.edit_node(picture.id, "x", 5.0, [0, 0])
    picture = sessions.edit_node(picture.id, "b2", [2.5])
    found = around(sessions, picture)
    picture = sessions.forward(picture.id)
    assert found.loss == pytest.approx(picture.loss, rel=1e-14)


def test_closer_means_a_smaller_part_around_the_moment():
    sessions, picture = stood(WHOLE, 3)
    usual, close = (around(sessions, picture, Wish("directions", closer=closer)) for closer in (1.0, 5.0))
    assert close.across == pytest.approx(usual.across / 5)


def test_the_plane_along_the_way_holds_most_of_it():
    sessions, picture = stood(WHOLE, 40)
    found = around(sessions, picture, Wish("path"))
    assert found.held > 0.9 and len(found.iterations) == 41
    assert around(sessions, picture, Wish("directions")).held < found.held


def test_of_many_rows_some_are_picked_by_a_seed():
    spec = {**WHOLE, "data": {"dataset": "circle", "samples": 5000}, "layers": [{"kind": "dense", "units": 1}] * 2}
    sessions, picture = stood({**spec, "loss": "half_squared_error", "frozen": []})
    found, again = (around(sessions, picture, work=2_000_000) for _ in range(2))
    assert 64 <= found.rows < 1000 and found.all_rows == 5000 and len(found.across) == 31
    assert found.losses.tolist() == again.losses.tolist()


def test_too_much_work_is_refused():
    sessions, picture = stood(WHOLE)
    with pytest.raises(BeyondLimit):
        around(sessions, picture, work=1000)


@pytest.mark.parametrize(
    ("wish", "error", "pointer"),
    [
        (Wish("parameters", elements=(("W9", ()), ("W1", (0, 0)))), NotFound, None),
        (Wish("parameters", elements=(("W1", (0, 9)), ("W1", (0, 0)))), Invalid, "/across"),
        (Wish("parameters", elements=(("W1", (0, 0)), ("b2", (0,)))), Invalid, "/up"),
        (Wish("parameters", elements=(("W1", (0, 0)), ("W1", (0, 0)))), Invalid, "/up"),
        (Wish("path"), Invalid, "/plane"),
    ],
)
def test_what_cannot_be_drawn_is_refused(wish, error, pointer):
    sessions, picture = stood(WHOLE)
    with pytest.raises(error) as refusal:
        around(sessions, picture, wish)
    assert refusal.value.pointer == pointer


def test_weights_of_zero_have_no_directions_of_their_lengths():
    sessions, picture = stood({**WHOLE, "initializer": "zeros"})
    with pytest.raises(Invalid):
        around(sessions, picture, Wish("directions"))
    assert around(sessions, picture, Wish("parameters")).losses.shape == (41, 41)


def test_around_numbers_that_are_not_finite_there_is_nothing():
    sessions, picture = stood({"kind": "expression", "source": "a = 2\nb = 1\nloss = a * b"})
    picture = sessions.edit_node(picture.id, "a", "NaN")
    with pytest.raises(Invalid):
        around(sessions, picture)


def test_frozen_biases_are_no_part_of_the_article_s_landscape():
    sessions, picture = stood(MAZUR, 3)
    assert around(sessions, picture).descent.shape == (2,)
    assert around(sessions, picture, Wish("parameters")).elements == (("W1", (0, 0)), ("W1", (0, 1)))
