"""The layers of a network: one frozen part each, its fields with labels, and `build`, which only uses ops."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import numpy as np

from app.engine.graph import Node, Role
from app.errors import N_
from app.nn.fields import LARGEST, Part, labelled, one_of


@dataclass(frozen=True)
class Activation:
    """What a layer's output goes through; `op` is the op that computes it, None for nothing at all.

    `pytorch` is PyTorch's expression for it, with {} for what goes in.
    """

    name: str
    label: str
    op: str | None
    pytorch: str = "{}"


ACTIVATIONS: Mapping[str, Activation] = {
    row.name: row
    for row in (
        Activation("identity", N_("identity"), None),
        Activation("sigmoid", N_("sigmoid"), "sigmoid", "torch.sigmoid({})"),
        Activation("tanh", N_("tanh"), "tanh", "torch.tanh({})"),
        Activation("relu", N_("ReLU"), "relu", "torch.relu({})"),
        Activation("leaky_relu", N_("leaky ReLU"), "leaky_relu", "nn.functional.leaky_relu({})"),
        Activation("elu", N_("ELU"), "elu", "nn.functional.elu({})"),
        Activation("gelu", N_("GELU"), "gelu", "nn.functional.gelu({})"),
        Activation("softplus", N_("softplus"), "softplus", "nn.functional.softplus({}, threshold=40)"),
        Activation("silu", N_("SiLU"), "silu", "nn.functional.silu({})"),
        Activation("softmax", N_("softmax"), "softmax", "torch.softmax({}, dim=-1)"),
    )
}


class Site(Protocol):
    """Where a layer is built: it adds nodes named after the layer's number, `z` + 1 → z1."""

    def parameter(
        self, letter: str, role: Role, shape: tuple[int, ...], draw: Callable[..., np.ndarray] | None = None
    ) -> Node: ...

    def op(self, letter: str, role: Role, name: str, *inputs: Node, **attributes: Any) -> Node: ...

    def drop(self, x: Node, rate: float) -> Node: ...

    @property
    def draw(self) -> Callable[[int, int], np.ndarray]: ...


class Dense(Part):
    """Every unit is a weighted sum of all inputs plus a bias, then an activation."""

    kind: Literal["dense"] = labelled(N_("layer"), "dense")
    units: int = labelled(N_("units"), ge=1, le=LARGEST, examples=[2])
    activation: Literal[tuple(ACTIVATIONS)] = labelled(N_("activation"), "identity", examples=["sigmoid"])
    bias: bool = labelled(N_("bias"), True)
    dropout: float = labelled(
        N_("dropout"),
        0.0,
        ge=0.0,
        lt=1.0,
        description="The part p of the units left out, others in each row and iteration; the rest grow by 1/(1 − p).",
    )

    def outputs(self, inputs: int) -> int:
        """Features that leave the layer."""
        return self.units

    def build(self, site: Site, x: Node) -> Node:
        """x (batch, inputs) → (batch, units)."""
        shape = (self.units, x.shape[-1])
        weights = site.parameter("W", "weight", shape, lambda: site.draw(*shape))
        biases = [site.parameter("b", "bias", (self.units,))] if self.bias else []
        made = site.op("z", "product", "linear", x, weights, *biases)
        op = ACTIVATIONS[self.activation].op
        activated = site.op("a", "activation", op, made) if op else made
        return site.drop(activated, self.dropout) if self.dropout else activated


LAYERS: Mapping[str, type[Part]] = {"dense": Dense}
Layer = one_of(LAYERS, lambda document: str(document.get("kind", "dense")))
