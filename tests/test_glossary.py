"""The glossary: a line for each noun, with the Chinese that pages use."""

import re

from app.web.language import catalog
from tests.processes import ROOT

ROWS = re.findall(
    r"^\| (\S[^|]*?) \| ([^|]*?) \| ([^|]+?) \|$", (ROOT / "docs/glossary.md").read_text("utf-8"), re.MULTILINE
)[1:]
CHINESE = catalog("zh_Hans")


def test_no_noun_and_no_translation_stands_twice() -> None:
    assert len(ROWS) > 30
    for column in range(2):
        words = [row[column] for row in ROWS]
        assert len(set(words)) == len(words)


def test_pages_call_things_as_the_glossary_does() -> None:
    told = {word: CHINESE.gettext(form) for word, _, _ in ROWS for form in (word, word.capitalize())}
    shown = {word: text for word, text in told.items() if text.lower() != word}
    assert len(shown) > 8
    assert shown == {word: chinese for word, chinese, _ in ROWS if word in shown}
