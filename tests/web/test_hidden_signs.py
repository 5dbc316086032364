"""Signs that nobody sees and that act on what stands around them are shown by their numbers wherever text is read."""

import logging
import re
import unicodedata
from html import unescape

import pytest

from app.errors import Invalid, visible
from app.export.formats import FORMATS
from app.views.catalog import VIEWS
from app.web.logs import JsonLines
from tests.web.page_forms import forms_of

HTML = {"accept": "text/html"}
ANIMALS = ("dog\u200f", "cat\u2066")
ROWS = "\n".join(f"{n / 9},{1 - n / 7},{ANIMALS[n % 2]}" for n in range(12))
TABLE = f"wid\u202eth,he\u200bight,kind\u00ad\n{ROWS}\n"
SPEC = {
    "kind": "layers",
    "inputs": 2,
    "layers": [{"units": 2}],
    "loss": "cross_entropy",
    "data": {"csv": TABLE, "target": "kind\u00ad", "inputs": ["wid\u202eth", "he⟨U+200B⟩ight"], "test_fraction": 0.3},
}


def hidden(text: str) -> set[str]:
    """The signs in a text that act without being seen."""
    return {sign for sign in text if unicodedata.category(sign) in ("Cf", "Zl", "Zp")}


def read_by_people(page: str) -> str:
    """What a page shows and says of itself: all but the fields, which send what they hold as it was typed."""
    page = re.sub(r"<textarea.*?</textarea>", "", page, flags=re.DOTALL)
    return unescape(re.sub(r'\b(?:value|data-[\w-]+)="[^"]*"', "", page))


@pytest.mark.parametrize(
    "sign", ["\u202e", "\u2066", "\u200b", "\u200f", "\ufeff", "\u2028", "\x9b", "\u3164", "\U000e0041"]
)
def test_a_hidden_sign_is_shown_by_its_number(sign):
    assert visible(f"a{sign}b") == f"a⟨U+{ord(sign):04X}⟩b"
    assert visible(visible(f"a{sign}b")) == visible(f"a{sign}b")


@pytest.mark.parametrize("text", ["长度 = 1", "a\tb\nc", "naïve é ∂ −1 µ", "全角\u3000空格", "עברית", "emoji 🙂"])
def test_every_other_text_stays_as_it_is(text):
    assert visible(text) == text


def test_names_and_classes_of_a_table_are_shown_as_what_they_are(api):
    id = api.session(SPEC)
    api.post(f"{id}/step", {"iterations": 2})
    page = id.removeprefix("/api")
    addresses = [
        *(f"{page}?view={name}" for name in VIEWS),
        *(f"{id}/views/{name}" for name, row in VIEWS.items() if row.build),
        *(f"{id}/export/{name}" for name in FORMATS if name != "json"),
        *(f"{page}/derivation", f"{page}/derivation.tex", f"{page}/derivation.md"),
    ]
    for address in addresses:
        answer = api.get(address, headers=HTML)
        assert answer.status_code == 200 and not hidden(unescape(answer.text)), address
    shown = api.get(f"{id}/views/train").json()
    assert shown["confusion"]["classes"] == ["cat⟨U+2066⟩", "dog⟨U+200F⟩"]
    assert "wid⟨U+202E⟩th" in api.get(f"{page}?view=train", headers=HTML).text
    assert api.get(id).json()["spec"]["data"]["csv"] == TABLE


def test_the_form_shows_them_and_sends_what_was_typed(api):
    form = next(form for form in forms_of(api.get("/build", headers=HTML).text) if "/data/from" in form.fields)
    typed = {**form.fields, "/data/from": "csv", "/data/csv": TABLE, "read": "table"}
    page = api.post("/build", data=typed, headers=HTML).text
    assert "wid⟨U+202E⟩th" in page and not hidden(read_by_people(page))
    again = next(form for form in forms_of(page) if "/data/from" in form.fields)
    assert again.fields["/data/csv"].lstrip("\n") == TABLE
    made = api.post("/sessions", data={**again.fields, "/data/csv": TABLE}, headers=HTML)
    assert made.status_code == 303


def test_an_expression_is_refused_with_its_line_as_it_is(api):
    source = "a = 1 # \u202e x\nb = a \u2066 2"
    page = api.post("/expression/check", data={"/source": source}, headers=HTML).text
    assert "⟨U+2066⟩" in page and not hidden(unescape(page))
    answer = api.post("/api/sessions", {"kind": "expression", "source": source})
    assert answer.status_code == 422 and not hidden(answer.json()["detail"])


@pytest.mark.parametrize("language", ["en", "zh"])
def test_what_came_is_shown_as_what_it_is_in_every_sentence(api, language):
    answer = api.post("/api/sessions", {"kind": "preset", "name": "x\u202ey"}, headers={"accept-language": language})
    assert "x⟨U+202E⟩y" in answer.json()["detail"]
    answer = api.get("/api/no\u202ething", headers={"accept-language": language})
    assert answer.status_code == 404 and "no⟨U+202E⟩thing" in answer.json()["detail"]
    assert str(Invalid("{came}", came=["a\u202e", "b"])) == "a⟨U+202E⟩, b"


def test_a_line_of_the_log_is_turned_round_by_nobody():
    record = logging.LogRecord("app", logging.ERROR, "", 0, "read %s", ("a\u202eb",), None)
    assert "a⟨U+202E⟩b" in JsonLines().format(record)
