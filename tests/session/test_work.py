"""The work of a move is what lies between two moments, whichever way it is cut."""

import pytest

from app.engine.graph import cost
from app.errors import BeyondLimit
from app.session.state import Cursor
from app.session.work import CALL, Work, check_work
from tests.session.problems import CLASSES, EXPRESSION, MAZUR, problem_of

WIDE = {
    **CLASSES,
    "layers": [{"kind": "dense", "units": 200}, {"kind": "dense", "units": 3}],
    "data": {"x": [[0.1, 0.2]] * 100, "y": [1] * 100},
}


@pytest.mark.parametrize("document", [EXPRESSION, MAZUR, WIDE], ids=["expression", "small", "wide"])
def test_parts_of_a_way_add_up(document: dict) -> None:
    graph = problem_of(document).graph
    work = Work(graph)
    begin, end = Cursor(3, 2), Cursor(5, 1)
    for position in range(graph.length + 1):
        middle = Cursor(4, position)
        assert work.between(begin, middle) + work.between(middle, end) == work.between(begin, end)


def test_going_back_within_an_iteration_is_no_work() -> None:
    assert Work(problem_of(MAZUR).graph).between(Cursor(2, 5), Cursor(2, 1)) == 0


def test_a_wide_network_costs_what_its_products_cost() -> None:
    graph = problem_of(WIDE).graph
    assert cost(graph) <= Work(graph).iteration <= 1.2 * cost(graph)


def test_calling_an_op_counts_however_little_it_computes() -> None:
    graph = problem_of(EXPRESSION).graph
    assert Work(graph).iteration >= graph.forward_end * CALL


def test_as_much_as_is_allowed_may_be_computed_and_no_more() -> None:
    check_work(10, 10)
    with pytest.raises(BeyondLimit, match="CHAINRULE_MAX_WORK"):
        check_work(11, 10)
