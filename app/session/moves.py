"""Where a move goes: from a cursor to another one, by the graph's schedule alone. Nothing is clamped."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from typing import Literal

from app.engine.graph import Graph
from app.errors import N_, Invalid
from app.session.state import Cursor


@dataclass(frozen=True, slots=True)
class By:
    """So many ops, phases or iterations forward, or back where `count` is negative."""

    by: Literal["op", "phase", "iteration"]
    count: int = 1


@dataclass(frozen=True, slots=True)
class To:
    """Straight to one moment."""

    iteration: int
    position: int


Move = By | To


def target(graph: Graph, cursor: Cursor, move: Move) -> Cursor:
    """The moment a move leads to. Raises Invalid where there is no such moment."""
    if isinstance(move, To):
        return _absolute(graph, move)
    if move.by == "op":
        return _by_op(graph, cursor, move.count)
    return _by_end(_ends(graph, move.by), cursor, move.count)


def forward(graph: Graph, cursor: Cursor) -> Cursor:
    """The end of the forward pass of this iteration, or of the next one if this one is updated."""
    return Cursor(finished(graph, cursor), graph.forward_end)


def backward(graph: Graph, cursor: Cursor) -> Cursor:
    """The end of the backward pass of this iteration, or of the next one if this one is updated."""
    return Cursor(finished(graph, cursor), graph.backward_end)


def step(graph: Graph, cursor: Cursor, iterations: int) -> Cursor:
    """The end of the update that finishes so many iterations more."""
    if iterations < 1:
        template = N_("Expected a number of iterations from 1 on, got {came}.")
        raise Invalid(template, came=iterations, pointer="/iterations")
    return Cursor(finished(graph, cursor) + iterations - 1, graph.length)


def finished(graph: Graph, cursor: Cursor) -> int:
    """How many iterations are finished at the cursor; so, too, the first one an edit there can still apply to."""
    return cursor.iteration + (cursor.position == graph.length)


def _absolute(graph: Graph, move: To) -> Cursor:
    if move.iteration < 0:
        template = N_("Iterations count from 0; there is no iteration {came}.")
        raise Invalid(template, came=move.iteration, pointer="/iteration")
    if not 0 <= move.position <= graph.length:
        template = N_("An iteration of this graph has the positions 0 to {length}; there is no position {came}.")
        raise Invalid(template, length=graph.length, came=move.position, pointer="/position")
    return Cursor(move.iteration, move.position)


def _by_op(graph: Graph, cursor: Cursor, count: int) -> Cursor:
    moment = cursor.iteration * (graph.length + 1) + cursor.position + count
    if moment < 0:
        raise _before_first()
    return Cursor(*divmod(moment, graph.length + 1))


def _ends(graph: Graph, by: str) -> list[int]:
    """The positions in an iteration at which a phase, or the iteration itself, ends."""
    if by == "iteration":
        return [graph.length]
    return sorted({graph.forward_end, graph.backward_end, graph.length})


def _by_end(ends: list[int], cursor: Cursor, count: int) -> Cursor:
    if count == 0:
        return cursor
    passed = cursor.iteration * len(ends)
    if count > 0:
        end = passed + bisect_right(ends, cursor.position) + count - 1
    else:
        end = passed + bisect_left(ends, cursor.position) + count
    if end < 0:
        raise _before_first()
    iteration, place = divmod(end, len(ends))
    return Cursor(iteration, ends[place])


def _before_first() -> Invalid:
    return Invalid(N_("This move would lead to before the first moment of the run."), pointer="/count")
