"""The guided tour as a reader takes it: what its note leads to, and what stays where it is."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_explain import Opened
from tests.browser.waiting import pressed, until

SIZES = pytest.mark.parametrize(("width", "height"), [(1440, 900), (390, 844)])


def at_stop(open_page: Opened, address: str, name: str, **options: int) -> Page:
    page = open_page(f"{address}/tour", **options)
    page.locator(f"#{name} button").click()
    page.wait_for_url("**/sessions/**")
    expect(page.locator(".tour-note")).to_be_visible()
    return page


def top_of(page: Page, selector: str) -> float:
    return page.locator(selector).evaluate("element => element.getBoundingClientRect().top")


@SIZES
def test_a_link_of_the_note_leads_to_what_it_names(open_page: Opened, address: str, width: int, height: int) -> None:
    page = at_stop(open_page, address, "fork", width=width, height=height)
    page.locator(".looks a", has_text="the paths of a weight").click()
    expect(page.locator("#section-paths .paths")).to_be_in_viewport()
    hidden = page.locator("#dock").bounding_box() or {"y": 0, "height": 0}
    edge = hidden["y"] + hidden["height"] if hidden["y"] < height / 2 else 0
    assert edge <= top_of(page, "#section-paths h3") < height - 200
    page.locator(".looks a", has_text="the same as matrices").click()
    page.wait_for_url("**view=layers**")
    expect(page.locator("#views")).to_be_in_viewport()
    page.go_back()
    expect(page.locator("#section-paths .paths")).to_be_visible()


def test_an_answer_stays_unfolded_while_its_number_is_looked_at(open_page: Opened, address: str) -> None:
    page = at_stop(open_page, address, "mistakes")
    claim = page.locator(".claims li").nth(4)
    claim.locator("summary").click()
    claim.locator("a").click()
    expect(page.locator("#panel-name")).to_have_text("z3")
    expect(page.locator("#panel-name")).to_be_in_viewport()
    expect(claim.locator("details")).to_have_attribute("open", "")


@SIZES
def test_another_view_opens_where_the_reader_was(open_page: Opened, address: str, width: int, height: int) -> None:
    page = at_stop(open_page, address, "forward", width=width, height=height)
    page.locator("#views").evaluate("element => window.scrollTo(0, element.getBoundingClientRect().top - 100)")
    before = top_of(page, "#views")
    page.locator("#views a", has_text="Numbers").click()
    page.wait_for_url("**view=net**")
    until(page, lambda: abs(top_of(page, "#views") - before) < 2, "the tabs are not where they were")


def test_on_a_phone_a_tapped_number_leads_down_to_where_it_comes_from(open_page: Opened, address: str) -> None:
    page = at_stop(open_page, address, "structure", width=390, height=844)
    expect(page.locator(".dock-look")).to_have_count(0)
    page.locator(".neurons a.number").nth(1).click()
    expect(page.locator(".dock-look")).to_contain_text("W1[0, 1]")
    page.locator(".dock-look").click()
    expect(page.locator("#panel-name")).to_be_in_viewport()
    expect(page.locator(".dock-look")).not_to_be_visible()


def test_the_number_looked_at_stays_while_the_optimizer_is_changed(open_page: Opened, address: str) -> None:
    page = at_stop(open_page, address, "update")
    pressed(page, "#finish")
    # The form of the optimizer is older than the page by now.
    page.locator("#optimizer-kind").select_option("adam")
    expect(page.locator("#setting-beta1")).to_be_visible()
    page.locator("#panel .origin.gradient .derived a.place").first.click()
    expect(page.locator("#panel-name")).to_have_text("z3")
    pressed(page, "#set-optimizer")
    expect(page.locator("#panel-name")).to_have_text("z3")
