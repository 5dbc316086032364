"""The forms that make a spec: every field, label, choice and default comes from the spec's models and the tables.

A field's name is the JSON pointer of what it fills, so that a refusal that points into the spec finds its field.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args, get_origin

from pydantic.fields import FieldInfo

from app.engine.optim import OPTIMIZERS
from app.engine.schedule import SCHEDULES, Constant
from app.engine.update_order import UPDATE_ORDERS
from app.errors import N_
from app.nn.datasets import DATASETS
from app.nn.fields import Part
from app.nn.initializers import INITIALIZERS
from app.nn.layers import ACTIVATIONS, LAYERS
from app.nn.losses import LOSSES
from app.nn.optimizers import DEFAULT as DEFAULT_OPTIMIZER
from app.nn.optimizers import SCHEDULE_SETTINGS, SETTINGS
from app.nn.preparation import SCALES
from app.nn.spec import DatasetChosen, Handling, LayersSpec, TablePasted
from app.views.suggestions import Demand, suggestion

Typed = Mapping[str, str]

CHOICES: Mapping[str, Mapping[str, Any]] = {
    "activation": ACTIVATIONS, "loss": LOSSES, "initializer": INITIALIZERS, "dataset": DATASETS,
    "update_order": UPDATE_ORDERS, "scale": SCALES,
}  # fmt: skip
HINTS = {
    "/data/noise": N_("From 0 to 0.5 is usual."),
    "/batch_size": N_("Empty: every row in each iteration."),
    "/data/seed": N_("The same seed makes the same points and holds out the same rows."),
    "/data/test_fraction": N_("0.3 is three rows in ten."),
    "/seed": N_("The same seed draws the same weights and the same batches."),
}
GUESSED = N_("as it looks")
TABLE_OPTIONS = {
    "header": (("", GUESSED), ("true", N_("names the columns")), ("false", N_("is data already"))),
    "task": (("", GUESSED), ("classification", N_("classes")), ("regression", N_("a number"))),
}
"""What a person may say of a table instead of having it guessed."""
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
        return Field(self.form, name, label, kind, self.typed.get(name, default), options, HINTS.get(name, ""), error)

    @property
    def whole_mistake(self) -> str | None:
        """What is wrong, where it is about no field."""
        return self.mistake.text if self.mistake and self.mistake.field is None else None


@dataclass(frozen=True)
class NetworkForm:
    """The form of a layered network."""

    inputs: Field
    layers: tuple[tuple[Field, ...], ...]
    loss: Field
    sources: tuple[Choice, ...]
    rows: Field
    csv: Field
    table: tuple[Field, ...]
    handling: tuple[Field, ...]
    optimizers: tuple[Choice, ...]
    schedules: tuple[Choice, ...]
    initializer: Field
    batch_size: Field
    seed: Field
    others: tuple[Field, ...]
    mistake: str | None

    @property
    def source(self) -> str:
        """Where the data come from."""
        return next(choice.value for choice in self.sources if choice.is_chosen)

    @property
    def is_scheduled(self) -> bool:
        """Whether the rate changes."""
        return any(choice.is_chosen and choice.value != Constant.kind for choice in self.schedules)

    def field(self, name: str | None) -> Field | None:
        """The field of this name, if the form has one."""
        choices = (field for choice in (*self.sources, *self.optimizers, *self.schedules) for field in choice.fields)
        layers = (field for layer in self.layers for field in layer)
        own = (self.inputs, self.loss, self.rows, self.csv, self.initializer, self.batch_size, self.seed)
        own = (*own, *self.table, *self.handling, *self.others)
        return next((field for field in (*own, *layers, *choices) if field.name == name), None)


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
START: Typed = {
    "/inputs": "2",
    "/data/from": "dataset",
    "/data/dataset": "spiral",
    "/data/samples": "200",
    "/data/noise": "0.1",
    "/data/test_fraction": "0.3",
    "/data/rows": EXAMPLE_ROWS,
    **suggestion(Demand("classification", name="spiral")),
}
"""What the form for a network begins with."""
PLACED = ("inputs", "loss", "initializer", "batch_size", "seed", "update_order")
"""The fields of a network that have a place of their own in the form, or are a setting of the optimizer as well."""
NEW_LAYER: Typed = {"units": "3", "activation": "tanh", "bias": "true"}


def network_form(typed: Typed, layers: Sequence[Typed], mistake: Mistake | None = None) -> NetworkForm:
    """The form with what was typed; `layers` are the typed fields of each layer."""
    draft = Draft("network", typed, mistake)
    own = fields_of(LayersSpec, draft)
    return NetworkForm(
        own["inputs"],
        tuple(layer_fields(number, layer, mistake) for number, layer in enumerate(layers)),
        own["loss"],
        data_sources(draft),
        draft.field("/data/rows", N_("rows of numbers"), TEXT, EXAMPLE_ROWS),
        draft.field("/data/csv", N_("table"), TEXT),
        table_fields(draft),
        tuple(fields_of(Handling, draft, "/data").values()),
        optimizer_choices(draft),
        schedule_choices(draft),
        own["initializer"],
        own["batch_size"],
        own["seed"],
        tuple(field for key, field in own.items() if key not in PLACED),
        draft.whole_mistake,
    )


def expression_form(typed: Typed, example: str, mistake: Mistake | None = None) -> ExpressionForm:
    """The form with what was typed, or with an example in it."""
    draft = Draft("expression", typed, mistake)
    source = draft.field("/source", N_("expression"), TEXT, example)
    return ExpressionForm(source, optimizer_choices(draft), draft.whole_mistake)


def layer_fields(number: int, layer: Typed, mistake: Mistake | None) -> tuple[Field, ...]:
    """The fields of one layer, as its model has them."""
    prefix = f"/layers/{number}"
    typed = {f"{prefix}/{key}": text for key, text in layer.items()}
    return tuple(fields_of(LAYERS["dense"], Draft("network", typed, mistake), prefix).values())


def data_sources(draft: Draft) -> tuple[Choice, ...]:
    """Where the data come from: a set that is there already, a table of one's own, or a few rows of numbers."""
    chosen = draft.typed.get("/data/from", "rows")
    made = tuple(fields_of(DatasetChosen, draft, "/data").values())
    titles = {"dataset": N_("A data set"), "csv": N_("Your own table"), "rows": N_("A few rows of numbers")}
    chosen = chosen if chosen in titles else "rows"
    return tuple(
        Choice(value, title, value == chosen, made if value == "dataset" else ()) for value, title in titles.items()
    )


def table_fields(draft: Draft) -> tuple[Field, ...]:
    """What may be said of a table, with labels from the model."""
    fields = TablePasted.model_fields
    return tuple(
        draft.field(f"/data/{key}", fields[key].title or key, CHOICE, "", tuple(Option(*pair) for pair in options))
        for key, options in TABLE_OPTIONS.items()
    )


def optimizer_choices(draft: Draft) -> tuple[Choice, ...]:
    """Every optimizer with its settings; those of each keep what was typed for it."""
    chosen = draft.typed.get("/optimizer/kind", DEFAULT_OPTIMIZER)
    return tuple(
        Choice(kind, OPTIMIZERS[kind].title, kind == chosen,
               tuple(fields_of(model, draft, f"/optimizer/{kind}").values()))
        for kind, model in SETTINGS.items()
    )  # fmt: skip


def schedule_choices(draft: Draft) -> tuple[Choice, ...]:
    """Every schedule of the learning rate with its settings; it is the same whatever the optimizer."""
    chosen = draft.typed.get("/schedule/kind", "") or Constant.kind
    return tuple(
        Choice(kind, SCHEDULES[kind].label, kind == chosen,
               tuple(fields_of(model, draft, f"/schedule/{kind}").values()))
        for kind, model in SCHEDULE_SETTINGS.items()
    )  # fmt: skip


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
