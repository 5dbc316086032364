"""What a session is made from, as JSON: a preset's name, an expression, or layers with their data."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import ConfigDict, Field, WithJsonSchema

from app.engine.row import Shape
from app.engine.update_order import SIMULTANEOUS, UPDATE_ORDERS, OrderName
from app.errors import N_, Invalid
from app.nn.fields import LARGEST, Part, labelled, one_of, unknown_choice, validate
from app.nn.initializers import DEFAULT as DEFAULT_INITIALIZER
from app.nn.initializers import InitializerName
from app.nn.layers.kinds import DEFAULT as DEFAULT_LAYER
from app.nn.layers.kinds import LAYERS
from app.nn.layers.layer import Layer
from app.nn.limits import Limits
from app.nn.losses import LossName
from app.nn.optimizers import OptimizerSettings, described
from app.nn.supply.datasets import DATASETS, DatasetName
from app.nn.supply.preparation import SCALES, FeatureName, ScaleName
from app.nn.supply.target_scale import TARGET_SCALES, TargetScaleName
from app.nn.wording import shown

Numbers = Annotated[
    Any,
    WithJsonSchema(
        {
            "description": "A finite number, or nested lists of them, row-major and equally long.",
            "anyOf": [{"type": "number"}, {"type": "array", "items": {}, "minItems": 1}],
        }
    ),
]
Batch = Annotated[
    Any,
    WithJsonSchema(
        {
            "description": "One row per sample: equally long lists of finite numbers, or (y only) class numbers.",
            "type": "array",
            "minItems": 1,
            "items": {"anyOf": [{"type": "number"}, {"type": "array", "items": {"type": "number"}, "minItems": 1}]},
        }
    ),
]
if TYPE_CHECKING:
    AnyLayer = Layer
else:
    AnyLayer = one_of(LAYERS, lambda document: str(document.get("kind", DEFAULT_LAYER)))
ORDER = f"{described(UPDATE_ORDERS)} The optimizer's settings may say it instead."
ANIMALS = "height,weight,kind\n1.2,3.4,cat\n1.1,3.0,cat\n2.5,9.1,dog\n2.7,8.8,dog"
Seed = Annotated[int, Field(ge=0, le=LARGEST)]


class Handling(Part):
    """What happens to rows before they enter the network, and which of them are held out of training."""

    features: list[FeatureName] | None = labelled(
        N_("features"),
        None,
        min_length=1,
        description="What the inputs are made of, for data of one or two columns; null: the columns themselves.",
        examples=[["x1", "x2", "x1^2"]],
    )
    scale: ScaleName = labelled(N_("scale of the inputs"), "raw", description=described(SCALES))
    target_scale: TargetScaleName | None = labelled(
        N_("scale of the target"),
        None,
        description="null: standardized where a table's target is a number, else raw. " + described(TARGET_SCALES),
    )
    validation_fraction: float = labelled(N_("part held out for validation"), 0.0, ge=0.0, lt=1.0)
    test_fraction: float = labelled(N_("part held out for testing"), 0.0, ge=0.0, lt=1.0)
    seed: Seed = labelled(N_("random seed"), 0, description="Of the points made up, and of what is held out.")


class RowsGiven(Part):
    """Rows of numbers written out."""

    x: Batch = labelled(N_("inputs"), description="(batch, columns)", examples=[[[0.05, 0.1]]])
    y: Batch = labelled(N_("targets"), description="(batch, outputs), or class numbers", examples=[[[0.01, 0.99]]])


class InlineRows(Handling, RowsGiven):
    """Data as rows of numbers."""


class DatasetChosen(Part):
    """A set of the table of data sets."""

    dataset: DatasetName = labelled(N_("data set"), description=described(DATASETS), examples=["spiral"])
    samples: int | None = labelled(
        N_("samples"), None, ge=1, le=LARGEST, description="null: 200, or as many as the set has."
    )
    noise: float = labelled(N_("noise"), 0.0, ge=0.0, le=1e6)


class MadeRows(Handling, DatasetChosen):
    """Data made up by a function with a seed, or a measured set."""


class TablePasted(Part):
    """A table, and what its columns are for."""

    csv: str = labelled(
        N_("table (CSV)"),
        description="Cells separated by commas, semicolons or tabs; see `header`.",
        examples=[ANIMALS],
    )
    header: bool | None = labelled(
        N_("first line"), None, description="Whether the first line names the columns; null: it is looked at."
    )
    decimal: Literal[".", ","] | None = labelled(
        N_("decimal sign"),
        None,
        description="Of columns like 1,200, which leave it open; null: it is looked at, and refused where it is open.",
    )
    target: str | None = labelled(
        N_("target"),
        None,
        description="The column to tell; null: one called so, or of words, or the last. Rows without it are left out.",
    )
    inputs: list[str] | None = labelled(
        N_("inputs"),
        None,
        min_length=1,
        description="The columns to tell it from; null: all others, but those that only number the rows.",
    )
    task: Literal["classification", "regression"] | None = labelled(
        N_("task"), None, description="null: words, and at most 10 different whole numbers, are classes."
    )


class OwnRows(Handling, TablePasted):
    """The reader's own data, as the text of a CSV file."""


def source_of(given: Mapping[str, Any]) -> str:
    """Which kind of data a document is, by the one key that only this kind has."""
    return next((key for key in ("dataset", "csv") if key in given), "rows")


if TYPE_CHECKING:
    Rows = InlineRows | MadeRows | OwnRows
else:
    Rows = one_of({"rows": InlineRows, "dataset": MadeRows, "csv": OwnRows}, source_of)


class PresetSpec(Part):
    """A worked example by its name."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"kind": "preset", "name": "mazur"}]})

    kind: Literal["preset"]
    name: str = labelled(N_("preset"), examples=["mazur"])


class ExpressionSpec(Part):
    """A few lines of arithmetic; the last one computes the loss."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"kind": "expression", "source": "a = 2\nb = 1\nc = a + b\nd = b + 1\ne = c * d"}]
        }
    )

    kind: Literal["expression"]
    source: str = labelled(N_("expression"), examples=["a = 2\nb = 1\nc = a + b\nd = b + 1\ne = c * d"])
    optimizer: OptimizerSettings | None = labelled(N_("optimizer"), None)
    update_order: OrderName = labelled(N_("order of updates"), SIMULTANEOUS, description=ORDER)


class LayersSpec(Part):
    """A layered network with its data, loss and optimizer."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "kind": "layers",
                    "inputs": 2,
                    "layers": [
                        {"kind": "dense", "units": 3, "activation": "tanh"},
                        {"kind": "dense", "units": 1, "activation": "sigmoid"},
                    ],
                    "loss": "binary_cross_entropy",
                    "data": {"dataset": "xor", "samples": 100, "test_fraction": 0.3},
                    "batch_size": 10,
                    "optimizer": {"kind": "adam", "learning_rate": 0.03},
                    "seed": 0,
                },
                {
                    "kind": "layers",
                    "inputs": 2,
                    "layers": [{"kind": "dense", "units": 1}],
                    "loss": "binary_cross_entropy_with_logits",
                    "data": {"csv": ANIMALS, "target": "kind", "scale": "standardize", "test_fraction": 0.25},
                },
            ]
        }
    )

    kind: Literal["layers"]
    inputs: int = labelled(N_("inputs"), ge=1, le=LARGEST, examples=[2])
    layers: list[AnyLayer] = labelled(N_("layers"), min_length=1)
    loss: LossName = labelled(N_("loss"), examples=["half_squared_error"])
    data: Rows = labelled(N_("training data"))
    parameters: dict[str, Numbers] = labelled(N_("initial parameters"), {}, examples=[{"b1": [0.35, 0.35]}])
    frozen: list[str] = labelled(N_("parameters that are not updated"), [], examples=[["b1", "b2"]])
    initializer: InitializerName = labelled(N_("initial weights"), DEFAULT_INITIALIZER)
    optimizer: OptimizerSettings | None = labelled(N_("optimizer"), None)
    batch_size: int | None = labelled(N_("rows in a minibatch"), None, ge=1, le=LARGEST)
    seed: Seed = labelled(N_("random seed"), 0)
    update_order: OrderName = labelled(N_("order of updates"), SIMULTANEOUS, description=ORDER)
    l1: float = labelled(N_("L1 penalty λ"), 0.0, ge=0.0, description="λ Σ |w| over all weights, added to the loss.")
    l2: float = labelled(N_("L2 penalty λ"), 0.0, ge=0.0, description="½ λ Σ w² over all weights, added to the loss.")

    @property
    def shapes(self) -> tuple[Shape, ...]:
        """The shapes of one sample: of the inputs, and of what leaves each layer."""
        first: Shape = (self.inputs,)
        return tuple(accumulate(self.layers, lambda shape, layer: layer.shape(shape), initial=first))


SPECS: Mapping[str, type[PresetSpec | ExpressionSpec | LayersSpec]] = {
    "preset": PresetSpec,
    "expression": ExpressionSpec,
    "layers": LayersSpec,
}
SpecDocument = Annotated[PresetSpec | ExpressionSpec | LayersSpec, Field(discriminator="kind")]
"""Any spec, for descriptions of the interface."""


@dataclass(frozen=True)
class Spec:
    """A checked spec: the JSON as given, and the same as one of the three models."""

    document: Mapping[str, Any]
    request: PresetSpec | ExpressionSpec | LayersSpec


def parse_spec(document: object, limits: Limits | None = None) -> Spec:
    """A spec from its JSON. Raises Invalid with a JSON pointer to what is wrong; `build` checks the numbers."""
    if not isinstance(document, dict):
        raise Invalid(N_("Expected an object, got {came}."), came=shown(document), pointer="")
    if "kind" not in document:
        raise Invalid(N_("The key {key} is missing."), key="kind", pointer="/kind")
    kind = document["kind"]
    if not isinstance(kind, str) or kind not in SPECS:
        raise unknown_choice(kind, list(SPECS), "/kind")
    return Spec(document, validate(SPECS[kind], document))
