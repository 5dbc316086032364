"""Branching: another session that leaves this one's run at a moment, with one thing changed.

Another optimizer goes on with the very run, whose iterations before the moment are the same bits. Another network
or other first weights begin a run of their own: the activation with the parameters of the moment, the weights anew.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from app.engine.optim import OPTIMIZERS, Optimizer
from app.errors import N_, ChainruleError, Invalid
from app.nn.initializers import INITIALIZERS
from app.nn.layers.activations import ACTIVATIONS
from app.nn.layers.kinds import has_field
from app.nn.limits import Limits
from app.nn.optimizers import document_of, parse_optimizer
from app.nn.presets import PRESETS
from app.nn.problem import build
from app.nn.spec import parse_spec
from app.nn.supply.preparation import SCALES
from app.nn.supply.target_scale import TARGET_SCALES
from app.session import state
from app.session.departure import Departure
from app.session.lineage import Lineage
from app.session.moves import finished
from app.session.replay import Replay, initial_of
from app.session.state import Cursor, OptimizerEdit, Session

BETWEEN = " · "
"""Between a title and what was changed."""
SAME = N_("Expected something else than before: {came} is what the session has at this moment.")


@dataclass(frozen=True, slots=True)
class Change:
    """The one thing that is changed: a row of the table below, its new value, and the layer (from 1) if it is one."""

    kind: str
    value: Any
    layer: int | None = None

    @property
    def document(self) -> dict[str, Any]:
        """The change as JSON."""
        return {self.kind: self.value} | ({} if self.layer is None else {"layer": self.layer})


@dataclass(frozen=True, slots=True)
class Kind:
    """What can be changed. A kind has either `settings`, those of an optimizer, or `rewrite`, which alters a spec.

    `keeps` says whether a run with another spec begins with the parameters of the moment, `has_rows` whether the data
    are those of the moment, with what was edited in them. `is_drawn_anew`: weights that the spec gives count no more.
    """

    name: str
    label: str
    word: Callable[[Any], str]
    settings: Callable[[Any], Any] | None = None
    rewrite: Callable[[dict[str, Any], Change], None] = lambda document, change: None
    keeps: bool = False
    has_rows: bool = True
    is_drawn_anew: bool = False


def branched(
    session: Session, replay: Replay, change: Change, iteration: int | None, limits: Limits
) -> tuple[Session, Replay]:
    """The branch and its run, from the start of an iteration; from the next one to be finished unless one is said."""
    at = finished(replay.problem.graph, session.cursor) if iteration is None else iteration
    replay.seek(session.edits, Cursor(at, 0))
    departure, kind = replay.departure(), CHANGES[change.kind]
    if kind.settings is not None:
        return _continued(session, replay, departure, change, kind.settings(change.value), limits)
    return _begun(session, departure, change, limits)


def _continued(
    session: Session, replay: Replay, departure: Departure, change: Change, settings: Any, limits: Limits
) -> tuple[Session, Replay]:
    """The run up to here, going on with another optimizer."""
    at, pointer = departure.iteration, "/optimizer" if change.kind == "optimizer" else ""
    optimizer = parse_optimizer(settings, departure.optimizer, pointer)
    if optimizer == departure.optimizer:
        raise Invalid(SAME, came=_optimizer_word(document_of(optimizer)), pointer=f"/{change.kind}")
    edits = tuple(edit for edit in session.edits if edit.iteration <= at)
    edits = (*edits, OptimizerEdit(at, document_of(optimizer)))
    made = _named(session, change, Lineage(session.id, at, change.document, True))
    made = replace(made, edits=edits, cursor=Cursor(at, 0))
    onward = Replay(replay.problem, session.initial, limits.max_work)
    onward.resume(edits, replay.trail.kept())
    onward.trail.cut(at)
    onward.trail.forget_store()
    return made, onward


def _begun(session: Session, departure: Departure, change: Change, limits: Limits) -> tuple[Session, Replay]:
    """A run of its own, on the same rows and with the same optimizer."""
    kind, document = CHANGES[change.kind], _spec_at(session, departure.optimizer)
    before = deepcopy(document)
    kind.rewrite(document, change)
    if kind.is_drawn_anew:
        given, drawn = document.get("parameters", {}), departure.problem.drawn_ids
        document["parameters"] = {id: value for id, value in given.items() if id not in drawn}
    try:
        if parse_spec(document, limits).request == parse_spec(before, limits).request:
            raise Invalid(SAME, came=str(change.value))
        problem = build(parse_spec(document, limits), limits)
    except ChainruleError as refusal:
        # What was sent is the change, and not the spec that it leads to.
        refusal.pointer = f"/{change.kind}"
        raise
    initial = initial_of(problem) | {id: departure.leaves[id] for id in _kept(kind, departure)}
    made = _named(session, change, Lineage(session.id, departure.iteration, change.document, False))
    made = replace(made, spec=document, initial=initial, edits=(), cursor=Cursor())
    return made, Replay(problem, initial, limits.max_work)


def _kept(kind: Kind, departure: Departure) -> Mapping[str, np.ndarray] | tuple[str, ...]:
    """The leaves whose numbers go on: the data with what was edited in them, the parameters where they are kept."""
    return departure.leaves if kind.keeps else departure.problem.batched if kind.has_rows else ()


def _spec_at(session: Session, optimizer: Optimizer) -> dict[str, Any]:
    """The session's spec written out, with the optimizer of the moment."""
    spec = session.spec if session.spec["kind"] != "preset" else PRESETS[session.spec["name"]].spec
    if spec["kind"] != "layers":
        template = N_(
            "Only the optimizer of an expression can be changed in a branch; its text has no layers or seeds."
        )
        raise Invalid(template, pointer="")
    document = deepcopy(dict(spec)) | {"optimizer": document_of(optimizer)}
    document.pop("update_order", None)
    return document


def _named(session: Session, change: Change, lineage: Lineage) -> Session:
    title = f"{session.title}{BETWEEN}{CHANGES[change.kind].word(change.value)}"
    return replace(
        session, id=state.new_id(), title=title, version=1, done=(), undone=(), lineage=lineage, engine=state.ENGINE
    )


def _activate(document: dict[str, Any], change: Change) -> None:
    """Another activation in one layer, or in all but the last, which belongs to the loss; a single one is that."""
    layers = document["layers"]
    if change.layer is not None and not 1 <= change.layer <= len(layers):
        template = N_("Expected the number of a layer from 1 to {most}, got {came}.")
        raise Invalid(template, most=len(layers), came=change.layer, pointer="/layer")
    chosen = layers[:-1] or layers if change.layer is None else [layers[change.layer - 1]]
    if change.layer is None:
        chosen = [layer for layer in chosen if has_field(layer, "activation")]
    for layer in chosen:
        # A layer that says nothing of it has none, which is no change.
        if layer.get("activation", "identity") != change.value:
            layer["activation"] = change.value


def _set(document: dict[str, Any], change: Change) -> None:
    """Another value of one field of the spec."""
    document[change.kind] = change.value


def _scale(document: dict[str, Any], change: Change) -> None:
    """The same rows, prepared in another way."""
    document["data"][change.kind] = change.value


def _optimizer_word(settings: Mapping[str, Any]) -> str:
    """The optimizer by its name, or the settings that are changed."""
    if "kind" in settings:
        row = OPTIMIZERS.get(settings["kind"])
        return row.title if row else str(settings["kind"])
    return ", ".join(f"{name} = {value}" for name, value in settings.items())


CHANGES: Mapping[str, Kind] = {
    row.name: row
    for row in (
        Kind("optimizer", N_("optimizer"), _optimizer_word, settings=lambda value: value),
        Kind(
            "learning_rate", N_("learning rate η"), lambda rate: f"η = {rate:g}", lambda rate: {"learning_rate": rate}
        ),
        Kind("weight_decay", N_("weight decay λ"), lambda rate: f"λ = {rate:g}", lambda rate: {"weight_decay": rate}),
        Kind("l1", N_("L1 penalty λ"), lambda rate: f"L1 = {rate:g}", rewrite=_set, keeps=True),
        Kind("l2", N_("L2 penalty λ"), lambda rate: f"L2 = {rate:g}", rewrite=_set, keeps=True),
        Kind("scale", N_("scale of the inputs"), lambda name: SCALES[name].label, rewrite=_scale, has_rows=False),
        Kind(
            "target_scale",
            N_("scale of the target"),
            lambda name: TARGET_SCALES[name].label,
            rewrite=_scale,
            has_rows=False,
        ),
        Kind("activation", N_("activation"), lambda name: ACTIVATIONS[name].label, rewrite=_activate, keeps=True),
        Kind(
            "initializer",
            N_("initial weights"),
            lambda name: INITIALIZERS[name].label,
            rewrite=_set,
            is_drawn_anew=True,
        ),
        Kind("seed", N_("random seed"), lambda seed: f"seed = {seed}", rewrite=_set, is_drawn_anew=True),
    )
}
