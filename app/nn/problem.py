"""A spec made ready to run: the graph, the optimizer, what is frozen, and the rows of each iteration."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import chain, groupby
from math import prod
from typing import Any

import numpy as np

from app.engine.graph import Graph, Leaf, Role, are_class_numbers
from app.engine.optim import Optimizer
from app.errors import N_, ChainruleError, Invalid
from app.nn.batches import Batches
from app.nn.expression import parse
from app.nn.layers.layer import Layer
from app.nn.limits import Limits
from app.nn.losses import LOSSES, Loss
from app.nn.network import Construction
from app.nn.noise import Noise
from app.nn.optimizers import checked, optimizer_of
from app.nn.presets import PRESETS
from app.nn.spec import ExpressionSpec, LayersSpec, PresetSpec, Spec, parse_spec
from app.nn.supply.leak import leak
from app.nn.supply.preparation import Preparation
from app.nn.supply.preview import Task
from app.nn.supply.rows import Rows, supply
from app.nn.supply.samples import Reading
from app.nn.supply.target_scale import TargetScale
from app.nn.wording import nearest, shortened

MANY_ALIKE = 4
BATCH: tuple[Role, ...] = ("data", "target")
"""What the leaves that hold a batch are there for: its rows x, and y."""


def no_numbers(initializer: str, seed: int) -> Mapping[str, np.ndarray]:
    """Draw nothing: an expression has no initializer."""
    return {}


def no_rows(x: np.ndarray, y: np.ndarray, trains: bool) -> Graph:
    """Refuse to build an expression for rows. Raises TypeError."""
    raise TypeError("an expression has no rows")


@dataclass(frozen=True, eq=False)
class Problem:
    """What a session runs; the graph is that of the first batch. An expression has no batches and no rows.

    `raw` are the rows of each set (rows, columns) as they came, before `preparation`; `classes` the names of the
    classes in order of their numbers, None where numbers are told; the rows of `image` (height, width) are pictures.
    The `y` of a set is on `target_scale`. The network may be run on `rows_at_once` within the limits.
    `reading` says how a table of one's own was read. `layers` are those of a network by their scopes in the graph,
    `widths` the features of its inputs and of what leaves each layer; `noises` are drawn in each iteration, and
    `drawn(initializer, seed)` gives the parameters that an initializer draws, `drawn_ids` are theirs.
    """

    title: str
    graph: Graph
    optimizer: Optimizer
    frozen: frozenset[str] = frozenset()
    batches: Batches | None = None
    loss: Loss | None = None
    validation: Rows | None = None
    test: Rows | None = None
    raw: Mapping[str, np.ndarray] = field(default_factory=dict)
    preparation: Preparation | None = None
    target_scale: TargetScale = field(default_factory=TargetScale)
    classes: tuple[str, ...] | None = None
    image: tuple[int, int] | None = None
    task: Task | None = None
    reading: Reading | None = None
    layers: Mapping[str, Layer] = field(default_factory=dict)
    widths: tuple[int, ...] = ()
    noises: tuple[Noise, ...] = ()
    rows_at_once: int = 1
    drawn_ids: frozenset[str] = frozenset()
    drawn: Callable[[str, int], Mapping[str, np.ndarray]] = no_numbers
    _build: Callable[[np.ndarray, np.ndarray, bool], Graph] = no_rows
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
    def batched(self) -> tuple[str, ...]:
        """The ids of the leaves that hold the rows of a batch; none for an expression."""
        return tuple(node.id for role in BATCH for node in self.graph.by_role(role))

    @cached_property
    def leak(self) -> str | None:
        """The name of a column that alone tells the target of all training rows, if there is one."""
        if self.preparation is None:
            return None
        are_classes, y = self.task == "classification", training_of(self).y
        targets = loss_of(self).labelled(y) if are_classes else y[:, 0]
        place = leak(self.raw["training"], targets, are_classes)
        return None if place is None else self.preparation.columns[place]

    @property
    def parameters(self) -> tuple[str, ...]:
        """The ids of all parameters, frozen ones too, in the order of the graph."""
        return self.graph.parameters

    def graph_for(self, batch_size: int) -> Graph:
        """The same graph, same ids, for a batch of another size."""
        if self.batches is None or batch_size == self.graph.data.shape[0]:
            return self.graph
        if batch_size not in self._graphs:
            x, y = self.batches.x[:batch_size], self.batches.y[:batch_size]
            self._graphs[batch_size] = self._build(x, y, True)
        return self._graphs[batch_size]

    def evaluation_graph(self, x: np.ndarray, y: np.ndarray) -> Graph:
        """The network for any rows, as it answers once training is over: nothing dropped, no penalties."""
        return self._build(x, y, False)

    def check_value(self, id: str, value: np.ndarray, pointer: str = "/value") -> None:
        """Refuse numbers that this leaf may not hold: labels a loss does not take, or no class numbers."""
        node = self.graph[id]
        criterion = self.graph.criterion
        if self.loss is not None and criterion is not None and node.role == "target":
            self.loss.check(value, self.graph[criterion.inputs[0]].shape[-1], len(value), pointer)
        elif node.integer and not are_class_numbers(value, node.classes or 1):
            template = N_("{id} holds class numbers: whole numbers from 0 to {highest}.")
            raise Invalid(template, id=id, highest=(node.classes or 1) - 1, pointer=pointer)


def loss_of(problem: Problem) -> Loss:
    """The loss of a network. Raises TypeError for an expression, which compares nothing with targets."""
    if problem.loss is None:
        raise TypeError("an expression has no targets")
    return problem.loss


def training_of(problem: Problem) -> Rows:
    """The rows that a network is trained on. Raises TypeError for an expression."""
    if problem.training is None:
        raise TypeError("an expression has no rows")
    return problem.training


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


def ordered(request: ExpressionSpec | LayersSpec) -> Optimizer:
    """The optimizer of a spec, which may say the order of updates beside its settings as well as among them.

    Raises Invalid where it says both and they differ.
    """
    optimizer, order = optimizer_of(request.optimizer), request.update_order
    if "update_order" not in request.model_fields_set or order == optimizer.update_order:
        return optimizer
    if request.optimizer is not None and "update_order" in request.optimizer.model_fields_set:
        template = N_("The optimizer's order of updates is {set}; expected the same here, got {came}.")
        raise Invalid(template, set=optimizer.update_order, came=order, pointer="/update_order")
    return checked(replace(optimizer, update_order=order), "/optimizer")


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
    rows = supply(request, limits)
    x, y = rows.sets["training"].x, rows.sets["training"].y
    batches = Batches(x, y, request.batch_size if (request.batch_size or len(x)) < len(x) else None, request.seed)
    first = batches.rows(0)
    construction = Construction(request, limits, request.parameters, len(first))
    graph = construction.graph(x[first], y[first])
    initial = {node.id: node.initial for node in graph.nodes if isinstance(node, Leaf) and node.kind == "parameter"}
    widths = tuple(prod(shape) for shape in request.shapes)

    def drawn(initializer: str, seed: int) -> Mapping[str, np.ndarray]:
        other = request.model_copy(update={"initializer": initializer, "seed": seed, "parameters": {}, "frozen": []})
        made = Construction(other, limits, {})
        made.graph(x[:1], y[:1])
        return made.drawn

    return Problem(
        title=title_of(widths),
        graph=graph,
        optimizer=optimizer,
        frozen=frozenset(request.frozen),
        batches=batches,
        loss=loss,
        validation=rows.sets.get("validation"),
        test=rows.sets.get("test"),
        raw=rows.raw,
        preparation=rows.preparation,
        target_scale=rows.target_scale,
        classes=rows.classes,
        image=rows.image,
        task=rows.task,
        reading=rows.reading,
        layers=construction.layers,
        widths=widths,
        noises=tuple(construction.noises),
        drawn_ids=frozenset(construction.drawn),
        drawn=drawn,
        rows_at_once=rows_within(limits, graph, len(first)),
        _build=lambda x, y, trains: Construction(request, limits, initial, len(first) if trains else None).graph(x, y),
    )


def rows_within(limits: Limits, graph: Graph, rows: int) -> int:
    """How many rows the network of a graph for so many rows may be run on before an array, or all, are too large."""
    per_row = [node.size // rows for node in graph.nodes if node.kind != "parameter" and node.shape[:1] == (rows,)]
    fixed = sum(node.size for node in graph.nodes) - rows * sum(per_row)
    return min(limits.max_elements // max(per_row), (limits.max_total_elements - fixed) // sum(per_row))


BUILDERS: Mapping[type, Callable[[Any, Limits], Problem]] = {
    PresetSpec: _build_preset,
    ExpressionSpec: _build_expression,
    LayersSpec: _build_layers,
}
