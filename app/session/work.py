"""How much a move makes the server compute, and the refusal of too much."""

from __future__ import annotations

from itertools import accumulate

from app.engine.graph import Graph, Moment, forward_cost
from app.errors import N_, BeyondLimit
from app.nn.problem import Problem
from app.session.state import Cursor

CALL = 64
"""Elements that could be computed in the time it takes to call one op, however little it computes."""

WORK_PER_TERM = 10_000
"""Elements that could be computed in the time it takes to write down one term of an explanation."""


class Work:
    """Elements and products computed by a graph's iterations, by moment."""

    def __init__(self, graph: Graph) -> None:
        self._up_to = list(accumulate(moment_work(graph, moment) for moment in graph.schedule))
        self.forward = max(self._up_to[graph.forward_end], 1)
        self.iteration = max(self._up_to[-1], 1)

    def between(self, begin: Cursor, end: Cursor) -> int:
        """What is computed on the way from one moment to a later one."""
        whole = (end.iteration - begin.iteration) * self.iteration
        return max(whole + self._up_to[end.position] - self._up_to[begin.position], 0)


def moment_work(graph: Graph, moment: Moment) -> int:
    """Elements and products computed at one moment; a share sent back costs about as much as its op going forward."""
    if moment.phase == "start":
        return 0
    if moment.phase == "update":
        return CALL + sum(graph[id].size for id in graph.parameters)
    if moment.phase == "forward":
        return max(CALL, forward_cost(graph, graph[moment.node]))
    return sum(max(CALL, forward_cost(graph, user)) for user, _ in graph.flows(moment.node))


def check_work(work: int, most: int) -> None:
    """Raise BeyondLimit if one request would compute more than it may."""
    if work > most:
        template = N_("This would compute {came} elements and products; a request may compute {most} ({limit}).")
        raise BeyondLimit(template, came=work, most=most, limit="CHAINRULE_MAX_WORK")


def check_iteration(problem: Problem, most: int) -> None:
    """Refuse a session of which no request could compute a single iteration. Raises BeyondLimit with a pointer."""
    work = Work(problem.graph).iteration
    if work > most:
        template = N_("One iteration computes {came} elements and products; a request may compute {most} ({limit}).")
        pointer = "/batch_size" if problem.batches else ""
        raise BeyondLimit(template, came=work, most=most, limit="CHAINRULE_MAX_WORK", pointer=pointer)
