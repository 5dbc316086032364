"""The view of layers in a browser: unfolding, walking along links, stepping, without losing the place."""

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.waiting import pressed

Opened = Callable[..., Page]
Made = Callable[..., str]


def deep(units: int, layers: int) -> dict:
    """A network of many layers of one width."""
    return {
        "kind": "layers",
        "inputs": 2,
        "layers": [{"kind": "dense", "units": units, "activation": "sigmoid"} for _ in range(layers)],
        "loss": "mean_squared_error",
        "data": {"x": [[0.5, -0.5]], "y": [[1.0] * units]},
        "seed": 1,
    }


def test_a_layer_unfolds_steps_and_is_walked_through_link_by_link(open_page: Opened, session_of: Made) -> None:
    page = open_page(session_of("article"))
    page.get_by_role("link", name="Layers").click()
    expect(page).to_have_url(re.compile("view=layers"))
    page.locator("#unfold-layer2").click()
    expect(page.locator("#detail-layer2")).to_be_visible()
    expect(page).to_have_url(re.compile("open=layer2"))
    total = page.locator("#layer2-sum .token").first
    expect(total.get_by_label("not computed yet")).to_have_count(2)
    for _ in range(3):
        pressed(page, "#next")
    expect(total.locator("td").first).to_have_text("1.4286")
    pressed(page, "#phase")
    pressed(page, "#phase")
    expect(page.locator("#layer2-delta .token").first.locator("td").first).to_have_text("−0.0048611")
    page.locator("#layer2-delta td a", has_text="1.2").click()
    expect(page.locator("#panel-value")).to_have_text("1.2")
    expect(page.locator("#looked-at")).to_contain_text("1.2")
    expect(page.locator("#panel-name")).to_have_text("W3")
    page.get_by_role("link", name="Graph").click()
    expect(page).to_have_url(re.compile(r"node=W3&index=1%2C1(?!.*view=)"))
    expect(page.locator("#panel-name")).to_have_text("W3")


def test_unfolding_one_of_thirty_layers_moves_no_card_above_it(open_page: Opened, session_of: Made) -> None:
    page = open_page(session_of(deep(3, 30)) + "?view=layers")
    pressed(page, "#phase")
    pressed(page, "#phase")
    card = page.locator("#card-layer14")
    card.scroll_into_view_if_needed()
    before = card.bounding_box()
    page.locator("#unfold-layer14").click()
    expect(page.locator("#detail-layer14")).to_be_visible()
    assert card.bounding_box() == before
    page.locator("#unfold-layer14").click()
    expect(page.locator("#detail-layer14")).to_have_count(0)
    assert card.bounding_box() == before
    assert page.locator(".stem.known-stem").count() == 30


def test_layers_on_a_phone_without_a_script_fit_its_width(open_page: Opened, session_of: Made) -> None:
    page = open_page(session_of("article-training") + "?view=layers", 390, 844, java_script_enabled=False)
    page.get_by_role("button", name="Finish phase").click()
    expect(page.locator("#position")).not_to_have_text("0")
    page.locator("#unfold-layer1").click()
    expect(page.locator("#layer1-activation")).to_be_visible()
    box = page.locator("#detail-layer1").bounding_box()
    assert box["x"] >= 0 and box["x"] + box["width"] <= 390
    assert all(one.bounding_box()["height"] >= 40 for one in page.locator(".layer-head").all())
