"""The computation graph: immutable nodes in topological order, and the schedule of moments they are visited in."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, wraps
from math import prod
from typing import Any, ClassVar, Literal, TypeVar
from weakref import WeakKeyDictionary

import numpy as np

from app.engine.ops import OPS, Op, Rule, Shape
from app.engine.staging import Tape
from app.errors import N_, Invalid

Source = Literal["input", "parameter", "constant"]
Phase = Literal["start", "forward", "backward", "update"]
Role = Literal[
    "data", "target", "weight", "bias", "product", "activation", "state", "output", "mask", "noise", "penalty", "loss"
]
"""What a node is in a layered network. A mask drops outputs, and `output` is what it leaves of them."""
Known = TypeVar("Known")
Found = TypeVar("Found")


@dataclass(frozen=True, slots=True, eq=False)
class Leaf:
    """A value that comes from outside, with its initial number(s).

    `integer` marks class numbers, which have no gradient, and `classes` is how many there are. `line` is where a text
    defines the node, from 1. `scope` names the layer that a node belongs to, `role` what it is there, `step` the step
    of a series that it stands for; they are None where nobody has said so.
    """

    id: str
    kind: Source
    shape: Shape
    initial: np.ndarray
    integer: bool = False
    classes: int | None = None
    line: int | None = None
    scope: str | None = None
    role: Role | None = None
    step: ClassVar[None] = None
    op: ClassVar[None] = None
    inputs: ClassVar[tuple[str, ...]] = ()
    attributes: ClassVar[Mapping[str, Any]] = {}

    @property
    def size(self) -> int:
        return prod(self.shape)


@dataclass(frozen=True, slots=True, eq=False)
class Operation:
    """An op applied to earlier nodes: `inputs` are ids, in the order of its arguments and with repeats: x * x has two.

    `line`, `scope`, `role` and `step` are those of a leaf.
    """

    id: str
    op: str
    shape: Shape
    inputs: tuple[str, ...]
    attributes: Mapping[str, Any] = field(default_factory=dict)
    line: int | None = None
    scope: str | None = None
    role: Role | None = None
    step: int | None = None
    kind: ClassVar[Literal["op"]] = "op"
    initial: ClassVar[None] = None
    integer: ClassVar[bool] = False
    classes: ClassVar[None] = None

    @property
    def size(self) -> int:
        return prod(self.shape)

    @property
    def row(self) -> Op:
        """What the table of ops says of its op."""
        return OPS[self.op]


Node = Leaf | Operation


@dataclass(frozen=True, slots=True)
class Moment:
    """What a cursor points at: one node visited in a phase, or the start, or the end of the update (node None)."""

    phase: Phase
    node: str | None


Flow = tuple[Operation, int]
"""A consumer, and the number of the argument through which it sends a share back."""


@dataclass(frozen=True, eq=False)
class Graph:
    """Nodes in topological order; the last one is the loss, a scalar."""

    nodes: tuple[Node, ...]

    @cached_property
    def _positions(self) -> dict[str, int]:
        return {node.id: position for position, node in enumerate(self.nodes)}

    def __getitem__(self, id: str) -> Node:
        return self.nodes[self._positions[id]]

    def operation(self, id: str) -> Operation:
        """A node that is known to be an operation. Raises TypeError if it is a leaf."""
        node = self[id]
        if not isinstance(node, Operation):
            raise TypeError(f"{id} is a leaf")
        return node

    def visited(self, moment: Moment) -> Node:
        """The node that a moment of the forward or backward pass visits. Raises TypeError for any other moment."""
        if moment.node is None:
            raise TypeError(f"no node is visited in the phase {moment.phase}")
        return self[moment.node]

    def __contains__(self, id: str) -> bool:
        return id in self._positions

    def position(self, id: str) -> int:
        return self._positions[id]

    @property
    def loss(self) -> Node:
        return self.nodes[-1]

    @cached_property
    def layers(self) -> tuple[str, ...]:
        """The scopes of all layers in the order they are computed; none where nobody has named any."""
        return tuple(dict.fromkeys(node.scope for node in self.nodes if node.scope is not None))

    def scope_of(self, id: str) -> str | None:
        """The layer that a node belongs to."""
        return self[id].scope

    @cached_property
    def _by_role(self) -> dict[Role | None, tuple[Node, ...]]:
        roles = dict.fromkeys(node.role for node in self.nodes)
        return {role: tuple(node for node in self.nodes if node.role == role) for role in roles}

    def by_role(self, role: Role, scope: str | None = None) -> tuple[Node, ...]:
        """The nodes with a role, in order; of one layer, if its scope is given."""
        found = self._by_role.get(role, ())
        return found if scope is None else tuple(node for node in found if node.scope == scope)

    @property
    def data(self) -> Node:
        """The leaf that holds the rows of a batch. Raises IndexError in a graph that has none, as of an expression."""
        return self.by_role("data")[0]

    @property
    def target(self) -> Node:
        """The leaf that holds what the rows of a batch should lead to. Raises IndexError in a graph that has none."""
        return self.by_role("target")[0]

    @cached_property
    def operations(self) -> tuple[Operation, ...]:
        """The nodes that are no leaves, in order."""
        return tuple(node for node in self.nodes if isinstance(node, Operation))

    @cached_property
    def criterion(self) -> Operation | None:
        """The node that compares a prediction with its target, if one does; penalties may be added to it."""
        return next((node for node in reversed(self.operations) if node.row.is_loss), None)

    @cached_property
    def _consumers(self) -> dict[str, tuple[tuple[str, int], ...]]:
        edges: dict[str, list[tuple[str, int]]] = {node.id: [] for node in self.nodes}
        for node in self.nodes:
            for argument, id in enumerate(node.inputs):
                edges[id].append((node.id, argument))
        return {id: tuple(found) for id, found in edges.items()}

    def consumers(self, id: str) -> tuple[tuple[str, int], ...]:
        """(consumer, argument number) of every edge that leaves this node."""
        return self._consumers[id]

    def flows(self, id: str) -> list[Flow]:
        """The edges on which a gradient flows back to this node, which are those that its gradient is the sum of."""
        edges = [(self.operation(user), argument) for user, argument in self.consumers(id) if self.has_gradient(user)]
        return [(user, argument) for user, argument in edges if user.row.rules[argument]]

    @cached_property
    def _with_gradient(self) -> frozenset[str]:
        reached = {self.loss.id}
        for node in reversed(self.nodes):
            if node.kind == "constant" or node.integer:
                continue
            edges = ((self.operation(user), argument) for user, argument in self.consumers(node.id) if user in reached)
            if any(user.row.rules[argument] for user, argument in edges):
                reached.add(node.id)
        return frozenset(reached)

    def has_gradient(self, id: str) -> bool:
        """Whether ∂loss/∂node exists: not for constants, class numbers, and nodes no path leads from to the loss."""
        return id in self._with_gradient

    @cached_property
    def schedule(self) -> tuple[Moment, ...]:
        """Every moment of one iteration; the index of a moment is its position."""
        forward = [Moment("forward", node.id) for node in self.operations]
        backward = [Moment("backward", node.id) for node in reversed(self.nodes) if self.has_gradient(node.id)]
        return (Moment("start", None), *forward, *backward, Moment("update", None))

    @cached_property
    def length(self) -> int:
        """The position of the update, the last moment."""
        return len(self.schedule) - 1

    @cached_property
    def forward_end(self) -> int:
        return len(self.operations)

    @property
    def backward_end(self) -> int:
        return self.length - 1

    @cached_property
    def parameters(self) -> tuple[str, ...]:
        return tuple(node.id for node in self.nodes if node.kind == "parameter")


def once_for_each(function: Callable[[Known], Found]) -> Callable[[Known], Found]:
    """What follows from a graph alone, or from a problem: found once, and forgotten with it."""
    known: WeakKeyDictionary[Known, Found] = WeakKeyDictionary()

    @wraps(function)
    def found(one: Known) -> Found:
        if one not in known:
            known[one] = function(one)
        return known[one]

    return found


def rule_of(node: Operation, argument: int) -> Rule:
    """The rule of an argument to which something flows back. Raises TypeError where nothing does."""
    rule = node.row.rules[argument]
    if rule is None:
        raise TypeError(f"nothing flows back to argument {argument} of {node.id}")
    return rule


def cost(graph: Graph) -> int:
    """Elements and products computed by one iteration: each op forward, each of its rules about the same again."""
    total = 0
    for node in graph.nodes:
        if isinstance(node, Operation):
            flowing = sum(graph.has_gradient(id) for id in node.inputs) if graph.has_gradient(node.id) else 0
            total += forward_cost(graph, node) * (1 + flowing)
        elif node.kind == "parameter":
            total += node.size
    return total


def forward_cost(graph: Graph, node: Operation) -> int:
    """Elements and products computed by one op going forward."""
    return node.row.cost(node.shape, *(graph[id].shape for id in node.inputs))


class GraphBuilder:
    """Collects nodes in the order they are computed, then freezes them into a Graph. New nodes belong to `scope`."""

    def __init__(self) -> None:
        self.scope: str | None = None
        self._nodes: dict[str, Node] = {}
        self._shapes: dict[tuple[Any, ...], Shape] = {}

    def input(self, id: str, value: Any, *, integer: bool = False, **place: Any) -> Node:
        """An input; of its `place`, `line` and `role` may be told, as of every node."""
        return self._leaf("input", id, value, integer=integer, **place)

    def parameter(self, id: str, value: Any, **place: Any) -> Node:
        return self._leaf("parameter", id, value, **place)

    def constant(self, id: str, value: Any, **place: Any) -> Node:
        return self._leaf("constant", id, value, **place)

    def op(
        self,
        name: str,
        inputs: Iterable[Node],
        id: str,
        *,
        line: int | None = None,
        role: Role | None = None,
        step: int | None = None,
        **attributes: Any,
    ) -> Node:
        """An op applied to earlier nodes. Raises Invalid, naming the shapes, where they do not fit together."""
        arguments = tuple(inputs)
        shape = self._shape(name, tuple(node.shape for node in arguments), attributes)
        for argument, classes in OPS[name].class_numbers(*(node.shape for node in arguments)).items():
            self._mark_class_numbers(arguments[argument].id, classes)
        ids = tuple(node.id for node in arguments)
        return self._add(
            Operation(
                id=id,
                op=name,
                shape=shape,
                inputs=ids,
                attributes=dict(attributes),
                line=line,
                scope=self.scope,
                role=role,
                step=step,
            )
        )

    @property
    def nodes(self) -> tuple[Node, ...]:
        """What is collected so far."""
        return tuple(self._nodes.values())

    def build(self) -> Graph:
        nodes = self.nodes
        if not nodes or nodes[-1].shape != ():
            shape = list(nodes[-1].shape) if nodes else None
            raise Invalid(
                N_("The last node, {id}, is the loss and must be a scalar, but its shape is {shape}."),
                id=nodes[-1].id if nodes else "—",
                shape=shape,
            )
        return Graph(nodes)

    def _leaf(self, kind: Source, id: str, value: Any, **known: Any) -> Node:
        initial = value if is_constant(value) else np.array(value, dtype=np.float64)
        initial.flags.writeable = False
        return self._add(Leaf(id, kind, initial.shape, initial, scope=self.scope, **known))

    def _add(self, node: Node) -> Node:
        if node.id in self._nodes:
            raise Invalid(N_("Two nodes are called {id}."), id=node.id)
        self._nodes[node.id] = node
        return node

    def _shape(self, name: str, shapes: tuple[Shape, ...], attributes: Mapping[str, Any]) -> Shape:
        key = (name, shapes, tuple(sorted(attributes.items())))
        if key not in self._shapes:
            self._shapes[key] = infer_shape(OPS[name], shapes, attributes)
        return self._shapes[key]

    def _mark_class_numbers(self, id: str, classes: int) -> None:
        node = self._nodes[id]
        if not isinstance(node, Leaf) or node.kind == "parameter" or not are_class_numbers(node.initial, classes):
            raise Invalid(
                N_("{id} must be an input of class numbers: whole numbers from 0 to {highest}."),
                id=id,
                highest=classes - 1,
            )
        self._nodes[id] = replace(node, integer=True, classes=min(classes, node.classes or classes))


def is_constant(value: Any) -> bool:
    """Whether these are numbers that nobody can change any more, so that graphs may share them."""
    return (
        isinstance(value, np.ndarray)
        and value.dtype == np.float64
        and not value.flags.writeable
        and value.flags.owndata
    )


def are_class_numbers(value: np.ndarray, classes: int) -> bool:
    """Whether every element is a whole number from 0 to classes − 1."""
    return bool(((value == np.floor(value)) & (value >= 0) & (value < classes)).all())


def infer_shape(row: Op, shapes: tuple[Shape, ...], attributes: Mapping[str, Any]) -> Shape:
    """The shape an op's output has, found by staging its forward rule. Raises Invalid, naming the shapes."""
    tape = Tape()
    try:
        shape: Shape = row.value(*(tape.symbol(shape) for shape in shapes), **attributes).shape
    except (ValueError, IndexError, TypeError, AttributeError) as error:
        raise Invalid(
            N_("{op} cannot be applied to shapes {shapes}{attributes}."),
            op=row.name,
            shapes=", ".join(str(list(shape)) for shape in shapes),
            attributes="".join(f", {name}={value}" for name, value in attributes.items()),
        ) from error
    return shape
