"""The net of circles and lines in a browser: a person walks from number to number, into maps too."""

import random
import re
from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

Opened = Callable[..., Page]
Made = Callable[..., str]


def digits_like(batch: int = 64) -> dict[str, Any]:
    """A 64-128-64-10 classifier on a batch of numbers without a pattern."""
    numbers = random.Random(2)
    return {
        "kind": "layers",
        "inputs": 64,
        "layers": [
            {"units": 128, "activation": "relu"},
            {"units": 64, "activation": "relu"},
            {"units": 10, "activation": "identity"},
        ],
        "loss": "cross_entropy",
        "data": {
            "x": [[numbers.gauss(0, 1) for _ in range(64)] for _ in range(batch)],
            "y": [numbers.randrange(10) for _ in range(batch)],
        },
        "seed": 3,
    }


def number(page: Page, label: str) -> Any:
    """A number of the net by its name and index."""
    return page.locator(f'.neurons [data-number="{label}"]')


def test_a_person_walks_from_a_line_to_a_unit_and_on(open_page: Opened, session_of: Made) -> None:
    page = open_page(session_of("mazur") + "?view=net")
    page.locator("#finish").click()
    expect(page.locator("#position")).to_have_text("17")
    number(page, "W2[0, 0]").click()
    expect(page.locator("#panel-name")).to_have_text("W2")
    expect(page).to_have_url(re.compile(r"node=W2&index=0%2C0&view=net$"))
    expect(page.locator(".neurons .chosen")).to_have_attribute("data-number", "W2[0, 0]")
    number(page, "a1[0, 0]").click()
    expect(page.locator("#panel-name")).to_have_text("a1")
    expect(page.locator(".neurons .chosen")).to_have_attribute("data-number", "a1[0, 0]")
    page.keyboard.press("g")
    page.wait_for_url(re.compile(r"node=a1&index=0%2C0$"))
    expect(page.locator("#panel-name")).to_have_text("a1")
    page.keyboard.press("n")
    page.wait_for_url("**view=net")
    expect(page.locator(".neurons .chosen")).to_have_attribute("data-number", "a1[0, 0]")


def test_a_step_changes_numbers_and_moves_nothing(open_page: Opened, session_of: Made) -> None:
    page = open_page(session_of("mazur") + "?view=net")
    expect(number(page, "z1[0, 0]").locator(".digits")).to_have_count(0)
    page.evaluate("document.fonts.ready.then(() => { window.before = document.getElementById('u1-0'); })")
    place = page.locator("#u1-0 .caption.number").bounding_box()
    page.keyboard.press("ArrowRight")
    expect(number(page, "z1[0, 0]").locator(".digits")).to_have_text("0.3775")
    assert page.evaluate("window.before === document.getElementById('u1-0')")
    after = page.locator("#u1-0 .caption.number").bounding_box()
    assert place is not None and after is not None
    assert (after["x"], after["y"]) == (place["x"], place["y"])


def test_a_map_of_a_wide_layer_is_entered_and_leads_to_single_numbers(open_page: Opened, session_of: Made) -> None:
    page = open_page(session_of(digits_like()) + "?view=net")
    page.locator("#finish").click()
    expect(page.locator("#map-W2 .gradient a").first).to_be_attached()
    cell = page.locator("#map-W2 .gradient a").nth(37)
    place = (cell.get_attribute("aria-label") or "").partition(":")[0]
    cell.click()
    expect(page.locator("#panel-name")).to_have_text("W2")
    expect(number(page, f"W2{place}")).to_be_in_viewport()
    expect(page.locator(".neurons .chosen")).to_have_attribute("data-number", f"W2{place}")
    page.locator("#later-sample").click()
    expect(page.locator("#sample")).to_have_value("1")
    expect(page.locator(".neurons .chosen")).to_have_attribute("data-number", f"W2{place}")
    page.locator("#sample").fill("5")
    page.locator("#sample").press("Enter")
    expect(page.locator("#sample")).to_have_value("5")
    expect(number(page, "z3[5, 0]")).to_be_attached()


def test_the_net_works_without_a_script(open_page: Opened, session_of: Made) -> None:
    page = open_page(session_of("article-training") + "?view=net", java_script_enabled=False)
    page.locator("#later-sample").click()
    expect(number(page, "x[1, 0]")).to_be_visible()
    number(page, "W1[2, 1]").click()
    expect(page.locator("#panel-name")).to_have_text("W1")
    expect(page.locator("#sample")).to_have_value("1")


@pytest.mark.parametrize(
    ("spec", "width", "scheme"),
    [("mazur", 1440, "light"), ("article-training", 390, "dark"), (None, 1440, "dark"), ("colah", 768, "light")],
)
def test_axe_finds_nothing_serious_in_a_net(
    open_page: Opened, session_of: Made, spec: str | None, width: int, scheme: str
) -> None:
    page = open_page(session_of(spec or digits_like(8)) + "?view=net", width=width, color_scheme=scheme)
    page.locator("#finish").click()
    expect(page.locator(".neurons .digits.gradient").first).to_be_attached()
    if width == 390:
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
    found = Axe().run(page)
    serious = [rule for rule in found.response["violations"] if rule["impact"] in ("serious", "critical")]
    assert [(rule["id"], [node["html"] for node in rule["nodes"]]) for rule in serious] == []
