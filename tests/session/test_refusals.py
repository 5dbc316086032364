"""What an expression, a run that is gone and a number that nothing is known of do not have is refused."""

import pytest

from app.errors import Conflict
from app.session.explanation import Explanation
from app.session.ground import rows_of
from app.session.replay import Replay, initial_of
from app.session.run import Goal
from app.session.service import Sessions
from app.session.state import Cursor
from app.session.trail import Kept
from tests.session.problems import EXPRESSION, problem_of


def test_an_expression_has_no_rows_to_choose_from(sessions: Sessions) -> None:
    with pytest.raises(TypeError):
        rows_of(sessions.create(EXPRESSION), 5)


def test_a_number_that_nothing_is_known_of_has_no_iteration() -> None:
    with pytest.raises(TypeError):
        Explanation("a", (), None, None).values("a")


def test_a_run_that_stands_nowhere_cannot_be_departed_from() -> None:
    problem = problem_of(EXPRESSION)
    replay = Replay(problem, initial_of(problem), 10**9)
    replay.seek((), Cursor(0, 0))
    replay.resume((), Kept())
    with pytest.raises(TypeError):
        replay.departure()


def test_a_run_that_an_edit_has_ended_meanwhile_is_not_shown(sessions: Sessions, monkeypatch) -> None:
    id = sessions.create(EXPRESSION).id
    monkeypatch.setattr(sessions, "run_of", lambda id: None)
    with pytest.raises(Conflict):
        sessions.start_run(id, Goal(iterations=3))
