"""The one change that a branch makes, as a program sends it or as the workspace's form says it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Annotated, Any

from pydantic import ConfigDict, Field, WithJsonSchema

from app.errors import N_, Invalid
from app.nn.fields import LARGEST, Part
from app.nn.initializers import InitializerName
from app.nn.layers.activations import ActivationName
from app.nn.supply.preparation import ScaleName
from app.nn.supply.target_scale import TargetScaleName
from app.session.branch import CHANGES, Change
from app.web.bodies import Place, Version
from app.web.workspace_form import text, typed_value, whole

Settings = Annotated[
    Any,
    WithJsonSchema({"type": "object", "description": "New settings, as PATCH …/optimizer takes them."}),
]


PREPARED = "A run of its own on the rows of the spec, prepared anew: edited ones are as they came."


class Branch(Part):
    """The one thing that a branch changes, and from the start of which iteration on."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"iteration": 100, "optimizer": {"kind": "adam", "learning_rate": 0.01}},
                {"learning_rate": 0.03},
                {"l2": 0.001},
                {"activation": "relu", "layer": 1},
                {"initializer": "he_normal"},
                {"seed": 1},
            ]
        }
    )

    iteration: Annotated[Place | None, Field(description="From the start of this one on; else the next to finish.")] = (
        None
    )
    optimizer: Settings | None = None
    learning_rate: Annotated[float | None, Field(ge=0)] = None
    weight_decay: Annotated[float | None, Field(ge=0, description="The run goes on with this weight decay.")] = None
    l1: Annotated[float | None, Field(ge=0, description="The rate of the penalty; 0 for none.")] = None
    l2: Annotated[float | None, Field(ge=0, description="The rate of the penalty; 0 for none.")] = None
    scale: Annotated[ScaleName | None, Field(description=PREPARED)] = None
    target_scale: Annotated[TargetScaleName | None, Field(description=PREPARED)] = None
    activation: ActivationName | None = None
    layer: Annotated[int | None, Field(ge=1, le=LARGEST, description="Whose activation; else all but the last.")] = None
    initializer: InitializerName | None = None
    seed: Annotated[int | None, Field(ge=0, le=LARGEST)] = None
    version: Version = None

    def change(self) -> Change:
        """The one change. Raises Invalid unless there is exactly one."""
        given = {name: getattr(self, name) for name in CHANGES if getattr(self, name) is not None}
        if len(given) != 1:
            template = N_("Expected exactly one of {known} to be changed, got {came}.")
            raise Invalid(template, known=[*CHANGES], came=[*given] or N_("none"), pointer="")
        if self.layer is not None and "activation" not in given:
            raise Invalid(N_("Only an activation belongs to one layer."), pointer="/layer")
        return Change(*given.popitem(), self.layer)


def document_of(fields: Mapping[str, str]) -> dict[str, Any]:
    """What the form changes, as a program would send it: `change` names the thing, the field of that name its value."""
    name = text(fields, "change")
    if name not in CHANGES:
        template = N_("Expected exactly one of {known} to be changed, got {came}.")
        raise Invalid(template, known=[*CHANGES], came=name[:60] or N_("none"), pointer="/change")
    document = {name: READERS[name](fields), "iteration": whole(fields, "from"), "version": whole(fields, "version")}
    if name == "activation":
        document["layer"] = whole(fields, "layer")
    return {key: value for key, value in document.items() if value is not None}


def _optimizer(fields: Mapping[str, str]) -> dict[str, Any]:
    """Another kind, with its usual settings but for the rate where one is given."""
    rate, kind = text(fields, "rate").strip(), text(fields, "optimizer")
    return {"kind": kind[:60]} | ({"learning_rate": typed_value(rate, "/rate")} if rate else {})


def _number(name: str) -> Any:
    return lambda fields: typed_value(text(fields, name), f"/{name}")


READERS: Mapping[str, Any] = {
    "optimizer": _optimizer,
    "learning_rate": _number("learning_rate"),
    **{name: _number(name) for name in ("weight_decay", "l1", "l2")},
    **{name: partial(text, name=name) for name in ("scale", "target_scale", "activation", "initializer")},
    "seed": lambda fields: whole(fields, "seed"),
}
