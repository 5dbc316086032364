"""A run in a real browser, as a person goes through it: train, watch, stop, go back, look closer, branch, compare."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.waiting import iteration_reached, run_begun
from tests.views.train.looking import net

COMPARISON = re.compile(r"/compare/[\w-]+/[\w-]+$")


def height(page: Page) -> float:
    """How high the bar of controls is."""
    return page.locator("#dock").bounding_box()["height"]


def watch(picture: Locator, times: int) -> None:
    """See a picture change so many times."""
    for _ in range(times):
        expect(picture).not_to_have_attribute("href", picture.get_attribute("href"))


def test_a_spiral_is_trained_gone_back_in_looked_at_and_branched_from(
    open_page: Callable[..., Page], address: str
) -> None:
    page = open_page(address + "/build?dataset=spiral")
    expect(page.locator("#network-result")).to_contain_text("2 → 8 → 8 → 1")
    page.locator('label[for="network-optimizer-kind-sgd"]').click()
    page.get_by_role("button", name="Open the network").click()
    page.wait_for_url("**/sessions/*")
    before = height(page)

    page.get_by_role("button", name="Train", exact=True).click()
    expect(page.locator("#run-bar")).to_be_visible()
    watch(page.locator(".plane image"), 3)
    assert height(page) == before
    other = open_page(page.url)
    watch(other.locator(".plane image"), 2)
    watch(other.locator(".bank img").last, 1)
    iteration_reached(other, 150)
    page.close()

    other.keyboard.press("p")
    page = other
    expect(page.locator(".telling")).to_contain_text("Paused after")
    assert height(page) == before
    line = page.locator("#curve-loss").bounding_box()
    paused = page.locator("#iteration").inner_text()
    page.mouse.click(line["x"] + line["width"] / 2, line["y"] + line["height"] / 2)
    expect(page.locator("#iteration")).not_to_have_text(paused)
    page.fill("#go-to", "100")
    page.press("#go-to", "Enter")
    expect(page.locator("#iteration")).to_have_text("100")

    page.locator(".bank").nth(1).locator("a.unit").nth(1).click()
    expect(page.locator("#panel-name")).to_have_text("a1")
    page.locator("#views").scroll_into_view_if_needed()
    page.locator(".dock-look").click()
    expect(page.locator("#panel-name")).to_be_in_viewport()
    expect(page.locator(".dock-look")).to_be_hidden()
    expect(page.locator("#panel .origin.gradient")).to_contain_text("agrees")
    page.get_by_role("link", name="Branch from here, and compare").click()
    expect(page.locator("#branch-from")).to_have_value("100")
    page.select_option("#branch-optimizer", "adam")
    page.fill("#branch .change input[name=rate]", "0.03")
    page.click("#branch button[value=optimizer]")
    expect(page).to_have_url(COMPARISON)
    page.fill("#until", "400")
    page.click("#run-both")
    expect(page.locator(".said")).to_contain_text("in A against")
    expect(page.locator(".figures tbody tr").first).to_contain_text("400")
    expect(page.locator(".differences")).to_contain_text("Adam")
    expect(page.locator(".plane")).to_have_count(2)
    page.click(".compared li:nth-child(2) a")
    page.click("#branch a[href*=compare]")
    expect(page.locator(".said")).to_contain_text("B left A at iteration 100")


def test_a_run_is_started_and_ended_without_script(
    session_of: Callable[..., str], open_page: Callable[..., Page]
) -> None:
    page = open_page(f"{session_of(net('spiral', 4))}?view=train", java_script_enabled=False)
    first = page.locator(".plane image").get_attribute("href")
    page.click("#train")
    run_begun(page)
    page.click("#stop")
    expect(page.locator(".telling")).to_contain_text("The run was stopped after")
    expect(page.locator(".plane image")).not_to_have_attribute("href", first)


def test_what_a_run_does_not_take_along_says_from_when_it_is(
    session_of: Callable[..., str], open_page: Callable[..., Page]
) -> None:
    page = open_page(f"{session_of(net('spiral', 4))}?view=layers")
    page.click("#next")
    expect(page.locator("#position")).to_have_text("1")
    expect(page.locator(".of-when")).to_have_count(0)
    page.click("#train")
    expect(page.locator("#iteration")).not_to_have_text("0")
    said = "From when 0 iterations were done, step 1 of"
    expect(page.locator("#panel .of-when")).to_contain_text(said)
    expect(page.locator("#stage .of-when")).to_contain_text(said)
    page.click("#stop")
    expect(page.locator(".telling")).to_contain_text("The run was stopped after")
    expect(page.locator(".of-when")).to_have_count(0)


@pytest.mark.parametrize(
    ("kind", "field", "button"), [("compare", "#until", "#run-both"), ("sessions", "#iterations", "#next")]
)
def test_a_server_that_does_not_answer_is_told_on_the_page(
    session_of: Callable[..., str], browser: Browser, kind: str, field: str, button: str
) -> None:
    server, _, id = session_of("mazur").rpartition("/sessions/")
    # The script's own complaint in the console is no failure here.
    page = browser.new_page(locale="en-US")
    page.goto(f"{server}/compare/{id}/{id}" if kind == "compare" else f"{server}/sessions/{id}")
    page.fill(field, "37")
    page.route("**/*", lambda route: route.abort())
    page.click(button)
    expect(page.locator("#message")).to_contain_text("The server did not answer. What was asked may have been done")
    expect(page.locator(field)).to_have_value("37")
    page.close()
