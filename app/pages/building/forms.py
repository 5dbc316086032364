"""The forms that make a spec: a network with its data, and an expression."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.engine.optim import OPTIMIZERS
from app.engine.schedule import SCHEDULES, Constant
from app.errors import N_
from app.nn.layers.kinds import DEFAULT as DEFAULT_LAYER
from app.nn.layers.kinds import LAYERS
from app.nn.optimizers import DEFAULT as DEFAULT_OPTIMIZER
from app.nn.optimizers import SCHEDULE_SETTINGS, SETTINGS
from app.nn.spec import DatasetChosen, Handling, LayersSpec, OwnRows
from app.nn.supply.target_scale import RAW, STANDARDIZE, TARGET_SCALES
from app.pages.building.fields import CHOICE, TEXT, Choice, Draft, Field, Mistake, Option, Typed, fields_of
from app.pages.building.suggestions import Demand, suggestion

GUESSED = N_("as it looks")
TABLE_OPTIONS = {
    "decimal": (("", GUESSED), (".", N_("point: 1.5")), (",", N_("comma: 1,5"))),
    "task": (("", GUESSED), ("classification", N_("classes")), ("regression", N_("a number"))),
    "target_scale": tuple((row.name, row.label) for row in (TARGET_SCALES[STANDARDIZE], TARGET_SCALES[RAW])),
}
"""What a person may say of a table instead of having it guessed."""
EXAMPLE_ROWS = "0, 0, 0\n0, 1, 1\n1, 0, 1\n1, 1, 0"
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
NEW_LAYER: Typed = LAYERS[DEFAULT_LAYER].start


@dataclass(frozen=True)
class NetworkForm:
    """The form of a layered network."""

    inputs: Field
    layers: tuple[tuple[Field, ...], ...]
    loss: Field
    sources: tuple[Choice, ...]
    rows: Field
    csv: Field
    header: Field
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


def network_form(typed: Typed, layers: Sequence[Typed], mistake: Mistake | None = None) -> NetworkForm:
    """The form with what was typed; `layers` are the typed fields of each layer."""
    draft = Draft("network", typed, mistake)
    own = fields_of(LayersSpec, draft)
    return NetworkForm(
        inputs=own["inputs"],
        layers=tuple(layer_fields(number, layer, mistake) for number, layer in enumerate(layers)),
        loss=own["loss"],
        sources=data_sources(draft),
        rows=draft.field("/data/rows", N_("rows of numbers"), TEXT, EXAMPLE_ROWS),
        csv=draft.field("/data/csv", N_("table"), TEXT),
        header=draft.field("/data/header", N_("first line"), TEXT),
        table=table_fields(draft),
        handling=tuple(fields_of(Handling, draft, "/data").values()),
        optimizers=optimizer_choices(draft),
        schedules=schedule_choices(draft),
        initializer=own["initializer"],
        batch_size=own["batch_size"],
        seed=own["seed"],
        others=tuple(field for key, field in own.items() if key not in PLACED),
        mistake=draft.whole_mistake,
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
    draft, kind = Draft("network", typed, mistake), layer.get("kind", DEFAULT_LAYER)
    titles = tuple(Option(name, row.title) for name, row in LAYERS.items())
    chosen = [draft.field(f"{prefix}/kind", N_("layer"), CHOICE, DEFAULT_LAYER, titles)] if len(titles) > 1 else []
    return (*chosen, *fields_of(LAYERS.get(kind, LAYERS[DEFAULT_LAYER]), draft, prefix).values())


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
    fields = OwnRows.model_fields
    return tuple(
        draft.field(
            f"/data/{key}", fields[key].title or key, CHOICE, options[0][0], tuple(Option(*one) for one in options)
        )
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
