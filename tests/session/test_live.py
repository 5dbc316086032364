"""A session that was kept, and what its spec makes by now."""

from dataclasses import replace

import numpy as np
import pytest

from app.errors import Conflict, TooLarge
from app.nn.limits import Limits
from app.nn.problem import build
from app.nn.spec import parse_spec
from app.session.live import check_fits, problem_of
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


def test_a_table_of_the_same_shape_that_is_read_otherwise_by_now_is_refused() -> None:
    document = spec("1,20,300\n4,50,600\n")
    document["inputs"] = 2
    session = Session("id", "", document, kept := initial_of(problem := build(parse_spec(document))))
    check_fits(problem, session)
    # The second column told from the first and the third.
    told = np.array([[20.0], [50.0]])
    with pytest.raises(Conflict, match="The table of this session is read in another way by now"):
        check_fits(problem, replace(session, initial={**kept, "y": told}))


def test_a_kept_table_that_cannot_be_read_any_more_is_a_conflict_and_one_beyond_a_limit_says_which() -> None:
    document = spec("a,y\n1,?\n2,no\n3,?\n")
    session = Session("id", "", document, {})
    with pytest.raises(Conflict, match="The table of this session is read in another way by now"):
        problem_of(session, Limits())
    with pytest.raises(TooLarge):
        problem_of(replace(session, spec=spec("a,y\n1,2\n3,4\n")), Limits(max_nodes=1))
