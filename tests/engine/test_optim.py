"""Every optimizer's update of one number, written out line by line, against the engine's own."""

import math

import numpy as np
import pytest

from app.engine.formula import Named, Place
from app.engine.optim import SGD, Adam, AdamW, norm_of
from app.engine.plan import Plan
from app.engine.schedule import Constant, Step
from tests.engine.figures import network, optimizer_of, torch_figures
from tests.engine.graphs import random_scalars

SETTINGS = [(figures["kind"], figures["hyperparameters"]) for figures in torch_figures()["optimizers"]]
SETTINGS += [("adam", {"beta1": 0.0}), ("adamw", {"weight_decay": 0.0}), ("sgd", {"learning_rate": 0.0})]
UPDATES = 50


def assert_same_update(ours: float, engine: float, before: float) -> None:
    """Equal to 1e-12 of the update, or as near as numbers of this size can be."""
    rounding = 2 * np.spacing(max(abs(before), abs(engine)))
    assert abs(ours - engine) <= 1e-12 * abs(engine - before) + rounding


@pytest.mark.parametrize(("kind", "hyperparameters"), SETTINGS)
@pytest.mark.parametrize("graph", [network(torch_figures()["network"]), random_scalars(5)], ids=["arrays", "scalars"])
def test_the_lines_of_an_update_lead_to_the_number_and_the_slots_of_the_engine(graph, kind, hyperparameters):
    optimizer = optimizer_of(kind, hyperparameters)
    plan = Plan(graph, optimizer)
    for count in range(1, UPDATES + 1):
        plan.run(1, graph.backward_end)
        before, slots = plan.snapshot(), plan.state()
        plan.run(graph.length, graph.length)
        after, kept = plan.snapshot(), plan.state()
        for id in graph.parameters:
            index = (0,) * len(graph[id].shape)
            w = Place(id, index, float(before.value(id)[index]))
            g = Place(id, index, float(before.gradient(id)[index]), is_gradient=True)
            norm = norm_of(before.gradient(id) for id in graph.parameters)
            steps = optimizer.steps(w, g, count, *plan.number_in(slots, id, index)[1], norm=norm)
            assert_same_update(steps[-1].value, float(after.value(id)[index]), w.number)
            assert (steps[-1].target.node, steps[-1].target.index) == (id, index)
            named = {step.target.latex: step.value for step in steps if isinstance(step.target, Named)}
            for slot, number in zip(optimizer.slots, plan.number_in(kept, id, index)[1], strict=True):
                assert named.get(slot.latex, 0.0) == pytest.approx(number, rel=1e-12, abs=0)


@pytest.mark.parametrize(("kind", "hyperparameters"), SETTINGS)
def test_each_line_gives_what_its_formula_computes(kind, hyperparameters):
    optimizer = optimizer_of(kind, hyperparameters)
    steps = optimizer.steps(Named("w", 0.5), Named("g", -2.0), 3, *(0.25 for _ in optimizer.slots), norm=4.0)
    assert all(step.value == step.formula.value for step in steps)
    assert all(step.title for step in steps)


def lines(optimizer) -> list[str]:
    """The names that get a number, in order."""
    steps = optimizer.steps(Named("w", 0.5), Named("g", -2.0), 1, *(0.0 for _ in optimizer.slots))
    return [step.target.latex for step in steps]


def test_a_schedule_and_clipping_add_lines_of_their_own_and_a_constant_rate_none():
    assert lines(SGD(0.1, schedule=Step(5, 0.5))) == [r"\eta_t", "w"]
    assert lines(Adam(clip_norm=1.0, schedule=Constant())) == ["c", "g", "m", "v", r"\hat{m}", r"\hat{v}", "w"]
    assert lines(SGD(0.1, clip_value=1.0)) == ["g", "w"]


def test_plain_descent_is_one_line_and_every_setting_that_is_on_adds_its_own():
    assert lines(SGD(0.1)) == ["w"]
    assert lines(SGD(0.1, momentum=0.9)) == ["b", "w"]
    assert lines(SGD(0.1, momentum=0.9, weight_decay=0.1)) == ["g", "b", "w"]
    assert lines(Adam(weight_decay=0.1)) == ["g", "m", "v", r"\hat{m}", r"\hat{v}", "w"]
    assert lines(AdamW()) == ["w", "m", "v", r"\hat{m}", r"\hat{v}", "w"]


def test_the_first_step_of_adam_is_the_learning_rate_against_the_sign_of_the_gradient():
    *_, mean, square, new = Adam(0.1, epsilon=0.0).steps(Named("w", 1.0), Named("g", -3.0), 1, 0.0, 0.0)
    assert mean.value == pytest.approx(-3.0) and square.value == pytest.approx(9.0)
    assert new.value == pytest.approx(1.1)


def test_a_step_divided_by_nothing_is_not_finite_and_no_error():
    *_, new = Adam(0.1, epsilon=0.0).steps(Named("w", 1.0), Named("g", 0.0), 1, 0.0, 0.0)
    assert math.isnan(new.value)
