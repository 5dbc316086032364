"""The forms that make a spec: every field, label, choice and default comes from the spec's models and the tables.

A field's name is the JSON pointer of what it fills, so that a refusal that points into the spec finds its field.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args, get_origin

from pydantic.fields import FieldInfo

from app.engine.optim import OPTIMIZERS
from app.errors import N_
from app.nn.datasets import DATASETS
from app.nn.fields import Part
from app.nn.initializers import INITIALIZERS
from app.nn.layers import ACTIVATIONS, LAYERS
from app.nn.losses import LOSSES
from app.nn.optimizers import DEFAULT as DEFAULT_OPTIMIZER
from app.nn.optimizers import SETTINGS
from app.nn.spec import LayersSpec, MadeRows

Typed = Mapping[str, str]

CHOICES: Mapping[str, Mapping[str, Any]] = {
    "activation": ACTIVATIONS, "loss": LOSSES, "initializer": INITIALIZERS, "dataset": DATASETS,
}  # fmt: skip
HINTS = {
    "/batch_size": N_("Empty: every row in each iteration."),
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

    name: str
    label: str
    kind: str
    value: str
    options: tuple[Option, ...] = ()
    hint: str = ""
    error: str | None = None

    @property
    def id(self) -> str:
        """The field's id on the page."""
        return self.name.strip("/").replace("/", "-")


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
class NetworkForm:
    """The form of a layered network."""

    inputs: Field
    layers: tuple[tuple[Field, ...], ...]
    loss: Field
    sources: tuple[Choice, ...]
    rows: Field
    optimizers: tuple[Choice, ...]
    initializer: Field
    batch_size: Field
    seed: Field
    mistake: str | None


@dataclass(frozen=True)
class ExpressionForm:
    """The form of an expression."""

    source: Field
    optimizers: tuple[Choice, ...]
    mistake: str | None


EXAMPLE_ROWS = "0, 0, 0\n0, 1, 1\n1, 0, 1\n1, 1, 0"
EXAMPLE_NETWORK: Typed = {
    "/inputs": "2",
    "/layers/0/units": "3",
    "/layers/0/activation": "tanh",
    "/layers/0/bias": "true",
    "/layers/1/units": "1",
    "/layers/1/activation": "sigmoid",
    "/layers/1/bias": "true",
    "/loss": "binary_cross_entropy",
    "/data/from": "rows",
    "/data/rows": EXAMPLE_ROWS,
    "/optimizer/kind": "sgd",
    "/optimizer/sgd/learning_rate": "0.5",
}
NEW_LAYER: Typed = {"units": "3", "activation": "tanh", "bias": "true"}


def network_form(typed: Typed, layers: list[dict[str, str]], mistake: Mistake | None = None) -> NetworkForm:
    """The form with what was typed; `layers` are the typed fields of each layer."""
    own = fields_of(LayersSpec, typed, "", mistake)
    return NetworkForm(
        own["inputs"],
        tuple(layer_fields(number, layer, mistake) for number, layer in enumerate(layers)),
        own["loss"],
        data_sources(typed, mistake),
        Field(
            "/data/rows", N_("rows of numbers"), TEXT, typed.get("/data/rows", EXAMPLE_ROWS),
            error=error_at("/data/rows", mistake),
        ),
        optimizer_choices(typed, mistake),
        own["initializer"],
        own["batch_size"],
        own["seed"],
        mistake.text if mistake and mistake.field is None else None,
    )


def expression_form(typed: Typed, example: str, mistake: Mistake | None = None) -> ExpressionForm:
    """The form with what was typed, or with an example in it."""
    source = Field(
        "/source", N_("expression"), TEXT, typed.get("/source", example), error=error_at("/source", mistake)
    )
    whole = mistake.text if mistake and mistake.field is None else None
    return ExpressionForm(source, optimizer_choices(typed, mistake), whole)


def layer_fields(number: int, layer: Typed, mistake: Mistake | None) -> tuple[Field, ...]:
    """The fields of one layer, as its model has them."""
    prefix = f"/layers/{number}"
    typed = {f"{prefix}/{key}": text for key, text in layer.items()}
    return tuple(fields_of(LAYERS["dense"], typed, prefix, mistake).values())


def data_sources(typed: Typed, mistake: Mistake | None) -> tuple[Choice, ...]:
    """Where the data come from: pasted rows, or a set made up by a function."""
    chosen = typed.get("/data/from", "rows")
    made = tuple(fields_of(MadeRows, typed, "/data", mistake).values())
    return (
        Choice("rows", N_("Pasted rows"), chosen != "dataset", ()),
        Choice("dataset", N_("A made-up data set"), chosen == "dataset", made),
    )


def optimizer_choices(typed: Typed, mistake: Mistake | None) -> tuple[Choice, ...]:
    """Every optimizer with its settings; those of each keep what was typed for it."""
    chosen = typed.get("/optimizer/kind", DEFAULT_OPTIMIZER)
    return tuple(
        Choice(
            kind, OPTIMIZERS[kind].title, kind == chosen,
            tuple(fields_of(model, typed, f"/optimizer/{kind}", mistake).values()),
        )
        for kind, model in SETTINGS.items()
    )


def fields_of(model: type[Part], typed: Typed, prefix: str, mistake: Mistake | None) -> dict[str, Field]:
    """The simple fields of a model, by key: numbers, choices and switches, not its lists and parts."""
    found = {}
    for key, info in model.model_fields.items():
        if key != "kind" and (kind := kind_of(info)):
            name = f"{prefix}/{key}"
            found[key] = Field(
                name, info.title or key, kind, typed.get(name, default_text(info)), options_of(key, info),
                HINTS.get(name, ""), error_at(name, mistake),
            )
    return found


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


def error_at(name: str, mistake: Mistake | None) -> str | None:
    return mistake.text if mistake and mistake.field == name else None
