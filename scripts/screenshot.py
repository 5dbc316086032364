"""Make the README's pictures from the product: Mazur's example in the middle of its backward pass, and a training.

    .venv/bin/python -m scripts.screenshot

Needs the test dependencies and a Chromium, both of which `scripts/test.py` brings.
"""

import json
import shutil
import urllib.request
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.benchmarks.step import server
from tests.browser.conftest import FLAGS

DOCS = Path(__file__).resolve().parent.parent / "docs"
SIZE = {"width": 1440, "height": 1230}


def session_of(address: str, preset: str, iterations: int, position: int | None = None) -> str:
    """A session of a preset after so many iterations, at a position of the next one if that is said; its workspace."""
    id = post(f"{address}/api/sessions", {"kind": "preset", "name": preset})["id"]
    post(f"{address}/api/sessions/{id}/step", {"iterations": iterations})
    if position is not None:
        post(f"{address}/api/sessions/{id}/move", {"iteration": iterations, "position": position})
    return f"{address}/sessions/{id}"


def post(address: str, body: dict) -> dict:
    request = urllib.request.Request(address, json.dumps(body).encode(), {"content-type": "application/json"})
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


def main() -> None:
    with server() as port, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        page = browser.new_page(viewport=SIZE, locale="en-US", reduced_motion="reduce")
        address = f"http://127.0.0.1:{port}"
        for name, session in (
            ("screenshot", session_of(address, "mazur", 30, 12)),
            ("training", f"{session_of(address, 'spiral-classifier', 3000)}?view=train"),
        ):
            page.goto(session)
            page.wait_for_load_state("networkidle")
            page.screenshot(path=DOCS / f"{name}.png")
        browser.close()


if __name__ == "__main__":
    main()
