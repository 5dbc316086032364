"""A real Chromium that clicks “Next operation” and notes when htmx asked, was answered and had swapped."""

from dataclasses import dataclass, field

CLICKS = 120
WARM_UP = 20
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]

# Runs before the page's own scripts and only listens.
LISTENER = """
window.noted = [];
document.addEventListener("click", () => window.noted.push({click: performance.now()}), true);
const note = (name) => document.addEventListener(name, () => {
  const last = window.noted.at(-1);
  if (!last) return;
  if (name === "htmx:after:request") last.answered = performance.now();
  if (name === "htmx:after:swap") {
    last.swapped = performance.now();
    requestAnimationFrame(() => setTimeout(() => { last.frame = performance.now(); }));
  }
});
["htmx:after:request", "htmx:after:swap"].forEach(note);
"""


@dataclass
class Spans:
    """Milliseconds of every click after the warm-up."""

    swap: list[float] = field(default_factory=list)
    click_to_swap: list[float] = field(default_factory=list)
    click_to_frame: list[float] = field(default_factory=list)


def click_through(address: str, executable: str) -> Spans:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=FLAGS)
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        page.add_init_script(LISTENER)
        page.goto(address)
        page.wait_for_selector("#content", timeout=30_000)
        version = int(page.get_attribute("#dock", "data-version") or 0)
        for click in range(1, CLICKS + 1):
            page.click("#next")
            page.wait_for_selector(f'#dock[data-version="{version + click}"]')
        page.wait_for_timeout(100)
        noted = page.evaluate("window.noted")[WARM_UP:]
        browser.close()
    spans = Spans()
    for times in noted:
        spans.swap.append(times["swapped"] - times["answered"])
        spans.click_to_swap.append(times["swapped"] - times["click"])
        spans.click_to_frame.append(times["frame"] - times["click"])
    return spans
