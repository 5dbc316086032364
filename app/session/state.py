"""A session as a value: what is on the screen is a function of its spec, its edits and its cursor.

Nothing here computes; every function takes a session and returns the next one.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import msgspec
import numpy as np

from app.errors import N_, Conflict
from app.session.lineage import Lineage

SCHEMA = 2
"""Version of what a stored session holds."""

ENGINE = f"2+numpy-{np.__version__}"
"""Version of the engine: another one may compute other last bits."""


class Cursor(msgspec.Struct, frozen=True, order=True):
    """A moment of the run: `iteration` from 0, `position` from 0 (the start) to the schedule's length (the update)."""

    iteration: int = 0
    position: int = 0


class NodeEdit(msgspec.Struct, frozen=True, tag="node"):
    """Numbers set from outside at the start of an iteration: all of a leaf, or the one element at `index`."""

    iteration: int
    node: str
    index: tuple[int, ...] | None
    numbers: bytes
    """float64, row-major; kept as bytes so that NaNs and signed zeros come back bit by bit."""

    @property
    def array(self) -> np.ndarray:
        """The numbers, flat."""
        return np.frombuffer(self.numbers, dtype="<f8")


class OptimizerEdit(msgspec.Struct, frozen=True, tag="optimizer"):
    """All settings of the optimizer from the start of an iteration on, its `kind` among them."""

    iteration: int
    settings: dict[str, Any]


Edit = NodeEdit | OptimizerEdit


class Change(msgspec.Struct, frozen=True):
    """One edit that can be taken back or brought back: it ended the list of edits, in place of the `discarded`."""

    edit: Edit
    discarded: tuple[Edit, ...]
    before: Cursor


@dataclass(frozen=True, slots=True, eq=False)
class Session:
    """Everything a session is. `initial` keeps the first numbers of the leaves, so replay never asks a generator.

    `done` and `undone` are the changes that can be undone and redone, the next one last.
    """

    id: str
    title: str
    spec: Mapping[str, Any]
    initial: Mapping[str, np.ndarray]
    version: int = 1
    cursor: Cursor = Cursor()
    edits: tuple[Edit, ...] = ()
    done: tuple[Change, ...] = ()
    undone: tuple[Change, ...] = ()
    schema: int = SCHEMA
    engine: str = ENGINE
    lineage: Lineage | None = None

    @property
    def edited_elements(self) -> int:
        """Numbers kept for edits, those that can be undone and redone among them."""
        undone = (change.edit for change in self.undone)
        discarded = (edit for change in (*self.done, *self.undone) for edit in change.discarded)
        return sum(len(edit.numbers) // 8 for edit in (*self.edits, *undone, *discarded) if isinstance(edit, NodeEdit))


def new_id() -> str:
    """An id nobody can guess: who has the address may look and change."""
    return secrets.token_urlsafe(16)


def moved(session: Session, cursor: Cursor) -> Session:
    """The session with its cursor at another moment."""
    return replace(session, version=session.version + 1, cursor=cursor)


def edited(session: Session, edit: Edit) -> Session:
    """The session with one edit more, its cursor at the start of the edit's iteration.

    Edits made later in the run are discarded, and so is what could be redone.
    """
    kept = tuple(old for old in session.edits if old.iteration <= edit.iteration)
    change = Change(edit, session.edits[len(kept) :], session.cursor)
    return replace(_with(session, change, kept), done=(*session.done, change), undone=())


def undo(session: Session) -> Session:
    """The session with the edits and the cursor as they were before the last edit. Raises Conflict if there is none."""
    if not session.done:
        raise Conflict(N_("There is no edit to take back."))
    *done, change = session.done
    return replace(
        session,
        version=session.version + 1,
        cursor=change.before,
        edits=(*session.edits[:-1], *change.discarded),
        done=tuple(done),
        undone=(*session.undone, change),
    )


def redo(session: Session) -> Session:
    """The session with the edit taken back last brought back. Raises Conflict if there is none."""
    if not session.undone:
        raise Conflict(N_("There is no edit to bring back."))
    *undone, change = session.undone
    kept = session.edits[: len(session.edits) - len(change.discarded)]
    return replace(_with(session, change, kept), done=(*session.done, change), undone=tuple(undone))


def fork(session: Session) -> Session:
    """A copy as it stands, with what can be undone and redone, under an id of its own."""
    lineage = session.lineage and msgspec.structs.replace(session.lineage, parent="")
    return replace(session, id=new_id(), lineage=lineage)


def _with(session: Session, change: Change, kept: tuple[Edit, ...]) -> Session:
    cursor = Cursor(change.edit.iteration, 0)
    return replace(session, version=session.version + 1, cursor=cursor, edits=(*kept, change.edit))
