"""The work of a move is what lies between two moments, whichever way it is cut."""

import pytest

from app.engine.graph import cost
from app.engine.plan import Plan
from app.engine.price import NUMPY_CALL, Price, update_price
from app.errors import BeyondLimit
from app.nn.limits import Limits
from app.session.state import Cursor
from app.session.work import (
    CALL,
    Allowance,
    Prices,
    TooLong,
    Work,
    check_work,
    here,
    note_written,
    spend,
)
from tests.session.problems import CLASSES, EXPRESSION, MAZUR, problem_of

WIDE = {
    **CLASSES,
    "layers": [{"kind": "dense", "units": 200}, {"kind": "dense", "units": 3}],
    "data": {"x": [[0.1, 0.2]] * 100, "y": [1] * 100},
}
ARRAY = {"kind": "expression", "source": "a = [0.5, 0.5]\nb = sum(a)"}
OPTIMIZERS = [
    {"kind": "sgd", "learning_rate": 0.1},
    {"kind": "sgd", "learning_rate": 0.1, "momentum": 0.9, "weight_decay": 0.1},
    {"kind": "rmsprop", "learning_rate": 0.1},
    {"kind": "adam", "learning_rate": 0.1, "clip_value": 1.0},
    {"kind": "adamw", "learning_rate": 0.1, "clip_norm": 1.0},
    {"kind": "adamw", "learning_rate": 0.1, "schedule": {"kind": "cosine", "t_max": 100}},
]


@pytest.mark.parametrize("document", [EXPRESSION, MAZUR, WIDE], ids=["expression", "small", "wide"])
def test_parts_of_a_way_add_up(document: dict) -> None:
    problem = problem_of(document)
    prices, length = Prices(problem.graph, problem.optimizer), problem.graph.length
    begin, end = Cursor(3, 2), Cursor(5, 1)
    for position in range(length + 1):
        middle = Cursor(4, position)
        assert prices.between(begin, middle) + prices.between(middle, end) == prices.between(begin, end)


def test_going_back_within_an_iteration_costs_nothing() -> None:
    problem = problem_of(MAZUR)
    assert Prices(problem.graph, problem.optimizer).between(Cursor(2, 5), Cursor(2, 1)) == Price()


def test_a_wide_network_costs_what_its_products_cost() -> None:
    problem = problem_of(WIDE)
    least = cost(problem.graph)
    assert (
        least
        <= Work(problem.graph).iteration
        <= Prices(problem.graph, problem.optimizer).iteration.total
        <= 1.2 * least
    )


def test_others_go_on_while_a_wide_network_computes() -> None:
    problem = problem_of(WIDE)
    price = Prices(problem.graph, problem.optimizer).iteration
    assert price.held < price.total / 5


def test_a_small_network_costs_what_calling_numpy_costs() -> None:
    problem = problem_of(MAZUR)
    plan = Plan(problem.graph, problem.optimizer, problem.frozen)
    calls = len(plan._range(1, plan.length))
    assert 0.5 < Prices(problem.graph, problem.optimizer).iteration.total / (calls * NUMPY_CALL) < 2


@pytest.mark.parametrize("settings", OPTIMIZERS, ids=lambda settings: "-".join(map(str, settings.values())))
def test_an_update_costs_what_the_calls_of_its_rule_cost(settings: dict) -> None:
    problem = problem_of({**ARRAY, "optimizer": settings})
    plan = Plan(problem.graph, problem.optimizer, problem.frozen)
    calls = len(plan._moment(plan.length))
    assert 0.5 < update_price(problem.graph, problem.optimizer, is_scalar=False).total / (calls * NUMPY_CALL) < 2


def test_calling_an_op_counts_however_little_it_computes() -> None:
    graph = problem_of(EXPRESSION).graph
    assert Work(graph).iteration >= graph.forward_end * CALL


def test_ten_thousand_iterations_of_a_small_net_may_be_asked_for_at_once() -> None:
    problem = problem_of(MAZUR)
    check_work(Prices(problem.graph, problem.optimizer).iteration * 10_000, Limits.max_work)


def test_a_request_computes_so_much_here_and_no_more() -> None:
    token = here.set(Allowance(100))
    try:
        spend(Price(900, 60))
        note_written(7)
        with pytest.raises(TooLong) as handed_on:
            check_work(Price(41, 41), 1000)
        assert handed_on.value.written == 7
        spend(Price(40, 40))
    finally:
        here.reset(token)
    spend(Price(10**12, 10**12))


def test_what_cannot_be_handed_on_is_finished_here() -> None:
    token = here.set(Allowance(100))
    try:
        note_written()
        spend(Price(10**12, 10**12))
    finally:
        here.reset(token)


def test_as_much_as_is_allowed_may_be_computed_and_no_more() -> None:
    check_work(Price(10), 10)
    with pytest.raises(BeyondLimit, match="CHAINRULE_MAX_WORK"):
        check_work(Price(11), 10)
