"""One number derived: its value from its inputs, its gradient by the chain rule."""

import re
from html import unescape
from itertools import islice
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from app.engine.explain import terms
from app.engine.graph import Graph
from app.engine.ops import ROWS
from app.engine.plan import Plan
from app.engine.row import Example, Op
from app.nn.presets import PRESETS
from app.notation.derived import Derived, derived_gradient, derived_value, largest, local
from app.notation.writing import written
from app.session.explanation import Explanation
from app.session.moves import To
from app.session.service import Sessions
from app.views.origin import MOST_TERMS, Origin, origin
from tests.engine.graphs import of_row
from tests.session.memory import MemoryStore
from tests.session.test_explanation_order import DOCUMENTS as SEQUENTIAL
from tests.session.test_explanation_order import elements, sequential

LAYERS = {
    "kind": "layers",
    "inputs": 12,
    "layers": [{"kind": "dense", "units": 20, "activation": "tanh"}, {"kind": "dense", "units": 3}],
    "loss": "cross_entropy",
    "data": {"x": np.cos(np.arange(360.0)).reshape(30, 12).tolist(), "y": [row % 3 for row in range(30)]},
    "seed": 1,
}
MAZUR = {"kind": "preset", "name": "mazur"}
FAN_OUT = {
    "kind": "expression",
    "source": "a = 2.0\nb = a * a\nc = exp(b) + b / 3 - a\ng = c ** 2\nloss = maximum(g, b) * 1.0",
}


class Moment:
    """A session at a moment, asked for the origin of its numbers."""

    def __init__(self, spec: dict[str, Any], position: int | None = None, iteration: int = 0) -> None:
        self.sessions = Sessions(MemoryStore())
        self.picture = self.sessions.create(spec)
        end = self.picture.graph.backward_end if position is None else position
        self.picture = self.sessions.move(self.picture.id, To(iteration, end))

    def explanation(self, id: str, index: tuple[int, ...] = (), is_checked: bool = False):
        return self.sessions.explain(self.picture.id, id, index, is_checked)

    def origin(self, id: str, index: tuple[int, ...] = ()) -> Origin:
        return origin(self.picture, id, self.explanation(id, index))


def said(pieces: list[str]) -> str:
    """A line as it is read, fractions as quotients."""
    text = re.sub(r"<mfrac>(<mrow>.*?</mrow>)(<mrow>.*?</mrow>)</mfrac>", r"\1/\2", "".join(pieces))
    return unescape(re.sub(r"<[^>]*>", "", text))


def lines(derived: Derived | None) -> list[str]:
    assert derived is not None
    return [said([derived.left]), *(said(line) for line in derived.lines)]


def test_a_weighted_sum_is_shown_in_symbols_in_numbers_part_by_part_and_as_a_result() -> None:
    assert lines(Moment(MAZUR).origin("z1", (0, 1)).value) == [
        "z1[0,1]", "x[0,0]·W1[1,0]+x[0,1]·W1[1,1]+b1[1]", "0.05·0.25+0.1·0.3+0.35", "0.0125+0.03+0.35", "0.3925",
    ]  # fmt: skip


def test_the_fork_of_a_gradient_is_a_sum_over_all_numbers_that_are_reached() -> None:
    assert lines(Moment(MAZUR).origin("a1", (0, 0)).gradient) == [
        "∂loss/∂a1[0,0]",
        "∂loss/∂z2[0,0]·∂z2[0,0]/∂a1[0,0]+∂loss/∂z2[0,1]·∂z2[0,1]/∂a1[0,0]",
        "0.138498562·0.4+(−0.038098237)·0.5",
        "0.055399425+(−0.019049118)",
        "0.036350306",
    ]


def test_what_reaches_the_loss_itself_is_its_derivative_spelled_out() -> None:
    assert lines(Moment(MAZUR).origin("a2", (0, 0)).gradient) == [
        "∂loss/∂a2[0,0]", "a2[0,0]−y[0,0]", "0.75136507−0.01", "0.74136507",
    ]  # fmt: skip


def test_the_loss_shows_what_each_output_adds_to_it() -> None:
    found = lines(Moment(MAZUR).origin("loss").value)
    assert found[-2:] == ["0.274811083+0.023560026", "0.298371109"]


def test_each_term_has_its_local_derivative_spelled_out() -> None:
    moment = Moment(MAZUR)
    assert [[said(step) for step in term.spelled] for term in moment.origin("a1", (0, 0)).terms] == [
        ["W2[0,0]"], ["W2[1,0]"],
    ]  # fmt: skip
    (term,) = moment.origin("z2", (0, 0)).terms
    assert [said(step) for step in term.spelled] == ["a2[0,0]·(1−a2[0,0])", "0.75136507·(1−0.75136507)"]
    assert (term.upstream, term.local, term.product) == ("0.74136507", "0.186815602", "0.138498562")


def test_of_many_terms_the_largest_are_listed_and_the_others_counted_and_added_up() -> None:
    moment = Moment(LAYERS)
    explanation = moment.explanation("W1", (3, 4))
    shown = moment.origin("W1", (3, 4))
    products = sorted((term.product for term in explanation.terms), key=abs, reverse=True)
    listed, rest = largest(explanation.terms, MOST_TERMS, MOST_TERMS)
    assert (shown.count, len(shown.terms), shown.left_out.count) == (30, 12, 18)
    assert [term.product for term in listed] == pytest.approx(products[:12])
    assert sum(term.product for term in listed) + rest.total == pytest.approx(explanation.gradient, rel=1e-12)
    assert "data-count" in shown.gradient.lines[0][-1]


@pytest.mark.parametrize("spec", [LAYERS, FAN_OUT, {"kind": "preset", "name": "article"}])
@pytest.mark.parametrize("position", [None, 99])
def test_every_number_of_a_net_can_be_derived_before_and_after_the_update(spec, position: int | None) -> None:
    moment = Moment(spec)
    graph = moment.picture.graph
    if position:
        moment.picture = moment.sessions.move(moment.picture.id, To(0, graph.length))
    for node in graph.nodes:
        index = (0,) * len(node.shape)
        found = moment.origin(node.id, index)
        explanation = moment.explanation(node.id, index)
        assert (found.value is None) == (node.op is None)
        assert (found.gradient is None) == (node is graph.loss or explanation.gradient is None)
        for derived in filter(None, (found.value, found.gradient)):
            assert "qz" not in str(derived) and all(all(line) for line in derived.lines)


def test_what_is_not_computed_yet_is_not_derived() -> None:
    moment = Moment(MAZUR, position=1)
    graph = moment.picture.graph
    assert derived_value(graph, moment.explanation("z1", (0, 0))) is not None
    assert derived_value(graph, moment.explanation("a1", (0, 0))) is None
    assert derived_gradient(graph, moment.explanation("z1", (0, 0))) is None
    before = moment.origin("a1", (0, 0))
    assert [other.id for other in before.comes_from] == ["z1"]
    assert [other.id for other in before.flows_into] == ["z2"]
    assert (before.terms, before.total, before.count) == ((), "", 0)


def test_after_an_update_the_old_parameters_are_the_ones_that_made_the_numbers() -> None:
    moment = Moment(MAZUR)
    before = moment.origin("a1", (0, 0)), moment.origin("z2", (0, 0))
    moment.picture = moment.sessions.step(moment.picture.id)
    assert moment.picture.value("W2")[0, 0] == pytest.approx(0.35891648)
    after = moment.origin("a1", (0, 0)), moment.origin("z2", (0, 0))
    assert [one.gradient for one in after] == [one.gradient for one in before]
    assert [one.value for one in after] == [one.value for one in before]


def test_in_sequential_order_the_locals_have_the_parameters_that_the_backward_pass_found() -> None:
    moment = Moment({**PRESETS["mazur"].spec, "update_order": "sequential"})
    terms = moment.origin("a1", (0, 0)).terms
    assert [said(term.spelled[0]) for term in terms] == ["W2[0,0]", "W2[1,0]"]
    assert [term.local for term in terms] == ["0.35891648", "0.51130127"]


def shown(graph: Graph) -> SimpleNamespace:
    """The graph after a backward pass, with what an explanation asks of a picture."""
    plan = Plan(graph)
    plan.run(1, graph.backward_end)
    return SimpleNamespace(graph=graph, snapshot=plan.snapshot())


def explained(picture: SimpleNamespace, id: str, index: tuple[int, ...]) -> Explanation:
    graph, numbers = picture.graph, picture.snapshot
    value = float(numbers.value(id)[index])
    if not graph.has_gradient(id):
        return Explanation(id, index, value, None, before=picture)
    found = terms(graph, numbers.value, numbers.gradient, id, index)
    return Explanation(id, index, value, float(numbers.gradient(id)[index]), found, before=picture)


EXAMPLES = [(row, example) for row in ROWS for example in row.examples]


@pytest.mark.parametrize(
    ("row", "example"), EXAMPLES, ids=[f"{row.name}-{at}" for row in ROWS for at, _ in enumerate(row.examples)]
)
def test_every_op_is_derived_and_its_derivation_ends_with_its_number(row: Op, example: Example) -> None:
    picture = shown(of_row(row, example))
    for node in picture.graph.nodes:
        for index in islice(np.ndindex(*node.shape), 4):
            explanation = explained(picture, node.id, index)
            found = origin(picture, node.id, explanation)
            if node.op:
                assert lines(found.value)[-1] == written(explanation.value)
            if found.gradient:
                assert lines(found.gradient)[-1] == written(explanation.gradient)
            assert "qz" not in str(found)


@pytest.mark.parametrize(
    "source",
    [
        "x = 0.0\nloss = log(x)",
        "x = 800.0\nloss = exp(x) - exp(x)",
        "x = [1.0, 0.0]\nloss = sum(1 / x)",
        "x = [[3.0, 3.0, 1.0]]\nloss = max(x)",
        "x = 1\nloss = x ** 0.5 - x / 0",
    ],
)
def test_numbers_that_are_not_finite_are_derived_like_any_other(source: str) -> None:
    moment = Moment({"kind": "expression", "source": source})
    for node in moment.picture.graph.nodes:
        index = (0,) * len(node.shape)
        found = moment.origin(node.id, index)
        value = moment.explanation(node.id, index).value
        assert found.value is None or lines(found.value)[-1] == written(value)


def test_a_step_that_would_say_the_same_again_is_left_out() -> None:
    moment = Moment({"kind": "expression", "source": "x = 3.0\nh = x / 2\nc = x + 1\nloss = h + c"})
    assert lines(moment.origin("h").gradient) == ["∂loss/∂h", "1"]
    (through_h, through_c) = moment.origin("x").terms
    assert [said(step) for step in through_h.spelled] == ["1/2"]
    assert through_c.spelled == ()


def test_after_the_forward_pass_the_locals_are_known_and_the_upstream_is_awaited() -> None:
    graph = Moment(MAZUR).picture.graph
    moment = Moment(MAZUR, position=graph.forward_end)
    waiting = moment.origin("a1", (0, 0)).gradient
    assert not waiting.is_known
    assert lines(waiting) == [
        "∂loss/∂a1[0,0]",
        "∂loss/∂z2[0,0]·∂z2[0,0]/∂a1[0,0]+∂loss/∂z2[0,1]·∂z2[0,1]/∂a1[0,0]",
        "∂loss/∂z2[0,0]·0.4+∂loss/∂z2[0,1]·0.5",
    ]
    assert 'title="∂loss/∂z2[0, 0]"' in waiting.lines[1][0] and "NaN" not in str(waiting)
    assert Moment(MAZUR, position=graph.forward_end - 1).origin("a1", (0, 0)).gradient is None
    many = Moment(LAYERS, position=graph.forward_end).origin("W1", (3, 4)).gradient
    assert 'data-count="27" data-total=""' in many.lines[1][-1]


@pytest.mark.parametrize("document", SEQUENTIAL.values(), ids=SEQUENTIAL)
def test_in_sequential_order_a_local_derivative_is_spelled_out_with_the_numbers_it_was_taken_with(document) -> None:
    sessions = Sessions(MemoryStore())
    picture = sessions.step(sessions.create(sequential(document)).id, 2)
    for node, index in elements(picture):
        explanation = sessions.explain(picture.id, node, index, is_checked=False)
        for term in explanation.terms:
            assert local(picture.graph, explanation, term).value == pytest.approx(term.local, rel=1e-10, abs=1e-14)


def test_what_has_come_back_already_is_a_number() -> None:
    graph = Moment(MAZUR).picture.graph
    position = next(at for at, moment in enumerate(graph.schedule) if (moment.phase, moment.node) == ("backward", "z2"))
    waiting = Moment(MAZUR, position=position).origin("a1", (0, 0)).gradient
    assert lines(waiting)[-1] == "0.138498562·0.4+(−0.038098237)·0.5"
    assert not waiting.is_known
