"""The check of all parameters at once: the worst first, what was skipped and why, and what cannot be compared."""

from typing import get_args

import pytest

from app.engine.check import Doubt
from app.errors import BeyondLimit
from app.nn.limits import Limits
from app.session.moves import To
from app.session.reading import Reading
from app.session.service import Sessions
from app.views.check import ORDER, Check, CheckRow, check, most_numbers
from app.views.doubt import DOUBTS, STATES
from app.views.scene import Scene
from tests.session.memory import MemoryStore
from tests.session.problems import MAZUR

KINKED = "w = [0.0, 1.0, -1.0]\nv = 2\nunused = 3\nh = relu(w)\nloss = sum(h) * v"
NET = {
    "kind": "layers",
    "inputs": 2,
    "layers": [{"kind": "dense", "units": 2, "activation": "sigmoid"}, {"kind": "dense", "units": 1}],
    "loss": "half_squared_error",
    "data": {"x": [[0.5, -0.3]], "y": [[1.0]]},
}


def check_of(spec: dict, position: int = 0, chosen: str | None = None, limits: Limits | None = None) -> Check:
    """The check of the first iteration of a new session."""
    sessions = Sessions(MemoryStore(), limits)
    picture = sessions.move(sessions.create(spec).id, To(0, position))
    id = chosen or picture.graph.loss.id
    return check(Scene(picture, id, (), chosen is not None, Reading.of(sessions, picture), lambda: None))


def rows(view: Check) -> dict[str, CheckRow]:
    return {row.id: row for row in view.rows}


def expression(source: str) -> dict:
    return {"kind": "expression", "source": source}


def test_every_parameter_is_listed_with_its_worst_number_the_worst_first():
    view = check_of(MAZUR)
    errors = [row.relative_error for row in view.rows]
    assert view.ok and errors == sorted(errors, reverse=True) and {row.state for row in view.rows} == {"agrees"}
    worst = rows(view)["W2"]
    assert (worst.place, worst.asked) == (f"[{', '.join(map(str, worst.index))}]", ",".join(map(str, worst.index)))
    assert worst.gradient == pytest.approx(worst.numeric, rel=1e-8) and worst.short[3] == "6.1e−6"
    assert view.compared == 12 and view.differing == 0


def test_a_number_at_a_kink_is_skipped_and_said_where():
    view = check_of(expression(KINKED))
    row = rows(view)["w"]
    assert view.ok and (row.state, row.kinks, row.kink_place, row.kink_asked) == ("agrees", 1, "[0]", "0")
    assert (view.kinks, view.compared) == (1, 3)


def test_a_parameter_that_lies_at_a_kink_altogether_neither_agrees_nor_differs():
    row = rows(check_of(expression("a = 0.0\nb = relu(a) + a")))["a"]
    assert (row.state, row.index, row.gradient) == ("kink", (), 1.0)
    assert row.numeric == pytest.approx(1.5)


def test_a_parameter_that_no_path_leads_from_is_listed_last_without_numbers():
    last = check_of(expression(KINKED)).rows[-1]
    assert (last.id, last.state, last.gradient, last.short) == ("unused", "none", None, ("", "", "", ""))


def test_a_sequential_update_makes_earlier_layers_differ_and_says_so():
    view = check_of({**NET, "optimizer": {"kind": "sgd", "learning_rate": 0.5, "update_order": "sequential"}})
    assert not view.ok and view.is_sequential and view.rows[0].id in ("W1", "b1")
    assert [rows(view)[id].state for id in ("W1", "b1", "W2", "b2")] == ["sequential"] * 2 + ["agrees"] * 2
    assert view.differing == 2
    assert not check_of(NET).is_sequential


def test_numbers_that_are_not_finite_are_named_and_not_called_wrong():
    view = check_of(expression("a = -1\nb = log(a)\nc = b * b"))
    assert (view.ok, view.first_non_finite, view.rows[0].state) == (False, "b", "not finite")


def test_a_gradient_that_is_not_finite_has_its_difference_beside_it_and_a_word():
    view = check_of(expression("x = [0, 0, 0]\ny = sqrt(x @ x)"))
    (row,) = view.rows
    assert (view.ok, view.differing, row.state, row.numeric) == (False, 1, "not finite", 0.0)
    assert row.doubt.said(str) == DOUBTS["gradient"]


def test_what_is_held_by_agreement_says_so_and_not_that_it_is_wrong():
    view = check_of(expression("z = -40\np = sigmoid(z)\nL = binary_cross_entropy(p, input(1))"))
    (row,) = view.rows
    assert (view.ok, row.state) == (False, "held") and "10⁻¹²" in row.doubt.said(str)


def test_every_doubt_has_a_word_and_a_sentence():
    assert set(STATES) - {None} == set(get_args(Doubt)) == {*DOUBTS, "held"}
    assert set(STATES.values()) | {"none"} == set(ORDER)


def test_a_large_net_is_sampled_evenly_and_says_how_much_was_left_out():
    big = {
        **NET,
        "layers": [{"kind": "dense", "units": 40}, {"kind": "dense", "units": 30}, {"kind": "dense", "units": 1}],
    }
    view = check_of(big)
    assert view.unsampled == 40 * 3 + 30 * 41 + 31 - view.compared and 900 < view.compared <= 1_000
    assert rows(view)["b3"].unsampled == 0


def test_fewer_numbers_are_compared_where_each_takes_many_operations():
    sessions = Sessions(MemoryStore())
    text = "a0 = 0.5\n" + "\n".join(f"a{at} = sin(a{at - 1})" for at in range(1, 1001))
    assert most_numbers(sessions.create(expression(text)).graph) == 200
    assert most_numbers(sessions.create(MAZUR).graph) == 1_000


def test_what_is_too_much_for_one_request_is_refused():
    with pytest.raises(BeyondLimit):
        check_of(MAZUR, limits=Limits(max_work=20_000))


def test_the_parameter_looked_at_is_marked():
    assert [row.id for row in check_of(MAZUR, chosen="b1").rows if row.is_chosen] == ["b1"]
    assert not any(row.is_chosen for row in check_of(MAZUR).rows)


def test_the_definition_of_a_central_difference_is_written_as_a_formula():
    view = check_of(MAZUR)
    assert view.definition.startswith("<math") and "mfrac" in view.definition and view.bound == "1e−6"


def test_a_gradient_that_cannot_be_compared_is_not_counted_as_differing():
    view = check_of(expression("a = 0\nb = 0\nc = a ** b"))
    assert (view.ok, view.differing, view.incomparable) == (False, 0, 1)
    assert rows(view)["b"].state == "not comparable"
