"""What each moment of a graph computes, staged as tapes whose symbols have places: (kind, number) pairs.

The backward pass is one walk: at a node's moment the shares of all its consumers are taken, un-broadcast and summed,
so the node's gradient is complete when it is shown and no moment writes into another node's gradient.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from app.engine.graph import Graph, Node, Operation, rule_of
from app.engine.staging import Symbol, Tape

Place = tuple[Any, ...]
"""Where an executor keeps numbers: ("value", node), ("gradient", node), ("saved", node, k), ("slot", k), ("step",).

("slot", k, node) is the part of a slot that belongs to one parameter."""


@dataclass(slots=True)
class Staged:
    """A tape, the places its known symbols come from and the places its results go to."""

    tape: Tape = field(default_factory=Tape)
    known: dict[Symbol, Place] = field(default_factory=dict)
    results: list[tuple[Any, Place]] = field(default_factory=list)

    def read(self, place: Place, shape: tuple[int, ...]) -> Symbol:
        symbol = self.tape.symbol(shape)
        self.known[symbol] = place
        return symbol


def counting() -> Staged:
    """One update more."""
    staged = Staged()
    staged.results.append((staged.read(("step",), ()) + 1.0, ("step",)))
    return staged


class Program:
    """Stages the moments of a graph; remembers where forward rules left what backward rules want back."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.saved: dict[int, list[tuple[Place, tuple[int, ...]]]] = {}

    def forward(self, node: Operation) -> Staged:
        staged, number = Staged(), self.graph.position(node.id)
        arguments = self._arguments(staged, node)
        result = node.row.forward(*arguments, **node.attributes)
        y, *saved = result if isinstance(result, tuple) else (result,)
        staged.results.append((y, ("value", number)))
        places: list[tuple[Place, tuple[int, ...]]] = []
        for value in saved:
            # An argument handed through needs no second copy.
            place = staged.known.get(value) if isinstance(value, Symbol) else None
            if place is None:
                place = ("saved", number, len(places))
                staged.results.append((value, place))
            places.append((place, np.shape(value)))
        self.saved[number] = places
        return staged

    def backward(self, node: Node) -> Staged:
        staged = Staged()
        if node is self.graph.loss:
            shares: list[Any] = [np.float64(1.0)]
        else:
            shares = [self._share(staged, node, user, argument) for user, argument in self.graph.flows(node.id)]
        total = shares[0]
        for share in shares[1:]:
            total = total + share
        staged.results.append((total, ("gradient", self.graph.position(node.id))))
        return staged

    def _share(self, staged: Staged, node: Node, consumer: Operation, argument: int) -> Any:
        number = self.graph.position(consumer.id)
        # The loss's own gradient is 1, whatever has run.
        is_loss = consumer is self.graph.loss
        g = np.float64(1.0) if is_loss else staged.read(("gradient", number), consumer.shape)
        if number not in self.saved:
            self.forward(consumer)
        y: Any = staged.read(("value", number), consumer.shape)
        if self.saved[number]:
            y = (y, *(staged.read(place, shape) for place, shape in self.saved[number]))
        arguments = self._arguments(staged, consumer)
        share = rule_of(consumer, argument).vjp(g, y, *arguments, **consumer.attributes)
        return unbroadcast(share, node.shape)

    def _arguments(self, staged: Staged, node: Operation) -> list[Symbol]:
        return [staged.read(("value", self.graph.position(id)), self.graph[id].shape) for id in node.inputs]


def unbroadcast(share: Any, shape: tuple[int, ...]) -> Any:
    """Sums a share over the axes along which broadcasting repeated the argument: each copy sent its own back."""
    if share.shape == shape:
        return share
    if share.ndim == 2 and shape == share.shape[1:]:
        # A row of ones times a matrix takes half the time of a sum down its columns.
        return np.dot(np.ones(share.shape[0]), share)
    extra = share.ndim - len(shape)
    if extra > 0:
        share = np.add.reduce(share, axis=tuple(range(extra)))
    repeated = tuple(axis for axis, length in enumerate(shape) if length == 1 and share.shape[axis] != 1)
    if repeated:
        share = np.add.reduce(share, axis=repeated, keepdims=True)
    return share if share.shape == shape else np.broadcast_to(share, shape)
