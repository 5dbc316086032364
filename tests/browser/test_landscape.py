"""The landscape and the histograms in a real browser: choosing a plane, moving on in it, and a look at initializers."""

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

NET = {
    "kind": "layers",
    "inputs": 2,
    "layers": [{"kind": "dense", "units": 4, "activation": "tanh"}, {"kind": "dense", "units": 1}],
    "loss": "half_squared_error",
    "data": {"dataset": "xor", "samples": 40},
}


def test_a_plane_is_chosen_and_stays_while_the_run_goes_on(
    session_of: Callable[..., str], open_page: Callable[..., Page]
) -> None:
    page = open_page(session_of(NET) + "?view=landscape")
    expect(page.locator("#landscape h2")).to_have_text("The loss around iteration 0")
    expect(page.locator(".chip-off")).to_have_text("Along the way")
    page.locator("#iterations").fill("12")
    page.locator("#run").click()
    expect(page.locator("#landscape h2")).to_have_text("The loss around iteration 11")
    page.locator("#landscape").get_by_role("link", name="Along the way").click()
    expect(page.locator(".landscape-map .way-dot")).to_have_count(12)
    expect(page).to_have_url(re.compile("plane=path"))
    page.locator("#next").click()
    expect(page.locator("#landscape h2")).to_have_text("The loss around iteration 12")
    expect(page.locator(".landscape-map .way-dot")).to_have_count(13)
    expect(page).to_have_url(re.compile("plane=path"))
    page.locator("#landscape").get_by_role("link", name="Two parameters").click()
    page.get_by_label("across").fill("W2[0,3]")
    page.get_by_role("button", name="Draw").click()
    expect(page.locator(".landscape-map .axis-name").first).to_have_text("W2[0, 3]")
    expect(page).to_have_url(re.compile("across=W2%5B0%2C3%5D"))


def test_initializers_stand_side_by_side_and_one_is_trained_with(
    session_of: Callable[..., str], open_page: Callable[..., Page]
) -> None:
    page = open_page(session_of(NET) + "?view=histograms")
    page.get_by_role("link", name="Initializers side by side").click()
    expect(page.locator(".beginning")).to_have_count(7)
    page.locator(".beginning", has_text="He, normal").get_by_role("button").click()
    page.wait_for_url("**/compare/**")
