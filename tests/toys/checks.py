"""All that the product does, with networks of the two toy layers. `tests/nn/test_layer_kinds.py` runs it."""

from pathlib import Path

import numpy as np
import pytest

from app.errors import Invalid
from app.export.numpy_code import numpy_code
from app.export.pytorch_code import pytorch_code
from app.session.branch import CHANGES
from app.session.service import Sessions
from app.session.sqlite import SQLiteStore
from tests.export.running import run
from tests.export.test_scripts import MORE, agrees, stood
from tests.odd.play import Game
from tests.session.problems import plain_run, problem_of

DATA = {"dataset": "plane", "samples": 12, "test_fraction": 0.25, "scale": "min_max"}
NETWORK = {"kind": "layers", "inputs": 2, "loss": "mean_squared_error", "data": DATA, "batch_size": 4, "seed": 3}
SHIFT = {"kind": "shift", "scale": 1.5}
ECHO = {"kind": "echo", "steps": 3, "units": 3}
OUTPUT = {"kind": "dense", "units": 1}
SPECS = {
    "shift": {**NETWORK, "layers": [{"kind": "dense", "units": 3, "activation": "tanh"}, SHIFT, OUTPUT]},
    "shift first": {**NETWORK, "layers": [SHIFT, OUTPUT]},
    "echo": {**NETWORK, "layers": [ECHO, OUTPUT], "l2": 0.01},
    "both": {**NETWORK, "layers": [SHIFT, ECHO, OUTPUT], "optimizer": {"kind": "adam"}},
}
CHANGED = {
    "optimizer": {"kind": "adam", "learning_rate": 0.02},
    "learning_rate": 0.2,
    "weight_decay": 0.1,
    "l1": 0.1,
    "l2": 0.2,
    "scale": "standardize",
    "target_scale": "standardize",
    "initializer": "normal",
    "seed": 8,
}


@pytest.fixture(params=SPECS)
def spec(request: pytest.FixtureRequest) -> dict:
    return SPECS[request.param]


def test_a_node_of_an_inner_layer_and_of_a_step_says_so() -> None:
    graph = problem_of(SPECS["both"]).graph
    assert graph.layers == ("1", "2", "2_1", "3")
    assert graph["P2"].shape == (1, 2, 2) and graph["h2.3"].role == "state" and graph["W2_1"].scope == "2_1"
    assert (graph["h2.3"].step, graph["P2"].step) == (3, None)
    assert [node.id for node in graph.by_role("penalty")] == ["t2"]


def test_a_refusal_of_one_kind_is_not_said_of_another() -> None:
    assert problem_of({**NETWORK, "layers": [SHIFT, {**ECHO, "units": 1}]}).noises
    with pytest.raises(Invalid, match="Dropout on the last layer"):
        problem_of({**NETWORK, "layers": [SHIFT, {**OUTPUT, "dropout": 0.5}]})


def test_moves_show_the_numbers_of_a_run_without_checkpoints(spec: dict, tmp_path: Path) -> None:
    store = SQLiteStore(tmp_path / "sessions.db")
    sessions, problem = Sessions(store), problem_of(spec)
    id = sessions.create(spec).id
    for iterations in (1, 70, 3):
        picture = sessions.step(id, iterations)
        shown, losses = plain_run(problem, (), picture.cursor)
        assert picture.losses.tolist() == losses
        for node in problem.graph.nodes:
            assert np.array_equal(picture.snapshot.value(node.id), shown.value(node.id), equal_nan=True), node.id
    again = Sessions(store).read(id)
    assert again.losses.tolist() == picture.losses.tolist()
    store.close()


def test_gradients_agree_with_central_differences(spec: dict, tmp_path: Path) -> None:
    store = SQLiteStore(tmp_path / "sessions.db")
    sessions = Sessions(store)
    id = sessions.create(spec).id
    sessions.step(id, 3)
    sessions.backward(id)
    report = sessions.check(id)
    assert report.ok and {one.id for one in report.parameters} == set(problem_of(spec).graph.parameters)
    store.close()


def test_exported_programs_compute_the_same_and_go_on_with_the_very_run(tmp_path: Path) -> None:
    store = SQLiteStore(tmp_path / "sessions.db")
    sessions = Sessions(store)
    known = {f"{name} at {at}": stood(sessions, spec, at) for name, spec in SPECS.items() for at in (0, 7)}
    for write in (numpy_code, pytorch_code):
        found = run({name: write(one.title, one.departure) for name, one in known.items()}, tmp_path, MORE)
        for name, one in known.items():
            agrees(found[name], one)
    store.close()


def test_everything_can_be_changed_in_a_branch_and_every_page_read(spec: dict, tmp_path: Path) -> None:
    assert CHANGED.keys() | {"activation"} == CHANGES.keys()
    game = Game(tmp_path, seed=1)
    session = game.api.session(spec)
    game.api.post(f"{session}/step", {"iterations": 2})
    for kind, value in CHANGED.items():
        answer = game.api.post(f"{session}/branch", {kind: value})
        assert answer.status_code == 201, (kind, answer.text)
        assert game.api.post(f"{answer.headers['location']}/step").status_code == 200
        pair = [address.rpartition("/")[2] for address in (session, answer.headers["location"])]
        assert game.api.get(f"/compare/{pair[0]}/{pair[1]}").status_code == 200, kind
    assert list(game.faults(spec, most=6)) == []
    other, answer = session.rpartition("/")[2], game.api.post(f"{session}/branch", {"seed": 8})
    for path, words in game.reader.addresses(game.api.get(answer.headers["location"]).json(), other):
        assert list(game.told(game.ask("GET", path, params=words), spec, [])) == []
    game.close()


def test_an_activation_is_changed_in_layers_that_have_one(tmp_path: Path) -> None:
    game = Game(tmp_path, seed=1)
    session = game.api.session(SPECS["shift"])
    made = game.api.post(f"{session}/branch", {"activation": "relu"})
    assert made.status_code == 201 and game.api.get(made.headers["location"]).json()["nodes"][4]["op"] == "relu"
    assert game.api.post(f"{session}/branch", {"activation": "relu", "layer": 2}).status_code == 422
    game.close()


def test_the_form_of_a_network_asks_for_the_kind_and_the_fields_of_each(tmp_path: Path) -> None:
    game = Game(tmp_path, seed=1)
    typed = {"/kind": "layers", "/inputs": "2", "/loss": "mean_squared_error", "/data/from": "rows"}
    typed |= {"/data/rows": "0, 1, 1\n1, 0, 1", "/layers/0/kind": "echo", "/layers/0/steps": "2"}
    typed |= {"/layers/0/units": "2", "/layers/1/kind": "dense", "/layers/1/units": "1"}
    page = game.api.post("/sessions", data=typed, headers={"accept": "text/html"})
    assert page.status_code in (201, 303), page.text[-500:]
    session = "/api" + page.headers["location"].partition("?")[0]
    assert game.api.get(session).json()["nodes"][1]["id"] == "P1"
    # A layer of another kind keeps what both have, and drops the rest.
    page = game.api.post("/sessions", data=typed | {"/layers/0/kind": "shift"}, headers={"accept": "text/html"})
    assert page.status_code in (201, 303), page.text[-500:]
    form = game.api.post("/build", data=typed, headers={"accept": "text/html"}).text
    assert "scaled shift" in form and 'name="/layers/0/steps"' in form and 'name="/layers/1/activation"' in form
    game.close()
