"""The executor of graphs of single numbers: Python floats in lists, worked on by generated lines of Python."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from app.engine.feed import Fed, Feed
from app.engine.graph import Graph
from app.engine.optim import Optimizer, shrinking
from app.engine.program import Place, Staged, counting
from app.engine.scalars import LINES_PER_FUNCTION, NAMES, Lines, Source
from app.engine.snapshot import Snapshot, State

SHARE: Place = ("saved", "share")
"""Where the share of all gradients is kept that clipping by their norm leaves."""


class Floats:
    """Python floats in lists, and generated lines of Python that work on them."""

    def __init__(self, graph: Graph, updated: tuple[str, ...]) -> None:
        self.graph = graph
        self.offsets = {node.id: position for position, node in enumerate(graph.nodes)}
        self._order = {id: order for order, id in enumerate(updated)}
        self._updated = [graph.position(id) for id in updated]
        self._values = [0.0 if node.initial is None else float(node.initial) for node in graph.nodes]
        self._gradients = [0.0] * len(graph.nodes)
        self._saved: list[float] = []
        self._saved_at: dict[Place, int] = {}
        self.step = [0.0]
        self.slots: list[float] = []
        self._names = dict(NAMES)

    def reset_slots(self, rows: int) -> None:
        self.slots[:] = [0.0] * (rows * len(self._updated))
        self.step[0] = 0.0

    def start_of(self, id: str) -> int:
        return self._order[id]

    def stage_update(self, optimizer: Optimizer) -> list[Staged]:
        """One update a parameter; the step is counted first."""
        moved = (self._stage_one(optimizer, order, is_counted=True) for order in range(len(self._updated)))
        return [counting(), *(self._stage_shrinking(optimizer) if optimizer.clip_norm else ()), *moved]

    def stage_move(self, optimizer: Optimizer, id: str) -> list[Staged]:
        return [self._stage_one(optimizer, self.start_of(id), is_counted=False)]

    def _stage_shrinking(self, optimizer: Optimizer) -> list[Staged]:
        """By what all gradients are multiplied: the sum of their squares, one after the other, then the share."""
        parts = []
        for order, node in enumerate(self._updated):
            part = Staged()
            g = part.read(("gradient", node), ())
            squares = g * g if not order else part.read(SHARE, ()) + g * g
            part.results.append((squares, SHARE))
            parts.append(part)
        last = Staged()
        last.results.append((shrinking(optimizer, last.read(SHARE, ())), SHARE))
        return [*parts, last]

    def _stage_one(self, optimizer: Optimizer, order: int, is_counted: bool) -> Staged:
        staged, node, width = Staged(), self._updated[order], len(self._updated)
        places: list[Place] = [("slot", row * width + order) for row in range(len(optimizer.slots))]
        w, g = staged.read(("value", node), ()), staged.read(("gradient", node), ())
        if optimizer.clip_norm:
            g = g * staged.read(SHARE, ())
        step = staged.read(("step",), ())
        slots = [staged.read(place, ()) for place in places]
        results = optimizer.update(w, g, step if is_counted else step + 1.0, *slots)
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

    def iterate(self, program: list[Source], count: int, feed: Feed) -> np.ndarray:
        values, losses = self._values, np.empty(count)
        fed = [(self.offsets[id], _listed(numbers)) for id, numbers in feed.items()]
        functions = [source.function for source in program]
        memory = values, self._gradients, self._saved, self.slots, self.step
        for number in range(count):
            for place, numbers in fed:
                values[place] = numbers[number]
            for function in functions:
                function(*memory)
            losses[number] = values[-1]
        return losses

    @property
    def loss(self) -> float:
        return self._values[-1]

    def load(self, id: str, value: Any) -> None:
        self._values[self.offsets[id]] = float(value)

    def value(self, id: str) -> np.ndarray:
        return np.array(self._values[self.offsets[id]])

    def copy(self, has_gradients: bool) -> Snapshot:
        return Snapshot(self.graph, self.offsets, np.array(self._values), np.array(self._gradients))

    def state(self) -> State:
        parameters = np.array([self._values[node] for node in self._updated])
        return State(parameters, np.array(self.slots), int(self.step[0]))

    def restore(self, state: State) -> None:
        for node, value in zip(self._updated, state.parameters.tolist(), strict=True):
            self._values[node] = value
        self.slots[:] = state.slots.tolist()
        self.step[0] = float(state.step)


def _listed(numbers: Fed) -> list[float]:
    listed: list[float] = (numbers if isinstance(numbers, np.ndarray) else numbers.stacked()).tolist()
    return listed
