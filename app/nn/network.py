"""A layered network as a graph: x, then W1, b1, z1, a1, W2, …, then y and the loss, to which terms may be added."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np

from app.engine.graph import Graph, GraphBuilder, Node, Role
from app.engine.row import Shape
from app.errors import N_, Invalid, Phrase
from app.nn.arrays import read_shaped
from app.nn.fields import escaped
from app.nn.initializers import INITIALIZERS
from app.nn.layers.layer import Layer
from app.nn.limits import Limits, Tally, check_array
from app.nn.noise import Noise
from app.nn.spec import LayersSpec
from app.nn.wording import nearest, shortened

PENALTIES = ("l1", "l2")


@dataclass
class Construction:
    """One network being built; parameters that are not given are drawn from the seed, layer after layer.

    `rows` is the size of a whole batch, by which noise is drawn; None builds the network as it answers when training
    is over: without noise, and without what is added to the loss.
    """

    spec: LayersSpec
    limits: Limits
    given: Mapping[str, np.ndarray]
    rows: int | None = None
    noises: list[Noise] = field(default_factory=list)
    drawn: dict[str, np.ndarray] = field(default_factory=dict)
    layers: dict[str, Layer] = field(default_factory=dict)
    builder: GraphBuilder = field(default_factory=GraphBuilder)

    def __post_init__(self) -> None:
        self.tally = Tally(self.limits)
        self.generator = np.random.Generator(np.random.PCG64(self.spec.seed))
        self._numbers: tuple[int, ...] = ()
        self._terms: list[Node] = []

    def parameter(self, letter: str, role: Role, shape: Shape, fans: tuple[int, int] | None = None) -> Node:
        """Add a parameter: as given, or drawn, or zeros."""
        id = self._named(letter)
        check_array(shape, self.limits, pointer=self._pointer)
        value = self._value(id, shape, fans)
        return self._counted(self.builder.parameter(id, value, role=role), self._pointer)

    def op(
        self, letter: str, role: Role | None, name: str, *inputs: Node, step: int | None = None, **attributes: Any
    ) -> Node:
        """Apply an op to earlier nodes."""
        node = self.builder.op(name, inputs, self._named(letter, step), role=role, step=step, **attributes)
        return self._counted(node, self._pointer)

    def constant(self, letter: str, value: Any) -> Node:
        """Add numbers that never change."""
        return self._counted(self.builder.constant(self._named(letter), value), self._pointer)

    def noise(self, letter: str, role: Role, make: Callable[..., Noise], field: str) -> Node:
        """Add numbers that are drawn in each iteration, and that are neutral once training is over."""
        id, pointer = self._named(letter), f"{self._pointer}/{field}"
        made = make(id=id, key=self._numbers, rows=self.rows or 1, seed=self.spec.seed)
        numbers = np.full((self._batch, *made.shape[1:]), made.neutral)
        if self.rows is not None:
            self.noises.append(made)
            numbers = made.stream().numbers(0, 1)[0, : self._batch]
        return self._counted(self.builder.constant(id, numbers, role=role), pointer)

    def check_hidden(self, template: Phrase, field: str) -> None:
        """Raise Invalid, pointing at a field of the layer, if the layer that is being built is the network's last."""
        if self._numbers[0] == len(self.spec.layers):
            raise Invalid(template, pointer=f"{self._pointer}/{field}")

    def add_to_loss(self, term: Node) -> None:
        """Add a scalar to the loss while the network is trained."""
        self._terms.append(term)

    def inner(self, layer: Layer, x: Node) -> Node:
        """Build the next layer inside the one that is being built."""
        outer, inside = self._numbers, sum(scope.startswith(f"{self.builder.scope}_") for scope in self.layers)
        made = self._built((*outer, inside + 1), layer, x)
        self._stand_in(outer)
        return made

    def _built(self, numbers: tuple[int, ...], layer: Layer, x: Node) -> Node:
        self._stand_in(numbers)
        self.layers[self.builder.scope or ""] = layer
        return layer.build(self, x)

    def _stand_in(self, numbers: tuple[int, ...]) -> None:
        self._numbers, self.builder.scope = numbers, "_".join(map(str, numbers))

    def _named(self, letter: str, step: int | None = None) -> str:
        return f"{letter}{self.builder.scope}" + ("" if step is None else f".{step}")

    @property
    def _pointer(self) -> str:
        return f"/layers/{self._numbers[0] - 1}"

    def _with_terms(self, total: Node, terms: list[Node]) -> None:
        """Add terms to a loss, one after the other; the last sum is the loss."""
        for number, term in enumerate(terms, start=1):
            is_loss = number == len(terms)
            id = "loss" if is_loss else f"s{number}"
            total = self.builder.op("add", (total, term), id, role="loss" if is_loss else None)
            self._counted(total, "/loss")

    def _penalties(self, key: str) -> list[Node]:
        """The penalties of every weight; other parameters have none."""
        rate = getattr(self.spec, key)
        if not rate:
            return []
        constant = self._counted(self.builder.constant(key, rate), f"/{key}")
        weights = [node for node in self.builder.nodes if node.role == "weight"]
        op = partial(self.builder.op, f"{key}_penalty", role="penalty")
        made = [op((node, constant), f"{key}{node.id}") for node in weights]
        return [self._counted(node, f"/{key}") for node in made]

    def _value(self, id: str, shape: Shape, fans: tuple[int, int] | None) -> np.ndarray:
        if id in self.given and isinstance(self.given[id], np.ndarray):
            return self.given[id]
        # Drawn even where it is given: what is said of one layer must not change the numbers of the next.
        drawn = (
            np.zeros(shape) if fans is None else INITIALIZERS[self.spec.initializer].draw(self.generator, shape, *fans)
        )
        drawn.flags.writeable = False
        if fans is not None:
            self.drawn[id] = drawn
        if id in self.given:
            return read_shaped(self.given[id], shape, f"/parameters/{id}", self.limits)
        return drawn

    def _counted(self, node: Node, pointer: str) -> Node:
        self.tally.add(node.shape, pointer=pointer)
        return node

    def graph(self, x: np.ndarray, y: np.ndarray) -> Graph:
        """The graph for a batch x (batch, features) and its targets y."""
        made = self._counted(self.builder.input("x", x, role="data"), "/data/x")
        self._batch = len(x)
        for number, layer in enumerate(self.spec.layers, start=1):
            made = self._built((number,), layer, made)
        self.builder.scope = None
        targets = self._counted(self.builder.input("y", y, role="target"), "/data/y")
        has_terms = bool(self._terms) or any(getattr(self.spec, key) for key in PENALTIES)
        fit = self.builder.op(self.spec.loss, (made, targets), "fit" if has_terms else "loss", role="loss")
        self._counted(fit, "/loss")
        if has_terms and self.rows is not None:
            self._with_terms(fit, [*self._terms, *(term for key in PENALTIES for term in self._penalties(key))])
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
