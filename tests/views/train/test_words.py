"""What is said of the training, in a sentence or two."""

from types import SimpleNamespace

import pytest

from app.pages.tour.stops import STOPS
from app.views.train import answers
from app.views.train.view import Training
from app.views.train.words import (
    AS_WELL,
    BETTER_ON_KNOWN,
    BROKEN,
    CHANCE,
    GREW,
    GUESSING,
    LEADS,
    NOTES,
    OFF,
    R2,
    RISING,
    SOME,
    UNTRAINED,
    WAITING,
    WENT,
    WORSE,
    judged,
)
from tests.views.train.looking import look, net

EXPRESSION = {"kind": "expression", "source": "x = 3\ny = x * x"}


def said(view: Training) -> list[str]:
    return [one.template for one in view.words]


def test_before_training_the_answers_are_those_of_the_initial_numbers():
    assert said(look(net(), 0)[1]) == ["Test accuracy {fresh}, training accuracy {training}.", UNTRAINED]


def test_a_net_that_does_as_well_on_new_points_is_told_so():
    assert said(look(net("gauss", 2), 100)[1])[1] == AS_WELL


def test_a_net_whose_loss_does_not_fit_its_last_layer_is_warned_of_and_not_praised():
    hidden, data = {"units": 8, "activation": "tanh"}, {"scale": "standardize"}
    ill, well = (
        look(net("iris", inputs=4, loss="cross_entropy", layers=[hidden, last], data=data), 60)[1]
        for last in ({"units": 3, "activation": "softmax"}, {"units": 3})
    )
    assert [one.kind for one in ill.warnings] == ["scores"] and not {AS_WELL, CHANCE} & {*said(ill)}
    assert well.warnings == () and {AS_WELL, CHANCE} & {*said(well)}


@pytest.mark.parametrize(
    ("fresh", "known", "said"),
    [(0.95, 0.97, AS_WELL), (0.57, 0.66, CHANCE), (0.57, 0.9, BETTER_ON_KNOWN), (0.97, 0.9, AS_WELL)],
)
def test_a_gap_that_anybody_sees_is_not_called_none_where_it_may_be_chance(fresh, known, said):
    scores = {"test": SimpleNamespace(accuracy=fresh), "training": SimpleNamespace(accuracy=known)}
    assert judged(SimpleNamespace(scores=scores, sets={"test": range(90)}), "test", True) == said


def test_a_net_that_learned_its_points_by_heart_is_told_so():
    spec = net("circle", 16, 16, data={"samples": 60, "noise": 0.5, "test_fraction": 0.5})
    assert BETTER_ON_KNOWN in said(look(spec, 600)[1])


def test_a_net_that_cannot_tell_is_told_that_it_guesses():
    assert said(look(net("xor", 3, initializer="zeros"), 20)[1])[1] == GUESSING


def test_a_regression_is_told_by_its_loss():
    words = look(net("plane", 4, loss="mean_squared_error", data={"noise": 0.2}), 100)[1].words
    assert [one.template for one in words] == [LEADS["test", False], OFF["test"], R2, AS_WELL]


def test_without_held_out_rows_only_training_is_told():
    words = look(net("gauss", data={"test_fraction": 0.0}), 50)[1].words
    assert [one.template for one in words] == ["Training accuracy {training}."]


def test_a_validation_loss_that_has_risen_for_long_is_told():
    data = {"samples": 60, "noise": 0.5, "test_fraction": 0.0, "validation_fraction": 0.5}
    assert RISING in said(look(net("circle", 16, 16, data=data), 800)[1])


def test_while_the_validation_loss_rises_new_points_are_not_said_to_go_as_well():
    words = said(look(STOPS["sets"].spec, 1000)[1])
    assert RISING in words and AS_WELL not in words


def test_an_expression_is_told_by_its_losses():
    assert said(look(EXPRESSION, 0)[1]) == [WAITING] and said(look(EXPRESSION, 4)[1]) == [WENT]


def test_a_loss_that_is_not_finite_is_told_with_its_iteration():
    spec = EXPRESSION | {"optimizer": {"kind": "sgd", "learning_rate": 1e200}}
    words = look(spec, 4)[1].words
    assert [one.template for one in words] == [BROKEN] and words[0].fields["iteration"] >= 1


def test_a_loss_that_grows_and_grows_is_told_beside_an_accuracy_that_hides_it():
    spec = net("spiral", 8, l2=10.0) | {"optimizer": {"kind": "sgd", "learning_rate": 0.3}}
    picture, view = look(spec, 20)
    (grew,) = (one for one in view.words if one.template == GREW)
    assert float(grew.fields["last"]) == pytest.approx(picture.losses[-1], rel=1e-3) and picture.losses[-1] > 1e10
    assert AS_WELL not in said(view)
    assert GREW not in said(look(spec | {"l2": 0.01}, 20)[1])


@pytest.mark.parametrize("template", [AS_WELL, CHANCE])
def test_while_the_loss_grows_new_points_are_not_said_to_go_as_well(monkeypatch, template):
    monkeypatch.setattr("app.views.train.words.judged", lambda *_: template)
    spec = net("spiral", 8, l2=3.0, seed=0) | {"optimizer": {"kind": "sgd", "learning_rate": 1.0}}
    found = said(look(spec, 20)[1])
    assert GREW in found and template not in found


def test_of_very_many_rows_some_are_looked_at_and_it_is_said(monkeypatch):
    monkeypatch.setattr(answers, "MOST_PRODUCTS", 0)
    monkeypatch.setattr(answers, "COARSE", 8)
    view = look(net("gauss", 4, data={"samples": 1000}), 20)[1]
    # Of 700 rows to train on, and of 300 to test, 64 each.
    assert view.words[-1].template == SOME and view.words[-1].fields == {"count": 128}
    assert view.confusion.total == 64 and view.boundary.left_out == 1000 - 128 and view.boundary.side == 8


@pytest.mark.parametrize(("changes", "rate"), [({}, None), ({"l2": 0.01}, None), ({}, 0.5), ({"l1": 0.01}, 0.5)])
def test_what_tells_the_batchs_loss_from_those_of_the_sets_is_said(changes, rate):
    hidden = {"units": 4, "activation": "tanh"} | ({"dropout": rate} if rate else {})
    view = look(net(layers=[hidden, {"units": 1}], **changes), 3)[1]
    assert view.note == NOTES.get((bool(changes), bool(rate)))


def test_a_net_that_tells_less_than_the_commonest_class_would_is_not_called_better():
    # Below 3.5 it says 1 and above it 0: every row is told wrong.
    data = {"x": [[1.0], [2.0], [3.0], [4.0]], "y": [[0], [0], [0], [1]]}
    layers = {"layers": [{"units": 1}], "parameters": {"W1": [[-1.0]], "b1": [3.5]}}
    spec = net(inputs=1, **layers) | {"data": data, "optimizer": {"kind": "sgd", "learning_rate": 1e-6}}
    view = look(spec, 2)[1]
    assert said(view)[1] == WORSE and view.words[0].fields["training"] == "0 %"
