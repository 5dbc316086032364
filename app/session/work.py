"""What a request makes the server compute, and the refusal of too much.

*Work* counts elements and products. Its *price* counts, in the same unit, the calls as well (`engine.price`).
"""

from __future__ import annotations

import sys
from contextvars import ContextVar
from dataclasses import dataclass, field
from itertools import accumulate

from app.engine.graph import Graph, Moment, forward_cost
from app.engine.optim import Optimizer
from app.engine.price import Price, moment_prices, ops_run
from app.errors import N_, BeyondLimit
from app.nn.problem import Problem
from app.session.state import Cursor

CALL = 64
"""The least work of a moment."""

SMALL = 16 * 2**20
"""Bytes that a request may need whatever others need."""
PRICE_OF_A_TERM = Price(10_000, 10_000)
"""What it costs to write down one term of an explanation."""


class Work:
    """Elements and products computed by a graph's iterations, by moment. Checkpoints and gauges are spaced by it."""

    def __init__(self, graph: Graph) -> None:
        up_to = list(accumulate(moment_work(graph, moment) for moment in graph.schedule))
        self.forward = max(up_to[graph.forward_end], 1)
        self.iteration = max(up_to[-1], 1)


class Prices:
    """What a graph's iterations cost, by moment."""

    def __init__(self, graph: Graph, optimizer: Optimizer) -> None:
        self._up_to = list(accumulate(moment_prices(graph, optimizer)))
        self.forward, self.iteration = self._up_to[graph.forward_end], self._up_to[-1]

    def between(self, begin: Cursor, end: Cursor) -> Price:
        """What the way from one moment to a later one costs."""
        if end <= begin:
            return Price()
        whole = self.iteration * (end.iteration - begin.iteration)
        return whole + self._up_to[end.position] - self._up_to[begin.position]


def moment_work(graph: Graph, moment: Moment) -> int:
    """Elements and products computed at one moment; a share sent back costs about as much as its op forward."""
    if moment.phase == "start":
        return 0
    if moment.phase == "update":
        return CALL + sum(graph[id].size for id in graph.parameters)
    return sum(max(CALL, forward_cost(graph, op)) for op in ops_run(graph, moment))


class Postponed(Exception):
    """A request cannot go on as it is; it has to be answered anew, in another way.

    `written` is the version of a session that it has made already and that must not be made again.
    """

    def __init__(self, written: int | None) -> None:
        super().__init__()
        self.written = written


class TooLong(Postponed):
    """A request would compute longer than it may where it is answered; another process has to answer it."""


class TooMuch(Postponed):
    """A request needs much memory; of such ones, one is answered at a time."""


@dataclass
class Allowance:
    """How much a request may still compute here while others wait, whether it may need much memory, and the version
    of a session that it had `made` before it was put off or handed on. `written` is the one that it has made since.
    """

    left: int
    is_alone: bool = False
    made: int | None = None
    written: int | None = field(init=False)

    def __post_init__(self) -> None:
        self.written = self.made


here: ContextVar[Allowance | None] = ContextVar("here", default=None)
"""The allowance of the request being answered. Whoever has none may compute as long as it takes."""


def spend(price: Price) -> None:
    """Note that a request is about to compute so much. Raises TooLong, nothing being computed yet, if that is long."""
    allowance = here.get()
    if allowance is None:
        return
    if price.held > allowance.left:
        raise TooLong(allowance.written)
    allowance.left -= price.held


def is_made() -> bool:
    """Tell whether the request had made its version of a session before it was answered anew."""
    allowance = here.get()
    return allowance is not None and allowance.made is not None


def note_written(version: int | None = None) -> None:
    """Note that the request being answered has made a version of a session, or else what must be finished here."""
    if (allowance := here.get()) is not None:
        allowance.written = version
        if version is None:
            allowance.left, allowance.is_alone = sys.maxsize, True


def need_memory(size: int) -> None:
    """Note that a request is about to need so many bytes. Raises TooMuch, nothing being made yet, if that is much."""
    allowance = here.get()
    if allowance is not None and size > SMALL and not allowance.is_alone:
        raise TooMuch(allowance.written)


def check_work(price: Price, most: int) -> None:
    """Raise BeyondLimit if one request would compute more than it may, TooLong if that is too long for here."""
    if price.total > most:
        template = N_("This would compute {came} elements and products; a request may compute {most} ({limit}).")
        raise BeyondLimit(template, came=price.total, most=most, limit="CHAINRULE_MAX_WORK")
    spend(price)


def check_iteration(problem: Problem, most: int) -> None:
    """Refuse a session of which no request could compute a single iteration. Raises BeyondLimit with a pointer."""
    price = Prices(problem.graph, problem.optimizer).iteration.total
    if price > most:
        template = N_("One iteration computes {came} elements and products; a request may compute {most} ({limit}).")
        pointer = "/batch_size" if problem.batches else ""
        raise BeyondLimit(template, came=price, most=most, limit="CHAINRULE_MAX_WORK", pointer=pointer)
