"""Where does this number come from? Asked of one number after the other, by clicking alone."""

import re
from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.waiting import pressed

Opened = Callable[..., Page]
Made = Callable[..., str]

WIDE = {
    "kind": "layers",
    "inputs": 12,
    "layers": [{"kind": "dense", "units": 20, "activation": "tanh"}, {"kind": "dense", "units": 3}],
    "loss": "cross_entropy",
    "data": {
        "x": [[((7 * row + 13 * column) % 23) / 11 - 1 for column in range(12)] for row in range(40)],
        "y": [row % 3 for row in range(40)],
    },
    "seed": 1,
}

# What is clicked, and the figures of the source that its panel must then show: https://mattmazur.com/2015/03/17/
# a-step-by-step-backpropagation-example/ (with ∂E_o2/∂out_h1 rounded correctly: −0.019049118).
WALK = (
    ("value", "a2[0, 0]", ("0.75136507", "0.74136507")),
    ("value", "z2[0, 0]", ("1.105905967", "0.74136507", "0.186815602", "0.138498562")),
    ("value", "W2[0, 0]", ("0.138498562", "0.593269992", "0.082167041")),
    ("term", "z2[0, 0]", ("0.138498562",)),
    ("value", "a1[0, 0]", ("0.593269992", "0.055399425", "-0.019049118", "0.036350306")),
    ("value", "z1[0, 0]", ("0.3775", "0.036350306", "0.241300709")),
    ("value", "W1[0, 0]", ("0.000438568",)),
)


def follow(page: Page, how: str, name: str) -> None:
    """Go to another number by a link of the panel: one of the formula for the value, or the consumer of a term."""
    id, index = name.partition("[")[::2]
    if how == "term":
        page.locator("#panel .terms tbody th a", has_text=re.compile(rf"^{id}\[{re.escape(index)}$")).first.click()
    else:
        page.locator(f'#panel .origin.value .derived a.place.value[title^="{name} ="]').first.click()
    expect(page.locator("#panel-name")).to_have_text(id)
    expect(page.locator("#panel .pair .value dt")).to_contain_text(f"[{index}")


def figures(page: Page) -> list[str]:
    """The numbers of the explanation, as they stand there."""
    text = page.locator("#panel .origins").inner_text().replace("\N{MINUS SIGN}", "-")
    return re.findall(r"(?<![\w.])-?\d+(?:\.\d+)?(?:e-?\d+)?(?![\w.])", text)


def test_walking_back_from_the_loss_meets_every_figure_that_the_source_prints(
    open_page: Opened, session_of: Made
) -> None:
    page = open_page(session_of("mazur"))
    pressed(page, "#phase")
    pressed(page, "#phase")
    page.locator('a.node[data-name="loss"]').click()
    expect(page.locator("#panel-name")).to_have_text("loss")
    assert {"0.274811083", "0.023560026", "0.298371109", "0.75136507", "0.772928465"} <= set(figures(page))
    for how, name, printed in WALK:
        follow(page, how, name)
        assert set(printed) <= set(figures(page)), name
        expect(page).to_have_url(re.compile(f"node={name[:2]}&index=0%2C0"))


def test_the_fork_at_a_hidden_unit_is_a_sum_of_two_terms(open_page: Opened, session_of: Made) -> None:
    page = open_page(session_of("mazur") + "?node=a1&index=0,0")
    pressed(page, "#phase")
    pressed(page, "#phase")
    products = page.locator("#panel .terms tbody .product")
    expect(products).to_have_text(["0.055399425", "−0.019049118"])
    expect(page.locator("#panel .terms tfoot .product")).to_have_text("0.036350306")
    results = page.locator("#panel .origin.gradient .derived .right")
    assert results.nth(2).inner_text().replace("\n", "").replace(" ", "") == "0.055399425+(−0.019049118)"
    expect(page.locator("#panel .origin.gradient .derived .result")).to_have_text("0.036350306")


def test_the_way_leads_forward_again_to_the_loss_and_back_by_the_browser(open_page: Opened, session_of: Made) -> None:
    page = open_page(session_of("mazur") + "?node=W1&index=0,0")
    pressed(page, "#phase")
    pressed(page, "#phase")
    for name in ("z1[0, 0]", "a1[0, 0]", "z2[0, 1]", "a2[0, 1]"):
        follow(page, "term", name)
    page.locator("#panel .terms tbody th a").click()
    expect(page.locator("#panel-name")).to_have_text("loss")
    page.go_back()
    expect(page.locator("#panel-name")).to_have_text("a2")


def test_the_numbers_in_a_formula_are_links_for_the_keyboard_and_the_finger(
    open_page: Opened, session_of: Made
) -> None:
    page = open_page(session_of("mazur") + "?node=z1&index=0,1", width=390, height=844, has_touch=True)
    pressed(page, "#phase")
    number = page.locator("#panel .derived .right").nth(1).get_by_role("link", name="W1[1, 0] = 0.25")
    number.tap()
    expect(page.locator("#panel-name")).to_have_text("W1")
    expect(page.locator("#panel .matrix.fields .chosen a")).to_have_text("[1, 0]")
    page.locator("#panel .matrix.fields .pick", has_text="[0, 1]").tap()
    expect(page.locator("#panel .pair .value dt")).to_contain_text("[0, 1]")
    page.go_back()
    page.go_back()
    expect(page.locator("#panel-name")).to_have_text("z1")
    page.locator("#panel a.place.value").first.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#panel-name")).to_have_text("x")


def test_without_a_script_the_way_back_is_made_of_plain_links(open_page: Opened, session_of: Made) -> None:
    page = open_page(session_of("mazur") + "?node=loss", java_script_enabled=False)
    page.get_by_role("button", name="Finish phase").click()
    page.get_by_role("button", name="Finish phase").click()
    page.locator('#panel .derived a.place[title^="a2[0, 0] ="]').first.click()
    expect(page.locator("#panel-name")).to_have_text("a2")
    expect(page.locator("#panel .origin.gradient .derived .result")).to_have_text("0.74136507")


def test_long_sums_are_folded_and_never_make_the_page_wider(open_page: Opened, session_of: Made) -> None:
    url = session_of(WIDE)
    for width in (390, 1440):
        page = open_page(url + "?node=W1&index=3,4", width=width)
        if width == 390:
            pressed(page, "#phase")
            pressed(page, "#phase")
        expect(page.locator("#panel .terms tbody .product")).to_have_count(13)
        expect(page.locator("#panel .terms .others")).to_contain_text("28 more, each of them smaller, together")
        expect(page.locator("#panel .origin.gradient .rest").last).to_contain_text(re.compile("… 37 more, together "))
        panel = page.locator("#panel")
        assert panel.evaluate("panel => panel.scrollWidth <= panel.clientWidth")
        assert panel.bounding_box()["width"] < width


@pytest.mark.parametrize(("locale", "width"), [("en-US", 1440), ("zh-CN", 390)])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious_in_an_explanation(
    open_page: Opened, session_of: Made, locale: str, width: int, scheme: str
) -> None:
    url = session_of("mazur") + "?node=a1&index=0,0"
    page = open_page(url, width=width, locale=locale, color_scheme=scheme, bypass_csp=True)
    pressed(page, "#phase")
    pressed(page, "#phase")
    found = Axe().run(page).response["violations"]
    serious = [(rule["id"], rule["nodes"][0]["html"]) for rule in found if rule["impact"] in ("serious", "critical")]
    assert serious == []


def test_who_follows_a_number_by_keyboard_goes_on_from_the_top_of_its_panel(
    open_page: Opened, session_of: Made
) -> None:
    page = open_page(session_of("mazur") + "?node=z1&index=0,1", height=500)
    pressed(page, "#phase")
    pressed(page, "#phase")
    for how, name in (("term", "a1[0, 1]"), ("term", "z2[0, 1]"), ("value", "W2[1, 0]")):
        link = page.locator("#panel .terms tbody th a").last
        if how == "value":
            link = page.locator(f'#panel .derived a.place[title^="{name} ="]').first
        link.focus()
        page.keyboard.press("Enter")
        expect(page.locator("#panel-name")).to_have_text(name[:2])
        expect(page.locator("#panel-name")).to_be_focused()
        expect(page.locator("#panel-name")).to_be_in_viewport()
