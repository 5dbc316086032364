"""The optimizer as a form: its kind and its settings at a moment, and the kinds there are."""

from dataclasses import Field, dataclass, fields, replace
from math import nan
from typing import Any

from app.engine.assignment import Assignment
from app.engine.formula import Named
from app.engine.graph import Graph
from app.engine.optim import OPTIMIZERS, Optimizer
from app.notation import numbers
from app.notation.symbols import math
from app.notation.writing import latex, pieces

W = Named("w", nan)
GRADIENT = Named(r"\tfrac{\partial\,\mathrm{loss}}{\partial w}", nan)
NO_GRAPH = Graph(())
SHARED = set.intersection(*({one.name for one in fields(row)} for row in OPTIMIZERS.values())) - {"learning_rate"}
"""The names of the settings that every optimizer has besides its rate."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting of the optimizer: a number (perhaps none), a switch, or one of several options (value, label).

    `sentence` says what the option means that is set. With another option a part has other numbers to fill in. What
    every optimizer has besides its rate `is_plain` while it stands at its default: it can be shown folded.
    """

    name: str
    label: str
    text: str
    is_switch: bool
    is_on: bool
    options: tuple[tuple[str, str], ...] = ()
    sentence: str = ""
    is_part: bool = False
    is_optional: bool = False
    is_plain: bool = False


@dataclass(frozen=True, slots=True)
class OptimizerForm:
    """The optimizer as it is set at this moment, and the kinds there are; its update, line by line, as MathML."""

    update: tuple[str, ...]
    kind: str
    kinds: tuple[tuple[str, str], ...]
    settings: tuple[Setting, ...]


def optimizer_form(optimizer: Optimizer) -> OptimizerForm:
    """The optimizer's fields with their present settings."""
    plain = type(optimizer)()
    settings = tuple(
        replace(made, is_plain=one.name in SHARED and getattr(optimizer, one.name) == getattr(plain, one.name))
        for one in fields(optimizer)
        for made in settings_of(one, getattr(optimizer, one.name))
    )
    kinds = tuple((kind, row.title) for kind, row in OPTIMIZERS.items())
    return OptimizerForm(update_of(optimizer), optimizer.kind, kinds, settings)


def settings_of(field: Field, now: Any) -> tuple[Setting, ...]:
    """A field of an optimizer as it is set now; a part is a choice, and the numbers of what is chosen."""
    parts = field.metadata.get("parts")
    if not parts:
        return (setting(field, field.name, now),)
    options = tuple((kind, row.label) for kind, row in parts.items())
    sentence = now.sentence if fields(now) else ""
    choice = Setting(
        name=field.name,
        label=field.metadata["label"],
        text=now.kind,
        is_switch=False,
        is_on=False,
        options=options,
        sentence=sentence,
        is_part=True,
    )
    own = (setting(one, f"{field.name}.{now.kind}.{one.name}", getattr(now, one.name)) for one in fields(now))
    return (choice, *own)


def setting(field: Field, name: str, now: float | bool | str | None) -> Setting:
    """A field with one value as it is set now."""
    label, choices = field.metadata["label"], field.metadata.get("choices")
    if choices:
        options = tuple((row.name, row.label) for row in choices.values())
        return Setting(
            name=name,
            label=label,
            text=now,
            is_switch=False,
            is_on=False,
            options=options,
            sentence=choices[now].sentence,
        )
    if isinstance(now, bool):
        return Setting(name, label, "", True, now)
    typed = "" if now is None else numbers.typed(now)
    return Setting(name, label, typed, False, False, is_optional=field.default is None)


def update_of(optimizer: Optimizer) -> tuple[str, ...]:
    """The update of any parameter w by the gradient of the loss L, line by line, as MathML."""
    steps = optimizer.steps(W, GRADIENT, 1, *(nan for slot in optimizer.slots))
    return tuple(written(step) for step in steps)


def written(step: Assignment) -> str:
    """One line: a name and the formula that gives it its number."""
    return math(f"{latex(step.target.latex)}<mo>←</mo>{''.join(pieces(NO_GRAPH, step.formula))}")
