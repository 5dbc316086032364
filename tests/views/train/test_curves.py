"""Curves over the iterations: every number of a run on them, the moment shown among them."""

import math
from dataclasses import dataclass, field

import numpy as np
import pytest

from app.nn.evaluation import Score
from app.session.moves import To
from app.session.service import Sessions
from app.views.train.answers import raw_now
from app.views.train.curves import Chart, charts, percent
from app.views.train.view import build
from tests.session.memory import MemoryStore
from tests.views.pictures import expression
from tests.views.train.looking import look, net, scene


@dataclass
class Taken:
    """What was measured along a run, written out."""

    numbers: dict[str, list[float]] = field(default_factory=dict)
    at: list[int] = field(default_factory=list)

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(self.numbers)

    @property
    def iterations(self) -> np.ndarray:
        return np.array(self.at, np.int64)

    def column(self, name: str) -> np.ndarray:
        return np.array(self.numbers[name])


def drawn(known: list[float], iteration: int = 0, taken: Taken | None = None, **scores: Score) -> tuple[Chart, ...]:
    return charts(np.array(known), taken or Taken(), iteration, scores)


def line(chart: Chart, kind: str):
    return next(line for line in chart.lines if line.kind == kind)


def test_losses_of_iterations_beyond_the_cursor_are_drawn_too():
    chart = drawn([4.0, 3.0, 2.0, 1.0], iteration=1)[0]
    assert line(chart, "loss").values == (4.0, 3.0, 2.0, 1.0) and chart.last == 3
    assert chart.cursor == pytest.approx(100 / 3, abs=1e-3) and line(chart, "loss").now == 3.0


def test_a_small_range_is_drawn_evenly_and_decades_by_their_logarithm():
    assert not drawn([2.0, 1.0])[0].is_logarithmic
    chart = drawn([1000.0, 10.0, 0.1])[0]
    assert chart.is_logarithmic and {"0.1", "1", "10", "100", "1000"} >= {tick.label for tick in chart.rows}


def test_what_is_not_finite_is_left_out_and_counted():
    chart = drawn([3.0, math.inf, 1.0, math.nan])[0]
    assert line(chart, "loss").at == (0, 2) and chart.gaps == 2


def test_a_long_run_keeps_its_highest_and_its_lowest_point():
    losses = np.sin(np.arange(50_000.0)) + 5
    losses[12_345], losses[40_001] = 80.0, 0.01
    chart = charts(losses, Taken(), 0, {})[0]
    found = line(chart, "loss")
    assert {12_345, 40_001, 0, 49_999} <= set(found.at) and len(found.at) < 1300
    assert len(found.path) < 20_000


def test_each_set_of_rows_has_a_curve_and_its_number_now():
    taken = Taken({"training.loss": [2.0, 1.0], "test.loss": [2.5, 2.0], "W1.gradient_norm": [1.0, 1.0]}, [0, 8])
    chart = drawn([2.0] * 10, 9, taken, training=Score(0.9, None), test=Score(1.9, None))[0]
    assert [one.kind for one in chart.lines] == ["batch", "training", "test"]
    assert line(chart, "test").at == (0, 8) and line(chart, "test").said_now == "1.9"


def test_accuracy_has_axes_of_its_own_in_percent():
    taken = Taken({"training.loss": [1.0], "training.accuracy": [0.5]}, [0])
    found = drawn([1.0], 0, taken, training=Score(1.0, 0.5))
    assert [chart.quantity for chart in found] == ["loss", "accuracy"]
    assert all(tick.label.endswith(" %") for tick in found[1].rows) and line(found[1], "training").said_now == "50 %"


def test_the_best_validation_iteration_is_marked():
    taken = Taken({"training.loss": [3.0, 2.0, 1.0], "validation.loss": [3.0, 1.5, 2.0]}, [0, 4, 8])
    best = drawn([3.0] * 9, 8, taken, training=Score(1.0, None), validation=Score(2.0, None))[0].best
    assert (best.iteration, best.value) == (4, 1.5) and best.x == 50.0


def test_without_a_validation_set_nothing_is_marked_as_best():
    assert look(net(), 5)[1].charts[0].best is None


def test_an_expression_has_a_loss_only():
    picture = expression("x = 3\ny = x * x")
    found = charts(picture.known, picture.gauges, 0, {})
    assert [chart.quantity for chart in found] == ["loss"] and not found[0].has_points


@pytest.mark.parametrize(
    ("share", "text"), [(1.0, "100 %"), (0.9999, "99.9 %"), (0.5, "50 %"), (0.0, "0 %"), (math.nan, "NaN")]
)
def test_only_all_is_a_hundred_percent(share, text):
    assert percent(share) == text


def test_rows_that_were_edited_count_as_they_are_now():
    sessions = Sessions(MemoryStore())
    spec = net("moons", 4, data={"samples": 40, "test_fraction": 0.0, "scale": "standardize"})
    id = sessions.step(sessions.create(spec).id, 3).id
    sessions.edit_node(id, "x", 9.0, [0, 0])
    sessions.edit_node(id, "y", 1.0 - float(sessions.read(id).value("y")[1, 0]), [1, 0])
    sessions.step(id, 4)
    picture = sessions.move(id, To(5, 0))
    view, place = build(scene(sessions, picture)), picture.gauges.iterations.tolist().index(5)
    for chart, quantity in zip(view.charts, ("loss", "accuracy"), strict=True):
        now = next(line.now for line in chart.lines if line.kind == "training")
        assert now == pytest.approx(picture.gauges.column(f"training.{quantity}")[place], rel=1e-13)
    assert picture.training.x[0, 0] == 9.0 != picture.problem.training.x[0, 0]
    raw = raw_now(picture)["training"]
    assert picture.problem.preparation.prepare(raw)[0, 0] == pytest.approx(9.0)
    np.testing.assert_allclose(raw[1:], picture.problem.raw["training"][1:], atol=1e-12)
