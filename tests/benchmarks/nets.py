"""The dense networks that are raced, with their starting parameters and data, and our own plan for them."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from app.engine.graph import Graph, GraphBuilder
from app.engine.optim import SGD, Adam
from app.engine.plan import Plan


@dataclass(frozen=True)
class Net:
    """Dense layers of these sizes; `last` is the activation of the last layer, if another one.

    `over_torch` is the speed to reach, in multiples of PyTorch's on one thread.
    """

    title: str
    sizes: tuple[int, ...]
    batch: int
    activation: str
    loss: str = "mean_squared_error"
    last: str | None = None
    optimizer: SGD | Adam = SGD(0.1)
    over_torch: float = 0.0

    @property
    def depth(self) -> int:
        return len(self.sizes) - 1

    def activation_of(self, layer: int) -> str:
        """The activation of layer 1 … depth."""
        return self.last or self.activation if layer == self.depth else self.activation

    @cached_property
    def parameters(self) -> dict[str, np.ndarray]:
        generator = np.random.default_rng(0)
        arrays = {}
        for layer, (inputs, units) in enumerate(zip(self.sizes, self.sizes[1:], strict=False), 1):
            bound = np.sqrt(6 / (inputs + units))
            arrays[f"W{layer}"] = generator.uniform(-bound, bound, (units, inputs))
            arrays[f"b{layer}"] = generator.uniform(-0.1, 0.1, units)
        return arrays

    @cached_property
    def x(self) -> np.ndarray:
        return np.random.default_rng(1).normal(size=(self.batch, self.sizes[0]))

    @cached_property
    def y(self) -> np.ndarray:
        """Targets, (batch, outputs); for cross-entropy class numbers, (batch,)."""
        generator = np.random.default_rng(2)
        if self.loss == "cross_entropy":
            return generator.integers(self.sizes[-1], size=self.batch)
        return generator.integers(2, size=(self.batch, self.sizes[-1])).astype(np.float64)


NETS = (
    Net("2-3-1-1 sigmoid, batch 100", (2, 3, 1, 1), 100, "sigmoid", over_torch=11),
    Net("2-4-2-1 tanh, batch 10", (2, 4, 2, 1), 10, "tanh", over_torch=13),
    Net(
        "64-128-64-10 relu, batch 64, Adam",
        (64, 128, 64, 10),
        64,
        "relu",
        "cross_entropy",
        "identity",
        Adam(0.001),
        over_torch=3,
    ),
    Net("30 layers of 64 tanh, batch 32", (64,) * 31, 32, "tanh", optimizer=SGD(0.01), over_torch=1.9),
)


def graph_of(net: Net) -> Graph:
    builder = GraphBuilder()
    node = builder.input("x", net.x)
    target = builder.input("y", net.y)
    for layer in range(1, net.depth + 1):
        W, b = (builder.parameter(f"{name}{layer}", net.parameters[f"{name}{layer}"]) for name in "Wb")
        node = builder.op("linear", [node, W, b], f"z{layer}")
        if net.activation_of(layer) != "identity":
            node = builder.op(net.activation_of(layer), [node], f"a{layer}")
    builder.op(net.loss, [node, target], "loss")
    return builder.build()


class Planned:
    """Our plan, every value and gradient kept."""

    def __init__(self, net: Net) -> None:
        self._plan = Plan(graph_of(net), net.optimizer)
        self._parameters = tuple(net.parameters)
        self.iterate = self._plan.iterate

    def gradients(self) -> dict[str, np.ndarray]:
        snapshot = self._plan.snapshot()
        return {id: snapshot.gradient(id) for id in self._parameters}
