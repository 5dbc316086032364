"""What only some nodes, moments and graphs have is refused of the others."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from app.engine.explain import local_formula
from app.engine.graph import Graph, GraphBuilder
from app.engine.ops import OPS
from app.engine.plan import Plan
from app.engine.reach import factor_of
from app.engine.row import Rule
from app.engine.why import causes


def made(value: Any) -> Graph:
    builder = GraphBuilder()
    builder.op("sum", [builder.op("abs", [builder.parameter("a", value)], "b")], "L")
    return builder.build()


GRAPH = made([1.0, 2.0])
REFUSED: dict[str, Callable[[], Any]] = {
    "a leaf is no operation": lambda: GRAPH.operation("a"),
    "at the start no node is visited": lambda: GRAPH.visited(GRAPH.schedule[0]),
    "the slope of an absolute value is no factor": lambda: factor_of(GRAPH.operation("b"), 0),
    "single numbers have no batches": lambda: Plan(made(1.0), beside=Plan(made(1.0))),
    "a value that is not computed": lambda: causes(
        GRAPH, lambda id: None, lambda id: np.array([np.nan, 1.0]), "a", (0,)
    ),
}


@pytest.mark.parametrize("ask", REFUSED.values(), ids=REFUSED)
def test_what_is_not_there_is_refused(ask: Callable[[], Any]) -> None:
    with pytest.raises(TypeError):
        ask()


@pytest.mark.parametrize("rule", [None, Rule(lambda g, y, x: g, "#g")])
def test_what_a_row_does_not_say_is_refused(rule: Rule | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(OPS, "sum", replace(OPS["sum"], rules=(rule,)))
    with pytest.raises(TypeError):
        local_formula(GRAPH, lambda id: np.ones(GRAPH[id].shape), "L", 0, (0,), ())
