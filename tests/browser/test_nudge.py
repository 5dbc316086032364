"""Nudging a number in a real browser: the slider is dragged, the numbers follow, and nothing jumps."""

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.waiting import held_back, let_come, pressed


def nudged(session_of: Callable[..., str], open_page: Callable[..., Page], **options: object) -> Page:
    """The workspace of Mazur's network after the backward pass, w5 looked at and its nudge unfolded."""
    page = open_page(f"{session_of('mazur')}?node=W2&index=0,0&open=nudge", **options)
    page.locator("#finish").click()
    expect(page.locator("#position")).to_have_text("17")
    # The numeric check comes a moment later, and moves what stands below it.
    expect(page.locator("#panel .second .digits")).to_be_visible()
    return page


def drag(page: Page, share: float, steps: int = 12) -> None:
    """Drag the slider's knob to a share of its length."""
    box = page.locator(".nudge-by").bounding_box()
    low, high = (float(page.locator(".nudge-by").get_attribute(name)) for name in ("min", "max"))
    value = float(page.locator(".nudge-by").input_value())
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + 8 + (box["width"] - 16) * (value - low) / (high - low), middle)
    page.mouse.down()
    page.mouse.move(box["x"] + 8 + (box["width"] - 16) * share, middle, steps=steps)


def test_dragging_the_slider_changes_the_numbers_and_nothing_jumps(
    session_of: Callable[..., str], open_page: Callable[..., Page]
) -> None:
    page = nudged(session_of, open_page)
    page.locator("#section-nudge").scroll_into_view_if_needed()
    curve = page.locator("#nudge-result .loss-line").get_attribute("d")
    before = page.locator("#nudge-result .predicted output").inner_text()
    drag(page, 0.9)
    expect(page.locator("#nudge-result .predicted output")).not_to_have_text(before)
    held = float(page.locator(".nudge-by").input_value())
    expect(page.locator("#nudge-result .sums dd").first).to_have_text(f"{held:g}")
    top = page.locator(".nudge-by").bounding_box()["y"]
    page.mouse.move(page.viewport_size["width"] / 3, top, steps=5)
    page.mouse.up()
    let_go = page.locator(".nudge-by").input_value()
    expect(page.locator("#nudge-result .sums dd").first).to_have_text(let_go.replace("-", "−"))
    assert page.locator(".nudge-by").input_value() == let_go and float(let_go) != held
    assert page.locator(".nudge-by").bounding_box()["y"] == top
    assert page.locator("#nudge-result .loss-line").get_attribute("d") == curve
    expect(page.locator(".nudge-by")).to_be_focused()


def test_the_keyboard_moves_the_slider_and_the_prediction_is_gradient_times_h(
    session_of: Callable[..., str], open_page: Callable[..., Page]
) -> None:
    page = nudged(session_of, open_page)
    page.locator(".nudge-by").focus()
    page.keyboard.press("Home")
    expect(page.locator("#nudge-result .sums dd").first).to_have_text("−1")
    expect(page.locator("#nudge-result .predicted output")).to_have_text("−0.082167")
    page.keyboard.press("ArrowRight")
    expect(page.locator("#nudge-result .sums dd").first).to_have_text("−0.99")
    expect(page.locator(".nudge-by")).to_be_focused()
    expect(page.locator("#position")).to_have_text("17")


def test_a_closer_look_takes_the_slider_with_it(session_of: Callable[..., str], open_page: Callable[..., Page]) -> None:
    page = nudged(session_of, open_page)
    page.locator(".nudge-by").focus()
    page.keyboard.press("End")
    expect(page.locator("#nudge-result .sums dd").first).to_have_text("1")
    page.locator(".reaches a", has_text=re.compile("^±0.01$")).click()
    expect(page.locator(".nudge-by")).to_have_attribute("max", "0.01")
    expect(page.locator("#nudge-result .sums dd").first).to_have_text("0.01")
    assert float(page.locator(".nudge-by").input_value()) == 0.01


def test_a_step_of_the_run_keeps_the_slider_where_it_is(
    session_of: Callable[..., str], open_page: Callable[..., Page]
) -> None:
    page = nudged(session_of, open_page)
    page.locator(".nudge-by").focus()
    page.keyboard.press("End")
    expect(page.locator("#nudge-result .sums dd").first).to_have_text("1")
    page.locator("#back").click()
    expect(page.locator("#position")).to_have_text("16")
    assert page.locator(".nudge-by").input_value() == "1"
    expect(page.locator("#nudge-result .sums dd").first).to_have_text("1")


def test_another_number_starts_with_a_step_of_its_own(
    session_of: Callable[..., str], open_page: Callable[..., Page]
) -> None:
    page = nudged(session_of, open_page)
    page.locator(".nudge-by").focus()
    page.keyboard.press("End")
    page.locator("#search").fill("z1")
    page.keyboard.press("Enter")
    expect(page.locator("#panel-name")).to_have_text("z1")
    assert page.locator(".nudge-by").input_value() == "0.5"


def test_what_comes_late_is_not_shown_of_another_moment_or_number(
    session_of: Callable[..., str], open_page: Callable[..., Page]
) -> None:
    page = nudged(session_of, open_page)
    result = page.locator("#nudge-result")
    late = held_back(page, "**/nudge?*")
    page.locator(".nudge-by").focus()
    page.keyboard.press("End")
    pressed(page, "#finish")
    shown = result.inner_text()
    let_come(page, late)
    assert result.inner_text() == shown
    late = held_back(page, "**/nudge?*")
    page.locator(".nudge-by").focus()
    page.keyboard.press("Home")
    page.locator("#search").fill("z1")
    page.keyboard.press("Enter")
    expect(page.locator("#panel-name")).to_have_text("z1")
    shown = result.inner_text()
    let_come(page, late)
    assert result.inner_text() == shown


def test_without_a_script_the_slider_is_a_plain_form(
    session_of: Callable[..., str], open_page: Callable[..., Page]
) -> None:
    page = open_page(f"{session_of('mazur')}?node=W2&index=0,0&open=nudge", java_script_enabled=False)
    page.locator("#finish").click()
    page.locator(".nudge-by").fill("-0.25")
    page.locator("#nudge-form button").click()
    expect(page.locator("#nudge-result .predicted output")).to_have_text("−0.0205418")
    expect(page.locator(".nudge-by")).to_have_value("-0.25")


def test_the_check_leads_to_its_worst_number(session_of: Callable[..., str], open_page: Callable[..., Page]) -> None:
    page = open_page(session_of("mazur"))
    page.keyboard.press("k")
    expect(page.locator(".check-view h2")).to_have_class("agrees")
    place = page.locator(".check-view tbody tr").first.locator("td.where a")
    words = place.inner_text()
    place.click()
    expect(page.locator("#panel-name")).to_have_text(words.partition("[")[0])
    expect(page.locator(".check-view h2")).to_be_visible()
