"""Sessions as bytes: what of a session never changes, what an edit changes, and the trail of its run.

Long rows of numbers are kept apart, so that sessions can share them: `keep` is given a name and bytes and says what
stands for them, `fetch` finds them again.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import msgspec
import numpy as np

from app.engine.plan import State
from app.errors import N_, Damaged
from app.nn.supply.target_scale import RAW, written_out
from app.session.lineage import Lineage
from app.session.run import Run
from app.session.state import Change, Edit, OptimizerEdit, Session
from app.session.trail import Checkpoint

Keep = Callable[[str, bytes | memoryview], bytes]
Fetch = Callable[[bytes], bytes]

LEAST = 4096
"""Bytes from which something is kept apart."""


class Array(msgspec.Struct, frozen=True, array_like=True):
    """A float64 array, bit by bit. `numbers` are its bytes or what stands for them."""

    shape: tuple[int, ...]
    numbers: bytes

    @classmethod
    def of(cls, array: np.ndarray, name: str, keep: Keep) -> Array:
        flat = np.ascontiguousarray(array, dtype="<f8").reshape(-1)
        return cls(array.shape, keep(name, flat.view(np.uint8).data))

    def array(self, fetch: Fetch) -> np.ndarray:
        return np.frombuffer(fetch(self.numbers), dtype="<f8").reshape(self.shape)


class Origin(msgspec.Struct, frozen=True):
    """What never changes in a session. A long spec is kept apart under `spec_key`."""

    title: str
    spec: str
    initial: dict[str, Array]
    lineage: Lineage | None = None
    spec_key: bytes = b""


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


def pack_origin(session: Session, keep: Keep) -> bytes:
    initial = {id: Array.of(array, f"initial {id}", keep) for id, array in session.initial.items()}
    spec, key = json.dumps(session.spec), b""
    if len(spec) >= LEAST:
        spec, key = "", keep("spec", spec.encode())
    return msgspec.msgpack.encode(Origin(session.title, spec, initial, session.lineage, key))


def pack_history(session: Session, keep: Keep) -> bytes:
    return msgspec.msgpack.encode(_numbered(History(session.edits, session.done, session.undone), keep))


def pack_checkpoint(checkpoint: Checkpoint, keep: Keep) -> bytes:
    state = checkpoint.state
    parameters, slots = checkpoint_names(checkpoint.iteration)
    saved = Saved(Array.of(state.parameters, parameters, keep), Array.of(state.slots, slots, keep), state.step)
    return msgspec.msgpack.encode(saved)


def checkpoint_names(iteration: int) -> tuple[str, str]:
    """Under which names the numbers of a checkpoint are kept."""
    return f"checkpoint {iteration} parameters", f"checkpoint {iteration} slots"


@contextmanager
def readable() -> Iterator[None]:
    """Raise Damaged for bytes that say nothing, or not what they should."""
    try:
        yield
    except (msgspec.MsgspecError, ValueError, TypeError) as error:
        template = N_("What is stored of this session cannot be read, so it cannot be shown; please start it anew.")
        raise Damaged(template) from error


@readable()
def unpack_origin(
    packed: bytes, fetch: Fetch
) -> tuple[str, Mapping[str, Any], Mapping[str, np.ndarray], Lineage | None]:
    """Title, spec, initial arrays, and where a branch came from."""
    origin = msgspec.msgpack.decode(packed, type=Origin)
    initial = {id: array.array(fetch) for id, array in origin.initial.items()}
    spec = fetch(origin.spec_key) if origin.spec_key else origin.spec
    # Specs that say nothing are of a time when a table's numbers were told as they are.
    return origin.title, written_out(json.loads(spec), RAW), initial, origin.lineage


@readable()
def unpack_history(packed: bytes, fetch: Fetch) -> History:
    return _numbered(msgspec.msgpack.decode(packed, type=History), lambda name, kept: fetch(bytes(kept)))


@readable()
def unpack_checkpoint(iteration: int, packed: bytes, fetch: Fetch) -> Checkpoint:
    saved = msgspec.msgpack.decode(packed, type=Saved)
    return Checkpoint(iteration, State(saved.parameters.array(fetch), saved.slots.array(fetch), saved.step))


def _numbered(history: History, keep: Keep) -> History:
    """The same edits, with other bytes for their numbers; each is asked for once."""
    known: dict[bytes, bytes] = {}

    def edit(one: Edit) -> Edit:
        if isinstance(one, OptimizerEdit):
            return one
        if one.numbers not in known:
            known[one.numbers] = keep("edit", one.numbers)
        return msgspec.structs.replace(one, numbers=known[one.numbers])

    def change(one: Change) -> Change:
        return Change(edit(one.edit), tuple(map(edit, one.discarded)), one.before)

    edits, done, undone = map(edit, history.edits), map(change, history.done), map(change, history.undone)
    return History(tuple(edits), tuple(done), tuple(undone))


def pack_run(run: Run) -> bytes:
    return msgspec.msgpack.encode(run)


@readable()
def unpack_run(packed: bytes | None) -> Run | None:
    """A run, or None where there has been none."""
    return None if packed is None else msgspec.msgpack.decode(packed, type=Run)
