"""The optimizer as a form: its kind and its settings at a moment, and the kinds there are."""

from dataclasses import dataclass, fields

from app.engine.optim import OPTIMIZERS, Optimizer
from app.views import numbers


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting of the optimizer: a number or a choice."""

    name: str
    label: str
    text: str
    is_choice: bool
    is_on: bool


@dataclass(frozen=True, slots=True)
class OptimizerForm:
    """The optimizer as it is set at this moment, and the kinds there are."""

    kind: str
    kinds: tuple[tuple[str, str], ...]
    settings: tuple[Setting, ...]


def optimizer_form(optimizer: Optimizer) -> OptimizerForm:
    """The optimizer's fields with their present settings."""
    settings = []
    for field in fields(optimizer):
        setting = getattr(optimizer, field.name)
        is_choice = isinstance(setting, bool)
        text = "" if is_choice else numbers.typed(setting)
        settings.append(Setting(field.name, field.metadata["label"], text, is_choice, is_choice and setting))
    kinds = tuple((kind, row.title) for kind, row in OPTIMIZERS.items())
    return OptimizerForm(optimizer.kind, kinds, tuple(settings))
