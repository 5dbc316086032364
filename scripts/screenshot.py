"""Make the README's picture from the product: Mazur's example in the middle of its backward pass.

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

PICTURE = Path(__file__).resolve().parent.parent / "docs" / "screenshot.png"
SIZE = {"width": 1440, "height": 1230}


def session_of(address: str, preset: str, position: int) -> str:
    """A session of a preset at a moment of its first iteration; the address of its workspace."""
    id = post(f"{address}/api/sessions", {"kind": "preset", "name": preset})["id"]
    post(f"{address}/api/sessions/{id}/step", {"iterations": 30})
    post(f"{address}/api/sessions/{id}/move", {"iteration": 30, "position": position})
    return f"{address}/sessions/{id}"


def post(address: str, body: dict) -> dict:
    request = urllib.request.Request(address, json.dumps(body).encode(), {"content-type": "application/json"})
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


def main() -> None:
    with server() as port, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        page = browser.new_page(viewport=SIZE, locale="en-US", reduced_motion="reduce")
        page.goto(session_of(f"http://127.0.0.1:{port}", "mazur", 12))
        page.wait_for_load_state("networkidle")
        page.screenshot(path=PICTURE)
        browser.close()


if __name__ == "__main__":
    main()
