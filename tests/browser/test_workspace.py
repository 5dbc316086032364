"""The workspace in a browser: with a finger, without a script, with two people, with what cannot be."""

import re
from collections.abc import Callable

from playwright.sync_api import Locator, Page, expect

from tests.browser.waiting import held_back, let_come, pressed

COLAH = {"kind": "expression", "source": "a = 2\nb = 1\nc = a + b\nd = b + 1\ne = c * d"}
Opened = Callable[..., Page]
Made = Callable[..., str]


def card_value(page: Page, node: str) -> Locator:
    return page.locator(f'a.node[data-name="{node}"] .digits.value')


def value_of(page: Page, node: str) -> str:
    return card_value(page, node).text_content() or ""


def test_everything_works_without_a_script(open_page: Opened, session_of: Made) -> None:
    page = open_page(session_of(COLAH), java_script_enabled=False)
    page.get_by_role("button", name="Next operation").click()
    expect(page.locator("#position")).to_have_text("1")
    page.get_by_role("button", name="Finish phase").click()
    expect(card_value(page, "e")).to_have_text("6")
    page.locator('a.node[data-name="a"]').click()
    expect(page.locator("#panel-name")).to_have_text("a")
    page.get_by_role("textbox", name="a", exact=True).fill("5")
    page.locator("#set-value").click()
    expect(page.locator("#panel-name")).to_have_text("a")
    page.get_by_role("button", name="Finish iteration").click()
    expect(page.locator("#loss")).to_have_text("12")
    page.locator("#iterations").fill("3")
    page.get_by_role("button", name="Run iterations").click()
    expect(page.locator("#iteration")).to_have_text("4")
    page.get_by_role("button", name="Undo edit").click()
    expect(card_value(page, "a")).to_have_text("2")
    page.get_by_role("button", name="Redo edit").click()
    expect(card_value(page, "a")).to_have_text("5")


def test_a_refusal_without_a_script_is_a_page_that_says_so(open_page: Opened, session_of: Made) -> None:
    page = open_page(session_of(COLAH) + "?node=a", java_script_enabled=False)
    page.get_by_role("textbox", name="a", exact=True).fill("two")
    page.locator("#set-value").click()
    expect(page.get_by_role("alert")).to_contain_text('Expected a number, got "two".')
    expect(page.locator("#panel-name")).to_have_text("a")


def test_a_refusal_keeps_what_was_typed(open_page: Opened, session_of: Made) -> None:
    page = open_page(session_of(COLAH) + "?node=a")
    page.get_by_role("textbox", name="a", exact=True).fill("two")
    page.get_by_role("textbox", name="a", exact=True).press("Enter")
    expect(page.get_by_role("alert")).to_contain_text('Expected a number, got "two".')
    expect(page.get_by_role("textbox", name="a", exact=True)).to_have_value("two")
    expect(page.locator("#position")).to_have_text("0")


def test_two_readers_of_one_session_lose_nothing_silently(open_page: Opened, session_of: Made) -> None:
    url = session_of(COLAH)
    first, second = open_page(url), open_page(url + "?node=a")
    pressed(first, "#finish")
    second.get_by_role("textbox", name="a", exact=True).fill("7")
    second.get_by_role("textbox", name="a", exact=True).press("Enter")
    expect(second.get_by_role("alert")).to_contain_text("Somebody else changed this session in the meantime.")
    expect(second.locator("#position")).to_have_text("9")
    assert value_of(second, "a") == "1.8"
    pressed(second, "#set-value")
    expect(second.locator("#iteration")).to_have_text("1")


def test_who_chooses_a_number_of_a_session_that_another_has_changed_sees_it_as_it_is_now(
    open_page: Opened, session_of: Made
) -> None:
    url = session_of(COLAH)
    first, second = open_page(url), open_page(url)
    pressed(first, "#phase")
    second.locator('a.node[data-name="a"]').click()
    expect(second.locator("#panel-name")).to_have_text("a")
    assert [value_of(second, id) for id in "cde"] == [value_of(first, id) for id in "cde"] == ["3", "2", "6"]


def test_who_comes_back_from_another_page_finds_the_session_where_it_was_left(
    open_page: Opened, session_of: Made
) -> None:
    page = open_page(session_of(COLAH))
    pressed(page, "#next")
    pressed(page, "#next")
    page.goto(page.url + "/derivation")
    page.go_back()
    expect(page.locator("#position")).to_have_text("2")
    pressed(page, "#next")
    expect(page.locator("#position")).to_have_text("3")


def test_a_panel_follows_the_run_until_a_node_is_chosen(open_page: Opened, session_of: Made) -> None:
    page = open_page(session_of(COLAH))
    pressed(page, "#next")
    expect(page.locator("#panel-name")).to_have_text("c")
    page.locator('a.node[data-name="b"]').click()
    expect(page.locator("#panel-name")).to_have_text("b")
    expect(page).to_have_url(re.compile(r"\?node=b$"))
    pressed(page, "#next")
    expect(page.locator("#panel-name")).to_have_text("b")
    page.get_by_role("link", name="Follow the run").click()
    expect(page.locator("#panel-name")).to_have_text("d")
    expect(page).to_have_url(re.compile(r"/sessions/[^?]+$"))


def test_the_panel_shows_the_terms_and_a_second_opinion(open_page: Opened, session_of: Made) -> None:
    page = open_page(session_of(COLAH) + "?node=b")
    pressed(page, "#finish")
    products = page.locator("#panel .terms tbody .product").all_inner_texts()
    assert products == ["2", "3"]
    expect(page.locator("#panel .terms tfoot .product")).to_have_text("5")
    expect(page.locator("#panel .second .agrees")).to_be_visible()


def test_the_second_opinion_belongs_to_the_node_that_is_shown(open_page: Opened, session_of: Made) -> None:
    page = open_page(session_of(COLAH))
    for _ in range(6):
        pressed(page, "#next")
    expect(page.locator("#panel-name")).to_have_text("c")
    expect(page.locator("#panel .second .digits")).to_have_text("2")


def test_focus_stays_where_it_was_through_an_exchange(open_page: Opened, session_of: Made) -> None:
    page = open_page(session_of(COLAH))
    page.locator("#next").focus()
    for _ in range(4):
        version = page.locator("#dock").get_attribute("data-version")
        page.keyboard.press("Enter")
        expect(page.locator("#dock")).not_to_have_attribute("data-version", version or "")
        expect(page.locator("#next")).to_be_focused()
    page.locator('a.node[data-name="a"]').focus()
    page.keyboard.press("Enter")
    expect(page.locator("#panel-name")).to_have_text("a")
    expect(page.locator('a.node[data-name="a"]')).to_be_focused()


def test_a_narrow_screen_has_everything_within_reach(open_page: Opened, session_of: Made) -> None:
    page = open_page(session_of("article"), width=390, height=844, has_touch=True, is_mobile=True)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    # There is nothing to take back yet, so that line is left to the picture.
    expect(page.locator("#undo")).to_be_hidden()
    for name in ("#back", "#next", "#phase", "#finish", "#run", "#train"):
        box = page.locator(name).bounding_box()
        assert box is not None
        assert box["x"] >= 0 and box["x"] + box["width"] <= 390
        assert box["y"] > 844 / 2 and box["y"] + box["height"] <= 844
        assert box["height"] >= 40
    page.locator("#next").tap()
    expect(page.locator("#position")).to_have_text("1")
    visited, canvas = page.locator("#visited").bounding_box(), page.locator("#canvas").bounding_box()
    assert visited is not None and canvas is not None
    assert visited["x"] >= 0 and visited["x"] + visited["width"] <= 390
    assert canvas["height"] > 250


def test_the_table_shows_the_same_numbers_as_the_graph(open_page: Opened, session_of: Made) -> None:
    url = session_of(COLAH)
    graph, table = open_page(url), open_page(url + "?view=table")
    pressed(table, "#finish")
    graph.reload()
    for node in "abcde":
        row = table.locator("#rows tr", has=table.get_by_role("rowheader", name=node, exact=False)).filter(
            has=table.locator(f'th a[href*="node={node}&"]')
        )
        for role in ("value", "gradient"):
            on_card = graph.locator(f'a.node[data-name="{node}"] .digits.{role}').text_content()
            assert row.locator(f"td.{role}").inner_text() == on_card


def test_zooming_and_fitting_keep_the_picture_and_shortcuts_leave_fields_alone(
    open_page: Opened, session_of: Made
) -> None:
    page = open_page(session_of("article"))
    width = lambda: page.locator("#graph").bounding_box()["width"]  # noqa: E731
    before = width()
    page.keyboard.press("+")
    assert width() > before
    page.keyboard.press("0")
    assert width() <= page.locator("#canvas").bounding_box()["width"] + 1
    page.locator("#iterations").focus()
    page.keyboard.press("i")
    # What the key might have asked for would come before the answer to this.
    pressed(page, "#next")
    expect(page.locator("#position")).to_have_text("1")


def test_the_first_node_that_is_not_finite_is_named(open_page: Opened, session_of: Made) -> None:
    page = open_page(session_of({"kind": "expression", "source": "a = 800.0\nb = exp(a)\nc = b - b"}))
    pressed(page, "#phase")
    expect(page.locator("#status .banner")).to_contain_text("∞ or NaN has appeared, first at b")
    assert value_of(page, "b") == "∞"
    assert value_of(page, "c") == "NaN"


def test_names_are_shown_as_they_are_and_never_run(open_page: Opened, session_of: Made) -> None:
    page = open_page(session_of({"kind": "expression", "source": "变量 = 2\n损失 = 变量 * 变量"}))
    pressed(page, "#phase")
    expect(page.locator("#panel-name")).to_have_text("损失")
    assert value_of(page, "损失") == "4"


def test_a_graph_too_large_to_be_drawn_whole_is_shown_around_the_cursor(open_page: Opened, session_of: Made) -> None:
    lines = ["c0 = 1.0", *(f"c{number + 1} = c{number} * 1.001" for number in range(2_500))]
    page = open_page(session_of({"kind": "expression", "source": "\n".join(lines)}))
    expect(page.locator("#content")).to_be_visible()
    pressed(page, "#next")
    expect(page.locator('a.node[data-name="c1"] .digits.value')).to_have_text("1.001")
    pressed(page, "#phase")
    expect(page.locator('a.node[data-name="c2500"]')).to_be_visible()
    expect(page.locator('a.node[data-name="c1"]')).to_have_count(0)
    assert page.locator("a.node").count() < 200


def test_a_click_on_what_is_gone_when_its_turn_comes_counts_and_so_do_those_after_it(
    open_page: Opened, session_of: Made
) -> None:
    lines = ["c0 = 1.0", *(f"c{number + 1} = c{number} * 1.001" for number in range(2_500))]
    page = open_page(session_of({"kind": "expression", "source": "\n".join(lines)}))
    late = held_back(page, "**/move")
    page.locator("#phase").click()
    page.locator('a.node[data-name="c1"]').click()
    page.locator("#run").click()
    let_come(page, late)
    expect(page.locator("#dock")).to_have_attribute("data-version", "3")
    expect(page.locator("#panel-name")).to_have_text("c1")
    expect(page.locator('a.node[data-name="c1"] .digits.value')).to_be_visible()


def test_another_optimizer_shows_its_own_settings_before_it_is_set(open_page: Opened, session_of: Made) -> None:
    page = open_page(session_of("mazur"))
    page.select_option("#optimizer-kind", "adam")
    page.fill("#setting-beta1", "0.8")
    page.click("#set-optimizer")
    expect(page.locator("#undo")).to_be_enabled()
    expect(page.locator("#optimizer-kind")).to_have_value("adam")
    expect(page.locator("#setting-beta1")).to_have_value("0.8")


def test_the_way_from_number_to_number_can_be_gone_back(open_page: Opened, session_of: Made) -> None:
    page = open_page(session_of(COLAH) + "?node=e")
    for node in ("c", "a"):
        page.locator(f'a.node[data-name="{node}"]').click()
        expect(page.locator("#panel-name")).to_have_text(node)
    pressed(page, "#next")
    for node in ("c", "e"):
        page.go_back()
        expect(page.locator("#panel-name")).to_have_text(node)
    page.go_forward()
    expect(page.locator("#panel-name")).to_have_text("c")
    expect(page.locator("#position")).to_have_text("1")


def test_a_number_on_a_card_leads_to_itself(open_page: Opened, session_of: Made) -> None:
    page = open_page(session_of("article"))
    page.locator('a.node[data-name="W2"] .value [data-index="1,0"]').click()
    expect(page.locator("#panel-value")).to_have_text("0.8")
    expect(page).to_have_url(re.compile("node=W2&index=1%2C0"))
    page.locator('a.node[data-name="z1"] .pending.gradient').nth(1).click()
    page.wait_for_url("**node=z1&index=0%2C1*")


def test_the_menu_is_as_high_as_what_is_in_it(open_page: Opened, session_of: Made) -> None:
    page = open_page(session_of("mazur"))
    page.locator(".masthead .menu summary").click()
    menu, box = page.locator(".masthead .menu-body"), page.locator("label:has(#shortcuts)")
    assert menu.bounding_box()["height"] < 420
    assert box.bounding_box()["height"] < 2 * page.locator("#shortcuts").bounding_box()["height"] + 16
