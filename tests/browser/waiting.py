"""Waits that several tests in a browser need, each named after what it waits for.

An answer of the server changes the whole page at once: who has seen one part of it may read the others.
"""

import re
import time

from playwright.sync_api import APIResponse, Page, Route, expect

PATIENCE_SECONDS = 60.0
"""How long anything may take: only what never comes is a failure, however busy the machine is."""


def pressed(page: Page, selector: str) -> None:
    """Click, and wait for the version of the session that this leads to."""
    version = page.locator("#dock").get_attribute("data-version")
    page.locator(selector).click()
    expect(page.locator("#dock")).not_to_have_attribute("data-version", version or "")


def held_back(page: Page, address: str) -> list[tuple[Route, APIResponse]]:
    """What the server answers to requests to an address from now on: none of it comes before it is let through."""
    held: list[tuple[Route, APIResponse]] = []
    page.route(address, lambda route: held.append((route, route.fetch())))
    return held


def let_come(page: Page, held: list[tuple[Route, APIResponse]]) -> None:
    """Let through what was held back, once it is there, and wait until the page has taken it in."""
    until = time.monotonic() + PATIENCE_SECONDS
    while not held:
        assert time.monotonic() < until, "nothing was asked for"
        page.wait_for_timeout(20)
    while held:
        route, answer = held.pop(0)
        with page.expect_response(route.request.url):
            route.fulfill(response=answer)
    page.wait_for_function("!document.querySelector('.htmx-request')")


def iteration_reached(page: Page, least: int) -> None:
    """Wait until the page shows an iteration as late as that."""
    page.wait_for_function(f"Number(document.getElementById('iteration').textContent) >= {least}")


def run_begun(page: Page) -> None:
    """Ask without a script, as often as it takes, until a run has finished an iteration: before, it changes nothing."""
    until = time.monotonic() + PATIENCE_SECONDS
    while not int(re.match(r"\d+", page.locator(".run-head").inner_text())[0]):
        assert time.monotonic() < until, "the run has not begun"
        page.get_by_role("link", name="See how far it is").click()
