"""What differs in the settings of two sessions, a row each: what it is, here and there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from math import prod
from typing import Any

from app.engine.optim import OPTIMIZERS, Optimizer
from app.errors import N_
from app.nn.fields import validate
from app.nn.initializers import INITIALIZERS
from app.nn.layers.activations import ACTIVATIONS
from app.nn.layers.kinds import DEFAULT, LAYERS
from app.nn.losses import LOSSES
from app.nn.spec import LayersSpec
from app.nn.supply.target_scale import RAW, TARGET_SCALES
from app.notation import numbers
from app.pages.comparison.side import Side

WORDS: Mapping[str, Mapping[str, Any]] = {"activation": ACTIVATIONS, "initializer": INITIALIZERS, "loss": LOSSES}
OTHER = N_("other numbers")
SEPARATE = ("kind", "layers", "optimizer", "update_order", "data", "parameters", "inputs")


@dataclass(frozen=True, slots=True)
class Difference:
    """One setting: its `label` (filled in with `number`, of a layer) and its two values, which may be words of ours."""

    label: str
    here: str
    there: str
    number: int | None = None


def differences(one: Side, other: Side) -> tuple[Difference, ...]:
    """All settings in which the two differ, at their newest moments."""
    here, there = one.spec, other.spec
    if here["kind"] != there["kind"]:
        return (Difference(N_("kind"), here["kind"], there["kind"]),)
    found = [*optimizers(one.picture.optimizer, other.picture.optimizer)]
    if here["kind"] == "layers":
        found += [*networks(here, there)]
    elif here["source"] != there["source"]:
        found.append(Difference(N_("expression"), last_line(here["source"]), last_line(there["source"])))
    return tuple(found)


def optimizers(one: Optimizer, other: Optimizer) -> Iterator[Difference]:
    """Another kind with its rate, or the settings of the same kind that differ."""
    if one.kind != other.kind:
        yield Difference(N_("optimizer"), OPTIMIZERS[one.kind].title, OPTIMIZERS[other.kind].title)
    here, there = asdict(one), asdict(other)
    shared = [field for field in fields(one) if field.name in there]
    for field in shared:
        if here[field.name] != there[field.name]:
            yield Difference(field.metadata["label"], worded(here[field.name]), worded(there[field.name]))


def networks(here: Mapping[str, Any], there: Mapping[str, Any]) -> Iterator[Difference]:
    """Layers and all other settings of two networks."""
    if len(here["layers"]) != len(there["layers"]) or here["inputs"] != there["inputs"]:
        yield Difference(N_("layers"), widths(here), widths(there))
    else:
        for number, pair in enumerate(zip(here["layers"], there["layers"], strict=True), start=1):
            yield from layers(number, *pair)
    for name, field in LayersSpec.model_fields.items():
        a, b = here.get(name, field.default), there.get(name, field.default)
        if name not in SEPARATE and a != b:
            yield Difference(field.title, worded(a, name), worded(b, name))
    (a, scale), (b, other) = scaled(here["data"]), scaled(there["data"])
    if scale != other:
        yield Difference(N_("scale of the target"), TARGET_SCALES[scale].label, TARGET_SCALES[other].label)
    if a != b:
        yield Difference(N_("data"), data(a), data(b))
    if here.get("parameters", {}) != there.get("parameters", {}):
        yield Difference(N_("initial parameters"), given(here), given(there))


def scaled(document: Mapping[str, Any]) -> tuple[Mapping[str, Any], str]:
    """The data without the scale of their targets, and that."""
    others = {name: value for name, value in document.items() if name != "target_scale"}
    return others, document.get("target_scale") or RAW


def layers(number: int, here: Mapping[str, Any], there: Mapping[str, Any]) -> Iterator[Difference]:
    """What differs in one layer."""
    kind, other = (LAYERS[layer.get("kind", DEFAULT)] for layer in (here, there))
    if kind is not other:
        yield Difference(N_("layer"), kind.title, other.title, number)
        return
    for name, field in kind.model_fields.items():
        a, b = here.get(name, field.default), there.get(name, field.default)
        if a != b:
            yield Difference(field.title, worded(a, name), worded(b, name), number)


def worded(value: Any, name: str = "") -> str:
    """A setting as it is read: a choice by its label, a number rounded."""
    if name in WORDS and value in WORDS[name]:
        return WORDS[name][value].label
    if isinstance(value, bool):
        return N_("yes") if value else N_("no")
    if isinstance(value, float):
        return numbers.short(value)
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value)) or "–"
    return "–" if value is None else str(value)


def widths(spec: Mapping[str, Any]) -> str:
    """A network's shape."""
    return " → ".join(str(prod(shape)) for shape in validate(LayersSpec, dict(spec)).shapes)


def data(document: Mapping[str, Any]) -> str:
    """What the rows are, in a few words."""
    if "dataset" not in document:
        return OTHER
    given = [f"{name} {value}" for name, value in document.items() if name != "dataset" and value is not None]
    return ", ".join([document["dataset"], *given])[:120]


def given(spec: Mapping[str, Any]) -> str:
    """Which parameters the spec gives itself."""
    return ", ".join(spec.get("parameters", {})) or N_("drawn")


def last_line(source: str) -> str:
    """The line that makes the loss."""
    return source.strip().rpartition("\n")[2][:80]
