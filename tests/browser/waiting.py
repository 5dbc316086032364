"""Waits that several tests in a browser need, each named after what it waits for.

An answer of the server changes the whole page at once: who has seen one part of it may read the others.
"""

import re
import time
from collections.abc import Callable

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
    until(page, lambda: bool(held), "nothing was asked for")
    while held:
        route, answer = held.pop(0)
        with page.expect_response(route.request.url):
            route.fulfill(response=answer)
    expect(page.locator(".htmx-request")).to_have_count(0)


def iteration_reached(page: Page, least: int) -> None:
    """Wait until the page shows an iteration as late as that."""
    shown = page.locator("#iteration")
    until(page, lambda: int(shown.inner_text()) >= least, f"iteration {least} is not reached")


def run_begun(page: Page) -> None:
    """Ask without a script, as often as it takes, until a run has finished an iteration: before, it changes nothing."""

    def has_begun() -> bool:
        page.get_by_role("link", name="See how far it is").click()
        return int(re.match(r"\d+", page.locator(".run-head").inner_text())[0]) > 0

    until(page, has_begun, "the run has not begun")


def until(page: Page, holds: Callable[[], bool], complaint: str) -> None:
    """Wait for what no locator can tell. `wait_for_function` may ask only once: the page's policy forbids the rest."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        assert time.monotonic() < deadline, complaint
        page.wait_for_timeout(50)
