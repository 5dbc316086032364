"""The executor of graphs of arrays: NumPy calls on preallocated buffers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from app.engine.binding import ALIGNMENT, Binding, Bound, Scratch, aligned
from app.engine.feed import Fed, Feed, Picked
from app.engine.graph import Graph
from app.engine.optim import Optimizer, shrinking
from app.engine.program import Place, Staged
from app.engine.snapshot import Snapshot, State


class Carried:
    """What iterations hand on: updated parameters in a row, slots and steps. Several executors may share it."""

    def __init__(self, width: int) -> None:
        self.parameters, self.step = aligned(width), np.zeros(())
        self.reset_slots(0)

    def reset_slots(self, rows: int) -> None:
        width = len(self.parameters)
        self.slots = aligned(rows * width).reshape(rows, width)
        self.step[...] = 0


class Arrays:
    """NumPy buffers: all values in one arena and all gradients in another, updated parameters first and in a row.

    An executor made `beside` another one, for batches of another size, goes on from the same parameters and slots.
    """

    def __init__(self, graph: Graph, updated: tuple[str, ...], beside: Arrays | None = None) -> None:
        self.graph = graph
        self.offsets: dict[str, int] = {}
        total = 0
        moved = frozenset(updated)
        rest = (node.id for node in graph.nodes if node.id not in moved)
        for count, id in enumerate((*updated, *rest)):
            if count == len(updated):
                self._updated = slice(0, total)
            self.offsets[id] = total
            total += -(-graph[id].size // ALIGNMENT) * ALIGNMENT
        self.carried: Carried = beside.carried if beside else Carried(self._updated.stop)
        self._rest, self._gradients = aligned(total - self._updated.stop), aligned(total)
        self._saved: dict[Place, np.ndarray] = {}
        self._scratch = Scratch()
        self._value_of = [self._value_view(node.id) for node in graph.nodes]
        self._gradient_of = [self._view(self._gradients, node.id) for node in graph.nodes]
        for node, buffer in zip(graph.nodes, self._value_of, strict=True):
            if node.initial is not None and not (beside and node.id in moved):
                buffer[...] = node.initial

    def _view(self, arena: np.ndarray, id: str, begin: int = 0) -> np.ndarray:
        node, start = self.graph[id], self.offsets[id] - begin
        return arena[start : start + node.size].reshape(node.shape)

    def _value_view(self, id: str) -> np.ndarray:
        width = self._updated.stop
        is_updated = self.offsets[id] < width
        return self._view(self.carried.parameters, id) if is_updated else self._view(self._rest, id, width)

    def reset_slots(self, rows: int) -> None:
        self.carried.reset_slots(rows)

    def start_of(self, id: str) -> int:
        return self.offsets[id]

    def stage_update(self, optimizer: Optimizer) -> list[Staged]:
        """One update of the whole arena of updated parameters; the padding between them stays zero."""
        staged, shape = Staged(), (self._updated.stop,)
        if shape == (0,):
            return []
        step = staged.read(("step",), ()) + 1.0
        w, g = staged.read(("parameters",), shape), staged.read(("gradients",), shape)
        if optimizer.clip_norm:
            g = g * shrinking(optimizer, g @ g)
        slots = [staged.read(("slot", row), shape) for row in range(len(optimizer.slots))]
        w, *slots = optimizer.update(w, g, step, *slots)
        staged.results += [(w, ("parameters",)), (step, ("step",))]
        staged.results += [(slot, ("slot", row)) for row, slot in enumerate(slots)]
        return [staged]

    def stage_move(self, optimizer: Optimizer, id: str) -> list[Staged]:
        staged, number, shape = Staged(), self.graph.position(id), self.graph[id].shape
        places: list[Place] = [("slot", row, number) for row in range(len(optimizer.slots))]
        w, g = staged.read(("value", number), shape), staged.read(("gradient", number), shape)
        step = staged.read(("step",), ()) + 1.0
        results = optimizer.update(w, g, step, *(staged.read(place, shape) for place in places))
        staged.results += zip(results, [("value", number), *places], strict=True)
        return [staged]

    def _memory(self, place: Place, like: Any) -> np.ndarray:
        rest: list[int]
        kind, *rest = place
        if kind == "value":
            return self._value_of[rest[0]]
        if kind == "gradient":
            return self._gradient_of[rest[0]]
        if place not in self._saved:
            self._saved[place] = self._allocate(kind, rest, like)
        return self._saved[place]

    def _allocate(self, kind: str, rest: list[int], like: Any) -> np.ndarray:
        if kind == "step":
            return self.carried.step
        if kind == "slot":
            row, *node = rest
            slot = self.carried.slots[row]
            return self._view(slot, self.graph.nodes[node[0]].id) if node else slot
        if kind == "saved":
            return aligned(int(np.size(like))).reshape(np.shape(like))
        return self.carried.parameters if kind == "parameters" else self._gradients[self._updated]

    def compile(self, staged: Sequence[Staged]) -> list[Bound]:
        calls: list[Bound] = []
        for part in staged:
            self._saved = {place: memory for place, memory in self._saved.items() if place[0] != "slot"}
            known = {symbol: self._memory(place, symbol) for symbol, place in part.known.items()}
            results = [(value, self._memory(place, value)) for value, place in part.results]
            calls += Binding(part.tape, known, results, self._scratch).calls
        return calls

    def join(self, programs: Sequence[list[Bound]]) -> list[Bound]:
        return [call for program in programs for call in program]

    def run(self, program: list[Bound]) -> None:
        with np.errstate(all="ignore"):
            for function, arguments in program:
                function(*arguments)

    def iterate(self, program: list[Bound], count: int, feed: Feed) -> np.ndarray:
        losses, loss = np.empty(count), self._value_of[-1]
        fed = [self._filler(id, numbers) for id, numbers in feed.items()]
        with np.errstate(all="ignore"):
            for number in range(count):
                for fill, numbers in fed:
                    fill(numbers[number])
                for function, arguments in program:
                    function(*arguments)
                losses[number] = loss
        return losses

    def _filler(self, id: str, numbers: Fed) -> tuple[Callable[[np.ndarray], Any], np.ndarray]:
        """What brings a leaf's numbers in, and what to give it for each iteration."""
        out = self._value_of[self.graph.position(id)]
        if isinstance(numbers, Picked):
            # Unless indices are clipped, NumPy buffers what it takes.
            return (lambda rows: numbers.source.take(rows, 0, out, "clip")), numbers.rows
        return partial(out.__setitem__, ...), numbers

    @property
    def loss(self) -> float:
        return float(self._value_of[-1])

    def load(self, id: str, value: Any) -> None:
        self._value_of[self.graph.position(id)][...] = value

    def value(self, id: str) -> np.ndarray:
        return self._value_of[self.graph.position(id)].copy()

    def copy(self, has_gradients: bool) -> Snapshot:
        values = np.concatenate((self.carried.parameters, self._rest))
        # Zeros that nobody writes to take up no memory.
        gradients = self._gradients.copy() if has_gradients else np.zeros(len(self._gradients))
        return Snapshot(self.graph, self.offsets, values, gradients)

    def state(self) -> State:
        carried = self.carried
        is_fresh = not carried.step and not carried.slots.any()
        slots = np.zeros(carried.slots.shape) if is_fresh else carried.slots.copy()
        return State(carried.parameters.copy(), slots, int(carried.step))

    def restore(self, state: State) -> None:
        self.carried.parameters[...] = state.parameters
        if not (is_blank(state.slots) and is_blank(self.carried.slots)):
            self.carried.slots[...] = state.slots
        self.carried.step[...] = state.step


def is_blank(numbers: np.ndarray) -> bool:
    """Whether all bits are 0. As long as nobody writes to such memory, it takes up none."""
    return not numbers.view(np.int64).any()
