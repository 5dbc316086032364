import pytest

from app.engine.optim import OPTIMIZERS, SGD, Adam
from app.engine.update_order import UPDATE_ORDERS
from app.views.optimizer_form import optimizer_form


@pytest.mark.parametrize("kind", OPTIMIZERS)
def test_an_update_is_written_with_nothing_left_to_fill_in(kind: str) -> None:
    update = optimizer_form(OPTIMIZERS[kind](weight_decay=0.1)).update
    assert all(line.startswith("<math") and "#" not in line.replace("&#", "") for line in update)
    assert "<mi>w</mi>" in update[-1]


def test_plain_descent_is_one_line_and_every_setting_that_is_on_adds_its_own() -> None:
    counts = [
        len(optimizer_form(settings).update)
        for settings in (SGD(), SGD(momentum=0.9), SGD(momentum=0.9, weight_decay=0.1), Adam())
    ]
    assert counts == [1, 2, 3, 5]
    assert "<mi>&#x003BC;</mi>" in optimizer_form(SGD(momentum=0.9, nesterov=True)).update[-1]


def test_the_order_of_updates_is_a_choice_with_a_sentence_about_what_it_means() -> None:
    for order, row in UPDATE_ORDERS.items():
        setting = optimizer_form(Adam(update_order=order)).settings[-1]
        assert (setting.name, setting.text, setting.sentence) == ("update_order", order, row.sentence)
        assert setting.options == (("simultaneous", "simultaneous"), ("sequential", "sequential"))
        assert not setting.is_switch


def test_a_square_of_the_gradient_is_not_taken_for_the_square_of_its_denominator() -> None:
    mean = optimizer_form(Adam()).update[1]
    assert "<msup><mrow><mo>(</mo>" in mean and mean.count("<mfrac>") == 1
