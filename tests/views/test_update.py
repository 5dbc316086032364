"""One number's update as a section of the panel: lines in symbols and in numbers, and what is remembered."""

import math

import pytest

from app.engine.optim import OPTIMIZERS
from app.engine.update_order import UPDATE_ORDERS
from app.session.moves import To
from app.session.reading import Reading
from app.session.service import Sessions
from app.views.scene import Scene
from app.views.update import UpdateSection, is_for, update
from tests.session.memory import MemoryStore
from tests.session.problems import MAZUR


def section(spec: dict, id: str, index: tuple[int, ...], position: int) -> UpdateSection:
    """The section about one number of the first iteration at a moment."""
    sessions = Sessions(MemoryStore())
    picture = sessions.move(sessions.create(spec).id, To(0, position))
    return update(Scene(picture, id, index, True, Reading.of(sessions, picture), lambda: None))


def end_of(spec: dict) -> int:
    """The position of the update."""
    return Sessions(MemoryStore()).create(spec).length


@pytest.mark.parametrize("kind", OPTIMIZERS)
def test_every_line_has_a_name_symbols_numbers_and_a_result(kind: str) -> None:
    spec = {**MAZUR, "optimizer": {"kind": kind, "weight_decay": 0.1}}
    shown = section(spec, "W1", (0, 1), end_of(spec))
    assert shown.when == "done" and shown.lines[-1].latex is None
    for line in shown.lines:
        assert line.left and line.symbols and len(line.result) == 1
        assert eval(line.text, {"sqrt": math.sqrt}) == pytest.approx(line.value, rel=1e-15)
        assert "NaN" not in "".join((*line.symbols, *line.numbers, *line.result))
    assert 'data-node="W1" data-index="0,1"' in "".join(shown.lines[-1].symbols)
    assert 'class="place gradient"' in "".join(shown.lines[0].symbols + shown.lines[1].symbols)


def test_plain_descent_is_what_the_textbook_writes() -> None:
    shown = section(MAZUR, "W2", (0, 0), end_of(MAZUR))
    (line,) = shown.lines
    assert (shown.before_text, shown.after_text, shown.count, shown.slots) == ("0.4", "0.35891648", 1, ())
    assert "<mn>0.4</mn>" in line.numbers[0]
    assert "<mn>0.5</mn>" in line.numbers[1] and "<mn>0.082167041</mn>" in line.numbers[1]
    assert line.result == ["<mn>0.35891648</mn>"]


def test_slots_are_shown_before_and_after_and_never_as_zero_where_they_are_not_known() -> None:
    spec = {**MAZUR, "optimizer": {"kind": "adam"}}
    done, early = section(spec, "W2", (0, 0), end_of(spec)), section(spec, "W2", (0, 0), 2)
    assert [(slot.name, slot.before_text) for slot in done.slots] == [("m", "0"), ("v", "0")]
    assert done.slots[0].after == pytest.approx(0.1 * 0.08216704056, rel=1e-9)
    assert [(slot.after, slot.after_text) for slot in early.slots] == [(None, None)] * 2
    assert (early.when, early.after, early.after_text, early.lines) == ("not run", None, None, ())


def test_only_another_order_than_the_usual_one_is_explained() -> None:
    assert section(MAZUR, "W1", (0, 0), 1).order_sentence == ""
    shown = section({**MAZUR, "update_order": "sequential"}, "W1", (0, 0), 1)
    assert (shown.order, shown.order_sentence) == ("sequential", UPDATE_ORDERS["sequential"].sentence)


def test_a_frozen_parameter_has_the_section_and_what_is_no_parameter_has_not() -> None:
    assert section(MAZUR, "b1", (0,), end_of(MAZUR)).when == "frozen"
    picture = Sessions(MemoryStore()).create(MAZUR)
    assert [id for id in ("W1", "b1", "x", "z1", "loss") if is_for(picture, picture.graph[id])] == ["W1", "b1"]
