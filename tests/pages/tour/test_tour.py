"""The guided tour: every stop can be begun, looks at what there is, and says only what its own session computes."""

import string

import pytest

from app.engine.graph import Graph
from app.nn.problem import build
from app.nn.spec import parse_spec
from app.pages.tour.notes import beginning, figures_of, note
from app.pages.tour.stops import STOPS, Stop
from app.session.moves import To
from app.session.service import Sessions
from app.views.catalog import SECTIONS, VIEWS
from app.views.flow import view as flow
from tests.session.memory import MemoryStore
from tests.views.train.looking import scene

EVERY = pytest.mark.parametrize("stop", STOPS.values(), ids=STOPS)


def graph_of(stop: Stop) -> Graph:
    return build(parse_spec(stop.spec)).graph


def texts(stop: Stop) -> list[str]:
    return [stop.title, stop.summary, *stop.says, *stop.tries, *(claim.verdict for claim in stop.claims)]


@EVERY
def test_a_stop_begins_at_a_moment_of_its_graph(stop: Stop) -> None:
    graph = graph_of(stop)
    moment = graph.schedule[beginning(stop, graph).position]
    assert (moment.phase, moment.node) == stop.moment


@EVERY
def test_every_place_to_look_at_is_there(stop: Stop) -> None:
    graph = graph_of(stop)
    for look in (stop.look, *stop.looks, *(claim.look for claim in stop.claims if claim.look)):
        assert look.view is None or look.view in VIEWS
        assert look.open is None or look.open in SECTIONS or look.view == "layers"
        if look.node:
            shape = graph[look.node].shape
            index = tuple(map(int, look.index.split(","))) if look.index else ()
            assert len(index) == len(shape) and all(at < length for at, length in zip(index, shape, strict=True))


@EVERY
def test_the_texts_name_exactly_the_figures_that_are_computed(stop: Stop) -> None:
    named = {field for text in texts(stop) for _, field, _, _ in string.Formatter().parse(text) if field}
    assert named == set(figures_of(stop.name))


def test_the_figures_are_those_of_the_corrected_article() -> None:
    assert figures_of("mistakes")["d"] == "−0.04553"
    assert figures_of("fork") == {"one": "−0.02277", "two": "−0.008406", "sum": "−0.03117"}
    assert figures_of("update")["after"] == "0.5037"
    assert figures_of("training")["loss"] == "0.2722"


def test_the_gradient_of_the_deep_network_vanishes_as_its_stop_says() -> None:
    for name in ("vanishing", "cure"):
        last, first = (float(figures_of(name)[place].replace("−", "-")) for place in ("last", "first"))
        assert abs(first) < 1e-4 * abs(last)


def test_the_stop_about_overfitting_overfits_within_seconds() -> None:
    sessions = Sessions(MemoryStore())
    made = sessions.create(STOPS["sets"].spec)
    gauges = sessions.move(made.id, To(1000, made.length)).gauges
    training, validation = gauges.column("training.loss"), gauges.column("validation.loss")
    assert 0 < validation.argmin() < len(validation) / 4
    assert validation[-1] > 2 * validation.min() and training[-1] < training[validation.argmin()] / 10


def test_the_cure_of_the_last_stop_is_one_press_away() -> None:
    sessions = Sessions(MemoryStore())
    made = sessions.create(STOPS["cure"].spec)
    picture = sessions.move(made.id, beginning(STOPS["cure"], made.graph))
    shown = flow.build(scene(sessions, picture))
    assert shown.finding and shown.prescribed


def test_every_mistake_of_the_article_can_be_spotted() -> None:
    assert len(STOPS["mistakes"].claims) == 12


def test_a_stop_knows_its_neighbours() -> None:
    names = list(STOPS)
    assert note(names[0]).before is None and note(names[0]).after is STOPS[names[1]]
    assert note(names[-1]).after is None and note("nowhere") is None
