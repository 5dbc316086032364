"""A network to begin with for some data, as the form's fields: layers, loss and optimizer that learn it well enough."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

Typed = Mapping[str, str]

HIDDEN: Mapping[str, tuple[int, ...]] = {
    "spiral": (8, 8),
    "circle": (4,),
    "gauss": (3,),
    "moons": (8,),
    "digits": (64,),
    "sine": (16, 16),
    "hills": (16, 16),
    "plane": (3,),
    "iris": (8,),
}
USUAL = (6, 4)
WIDE = 20
MANY_ROWS = 400


@dataclass(frozen=True)
class Demand:
    """What data ask of a network: its task, how many classes there are (0 for numbers), inputs, and training rows."""

    task: str
    classes: int = 2
    inputs: int = 2
    rows: int = 200
    name: str = ""

    @property
    def text(self) -> str:
        """All of it in one line, for a form to carry along."""
        return f"{self.task} {self.classes} {self.inputs} {self.rows} {self.name}"

    @property
    def outputs(self) -> int:
        """Units of the output layer."""
        return self.classes if self.classes > 2 else 1

    @property
    def loss(self) -> str:
        """The loss that fits without an activation before it."""
        if self.task == "regression":
            return "mean_squared_error"
        return "cross_entropy" if self.classes > 2 else "binary_cross_entropy_with_logits"

    @property
    def scale(self) -> str:
        """The scale that brings the inputs to about 1; the made-up points of a plane are near it as they are."""
        if self.inputs >= WIDE:
            return "min_max"
        return "raw" if self.name and self.inputs <= 2 else "standardize"

    def is_met_by(self, loss: str, units: str) -> bool:
        """Whether a network with this loss and so many units in its last layer can learn these data."""
        if self.task == "regression":
            return units == "1" and loss in REGRESSION
        if loss == "cross_entropy":
            return units == str(max(self.classes, 2))
        return units == "1" and self.classes <= 2


WRITTEN = re.compile(r"(classification|regression) (\d{1,9}) (\d{1,9}) (\d{1,9})(?: (.*))?", re.ASCII)


def demand_of(text: str) -> Demand | None:
    """What a form carried along; None where it is none."""
    match = WRITTEN.fullmatch(text)
    return Demand(match[1], int(match[2]), int(match[3]), int(match[4]), match[5] or "") if match else None


REGRESSION = ("mean_squared_error", "half_squared_error", "mean_absolute_error", "huber")


def suggestion(demand: Demand) -> dict[str, str]:
    """The fields of a whole network for these data."""
    hidden = HIDDEN.get(demand.name, USUAL)
    activation = "relu" if demand.inputs >= WIDE else "tanh"
    layers = [(str(units), activation) for units in hidden] + [(str(demand.outputs), "identity")]
    return {
        **layer_fields(layers),
        "/loss": demand.loss,
        "/optimizer/kind": "adam",
        "/optimizer/adam/learning_rate": "0.003" if demand.inputs >= WIDE else "0.03",
        "/initializer": "he_uniform" if activation == "relu" else "xavier_uniform",
        "/data/scale": demand.scale,
        "/batch_size": "32" if demand.rows >= MANY_ROWS else "",
    }


def layer_fields(layers: Sequence[tuple[str, str]]) -> dict[str, str]:
    """The fields of layers of so many units with these activations."""
    fields = {}
    for number, (units, activation) in enumerate(layers):
        fields |= {
            f"/layers/{number}/units": units,
            f"/layers/{number}/activation": activation,
            f"/layers/{number}/bias": "true",
        }
    return fields


def fitted(typed: Typed, layers: Sequence[Typed], old: Demand | None, new: Demand) -> tuple[dict[str, str], bool]:
    """What to put into a form for new data, and whether its layers are among that.

    What a person changed stays, unless it cannot learn these data: then the output layer and the loss are made to fit.
    """
    before, fresh = suggestion(old) if old else {}, suggestion(new)
    are_ours = not layers or layer_fields(
        [(layer.get("units", ""), layer.get("activation", "")) for layer in layers]
    ) == {name: text for name, text in before.items() if name.startswith("/layers/")}
    others = {
        name: text
        for name, text in fresh.items()
        if not name.startswith("/layers/") and typed.get(name, "") in ("", before.get(name))
    }
    if are_ours:
        return {name: text for name, text in fresh.items() if name.startswith("/layers/")} | others | {
            "/loss": new.loss
        }, True
    last = len(layers) - 1
    if not new.is_met_by(others.get("/loss", typed.get("/loss", "")), layers[last].get("units", "")):
        others |= {
            "/loss": new.loss,
            f"/layers/{last}/units": str(new.outputs),
            f"/layers/{last}/activation": "identity",
        }
    return others, False
