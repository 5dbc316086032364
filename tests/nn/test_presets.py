"""Every printed digit of every worked example is reproduced, or is a misprint that the preset states."""

from functools import cache

import numpy as np
import pytest

from app.engine.explain import terms
from app.engine.ops import OPS
from app.engine.plan import Plan, Snapshot
from app.nn.expression import parse
from app.nn.preset import Printed, figures, half_a_unit
from app.nn.presets import PRESETS
from app.nn.problem import Problem, build
from app.nn.spec import parse_spec

STEP = 1e-4
FIGURES = [
    pytest.param(name, printed, id=f"{name}-{printed.iteration}-{printed.quantity}-{printed.name}-{number}")
    for name, preset in PRESETS.items()
    for number, printed in enumerate(preset.published)
]


@cache
def problem(name: str) -> Problem:
    return build(parse_spec({"kind": "preset", "name": name}))


@cache
def moments(name: str, iteration: int) -> tuple[Snapshot, Snapshot]:
    """An iteration before its update and after it."""
    made = problem(name)
    plan = Plan(made.graph, made.optimizer, made.frozen)
    if iteration:
        plan.iterate(iteration)
    plan.run(1, plan.graph.backward_end)
    before = plan.snapshot()
    plan.run(plan.length, plan.length)
    return before, plan.snapshot()


def computed(name: str, printed: Printed) -> float:
    """The number that stands where the source prints a figure."""
    before, after = moments(name, printed.iteration)
    return {
        "value": lambda: before.value(printed.node)[printed.index],
        "gradient": lambda: before.gradient(printed.node)[printed.index],
        "updated": lambda: after.value(printed.node)[printed.index],
        "local": lambda: term(before, printed).local,
        "term": lambda: term(before, printed).product,
        "share": lambda: share(before, printed),
        "central_difference": lambda: central_difference(before, printed),
    }[printed.quantity]()


def term(moment: Snapshot, printed: Printed):
    found = terms(moment.graph, moment.value, moment.gradient, printed.node, printed.index)
    return next(one for one in found if (one.consumer, one.index) == printed.via)


def share(moment: Snapshot, printed: Printed) -> float:
    loss = moment.graph[printed.node]
    column = [moment.value(id)[:, printed.index] for id in loss.inputs]
    return float(OPS[loss.op].value(*column))


def central_difference(moment: Snapshot, printed: Printed) -> float:
    losses = []
    for sign in (1, -1):
        plan = Plan(moment.graph)
        plan.load(printed.node, moment.value(printed.node) + sign * STEP)
        plan.run(1, moment.graph.forward_end)
        losses.append(float(plan.snapshot().value(moment.graph.loss.id)))
    return (losses[0] - losses[1]) / (2 * STEP)


def agrees(number: float, digits: str, tolerance: float | None) -> bool:
    # The last bits of a number of seventeen digits are the processor's.
    allowed = max(float(half_a_unit(digits)), 1e-12 * abs(number)) if tolerance is None else tolerance
    return bool(abs(number - float(digits)) <= allowed * (1 + 1e-9))


@pytest.mark.parametrize(("name", "printed"), FIGURES)
def test_every_printed_digit_is_reproduced_or_is_a_misprint(name: str, printed: Printed) -> None:
    number = computed(name, printed)
    assert agrees(number, printed.actual or printed.digits, printed.tolerance)
    if printed.digits is not None:
        assert agrees(number, printed.digits, printed.tolerance) is not printed.is_misprint


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_whose_source_is_wrong_or_silent_says_so(name: str) -> None:
    preset = PRESETS[name]
    if any(printed.actual for printed in preset.published):
        assert preset.notes


def test_the_article_has_its_twelve_mistakes() -> None:
    assert len(PRESETS["article"].notes) == 12 + 1


@pytest.mark.parametrize("name", PRESETS)
def test_presets_have_kebab_case_names_and_can_be_made_again_from_their_own_spec(name: str) -> None:
    assert name == name.lower() and set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")
    ours, again = problem(name), build(parse_spec(PRESETS[name].spec))
    assert [node.id for node in ours.graph.nodes] == [node.id for node in again.graph.nodes]
    assert ours.title == PRESETS[name].title


def test_mazurs_closing_loss_is_that_of_one_round_earlier() -> None:
    before, _ = moments("mazur", 9_999)
    assert agrees(float(before.value("loss")), "0.0000351085", None)


def test_mazurs_closing_figures_come_from_updating_the_output_weights_first() -> None:
    losses, outputs = mazur_sequentially(10_001)
    assert agrees(losses[1], "0.291027924", None)
    assert agrees(outputs[0], "0.015912196", None)
    assert agrees(outputs[1], "0.984065734", None)


def mazur_sequentially(rounds: int):
    """Mazur's network in plain NumPy, its second layer updated before the gradients of the first are taken."""
    x, y = np.array([0.05, 0.1]), np.array([0.01, 0.99])
    first, second = np.array([[0.15, 0.2], [0.25, 0.3]]), np.array([[0.4, 0.45], [0.5, 0.55]])
    losses = []
    for _ in range(rounds):
        hidden = 1 / (1 + np.exp(-(first @ x + 0.35)))
        output = 1 / (1 + np.exp(-(second @ hidden + 0.6)))
        losses.append(0.5 * ((output - y) ** 2).sum())
        delta = (output - y) * output * (1 - output)
        second = second - 0.5 * np.outer(delta, hidden)
        inner = (second.T @ delta) * hidden * (1 - hidden)
        first = first - 0.5 * np.outer(inner, x)
    return losses, output


def test_the_lectures_neuron_written_with_exp_gives_the_same_gradients() -> None:
    source = PRESETS["micrograd-neuron"].spec["source"]
    apart = source.replace("o = tanh(n)", "e = exp(2 * n)\no = (e - 1) / (e + 1)")
    plan = Plan(parse(apart))
    plan.run(1, plan.length - 1)
    for id, gradient in {"x1": -1.5, "w1": 1.0, "x2": 0.5, "w2": 0.0, "b": 0.5}.items():
        assert plan.snapshot().gradient(id) == pytest.approx(gradient, abs=2e-15)


def test_nielsens_badly_wrong_neuron_hardly_moves_at_first() -> None:
    quick, slow = (float(moments(name, 100)[0].value("a1")[0, 0]) for name in ("nielsen-a", "nielsen-b"))
    assert quick < 0.3 and slow > 0.9


def test_figures_are_read_from_rows_of_text() -> None:
    printed, other = figures("term", "∂E a1[0,0]>z2[0,1] -1.5 -1.25", "C loss - 3")
    assert (printed.node, printed.index, printed.via) == ("a1", (0, 0), ("z2", (0, 1)))
    assert (printed.digits, printed.actual, printed.is_misprint) == ("-1.5", "-1.25", True)
    assert not figures("value", "y a2 0.9 0.88")[0].is_misprint
    assert (other.digits, other.actual, other.is_misprint) == (None, "3", False)
    with pytest.raises(ValueError, match="not a place"):
        figures("value", "C a[0 1")


def test_the_articles_z1_is_what_its_printed_numbers_give() -> None:
    assert moments("article", 0)[0].value("z1").tolist() == [pytest.approx([0.31, 0.82], abs=1e-15)]


def test_half_a_unit_is_of_the_last_printed_place() -> None:
    assert [float(half_a_unit(digits)) for digits in ("0.25", "12", "1e3")] == [0.005, 0.5, 500.0]
