"""Building a network to train in a real browser: from pictures of data sets, and from a table of one's own."""

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

WORKSPACE = re.compile(r"/sessions/[\w-]{16,}\?view=train$")
ANIMALS = "身高；体重；种类\n24；4.1；猫\n25；3.9；猫\n52；很重；狗\n60；26；狗\n"


def test_a_spiral_is_chosen_by_its_picture_and_a_network_for_it_is_made_by_hand(
    open_page: Callable[..., Page], address: str
) -> None:
    page = open_page(address + "/build?dataset=circle")
    result, thumbnail = page.locator("#network-result"), page.locator("#choose-spiral .data-marks").first
    expect(result).to_contain_text("2 → 4 → 1")
    page.get_by_role("button", name="spiral", exact=True).click()
    expect(result).to_contain_text("2 → 8 → 8 → 1")
    expect(page.get_by_role("button", name="spiral", exact=True)).to_be_focused()
    calm = thumbnail.get_attribute("d")
    page.fill("#network-data-noise", "0.4")
    expect(thumbnail).not_to_have_attribute("d", calm)
    page.locator("label", has_text="sin x₁").click()
    expect(page.locator("#layer-inputs")).to_contain_text("3")
    page.get_by_role("button", name="Remove layer 2").click()
    expect(result).to_contain_text("3 → 8 → 1")
    page.get_by_role("button", name="Add a hidden layer").click()
    page.locator("label", has_text="sin x₁").click()
    expect(result).to_contain_text("2 → 8 → 8 → 1")
    page.get_by_role("button", name="Open the network").click()
    expect(page).to_have_url(WORKSPACE)


def test_a_chinese_table_is_pasted_mended_at_the_line_that_is_named_and_opened(
    open_page: Callable[..., Page], address: str
) -> None:
    page = open_page(address + "/build", locale="zh-CN")
    page.get_by_text("自己的表格").click()
    table = page.locator("#network-data-csv")
    table.fill(ANIMALS)
    page.get_by_role("button", name="读取表格").click()
    expect(page.locator(".table-flaws")).to_contain_text("第 4 行“体重”列：“很重”不是数值。")
    expect(table).to_have_value(ANIMALS)
    table.fill(ANIMALS.replace("很重", "21"))
    page.get_by_role("button", name="读取表格").click()
    expect(page.locator(".table-flaws")).to_have_count(0)
    expect(page.locator(".table-classes")).to_contain_text("狗 2 猫 2")
    page.get_by_role("checkbox", name="“身高”是输入").click()
    expect(page.locator("#layer-inputs")).to_have_text("1 体重")
    page.get_by_role("button", name="打开网络").click()
    expect(page).to_have_url(WORKSPACE)


def test_a_table_comes_from_a_file_as_well(open_page: Callable[..., Page], address: str) -> None:
    page = open_page(address + "/build?source=csv", width=390)
    content = ANIMALS.replace("很重", "21").encode("gb18030")
    page.set_input_files("#table-file", {"name": "animals.csv", "mimeType": "text/csv", "buffer": content})
    expect(page.locator(".table-roles")).to_contain_text("种类")
    expect(page.locator("#network-result")).to_contain_text("2 → 6 → 4 → 1")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
