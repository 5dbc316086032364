"""A session that was kept, and what its spec makes by now."""

import pytest

from app.errors import Conflict
from app.nn.problem import build
from app.nn.spec import parse_spec
from app.session.live import check_fits
from app.session.replay import initial_of
from app.session.state import Session


def spec(csv: str) -> dict:
    return {"kind": "layers", "inputs": 1, "layers": [{"units": 1}], "loss": "mean_squared_error", "data": {"csv": csv}}


def test_a_table_that_is_read_otherwise_by_now_is_refused_and_not_mixed_with_what_was_kept() -> None:
    document = spec("a,y\n1,no\n2,yes\n3,NA\n")
    problem = build(parse_spec(document))
    check_fits(problem, Session("id", "", document, initial_of(problem)))
    kept = initial_of(build(parse_spec(spec("a,y\n1,no\n2,yes\n3,yes\n"))))
    with pytest.raises(Conflict, match="The table of this session is read in another way by now"):
        check_fits(problem, Session("id", "", document, kept))
