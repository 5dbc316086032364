"""An echo over steps: h_t = tanh(Σ_j P_ij h_(t−1),j + noise), the same P and the same noise at each step, then a dense
layer inside; a part of mean h² is added to the loss.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import ClassVar, Literal

import numpy as np

from app.engine.graph import Graph, Node
from app.engine.row import Shape
from app.nn.fields import labelled
from app.nn.layers.dense import Dense
from app.nn.layers.layer import Layer, Module, NamesNoise, Site

DEVIATION = 0.1
SHARE = 0.01
DEFINITION = f'''def gauss(key, rows, units, iteration):
    """Normal numbers for each row and unit."""
    seeds = np.random.SeedSequence({{seed}}, spawn_key=(9, *key, iteration))
    return np.random.Generator(np.random.PCG64(seeds)).normal(0.0, {DEVIATION}, (rows, units))
'''


@dataclass(frozen=True)
class Gauss:
    """Normal numbers with a small deviation; it is its own stream."""

    id: str
    key: tuple[int, ...]
    rows: int
    seed: int
    units: int
    neutral: ClassVar[float] = 0.0

    @property
    def shape(self) -> tuple[int, int]:
        return self.rows, self.units

    def stream(self) -> Gauss:
        return self

    def numbers(self, first: int, count: int) -> np.ndarray:
        return np.stack([self._drawn(iteration) for iteration in range(first, first + count)])

    def _drawn(self, iteration: int) -> np.ndarray:
        seeds = np.random.SeedSequence(self.seed, spawn_key=(9, *self.key, iteration))
        return np.random.Generator(np.random.PCG64(seeds)).normal(0.0, DEVIATION, self.shape)

    @property
    def definition(self) -> str:
        return DEFINITION.format(seed=self.seed)

    @property
    def call(self) -> str:
        return f"gauss({self.key}, {self.rows}, {self.units}, iteration)"


class Echo(Layer):
    """So many steps with one parameter of three axes, noise, an inner layer and a term of the loss."""

    title: ClassVar[str] = "echo"
    start: ClassVar = {"steps": "2", "units": "3"}

    kind: Literal["echo"] = labelled("layer")
    steps: int = labelled("steps", 2, ge=1)
    units: int = labelled("units", ge=1)

    def shape(self, inputs: Shape) -> Shape:
        return (*inputs[:-1], self.units)

    def size(self, inputs: Shape) -> int:
        return inputs[-1] ** 2 + Dense(units=self.units).size(inputs)

    def build(self, site: Site, x: Node) -> Node:
        rows, features = x.shape
        weights = site.parameter("P", "weight", (1, features, features), fans=(features, features))
        noise = site.noise("e", "noise", partial(Gauss, units=features), "steps")
        for step in range(1, self.steps + 1):
            wide = site.op("u", None, "reshape", x, step=step, shape=(rows, 1, features))
            pairs = site.op("v", None, "mul", wide, weights, step=step)
            total = site.op("s", None, "sum", pairs, step=step, axis=2)
            noisy = site.op("n", None, "add", total, noise, step=step)
            x = site.op("h", "state", "tanh", noisy, step=step)
        square = site.op("q", None, "mul", x, x)
        mean = site.op("k", None, "mean", square)
        site.add_to_loss(site.op("t", "penalty", "mul", mean, site.constant("c", SHARE)))
        return site.inner(Dense(units=self.units), x)

    def pytorch(self, graph: Graph, scope: str, x: str, name_of: NamesNoise) -> Module:
        ((weights,), (noise,)) = graph.by_role("weight", scope), graph.by_role("noise", scope)
        lines = [f"h{scope} = {x}"]
        for _ in range(self.steps):
            total = f"(h{scope}[:, None, :] * self.layer{scope}).sum(2)"
            lines.append(f"h{scope} = torch.tanh({total} + ({name_of(noise.id)} if self.training else 0))")
        lines.append(f"self.term{scope} = {SHARE} * (h{scope} * h{scope}).mean()")
        inner = Dense(units=self.units).pytorch(graph, f"{scope}_1", f"h{scope}", name_of)
        made = {f"layer{scope}": f"nn.Parameter(torch.zeros({weights.shape}, dtype=torch.float64))"}
        places = {weights.id: f"layer{scope}"}
        return Module(
            made | inner.made,
            places | inner.places,
            (*lines, *inner.lines),
            inner.output,
            (f"network.term{scope}",),
        )
