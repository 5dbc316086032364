"""Histograms of a session: what is not computed yet is missing, and initializers stand on the same axes."""

import numpy as np
import pytest

from app.errors import Invalid
from app.session.moves import To
from app.session.reading import Reading
from app.session.service import Sessions
from app.views.histograms.beginnings import chosen, factor
from app.views.histograms.view import Histograms, is_for, view
from app.views.scene import Scene
from tests.session.memory import MemoryStore
from tests.session.problems import EXPRESSION, MINIBATCHES

DEEP = {
    **MINIBATCHES,
    "layers": [{"kind": "dense", "units": 6, "activation": "sigmoid"}] * 14 + [{"kind": "dense", "units": 1}],
    "frozen": [],
}


def seen(spec: dict, iteration: int = 0, position: int = 0, **words: str) -> tuple[Histograms, Scene]:
    """The view of a new session at a moment."""
    sessions = Sessions(MemoryStore())
    picture = sessions.move(sessions.create(spec).id, To(iteration, position))
    reading = Reading.of(sessions, picture)
    scene = Scene(picture, picture.graph.loss.id, (), False, reading, lambda: None, options=words)
    return view(scene), scene


def test_every_parameter_that_moves_has_its_values_over_time():
    shown, scene = seen(MINIBATCHES, 20, 3)
    assert [one.id for one in shown.parameters] == ["W1", "b1", "W2"]
    weights = shown.parameters[0].weights
    assert weights.iterations[0] == 0 and weights.iterations[-1] == 20
    now = scene.picture.parameters_now["W1"]
    low, high = weights.axis
    counted = np.histogram(now, len(weights.last.counts), (low, high))[0]
    assert weights.last.counts.tolist() == counted.tolist()


def test_the_gradient_of_this_moment_is_missing_until_it_is_computed():
    before, after = seen(MINIBATCHES, 6, 0)[0], seen(MINIBATCHES, 6, 15)[0]
    assert before.parameters[0].gradients.iterations[-1] == 5
    assert after.parameters[0].gradients.iterations[-1] == 6


def test_before_the_first_backward_pass_there_is_no_gradient_at_all():
    gradients = seen(MINIBATCHES)[0].parameters[0].gradients
    assert gradients.state == "pending" and gradients.crowds == () and gradients.last is None


def test_biases_of_zero_are_counted_as_exact_zeros():
    biases = seen(MINIBATCHES, 5)[0].parameters[1]
    assert biases.id == "b1" and biases.weights.crowds[0].zeros == 3 and biases.weights.last.zeros == 0


def test_many_parameters_are_shown_in_parts():
    first, middle, last = (seen(DEEP, 1, first=str(place))[0] for place in (0, 12, 24))
    assert (first.count, first.earlier, first.later, len(first.parameters)) == (30, None, 12, 12)
    assert (middle.earlier, middle.later) == (0, 24)
    assert (last.earlier, last.later, last.last) == (12, None, 30)


@pytest.mark.parametrize("typed", ["x", "-1", "9999999"])
def test_a_place_that_is_no_number_is_refused(typed):
    with pytest.raises(Invalid) as refusal:
        seen(MINIBATCHES, first=typed)
    assert refusal.value.pointer == "/first"


def test_initializers_stand_on_the_same_axes():
    shown = seen(DEEP, show="beginnings")[0]
    assert len(shown.beginnings) == 7 and shown.parameters == ()
    assert len({one.activation_axis for one in shown.beginnings}) == 1
    assert len({one.gradient_axis for one in shown.beginnings}) == 1
    by_name = {one.name: one for one in shown.beginnings}
    assert by_name["xavier_normal"].gradient_factor < 1e-3
    assert by_name["zeros"].gradients[0].zeros == by_name["zeros"].gradients[0].size
    assert by_name["zeros"].gradient_factor is None


def test_of_many_layers_the_first_and_the_last_are_among_those_shown():
    assert chosen(list(range(30)))[0] == 0 and chosen(list(range(30)))[-1] == 29
    assert chosen([1, 2, 3]) == [1, 2, 3]


def test_a_change_over_the_layers_needs_a_beginning_and_an_end():
    assert factor([np.array([1.0, 3.0]), np.array([0.0, 8.0])], np.std) == 4.0
    assert factor([np.zeros(3), np.ones(3)], np.std) is None
    assert factor([np.array([np.inf]), np.ones(3)], np.std) is None


def test_only_what_has_layers_has_histograms():
    sessions = Sessions(MemoryStore())
    assert is_for(sessions.create(MINIBATCHES).graph) and not is_for(sessions.create(EXPRESSION).graph)
