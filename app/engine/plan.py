"""A graph compiled once into calls on preallocated memory, which steps by moments and runs thousands of iterations.

Each moment is compiled when it is first wanted, and a whole iteration is the moments' own calls in a row: the numbers
a person steps through and the numbers a long run computes are the same bits. A plan belongs to one thread at a time;
what leaves it is copied.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from app.engine.graph import Graph
from app.engine.memory import ALIGNMENT, Binding, Bound, Scratch, aligned
from app.engine.optim import Optimizer
from app.engine.program import Place, Program, Staged
from app.engine.scalars import LINES_PER_FUNCTION, NAMES, Lines, Source, is_scalar


@dataclass(frozen=True, slots=True, eq=False)
class State:
    """What an iteration hands on to the next: updated parameters (flat), the optimizer's slots (a row each), steps."""

    parameters: np.ndarray
    slots: np.ndarray
    step: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Snapshot:
    """Copies of all values and gradients of a plan at one moment; which of them are computed yet is for the reader."""

    graph: Graph
    offsets: dict[str, int]
    values: np.ndarray
    gradients: np.ndarray

    def value(self, id: str) -> np.ndarray:
        return self._look(self.values, id)

    def gradient(self, id: str) -> np.ndarray:
        return self._look(self.gradients, id)

    def _look(self, flat: np.ndarray, id: str) -> np.ndarray:
        node, start = self.graph[id], self.offsets[id]
        return flat[start : start + node.size].reshape(node.shape)


class Executor(Protocol):
    """Memory for a graph's numbers and a way to run staged tapes on it."""

    offsets: dict[str, int]
    slots: Any
    step: Any

    def compile(self, staged: Sequence[Staged]) -> Any: ...
    def join(self, programs: Sequence[Any]) -> Any: ...
    def run(self, program: Any) -> None: ...
    def iterate(self, program: Any, count: int) -> np.ndarray: ...
    def stage_update(self, optimizer: Optimizer) -> list[Staged]: ...
    def reset_slots(self, rows: int) -> None: ...
    def load(self, id: str, value: Any) -> None: ...
    def copy(self) -> Snapshot: ...
    def state(self) -> State: ...
    def restore(self, state: State) -> None: ...


class Plan:
    """Runs the moments of one graph. `frozen` parameters have gradients but are never updated."""

    def __init__(self, graph: Graph, optimizer: Optimizer | None = None, frozen: frozenset[str] = frozenset()) -> None:
        self.graph = graph
        self.length = graph.length
        self.optimizer = optimizer
        updated = tuple(id for id in graph.parameters if id not in frozen and graph.has_gradient(id))
        self._program = Program(graph)
        self._executor: Executor = (Floats if is_all_scalar(graph) else Arrays)(graph, updated)
        self._executor.reset_slots(len(optimizer.slots) if optimizer else 0)
        self._compiled: dict[int, Any] = {}
        self._joined: dict[tuple[int, int], Any] = {}

    def run(self, first: int, last: int) -> None:
        """Runs the moments at positions `first` to `last`, both included, from 1 to `length`."""
        if last - first < ALIGNMENT:
            for position in range(first, last + 1):
                self._executor.run(self._moment(position))
        elif first <= last:
            self._executor.run(self._range(first, last))

    def run_moments(self, positions: Sequence[int]) -> None:
        """Runs single moments, for instance those that depend on a changed number."""
        for position in positions:
            self._executor.run(self._moment(position))

    def iterate(self, count: int) -> np.ndarray:
        """Runs whole iterations; returns the loss of each, as computed before its update."""
        return self._executor.iterate(self._range(1, self.length), count)

    def load(self, id: str, value: Any) -> None:
        """Overwrites the value of a node in place; the shape is kept."""
        self._executor.load(id, value)

    def snapshot(self) -> Snapshot:
        return self._executor.copy()

    def state(self) -> State:
        return self._executor.state()

    def restore(self, state: State) -> None:
        self._executor.restore(state)

    def set_optimizer(self, optimizer: Optimizer) -> None:
        """Other settings; the same kind keeps its slots, another kind starts with fresh ones."""
        if self.optimizer is None or optimizer.kind != self.optimizer.kind:
            self._executor.reset_slots(len(optimizer.slots))
        self.optimizer = optimizer
        self._compiled.pop(self.length, None)
        self._joined = {span: program for span, program in self._joined.items() if span[1] < self.length}

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
            return self._executor.stage_update(self.optimizer) if self.optimizer else []
        return [getattr(self._program, moment.phase)(self.graph[moment.node])]


def is_all_scalar(graph: Graph) -> bool:
    """Whether every node is one number, and every rule used works on single numbers only."""
    if any(node.shape for node in graph.nodes):
        return False
    program, seen = Program(graph), set()
    for node in graph.nodes:
        key = (node.op, len(node.inputs), tuple(node.attributes.items()))
        if node.kind == "op" and key not in seen:
            seen.add(key)
            tapes = [program.forward(node).tape]
            tapes += [program.backward(graph[id]).tape for id in node.inputs if graph.has_gradient(id)]
            if not all(is_scalar(tape) for tape in tapes):
                return False
    return True


class Arrays:
    """NumPy buffers: all values in one arena and all gradients in another, updated parameters first and in a row."""

    def __init__(self, graph: Graph, updated: tuple[str, ...]) -> None:
        self.graph, self.step = graph, np.zeros(())
        self.offsets: dict[str, int] = {}
        total = 0
        rest = (node.id for node in graph.nodes if node.id not in set(updated))
        for count, id in enumerate((*updated, *rest)):
            if count == len(updated):
                self._updated = slice(0, total)
            self.offsets[id] = total
            total += -(-graph[id].size // ALIGNMENT) * ALIGNMENT
        self._values, self._gradients = aligned(total), aligned(total)
        self.slots = np.zeros((0, 0))
        self._saved: dict[Place, np.ndarray] = {}
        self._scratch = Scratch()
        self._value_of = [self._view(self._values, id) for id in (node.id for node in graph.nodes)]
        self._gradient_of = [self._view(self._gradients, node.id) for node in graph.nodes]
        for node, buffer in zip(graph.nodes, self._value_of, strict=True):
            if node.initial is not None:
                buffer[...] = node.initial

    def _view(self, arena: np.ndarray, id: str) -> np.ndarray:
        node, start = self.graph[id], self.offsets[id]
        return arena[start : start + node.size].reshape(node.shape)

    def reset_slots(self, rows: int) -> None:
        width = self._updated.stop
        self.slots = aligned(rows * width).reshape(rows, width)
        self.step[...] = 0

    def stage_update(self, optimizer: Optimizer) -> list[Staged]:
        """One update of the whole arena of updated parameters; the padding between them stays zero."""
        staged, shape = Staged(), (self._updated.stop,)
        if shape == (0,):
            return []
        step = staged.read(("step",), ()) + 1.0
        w, g = staged.read(("parameters",), shape), staged.read(("gradients",), shape)
        slots = [staged.read(("slot", row), shape) for row in range(len(optimizer.slots))]
        w, *slots = optimizer.update(w, g, step, *slots)
        staged.results += [(w, ("parameters",)), (step, ("step",))]
        staged.results += [(slot, ("slot", row)) for row, slot in enumerate(slots)]
        return [staged]

    def _memory(self, place: Place, like: Any) -> np.ndarray:
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
            return self.step
        if kind == "slot":
            return self.slots[rest[0]]
        if kind == "saved":
            return aligned(int(np.size(like))).reshape(np.shape(like))
        return (self._values if kind == "parameters" else self._gradients)[self._updated]

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

    def iterate(self, program: list[Bound], count: int) -> np.ndarray:
        losses, loss = np.empty(count), self._value_of[-1]
        with np.errstate(all="ignore"):
            for number in range(count):
                for function, arguments in program:
                    function(*arguments)
                losses[number] = loss
        return losses

    def load(self, id: str, value: Any) -> None:
        self._value_of[self.graph.position(id)][...] = value

    def copy(self) -> Snapshot:
        return Snapshot(self.graph, self.offsets, self._values.copy(), self._gradients.copy())

    def state(self) -> State:
        return State(self._values[self._updated].copy(), self.slots.copy(), int(self.step))

    def restore(self, state: State) -> None:
        self._values[self._updated] = state.parameters
        self.slots[...] = state.slots
        self.step[...] = state.step


class Floats:
    """Python floats in lists, and generated lines of Python that work on them."""

    def __init__(self, graph: Graph, updated: tuple[str, ...]) -> None:
        self.graph = graph
        self.offsets = {node.id: position for position, node in enumerate(graph.nodes)}
        self._updated = [graph.position(id) for id in updated]
        self._values = [0.0 if node.initial is None else float(node.initial) for node in graph.nodes]
        self._gradients = [0.0] * len(graph.nodes)
        self._saved: list[float] = []
        self._saved_at: dict[Place, int] = {}
        self.step, self.slots = [0.0], []
        self._names = dict(NAMES)

    def reset_slots(self, rows: int) -> None:
        self.slots[:] = [0.0] * (rows * len(self._updated))
        self.step[0] = 0.0

    def stage_update(self, optimizer: Optimizer) -> list[Staged]:
        """One update a parameter; the step is counted first."""
        counted = Staged()
        counted.results.append((counted.read(("step",), ()) + 1.0, ("step",)))
        return [counted, *(self._stage_one(optimizer, order) for order in range(len(self._updated)))]

    def _stage_one(self, optimizer: Optimizer, order: int) -> Staged:
        staged, node, width = Staged(), self._updated[order], len(self._updated)
        places: list[Place] = [("slot", row * width + order) for row in range(len(optimizer.slots))]
        w, g = staged.read(("value", node), ()), staged.read(("gradient", node), ())
        results = optimizer.update(w, g, staged.read(("step",), ()), *(staged.read(place, ()) for place in places))
        staged.results += zip(results, [("value", node), *places], strict=True)
        return staged

    def _text(self, place: Place) -> str:
        kind, *rest = place
        if kind == "saved":
            number = self._saved_at.setdefault(place, len(self._saved))
            if number == len(self._saved):
                self._saved.append(0.0)
            return f"c[{number}]"
        return {"value": "v[%d]", "gradient": "g[%d]", "slot": "s[%d]", "step": "n[0]"}[kind] % tuple(rest)

    def compile(self, staged: Sequence[Staged]) -> list[Source]:
        lines: list[str] = []
        for part in staged:
            known = {symbol: self._text(place) for symbol, place in part.known.items()}
            lines += Lines(part.tape, known, [(x, self._text(place)) for x, place in part.results], self._names).lines
        return [Source(lines, self._names)]

    def join(self, programs: Sequence[list[Source]]) -> list[Source]:
        joined: list[Source] = []
        for source in (source for program in programs for source in program):
            if not joined or len(joined[-1].lines) + len(source.lines) > LINES_PER_FUNCTION:
                joined.append(Source([], self._names))
            joined[-1].lines.extend(source.lines)
        return joined

    def run(self, program: list[Source]) -> None:
        for source in program:
            source.function(self._values, self._gradients, self._saved, self.slots, self.step)

    def iterate(self, program: list[Source], count: int) -> np.ndarray:
        values, losses = self._values, np.empty(count)
        functions = [source.function for source in program]
        memory = values, self._gradients, self._saved, self.slots, self.step
        for number in range(count):
            for function in functions:
                function(*memory)
            losses[number] = values[-1]
        return losses

    def load(self, id: str, value: Any) -> None:
        self._values[self.offsets[id]] = float(value)

    def copy(self) -> Snapshot:
        return Snapshot(self.graph, self.offsets, np.array(self._values), np.array(self._gradients))

    def state(self) -> State:
        parameters = np.array([self._values[node] for node in self._updated])
        return State(parameters, np.array(self.slots), int(self.step[0]))

    def restore(self, state: State) -> None:
        for node, value in zip(self._updated, state.parameters.tolist(), strict=True):
            self._values[node] = value
        self.slots[:] = state.slots.tolist()
        self.step[0] = float(state.step)
