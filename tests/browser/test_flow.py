"""Gradient flow in a real browser: an illness is named, its strip is the timeline, and its cure is one press away."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect


def run(page: Page, iterations: int) -> None:
    """Finish so many iterations by the workspace's own form."""
    page.locator("#dock input[name=iterations]").fill(str(iterations))
    page.locator("#dock input[name=iterations]").press("Enter")
    expect(page.locator("#diagnosis h2")).not_to_have_text("Nothing is measured yet")


def test_an_illness_is_named_and_its_strip_leads_to_any_iteration(
    session_of: Callable[..., str], open_page: Callable[..., Page]
) -> None:
    page = open_page(f"{session_of('vanishing-sigmoid')}?view=flow")
    run(page, 40)
    expect(page.locator("#diagnosis h2")).to_have_text("Vanishing gradients")
    expect(page.locator(".flow-table tbody tr")).to_have_count(20)
    strip = page.locator("#curve-flow-norm")
    strip.scroll_into_view_if_needed()
    box = strip.bounding_box()
    strip.click(position={"x": box["width"] / 2, "y": 40})
    expect(page.locator("#flow-now-title")).to_have_text(re.compile("iterations done: (19|20)$"))


def test_the_cure_opens_beside_it(session_of: Callable[..., str], open_page: Callable[..., Page]) -> None:
    page = open_page(f"{session_of('dead-relus')}?view=flow")
    run(page, 20)
    expect(page.locator("#diagnosis h2")).to_have_text("Dead units")
    page.get_by_role("button", name="What cures it").click()
    expect(page.locator("h1")).to_have_text("The same relus with biases of zero")


@pytest.mark.parametrize("width", [390, 768])
def test_the_view_fits_a_narrow_page(
    session_of: Callable[..., str], open_page: Callable[..., Page], width: int
) -> None:
    page = open_page(f"{session_of('saturated-raw')}?view=flow", width=width)
    run(page, 20)
    expect(page.locator("#diagnosis h2")).to_have_text("Saturated units")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    inside = page.locator("#diagnosis").bounding_box()
    for button in page.locator("#diagnosis button").all():
        box = button.bounding_box()
        assert box["x"] + box["width"] <= inside["x"] + inside["width"]
