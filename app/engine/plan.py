"""A graph compiled once into calls on preallocated memory, which steps by moments and runs thousands of iterations.

Each moment is compiled when it is first wanted, and a whole iteration is the moments' own calls in a row: the numbers
a person steps through and the numbers a long run computes are the same bits. A plan belongs to one thread at a time;
what leaves it is copied.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any, Protocol, TypeVar
from weakref import WeakSet

import numpy as np

from app.engine.arrays import Arrays
from app.engine.feed import Feed
from app.engine.floats import Floats
from app.engine.graph import Graph
from app.engine.optim import Optimizer
from app.engine.program import Program, Staged, counting
from app.engine.scalars import is_scalar
from app.engine.snapshot import Snapshot, State
from app.engine.update_order import SEQUENTIAL

Compiled = TypeVar("Compiled")
"""What an executor makes of tapes: a program of its own kind."""


class Executor(Protocol[Compiled]):
    """Memory for a graph's numbers and a way to run staged tapes on it."""

    @property
    def loss(self) -> float:
        """The loss, as it was last computed."""
        ...

    def compile(self, staged: Sequence[Staged]) -> Compiled:
        """Tapes, in order, as a program."""
        ...

    def join(self, programs: Sequence[Compiled]) -> Compiled:
        """Several programs as one."""
        ...

    def run(self, program: Compiled) -> None:
        """Once; what is not finite is a number like any other."""
        ...

    def iterate(self, program: Compiled, count: int, feed: Feed) -> np.ndarray:
        """So many times, each time with the next of the numbers fed; the loss after each, (count,)."""
        ...

    def start_of(self, id: str) -> int:
        """Where the numbers of an updated parameter begin in a state."""
        ...

    def stage_update(self, optimizer: Optimizer) -> list[Staged]:
        """The update of all parameters that are updated, which is counted."""
        ...

    def stage_move(self, optimizer: Optimizer, id: str) -> list[Staged]:
        """The update of one parameter; nothing is counted."""
        ...

    def reset_slots(self, rows: int) -> None:
        """Slots of the optimizer, so many for each number, all zero; steps count from 0 again."""
        ...

    def load(self, id: str, value: Any) -> None:
        """Overwrite a node's numbers in place."""
        ...

    def value(self, id: str) -> np.ndarray:
        """A copy of a node's numbers."""
        ...

    def copy(self, has_gradients: bool) -> Snapshot:
        """Copies of all values, and of all gradients where there are any; else they are 0 and take no memory."""
        ...

    def state(self) -> State:
        """A copy of what the next iteration goes on from."""
        ...

    def restore(self, state: State) -> None:
        """Go on from a state; values that follow from it are those of before until they are run."""
        ...


class Plan:
    """Runs the moments of one graph. `frozen` parameters have gradients but are never updated.

    A plan made `beside` another one runs the same network on batches of another size: both work on the same parameters
    and slots, and have the same optimizer.
    """

    def __init__(
        self,
        graph: Graph,
        optimizer: Optimizer | None = None,
        frozen: frozenset[str] = frozenset(),
        beside: Plan | None = None,
    ) -> None:
        self.graph = graph
        self.length = graph.length
        self.optimizer: Optimizer | None = beside.optimizer if beside else optimizer
        self.updated = tuple(id for id in graph.parameters if id not in frozen and graph.has_gradient(id))
        self._program = Program(graph)
        self._executor = self._make_executor(beside)
        # Weak, so that a plan which was given up is freed at once and not with the next collection.
        self._family: WeakSet[Plan] = beside._family if beside else WeakSet()
        self._family.add(self)
        self.moves = self._moves_of(self.optimizer)
        self._compiled: dict[int, Any] = {}
        self._joined: dict[tuple[int, int], Any] = {}
        # A whole phase runs as one program; parts of it run moment by moment.
        self._phase_end = {1: graph.forward_end, graph.forward_end + 1: graph.backward_end}

    def _make_executor(self, beside: Plan | None) -> Executor[Any]:
        if beside is not None:
            if not isinstance(beside._executor, Arrays):
                raise TypeError("a graph of single numbers has no batches of another size")
            return Arrays(self.graph, self.updated, beside._executor)
        kind = Floats if is_all_scalar(self.graph) else Arrays
        executor: Executor[Any] = kind(self.graph, self.updated)
        executor.reset_slots(len(self.optimizer.slots) if self.optimizer else 0)
        return executor

    def run(self, first: int, last: int) -> None:
        """Runs the moments at positions `first` to `last`, both included, from 1 to `length`."""
        position = first
        while position <= last:
            end = self._phase_end.get(position, last + 1)
            if end <= last:
                self._executor.run(self._range(position, end))
                position = end + 1
            else:
                self._executor.run(self._moment(position))
                position += 1

    def run_moments(self, positions: Sequence[int]) -> None:
        """Runs single moments, for instance those that depend on a changed number."""
        for position in positions:
            self._executor.run(self._moment(position))

    def iterate(self, count: int, feed: Feed | None = None) -> np.ndarray:
        """Runs whole iterations; returns the loss of each, as computed before its update.

        `feed` has for some leaves the numbers that each iteration begins with.
        """
        return self._executor.iterate(self._range(1, self.length), count, feed or {})

    def load(self, id: str, value: Any) -> None:
        """Overwrites the value of a node in place; the shape is kept."""
        self._executor.load(id, value)

    @property
    def loss(self) -> float:
        return self._executor.loss

    def value(self, id: str) -> np.ndarray:
        """A copy of one node's numbers."""
        return self._executor.value(id)

    def snapshot(self, has_gradients: bool = True) -> Snapshot:
        shown = self._executor.copy(has_gradients)
        for numbers in (shown.values, shown.gradients):
            numbers.flags.writeable = False
        return shown

    def state(self) -> State:
        return self._executor.state()

    def restore(self, state: State) -> None:
        self._executor.restore(state)

    def number_in(self, state: State, id: str, index: tuple[int, ...]) -> tuple[float, tuple[float, ...]]:
        """One number of an updated parameter in a state of this plan, and the optimizer's slots for it."""
        shape = self.graph[id].shape
        place = self._executor.start_of(id) + (int(np.ravel_multi_index(index, shape)) if shape else 0)
        slots = state.slots.reshape(-1, len(state.parameters))
        return float(state.parameters[place]), tuple(slots[:, place].tolist())

    def slots_in(self, state: State, id: str) -> tuple[np.ndarray, ...]:
        """What the optimizer remembers of an updated parameter in a state of this plan: arrays of its shape."""
        node, start = self.graph[id], self._executor.start_of(id)
        slots = state.slots.reshape(-1, len(state.parameters)) if len(state.parameters) else state.slots
        return tuple(slot[start : start + node.size].reshape(node.shape) for slot in slots)

    def parameters_in(self, state: State) -> dict[str, np.ndarray]:
        """The updated parameters in a state of this plan."""
        starts = ((id, self._executor.start_of(id), self.graph[id]) for id in self.updated)
        return {id: state.parameters[at : at + node.size].reshape(node.shape) for id, at, node in starts}

    def set_optimizer(self, optimizer: Optimizer) -> None:
        """Other settings; the same kind keeps its slots, another kind starts with fresh ones."""
        if self.optimizer is None or optimizer.kind != self.optimizer.kind:
            self._executor.reset_slots(len(optimizer.slots))
        for plan in self._family:
            plan._turn_to(optimizer)

    def _turn_to(self, optimizer: Optimizer) -> None:
        """Forget what is compiled of another optimizer's steps."""
        moves = self._moves_of(optimizer)
        stale = {self.length, *self.moves.values(), *moves.values()}
        self.optimizer, self.moves = optimizer, moves
        self._compiled = {position: made for position, made in self._compiled.items() if position not in stale}
        kept = (span for span in self._joined if not any(span[0] <= position <= span[1] for position in stale))
        self._joined = {span: self._joined[span] for span in kept}

    def with_parameters(self, shown: Snapshot, state: State, ids: Iterable[str]) -> Snapshot:
        """A snapshot of this plan in which some parameters have the numbers that they have in a state."""
        values = shown.values.copy()
        for id in ids:
            start, place, size = self._executor.start_of(id), shown.offsets[id], self.graph[id].size
            values[place : place + size] = state.parameters[start : start + size]
        values.flags.writeable = False
        return replace(shown, values=values)

    def _moves_of(self, optimizer: Optimizer | None) -> Mapping[str, int]:
        """The position at which each parameter takes its step."""
        if optimizer is None:
            return {}
        return self._visits if optimizer.update_order == SEQUENTIAL else dict.fromkeys(self.updated, self.length)

    @cached_property
    def _visits(self) -> Mapping[str, int]:
        """The position at which the backward pass reaches each parameter that is updated."""
        updated, visits = frozenset(self.updated), enumerate(self.graph.schedule)
        return {at.node: position for position, at in visits if at.phase == "backward" and at.node in updated}

    def _moment(self, position: int) -> Any:
        if position not in self._compiled:
            self._compiled[position] = self._executor.compile(self._stage(position))
        return self._compiled[position]

    def _range(self, first: int, last: int) -> Any:
        if (first, last) not in self._joined:
            moments = [self._moment(position) for position in range(first, last + 1)]
            self._joined[first, last] = self._executor.join(moments)
        return self._joined[first, last]

    def _stage(self, position: int) -> list[Staged]:
        moment = self.graph.schedule[position]
        if moment.phase == "update":
            return self._stage_update()
        node = self.graph.visited(moment)
        if moment.phase == "forward":
            return [self._program.forward(self.graph.operation(node.id))]
        staged = [self._program.backward(node)]
        if self.optimizer is not None and self.moves.get(node.id) == position:
            staged += self._executor.stage_move(self.optimizer, node.id)
        return staged

    def _stage_update(self) -> list[Staged]:
        if self.optimizer is None:
            return []
        if self.optimizer.update_order == SEQUENTIAL:
            return [counting()]
        return self._executor.stage_update(self.optimizer)


def is_all_scalar(graph: Graph) -> bool:
    """Whether every node is one number, and every rule used works on single numbers only."""
    if any(node.shape for node in graph.nodes):
        return False
    program, seen = Program(graph), set()
    for node in graph.operations:
        key = (node.op, len(node.inputs), tuple(node.attributes.items()))
        if key not in seen:
            seen.add(key)
            tapes = [program.forward(node).tape]
            tapes += [program.backward(graph[id]).tape for id in node.inputs if graph.has_gradient(id)]
            if not all(is_scalar(tape) for tape in tapes):
                return False
    return True


__all__ = ["Plan", "Snapshot", "State"]
