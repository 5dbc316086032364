"""A graph as columns of units: the input, the layers one after the other, the loss. Where each unit's numbers stand."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

from app.engine.formula import Index
from app.engine.graph import Graph
from app.views.layers.structure import Layer, has_layers, layers_of


@dataclass(frozen=True, slots=True)
class Column:
    """One column: `nodes` hold its units' numbers in the order they are computed (z, then a); `layer` made them."""

    number: int
    nodes: tuple[str, ...]
    units: int
    layer: Layer | None = None
    is_loss: bool = False


@dataclass(frozen=True, slots=True)
class Focus:
    """A unit looked at: of which column, and which unit before it if it is a weight that is looked at."""

    column: int
    unit: int
    source: int | None = None


@dataclass(frozen=True, slots=True)
class Chain:
    """The columns of a layered graph. `is_turned` says that samples stand side by side, W x, not below each other.

    `targets` is what the loss compares the last units with, if there is such a leaf.
    """

    graph: Graph
    columns: tuple[Column, ...]
    batch: int
    is_turned: bool
    targets: str | None

    def place(self, id: str, unit: int, sample: int) -> Index:
        """The index of a unit's number for one sample of the batch."""
        if self.is_per_sample(id):
            return (sample,)
        axes = len(self.graph[id].shape)
        if axes < 2:
            return (unit,)[:axes]
        return (unit, sample) if self.is_turned else (sample, unit)

    def is_per_sample(self, id: str) -> bool:
        """Whether a node holds one number for each sample, as class numbers do."""
        return id == self.targets and self.graph[id].shape == (self.batch,) and self.graph[id].integer

    def has_samples(self, id: str) -> bool:
        """Whether a node has numbers of its own for each sample of the batch."""
        if self.is_per_sample(id):
            return True
        return len(self.graph[id].shape) == 2 and (id == self.targets or any(id in c.nodes for c in self.columns))

    def sample_of(self, id: str, index: Index) -> int:
        """The sample that an index of such a node belongs to."""
        return index[-1] if self.is_turned or len(index) == 1 else index[0]

    def weight_place(self, layer: Layer, unit: int, source: int) -> Index:
        """The index of the weight from a unit before to one of this layer."""
        return (source, unit) if layer.products[0].form == "right" else (unit, source)

    def bias_place(self, layer: Layer, unit: int) -> Index:
        """The index of a unit's bias; a bias of one number is everybody's."""
        return tuple(unit if length > 1 else 0 for length in self.graph[layer.bias].shape)

    def focus(self, id: str, index: Index) -> Focus | None:
        """The unit that a number belongs to, None where it belongs to none."""
        for column in self.columns:
            layer = column.layer
            if column.is_loss:
                return Focus(column.number, 0) if id in column.nodes else self._focus_of_target(id, index)
            if id in column.nodes or (layer and id in (product.id for product in layer.products)):
                return Focus(column.number, self._unit(index))
            if layer and id == layer.weights:
                unit, source = reversed(index) if layer.products[0].form == "right" else index
                return Focus(column.number, unit, source)
            if layer and id == layer.bias:
                return Focus(column.number, max(index, default=0))
        return None

    def column_of(self, id: str) -> int | None:
        """The column in which, or right before which, a node is drawn."""
        for column in self.columns:
            layer = column.layer
            if id in column.nodes or (layer and id in layer.nodes):
                return column.number
        return len(self.columns) - 1 if id == self.targets else None

    def _unit(self, index: Index) -> int:
        if len(index) < 2:
            return index[0] if index else 0
        return index[0] if self.is_turned else index[1]

    def _focus_of_target(self, id: str, index: Index) -> Focus | None:
        if id != self.targets or self.is_per_sample(id):
            return None
        return Focus(self.columns[-1].number - 1, self._unit(index))


def chain_of(graph: Graph) -> Chain | None:
    """The columns of a graph whose layers are dense and feed each other in a row; None for any other graph."""
    if not has_layers(graph):
        return None
    *layers, loss = layers_of(graph)
    if not layers or not all(layer.is_dense for layer in layers) or not are_in_a_row(layers):
        return None
    if not are_fed_by_the_one_before(graph, [*layers, loss]):
        return None
    is_turned = layers[0].products[0].form == "left"
    x = graph[layers[0].input]
    columns = [Column(0, (x.id,), layers[0].inputs)]
    for number, layer in enumerate(layers, start=1):
        nodes = (layer.sum, layer.output) if layer.output != layer.sum else (layer.sum,)
        columns.append(Column(number, nodes, layer.units, layer))
    columns.append(Column(len(columns), (loss.output,), 1, is_loss=True))
    batch = x.shape[-1 if is_turned else 0] if len(x.shape) == 2 else 1
    return Chain(graph, tuple(columns), batch, is_turned, targets_of(graph, loss, layers[-1].output))


def are_in_a_row(layers: list[Layer]) -> bool:
    """Whether each layer takes what the one before gives, samples all the same way."""
    is_turned = {layer.products[0].form == "left" for layer in layers}
    return len(is_turned) == 1 and all(after.input == before.output for before, after in itertools.pairwise(layers))


def are_fed_by_the_one_before(graph: Graph, layers: list[Layer]) -> bool:
    """Whether nothing skips a layer: what a layer takes and makes is used within it, or by the one after it."""
    for before, after in zip((None, *layers), layers, strict=False):
        inside = set(after.nodes) | (set(before.nodes) if before else set())
        made = {before.sum, before.output} if before else {after.input}
        if any(user not in inside for id in made for user, _ in graph.consumers(id)):
            return False
    return True


def targets_of(graph: Graph, loss: Layer, output: str) -> str | None:
    """The leaf that the loss compares the last layer with: of its shape, or of one number for each sample."""
    shape = graph[output].shape
    leaves = [graph[id] for id in loss.nodes if graph[id].kind in ("input", "constant") and graph[id].shape]
    found = [leaf.id for leaf in leaves if leaf.shape == shape or (leaf.integer and leaf.shape == shape[:1])]
    return found[0] if len(found) == 1 else None
