"""Below a path of a proxy: scripts, forms, streams and the language work as they do at the top."""

import re
from collections.abc import Callable
from urllib.parse import urlsplit

from playwright.sync_api import Page, Response, expect

Opened = Callable[..., Page]


def test_a_network_is_made_trained_and_read_in_chinese_below_a_path(address_below: str, open_page: Opened) -> None:
    page = open_page(f"{address_below}/build?dataset=spiral")
    asked: list[Response] = []
    page.on("response", lambda answer: asked.append(answer))
    with page.expect_response("**/chainrule/build/check"):
        page.get_by_label("Noise").first.fill("0.2")
    page.get_by_role("button", name="Open the network").click()
    page.wait_for_url("**/chainrule/sessions/*")
    picture = page.locator(".plane image")
    page.get_by_role("button", name="Train", exact=True).click()
    for _ in range(2):
        expect(picture).not_to_have_attribute("href", picture.get_attribute("href"))
    page.keyboard.press("p")
    expect(page.locator(".telling")).to_contain_text("Paused after")
    page.get_by_role("button", name="Next operation").click()
    page.locator(".bank a.unit").first.click()
    expect(page).to_have_url(re.compile(r"/chainrule/sessions/.*node="))
    page.get_by_role("button", name="中文").click()
    expect(page.locator("html")).to_have_attribute("lang", "zh-Hans")
    paths = [urlsplit(answer.url).path for answer in asked]
    assert {"live", "move"} <= {path.rpartition("/")[2] for path in paths}
    assert [answer.url for answer in asked if answer.status >= 400] == []
