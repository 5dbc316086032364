"""What can be tried against an illness: a branch of the run with one thing changed, a moment to go back to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from app.engine.course import Evidence
from app.errors import N_
from app.nn.initializers import DEFAULT, INITIALIZERS
from app.nn.layers.activations import ACTIVATIONS
from app.nn.layers.kinds import has_field
from app.nn.presets import PRESETS, Preset
from app.notation import numbers
from app.session.moment import Picture

USUAL_PENALTY = 0.001
"""Penalties are mostly between a ten-thousandth and a hundredth."""


@dataclass(frozen=True, slots=True)
class Cure:
    """A button: what it says with `words` in its gaps, and the form that it sends.

    `action` is the last part of the form's address; a preset is opened as a new session.
    """

    label: str
    action: str
    fields: Mapping[str, str]
    words: Mapping[str, str]


Make = Callable[[Picture, Evidence], Cure | None]


def network_of(picture: Picture) -> Mapping[str, Any]:
    """The spec of the network whose weights and layers a branch can change; empty where there is none."""
    preset = preset_of(picture)
    spec = preset.spec if preset else picture.spec
    return spec if spec.get("kind") == "layers" else {}


def preset_of(picture: Picture) -> Preset | None:
    """The worked example that a session began with, if it did."""
    return PRESETS.get(picture.spec.get("name", "")) if picture.spec.get("kind") == "preset" else None


def anew(initializer: str) -> Make:
    """The same net with other initial weights, from the start."""
    fields = {"change": "initializer", "initializer": initializer, "from": "0"}
    words = {"weights": INITIALIZERS[initializer].label}

    def make(picture: Picture, evidence: Evidence) -> Cure | None:
        spec, label = network_of(picture), N_("Branch with other initial weights: {weights}")
        is_other = spec and spec.get("initializer", DEFAULT) != initializer
        return Cure(label, "branch", fields, words) if is_other else None

    return make


def with_activation(activation: str) -> Make:
    """The same net and weights with another activation in all hidden layers, from the start."""
    fields = {"change": "activation", "activation": activation, "from": "0"}
    words = {"activation": ACTIVATIONS[activation].label}

    def make(picture: Picture, evidence: Evidence) -> Cure | None:
        hidden, label = network_of(picture).get("layers", [])[:-1], N_("Branch with another activation: {activation}")
        bent = [layer for layer in hidden if has_field(layer, "activation")]
        is_other = any(layer.get("activation", "identity") != activation for layer in bent)
        return Cure(label, "branch", fields, words) if is_other else None

    return make


def with_output(activation: str) -> Make:
    """The same net and weights with another activation in its last layer, from the start."""
    words = {"activation": ACTIVATIONS[activation].label}

    def make(picture: Picture, evidence: Evidence) -> Cure | None:
        layers, label = network_of(picture).get("layers", []), N_("Branch with another last activation: {activation}")
        fields = {"change": "activation", "activation": activation, "layer": str(len(layers)), "from": "0"}
        is_bent = bool(layers) and has_field(layers[-1], "activation")
        return Cure(label, "branch", fields, words) if is_bent else None

    return make


def with_penalty(name: str, label: str) -> Make:
    """The same run with a usual penalty instead of a stronger one, from the start."""

    def make(picture: Picture, evidence: Evidence) -> Cure | None:
        rate = getattr(picture.optimizer, name, None) or network_of(picture).get(name, 0.0)
        fields = {"change": name, name: numbers.typed(USUAL_PENALTY), "from": "0"}
        return Cure(label, "branch", fields, {"rate": fields[name]}) if rate > USUAL_PENALTY else None

    return make


def at_rate(times: float) -> Make:
    """The same run at so many times the rate, from the start."""

    def make(picture: Picture, evidence: Evidence) -> Cure | None:
        rate = numbers.typed(float(f"{picture.optimizer.learning_rate * times:.3g}"))
        fields = {"change": "learning_rate", "learning_rate": rate, "from": "0"}
        return Cure(N_("Branch with the learning rate {rate}"), "branch", fields, {"rate": rate})

    return make


STANDARDIZED = {
    "scale": N_("Branch with standardized inputs"),
    "target_scale": N_("Branch with standardized targets"),
}


def standardized(name: str) -> Make:
    """The same net on standardized data, from the start."""
    fields = {"change": name, name: "standardize", "from": "0"}

    def make(picture: Picture, evidence: Evidence) -> Cure | None:
        is_raw = network_of(picture)["data"].get(name, "raw") != "standardize"
        return Cure(STANDARDIZED[name], "branch", fields, {}) if is_raw else None

    return make


GENTLER = (
    with_penalty("l2", N_("Branch with the L2 penalty {rate}")),
    with_penalty("l1", N_("Branch with the L1 penalty {rate}")),
    with_penalty("weight_decay", N_("Branch with the weight decay {rate}")),
)


def back_to(picture: Picture, evidence: Evidence) -> Cure | None:
    """The iteration in which it showed first, with all its numbers."""
    return gone_to(picture, evidence, picture.length)


def back_before(picture: Picture, evidence: Evidence) -> Cure | None:
    """The start of an iteration: gauges are of the parameters that it began with, which its update changes."""
    return gone_to(picture, evidence, 0)


def gone_to(picture: Picture, evidence: Evidence, position: int) -> Cure | None:
    """The iteration of the evidence, unless that is the one shown."""
    if evidence.iteration is None or evidence.iteration == picture.cursor.iteration:
        return None
    fields = {"iteration": str(evidence.iteration), "position": str(position)}
    return Cure(N_("Go to iteration {iteration}"), "move", fields, {"iteration": str(evidence.iteration)})


def prescribed(picture: Picture) -> Cure | None:
    """The worked example that differs from this one only in what cures it."""
    preset = preset_of(picture)
    if preset is None or not preset.cure:
        return None
    fields = {"/kind": "preset", "/name": preset.cure}
    return Cure(N_("What cures it: {example}"), "", fields, {"example": PRESETS[preset.cure].title})
