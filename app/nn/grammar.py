"""The text of an expression as assignments: Python's grammar, of which next to nothing is let through.

The text is parsed by `ast` and never compiled or run. Long arrays are cut out first and read by themselves, since a
syntax tree of a million numbers would take gigabytes.
"""

import ast
import json
import re
from bisect import bisect_right
from dataclasses import dataclass
from itertools import islice
from keyword import iskeyword
from threading import Lock
from typing import Any

from app.errors import N_, ExpressionError
from app.nn.limits import Limits, beyond
from app.nn.wording import shortened

LONG_ARRAY = 300
"""Arrays of fewer characters stay in the text, where each of their elements has a place of its own."""
LONGEST_NAME = 100
WORDS_PER_NODE = 10
_WORD = re.compile(r"\w+|[-+*/@~(\[,]")
_OPENING = re.compile(r"#[^\n]*|\[")
_IN_ARRAY = re.compile(r"[\[\]]|[^\[\]\s\d.,eE+\-]")
_NO_TEXT = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f\ud800-\udfff]")
_QUOTE = re.compile(r"#[^\n]*|[\"']")
_TARGET = re.compile(r"\s*(\w+)\s*=")
_COMMA = re.compile(r",\s*\]")
_BEFORE_ARRAY = "=(,+-*/@"
_PARSING = Lock()
"""Up to 3.11 Python counts how deep syntax trees are in one place for all threads (gh-106905): one parses at a time."""


@dataclass(frozen=True)
class Assignment:
    """One line: `target = value`, or `target operator= value`."""

    target: str
    operator: ast.operator | None
    value: ast.expr
    line: int
    place: ast.AST


class Text:
    """A source text, and the way from a node of its syntax tree back to line and column."""

    def __init__(self, source: str, limits: Limits):
        self.limits = limits
        self.source = source.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
        self._starts = [0, *(found.end() for found in re.finditer("\n", self.source))]
        self._refuse_unreadable()
        self.arrays: dict[tuple[int, int], Any] = {}
        self._before = (0, 0)
        self.shortened = self._cut_long_arrays()
        words = _WORD.finditer(self.shortened)
        if next(islice(words, WORDS_PER_NODE * limits.max_nodes, None), None):
            raise beyond("CHAINRULE_MAX_NODES", limits.max_nodes, N_("nodes in one graph"))
        self._lines = self.shortened.split("\n")

    def assignments(self) -> list[Assignment]:
        """Every line as an assignment. Raises ExpressionError at the first that is none."""
        statements = self._tree().body
        if not statements:
            template = N_("Expected at least one assignment such as c = a * b, got an empty expression.")
            raise ExpressionError(template, line=1, column=1)
        previous = 0
        for statement in statements:
            if statement.lineno == previous:
                raise self.error(statement, N_("Expected one assignment a line, got a second one on this line."))
            previous = statement.end_lineno or statement.lineno
        return [self._assignment(statement) for statement in statements]

    def error(self, place: ast.AST, template: str, **fields: Any) -> ExpressionError:
        """An error at the place of a node of the tree."""
        line = getattr(place, "lineno", 1)
        # ast counts bytes of UTF-8, people count characters.
        before = self._lines[line - 1].encode()[: getattr(place, "col_offset", 0)].decode(errors="replace")
        return ExpressionError(template, line=line, column=len(before) + 1, **fields)

    def long_array(self, node: ast.expr) -> Any:
        """The nested list that was cut out at this node's place, or None."""
        return self.arrays.get((node.lineno, node.col_offset)) if self.arrays else None

    def _refuse_unreadable(self) -> None:
        if found := _NO_TEXT.search(self.source):
            line, column = self._line_and_column(found.start())
            template = N_("Expected text, got the character {came}, which is none.")
            raise ExpressionError(template, came=f"U+{ord(found.group()):04X}", line=line, column=column)
        for found in _QUOTE.finditer(self.source):
            if not found.group().startswith("#"):
                line, column = self._line_and_column(found.start())
                raise ExpressionError(N_("Expected numbers and names, got a text in quotes."), line=line, column=column)

    def _cut_long_arrays(self) -> str:
        pieces, end = [], 0
        while found := _OPENING.search(self.source, end):
            start, stop = found.start(), found.end()
            if found.group() == "[":
                stop = self._closing(start)
            cut = found.group() == "[" and stop - start >= LONG_ARRAY and self._keep_array(start, stop)
            found_text = self.source[start:stop]
            pieces += [self.source[end:start], _blank(found_text) if cut else found_text]
            end = stop
        return "".join(pieces) + self.source[end:]

    def _closing(self, start: int) -> int:
        """Where the brackets opened at `start` close, or where something that is no number begins."""
        depth = 0
        for found in _IN_ARRAY.finditer(self.source, start):
            depth += {"[": 1, "]": -1}.get(found.group(), -depth)
            if depth == 0:
                return found.end() if found.group() == "]" else max(found.start(), start + 1)
        return len(self.source)

    def _keep_array(self, start: int, stop: int) -> bool:
        if self.source[max(start - 200, 0) : start].rstrip(" ")[-1:] not in _BEFORE_ARRAY:
            return False
        try:
            numbers = json.loads(_COMMA.sub("]", self.source[start:stop]))
        except (ValueError, RecursionError):
            return False
        self.arrays[self._line_and_column(start)[0], self._bytes_before(start) + 1] = numbers
        return True

    def _bytes_before(self, place: int) -> int:
        """The bytes of UTF-8 before a place in its line; only those since the last place asked for are counted."""
        begin = self._starts[bisect_right(self._starts, place) - 1]
        since, count = max(self._before, (begin, 0))
        self._before = (place, count + len(self.source[since:place].encode()))
        return self._before[1]

    def _line_and_column(self, place: int) -> tuple[int, int]:
        """Line and column, from 1, of a place in the source."""
        line = bisect_right(self._starts, place)
        return line, place - self._starts[line - 1] + 1

    def _tree(self) -> ast.Module:
        try:
            with _PARSING:
                return ast.parse(self.shortened)
        except SyntaxError as problem:
            raise self._syntax_error(problem) from None
        except (RecursionError, MemoryError, ValueError):
            template = N_(
                "This line nests too deeply or has too many terms; give its parts names on lines of their own."
            )
            raise ExpressionError(template, line=self._longest_line(), column=1) from None

    def _syntax_error(self, problem: SyntaxError) -> ExpressionError:
        line = min(max(problem.lineno or 1, 1), len(self._lines))
        text = self._lines[line - 1]
        column = min(max(problem.offset or 1, 1), len(text) + 1)
        if isinstance(problem, IndentationError):
            column = len(text) - len(text.lstrip()) + 1
        target = _TARGET.match(text)
        if target and iskeyword(target[1]):
            template = N_("The name {came} is kept for Python’s grammar; choose another one.")
            return ExpressionError(template, came=target[1], line=line, column=target.start(1) + 1)
        for said, template in SYNTAX:
            if said in (problem.msg or ""):
                return ExpressionError(template, line=line, column=column)
        came = shortened(text[column - 1 :]) or N_("the end of the line")
        template = N_("Expected an assignment such as c = a * b, got {came}.")
        return ExpressionError(template, came=came, line=line, column=column)

    def _longest_line(self) -> int:
        return max(range(len(self._lines)), key=lambda number: len(self._lines[number])) + 1

    def _assignment(self, statement: ast.stmt) -> Assignment:
        if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
            target, operator = statement.targets[0], None
        elif isinstance(statement, ast.AugAssign):
            target, operator = statement.target, statement.op
        elif isinstance(statement, ast.Assign):
            raise self.error(statement, N_("Expected one name before the =, got several (a = b = …)."))
        elif isinstance(statement, ast.Expr):
            raise self.error(statement, N_("Expected an assignment such as c = a * b, got no = on this line."))
        else:
            came = type(statement).__name__
            template = N_("Expected an assignment such as c = a * b, got a statement of Python ({came}).")
            raise self.error(statement, template, came=came)
        if not isinstance(target, ast.Name):
            raise self.error(target, N_("Expected a name before the =, got {came}."), came=self.quote(target))
        self._check_name(target)
        return Assignment(target.id, operator, statement.value, statement.lineno, target)

    def _check_name(self, target: ast.Name) -> None:
        if target.id.startswith("_"):
            template = N_("Names may not begin with _, which marks nodes without a name; got {came}.")
            raise self.error(target, template, came=shortened(target.id))
        if len(target.id) > LONGEST_NAME:
            template = N_("Names may be {most} characters long, got one of {came}.")
            raise self.error(target, template, most=LONGEST_NAME, came=len(target.id))

    def quote(self, node: ast.expr) -> str:
        """A node as it stands in the text, shortened."""
        line = self._lines[node.lineno - 1].encode()
        end = node.end_col_offset if node.end_lineno == node.lineno else len(line)
        return shortened(line[node.col_offset : end].decode(errors="replace"))


SYNTAX = (
    ("was never closed", N_("This bracket is never closed.")),
    ("unmatched", N_("This bracket was never opened.")),
    ("does not match opening", N_("This bracket closes one of another kind.")),
    ("too many nested parentheses", N_("Brackets nest too deeply; give the parts names on lines of their own.")),
    ("Exceeds the limit", N_("Expected a finite number, got one with too many digits.")),
    (
        "invalid character",
        N_("This sign is not known here; operators, brackets and commas are half-width, as in ASCII."),
    ),
    ("indent", N_("Expected the line to begin at its left edge, got spaces before it.")),
)
"""What Python's parser says of the commonest slips, and what we say."""


def _blank(array: str) -> str:
    """A stand-in for an array: (0) in brackets of its size, with its line breaks, so that no place moves."""
    blank = re.sub(r"[^\n]", " ", array[2:-1])
    return f"(0{blank})"
