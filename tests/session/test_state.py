"""Edits, undo and redo as pure functions of a session."""

import pytest

from app.errors import Conflict
from app.session import state
from app.session.state import Cursor, OptimizerEdit, Session


def edit_at(iteration: int, rate: float) -> OptimizerEdit:
    """An edit that can be told by its rate."""
    return OptimizerEdit(iteration, {"kind": "sgd", "learning_rate": rate})


def rates(session: Session) -> list[float]:
    """The edits in force."""
    return [edit.settings["learning_rate"] for edit in session.edits]


@pytest.fixture
def session() -> Session:
    """Edited at the iterations 2 and 5, the cursor in iteration 5."""
    made = state.edited(Session("id", "title", {}, {}), edit_at(2, 0.2))
    return state.moved(state.edited(state.moved(made, Cursor(4, 9)), edit_at(5, 0.5)), Cursor(5, 3))


def test_every_change_adds_one_to_the_version(session: Session) -> None:
    versions = [session.version, state.undo(session).version, state.redo(state.undo(session)).version]
    assert versions == [5, 6, 7]


def test_an_edit_puts_the_cursor_at_the_start_of_its_iteration(session: Session) -> None:
    assert state.edited(session, edit_at(5, 0.6)).cursor == Cursor(5, 0)


def test_an_edit_keeps_earlier_ones_of_its_own_iteration(session: Session) -> None:
    assert rates(state.edited(session, edit_at(5, 0.6))) == [0.2, 0.5, 0.6]


def test_an_edit_discards_those_made_later_in_the_run(session: Session) -> None:
    assert rates(state.edited(session, edit_at(3, 0.3))) == [0.2, 0.3]


def test_undo_restores_the_edits_and_the_cursor_as_they_were_before(session: Session) -> None:
    back = state.undo(state.edited(state.moved(session, Cursor(3, 7)), edit_at(3, 0.3)))
    assert (rates(back), back.cursor) == ([0.2, 0.5], Cursor(3, 7))


def test_redo_brings_the_edit_back_and_discards_again(session: Session) -> None:
    again = state.redo(state.undo(state.edited(state.moved(session, Cursor(3, 7)), edit_at(3, 0.3))))
    assert (rates(again), again.cursor) == ([0.2, 0.3], Cursor(3, 0))


def test_all_edits_can_be_undone_and_redone_in_turn(session: Session) -> None:
    first = state.undo(state.undo(session))
    assert (rates(first), first.cursor) == ([], Cursor(0, 0))
    assert rates(state.redo(state.redo(first))) == [0.2, 0.5]


def test_moves_between_undo_and_redo_do_not_matter(session: Session) -> None:
    assert rates(state.redo(state.moved(state.undo(session), Cursor(9, 9)))) == [0.2, 0.5]


def test_an_edit_discards_what_could_be_redone(session: Session) -> None:
    with pytest.raises(Conflict):
        state.redo(state.edited(state.undo(session), edit_at(4, 0.4)))


def test_there_is_a_conflict_where_nothing_can_be_undone_or_redone(session: Session) -> None:
    with pytest.raises(Conflict):
        state.undo(state.undo(state.undo(session)))
    with pytest.raises(Conflict):
        state.redo(session)


def test_a_session_is_not_changed_by_what_is_done_to_it(session: Session) -> None:
    before = (session.edits, session.done, session.undone, session.cursor, session.version)
    state.undo(state.edited(session, edit_at(1, 0.1)))
    assert (session.edits, session.done, session.undone, session.cursor, session.version) == before


def test_ids_are_long_and_never_alike() -> None:
    ids = {state.new_id() for _ in range(1000)}
    assert len(ids) == 1000 and min(map(len, ids)) >= 22
