"""Sessions as bytes: what of a session never changes, what an edit changes, and the trail of its run."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import msgspec
import numpy as np

from app.engine.plan import State
from app.errors import N_, Damaged
from app.nn.supply.target_scale import RAW, written_out
from app.session.lineage import Lineage
from app.session.run import Run
from app.session.state import Change, Edit, Session
from app.session.trail import Checkpoint


class Array(msgspec.Struct, frozen=True, array_like=True):
    """A float64 array, bit by bit."""

    shape: tuple[int, ...]
    numbers: bytes

    @classmethod
    def of(cls, array: np.ndarray) -> Array:
        return cls(array.shape, np.ascontiguousarray(array, dtype="<f8").tobytes())

    def array(self) -> np.ndarray:
        return np.frombuffer(self.numbers, dtype="<f8").reshape(self.shape)


class Origin(msgspec.Struct, frozen=True):
    """What never changes in a session."""

    title: str
    spec: str
    initial: dict[str, Array]
    lineage: Lineage | None = None


class History(msgspec.Struct, frozen=True):
    """What edits, undo and redo change."""

    edits: tuple[Edit, ...] = ()
    done: tuple[Change, ...] = ()
    undone: tuple[Change, ...] = ()


class Saved(msgspec.Struct, frozen=True):
    """A checkpoint's state."""

    parameters: Array
    slots: Array
    step: int


def pack_origin(session: Session) -> bytes:
    initial = {id: Array.of(array) for id, array in session.initial.items()}
    return msgspec.msgpack.encode(Origin(session.title, json.dumps(session.spec), initial, session.lineage))


def pack_history(session: Session) -> bytes:
    return msgspec.msgpack.encode(History(session.edits, session.done, session.undone))


def pack_checkpoint(checkpoint: Checkpoint) -> bytes:
    state = checkpoint.state
    return msgspec.msgpack.encode(Saved(Array.of(state.parameters), Array.of(state.slots), state.step))


@contextmanager
def readable() -> Iterator[None]:
    """Raise Damaged for bytes that say nothing, or not what they should."""
    try:
        yield
    except (msgspec.MsgspecError, ValueError, TypeError) as error:
        template = N_("What is stored of this session cannot be read, so it cannot be shown; please start it anew.")
        raise Damaged(template) from error


@readable()
def unpack_origin(packed: bytes) -> tuple[str, Mapping, Mapping[str, np.ndarray], Lineage | None]:
    """Title, spec, initial arrays, and where a branch came from."""
    origin = msgspec.msgpack.decode(packed, type=Origin)
    initial = {id: array.array() for id, array in origin.initial.items()}
    # Specs that say nothing are of a time when a table's numbers were told as they are.
    return origin.title, written_out(json.loads(origin.spec), RAW), initial, origin.lineage


@readable()
def unpack_history(packed: bytes) -> History:
    return msgspec.msgpack.decode(packed, type=History)


@readable()
def unpack_checkpoint(iteration: int, packed: bytes) -> Checkpoint:
    saved = msgspec.msgpack.decode(packed, type=Saved)
    return Checkpoint(iteration, State(saved.parameters.array(), saved.slots.array(), saved.step))


def pack_run(run: Run) -> bytes:
    return msgspec.msgpack.encode(run)


@readable()
def unpack_run(packed: bytes | None) -> Run | None:
    """A run, or None where there has been none."""
    return None if packed is None else msgspec.msgpack.decode(packed, type=Run)
