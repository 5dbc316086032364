"""Fields of a form: every label, choice and default comes from the spec's models and the tables.

A field's name is the JSON pointer of what it fills, so that a refusal that points into the spec finds its field.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args, get_origin

from pydantic.fields import FieldInfo

from app.engine.update_order import UPDATE_ORDERS
from app.errors import N_
from app.nn.fields import Part
from app.nn.initializers import INITIALIZERS
from app.nn.layers.activations import ACTIVATIONS
from app.nn.losses import LOSSES
from app.nn.supply.datasets import DATASETS
from app.nn.supply.preparation import SCALES

Typed = Mapping[str, str]
CHOICES: Mapping[str, Mapping[str, Any]] = {
    "activation": ACTIVATIONS, "loss": LOSSES, "initializer": INITIALIZERS, "dataset": DATASETS,
    "update_order": UPDATE_ORDERS, "scale": SCALES,
}  # fmt: skip  # fmt: skip
HINTS = {
    "/data/noise": N_("From 0 to 0.5 is usual."),
    "/batch_size": N_("Empty: every row in each iteration."),
    "/data/seed": N_("The same seed makes the same points and holds out the same rows."),
    "/data/test_fraction": N_("0.3 is three rows in ten."),
    "/seed": N_("The same seed draws the same weights and the same batches."),
}
TEXT, NUMBER, CHOICE, SWITCH = "text", "number", "choice", "switch"


@dataclass(frozen=True)
class Option:
    """One of the values a field may have, its label, and a sentence about it where there is one."""

    value: str
    label: str
    sentence: str = ""


@dataclass(frozen=True)
class Field:
    """One field: `name` is a JSON pointer, `value` what stands in it, `error` what is wrong with that."""

    form: str
    name: str
    label: str
    kind: str
    value: str
    options: tuple[Option, ...] = ()
    hint: str = ""
    error: str | None = None

    @property
    def id(self) -> str:
        """The field's id on a page where there may be several forms."""
        return self.form + self.name.replace("/", "-")


@dataclass(frozen=True)
class Choice:
    """One of several kinds of a part, with the fields of its own."""

    value: str
    label: str
    is_chosen: bool
    fields: tuple[Field, ...]


@dataclass(frozen=True)
class Mistake:
    """What is wrong, in the reader's words, and the name of the field it is about (None: the form as a whole)."""

    text: str
    field: str | None = None


@dataclass(frozen=True)
class Draft:
    """What was typed into a form so far, by the names of its fields, and what was wrong with that."""

    form: str
    typed: Typed
    mistake: Mistake | None = None

    def field(self, name: str, label: str, kind: str, default: str = "", options: tuple[Option, ...] = ()) -> Field:
        """A field with what was typed into it, else its default."""
        mistake = self.mistake
        error = mistake.text if mistake and mistake.field == name else None
        return Field(
            form=self.form,
            name=name,
            label=label,
            kind=kind,
            value=self.typed.get(name, default),
            options=options,
            hint=HINTS.get(name, ""),
            error=error,
        )

    @property
    def whole_mistake(self) -> str | None:
        """What is wrong, where it is about no field."""
        return self.mistake.text if self.mistake and self.mistake.field is None else None


def fields_of(model: type[Part], draft: Draft, prefix: str = "") -> dict[str, Field]:
    """The simple fields of a model, by key: numbers, choices and switches, not its lists and parts."""
    kinds = {key: kind_of(info) for key, info in model.model_fields.items() if key != "kind"}
    return {
        key: draft.field(f"{prefix}/{key}", info.title or key, kind, default_text(info), options_of(key, info))
        for key, info in model.model_fields.items()
        if (kind := kinds.get(key))
    }


def kind_of(info: FieldInfo) -> str | None:
    """How a field of a model is filled in, or None where it is not one value."""
    annotation = info.annotation
    if get_origin(annotation) is Literal:
        return CHOICE
    types = {part for part in (get_args(annotation) or (annotation,)) if part is not type(None)}
    if bool in types:
        return SWITCH
    return NUMBER if types <= {int, float} else None


def options_of(key: str, info: FieldInfo) -> tuple[Option, ...]:
    """The values a field may have, labelled as the table of that name labels them."""
    if get_origin(info.annotation) is not Literal:
        return ()
    rows = CHOICES.get(key, {})
    return tuple(option(value, rows.get(value)) for value in get_args(info.annotation))


def option(value: str, row: Any) -> Option:
    """One row of a table as a value to choose."""
    sentence = getattr(row, "convention", None) or getattr(row, "sentence", "")
    return Option(value, getattr(row, "label", value), sentence)


def default_text(info: FieldInfo) -> str:
    """A field's default as a person would type it; nothing where there is none."""
    if info.is_required() or info.default is None:
        return ""
    if isinstance(info.default, bool):
        return str(info.default).lower()
    return f"{info.default:g}" if isinstance(info.default, float) else str(info.default)
