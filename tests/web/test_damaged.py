"""What is stored of a session and cannot be read is refused with a sentence, and hurts no other session."""

import logging
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from app.training.trainer import Trainer
from tests.web.client import Api, problem

NET = {
    "kind": "layers",
    "inputs": 2,
    "layers": [{"units": 2, "activation": "tanh"}, {"units": 1}],
    "loss": "half_squared_error",
    "data": {"dataset": "xor", "samples": 8, "validation_fraction": 0.25},
}
TABLES = ["origins", "histories", "checkpoints", "losses", "gauges", "runs"]
DAMAGES = {
    "cut": "substr(packed, 1, length(packed) - 3)",
    "noise": "x'c1ff00c1ff00c1ff00'",
    "empty": "x''",
    "text": "'a text'",
}


def damage(folder: Path, address: str, table: str, how: str) -> None:
    """Spoil the rows that a table has of a session."""
    with sqlite3.connect(folder / "sessions.db") as connection:
        id = address.rpartition("/")[2]
        changed = connection.execute(f"UPDATE {table} SET packed = {DAMAGES[how]} WHERE id = ?", (id,)).rowcount
    connection.close()
    assert changed


def trained(api: Api) -> str:
    """A session with a row in every table, whose run is going on."""
    made = api.session(NET)
    api.post(f"{made}/step", {"iterations": 3})
    assert api.post(f"{made}/run", {"iterations": 5}).status_code == 202
    return made


@pytest.mark.parametrize("how", DAMAGES)
@pytest.mark.parametrize("table", TABLES)
def test_what_cannot_be_read_is_refused_with_a_sentence_and_noted(
    fresh: Callable[..., Api], tmp_path: Path, caplog: pytest.LogCaptureFixture, table: str, how: str
) -> None:
    before = fresh()
    made, other = trained(before), before.session()
    damage(tmp_path, made, table, how)
    api, id = fresh(), made.rpartition("/")[2]
    with caplog.at_level(logging.ERROR):
        for path in (made, f"{made}/run", f"{made}/views/train", f"/sessions/{id}", f"/compare/{id}/{id}"):
            # How far a run is can be told as long as its own row can be read.
            if path == f"{made}/run" and table != "runs":
                continue
            assert problem(api.get(path), 409)["type"] == "damaged", path
        assert problem(api.post(f"{made}/step"), 409)["type"] == "damaged"
    assert {record.getMessage().partition(":")[0] for record in caplog.records} == {
        "what is stored of a session cannot be read"
    }
    assert api.post(f"{other}/step").status_code == 200
    assert api.request("DELETE", made).status_code == 204
    assert api.get(made).status_code == 404


@pytest.mark.parametrize("table", TABLES)
def test_a_run_of_what_cannot_be_read_keeps_no_other_waiting(
    fresh: Callable[..., Api], tmp_path: Path, table: str
) -> None:
    api = fresh()
    made, other = trained(api), trained(api)
    damage(tmp_path, made, table, "noise")
    trainer = Trainer(fresh().app.state.store, api.app.state.settings.limits)
    for _ in range(20):
        trainer.look()
        trainer.turn()
    trainer.close()
    assert api.get(f"{other}/run").json()["head"] == 8
