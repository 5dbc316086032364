"""Rows of numbers as people paste them: from a spreadsheet, a CSV file or a page, in either language's punctuation.

Cells are told apart by commas, semicolons, tabs or spaces; empty lines and lines that begin with `#` are skipped.
"""

import math
import re
from dataclasses import dataclass

from app.errors import N_, Invalid

SEPARATOR = re.compile(r"\s+(?:[,;，；、]\s*)?|[,;，；、]\s*")
NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)
SIGNS = str.maketrans("−–＋", "--+")


@dataclass(frozen=True)
class Rows:
    """Numbers in rows of one length, each row with the line of the text it stood on."""

    numbers: tuple[tuple[float, ...], ...]
    lines: tuple[int, ...]

    @property
    def columns(self) -> int:
        return len(self.numbers[0])

    def parted(self, inputs: int) -> tuple[list[list[float]], list[list[float]]]:
        """The first `inputs` columns of every row, and the columns that are left."""
        return [list(row[:inputs]) for row in self.numbers], [list(row[inputs:]) for row in self.numbers]


def read_rows(text: str, pointer: str) -> Rows:
    """Read pasted text; `Invalid` says at which line and column it cannot be read."""
    numbered = [(number, line.strip()) for number, line in enumerate(text.splitlines(), start=1)]
    kept = [(number, line) for number, line in numbered if line and not line.startswith("#")]
    if not kept:
        raise Invalid(N_("Paste at least one row of numbers."), pointer=pointer)
    numbers = [read_row(line, number, pointer) for number, line in kept]
    lines = [number for number, _ in kept]
    for row, line in zip(numbers, lines, strict=True):
        require_length(row, line, len(numbers[0]), lines[0], pointer)
    return Rows(tuple(numbers), tuple(lines))


def read_row(text: str, line: int, pointer: str) -> tuple[float, ...]:
    cells = SEPARATOR.split(text)
    return tuple(read_number(cell, line, column, pointer) for column, cell in enumerate(cells, start=1))


def read_number(cell: str, line: int, column: int, pointer: str) -> float:
    plain = cell.translate(SIGNS)
    if NUMBER.fullmatch(plain) and math.isfinite(number := float(plain)):
        return number
    wrong = N_("Line {row}, column {cell}: expected a number, not “{came}”.")
    empty = N_("Line {row}, column {cell}: expected a number, but nothing is there.")
    raise Invalid(
        wrong if cell else empty, pointer=pointer, line=line, column=column, row=line, cell=column, came=cell[:40]
    )


def require_length(row: tuple[float, ...], line: int, expected: int, first: int, pointer: str) -> None:
    if len(row) != expected:
        raise Invalid(
            N_("Line {row} has {came} columns, but line {first} has {expected}."),
            pointer=pointer,
            line=line,
            row=line,
            came=len(row),
            first=first,
            expected=expected,
        )
