"""A scaled shift: every feature plus a number of its own, all of it times a number of the spec."""

from typing import ClassVar, Literal

from app.engine.graph import Graph, Node
from app.engine.row import Shape
from app.nn.fields import labelled
from app.nn.layers.layer import Layer, Module, NamesNoise, Site


class Shift(Layer):
    """scale · (x + b)."""

    title: ClassVar[str] = "scaled shift"
    start: ClassVar = {"scale": "2"}

    kind: Literal["shift"] = labelled("layer")
    scale: float = labelled("scale", 2.0)

    def size(self, inputs: Shape) -> int:
        return inputs[-1]

    def build(self, site: Site, x: Node) -> Node:
        moved = site.op("v", None, "add", x, site.parameter("b", "bias", x.shape[1:]))
        return site.op("r", "output", "mul", moved, site.constant("c", self.scale))

    def pytorch(self, graph: Graph, scope: str, x: str, name_of: NamesNoise) -> Module:
        ((bias,), (output,)) = graph.by_role("bias", scope), graph.by_role("output", scope)
        return Module(
            {f"layer{scope}": f"nn.Parameter(torch.zeros({bias.shape}, dtype=torch.float64))"},
            {bias.id: f"layer{scope}"},
            (f"{output.id} = ({x} + self.layer{scope}) * {self.scale}",),
            output.id,
        )
