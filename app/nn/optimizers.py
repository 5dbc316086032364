"""The optimizers' settings as parts of a spec, made from the rows of `engine.optim`."""

from collections.abc import Mapping
from dataclasses import Field as DataclassField
from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any, Literal

from pydantic import create_model

from app.engine.optim import OPTIMIZERS, SGD, Optimizer
from app.engine.schedule import SCHEDULES, Constant, Schedule
from app.engine.update_order import SEQUENTIAL
from app.errors import N_, Invalid
from app.nn.fields import Part, labelled, one_of, unknown_choice, validate
from app.nn.wording import shown

DEFAULT = SGD.kind


def described(choices: Mapping[str, Any]) -> str:
    """What each choice means, for descriptions of the interface."""
    return " ".join(f"`{name}`: {row.sentence}" for name, row in choices.items())


def settings_of(row: type[Optimizer]) -> type[Part]:
    """The model of one optimizer's settings: its fields with their labels, defaults and bounds."""
    default = row.kind if row.kind == DEFAULT else ...
    return _model(row, f"{row.__name__}Settings", N_("optimizer"), default)


def _model(row: type[Optimizer] | type[Schedule], name: str, label: str, default: Any) -> type[Part]:
    made = {"kind": (Literal[row.kind], labelled(label, default))} | {one.name: _setting(one) for one in fields(row)}
    return create_model(name, __base__=Part, __doc__=row.__doc__, **made)


def _setting(field: DataclassField[Any]) -> tuple[Any, Any]:
    """A setting's type and its field: one of several words, the schedule, or a number, which may be none."""
    label: str = field.metadata["label"]
    choices, parts = field.metadata.get("choices"), field.metadata.get("parts")
    if choices:
        return Literal[tuple(choices)], labelled(label, field.default, description=described(choices))
    if parts:
        return ScheduleSettings | None, labelled(label, None, description=described(parts))
    rules = {BOUNDS[name]: bound for name, bound in field.metadata.items() if name in BOUNDS and bound is not None}
    kind = float | None if field.default is None else type(field.default)
    if kind is int:
        rules.setdefault("le", MOST_COUNTED)
    return kind, labelled(label, field.default, **({} if kind is bool else rules))


MOST_COUNTED = 2**63 - 1
"""NumPy does not calculate with larger whole numbers."""
BOUNDS = {"minimum": "ge", "above": "gt", "below": "lt", "most": "le"}
"""Our words for the bounds of a number, and pydantic's."""
SCHEDULE_SETTINGS = {
    kind: _model(row, f"{row.__name__}Schedule", N_("schedule of the rate"), ...) for kind, row in SCHEDULES.items()
}
ScheduleSettings: Any = one_of(SCHEDULE_SETTINGS, lambda document: str(document.get("kind", "")))
SETTINGS: Mapping[str, type[Part]] = {kind: settings_of(row) for kind, row in OPTIMIZERS.items()}
if TYPE_CHECKING:
    OptimizerSettings = Part
else:
    OptimizerSettings = one_of(SETTINGS, lambda document: str(document.get("kind", DEFAULT)))


def optimizer_of(settings: Part | None, pointer: str = "/optimizer") -> Optimizer:
    """The optimizer with these settings; without any, gradient descent with its defaults."""
    if settings is None:
        return OPTIMIZERS[DEFAULT]()
    values = settings.model_dump()
    schedule = values.pop("schedule") or {"kind": Constant.kind}
    made = SCHEDULES[schedule.pop("kind")](**schedule)
    return checked(OPTIMIZERS[values.pop("kind")](**values, schedule=made), pointer)


def checked(optimizer: Optimizer, pointer: str) -> Optimizer:
    """Refuse settings that do not go together."""
    if isinstance(optimizer, SGD) and optimizer.nesterov and not optimizer.momentum:
        template = N_("Nesterov momentum needs a momentum greater than 0, got {came}.")
        raise Invalid(template, came=shown(optimizer.momentum), pointer=f"{pointer}/nesterov")
    if optimizer.clip_norm and optimizer.clip_value:
        template = N_("Expected gradients to be clipped by their norm or by value, got both.")
        raise Invalid(template, pointer=f"{pointer}/clip_value")
    if optimizer.clip_norm and optimizer.update_order == SEQUENTIAL:
        template = N_(
            "Sequential updates move parameters before the norm of all gradients is known; "
            "clip by value, or update simultaneously."
        )
        raise Invalid(template, pointer=f"{pointer}/clip_norm")
    return optimizer


def parse_optimizer(document: Any, current: Optimizer | None = None, pointer: str = "") -> Optimizer:
    """An optimizer from its JSON. Settings of the same kind as `current`'s, or of none, are merged with those.

    The order of updates is no matter of the kind: it stays until another one is set.
    """
    if not isinstance(document, dict):
        raise Invalid(N_("Expected an object, got {came}."), came=shown(document), pointer=pointer)
    kind = document.get("kind", current.kind if current else DEFAULT)
    if not isinstance(kind, str) or kind not in SETTINGS:
        raise unknown_choice(kind, list(SETTINGS), f"{pointer}/kind")
    kept: dict[str, Any] = {} if current is None else {"update_order": current.update_order}
    if current is not None and current.kind == kind:
        kept = document_of(current)
        document = {**document, **_merged_schedule(kept["schedule"], document)}
    return optimizer_of(validate(SETTINGS[kind], {**kept, **document, "kind": kind}, pointer), pointer)


def _merged_schedule(kept: Mapping[str, Any], document: Mapping[str, Any]) -> dict[str, Any]:
    """New settings of a schedule: those of the same kind, or of none, are merged with those it has."""
    given = document.get("schedule")
    if not isinstance(given, dict) or given.get("kind", kept["kind"]) != kept["kind"]:
        return {}
    return {"schedule": {**kept, **given}}


def document_of(optimizer: Optimizer) -> dict[str, Any]:
    """An optimizer as JSON writes it."""
    schedule = {"kind": optimizer.schedule.kind, **asdict(optimizer.schedule)}
    return {"kind": optimizer.kind, **asdict(optimizer), "schedule": schedule}
