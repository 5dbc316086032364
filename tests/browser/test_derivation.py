"""A derivation as a page: found from the workspace, read on any screen, printed."""

from collections.abc import Callable
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

LONG = {
    "kind": "layers",
    "inputs": 2,
    "layers": [
        {"kind": "dense", "units": 64, "activation": "gelu"},
        {"kind": "dense", "units": 2, "activation": "identity"},
    ],
    "loss": "cross_entropy",
    "data": {"dataset": "spiral", "samples": 60, "noise": 0.1, "seed": 1},
    "optimizer": {"kind": "adam"},
}


def test_the_document_is_found_in_the_menu_of_the_session_and_leads_back(
    open_page: Callable[..., Page], session_of: Callable[..., str]
) -> None:
    address = session_of("article")
    page = open_page(address)
    page.locator(".masthead details.menu summary").click()
    page.get_by_role("link", name="The derivation as a document").click()
    page.wait_for_url(f"{address}/derivation")
    assert page.locator("h1").inner_text() == "Derivation: The article's worked example"
    page.get_by_label("Significant digits").fill("3")
    page.get_by_role("button", name="Round").click()
    page.wait_for_url(f"{address}/derivation?digits=3")
    assert "0.0361" in page.locator(".derivation").inner_text()
    page.get_by_role("link", name="Back to the workspace").click()
    page.wait_for_url(address)


@pytest.mark.parametrize("spec", ["article", LONG], ids=["article", "long"])
@pytest.mark.parametrize("digits", [6, 17])
def test_no_line_makes_a_phones_page_wider_than_the_phone(
    open_page: Callable[..., Page], session_of: Callable[..., str], spec: str | dict, digits: int
) -> None:
    page = open_page(f"{session_of(spec)}/derivation?digits={digits}", width=390, height=844, locale="zh-CN")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.mark.parametrize(("locale", "width"), [("en-US", 1440), ("zh-CN", 390)])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious_in_a_derivation(
    open_page: Callable[..., Page], session_of: Callable[..., str], locale: str, width: int, scheme: str
) -> None:
    address = f"{session_of('article')}/derivation"
    page = open_page(address, width=width, locale=locale, color_scheme=scheme, bypass_csp=True)
    found = Axe().run(page).response["violations"]
    serious = [(rule["id"], rule["nodes"][0]["html"]) for rule in found if rule["impact"] in ("serious", "critical")]
    assert serious == []


def test_on_paper_there_is_the_document_and_no_control(
    open_page: Callable[..., Page], session_of: Callable[..., str], tmp_path: Path
) -> None:
    page = open_page(f"{session_of('article')}/derivation")
    page.emulate_media(media="print")
    assert [page.locator(part).is_visible() for part in (".masthead", ".derivation-tools", ".equation >> nth=0")] == [
        False,
        False,
        True,
    ]
    page.pdf(path=tmp_path / "printed.pdf", prefer_css_page_size=True)
    assert (tmp_path / "printed.pdf").read_bytes().startswith(b"%PDF")
