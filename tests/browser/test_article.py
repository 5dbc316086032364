"""The article's worked example, walked through with nothing but the keyboard."""

import re
from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

# §4.3 of the article, computed by hand in NumPy. Its y is the node a3, its C the node loss.
FORWARD = [
    ("z1", "0.31", "0.82"),
    ("a1", "0.57688526", "0.69423634"),
    ("z2", "1.42863239", "2.02516818"),
    ("a2", "0.80668814", "0.88341435"),
    ("z3", "1.12173412", "2.10544773"),
    ("a3", "0.75431024", "0.89143154"),
    ("loss", "0.03607528510662207"),
]
BACKWARD = {
    "z3": ("-0.04553278", "-0.0105074"),
    "a2": ("-0.03117231", "-0.04448183"),
    "z2": ("-0.00486108", "-0.00458134"),
    "a1": ("-0.00706783", "-0.00941445"),
    "z1": ("-0.00172518", "-0.00199843"),
    "x": ("-0.00097189", "-0.00171661"),
}
WORDS = {"en-US": ("Forward", "Backward", "Update"), "zh-CN": ("前向传播", "反向传播", "参数更新")}


def number(text: str) -> float:
    return float(text.replace("\N{MINUS SIGN}", "-"))


def card(page: Page, node: str, role: str) -> list[float]:
    """The numbers on a node's card; none where they are not computed yet."""
    digits = page.locator(f'a.node[data-name="{node}"] .digits.{role} tspan').all_text_contents()
    return [number(text) for text in digits]


def press(page: Page, key: str) -> None:
    """Press a key and wait for what it changes."""
    version = page.locator("#dock").get_attribute("data-version")
    page.keyboard.press(key)
    expect(page.locator("#dock")).not_to_have_attribute("data-version", version or "")


def cards(page: Page) -> list[str]:
    """All words and numbers of the graph, in order."""
    return (page.locator("#cards").text_content() or "").split()


def open_by_keyboard(page: Page, selector: str) -> None:
    """Go to a button with the tab key alone, and press it."""
    button = page.locator(selector)
    for _ in range(80):
        page.keyboard.press("Tab")
        if button.evaluate("button => button === document.activeElement"):
            break
    expect(button).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#content")).to_be_visible()
    # What listens to keys is loaded with the page, which may take longer than to draw it.
    page.wait_for_load_state()


def rounded(texts: tuple[str, ...]) -> list[float]:
    return [pytest.approx(float(text), rel=6e-5) for text in texts]


def in_full(page: Page, role: str, texts: tuple[str, ...]) -> list[str]:
    """The panel's numbers with as many places as the article's table has: those of a matrix, or the one of a scalar."""
    cells = page.locator(f"#panel .matrix.{role} a")
    titles = [cell.get_attribute("title") or "" for cell in cells.all()]
    numbers = [number(title) for title in titles] or [number(page.locator(f"#panel-{role}").inner_text())]
    return [f"{value:.{len(text.partition('.')[2])}f}" for value, text in zip(numbers, texts, strict=True)]


@pytest.mark.parametrize("locale", ["en-US", "zh-CN"])
def test_every_number_of_the_first_iteration_appears_as_the_keyboard_reaches_it(
    open_page: Callable[..., Page], address: str, locale: str
) -> None:
    page = open_page(address, locale=locale)
    open_by_keyboard(page, 'button[name="/name"][value="article"]')
    forward, backward, update = WORDS[locale]
    for node, *texts in FORWARD:
        expected = tuple(texts)
        assert card(page, node, "value") == []
        press(page, "ArrowRight")
        expect(page.locator("#status strong")).to_have_text(forward)
        assert card(page, node, "value") == rounded(expected)
        assert in_full(page, "value", expected) == list(expected)
        assert card(page, node, "gradient") == []
    seen = {}
    length = int(page.locator("#scrubber").get_attribute("max") or 0)
    for _ in range(len(FORWARD) + 1, length):
        press(page, "ArrowRight")
        expect(page.locator("#status strong")).to_have_text(backward)
        node = page.locator("#panel-name").inner_text()
        seen[node] = card(page, node, "gradient")
        assert seen[node] != []
        if node in BACKWARD:
            assert in_full(page, "gradient", BACKWARD[node]) == list(BACKWARD[node])
    assert {node: seen[node] for node in BACKWARD} == {node: rounded(texts) for node, texts in BACKWARD.items()}
    press(page, "ArrowRight")
    expect(page.locator("#status strong")).to_have_text(update)
    expect(page.locator("#position")).to_have_text(str(length))


@pytest.mark.parametrize("locale", ["en-US", "zh-CN"])
def test_a_weight_is_edited_the_run_repeated_and_the_edit_undone_by_keyboard(
    open_page: Callable[..., Page], session_of: Callable[..., str], locale: str
) -> None:
    page = open_page(session_of("article"), locale=locale)
    press(page, "i")
    before = page.locator("#curve").inner_text()
    page.keyboard.press("/")
    expect(page.locator("#search")).to_be_focused()
    page.keyboard.type("W1")
    page.keyboard.press("Enter")
    expect(page.locator("#panel-name")).to_have_text("W1")
    field = page.get_by_label("W1[0, 1]", exact=True)
    field.focus()
    page.keyboard.press("Control+A")
    page.keyboard.type("0.7")
    press(page, "Enter")
    expect(page.locator("#iteration")).to_have_text("1")
    expect(page.locator("#position")).to_have_text("0")
    assert card(page, "W1", "value")[1] == 0.7
    page.locator("#next").focus()
    press(page, "f")
    assert card(page, "z1", "value")[0] == pytest.approx(0.39, abs=1e-3)
    press(page, "u")
    expect(page.locator("#iteration")).to_have_text("1")
    expect(page.locator("#position")).to_have_text("23")
    assert card(page, "W1", "value")[1] == pytest.approx(0.3, abs=1e-3)
    assert page.locator("#curve").inner_text() == before
    press(page, "y")
    assert card(page, "W1", "value")[1] == 0.7


def test_going_back_shows_again_exactly_what_was_there(
    open_page: Callable[..., Page], session_of: Callable[..., str]
) -> None:
    page = open_page(session_of("article"))
    expect(page.locator("#back")).to_be_disabled()
    shown = []
    for _ in range(12):
        shown.append(cards(page))
        press(page, "ArrowRight")
    for expected in reversed(shown):
        press(page, "ArrowLeft")
        assert cards(page) == expected
    expect(page.locator("#back")).to_be_disabled()
    expect(page.locator("#next")).to_be_enabled()


def test_what_a_move_changes_is_all_that_is_sent(
    open_page: Callable[..., Page], session_of: Callable[..., str]
) -> None:
    page = open_page(session_of("article"))
    press(page, "ArrowRight")
    with page.expect_response(re.compile("/move$")) as answer:
        press(page, "ArrowRight")
    text = answer.value.text()
    assert re.findall(r'hx-target="#(v\d+)"', text) == ["v4"]
    assert 'id="cards"' not in text
    assert len(text) < 20_000


@pytest.mark.parametrize(("locale", "width"), [("en-US", 1440), ("zh-CN", 1440), ("zh-CN", 390)])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("view", ["graph", "table"])
def test_axe_finds_nothing_serious(
    open_page: Callable[..., Page], session_of: Callable[..., str], locale: str, width: int, scheme: str, view: str
) -> None:
    address = session_of("article") + f"?node=W1&view={view}"
    page = open_page(address, width=width, locale=locale, color_scheme=scheme, bypass_csp=True)
    press(page, "f")
    press(page, "f")
    found = Axe().run(page).response["violations"]
    serious = [(rule["id"], rule["nodes"][0]["html"]) for rule in found if rule["impact"] in ("serious", "critical")]
    assert serious == []
