"""Whoever is raced computes the same thing: losses and gradients of our plan are those of nets written by hand."""

import pytest

from tests.benchmarks.handwritten import Allocating, Preallocated
from tests.benchmarks.nets import NETS, Planned
from tests.benchmarks.race import require_agreement
from tests.benchmarks.scalars import (
    THREE_HUNDRED,
    ObjectExpression,
    PlannedExpression,
    UfuncExpression,
    Value,
    written_out_network,
)


@pytest.mark.parametrize("net", NETS, ids=lambda net: net.title)
def test_the_plan_trains_as_nets_written_by_hand_do(net):
    by_hand = {"everything": Preallocated(net, True), "lean": Preallocated(net, False), "textbook": Allocating(net)}
    assert require_agreement({"plan": Planned(net), **by_hand}) < 1e-12


def test_the_plan_trains_a_scalar_expression_as_an_engine_of_objects_does():
    expression = written_out_network(THREE_HUNDRED)
    objects = ObjectExpression(expression, Value, "number")
    racers = {"plan": PlannedExpression(expression), "ufuncs": UfuncExpression(expression), "objects": objects}
    assert require_agreement(racers) < 1e-12


def test_racers_that_disagree_are_not_raced():
    first, second = Planned(NETS[0]), Planned(NETS[0])
    second.iterate(1)
    with pytest.raises(AssertionError, match="late differs from plan"):
        require_agreement({"plan": first, "late": second})
