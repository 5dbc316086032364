"""Curves as CSV: what was measured stands there, whatever it is, and what was not is empty."""

from __future__ import annotations

import csv
from io import StringIO

from app.export.curves import curves
from app.session.service import Sessions
from tests.session.memory import MemoryStore


def test_a_number_that_is_not_finite_is_named_and_what_was_not_measured_is_empty() -> None:
    spec = {
        "kind": "layers",
        "inputs": 2,
        "layers": [{"units": 8, "activation": "relu"}, {"units": 1}],
        "loss": "mean_squared_error",
        "data": {"dataset": "hills"},
        "optimizer": {"kind": "sgd", "learning_rate": 3.0},
    }
    sessions = Sessions(MemoryStore())
    picture = sessions.step(sessions.create(spec).id, 400)
    rows = list(csv.DictReader(StringIO("".join(curves(picture)))))
    measured = set(picture.gauges.iterations.tolist())
    assert {bool(row["training.loss"]) == (int(row["iteration"]) in measured) for row in rows} == {True}
    last = rows[max(measured)]
    assert last["loss"] == last["training.loss"] == "NaN"
