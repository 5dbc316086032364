"""The pages around the workspace in a real browser: live answers, forms with and without script, any width."""

import re
from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

PAGES = ["/", "/expression", "/build", "/ops", "/presets/mazur", "/presets/article", "/nowhere"]
WORKSPACE = re.compile(r"/sessions/[\w-]{16,}(\?view=train)?$")


def choose_kind(page: Page, field: str, kind: str) -> None:
    """Choose one of several kinds by its label, as a person does."""
    page.locator(f'label[for="{field}-{kind}"]').click()


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(open_page: Callable[..., Page], address: str, path: str, scheme: str) -> None:
    page = open_page(address + path, color_scheme=scheme, bypass_csp=True)
    found = Axe().run(page).response["violations"]
    serious = [(rule["id"], rule["nodes"][0]["html"]) for rule in found if rule["impact"] in ("serious", "critical")]
    assert serious == []


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize(("width", "locale"), [(390, "zh-CN"), (390, "en-US"), (768, "zh-CN"), (1440, "en-US")])
def test_no_page_is_wider_than_its_window(
    open_page: Callable[..., Page], address: str, path: str, width: int, locale: str
) -> None:
    page = open_page(address + path, width=width, locale=locale)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_an_expression_is_answered_while_it_is_typed(open_page: Callable[..., Page], address: str) -> None:
    page = open_page(address + "/expression")
    source, result = page.locator("#expression-source"), page.locator("#expression-result")
    source.fill("a = 2\nb = sin(a)\nc = b * bb")
    expect(result).to_contain_text("Line 3, column 9")
    source.press("Backspace")
    expect(result).to_contain_text("3 nodes")
    expect(result.locator("svg .spot")).to_have_count(3)
    expect(source).to_be_focused()
    page.get_by_role("button", name="Open the expression").click()
    expect(page).to_have_url(WORKSPACE)


def test_the_first_card_opens_by_keyboard_alone(open_page: Callable[..., Page], address: str) -> None:
    page = open_page(address)
    button = page.get_by_role("button", name="Open “The article's worked example”")
    for _ in range(40):
        page.keyboard.press("Tab")
        if button.evaluate("node => node === document.activeElement"):
            break
    page.keyboard.press("Enter")
    expect(page).to_have_url(WORKSPACE)


def test_layers_come_and_go_and_what_was_typed_stays(open_page: Callable[..., Page], address: str) -> None:
    page = open_page(address + "/build")
    choose_kind(page, "network-data-from", "rows")
    page.fill("#network-layers-0-units", "7")
    page.fill("#network-data-rows", "1 2 0\n3 4 1")
    add = page.get_by_role("button", name="Add a hidden layer")
    add.click()
    expect(page.locator(".layer")).to_have_count(5)
    expect(add).to_be_focused()
    page.get_by_role("button", name="Remove layer 2").click()
    expect(page.locator(".layer")).to_have_count(4)
    assert page.input_value("#network-layers-0-units") == "7"
    assert page.input_value("#network-data-rows") == "1 2 0\n3 4 1"
    assert page.url == address + "/build"


def test_only_the_settings_of_the_chosen_optimizer_are_shown(open_page: Callable[..., Page], address: str) -> None:
    page = open_page(address + "/build")
    expect(page.locator("#network-optimizer-adam-learning_rate")).to_be_visible()
    choose_kind(page, "network-optimizer-kind", "sgd")
    expect(page.locator("#network-optimizer-adam-learning_rate")).to_be_hidden()
    page.locator(".more-settings:visible summary").first.click()
    expect(page.locator("#network-optimizer-sgd-momentum")).to_be_visible()
    choose_kind(page, "network-data-from", "rows")
    expect(page.locator("#network-data-rows")).to_be_visible()
    expect(page.locator("#data-gallery")).to_be_hidden()
    expect(page.locator("#network-result")).to_contain_text("nodes")


def test_a_wrong_network_comes_back_at_the_field_and_can_be_mended(
    open_page: Callable[..., Page], address: str
) -> None:
    page = open_page(address + "/build")
    page.fill("#network-layers-0-units", "many")
    expect(page.locator("#network-result")).to_contain_text("Units: Expected an integer")
    page.get_by_role("button", name="Open the network").click()
    field = page.locator("#network-layers-0-units")
    expect(field).to_be_focused()
    expect(field).to_have_value("many")
    expect(field).to_have_accessible_description('Expected an integer, got "many".')
    field.fill("4")
    field.press("Enter")
    expect(page).to_have_url(WORKSPACE)


def test_everything_works_without_script(open_page: Callable[..., Page], address: str) -> None:
    page = open_page(address + "/build", java_script_enabled=False)
    page.get_by_role("button", name="Add a hidden layer").click()
    expect(page.locator(".layer")).to_have_count(5)
    page.get_by_role("button", name="moons", exact=True).click()
    expect(page.get_by_role("button", name="moons", exact=True)).to_have_attribute("aria-pressed", "true")
    choose_kind(page, "network-optimizer-kind", "sgd")
    expect(page.locator("#network-optimizer-sgd-learning_rate")).to_be_visible()
    page.get_by_role("button", name="Open the network").click()
    expect(page).to_have_url(WORKSPACE)
    page.goto(address + "/expression")
    page.fill("#expression-source", "a = b")
    page.get_by_role("button", name="Open the expression").click()
    expect(page.locator("#expression-result")).to_contain_text("Line 1, column 5")
    page.fill("#expression-source", "a = 1\nb = a * a")
    page.get_by_role("button", name="Open the expression").click()
    expect(page).to_have_url(WORKSPACE)


def test_the_language_is_switched_on_every_page(open_page: Callable[..., Page], address: str) -> None:
    page = open_page(address + "/presets/mazur")
    page.get_by_role("button", name="中文").click()
    expect(page.locator("html")).to_have_attribute("lang", "zh-Hans")
    assert page.url == address + "/presets/mazur"
    page.goto(address + "/ops")
    expect(page.locator("html")).to_have_attribute("lang", "zh-Hans")


def test_an_address_leads_to_one_operation(open_page: Callable[..., Page], address: str) -> None:
    page = open_page(address + "/ops")
    page.locator(".ops-index").get_by_role("link", name="gelu", exact=True).click()
    expect(page.locator("#gelu")).to_be_in_viewport()
    page.locator("#gelu summary").click()
    expect(page.locator("#gelu .worked")).to_be_visible()
