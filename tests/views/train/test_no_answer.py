"""NaN is no class: what the network gives beyond all numbers is no answer, in every picture and every count."""

import numpy as np
import pytest

from app.pages.comparison.view import compare
from app.session.service import Sessions
from app.views.train.view import Training, build
from app.views.train.words import NO_ANSWER
from tests.session.memory import MemoryStore
from tests.views.train.looking import net, scene
from tests.views.train.test_boundary import pixels

ROWS = {"x": [[value, 1.0] for value in range(-10, 10)], "y": [0, 1] * 10}
OVERFLOWING = {
    "kind": "layers",
    "inputs": 2,
    "layers": [{"units": 3, "activation": "relu"}, {"units": 2}],
    "loss": "cross_entropy",
    "data": ROWS,
}


def broken(spec: dict, node: str, value: object) -> Training:
    """What is seen of a network with numbers in one of its leaves that spoil its answers."""
    sessions = Sessions(MemoryStore())
    made = sessions.create(spec)
    return build(scene(sessions, sessions.edit_node(made.id, node, value)))


def overflowing() -> Training:
    """Rows whose first number is 2 or more overflow; the others do not, or are cut off by relu."""
    return broken(OVERFLOWING, "W1", [[1e308, 0.0]] * 3)


def counted(view: Training) -> int:
    return sum(cell.count for row in view.confusion.cells for cell in row)


@pytest.mark.parametrize("loss", ["binary_cross_entropy_with_logits", "hinge", "mean_squared_error", "cross_entropy"])
def test_the_matrix_and_the_accuracy_agree_that_nan_is_right_nowhere(loss):
    spec = net("xor", loss=loss, data={"samples": 20, "test_fraction": 0.0})
    outputs = 2 if loss == "cross_entropy" else 1
    view = broken(spec, "b1", ["NaN"] * outputs)
    accuracy = next(line for chart in view.charts if chart.quantity == "accuracy" for line in chart.lines)
    found = view.confusion
    assert (found.right, found.total, found.unanswered, counted(view)) == (0, 20, 20, 0) and accuracy.now == 0
    assert view.boundary is None and view.words[1].template == NO_ANSWER


def test_rows_that_are_answered_count_and_the_others_are_said():
    view = overflowing()
    found, said = view.confusion, {one.template: one.fields for one in view.words}
    accuracy = next(line.now for chart in view.charts if chart.quantity == "accuracy" for line in chart.lines)
    assert found.unanswered == 8 == found.total - counted(view) and said[NO_ANSWER] == {"count": 8, "total": 20}
    assert accuracy == found.right / found.total > 0


def test_no_colour_of_a_class_lies_where_there_is_no_answer():
    opacity = pixels(overflowing().boundary.picture)[..., 3]
    assert (opacity[:, -1] == 0).all() and (opacity[:, 0] > 0).all()


def test_rows_without_an_answer_are_not_ringed_as_misclassified():
    found = overflowing()
    wrong = sum(cell.count for row in found.confusion.cells for cell in row if cell.true != cell.told)
    assert found.boundary.wrong.count("M") == wrong


def test_pictures_without_an_answer_are_not_misread():
    spec = net("digits", loss="cross_entropy", inputs=64, outputs=10, data={"samples": 60, "test_fraction": 0.0})
    found = broken(spec, "b1", ["NaN"] * 10).confusion
    assert found.unanswered == 60 and (found.found, found.examples) == (0, ())


def test_a_target_that_is_no_number_is_of_no_class():
    spec = net("xor", loss="mean_squared_error", data={"samples": 20, "test_fraction": 0.0})
    targets = np.array([1.0, 0.0] * 10)[:, None].tolist()
    targets[3] = ["NaN"]
    view = broken(spec, "y", targets)
    assert counted(view) == 19 and sum(group.path.count("M") for group in view.boundary.marks) == 19


def test_a_comparison_counts_nan_as_wrong_as_well():
    sessions = Sessions(MemoryStore())
    one, other = (sessions.create(net("xor", data={"samples": 40})).id for _ in range(2))
    sessions.edit_node(one, "b1", ["NaN"])
    sessions.step(one)
    assert compare(sessions, one, other).one.score("test", "accuracy") == 0
