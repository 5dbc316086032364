"""In a real browser: branch from a moment with another optimizer, compare, and keep what is seen as a picture."""

import re
import struct
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

MOONS = {
    "kind": "layers",
    "inputs": 2,
    "layers": [{"units": 6, "activation": "tanh"}, {"units": 1}],
    "loss": "binary_cross_entropy_with_logits",
    "data": {"dataset": "moons", "samples": 60},
}


def saved(page: Page, format: str, folder: Path) -> Path:
    """The picture that a click on its button saves."""
    with page.expect_download() as download:
        page.click(f".save-picture [data-format={format}]")
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    return path


def test_a_branch_with_adam_is_compared_with_the_run_it_left(
    session_of: Callable[..., str], open_page: Callable[..., Page], tmp_path: Path
) -> None:
    page = open_page(session_of(MOONS))
    page.fill("#iterations", "60")
    page.click("#run")
    page.click("#branch h2 a")
    expect(page.locator("#branch-from")).to_have_value("60")
    page.fill("#branch-from", "20")
    page.select_option("#branch-optimizer", "adam")
    page.fill("#branch .change input[name=rate]", "0.05")
    page.click("#branch button[value=optimizer]")
    expect(page).to_have_url(re.compile(r"/compare/[\w-]+/[\w-]+$"))
    expect(page.locator(".said")).to_contain_text("B left A at iteration 20")
    expect(page.locator(".differences")).to_contain_text("Adam")
    expect(page.locator(".plane")).to_have_count(2)
    page.click(".compared li:nth-child(2) a")
    page.click("#run")
    page.click("#branch h2 a")
    expect(page.locator("#branch-from")).to_have_value("30")
    page.click("#branch p a")
    expect(page.locator(".said")).to_contain_text("At iteration 29 the loss is")
    picture = saved(page, "png", tmp_path)
    assert struct.unpack(">II", picture.read_bytes()[16:24])[0] > 1000


def test_a_view_is_saved_with_its_fonts_and_its_theme(
    session_of: Callable[..., str], open_page: Callable[..., Page], tmp_path: Path
) -> None:
    page = open_page(session_of("mazur"), color_scheme="dark")
    expect(page.locator("#graph")).to_be_visible()
    text = saved(page, "svg", tmp_path).read_text(encoding="utf-8")
    assert "data:font/woff2;base64," in text and "/static/" not in text
    assert "color-scheme: dark" in text and "hx-get" not in text
    alone = open_page("about:blank")
    alone.goto((tmp_path / "chainrule-graph.svg").as_uri())
    assert alone.locator("svg.picture #graph").bounding_box()["width"] > 300
