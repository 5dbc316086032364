"""Seeing training in a browser: a curve is the timeline, and the boundary is that of the moment."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.views.train.looking import digits, net


def loss_at(page: Page, iteration: int, last: int) -> None:
    """Click the loss curve at an iteration."""
    box = page.locator("#curve-loss").bounding_box()
    page.mouse.click(box["x"] + box["width"] * iteration / last, box["y"] + box["height"] / 2)


def test_a_click_on_the_curve_brings_the_whole_page_to_that_iteration(session_of, open_page):
    page = open_page(f"{session_of(net('spiral', 6))}?view=train")
    page.fill("#iterations", "101")
    page.click("#run")
    expect(page.locator("#iteration")).to_have_text("101")
    boundary = page.locator(".plane image")
    late = boundary.get_attribute("href")
    loss_at(page, 40, 100)
    expect(page.locator("#iteration")).to_have_text("40")
    expect(boundary).not_to_have_attribute("href", late)
    # Pointing reads the curve where it is pointed at, and the keys go on from there.
    expect(page.locator("#chart-loss .reading")).to_contain_text("40 ·")
    page.focus("#curve-loss")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(page.locator("#iteration")).to_have_text("41")
    expect(page.locator("#curve-loss")).to_be_focused()


def test_the_curve_beside_the_panel_is_a_timeline_in_every_view(session_of, open_page):
    page = open_page(session_of(net("spiral", 3)))
    page.fill("#iterations", "11")
    page.click("#run")
    expect(page.locator("#iteration")).to_have_text("11")
    curve = page.locator("#curve svg")
    curve.scroll_into_view_if_needed()
    box, left = curve.bounding_box(), 58 / 360
    page.mouse.click(box["x"] + box["width"] * (left + (350 / 360 - left) * 0.5), box["y"] + box["height"] / 2)
    expect(page.locator("#iteration")).to_have_text("5")


def test_a_units_map_leads_to_its_number_and_a_cell_to_its_digits(session_of, open_page):
    page = open_page(f"{session_of(net('spiral', 3))}?view=train")
    page.locator(".bank").nth(1).locator("a.unit").nth(1).click()
    expect(page.locator("#panel-name")).to_have_text("a1")
    expect(page.locator("a.unit.chosen")).to_have_count(1)
    expect(page).to_have_url(re.compile("index=0%2C1"))
    page = open_page(f"{session_of(digits())}?view=train&of=training", width=390, height=800)
    cell = page.locator("#confusion td a").first
    count = int(cell.inner_text())
    cell.click()
    expect(page.locator(".examples li")).to_have_count(min(count, 24))
    assert page.evaluate("document.documentElement.scrollWidth") == 390


@pytest.mark.parametrize(("spec", "scheme"), [(net("spiral", 3), "light"), (digits(), "dark")], ids=["plane", "digits"])
def test_axe_finds_nothing_serious(session_of, open_page, spec, scheme):
    page = open_page(f"{session_of(spec)}?view=train", color_scheme=scheme, bypass_csp=True)
    found = Axe().run(page, context="#stage").response["violations"]
    assert [(one["id"], one["nodes"][0]["html"]) for one in found if one["impact"] in ("serious", "critical")] == []


@pytest.mark.parametrize(("width", "locale"), [(1440, "zh-CN"), (390, "zh-CN"), (1440, "en-US")])
def test_the_name_beside_the_plane_is_not_cut_off(session_of, open_page, width, locale):
    rows = "密度,含糖率,瓜\n" + "\n".join(
        f"{place / 9},{(place * 4 % 9) / 9},{'好坏'[place % 2]}" for place in range(10)
    )
    page = open_page(f"{session_of(net() | {'data': {'csv': rows}})}?view=train", width=width, locale=locale)
    expect(page.locator(".plane-name").last).to_have_text("含糖率")
    name, plane = page.locator(".plane-name").last.bounding_box(), page.locator("svg.plane").bounding_box()
    assert name["x"] >= plane["x"] and name["x"] + name["width"] <= plane["x"] + plane["width"]
