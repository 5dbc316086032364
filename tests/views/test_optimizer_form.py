import pytest

from app.engine.optim import OPTIMIZERS, SGD, Adam
from app.engine.schedule import SCHEDULES, Step
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


def test_a_schedule_is_a_choice_with_its_own_numbers_after_it() -> None:
    names = [setting.name for setting in optimizer_form(SGD(schedule=Step(5, 0.5))).settings]
    assert names[names.index("schedule") :][:3] == ["schedule", "schedule.step.step_size", "schedule.step.gamma"]
    plain = [setting.name for setting in optimizer_form(SGD()).settings]
    assert plain[plain.index("schedule") + 1] == "clip_norm"


@pytest.mark.parametrize("kind", SCHEDULES)
def test_every_schedule_is_written_in_one_line_more(kind: str) -> None:
    update = optimizer_form(SGD(schedule=SCHEDULES[kind]())).update
    assert len(update) == (1 if kind == "constant" else 2)


def test_a_bound_that_is_not_set_is_empty_and_may_stay_so() -> None:
    settings = {setting.name: setting for setting in optimizer_form(SGD(clip_norm=0.5)).settings}
    assert (settings["clip_norm"].text, settings["clip_value"].text) == ("0.5", "")
    assert settings["clip_value"].is_optional and not settings["learning_rate"].is_optional
