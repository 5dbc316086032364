"""A branch: the run before it is the same bits, one thing is changed, and it remembers where it came from."""

from pathlib import Path

import numpy as np
import pytest

from app.errors import Conflict, Invalid
from app.session.branch import CHANGES, Change
from app.session.moment import Picture
from app.session.moves import To
from app.session.service import Sessions
from app.session.sqlite import SQLiteStore

SPIRAL = {
    "kind": "layers",
    "inputs": 2,
    "layers": [{"units": 6, "activation": "tanh"}, {"units": 4, "activation": "tanh"}, {"units": 1}],
    "loss": "mean_squared_error",
    "data": {"dataset": "spiral", "samples": 60},
    "batch_size": 16,
    "optimizer": {"kind": "sgd", "learning_rate": 0.05, "momentum": 0.5},
}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "sessions.db"


@pytest.fixture
def sessions(path: Path) -> Sessions:
    return Sessions(SQLiteStore(path))


@pytest.fixture
def run(sessions: Sessions) -> Picture:
    """A run of 30 iterations in which a weight was set before iteration 5."""
    id = sessions.create(SPIRAL).id
    sessions.step(id, 5)
    sessions.edit_node(id, "W1", 0.25, (0, 0))
    return sessions.step(id, 25)


def parameters(picture: Picture) -> dict[str, bytes]:
    return {id: picture.value(id).tobytes() for id in picture.graph.parameters}


def test_another_optimizer_goes_on_with_the_very_run(sessions: Sessions, run: Picture) -> None:
    branch = sessions.branch(run.id, Change("optimizer", {"kind": "adam", "learning_rate": 0.01}), 20)
    assert (branch.cursor.iteration, branch.cursor.position) == (20, 0)
    assert branch.losses.tobytes() == run.losses[:20].tobytes()
    assert branch.optimizer.kind == "adam" and branch.optimizer.learning_rate == 0.01
    after = sessions.step(branch.id, 10)
    assert after.losses[20] == run.losses[20]
    assert after.losses[21] != run.losses[21]


def test_a_branch_is_the_run_that_an_edit_of_the_optimizer_makes(sessions: Sessions, run: Picture) -> None:
    branch = sessions.step(sessions.branch(run.id, Change("learning_rate", 0.2)).id, 10)
    sessions.edit_optimizer(run.id, {"learning_rate": 0.2})
    edited = sessions.step(run.id, 10)
    assert branch.losses.tobytes() == edited.losses.tobytes()
    assert parameters(branch) == parameters(edited)


def test_the_parent_stays_as_it_is(sessions: Sessions, run: Picture) -> None:
    sessions.branch(run.id, Change("learning_rate", 0.2), 3)
    after = sessions.read(run.id)
    assert (after.version, after.cursor) == (run.version, run.cursor)
    assert parameters(after) == parameters(run)


def test_another_activation_begins_with_the_parameters_of_the_moment(sessions: Sessions, run: Picture) -> None:
    branch = sessions.branch(run.id, Change("activation", "relu"))
    assert parameters(branch) == parameters(run)
    assert (branch.cursor.iteration, len(branch.losses)) == (0, 0)
    assert [branch.graph[f"a{number}"].op for number in (1, 2)] == ["relu", "relu"]
    assert branch.optimizer == run.optimizer


def test_one_layer_alone_gets_another_activation(sessions: Sessions, run: Picture) -> None:
    branch = sessions.branch(run.id, Change("activation", "sigmoid", 2))
    assert [branch.graph[f"a{number}"].op for number in (1, 2)] == ["tanh", "sigmoid"]


@pytest.mark.parametrize("change", [Change("initializer", "he_normal"), Change("seed", 9)])
def test_other_weights_begin_a_run_of_their_own_on_the_same_rows(
    sessions: Sessions, run: Picture, change: Change
) -> None:
    branch = sessions.branch(run.id, change, 4)
    assert branch.lineage is not None and not branch.lineage.is_continued
    assert parameters(branch)["W1"] != parameters(sessions.create(SPIRAL))["W1"]
    assert branch.batches.x.tobytes() == run.batches.x.tobytes()


def test_given_weights_give_way_to_those_that_are_drawn(sessions: Sessions) -> None:
    mazur = sessions.create({"kind": "preset", "name": "mazur"})
    branch = sessions.branch(mazur.id, Change("initializer", "zeros"))
    assert not branch.value("W1").any() and branch.value("b1").tolist() == [0.35, 0.35]


def test_rows_that_were_edited_go_along(sessions: Sessions) -> None:
    id = sessions.create({"kind": "preset", "name": "mazur"}).id
    sessions.edit_node(id, "x", [[0.5, 0.6]])
    branch = sessions.branch(id, Change("seed", 3))
    assert branch.value("x").tolist() == [[0.5, 0.6]]


def test_a_branch_remembers_where_it_came_from_in_another_server(path: Path, sessions: Sessions, run: Picture) -> None:
    made = sessions.step(sessions.branch(run.id, Change("activation", "relu"), 7).id, 3)
    found = Sessions(SQLiteStore(path)).read(made.id)
    assert found.lineage == made.lineage
    assert (found.lineage.parent, found.lineage.iteration) == (run.id, 7)
    assert found.lineage.change == {"activation": "relu"}
    assert found.losses.tobytes() == made.losses.tobytes() and parameters(found) == parameters(made)


def test_the_title_says_what_was_changed(sessions: Sessions, run: Picture) -> None:
    first = sessions.branch(run.id, Change("optimizer", {"kind": "adam"}))
    assert first.title == "2 → 6 → 4 → 1 · Adam"
    assert sessions.branch(first.id, Change("learning_rate", 0.5)).title == "2 → 6 → 4 → 1 · Adam · η = 0.5"


def test_there_is_nothing_to_undo_in_a_new_branch(sessions: Sessions, run: Picture) -> None:
    branch = sessions.branch(run.id, Change("learning_rate", 0.2))
    assert not branch.can_undo
    with pytest.raises(Conflict):
        sessions.undo(branch.id)


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        (Change("optimizer", {"kind": "sgd"}), "/optimizer"),
        (Change("optimizer", {"kind": "sgdd"}), "/optimizer/kind"),
        (Change("optimizer", {"beta1": 0.5}), "/optimizer/beta1"),
        (Change("learning_rate", 0.05), "/learning_rate"),
        (Change("learning_rate", -1.0), "/learning_rate"),
        (Change("activation", "tanh"), "/activation"),
        (Change("activation", "relu", 4), "/layer"),
        (Change("seed", 0), "/seed"),
        (Change("initializer", "xavier_uniform"), "/initializer"),
        (Change("target_scale", "standardize"), "/target_scale"),
    ],
)
def test_what_cannot_be_changed_is_refused(sessions: Sessions, run: Picture, change: Change, pointer: str) -> None:
    with pytest.raises(Invalid) as refusal:
        sessions.branch(run.id, change)
    assert refusal.value.pointer == pointer


@pytest.mark.parametrize("name", [name for name, row in CHANGES.items() if row.settings is None])
def test_an_expression_has_no_layers_to_change(sessions: Sessions, name: str) -> None:
    id = sessions.create({"kind": "expression", "source": "a = 2\nb = a * a"}).id
    with pytest.raises(Invalid, match="expression"):
        sessions.branch(id, Change(name, 1))
    assert sessions.branch(id, Change("learning_rate", 0.3)).optimizer.learning_rate == 0.3


def test_a_moment_that_is_too_far_is_refused_before_anything_is_run(sessions: Sessions, run: Picture) -> None:
    with pytest.raises(Invalid):
        sessions.branch(run.id, Change("learning_rate", 0.2), 10**9)


def test_the_departure_holds_what_the_run_goes_on_with(sessions: Sessions, run: Picture) -> None:
    found = sessions.departure(run.id)
    assert (found.iteration, found.steps) == (30, 30)
    assert {id: array.tobytes() for id, array in found.parameters.items()} == parameters(run)
    assert [slot.shape for slot in found.slots["W1"]] == [(6, 2)]
    assert np.isfinite(found.slots["W1"][0]).all()


@pytest.mark.parametrize(("key", "node"), [("l1", "l1W1"), ("l2", "l2W1")])
def test_a_branch_with_another_penalty_begins_with_the_same_numbers(sessions: Sessions, key: str, node: str) -> None:
    run = sessions.step(sessions.create({**SPIRAL, key: 10.0}).id, 5)
    branch = sessions.branch(run.id, Change(key, 0.001), 0)
    assert branch.spec[key] == 0.001 and branch.title.endswith(f"{key.upper()} = 0.001")
    assert float(branch.graph[branch.graph[node].inputs[1]].initial) == 0.001
    first = sessions.move(run.id, To(0, 0))
    assert {id: array.tobytes() for id, array in branch.parameters_now.items()} == parameters(first)


def test_a_branch_without_a_penalty_and_one_with_its_first(sessions: Sessions) -> None:
    run = sessions.create({**SPIRAL, "l2": 0.5})
    assert "fit" not in sessions.branch(run.id, Change("l2", 0.0)).graph
    assert "fit" in sessions.branch(sessions.create(SPIRAL).id, Change("l2", 0.5)).graph


def test_weight_decay_goes_on_with_the_run(sessions: Sessions, run: Picture) -> None:
    branch = sessions.branch(run.id, Change("weight_decay", 0.001))
    assert branch.optimizer.weight_decay == 0.001
    assert branch.losses.tobytes() == run.losses.tobytes()
    with pytest.raises(Invalid) as refusal:
        sessions.branch(run.id, Change("weight_decay", -1.0))
    assert refusal.value.pointer == "/weight_decay"


def test_a_branch_on_standardized_inputs_has_other_rows_and_the_same_weights(sessions: Sessions) -> None:
    run = sessions.create(SPIRAL)
    branch = sessions.branch(run.id, Change("scale", "standardize"))
    assert branch.training.x.mean(axis=0) == pytest.approx([0, 0], abs=1e-12)
    assert {id: array.tobytes() for id, array in branch.parameters_now.items()} == parameters(run)
    with pytest.raises(Invalid):
        sessions.branch(branch.id, Change("scale", "standardize"))
