"""No text from outside keeps a pattern busy: each of the program's patterns matches in one way only."""

import ast
import importlib
import re
from collections.abc import Iterator

import h11
import pytest
from h11 import _readers

from app.views.landscape.wish import ELEMENT
from app.web import header_lines
from tests.patterns import SEARCHING, doubled, steps
from tests.test_house import MODULES

COMPOSED = ["app.nn.supply.numerals", "app.web.header_lines"]
"""Modules with patterns put together from parts: all of them stand at the top of the module, where they are found."""
USES = {"match", "fullmatch", *SEARCHING}
TEXTS = "\n".join(ast.unparse(tree) for tree in MODULES.values())


def calls(module: str) -> Iterator[tuple[ast.Call, str, str]]:
    """Each call of `re` in a module, the function called, and the name that its pattern gets."""
    names = {
        id(part): statement.targets[0].id
        for statement in ast.walk(MODULES[module])
        if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name)
        for part in ast.walk(statement.value)
    }
    for node in ast.walk(MODULES[module]):
        if isinstance(node, ast.Call) and re.fullmatch(r"re\.\w+", called := ast.unparse(node.func)):
            yield node, called.removeprefix("re."), names.get(id(node), "")


def uses(name: str) -> set[str]:
    """How a pattern of this name is used, anywhere in the program; in every way where that is not seen."""
    return {*re.findall(rf"\b{name}(?:\[\w+\])?\.(\w+)\b", TEXTS)} & USES or USES


def flags_of(call: ast.Call) -> int:
    """The flags said in a call."""
    said = [*call.args[1:], *(keyword.value for keyword in call.keywords)]
    names = {part.attr for one in said for part in ast.walk(one) if isinstance(part, ast.Attribute)}
    return sum(flag for flag in re.RegexFlag if flag.name in names)


def written(module: str) -> Iterator[tuple[re.Pattern, set[str]]]:
    """The patterns that stand in a module's text, and how each is used."""
    for call, function, name in calls(module):
        if isinstance(call.args[0], ast.Constant):
            pattern = re.compile(call.args[0].value, flags_of(call))
            yield pattern, uses(name) if function == "compile" else {function}


def composed(module: str) -> Iterator[tuple[re.Pattern, set[str]]]:
    """The patterns that a module puts together, and how each is used."""
    for name, found in vars(importlib.import_module(module)).items():
        for pattern in found.values() if isinstance(found, dict) else [found]:
            if isinstance(pattern, re.Pattern):
                yield pattern, uses(name)


PATTERNS = [
    pytest.param(pattern, used, id=f"{module}: {pattern.pattern}")
    for find, modules in ((written, MODULES), (composed, COMPOSED))
    for module in modules
    for pattern, used in find(module)
]


@pytest.mark.parametrize(("pattern", "used"), PATTERNS)
def test_a_pattern_matches_in_one_way_only(pattern: re.Pattern, used: set[str]) -> None:
    assert doubled(pattern, used) is None, "this text leads to one place of the pattern in two ways"


def test_no_pattern_is_put_together_where_it_is_not_found() -> None:
    elsewhere = {
        module: ast.unparse(call)
        for module in MODULES
        if module not in COMPOSED
        for call, function, _ in calls(module)
        if function in {*USES, "compile"} and not isinstance(call.args[0], ast.Constant)
    }
    assert not elsewhere
    assert len(PATTERNS) > 60


@pytest.mark.parametrize(
    ("pattern", "used", "text"),
    [
        (r"\s*(\S+)\s*:?\s*(\d*)\s*", "fullmatch", "one blank too many"),
        (r"(a+)+b", "match", "a loop in a loop"),
        (r"(a|a)*b", "match", "two ways to take one sign"),
        (r"(a*)*b", "match", "a loop around nothing"),
        (r"\d+\.?\d*x", "match", "what may be left out between two loops"),
        (r"(a?){20}b", "match", "many that may be left out"),
        (r"\s*,", "search", "a search that begins anew inside a loop"),
        (r"a+$", "search", "a loop that may fail at its end"),
        (r"x(?=a*a*b)", "match", "a loop behind a loop, looking ahead"),
    ],
)
def test_a_pattern_that_goes_back_is_found(pattern: str, used: str, text: str) -> None:
    assert doubled(re.compile(pattern), [used]) is not None, text


@pytest.mark.parametrize(
    ("pattern", "used"),
    [
        (r"(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", "fullmatch"),
        (r"\w+|[-+*/]", "findall"),
        (r"\[[^\[\]]*\]", "search"),
        (r"^a+$", "search"),
        (r"\d{1,9}(,\d{1,9})*", "fullmatch"),
    ],
)
def test_a_pattern_that_never_goes_back_is_left_alone(pattern: str, used: str) -> None:
    assert doubled(re.compile(pattern), [used]) is None


def test_a_long_text_is_refused_in_steps_of_its_length() -> None:
    text = "a" + 400 * " " + "x"
    assert steps(ELEMENT.pattern, text) < 10 * len(text)
    assert steps(r"\s*([^\s:\[\]]+)\s*(?::|\[)?\s*([\d\s,]*)\]?\s*", text) > len(text) ** 3


@pytest.fixture
def mended(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, re.Pattern]]:
    """The patterns of the library that reads requests, as the server has it match."""
    for name, found in vars(_readers).items():
        if isinstance(found, re.Pattern):
            monkeypatch.setattr(_readers, name, found)
    header_lines.match_in_one_way()
    return {name: found for name, found in vars(_readers).items() if isinstance(found, re.Pattern)}


def test_lines_before_a_body_are_matched_in_one_way(mended: dict[str, re.Pattern]) -> None:
    assert len(mended) == 5
    assert not {name: text for name, found in mended.items() if (text := doubled(found, {"fullmatch"})) is not None}
    header = mended["header_field_re"]
    line = "X:" + 1000 * " " + "\0"
    assert steps(header.pattern.decode(), line) < 10 * len(line)


@pytest.mark.parametrize(
    ("value", "read"), [(b"", b""), (b"  ", b""), (b" a", b"a"), (b"\ta  b \t", b"a  b"), (b"a", b"a")]
)
def test_the_lines_say_what_they_said(mended: dict[str, re.Pattern], value: bytes, read: bytes) -> None:
    server = h11.Connection(h11.SERVER)
    server.receive_data(b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nX:" + value + b"\r\n\r\n")
    server.receive_data(b"2;ext=1 \r\nab\r\n1 \r\nc\r\n0\r\n\r\n")
    request, *parts = (server.next_event() for _ in range(4))
    assert dict(request.headers)[b"x"] == read
    assert b"".join(bytes(part.data) for part in parts if isinstance(part, h11.Data)) == b"abc"
