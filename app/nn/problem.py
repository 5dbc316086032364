"""A spec made ready to run: the graph, the optimizer, what is frozen, and the rows of each iteration."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, groupby
from typing import Any

import numpy as np

from app.engine.graph import Graph, are_class_numbers
from app.engine.optim import Optimizer
from app.errors import N_, ChainruleError, Invalid
from app.nn.arrays import read_array
from app.nn.batches import Batches
from app.nn.datasets import DATASETS, split
from app.nn.dropout import Mask
from app.nn.expression import parse
from app.nn.limits import Limits, check_array
from app.nn.losses import LOSSES, Loss
from app.nn.network import Construction
from app.nn.optimizers import ordered
from app.nn.presets import PRESETS
from app.nn.spec import ExpressionSpec, InlineRows, LayersSpec, MadeRows, PresetSpec, Spec, parse_spec
from app.nn.wording import nearest, shortened

MANY_ALIKE = 4


@dataclass(frozen=True, eq=False)
class Rows:
    """Rows of the data: x (rows, features) as the network takes them, and y, shaped for the loss."""

    x: np.ndarray
    y: np.ndarray

    def __len__(self) -> int:
        return len(self.x)


@dataclass(frozen=True, eq=False)
class Problem:
    """What a session runs; the graph is that of the first batch. An expression has no batches."""

    title: str
    graph: Graph
    optimizer: Optimizer
    frozen: frozenset[str] = frozenset()
    batches: Batches | None = None
    loss: Loss | None = None
    validation: Rows | None = None
    test: Rows | None = None
    task: str | None = None
    masks: tuple[Mask, ...] = ()
    _build: Callable[[np.ndarray, np.ndarray], Graph] | None = None
    _graphs: dict[int, Graph] = field(default_factory=dict)

    @property
    def training(self) -> Rows | None:
        """All rows that training sees; None for an expression."""
        return None if self.batches is None else Rows(self.batches.x, self.batches.y)

    @property
    def sets(self) -> Mapping[str, Rows]:
        """The sets of rows there are, by name: training, and perhaps validation and test."""
        named = {"training": self.training, "validation": self.validation, "test": self.test}
        return {name: rows for name, rows in named.items() if rows is not None}

    @property
    def parameters(self) -> tuple[str, ...]:
        """The ids of all parameters, frozen ones too, in the order of the graph."""
        return self.graph.parameters

    def graph_for(self, batch_size: int) -> Graph:
        """The same graph, same ids, for a batch of another size."""
        if self.batches is None or self._build is None or batch_size == len(self.graph["x"].initial):
            return self.graph
        if batch_size not in self._graphs:
            x, y = self.batches.x[:batch_size], self.batches.y[:batch_size]
            self._graphs[batch_size] = self._build(x, y)
        return self._graphs[batch_size]

    def evaluation_graph(self, x: np.ndarray, y: np.ndarray) -> Graph:
        """The network for any rows, as it answers once training is over."""
        return self._build(x, y)

    def check_value(self, id: str, value: np.ndarray, pointer: str = "/value") -> None:
        """Refuse numbers that this leaf may not hold: labels a loss does not take, or no class numbers."""
        node = self.graph[id]
        if self.loss is not None and id == "y":
            self.loss.check(value, self.graph[self.graph.loss.inputs[0]].shape[-1], len(value), pointer)
        elif node.integer and not are_class_numbers(value, node.classes or 1):
            template = N_("{id} holds class numbers: whole numbers from 0 to {highest}.")
            raise Invalid(template, id=id, highest=(node.classes or 1) - 1, pointer=pointer)


def build(spec: Spec, limits: Limits | None = None) -> Problem:
    """The problem of a spec. Raises Invalid or TooLarge with a pointer, ExpressionError with line and column."""
    return BUILDERS[type(spec.request)](spec.request, limits or Limits())


def _build_preset(request: PresetSpec, limits: Limits) -> Problem:
    preset = PRESETS.get(request.name)
    if preset is None:
        template = N_("There is no preset {came}. Nearest: {nearest}.")
        near = nearest(request.name, PRESETS) or list(PRESETS)
        raise Invalid(template, came=shortened(request.name), nearest=near, pointer="/name")
    problem = build(parse_spec(preset.spec, limits), limits)
    return replace(problem, title=preset.title)


def _build_expression(request: ExpressionSpec, limits: Limits) -> Problem:
    optimizer = ordered(request)
    try:
        graph = parse(request.source, limits)
    except ChainruleError as refusal:
        refusal.pointer = "/source"
        raise
    return Problem(_line_of_loss(request.source, graph), graph, optimizer)


def _line_of_loss(source: str, graph: Graph) -> str:
    """What tells one expression from another: the line that makes its loss, without the comment."""
    line = source.split("\n")[(graph.loss.line or 1) - 1]
    return shortened(line.partition("#")[0])


def title_of(widths: Sequence[int]) -> str:
    """`2 → 3 → 1`; many layers of one width are counted: `4 → 30 × 16 → 1`."""
    runs = [(width, len(list(run))) for width, run in groupby(widths)]
    parts = [[f"{count} × {width}"] if count >= MANY_ALIKE else [str(width)] * count for width, count in runs]
    return " → ".join(chain.from_iterable(parts))


def _build_layers(request: LayersSpec, limits: Limits) -> Problem:
    optimizer = ordered(request)
    loss = LOSSES[request.loss]
    x, y, held_out = ROWS[type(request.data)](request, loss, limits)
    batches = Batches(x, y, request.batch_size if (request.batch_size or len(x)) < len(x) else None, request.seed)
    first = batches.rows(0)
    graph = Construction(request, limits, request.parameters).graph(x[first], y[first])
    initial = {id: graph[id].initial for id in graph.parameters}
    title = title_of([request.inputs, *(layer.outputs(request.inputs) for layer in request.layers)])
    return Problem(
        title=title,
        graph=graph,
        optimizer=optimizer,
        frozen=frozenset(request.frozen),
        batches=batches,
        loss=loss,
        test=held_out,
        task="classification" if loss.takes_classes or isinstance(request.data, MadeRows) else None,
        _build=lambda x, y: Construction(request, limits, initial).graph(x, y),
    )


def _given_rows(request: LayersSpec, loss: Loss, limits: Limits) -> tuple[np.ndarray, np.ndarray, None]:
    """The data as the spec writes them out."""
    x, y = read_array(request.data.x, "/data/x", limits), read_array(request.data.y, "/data/y", limits)
    if x.ndim != 2 or x.shape[1] != request.inputs:
        template = N_("Expected x of shape (batch, {inputs}), got one of shape {came}.")
        raise Invalid(template, inputs=request.inputs, came=str(x.shape), pointer="/data/x")
    loss.check(y, outputs_of(request), len(x), "/data/y")
    return x, y, None


def _made_rows(request: LayersSpec, loss: Loss, limits: Limits) -> tuple[np.ndarray, np.ndarray, Rows | None]:
    """The points of a data set, their labels as this loss wants them."""
    wanted = request.data
    if request.inputs != 2:
        template = N_("The points of a data set have 2 coordinates; expected 2 inputs, got {came}.")
        raise Invalid(template, came=request.inputs, pointer="/inputs")
    check_array((wanted.samples, 2), limits, pointer="/data/samples")
    points = split(DATASETS[wanted.dataset], wanted.samples, wanted.noise, wanted.test_fraction, wanted.seed)
    targets = [loss.targets_of(labels, outputs_of(request)) for labels in (points.labels, points.test_labels)]
    if targets[0] is None:
        expected = N_("2 units or more") if loss.takes_classes else N_("1 or 2 units")
        template = N_("A data set has two classes; expected {expected} in the last layer, got {came}.")
        pointer = f"/layers/{len(request.layers) - 1}/units"
        raise Invalid(template, expected=expected, came=outputs_of(request), pointer=pointer)
    held_out = Rows(points.test_x, targets[1]) if len(points.test_x) else None
    return points.x, targets[0], held_out


def outputs_of(request: LayersSpec) -> int:
    """Features that leave the last layer."""
    features = request.inputs
    for layer in request.layers:
        features = layer.outputs(features)
    return features


BUILDERS: Mapping[type, Callable[[Any, Limits], Problem]] = {
    PresetSpec: _build_preset,
    ExpressionSpec: _build_expression,
    LayersSpec: _build_layers,
}
ROWS: Mapping[type, Callable[..., Any]] = {InlineRows: _given_rows, MadeRows: _made_rows}
