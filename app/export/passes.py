"""The forward and the backward pass of a graph as lines of NumPy, written by the ops' own rules."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from app.engine.graph import Graph, Node, Operation, rule_of
from app.engine.program import unbroadcast
from app.export.names import Names
from app.notation.written import Assignments, Sheet, assignments, number, several


@dataclass
class Passes:
    """One graph being written down. `batched` are the leaves whose first axis is the batch."""

    graph: Graph
    names: Names
    batched: Collection[str] = ()
    is_batch: dict[str, bool] = field(default_factory=dict)
    saved: dict[str, list[tuple[str, tuple[int, ...], bool]]] = field(default_factory=dict)

    def forward(self) -> list[str]:
        """Every op's value, in order."""
        lines: list[str] = []
        for node in self.graph.nodes:
            if node.kind == "op":
                lines += commented(self._forward(node), self.names.of(node.id), described(node))
            else:
                self.is_batch[node.id] = node.id in self.batched
        return lines

    def backward(self, wanted: Collection[str], after: dict[str, str] | None = None) -> list[str]:
        """The gradients that lead to those `wanted`, from the loss back; `after` are lines that follow some of them."""
        needed = self._leading_to(wanted)
        lines: list[str] = []
        for node in reversed(self.graph.nodes):
            if node.id in needed:
                lines += self._backward(node)
                lines += [after[node.id]] if after and node.id in after else []
        return lines

    def gradient(self, id: str) -> str:
        """What the gradient of a node is called."""
        return self.names.of(f"d_{id}")

    def _forward(self, node: Operation) -> Assignments:
        def staged(sheet: Sheet) -> Any:
            return node.row.forward(*self._arguments(sheet, node), **node.attributes)

        probe = several(staged(Sheet()))
        # An argument that is handed through keeps its name: the backward pass may find it moved.
        handed, own = set(map(self.names.of, node.inputs)), self.names.of(node.id)
        texts = [getattr(one, "text", "") for one in probe[1:]]
        extra = [text if text in handed else self.names.fresh(f"{own}_{at}") for at, text in enumerate(texts, 1)]
        made = assignments(staged, [self.names.of(node.id), *extra], lambda: self.names.fresh(f"{node.id}_part"))
        self.is_batch[node.id] = made.is_batch[0]
        shapes = [np.shape(getattr(one, "like", one)) for one in probe[1:]]
        self.saved[node.id] = list(zip(extra, shapes, made.is_batch[1:], strict=True))
        return made

    def _backward(self, node: Node) -> list[str]:
        if node is self.graph.loss:
            return [f"{self.gradient(node.id)} = 1.0"]

        def staged(sheet: Sheet) -> Any:
            shares = [self._share(sheet, node, *flow) for flow in self.graph.flows(node.id)]
            total = shares[0]
            for share in shares[1:]:
                total = total + share
            return total

        name = self.gradient(node.id)
        return list(assignments(staged, [name], lambda: self.names.fresh(f"{name}_part")).lines)

    def _share(self, sheet: Sheet, node: Node, consumer: Operation, argument: int) -> Any:
        is_loss = consumer is self.graph.loss
        g = np.float64(1.0) if is_loss else self._named(sheet, self.gradient(consumer.id), consumer)
        y: Any = self._named(sheet, self.names.of(consumer.id), consumer)
        if self.saved[consumer.id]:
            y = (y, *(sheet.name(*saved) for saved in self.saved[consumer.id]))
        rule = rule_of(consumer, argument)
        arguments = self._arguments(sheet, consumer, is_bare=is_loss)
        return unbroadcast(rule.vjp(g, y, *arguments, **consumer.attributes), node.shape)

    def _arguments(self, sheet: Sheet, node: Node, is_bare: bool = False) -> list[Any]:
        """The arguments of an op. Numbers that meet only numbers are NumPy's: with Python's own, 1/0 is an error."""
        nodes = [self.graph[id] for id in node.inputs]
        is_bare = is_bare or all(map(is_number, nodes))
        return [self._leaf_or_name(sheet, node, is_bare) for node in nodes]

    def _leaf_or_name(self, sheet: Sheet, node: Node, is_bare: bool) -> Any:
        if is_number(node):
            return sheet.name(f"np.float64({number(node.initial)})" if is_bare else number(node.initial), ())
        return self._named(sheet, self.names.of(node.id), node)

    def _named(self, sheet: Sheet, name: str, node: Node) -> Any:
        return sheet.name(name, node.shape, self.is_batch.get(node.id, False))

    def _leading_to(self, wanted: Collection[str]) -> set[str]:
        """The nodes on a way from one of those to the loss."""
        found = set(wanted)
        for node in self.graph.nodes:
            if found.intersection(node.inputs):
                found.add(node.id)
        return {id for id in found if self.graph.has_gradient(id)}


def is_number(node: Node) -> bool:
    """Whether a node is written as the number that it is."""
    return node.kind == "constant" and not node.shape


def described(node: Node) -> str:
    """The op and its arguments, as an expression would say it."""
    attributes = [f"{name}={value!r}" for name, value in node.attributes.items()]
    return f"{node.op}({', '.join([*node.inputs, *attributes])})"


def commented(made: Assignments, name: str, words: str) -> list[str]:
    """Lines with the op that they compute: behind a single one, above several."""
    if len(made.lines) == 1:
        return [f"{made.lines[0]}  # {words}"]
    return [f"# {name} = {words}", *made.lines]
