"""What scale a table's numbers are told on is settled when a session is made, and stays what it was."""

from pathlib import Path
from typing import Any

from app.session.branch import Change
from app.session.moment import Picture
from app.session.replay import Replay, initial_of
from app.session.service import Sessions
from app.session.sqlite import SQLiteStore
from app.session.state import Session, new_id

PRICES = "area,rooms,price\n" + "".join(f"{row % 7},{row % 5},{100 + 20 * row}\n" for row in range(40))


def spec(**data: Any) -> dict[str, Any]:
    layers = [{"units": 4, "activation": "tanh"}, {"units": 1}]
    given = {"csv": PRICES, "test_fraction": 0.25, **data}
    return {"kind": "layers", "inputs": 2, "layers": layers, "loss": "mean_squared_error", "data": given}


def kept_before(store: SQLiteStore, raw: Picture) -> str:
    """A session as it was stored when nothing was said of scales, and numbers were told as they are."""
    session = Session(new_id(), "2 → 4 → 1", spec(), initial_of(raw.problem))
    store.create(session, Replay(raw.problem, session.initial, 10**9).trail.growth(), 0.0)
    return session.id


def test_what_is_usual_for_a_table_is_written_into_the_spec(tmp_path: Path) -> None:
    sessions = Sessions(SQLiteStore(tmp_path / "sessions.db"))
    assert sessions.create(spec()).spec["data"]["target_scale"] == "standardize"
    assert sessions.create(spec(target_scale="raw")).spec["data"]["target_scale"] == "raw"
    rows = {"x": [[1, 2], [2, 3]], "y": [[1], [5]]}
    assert "target_scale" not in sessions.create({**spec(), "data": rows}).spec["data"]


def test_a_session_of_before_goes_on_with_the_same_bits(tmp_path: Path) -> None:
    store = SQLiteStore(tmp_path / "sessions.db")
    sessions = Sessions(store)
    raw = sessions.create(spec(target_scale="raw"))
    old = kept_before(store, raw)
    found = sessions.step(old, 20)
    assert found.losses.tobytes() == sessions.step(raw.id, 20).losses.tobytes() and found.losses[0] > 1000
    assert sessions.create(found.spec).problem.target_scale.is_raw


def test_branches_and_copies_keep_the_scale(tmp_path: Path) -> None:
    sessions = Sessions(SQLiteStore(tmp_path / "sessions.db"))
    made = sessions.create(spec())
    for other in (sessions.branch(made.id, Change("activation", "relu")), sessions.fork(made.id)):
        found = Sessions(SQLiteStore(tmp_path / "sessions.db")).read(other.id)
        assert found.problem.target_scale.shift == made.problem.target_scale.shift != 0
        assert found.training.y.tobytes() == made.training.y.tobytes()
