"""The optimizers' settings as parts of a spec, made from the rows of `engine.optim`."""

from collections.abc import Mapping
from dataclasses import asdict, fields, replace
from typing import Any, Literal

from pydantic import create_model

from app.engine.optim import OPTIMIZERS, SGD, Optimizer
from app.errors import N_, Invalid
from app.nn.fields import Part, labelled, one_of, unknown_choice, validate
from app.nn.wording import shown

DEFAULT = SGD.kind


def described(choices: Mapping[str, Any]) -> str:
    """What each choice means, for descriptions of the interface."""
    return " ".join(f"`{name}`: {row.sentence}" for name, row in choices.items())


def settings_of(row: type) -> type[Part]:
    """The model of one optimizer's settings: its fields with their labels, defaults and bounds."""
    default = row.kind if row.kind == DEFAULT else ...
    made: dict[str, Any] = {"kind": (Literal[row.kind], labelled(N_("optimizer"), default))}
    for field in fields(row):
        choices = field.metadata.get("choices")
        kind = Literal[tuple(choices)] if choices else type(field.default)
        bounds = {"ge": field.metadata.get("minimum"), "lt": field.metadata.get("below")} if kind is float else {}
        rules: dict[str, Any] = {name: bound for name, bound in bounds.items() if bound is not None}
        if choices:
            rules["description"] = described(choices)
        made[field.name] = (kind, labelled(field.metadata["label"], field.default, **rules))
    return create_model(f"{row.__name__}Settings", __base__=Part, __doc__=row.__doc__, **made)


SETTINGS: Mapping[str, type[Part]] = {kind: settings_of(row) for kind, row in OPTIMIZERS.items()}
OptimizerSettings = one_of(SETTINGS, lambda document: str(document.get("kind", DEFAULT)))


def optimizer_of(settings: Part | None, pointer: str = "/optimizer") -> Optimizer:
    """The optimizer with these settings; without any, gradient descent with its defaults."""
    if settings is None:
        return OPTIMIZERS[DEFAULT]()
    values = settings.model_dump()
    optimizer = OPTIMIZERS[values.pop("kind")](**values)
    if getattr(optimizer, "nesterov", False) and not optimizer.momentum:
        template = N_("Nesterov momentum needs a momentum greater than 0, got {came}.")
        raise Invalid(template, came=shown(optimizer.momentum), pointer=f"{pointer}/nesterov")
    return optimizer


def ordered(request: Part) -> Optimizer:
    """The optimizer of a spec, which may say the order of updates beside its settings as well as among them.

    Raises Invalid where it says both and they differ.
    """
    optimizer, order = optimizer_of(request.optimizer), request.update_order
    if "update_order" not in request.model_fields_set or order == optimizer.update_order:
        return optimizer
    if request.optimizer is not None and "update_order" in request.optimizer.model_fields_set:
        template = N_("The optimizer's order of updates is {set}; expected the same here, got {came}.")
        raise Invalid(template, set=optimizer.update_order, came=order, pointer="/update_order")
    return replace(optimizer, update_order=order)


def parse_optimizer(document: Any, current: Optimizer | None = None, pointer: str = "") -> Optimizer:
    """An optimizer from its JSON. Settings of the same kind as `current`'s, or of none, are merged with those.

    The order of updates is no matter of the kind: it stays until another one is set.
    """
    if not isinstance(document, dict):
        raise Invalid(N_("Expected an object, got {came}."), came=shown(document), pointer=pointer)
    kind = document.get("kind", current.kind if current else DEFAULT)
    if not isinstance(kind, str) or kind not in SETTINGS:
        raise unknown_choice(kind, list(SETTINGS), f"{pointer}/kind")
    kept = {} if current is None else {"update_order": current.update_order}
    if current is not None and current.kind == kind:
        kept = asdict(current)
    return optimizer_of(validate(SETTINGS[kind], {**kept, **document, "kind": kind}, pointer), pointer)


def document_of(optimizer: Optimizer) -> dict[str, Any]:
    """An optimizer as JSON writes it."""
    return {"kind": optimizer.kind, **asdict(optimizer)}
