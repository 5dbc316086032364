import re
from typing import Any

import pytest

from app.engine.formula import Named, Place
from app.pages.derivation.blocks import About, Facts, Heading, Paragraph, blocks
from app.pages.derivation.document import derivation
from app.pages.derivation.page import PageWriting
from app.pages.derivation.parts import Derivation, Equation
from app.pages.derivation.typesetting import LatexWriting
from app.session.service import Sessions
from tests.session.memory import MemoryStore
from tests.views.pictures import COLAH


def written(spec: dict[str, Any] | str, digits: int = 6) -> Derivation:
    """The document about the first iteration of a text, or of a spec."""
    sessions = Sessions(MemoryStore())
    document = {"kind": "expression", "source": spec} if isinstance(spec, str) else spec
    return derivation(sessions.derive(sessions.create(document).id), digits)


def equation_of(document: Derivation, phase: str, node: str) -> Equation:
    """The first equation about a node in one pass."""
    passed = getattr(document, phase)
    return next(part for part in passed.parts if part.node.id == node).equations[0]


def page_lines(document: Derivation, equation: Equation) -> list[tuple[str, str]]:
    """The signs of an equation's lines, and what follows them, without markup."""
    write = PageWriting(document.graph, document.digits, lambda count: f"{count} more")
    return [(sign, re.sub("<[^>]*>", "", "".join(pieces))) for sign, pieces in write.lines(equation)]


def latex_rows(document: Derivation, equation: Equation) -> list[str]:
    return LatexWriting(document.graph, document.digits, lambda count: f"{count} more").rows(equation)


def test_a_value_is_written_in_symbols_in_numbers_and_as_a_result():
    document = written(COLAH)
    assert page_lines(document, equation_of(document, "forward", "e")) == [("=", "c·d"), ("=", "3·2"), ("=", "6")]


def test_a_gradient_with_several_terms_is_also_written_term_by_term():
    document = written(COLAH)
    assert latex_rows(document, equation_of(document, "backward", "b")) == [
        r"\frac{\partial e}{\partial b} &= \frac{\partial e}{\partial c} + \frac{\partial e}{\partial d}",
        " &= 2 + 3",
        " &= 5",
    ]


def test_the_loss_needs_no_reason_for_its_gradient_of_1():
    document = written(COLAH)
    loss = equation_of(document, "backward", "e")
    assert loss.formula is None and page_lines(document, loss) == [("=", "1")]


def test_a_local_derivative_of_the_loss_is_not_multiplied_by_1():
    document = written(COLAH)
    assert page_lines(document, equation_of(document, "backward", "c")) == [("=", "d"), ("=", "2")]


def test_an_update_gives_a_new_value():
    document = written(COLAH)
    update = equation_of(document, "update", "a")
    assert latex_rows(document, update)[0].startswith(r"a &\leftarrow a - \eta \cdot \frac{\partial e}{\partial a}")
    assert isinstance(update.target, Place) and update.target.number == pytest.approx(1.8) and update.title == ""


def test_an_update_of_several_steps_says_what_each_is_for():
    spec = {"kind": "expression", "source": COLAH, "optimizer": {"kind": "adam"}}
    part = written(spec).update.parts[0]
    assert len(part.equations) == 5 and all(equation.title for equation in part.equations)
    assert isinstance(part.equations[0].target, Named) and isinstance(part.equations[-1].target, Place)


def test_a_line_says_that_it_is_rounded_only_where_a_number_was():
    document = written("a = 0.5\nb = 0.123456789\nc = a * b\nd = c * 1")
    lines = equation_of(document, "forward", "c").lines
    assert [line.is_rounded for line in lines] == [False, True, True]
    exact = written("a = 0.1\nb = a + 0.2\nc = b * 1")
    assert not any(line.is_rounded for line in equation_of(exact, "forward", "b").lines)


def test_long_sums_keep_their_largest_parts_and_count_the_rest():
    document = written(f"w = 1.0\nx = input({list(range(1, 401))})\nloss = sum(w * x)")
    formula = equation_of(document, "forward", "loss").formula
    assert [part.value for part in formula.parts] == [400.0, 399.0, 398.0, 397.0, sum(range(1, 397))]
    shares, rest = document.backward.parts[-1].shares[0]
    assert rest is not None and rest.count + len(shares) == 400


def test_a_person_who_reads_the_page_is_not_led_away_from_it():
    document = written(COLAH)
    write = PageWriting(document.graph, 6, str)
    pieces = [piece for _, line in write.lines(equation_of(document, "forward", "e")) for piece in line]
    assert "data-node" not in "".join(pieces) and "title=" not in "".join(pieces)


def test_the_blocks_follow_the_iteration():
    found = list(blocks(written(COLAH)))
    assert [block.id for block in found if isinstance(block, Heading) and block.id] == [
        "settings", "given", "forward", "backward", "update",
    ]  # fmt: skip
    assert [block.node for block in found if isinstance(block, About)] == [*"cde", *"edcba", *"ab"]


def test_what_an_op_does_is_said_once():
    found = [block.words.template for block in blocks(written(COLAH)) if isinstance(block, Paragraph)]
    assert sum(template.startswith("Adds;") for template in found) == 1


def test_a_number_that_is_not_finite_is_written_and_named():
    document = written("a = 0.0\nb = log(a)\nc = b * 2")
    assert document.first_non_finite == "b"
    assert page_lines(document, equation_of(document, "forward", "b"))[-1] == ("=", "−∞")


def test_a_schedule_is_named_beside_its_numbers():
    schedule = {"kind": "warmup", "total_iters": 3}
    spec = {"kind": "expression", "source": COLAH, "optimizer": {"kind": "sgd", "schedule": schedule}}
    (found,) = [block.rows for block in blocks(written(spec)) if isinstance(block, Facts)]
    said = {label.template: value for label, value in found}
    assert said["schedule of the rate"].template == "warm-up, then constant" and said["iterations of warm-up"] == 3.0
    (plain,) = [block.rows for block in blocks(written(COLAH)) if isinstance(block, Facts)]
    assert "schedule of the rate" not in {label.template for label, _ in plain}
