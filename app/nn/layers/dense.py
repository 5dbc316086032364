"""The dense layer."""

from __future__ import annotations

from functools import partial
from typing import ClassVar, Literal

from app.engine.graph import Graph, Node
from app.engine.row import Shape
from app.errors import N_
from app.nn.dropout import Mask
from app.nn.fields import LARGEST, labelled
from app.nn.layers.activations import ACTIVATIONS, ActivationName
from app.nn.layers.layer import Layer, Module, NamesNoise, Site


class Dense(Layer):
    """Every unit is a weighted sum of all inputs plus a bias, then an activation."""

    title: ClassVar[str] = N_("dense")
    start: ClassVar = {"units": "3", "activation": "tanh", "bias": "true"}

    kind: Literal["dense"] = labelled(N_("layer"), "dense")
    units: int = labelled(N_("units"), ge=1, le=LARGEST, examples=[2])
    activation: ActivationName = labelled(N_("activation"), "identity", examples=["sigmoid"])
    bias: bool = labelled(N_("bias"), True)
    dropout: float = labelled(
        N_("dropout"),
        0.0,
        ge=0.0,
        lt=1.0,
        description="The part p of the units left out, others in each row and iteration; the rest grow by 1/(1 − p).",
    )

    def shape(self, inputs: Shape) -> Shape:
        return (*inputs[:-1], self.units)

    def size(self, inputs: Shape) -> int:
        return self.units * (inputs[-1] + self.bias)

    def build(self, site: Site, x: Node) -> Node:
        inputs = x.shape[-1]
        weights = site.parameter("W", "weight", (self.units, inputs), fans=(inputs, self.units))
        biases = [site.parameter("b", "bias", (self.units,))] if self.bias else []
        made = site.op("z", "product", "linear", x, weights, *biases)
        op = ACTIVATIONS[self.activation].op
        activated = site.op("a", "activation", op, made) if op else made
        if not self.dropout:
            return activated
        site.check_hidden(N_("Dropout on the last layer would leave out the network’s answers."), "dropout")
        mask = site.noise("m", "mask", partial(Mask, rate=self.dropout, units=self.units), "dropout")
        return site.op("d", "output", "mul", activated, mask)

    def pytorch(self, graph: Graph, scope: str, x: str, name_of: NamesNoise) -> Module:
        module, (product,) = f"layer{scope}", graph.by_role("product", scope)
        units, inputs = graph[product.inputs[1]].shape
        bias = "" if self.bias else ", bias=False"
        lines = [f"{product.id} = self.{module}({x})"]
        for node in graph.by_role("activation", scope):
            lines.append(f"{node.id} = {ACTIVATIONS[self.activation].pytorch.format(node.inputs[0])}")
        for node in graph.by_role("output", scope):
            before, mask = node.inputs
            lines.append(f"{node.id} = {before} * {name_of(mask)} if self.training else {before}")
        places = zip(product.inputs[1:], ("weight", "bias"), strict=False)
        return Module(
            {module: f"nn.Linear({inputs}, {units}{bias}, dtype=torch.float64)"},
            {id: f"{module}.{name}" for id, name in places},
            tuple(lines),
            lines[-1].partition(" ")[0],
        )
