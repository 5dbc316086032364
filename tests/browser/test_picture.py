"""In a real browser: what is seen is kept as a picture."""

import struct
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect


def saved(page: Page, format: str, folder: Path) -> Path:
    """The picture that a click on its button saves."""
    with page.expect_download() as download:
        page.click(f".save-picture [data-format={format}]")
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    return path


def test_a_view_is_saved_with_its_fonts_and_its_theme(
    session_of: Callable[..., str], open_page: Callable[..., Page], tmp_path: Path
) -> None:
    page = open_page(session_of("mazur"), color_scheme="dark")
    expect(page.locator("#graph")).to_be_visible()
    text = saved(page, "svg", tmp_path).read_text(encoding="utf-8")
    assert "data:font/woff2;base64," in text and "/static/" not in text
    assert "color-scheme: dark" in text and "hx-get" not in text
    assert struct.unpack(">II", saved(page, "png", tmp_path).read_bytes()[16:24])[0] > 1000
    alone = open_page("about:blank")
    alone.goto((tmp_path / "chainrule-graph.svg").as_uri())
    assert alone.locator("svg.picture #graph").bounding_box()["width"] > 300
