"""Each thing that goes wrong is named, and named alone; what goes well is left in peace; what is advised helps."""

from typing import Any

import numpy as np
import pytest

from app.engine import illness
from app.nn.presets import PRESETS
from app.session.branch import Change
from app.session.moment import Picture
from app.session.moves import To
from app.session.service import Sessions
from app.views.flow.course import course_of
from app.views.flow.illnesses import ILLNESSES, Finding, diagnosed
from tests.session.memory import MemoryStore
from tests.views.flow.cases import ILL, MILLIMETRES, POINTS, STANDARD, WELL, expression, iris, net, prices, rows

MOMENTS = (1, 2, 5, 20, 100, 300)


def run(spec: dict[str, Any], count: int) -> tuple[Sessions, Picture]:
    """A session after so many iterations."""
    sessions = Sessions(MemoryStore())
    id = sessions.create(spec).id
    return sessions, sessions.move(id, To(count - 1, sessions.read(id).length))


def finding(picture: Picture) -> Finding | None:
    return diagnosed(picture, course_of(picture))


def names(picture: Picture) -> set[str]:
    """All illnesses whose tests say yes, whatever comes first."""
    course = course_of(picture)
    return {row.name for row in ILLNESSES.values() if row.test(course)}


@pytest.mark.parametrize("name", ILL)
def test_what_goes_wrong_is_named(name: str) -> None:
    spec, count, expected = ILL[name]
    found = finding(run(spec, count)[1])
    assert found is not None and (found.name, found.evidence.sort) == expected
    assert "{" not in found.said(str) and found.advice


@pytest.mark.parametrize("name", WELL)
def test_what_goes_well_is_left_in_peace(name: str) -> None:
    sessions, picture = run(WELL[name], 1)
    for count in MOMENTS:
        picture = sessions.move(picture.id, To(count - 1, picture.length))
        assert names(picture) == set(), count


@pytest.mark.parametrize("name", ["l2 flips", "l2 empties", "softmax twice", "cube", "millimetres", "both", "dead"])
def test_it_is_known_in_the_middle_of_an_iteration_too_unless_it_needs_this_moments_numbers(name: str) -> None:
    spec, count, expected = ILL[name]
    sessions, picture = run(spec, count)
    for position in range(picture.length):
        found = finding(sessions.move(picture.id, To(count, position)))
        assert found is None or (found.name, found.evidence.sort) == expected


CURED = ["l2 flips", "decay flips", "l2 swings", "l1 jumps", "l2 empties", "decay empties", "adam's l2 empties",
         "adam's l1 empties", "softmax twice", "sigmoid twice", "tanh before logits", "no sigmoid",
         "relu instead of sigmoid", "hopping", "rising", "millimetres", "millimetres to classes",
         "thousands by adam", "thousands by descent", "thousands saturate"]  # fmt: skip


@pytest.mark.parametrize("name", CURED)
def test_the_first_cure_offered_makes_a_run_that_is_well_and_learns(name: str) -> None:
    spec, count, _ = ILL[name]
    sessions, picture = run(spec, count)
    fields = finding(picture).cures[0].fields
    kind = fields["change"]
    value = fields[kind] if kind in ("activation", "scale", "target_scale") else float(fields[kind])
    layer = int(fields["layer"]) if "layer" in fields else None
    branch = sessions.branch(picture.id, Change(kind, value, layer), 0)
    for at in (1, 20, 100, 600):
        cured = sessions.move(branch.id, To(at - 1, branch.length))
        assert names(cured) == set(), at
    assert cured.losses[-1] < 0.6 * cured.losses[0]


@pytest.mark.parametrize(
    ("name", "cure"),
    [
        ("cube", expression("m = 3\nc = m ** 2", 0.1)),
        ("saddle", expression("a = 1\nb = 1\nc = (a * b - 3) ** 2")),
        ("dead", expression("w = 1\nb = 0\nx = input(2)\nh = relu(w * x + b)\nL = (h - 1) ** 2", 0.05)),
        ("both", prices(STANDARD, POINTS, ())),
        ("hinge of sigmoid", net(loss="hinge", data=rows(POINTS, np.sign(POINTS[:, :1])))),
    ],
)
def test_what_is_advised_in_words_makes_a_run_that_is_well_and_learns(name: str, cure: dict[str, Any]) -> None:
    sessions, picture = run(cure, 1)
    for count in (1, 20, 100, 600):
        picture = sessions.move(picture.id, To(count - 1, picture.length))
        assert names(picture) == set(), count
    assert picture.losses[-1] < 0.6 * picture.losses[0]


@pytest.mark.parametrize(
    "preset",
    [one for one in PRESETS.values() if one.is_here and not one.illness],
    ids=lambda preset: preset.name,
)
def test_of_the_worked_examples_only_expressions_that_are_not_made_to_be_trained_are_ill(preset: Any) -> None:
    sessions, picture = run({"kind": "preset", "name": preset.name}, 1)
    found = set()
    for count in (1, 2, 10, 50):
        picture = sessions.move(picture.id, To(count - 1, picture.length))
        found |= names(picture)
    assert found <= ({"unbounded", "too_fast"} if picture.batches is None else set())


@pytest.mark.parametrize("seed", range(8))
def test_random_nets_that_learn_are_left_in_peace(seed: int) -> None:
    random = np.random.default_rng(seed)
    activation = ("tanh", "relu", "leaky_relu", "gelu")[seed % 4]
    settings = {"kind": ("adam", "sgd")[seed % 2], "learning_rate": (0.01, 0.1)[seed % 2]}
    hidden = tuple(random.integers(6, 16, random.integers(1, 4)).tolist())
    penalty = {("l1", "l2")[seed % 2]: (0.0, 1e-4, 1e-3)[seed % 3]}
    starts = "xavier_uniform" if activation == "tanh" else "he_normal"
    sessions, picture = run(net(hidden, activation, optimizer=settings, seed=seed, initializer=starts, **penalty), 1)
    for count in MOMENTS:
        picture = sessions.move(picture.id, To(count - 1, picture.length))
        assert names(picture) == set(), count


def test_the_cause_is_named_and_not_what_comes_of_it() -> None:
    for name, effect in [("l2 flips later", "too_fast"), ("no sigmoid", "non_finite"), ("both", "too_fast")]:
        spec, count, (cause, _) = ILL[name]
        _, picture = run(spec, max(count, 10))
        assert {cause, effect} <= names(picture)
        assert finding(picture).name == cause


def test_the_numbers_of_a_flip_are_those_of_the_weights() -> None:
    spec, _, _ = ILL["l2 flips"]
    sessions, first = run({**spec, "data": rows(np.zeros((8, 2)), np.zeros((8, 1)))}, 1)
    found = finding(first)
    assert "η · λ = 0.3 · 10 = 3 times" in found.said(str)
    factor = 1 - found.evidence.numbers["product"]
    before, after = first.began.value("W1"), first.snapshot.value("W1")
    assert after == pytest.approx(factor * before, rel=1e-12)


@pytest.mark.parametrize("nesterov", [False, True])
@pytest.mark.parametrize("momentum", [0.0, 0.5, 0.9])
def test_from_the_bound_on_weights_grow_and_below_it_they_shrink(momentum: float, nesterov: bool) -> None:
    bound = 2 * (1 + momentum) / (1 + 2 * momentum if nesterov else 1)
    settings = {"momentum": momentum, "nesterov": nesterov, "learning_rate": 1.0}
    silent = rows(np.zeros((8, 2)), np.zeros((8, 1)))
    for times, is_ill in ((0.98, False), (1.02, True)):
        if nesterov and not momentum:
            continue
        _, picture = run(net((), data=silent, l2=times * bound, optimizer=settings), 400)
        grown = np.abs(picture.snapshot.value("W1")).max() > np.abs(picture.graph["W1"].initial).max()
        found = finding(picture)
        assert grown == is_ill == bool(found and found.evidence.sort in ("flipping", "momentum"))


def test_clipped_gradients_bound_the_step_of_a_penalty() -> None:
    _, picture = run(net(l2=10.0, optimizer={"clip_norm": 1.0}), 5)
    assert finding(picture) is None


@pytest.mark.parametrize("penalty", [{"l2": 1e-4}, {"l1": 1e-5}, {"l1": 1e-5, "l2": 1e-4}])
def test_what_vanishes_is_seen_behind_penalties(penalty: dict[str, float]) -> None:
    _, picture = run({**PRESETS["vanishing-sigmoid"].spec, **penalty}, 50)
    found = finding(picture)
    assert (found.name, found.evidence.nodes) == ("vanishing", ("W1", "W20"))
    _, plain = run(PRESETS["vanishing-sigmoid"].spec, 1)
    _, penalized = run({**PRESETS["vanishing-sigmoid"].spec, **penalty}, 1)
    shares = [illness.vanishing(course_of(one)).numbers["share"] for one in (plain, penalized)]
    assert shares[1] == pytest.approx(shares[0], rel=1e-6)


def test_irises_trained_to_the_floor_are_told_of_it() -> None:
    _, picture = run(iris("softmax"), 2000)
    said = finding(picture).said(str)
    assert picture.losses[-1] < 0.58
    assert "cannot fall below 0.5514, whatever the weights are" in said


def test_where_the_gradient_was_lost_is_named_with_its_node() -> None:
    for name, words in [
        ("dead", "Of w: 0 because relu at h is off"),
        ("fully saturated", "sigmoid at y is saturated"),
        ("saturated", "sigmoid at y is saturated"),
        ("not a number", "b is the first node with a number that is not finite."),
    ]:
        spec, count, _ = ILL[name]
        assert words in finding(run(spec, count)[1]).said(str)


def test_an_expression_whose_parameter_is_called_x_has_no_inputs() -> None:
    _, picture = run(expression("x = 50\nc = x * x", 1.1), 9)
    assert finding(picture).name == "too_fast"


def test_a_rate_that_is_too_high_for_any_data_is_not_blamed_on_them() -> None:
    spec = prices(STANDARD, MILLIMETRES, (), learning_rate=15.0)
    assert finding(run(spec, 3)[1]).name == "too_fast"


def test_where_inputs_and_targets_are_too_large_either_can_be_scaled() -> None:
    spec, count, _ = ILL["both"]
    cures = finding(run(spec, count)[1]).cures
    changed = [cure.fields["change"] for cure in cures if cure.fields["from"] == "0"]
    assert changed == ["scale", "target_scale"]


def test_of_a_large_expression_no_loss_elsewhere_is_asked_for() -> None:
    for count, is_asked in ((10, True), (300, False)):
        _, picture = run(expression("y = 1\n" + "y = y * 1\n" * count), 2)
        assert bool(course_of(picture).along) == is_asked
        assert names(picture) == ({"unbounded"} if is_asked else set())
