"""What a kind of layer is: its fields, its shapes, how it is built of ops, and how it is written for PyTorch."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

from app.engine.graph import Graph, Node, Role
from app.engine.row import Shape
from app.errors import Phrase
from app.nn.fields import Part
from app.nn.noise import Noise

NamesNoise = Callable[[str], str]
"""A constant that is drawn anew in each iteration → what it is called in a program."""


class Site(Protocol):
    """Where a layer is built: it adds nodes named by a letter and the layer's number, `z` + 1 → z1, at a step z1.2."""

    def parameter(self, letter: str, role: Role, shape: Shape, fans: tuple[int, int] | None = None) -> Node:
        """Add a parameter: drawn by the network's initializer for `fans` (in, out), or zeros."""
        ...

    def op(
        self, letter: str, role: Role | None, name: str, *inputs: Node, step: int | None = None, **attributes: Any
    ) -> Node:
        """Apply an op to earlier nodes."""
        ...

    def constant(self, letter: str, value: Any) -> Node:
        """Add numbers that never change."""
        ...

    def noise(self, letter: str, role: Role, make: Callable[..., Noise], field: str) -> Node:
        """Add numbers drawn in each iteration by `make(id, key, rows, seed)`; a refusal points at `field`."""
        ...

    def check_hidden(self, template: Phrase, field: str) -> None:
        """Raise Invalid, pointing at a field of the layer, if the layer that is being built is the network's last."""
        ...

    def add_to_loss(self, term: Node) -> None:
        """Add a scalar to the loss while the network is trained."""
        ...

    def inner(self, layer: Layer, x: Node) -> Node:
        """Build a layer inside this one: the first inside layer 3 is 3_1."""
        ...


@dataclass(frozen=True, slots=True)
class Module:
    """A layer as part of a PyTorch module: what its attributes are made by, where each parameter stands, the lines of
    its forward pass, the name of what leaves it, and the expressions of what it adds to the loss.
    """

    made: Mapping[str, str]
    places: Mapping[str, str]
    lines: tuple[str, ...]
    output: str
    terms: tuple[str, ...] = ()


class Layer(Part):
    """One layer of a network. A kind of layer is a subclass with a field `kind`; it stands in the table `LAYERS`."""

    title: ClassVar[str]
    """What a person calls the kind."""
    start: ClassVar[Mapping[str, str]] = {}
    """The fields of a new layer in a form, where they are no defaults."""

    def shape(self, inputs: Shape) -> Shape:
        """The shape that leaves the layer, for one sample."""
        return inputs

    @abstractmethod
    def size(self, inputs: Shape) -> int:
        """Count the numbers of the layer's parameters."""

    @abstractmethod
    def build(self, site: Site, x: Node) -> Node:
        """Add the layer's nodes: x (batch, *inputs) → (batch, *outputs)."""

    @abstractmethod
    def pytorch(self, graph: Graph, scope: str, x: str, name_of: NamesNoise) -> Module:
        """Write the layer of a graph that takes `x`."""
