"""What computing takes, by moment, in about the time in which one element of an array is computed: a nanosecond.

Where arrays are small, calling NumPy takes longer than what it computes; single numbers are worked on by lines of
Python. The figures are those of ordinary processors, and on the safe side: products of matrices are faster.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from app.engine.graph import Graph, Moment, Operation, forward_cost
from app.engine.optim import Optimizer, shrinking
from app.engine.plan import is_all_scalar
from app.engine.program import Staged
from app.engine.update_order import SEQUENTIAL

NUMPY_CALL = 400
CALLS_OF_AN_OP = 2
"""Going forward, or for one share sent back."""
LINE = 64
"""A line of Python on single numbers."""


@dataclass(frozen=True, slots=True)
class Price:
    """What something costs in all, and the part of it in which no other thread of the process gets further."""

    total: int = 0
    held: int = 0

    def __add__(self, other: Price) -> Price:
        return Price(self.total + other.total, self.held + other.held)

    def __sub__(self, other: Price) -> Price:
        return Price(self.total - other.total, self.held - other.held)

    def __mul__(self, count: int) -> Price:
        return Price(count * self.total, count * self.held)


def moment_prices(graph: Graph, optimizer: Optimizer) -> list[Price]:
    """What each moment of a schedule costs."""
    is_scalar = is_all_scalar(graph)
    price = partial(op_price, graph, is_scalar=is_scalar)
    prices = [sum(map(price, ops_run(graph, moment)), Price()) for moment in graph.schedule[:-1]]
    return [*prices, update_price(graph, optimizer, is_scalar)]


def forward_price(graph: Graph) -> Price:
    """What a forward pass on arrays costs."""
    return sum((op_price(graph, node, is_scalar=False) for node in graph.operations), Price())


def ops_run(graph: Graph, moment: Moment) -> list[Operation]:
    """The ops whose rules run at a moment: one going forward, one for each share that is sent back."""
    if moment.phase == "forward":
        return [graph.operation(graph.visited(moment).id)]
    return [user for user, _ in graph.flows(graph.visited(moment).id)] if moment.phase == "backward" else []


def op_price(graph: Graph, node: Operation, is_scalar: bool) -> Price:
    """What an op costs going forward; a share sent back costs about the same. Others go on while NumPy computes."""
    computed, called = max(LINE, forward_cost(graph, node)), CALLS_OF_AN_OP * NUMPY_CALL
    return Price(computed, computed) if is_scalar else Price(computed + called, called)


def update_price(graph: Graph, optimizer: Optimizer, is_scalar: bool) -> Price:
    """What one update costs: the calls of the optimizer's rule, on each number, each parameter, or on all in a row."""
    calls, sizes = rule_calls(optimizer), [graph[id].size for id in graph.parameters]
    if is_scalar:
        return Price(LINE, LINE) * (calls * len(sizes))
    rows = len(sizes) if optimizer.update_order == SEQUENTIAL else 1
    return Price(rows * NUMPY_CALL + sum(sizes), rows * NUMPY_CALL) * calls


def rule_calls(optimizer: Optimizer) -> int:
    """How many calls an optimizer's rule is, clipping by the norm counted."""
    staged = Staged()
    w, g, step, *slots = (staged.read(("slot", place), ()) for place in range(3 + len(optimizer.slots)))
    optimizer.update(w, g * shrinking(optimizer, g * g) if optimizer.clip_norm else g, step, *slots)
    return len(staged.tape.calls)
