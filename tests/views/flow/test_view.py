"""The layers at a moment and over time, as far as they are computed."""

import base64
import zlib
from typing import Any

import numpy as np
import pytest

from app.engine.flow import Layer
from app.nn.expression import parse
from app.session.gauges import Gauges
from app.session.moment import Picture
from app.session.moves import To
from app.session.reading import Reading
from app.session.service import Sessions
from app.views.catalog import VIEWS, views_for
from app.views.flow.rows import USUAL, Row
from app.views.flow.strips import ends, strips
from app.views.flow.view import Flow, build
from app.views.scene import Scene
from tests.session.memory import MemoryStore
from tests.views.pictures import colah

NET = {
    "kind": "layers",
    "inputs": 2,
    "layers": [
        {"kind": "dense", "units": 4, "activation": "relu"},
        {"kind": "dense", "units": 4, "activation": "tanh"},
        {"kind": "dense", "units": 1},
    ],
    "loss": "mean_squared_error",
    "data": {"dataset": "xor", "samples": 40},
    "optimizer": {"kind": "adam", "learning_rate": 0.01},
    "seed": 3,
}

LAYERS = (Layer("W1", "a1", is_hidden=True), Layer("W2", None, is_hidden=False))


def seen(spec: dict[str, Any], iteration: int, position: int | None = None) -> tuple[Flow, Picture]:
    """The view of a new session at a moment, the end of an iteration unless a position is said."""
    sessions = Sessions(MemoryStore())
    id = sessions.create(spec).id
    length = sessions.read(id).length
    picture = sessions.move(id, To(iteration, length if position is None else position))
    reading = Reading.of(sessions, picture)
    return build(Scene(picture, picture.graph.loss.id, (), False, reading, lambda: None)), picture


def row(view: Flow, weight: str) -> Row:
    return next(one for one in view.layers.rows if one.weight == weight)


def test_whatever_has_parameters_has_a_gradient_flow() -> None:
    assert VIEWS["flow"] in views_for(seen(NET, 0)[1].graph)
    assert VIEWS["flow"] in views_for(colah().graph)
    assert VIEWS["flow"] not in views_for(parse("x = input(2)\ny = x * x"))


def expression(source: str) -> dict[str, Any]:
    return {"kind": "expression", "source": source}


def test_an_expression_has_a_row_for_each_parameter_and_says_how_its_loss_has_gone() -> None:
    view, picture = seen(expression("a = 3\nb = [1, 2]\ny = a * a + b @ b"), 9)
    assert [one.weight for one in view.layers.rows] == ["a", "b"]
    assert not view.has_layers
    assert float(row(view, "a").gradient.exact) == pytest.approx(picture.gradient("a"), rel=1e-12)
    assert "".join(map(str, view.words[0].pieces(str))) == "In 10 iterations the loss has gone from 14 to 0.2522."
    assert view.strips[0].title == "Gradient by parameter"


def test_before_an_iteration_is_finished_nothing_is_said_of_how_an_expression_trains() -> None:
    _, picture = seen(expression("a = 3\ny = a * a"), 0)
    view, _ = seen(expression("a = 3\ny = a * a"), 0, picture.graph.backward_end)
    assert view.is_measured and "No iteration is finished yet" in view.words[0].template


def test_where_all_is_frozen_there_is_nothing_to_judge() -> None:
    view, _ = seen({**NET, "frozen": ["W1", "b1", "W2", "b2", "W3", "b3"]}, 0)
    assert view.finding is None and not view.is_trained


def test_each_layer_shows_the_size_of_its_gradient_as_it_is() -> None:
    view, picture = seen(NET, 5)
    for one in view.layers.rows:
        assert float(one.gradient.exact.replace("−", "-")) == pytest.approx(
            np.linalg.norm(picture.gradient(one.weight)), rel=1e-12
        )


def test_the_step_is_what_the_optimizer_has_really_moved() -> None:
    sessions = Sessions(MemoryStore())
    id = sessions.create(NET).id
    length = sessions.read(id).length
    before = sessions.move(id, To(5, 0)).value("W2")
    picture = sessions.move(id, To(5, length))
    view = build(Scene(picture, "loss", (), False, Reading.of(sessions, picture), lambda: None))
    moved = np.linalg.norm(picture.value("W2") - before) / np.linalg.norm(before)
    assert float(row(view, "W2").step.exact.replace("−", "-")) == pytest.approx(moved, rel=1e-9)


def test_a_layer_that_the_backward_pass_has_not_reached_shows_nothing() -> None:
    _, picture = seen(NET, 0)
    middle = picture.positions.backward["W3"]
    view, _ = seen(NET, 0, middle)
    assert row(view, "W3").gradient is not None
    assert row(view, "W1").gradient is None and row(view, "W1").step is None
    assert not view.is_complete


def test_at_the_start_nothing_is_measured_and_nothing_is_said() -> None:
    view, _ = seen(NET, 0, 0)
    assert (view.finding, view.words, view.is_measured) == (None, (), False)


def test_what_is_frozen_is_marked_and_moves_by_nothing() -> None:
    view, _ = seen({**NET, "frozen": ["W1"]}, 1)
    assert row(view, "W1").is_frozen and row(view, "W1").step is None
    assert not row(view, "W2").is_frozen


def test_a_layer_names_what_may_be_flat_in_it() -> None:
    view, _ = seen(NET, 0)
    assert [one.flat.sort if one.flat else None for one in view.layers.rows] == ["dead", "saturated", None]


def test_the_usual_step_stands_in_the_middle_of_its_band() -> None:
    view, _ = seen(NET, 0)
    low, middle, high = view.layers.usual
    assert low < middle < high and middle - low == pytest.approx(high - middle)
    assert USUAL[1] == 1e-3


def test_a_run_that_is_well_says_in_numbers_why() -> None:
    view, _ = seen(NET, 20)
    said = ["".join(map(str, part.pieces(str))) for part in view.words]
    assert view.finding is None and len(said) == 2 and "factor" in said[0]


def pixels(address: str) -> np.ndarray:
    """The pixels of a picture, (height, width, 4)."""
    file = base64.b64decode(address.partition(",")[2])
    width, height = int.from_bytes(file[16:20], "big"), int.from_bytes(file[20:24], "big")
    start = file.index(b"IDAT") + 4
    length = int.from_bytes(file[start - 8 : start - 4], "big")
    rows = np.frombuffer(zlib.decompress(file[start : start + length]), np.uint8).reshape(height, -1)
    return rows[:, 1:].reshape(height, width, 4)


def gauges(**columns: list[float]) -> Gauges:
    names = tuple(name.replace("_of_", ".") for name in columns)
    numbers = np.array(list(columns.values()), float).T
    return Gauges(names, np.arange(len(numbers)) * 2, numbers)


def test_a_strip_is_the_stronger_the_larger_the_gradient() -> None:
    found = gauges(W1_of_gradient_norm=[1e-3, 1.0], W2_of_gradient_norm=[1.0, 1.0], a1_of_dead_share=[0.0, 1.0])
    norm, flat = strips(found, LAYERS, 3, 1)
    picture = pixels(norm.picture)
    assert picture.shape == (2, 4, 4)
    assert picture[0, 0, 3] < picture[0, 3, 3] == picture[1, 0, 3] == 255
    assert pixels(flat.picture)[0, 0, 3] < pixels(flat.picture)[0, 3, 3]
    assert (norm.low, norm.high, norm.last, norm.iteration) == ("0.001", "1", 3, 1)


def test_exact_zeros_and_numbers_that_are_not_finite_have_colours_of_their_own() -> None:
    found = gauges(W1_of_gradient_norm=[0.0, 1.0], W2_of_gradient_norm=[1.0, np.nan])
    (norm,) = strips(found, LAYERS, 3, 0)
    picture = pixels(norm.picture)
    assert len({tuple(colour) for colour in (picture[0, 0], picture[1, 0], picture[1, 3])}) == 3
    assert norm.has_zeros and norm.has_unfinite


def test_a_strip_reads_out_each_layer_by_iteration() -> None:
    found = gauges(W1_of_gradient_norm=[1e-3, 0.5], W2_of_gradient_norm=[1.0, 2.0])
    (norm,) = strips(found, LAYERS, 3, 0)
    assert [(one.name, one.at, one.says) for one in norm.reads] == [
        ("W1", (0, 2), ("0.001", "0.5")),
        ("W2", (0, 2), ("1", "2")),
    ]


def test_without_gauges_there_are_no_strips() -> None:
    assert strips(Gauges(), LAYERS, 0, 0) == ()


def test_colours_span_all_sizes_and_at_least_some_decades() -> None:
    assert ends(np.array([[1.0, 1.0]])) == (-3, 0)
    assert ends(np.array([[1e-30, 1e9]])) == (-30, 9)
    assert ends(np.array([[0.0, np.nan]])) == (-3, 0)


def test_a_gradient_near_the_largest_number_is_drawn() -> None:
    view, _ = seen({"kind": "expression", "source": "a = 1\nL = a * 1.7e308"}, 2)
    (norm,) = view.strips
    assert pixels(norm.picture)[0, 0, 3] == 255 and norm.high == "1e308"


def test_numbers_that_are_not_finite_are_marked_as_such() -> None:
    view, _ = seen({"kind": "preset", "name": "rate-diverging"}, 9)
    assert {one.gradient.sort for one in view.layers.rows} == {"unfinite"}
    assert view.strips[0].has_unfinite and view.finding.name == "too_fast"


def test_a_gradient_of_exact_zeros_has_no_bar() -> None:
    view, _ = seen({"kind": "preset", "name": "dead-relus"}, 5)
    assert row(view, "W1").gradient.sort == "none" and row(view, "W1").zeros.said == "100 %"


def test_before_its_first_backward_pass_nothing_is_said_though_a_run_went_on_from_there() -> None:
    sessions = Sessions(MemoryStore())
    id = sessions.step(sessions.create(NET).id, 20).id
    for to, is_measured in ((To(0, 0), False), (To(0, 3), False), (To(1, 0), True)):
        picture = sessions.move(id, to)
        view = build(Scene(picture, "loss", (), False, Reading.of(sessions, picture), lambda: None))
        assert view.is_measured == is_measured and bool(view.words) == is_measured
