"""The reader's language: how it is chosen, that every sentence has a translation, and that the catalogs are sound."""

import ast
import re
import string
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from app import errors
from app.errors import N_, Invalid
from app.web import language, urls
from tests.web.client import MAZUR, Api, problem

ROOT = Path(language.__file__).parent.parent
KEYWORDS = {"_": None, "gettext": None, "translate": None, "N_": None, "ngettext": (1, 2)}
METHODS = [("**.py", "python"), ("**.html", "jinja2.ext:babel_extract"), ("**.svg", "jinja2.ext:babel_extract")]
OTHERS = [language_ for language_ in language.languages() if language_ != language.DEFAULT]


@cache
def extracted() -> Catalog:
    """Every text that the code and the templates mark, with where it stands."""
    catalog = Catalog()
    for folder in (ROOT, urls.folder("templates")):
        for file, line, text, comments, context in extract_from_dir(folder, METHODS, keywords=KEYWORDS):
            catalog.add(text, locations=[(file, line)], auto_comments=comments, context=context)
    return catalog


@cache
def translated(name: str) -> Catalog:
    with (language.LOCALES / name / "LC_MESSAGES" / "chainrule.po").open("rb") as file:
        return read_po(file, locale=name)


def test_texts_are_found_in_the_code_and_in_the_templates() -> None:
    files = {file for message in extracted() for file, _ in message.locations}
    assert len(extracted()) > 100 and {".py", ".html"} <= {Path(file).suffix for file in files}


@pytest.mark.parametrize("name", OTHERS)
def test_every_text_is_translated(name: str) -> None:
    known = translated(name)
    missing = [
        (message.id, message.locations[0])
        for message in extracted()
        if message.id and not (message.id in known and all(_strings(known[message.id].string)))
    ]
    assert missing == []


@pytest.mark.parametrize("name", OTHERS)
def test_no_translation_is_fuzzy_or_no_longer_used(name: str) -> None:
    catalog = translated(name)
    assert [message.id for message in catalog if message.id and message.fuzzy] == []
    assert list(catalog.obsolete) == []
    assert [message.id for message in catalog if message.id and message.id not in extracted()] == []


@pytest.mark.parametrize("name", OTHERS)
def test_translations_have_the_placeholders_of_their_texts(name: str) -> None:
    for message in translated(name):
        if message.id:
            wanted = set.union(*(placeholders(text) for text in _strings(message.id)))
            for text in _strings(message.string):
                assert placeholders(text) == wanted, message.id


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def _strings(text: str | tuple[str, ...]) -> tuple[str, ...]:
    return text if isinstance(text, tuple) else (text,)


def raised() -> Iterator[tuple[str, int, str, set[str]]]:
    """Every error made with a marked template: where, the template, the fields given. `**more` hides fields."""
    kinds = {name for name, kind in vars(errors).items() if isinstance(kind, type)}
    for file in ROOT.rglob("*.py"):
        for call in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in kinds and call.args:
                marked = call.args[0]
                fields = {keyword.arg for keyword in call.keywords}
                if isinstance(marked, ast.Call) and isinstance(marked.args[0], ast.Constant) and None not in fields:
                    yield file.name, call.lineno, marked.args[0].value, {str(field) for field in fields}


def test_every_error_gives_the_fields_of_its_template() -> None:
    found = list(raised())
    assert len(found) > 30
    assert [(file, line) for file, line, template, fields in found if not placeholders(template) <= fields] == []


@pytest.mark.parametrize(
    ("cookie", "accept", "chosen"),
    [
        (None, None, "en"),
        (None, "", "en"),
        (None, "zh-CN", "zh_Hans"),
        (None, "zh", "zh_Hans"),
        (None, "zh-TW,zh;q=0.9", "zh_Hans"),
        (None, "zh-Hant-HK", "zh_Hans"),
        (None, "ZH-cn", "zh_Hans"),
        (None, "en-GB,zh;q=0.9", "en"),
        (None, "en;q=0.2, zh;q=0.8", "zh_Hans"),
        (None, "fr, de;q=0.9, zh-CN;q=0.1", "zh_Hans"),
        (None, "zh;q=0, *;q=0.5", "en"),
        (None, "fr", "en"),
        (None, "*", "en"),
        (None, "zh;q=", "en"),
        (None, ";;;,,,q=1", "en"),
        ("zh_Hans", "en", "zh_Hans"),
        ("en", "zh-CN", "en"),
        ("klingon", "zh-CN", "zh_Hans"),
        ("../../etc", None, "en"),
    ],
)
def test_a_chosen_language_comes_before_the_browsers_and_any_chinese_is_ours(
    cookie: str | None, accept: str | None, chosen: str
) -> None:
    assert language.choose(cookie, accept) == chosen


@pytest.mark.parametrize(
    ("header", "chosen"),
    [
        ("language=zh_Hans", "zh_Hans"),
        ('other=1; language="zh_Hans"; more=2', "zh_Hans"),
        ('broken="{; language=en', "en"),
        ("languages=en", None),
        ("", None),
    ],
)
def test_the_chosen_language_is_found_among_other_cookies(header: str, chosen: str | None) -> None:
    assert language.cookie_of(header) == chosen


def test_answers_say_their_language_and_what_it_depends_on(api: Api) -> None:
    headers = api.get("/api/ops", headers={"accept-language": "zh-CN,zh;q=0.9"}).headers
    assert headers["content-language"] == "zh-Hans"
    assert {"Accept-Language", "Cookie"} <= set(re.split(r",\s*", headers["vary"]))
    assert api.get("/", headers={"cookie": "language=zh_Hans"}).headers["content-language"] == "zh-Hans"


def test_two_languages_answer_at_once_without_mixing(api: Api) -> None:
    import asyncio

    async def talk(client):
        wanted = ["zh", "en"] * 20
        answers = [client.get("/api/ops", headers={"accept-language": tag}) for tag in wanted]
        return list(zip(wanted, await asyncio.gather(*answers), strict=True))

    for tag, answer in api.together(talk):
        assert answer.headers["content-language"].startswith(tag)
        assert ("上游梯度" in answer.text) == (tag == "zh")


def test_errors_speak_the_readers_language_and_have_one_type(api: Api) -> None:
    bad = {"kind": "expression", "source": "a = 2\nb = a + q"}
    english = problem(api.post("/api/sessions", bad), 422)
    chinese = problem(api.post("/api/sessions", bad, headers={"accept-language": "zh-CN"}), 422)
    assert english["type"] == chinese["type"] and english["detail"] != chinese["detail"]
    assert re.search("[\u4e00-\u9fff]", chinese["title"]) and re.search("[\u4e00-\u9fff]", chinese["detail"])


@pytest.mark.parametrize("path", ["/api/nowhere", "/api/sessions/unknown"])
def test_what_is_not_found_is_said_in_chinese(api: Api, path: str) -> None:
    said = problem(api.get(path, headers={"accept-language": "zh-CN"}), 404)
    assert said["title"] == "未找到" and not re.search("[a-z]{4}", said["detail"].replace(path, ""))


def test_too_large_a_body_and_a_foreign_write_are_refused_in_chinese(api: Api) -> None:
    headers = {"accept-language": "zh-CN", "content-type": "application/json"}
    assert "字节" in problem(api.post("/api/sessions", content=b" " * 5_000_000, headers=headers), 413)["detail"]
    said = problem(api.post("/api/sessions", MAZUR, headers={**headers, "sec-fetch-site": "cross-site"}), 403)
    assert said["title"] == "不允许"


def test_the_names_of_presets_are_translated(api: Api) -> None:
    title = api.post("/api/sessions", MAZUR, headers={"accept-language": "zh"}).json()["title"]
    assert re.search("[\u4e00-\u9fff]", title)


def test_fields_that_are_our_words_are_translated_and_others_are_not() -> None:
    language.speak("zh_Hans")
    error = Invalid(N_("Expected an object, got {came}."), came=N_("a list"))
    assert "a list" not in language.detail(error) and "list" not in language.detail(error)
    assert "a list" in language.detail(Invalid(N_("Expected an object, got {came}."), came="a list"))
    language.speak("en")


def test_several_words_are_listed_as_the_language_lists_them() -> None:
    language.speak("zh_Hans")
    error = Invalid(N_("Unknown key {came}; known are {known}."), came="a", known=["sin", "cos"])
    assert "sin、cos" in language.detail(error)
    language.speak("en")


def test_languages_call_themselves_by_their_own_names() -> None:
    assert [language.own_name(name) for name in ("en", "zh_Hans")] == ["English", "简体中文"]
    assert language.tag("zh_Hans") == "zh-Hans"


BRAND = {"Chainrule"}
MARKUP = re.compile(r'<!--.*?-->|<(script|style)\b.*?</\1>|<[^<>]*>|[\w-]+="[^"]*"|\bautofocus\b', re.DOTALL)
SPOKEN_ATTRIBUTES = re.compile(r'\s(?:title|aria-label|placeholder|alt)="([^"]*)"')


@pytest.mark.parametrize(
    "file", sorted(urls.folder("templates").rglob("*.html")), ids=lambda file: "/".join(file.parts[-2:])
)
def test_no_template_says_anything_outside_of_the_catalog(file: Path) -> None:
    text = re.sub(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", "", file.read_text("utf-8"), flags=re.DOTALL)
    spoken = [MARKUP.sub(" ", text), *SPOKEN_ATTRIBUTES.findall(text)]
    assert {word for part in spoken for word in re.findall(r"[^\W\d_]{2,}", part)} <= BRAND
