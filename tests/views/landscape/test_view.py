"""What the address of a landscape asks for, and what is drawn of it."""

import numpy as np
import pytest

from app.errors import Invalid
from app.session.landscape import Wish
from app.session.moves import To
from app.session.reading import Reading
from app.session.service import Sessions
from app.views.landscape.plot import LEFT, SIDE, TOP, arrow, levels
from app.views.landscape.view import LandscapeView, is_for, view
from app.views.landscape.wish import read_wish
from app.views.scene import Scene
from tests.session.memory import MemoryStore
from tests.session.problems import MINIBATCHES
from tests.views.pictures import expression

VALLEY = {"kind": "expression", "source": "a = 3\nb = -1\nloss = (a - 1)**2 + 4*(b - 2)**2 + 1"}


def seen(spec: dict, iteration: int = 0, **words: str) -> LandscapeView:
    """The view of a new session at a moment."""
    sessions = Sessions(MemoryStore())
    picture = sessions.move(sessions.create(spec).id, To(iteration, 0))
    reading = Reading.of(sessions, picture)
    return view(Scene(picture, picture.graph.loss.id, (), False, reading, lambda: None, options=words))


def test_an_address_without_words_asks_for_the_usual():
    assert read_wish({}) == Wish()


@pytest.mark.parametrize("typed", ["W1[0,1]", "W1[0][1]", " W1:0,1 ", "W1[0, 1]"])
def test_a_number_is_named_as_people_write_it(typed):
    wish = read_wish({"across": typed, "up": "b"})
    assert wish.elements == (("W1", (0, 1)), ("b", ()))


@pytest.mark.parametrize(
    ("words", "pointer"),
    [
        ({"plane": "sphere"}, "/plane"),
        ({"across": "W1[a]", "up": "b"}, "/across"),
        ({"across": "a", "up": "b[1234567890]"}, "/up"),
        ({"directions": "-3"}, "/directions"),
        ({"directions": "²"}, "/directions"),
        ({"closer": "7"}, "/closer"),
    ],
)
def test_words_that_mean_nothing_are_refused_with_a_pointer(words, pointer):
    with pytest.raises(Invalid) as refusal:
        read_wish(words)
    assert refusal.value.pointer == pointer


def test_two_numbers_are_drawn_on_axes_of_their_own():
    shown = seen(VALLEY, across="b", up="a")
    assert [one.address for one in shown.axes] == ["b", "a"] and shown.loss == 41.0
    below = {tick.label for tick in shown.plot.columns}
    assert below >= {"−2", "0"} and shown.plot.here is not None


def test_the_moment_stands_where_the_axes_say_that_it_stands():
    plot = seen(VALLEY).plot
    places = {tick.label: tick.place for tick in plot.columns}
    two, four = places["2"], places["4"]
    assert plot.here[0] == pytest.approx((two + four) / 2, abs=0.2)


def test_the_arrow_points_down_the_slope_upwards_being_less_on_a_screen():
    found = arrow((100.0, 100.0), np.array([0.0, 3.0]), 50.0)
    assert found.head.split()[0] == "100.0,50.0"
    assert arrow((0.0, 0.0), np.zeros(2), 50.0) is None and arrow(None, np.ones(2), 50.0) is None
    assert arrow((0.0, 0.0), np.array([np.nan, 1.0]), 50.0) is None


def test_lines_have_round_numbers_and_are_not_too_many():
    assert [label for _, label, _ in levels(0.0, 1.0, False)][:3] == ["0.1", "0.2", "0.3"]
    found = levels(-2.0, 3.0, True)
    assert 4 <= len(found) <= 16 and ("1", True) in [(label, is_firm) for _, label, is_firm in found]
    assert len(levels(-200.0, 200.0, True)) <= 400


def test_all_lines_lie_in_the_picture():
    plot = seen(MINIBATCHES, 5).plot
    numbers = [pair.split() for one in plot.contours for pair in one.path.replace("M", "L").split("L") if pair]
    assert numbers and all(LEFT <= float(x) <= LEFT + SIDE and TOP <= float(y) <= TOP + SIDE for x, y in numbers)


def test_a_plane_along_the_way_is_offered_once_there_is_one():
    assert [one.is_possible for one in seen(MINIBATCHES).kinds] == [True, True, False]
    assert [one.is_possible for one in seen(MINIBATCHES, 9).kinds] == [True, True, True]
    shown = seen(MINIBATCHES, 9, plane="path")
    assert len(shown.plot.dots) == 10 and shown.plot.dots[0].opacity < shown.plot.dots[-1].opacity
    assert [dot.iteration for dot in shown.plot.dots] == list(range(10))


def test_losses_that_are_not_finite_are_counted_and_left_blank():
    shown = seen({"kind": "expression", "source": "a = 0.5\nb = 1\nloss = log(a) + b**2"})
    assert 0 < shown.plot.blanks < shown.losses.size and not shown.plot.is_logarithmic


def test_a_loss_that_nothing_changes_is_flat():
    shown = seen({"kind": "expression", "source": "a = 2\nb = 1\nloss = (a + b) * 0"})
    assert shown.is_flat and [tick.label for tick in shown.plot.marks] == ["0"]


def test_a_landscape_needs_two_numbers():
    assert not is_for(expression("a = 2\nloss = a * a").graph)
    assert is_for(expression("a = 2\nb = 3\nloss = a * b").graph)
