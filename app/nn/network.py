"""A layered network as a graph: x, then W1, b1, z1, a1, W2, …, then y and the loss, to which penalties may be added."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np

from app.engine.graph import Graph, GraphBuilder, Node, Role
from app.errors import N_, Invalid
from app.nn.arrays import read_shaped
from app.nn.dropout import Mask
from app.nn.fields import escaped
from app.nn.initializers import INITIALIZERS
from app.nn.limits import Limits, Tally, check_array
from app.nn.spec import LayersSpec
from app.nn.wording import nearest, shortened

PENALTIES = ("l1", "l2")


@dataclass
class Construction:
    """One network being built; parameters that are not given are drawn from the seed, layer after layer.

    `rows` is the size of a whole batch, by which masks are drawn; None builds the network as it answers when training
    is over: masks that drop nothing, and no penalties.
    """

    spec: LayersSpec
    limits: Limits
    given: Mapping[str, np.ndarray]
    rows: int | None = None
    number: int = 0
    masks: list[Mask] = field(default_factory=list)
    builder: GraphBuilder = field(default_factory=GraphBuilder)

    def __post_init__(self) -> None:
        self.tally = Tally(self.limits)
        self.generator = np.random.Generator(np.random.PCG64(self.spec.seed))

    @property
    def draw(self) -> Callable[[int, int], np.ndarray]:
        return partial(INITIALIZERS[self.spec.initializer].draw, self.generator)

    def parameter(
        self, letter: str, role: Role, shape: tuple[int, ...], draw: Callable[[], np.ndarray] | None = None
    ) -> Node:
        """A parameter as given, or drawn, or zeros."""
        id, pointer = f"{letter}{self.number}", f"/layers/{self.number - 1}"
        check_array(shape, self.limits, pointer=pointer)
        value = self._value(id, shape, draw)
        return self._counted(self.builder.parameter(id, value, role=role), pointer)

    def op(self, letter: str, role: Role, name: str, *inputs: Node, **attributes: Any) -> Node:
        node = self.builder.op(name, inputs, f"{letter}{self.number}", role=role, **attributes)
        return self._counted(node, f"/layers/{self.number - 1}")

    def drop(self, x: Node, rate: float) -> Node:
        """What dropout leaves of a layer's output; the mask changes with every iteration."""
        id, pointer = f"m{self.number}", f"/layers/{self.number - 1}/dropout"
        if self.number == len(self.spec.layers):
            raise Invalid(N_("Dropout on the last layer would leave out the network’s answers."), pointer=pointer)
        numbers = np.ones(x.shape)
        if self.rows is not None:
            self.masks.append(Mask(id, self.number, rate, self.rows, x.shape[-1], self.spec.seed))
            numbers = self.masks[-1].numbers(0, 1)[0, : x.shape[0]]
        mask = self._counted(self.builder.constant(id, numbers, role="mask"), pointer)
        return self.op("d", "output", "mul", x, mask)

    def _penalized(self, total: Node) -> Node:
        """The sum of a loss and the penalties of every weight matrix; biases have none."""
        terms = [term for key in PENALTIES for term in self._penalties(key)]
        for number, term in enumerate(terms, start=1):
            id, role = ("loss", "loss") if number == len(terms) else (f"s{number}", None)
            total = self.builder.op("add", (total, term), id, role=role)
            self._counted(total, "/loss")
        return total

    def _penalties(self, key: str) -> list[Node]:
        rate = getattr(self.spec, key)
        if not rate:
            return []
        constant = self._counted(self.builder.constant(key, rate), f"/{key}")
        weights = [node for node in self.builder.nodes if node.role == "weight"]
        op = partial(self.builder.op, f"{key}_penalty", role="penalty")
        made = [op((node, constant), f"{key}{node.id}") for node in weights]
        return [self._counted(node, f"/{key}") for node in made]

    def _value(self, id: str, shape: tuple[int, ...], draw: Callable[[], np.ndarray] | None) -> np.ndarray:
        if id in self.given and isinstance(self.given[id], np.ndarray):
            return self.given[id]
        # Drawn even where it is given: what is said of one layer must not change the numbers of the next.
        drawn = draw() if draw else np.zeros(shape)
        drawn.flags.writeable = False
        if id in self.given:
            return read_shaped(self.given[id], shape, f"/parameters/{id}", self.limits)
        return drawn

    def _counted(self, node: Node, pointer: str) -> Node:
        self.tally.add(node.shape, pointer=pointer)
        return node

    def graph(self, x: np.ndarray, y: np.ndarray) -> Graph:
        """The graph for a batch x (batch, features) and its targets y."""
        made = self._counted(self.builder.input("x", x, role="data"), "/data/x")
        for number, layer in enumerate(self.spec.layers, start=1):
            self.number, self.builder.scope = number, str(number)
            made = layer.build(self, made)
        self.builder.scope = None
        targets = self._counted(self.builder.input("y", y, role="target"), "/data/y")
        is_penalized = any(getattr(self.spec, key) for key in PENALTIES)
        fit = self.builder.op(self.spec.loss, (made, targets), "fit" if is_penalized else "loss", role="loss")
        self._counted(fit, "/loss")
        if is_penalized and self.rows is not None:
            self._penalized(fit)
        graph = self.builder.build()
        self._check_names(graph)
        return graph

    def _check_names(self, graph: Graph) -> None:
        known = set(graph.parameters)
        for name in self.given:
            if name not in known:
                raise unknown_parameter(name, graph, f"/parameters/{escaped(name)}")
        for place, name in enumerate(self.spec.frozen):
            if name not in known:
                raise unknown_parameter(name, graph, f"/frozen/{place}")


def unknown_parameter(name: str, graph: Graph, pointer: str) -> Invalid:
    """No parameter is called so; the nearest ones."""
    near = nearest(name, graph.parameters) or list(graph.parameters[:8])
    template = N_("There is no parameter {came}. Nearest: {nearest}.")
    return Invalid(template, came=shortened(name), nearest=near, pointer=pointer)
