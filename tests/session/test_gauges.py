"""Gauges: how often they are taken, what they say, and that every way to a moment takes the same ones."""

from __future__ import annotations

import numpy as np
import pytest

from app.engine import flow
from app.nn.evaluation import Evaluator
from app.session.gauges import FEW, MOST, SHARE, Gauges, Pace
from app.session.moves import To
from app.session.service import Sessions
from tests.session.memory import MemoryStore
from tests.session.problems import EXPRESSION, MAZUR, MINIBATCHES

SETS = {
    "kind": "layers",
    "inputs": 2,
    "layers": [{"kind": "dense", "units": 3, "activation": "sigmoid"}, {"kind": "dense", "units": 1}],
    "loss": "binary_cross_entropy_with_logits",
    "data": {"dataset": "circle", "samples": 40, "test_fraction": 0.25, "validation_fraction": 0.2, "seed": 1},
    "batch_size": 7,
}


def same(one: Gauges, other: Gauges) -> bool:
    return one.columns == other.columns and all(
        mine.tobytes() == theirs.tobytes()
        for mine, theirs in ((one.iterations, other.iterations), (one.numbers, other.numbers))
    )


@pytest.mark.parametrize("pace", [Pace(), Pace(512), Pace(2**14, 3), Pace(1, 1)])
def test_gauges_stay_few_and_lie_at_what_was_a_gauge_before(pace: Pace) -> None:
    spacings = [pace.spacing(head) for head in range(100_000)]
    assert all(head <= MOST * spacing for head, spacing in enumerate(spacings))
    assert set(spacings) <= {2**k for k in range(20)} and spacings == sorted(spacings)


def test_dear_gauges_are_few_at_first_and_then_as_far_apart_as_their_share_allows() -> None:
    pace = Pace.of(cost=100_000, iteration=1_000)
    assert pace.few == FEW and 100 / SHARE <= pace.least < 200 / SHARE
    assert pace.spacing(FEW) == 1 and pace.spacing(10_000_000) >= pace.least
    assert Pace.of(cost=10**9, iteration=1_000).few == 1


def test_a_gauge_says_what_the_parameters_that_its_iteration_began_with_lead_to() -> None:
    sessions = Sessions(MemoryStore())
    id = sessions.step(sessions.create(SETS).id, 5).id
    gauges = sessions.read(id).gauges
    begun = sessions.move(id, To(3, 0))
    score = Evaluator(begun.problem).score(begun.parameters_now, begun.problem.validation)
    row = gauges.iterations.tolist().index(3)
    assert gauges.column("validation.loss")[row] == score.loss
    assert gauges.column("validation.accuracy")[row] == score.accuracy
    shown = sessions.backward(id)
    measured = flow.measure(shown.graph, shown.value, shown.gradient)
    assert gauges.numbers[row][-len(measured) :].tobytes() == measured.tobytes()
    assert gauges.columns[:2] == ("training.loss", "training.accuracy")
    assert gauges.columns[-len(measured) :] == flow.columns(shown.problem.graph)


def test_the_training_loss_of_a_full_batch_is_the_loss_itself() -> None:
    sessions = Sessions(MemoryStore())
    picture = sessions.step(sessions.create({**SETS, "batch_size": None}).id, 20)
    taken = picture.losses[picture.gauges.iterations]
    assert np.allclose(picture.gauges.column("training.loss"), taken, rtol=1e-13)


@pytest.mark.parametrize("document", [SETS, MAZUR, MINIBATCHES, EXPRESSION], ids=["sets", "mazur", "batches", "text"])
def test_every_way_to_a_moment_takes_the_same_gauges(document: dict) -> None:
    store = MemoryStore()
    sessions = Sessions(store)
    id = sessions.create({**document, "optimizer": {"kind": "sgd", "learning_rate": 0.01}}).id
    at_once = sessions.step(sessions.fork(id).id, 150).gauges
    for _ in range(30):
        by_hand = sessions.step(id, 5)
        sessions.move(id, To(by_hand.cursor.iteration // 2, 3))
        sessions = Sessions(store) if by_hand.version % 4 else sessions
        by_hand = sessions.move(id, To(by_hand.cursor.iteration, by_hand.length))
    assert same(by_hand.gauges, at_once) and len(at_once) > 10
    assert same(Sessions(store).read(id).gauges, at_once)


def test_an_edit_forgets_the_gauges_that_come_after_it() -> None:
    sessions = Sessions(MemoryStore())
    id = sessions.step(sessions.create(SETS).id, 20).id
    sessions.move(id, To(9, 0))
    assert sessions.edit_optimizer(id, {"learning_rate": 0.5}).gauges.iterations.tolist() == list(range(9))
    fresh = sessions.step(id, 11).gauges
    assert fresh.iterations.tolist() == list(range(20))
    assert (
        fresh.column("training.loss")[10]
        != sessions.step(sessions.create(SETS).id, 20).gauges.column("training.loss")[10]
    )


def test_where_the_validation_set_was_told_best_stays_known_in_a_long_run() -> None:
    sessions = Sessions(MemoryStore())
    document = {**SETS, "optimizer": {"kind": "adam", "learning_rate": 0.5}, "batch_size": None}
    document["data"] = {"dataset": "gauss", "samples": 40, "noise": 0.5, "validation_fraction": 0.5, "seed": 1}
    id = sessions.create(document).id
    early = sessions.step(id, 30).gauges
    place = int(early.column("validation.loss").argmin())
    late = sessions.step(id, 2000).gauges
    assert early.iterations[place] % 32 and np.diff(late.iterations[-5:]).min() >= 32
    assert late.column("validation.loss").min() == early.column("validation.loss")[place]
    assert late.iterations[late.column("validation.loss").argmin()] == early.iterations[place]
    at_once = sessions.step(sessions.create(document).id, 2030).gauges
    assert same(at_once, late)


def test_edited_rows_are_measured_as_they_are_now() -> None:
    sessions = Sessions(MemoryStore())
    document = {**SETS, "batch_size": None}
    id = sessions.create(document).id
    sessions.edit_node(id, "x", 5.0, [0, 0])
    picture = sessions.step(id)
    assert np.isclose(picture.gauges.column("training.loss")[0], picture.losses[0], rtol=1e-13)


def test_a_column_that_nobody_measures_is_not_there() -> None:
    gauges = Sessions(MemoryStore()).create(EXPRESSION).gauges
    assert not gauges.has("validation.loss") and gauges.has("gradient_norm") and len(gauges) == 0
    with pytest.raises(KeyError):
        gauges.column("validation.loss")
