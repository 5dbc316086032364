"""A worked example's page: every figure its source prints, beside the same number as it is computed here."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache

from app.engine.explain import Term, terms
from app.engine.plan import Plan
from app.engine.snapshot import Snapshot
from app.errors import N_
from app.nn.preset import Printed, half_a_unit
from app.nn.presets import PRESETS
from app.nn.problem import Problem, build
from app.nn.spec import parse_spec
from app.notation import numbers
from app.notation.naming import Name, textbook

STEP = 1e-4
LAST_BITS = 1e-12

QUANTITIES: Mapping[str, str] = {
    "value": N_("Values"),
    "share": N_("Shares of the loss, one for each output"),
    "gradient": N_("Gradients"),
    "local": N_("Local derivatives"),
    "term": N_("Terms: upstream × local"),
    "central_difference": N_("Central differences"),
    "updated": N_("Parameters after the update"),
}


@dataclass(frozen=True)
class Figure:
    """One printed number beside ours. `verdict` is agrees, differs, or silent where the source prints nothing."""

    name: str
    iteration: int
    node: Name
    index: str
    consumer: Name | None
    consumer_index: str
    printed: str | None
    computed: str
    verdict: str


@dataclass(frozen=True)
class FigureGroup:
    """Figures of one quantity."""

    quantity: str
    title: str
    figures: tuple[Figure, ...]


@cache
def problem_of(name: str) -> Problem:
    """The problem behind a preset."""
    return build(parse_spec({"kind": "preset", "name": name}))


@cache
def figure_groups(name: str) -> tuple[FigureGroup, ...]:
    """Every published figure of a preset beside ours: by quantity, then by iteration, then as the source has them."""
    preset = PRESETS[name]
    iterations = sorted({printed.iteration for printed in preset.published})
    found = {iteration: moments(problem_of(name), iteration) for iteration in iterations}
    by_quantity = {
        quantity: [printed for at in iterations for printed in preset.published
                   if (printed.iteration, printed.quantity) == (at, quantity)]
        for quantity in QUANTITIES
    }  # fmt: skip
    return tuple(
        FigureGroup(
            quantity,
            QUANTITIES[quantity],
            tuple(figure(found[printed.iteration][quantity == "updated"], printed) for printed in same),
        )
        for quantity, same in by_quantity.items()
        if same
    )


def moments(problem: Problem, iteration: int) -> tuple[Snapshot, Snapshot]:
    """An iteration before its update and after it."""
    plan = Plan(problem.graph, problem.optimizer, problem.frozen)
    if iteration:
        plan.iterate(iteration)
    plan.run(1, problem.graph.backward_end)
    before = plan.snapshot()
    plan.run(plan.length, plan.length)
    return before, plan.snapshot()


def figure(moment: Snapshot, printed: Printed) -> Figure:
    """One printed number beside ours."""
    number = float(COMPUTED[printed.quantity](moment, printed))
    consumer, place = printed.via or ("", ())
    return Figure(
        name=printed.name,
        iteration=printed.iteration,
        node=textbook(printed.node),
        index=numbers.index_text(printed.index),
        consumer=textbook(consumer) if consumer else None,
        consumer_index=numbers.index_text(place),
        printed=None if printed.digits is None else numbers.typeset(printed.digits),
        computed=numbers.exact(number),
        verdict=verdict(number, printed),
    )


def verdict(number: float, printed: Printed) -> str:
    """Whether our number rounds to the printed one."""
    if printed.digits is None:
        return "silent"
    # The last bits of a number of seventeen digits are the processor's.
    allowed = printed.tolerance or max(float(half_a_unit(printed.digits)), LAST_BITS * abs(number))
    return "agrees" if abs(number - float(printed.digits)) <= allowed * (1 + 1e-9) else "differs"


def term(moment: Snapshot, printed: Printed) -> Term:
    """What a number gets from the consumer that the figure names."""
    found = terms(moment.graph, moment.value, moment.gradient, printed.node, printed.index)
    return next(one for one in found if (one.consumer, one.index) == printed.via)


def share(moment: Snapshot, printed: Printed) -> float:
    """The loss of one output alone."""
    loss = moment.graph.operation(printed.node)
    return loss.row.value(*(moment.value(id)[:, printed.index] for id in loss.inputs))


def central_difference(moment: Snapshot, printed: Printed) -> float:
    """The slope of the loss across a small step to both sides."""
    losses = []
    for sign in (1, -1):
        plan = Plan(moment.graph)
        plan.load(printed.node, moment.value(printed.node) + sign * STEP)
        plan.run(1, moment.graph.forward_end)
        losses.append(plan.loss)
    return (losses[0] - losses[1]) / (2 * STEP)


COMPUTED: Mapping[str, Callable[[Snapshot, Printed], float]] = {
    "value": lambda moment, printed: moment.value(printed.node)[printed.index],
    "gradient": lambda moment, printed: moment.gradient(printed.node)[printed.index],
    "updated": lambda moment, printed: moment.value(printed.node)[printed.index],
    "local": lambda moment, printed: term(moment, printed).local,
    "term": lambda moment, printed: term(moment, printed).product,
    "share": share,
    "central_difference": central_difference,
}
