"""The activations of layers: one row each."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from app.errors import N_


@dataclass(frozen=True)
class Activation:
    """What a layer's output goes through; `op` is the op that computes it, None for nothing at all.

    `pytorch` is PyTorch's expression for it, with {} for what goes in.
    """

    name: str
    label: str
    op: str | None
    pytorch: str = "{}"


ActivationName = Literal[
    "identity", "sigmoid", "tanh", "relu", "leaky_relu", "elu", "gelu", "softplus", "silu", "softmax"
]
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
