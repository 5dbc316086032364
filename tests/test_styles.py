"""The style sheets: each class has its look from one of them, so that none reaches into another's part of a page."""

import re
from collections import defaultdict
from functools import cache
from itertools import permutations
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SHEETS = ROOT / "static" / "css"
OF_ALL_PAGES = {"tokens", "base"}
REFINING = {
    frozenset(pair)
    for pair in (
        ("building", "home"),
        ("graph", "home"),
        ("train", "comparison"),
        ("run", "workspace"),
        ("check", "panel"),
    )
}
"""Sheets of one thing in two files: a form and what is particular to a form of networks, a chart and two of them …"""
SHARED = {
    "backward": "a phase, of whatever a sheet draws",
    "forward": "a phase",
    "gradient": "a quantity, of whatever a sheet draws",
    "curve": "the loss curve beside the graph; `train` draws the cursor in it as in its own charts",
    "derived": "an equation in lines, of a number's origin and of its update",
    "heat-legend": "the legend of a heat map, of whichever view",
    "legend": "the words beside the tabs, and what stands before them",
    "pair": "a number's value and gradient, with the reasons below them",
    "pending-bar": "what is not computed yet",
    "pending-word": "what is not computed yet, in words",
    "reading": "what a curve or a strip reads out",
    "section": "a section of the panel",
    "sections": "the sections of the panel",
}
"""Classes that sheets share on purpose: why."""
PAGES = sorted(
    path for path in (ROOT / "templates").rglob("*.html") if "css/" in path.read_text("utf-8") and path.stem != "base"
)


def loaded(page: Path) -> set[str]:
    """The sheets that a page loads beside those of all pages."""
    return set(re.findall(r"css/([\w-]+)\.css", page.read_text("utf-8"))) - OF_ALL_PAGES


@cache
def classes(sheet: str) -> tuple[frozenset[str], frozenset[str]]:
    """The classes at which a selector of a sheet begins, and all that it names."""
    text = re.sub(r"/\*.*?\*/", "", (SHEETS / f"{sheet}.css").read_text("utf-8"), flags=re.DOTALL)
    begun, named = set(), set()
    for selectors in re.findall(r"([^{}@;]+)\{", text):
        # A comma within brackets parts no selectors.
        for selector in re.split(r",(?![^(]*\))", selectors):
            begun |= set(re.findall(r"^\s*[a-z]*\.([a-zA-Z][\w-]*)", selector))
            named |= set(re.findall(r"\.([a-zA-Z][\w-]*)", selector))
    return frozenset(begun), frozenset(named)


def reaching(page: Path) -> dict[str, set[tuple[str, str]]]:
    """The classes to which a sheet of a page gives a look wherever they stand, and another sheet a look of its own."""
    found = defaultdict(set)
    for one, other in permutations(sorted(loaded(page)), 2):
        if frozenset((one, other)) not in REFINING:
            for name in classes(one)[0] & classes(other)[1]:
                found[name].add((one, other))
    return dict(found)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT / "templates").as_posix())
def test_no_sheet_of_a_page_reaches_into_the_part_of_another(page: Path) -> None:
    assert {name: sheets for name, sheets in reaching(page).items() if name not in SHARED} == {}


def test_what_is_said_to_be_shared_is_shared() -> None:
    assert set(SHARED) == {name for page in PAGES for name in reaching(page)} & set(SHARED)


def test_the_stage_has_no_class_of_the_name_of_its_view() -> None:
    stage = (ROOT / "templates/workspace/_stage.html").read_text("utf-8")
    assert 'data-view="{{ space.view }}"' in stage and not re.search(r'class="[^"]*space\.view', stage)


def test_no_latin_font_takes_the_marks_that_chinese_writes_in_its_own_width() -> None:
    tokens = (SHEETS / "tokens.css").read_text("utf-8")
    marks = {ord(mark) for mark in "—‘’“”…"}
    covered = {family: marks & set(ranges) for family, ranges in faces(tokens)}
    others = re.search(r"--others: (.*);", tokens)[1]
    english, chinese = (value.replace("var(--others)", others) for value in re.findall(r"--sans: (.*?);", tokens))
    assert set().union(*(covered.get(family, set()) for family in re.findall(r'"([^"]+)"', english))) == marks
    assert set().union(*(covered.get(family, set()) for family in re.findall(r'"([^"]+)"', chinese))) == set()


def faces(sheet: str) -> list[tuple[str, list[int]]]:
    """The fonts that a sheet brings along, each with the letters it is used for."""
    found = []
    for face in re.findall(r"@font-face \{(.*?)\}", sheet, re.DOTALL):
        family = re.search(r'font-family: "(.*?)"', face)[1]
        bounds = re.findall(r"U\+([0-9A-F]+)(?:-([0-9A-F]+))?", face) or [("0", "FFFF")]
        found.append((family, [at for low, high in bounds for at in range(int(low, 16), int(high or low, 16) + 1)]))
    return found
