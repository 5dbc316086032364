"""How the columns of a table write numbers: which sign is the decimal sign, and which stands between thousands.

A column decides by itself where one of its cells can be read in one way only: `0,5` and `1.234,5` have a decimal comma.
Where each comma (or point) is followed by three digits, both readings are possible, and the other columns may tell.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

Sign = Literal[".", ","]
OTHER: Mapping[Sign, Sign] = {".": ",", ",": "."}
SIGNS = str.maketrans("−–＋－，．", "--+-,.")
BETWEEN = "\0"
"""Stands around the cells of a column in one text, which is searched as a whole; no cell of a table has it."""


def _whole(pattern: str) -> re.Pattern[str]:
    """A pattern of a whole cell in such a text."""
    return re.compile(rf"\0\s*[+-]?(?:{pattern})\s*(?=\0)")


# Each begins with a character that is quickly searched for: a long column is no slower to look at than to read.
UNLIKE = {sign: re.compile(rf"\{sign}(?!\d{{3}}\0)") for sign in OTHER}
"""A sign that has something else behind it than three digits: where there is none, the next needs no search."""
ODD = {sign: re.compile(rf"[{sign}](?:\d\d?|\d{{4,}})(?:[eE][+-]?\d+)?\s*\0") for sign in OTHER}
"""A sign before one, two, or more than three digits, which only a decimal sign is."""
SMALL = {sign: _whole(rf"(?:0\d*|[1-9]\d{{3,}})?[{sign}]\d{{3}}") for sign in OTHER}
"""A sign behind a zero, nothing, or more than three digits: a decimal sign too."""
GROUPS = {sign: re.compile(rf"[{sign}]\d{{3}}[.,]\d") for sign in OTHER}
"""A sign that stands between thousands, as another sign behind it shows."""
EITHER = {sign: _whole(rf"[1-9]\d{{0,2}}[{sign}]\d{{3}}") for sign in OTHER}
HUNDREDS = _whole(r"[1-9]\d{2,}")
THOUSANDS = {
    sign: re.compile(rf"\s*[+-]?[1-9]\d{{0,2}}(?:[{sign}]\d{{3}})+(?:[{OTHER[sign]}]\d*)?\s*") for sign in OTHER
}
"""A number whose thousands are set apart by this sign, and nothing else."""


@dataclass(frozen=True)
class Doubt:
    """A column, by its place, that can be read in two ways: a `cell` of it, whose `sign` may part thousands."""

    place: int
    cell: str
    sign: Sign

    @property
    def likely(self) -> Sign:
        """The decimal sign of the likelier reading, in which these are thousands."""
        return OTHER[self.sign]

    def read(self, decimal: Sign) -> float:
        """The number that the cell is with this decimal sign."""
        return _number(self.cell, decimal)


@dataclass(frozen=True)
class Usage:
    """What a column says of its signs: which are `certain` to be decimal signs, and which may be `either`.

    `cell` is one with that sign; `has_hundreds` says whether 100 or more is written without any sign.
    """

    certain: str
    either: Sign | None = None
    cell: str = ""
    has_hundreds: bool = False

    def is_doubtful(self, others: set[str]) -> bool:
        """Whether it may be read in two ways, `others` being the decimal signs of the other columns."""
        if self.either is None or others == {self.either}:
            return False
        # Points with three digits behind them are what programs write; commas are as often thousands.
        return self.has_hundreds or self.either == "," or OTHER[self.either] in others


def read_columns(
    columns: Sequence[Sequence[str]], decimal: Sign | None = None
) -> tuple[tuple[np.ndarray, ...], tuple[Doubt, ...]]:
    """Each column as numbers (rows,), NaN where a cell is none, and the columns that may be read in another way.

    `decimal` is the decimal sign of those that leave it open; unless it is said, it is the sign they have.
    """
    numbers, usages, others = [], [], set()
    for cells in columns:
        text = BETWEEN.join(("", *cells, ""))
        if not text.isascii():
            text = text.translate(SIGNS)
            cells = text[1:-1].split(BETWEEN)
        usages.append(usage := usage_of(text, len(cells)))
        numbers.append(read := _read(cells, text, usage.certain or (usage.either and decimal) or usage.either or "."))
        if usage.certain and 2 * np.count_nonzero(~np.isnan(read)) > len(read):
            others |= set(usage.certain)
    doubts = (
        Doubt(place, usage.cell, usage.either)
        for place, usage in enumerate(usages)
        if usage.either and usage.is_doubtful(others)
    )
    return tuple(numbers), tuple(doubts)


def usage_of(text: str, rows: int) -> Usage:
    """What the text of a column says of its signs."""
    there = [sign for sign in OTHER if sign in text]
    various = [sign for sign in there if UNLIKE[sign].search(text)]
    certain = {sign for sign in there if (sign in various and ODD[sign].search(text)) or SMALL[sign].search(text)}
    certain = certain or {OTHER[sign] for sign in various if GROUPS[sign].search(text)}
    found = [] if certain else [(sign, match[0]) for sign in there if (match := EITHER[sign].search(text))]
    if not found:
        return Usage("".join(sorted(certain)))
    sign, cell = found[-1]
    has_plain = sum(text.count(one) for one in there) < rows
    return Usage("", sign, cell.strip(BETWEEN + " "), has_plain and HUNDREDS.search(text) is not None)


def _read(cells: Sequence[str], text: str, decimals: str) -> np.ndarray:
    """The cells of a column, and the same as one text, as finite numbers (rows,), NaN where one is none."""
    try:
        if "_" in text or any(sign in text for sign in OTHER if sign not in decimals):
            raise ValueError
        plain = text[1:-1].replace(",", ".").split(BETWEEN) if "," in text else cells
        made = np.fromiter(map(float, plain), np.float64, len(plain))
    except ValueError:
        # Words repeat: each is looked at once.
        known = {cell: _number(cell, decimals) for cell in set(cells)}
        made = np.array([known[cell] for cell in cells])
    made[~np.isfinite(made)] = np.nan
    return made


def _number(cell: str, decimals: str) -> float:
    """A cell as a number, with these decimal signs and any other sign between thousands; NaN where it is none."""
    for sign in OTHER:
        if sign in cell and sign not in decimals:
            if not THOUSANDS[sign].fullmatch(cell):
                return np.nan
            cell = cell.replace(sign, "")
    try:
        # Python reads 1_000 as a number, which no spreadsheet writes.
        return float(cell.replace(",", ".")) if "_" not in cell else np.nan
    except ValueError:
        return np.nan


def is_number(cell: str) -> bool:
    """Whether a cell is a number, whatever its decimal sign."""
    return any(np.isfinite(_number(cell.translate(SIGNS), decimal)) for decimal in OTHER)
