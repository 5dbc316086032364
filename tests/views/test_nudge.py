"""What a nudge looks like: the curve, the tangent cut at the frame, the gap, and which sentence is told of it."""

import math
import re

import pytest

from app.errors import Invalid
from app.session.moves import To
from app.session.reading import Reading
from app.session.service import Sessions
from app.views.nudge import NudgeView, address_of, is_for, nudge, read_options
from app.views.scene import Scene
from tests.session.memory import MemoryStore
from tests.session.problems import CLASSES

MAZUR = {"kind": "preset", "name": "mazur"}


def view_of(spec: dict, id: str, index: tuple = (), position: int | None = None, **options: str) -> NudgeView:
    """The nudge of one number at a position of the first iteration, or at the end of its backward pass."""
    sessions = Sessions(MemoryStore())
    session = sessions.create(spec).id
    picture = sessions.backward(session) if position is None else sessions.move(session, To(0, position))
    return nudge(Scene(picture, id, index, True, Reading.of(sessions, picture), lambda: None, options=options))


def expression(source: str) -> dict:
    return {"kind": "expression", "source": source}


def points(path: str) -> list[tuple[float, float]]:
    return [tuple(map(float, pair)) for pair in re.findall(r"[ML]([-\d.]+) ([-\d.]+)", path)]


def test_curve_and_tangent_meet_at_the_number_as_it_is():
    plot = view_of(MAZUR, "W2", (0, 0), by="0.5").plot
    assert plot.here in points(plot.curve)
    (x1, y1), (x2, y2) = points(plot.tangent)
    slope = (y2 - y1) / (x2 - x1)
    assert y1 + slope * (plot.here[0] - x1) == pytest.approx(plot.here[1], abs=0.2)


def test_the_gap_runs_from_the_curve_to_the_tangent_at_the_nudged_number():
    plot = view_of(MAZUR, "W2", (0, 0), by="1").plot
    assert plot.gap == (plot.truth[0], plot.truth[1], plot.promise[1])
    assert plot.truth[0] == plot.promise[0] > plot.here[0] and plot.truth[1] > plot.promise[1]


def test_everything_drawn_lies_in_the_frame():
    plot = view_of(expression("a = 0\nb = sigmoid(a * 20)"), "a", by="-0.9").plot
    for x, y in [*points(plot.curve), *points(plot.tangent)]:
        assert plot.left <= x <= plot.right and plot.top <= y <= plot.bottom
    assert plot.promise is None and plot.gap[2] == plot.bottom


def test_the_frame_stays_while_the_slider_moves():
    one, other = (view_of(expression("a = 3\nb = a ** 4"), "a", by=by).plot for by in ("-2", "1.5"))
    assert (one.curve, one.tangent, one.rows, one.columns) == (other.curve, other.tangent, other.rows, other.columns)
    assert one.truth != other.truth


def test_a_curve_that_leaves_floating_point_is_drawn_as_far_as_it_goes():
    plot = view_of(expression("a = 1\nb = log(a)"), "a", by="-0.5").plot
    assert plot.curve.count("M") == 1 and 0 < len(points(plot.curve)) < 61


def test_a_flat_loss_stands_in_the_middle():
    plot = view_of(expression("a = 1\nb = 2\nc = b * b"), "a").plot
    heights = {y for _, y in points(plot.curve)}
    assert len(heights) == 1 and plot.top < heights.pop() < plot.bottom and plot.tangent == ""


@pytest.mark.parametrize(
    ("source", "verdict"),
    [
        ("a = 0.7\nb = a * 3", "exact"),
        ("a = 0.7\nb = sin(a)", "square"),
        ("a = 0.0\nb = relu(a) + a", "kink"),
        ("a = 1\nb = 2\nc = b * b", "none"),
    ],
)
def test_what_the_steps_show_of_the_tangent_is_told(source, verdict):
    assert view_of(expression(source), "a", by="0.1").verdict == verdict


def test_of_sequential_updates_it_is_told_that_the_gradient_is_not_this_slope():
    spec = {
        "kind": "layers",
        "inputs": 2,
        "layers": [{"kind": "dense", "units": 2, "activation": "sigmoid"}, {"kind": "dense", "units": 1}],
        "loss": "half_squared_error",
        "data": {"x": [[0.5, -0.3]], "y": [[1.0]]},
        "optimizer": {"kind": "sgd", "learning_rate": 0.5, "update_order": "sequential"},
    }
    early, late = view_of(spec, "W1", (0, 0), by="0.1"), view_of(spec, "W2", (0, 0), by="0.1")
    assert early.is_sequential and early.verdict == "sequential" and late.verdict != "sequential"


def test_a_loss_that_is_not_computed_is_not_shown_as_zero():
    it = view_of(MAZUR, "W1", (0, 0), position=2)
    assert (it.state, it.loss_before, it.plot, it.lines) == ("no loss", "", None, ())


def test_before_the_backward_pass_there_is_a_curve_and_a_reason_but_no_tangent():
    it = view_of(MAZUR, "W1", (0, 0), position=5)
    assert it.state == "ready" and it.plot.tangent == "" and it.plot.promise is None
    assert it.lines[0].predicted == "" and it.lines[0].true and "not reached" in it.reason


def test_the_numbers_are_written_in_short_and_in_full():
    line = view_of(MAZUR, "W2", (0, 0), by="0.1").lines[0]
    assert (line.by, line.predicted, line.error) == ("0.1", "0.0082167", "−6.35e−5")
    assert line.exact_predicted == "0.00821670405642308" and not line.is_exact


def test_the_zooms_keep_the_place_of_the_slider():
    it = view_of(MAZUR, "W2", (0, 0), by="0.3")
    assert [(choice.reach, choice.by) for choice in it.choices] == [
        ("0.01", "0.003"), ("0.1", "0.03"), ("1", "0.3"), ("10", "3"),
    ]  # fmt: skip
    assert (it.furthest, it.notch, it.moved) == ("1", "0.01", "0.7")


def test_the_numbers_before_the_update_are_said_to_be_so():
    sessions = Sessions(MemoryStore())
    picture = sessions.step(sessions.create(MAZUR).id)
    for id, index, is_before in [("W1", (0, 0), True), ("z1", (0, 0), False), ("b1", (0,), False)]:
        it = nudge(Scene(picture, id, index, True, Reading.of(sessions, picture), lambda: None))
        assert it.is_before_update is is_before


def test_the_step_of_another_number_is_not_taken_over():
    options = {"by": "0.7", "zoom": "0.1", "nudged": "W1:0,1"}
    assert read_options(options, address_of("W1", (0, 1))) == (0.7, 0.1)
    assert read_options(options, address_of("W1", (0, 0))) == (None, 0.1)


@pytest.mark.parametrize("by", ["x", "1,5", "--1"])
def test_a_step_that_is_no_number_is_refused(by):
    with pytest.raises(Invalid):
        read_options({"by": by}, "")


def test_a_minus_sign_of_print_is_read():
    assert read_options({"by": "−0.5"}, "") == (-0.5, 1.0)


def test_constants_and_class_numbers_have_no_such_section():
    sessions = Sessions(MemoryStore())
    picture = sessions.create(CLASSES)
    assert [is_for(picture, picture.graph[id]) for id in ("x", "W1", "loss", "y")] == [True, True, True, False]


def test_a_number_that_is_not_finite_is_not_moved():
    it = view_of(expression("a = -1\nb = log(a)\nc = b * b"), "b")
    assert math.isnan(it.value) and it.state == "not finite" and it.plot is None


def test_a_negative_step_stands_in_parentheses_behind_the_sign():
    it = view_of(expression("a = 0.5\nb = a * -3"), "a", by="-0.25")
    assert (it.lines[0].by, it.lines[0].factor, it.loss_before, it.loss_taken) == ("−0.25", "(−0.25)", "−1.5", "(−1.5)")


def test_a_loss_that_is_never_finite_has_no_picture_and_tells_so_in_numbers():
    it = view_of(expression("a = 1\nb = log(a * 0 - 1)"), "a", by="0.5")
    assert it.state == "ready" and it.plot is None and (it.loss_before, it.lines[0].true) == ("NaN", "NaN")


def test_an_infinite_slope_has_no_tangent():
    it = view_of(expression("a = 0\nb = sqrt(a)"), "a", by="0.5")
    assert it.slope == "∞" and it.plot.tangent == "" and it.verdict == "none"
