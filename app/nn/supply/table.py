"""A pasted or uploaded table as columns of cells: commas, semicolons or tabs, a byte order mark, quotes, any language.

Every refusal names the line of the text it is about, and the column by its name.
"""

import csv
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from io import StringIO
from itertools import islice
from typing import Literal

import numpy as np

from app.errors import N_, Invalid, visible
from app.nn.limits import Limits, beyond
from app.nn.supply.heading import PEEKED, looks_like_header, may_be_header
from app.nn.supply.numerals import Doubt, Sign, read_columns
from app.nn.wording import shortened

DELIMITERS = ("\t", ";", "；", "，", ",")
"""The likeliest last: a line of `1,5;2,5` has commas as well, but a line of `1,2` has no semicolons."""
ENCODINGS = ("utf-8-sig", "gb18030")
BYTE_ORDER_MARKS = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
"""What no picture or document may hold; names and classes are drawn into both."""
MISSING = frozenset(
    ("", "na", "n/a", "nan", "<na>", "null", "?", "-", "–", "—", "--", ".", "..", "缺失", "#n/a", "#null!", "#div/0!",
     "#value!", "#ref!", "#name?", "#num!")
)  # fmt: skip
"""What stands, in any case, where a cell is missing; not "none" and "unknown", which are answers."""

Kind = Literal["number", "word"]


@dataclass(frozen=True)
class Table:
    """Columns of cells (texts), each with a name, and the line of the text that each row begins on.

    Names are made visible, cells are as they came. `is_named`: which columns the file itself names. `may_have_header`:
    whether a first line that was taken for data may name the columns all the same. `decimal`: the decimal sign of
    columns that leave it open, if it was said.
    """

    names: tuple[str, ...]
    columns: tuple[tuple[str, ...], ...]
    lines: tuple[int, ...]
    delimiter: str
    has_header: bool
    is_named: tuple[bool, ...]
    may_have_header: bool = False
    decimal: Sign | None = None

    @property
    def rows(self) -> int:
        return len(self.lines)

    @cached_property
    def _read(self) -> tuple[tuple[np.ndarray, ...], tuple[Doubt, ...]]:
        return read_columns(self.columns, self.decimal)

    @property
    def numbers(self) -> tuple[np.ndarray, ...]:
        """Each column as numbers (rows,), NaN where a cell is none."""
        return self._read[0]

    @cached_property
    def doubts(self) -> tuple[Doubt, ...]:
        """The columns of numbers that may be read in another way, while nobody has said in which."""
        if self.decimal is not None:
            return ()
        return tuple(doubt for doubt in self._read[1] if self.kinds[doubt.place] == "number")

    @cached_property
    def kinds(self) -> tuple[Kind, ...]:
        """What most of each column's cells are, leaving out those that are missing."""
        return tuple(map(self._kind, range(len(self.columns))))

    def _kind(self, place: int) -> Kind:
        found = np.count_nonzero(~np.isnan(self.numbers[place]))
        if found == self.rows:
            return "number"
        return "number" if 2 * found > np.count_nonzero(~self.missing(place)) else "word"

    def markers(self, place: int) -> set[str]:
        """What stands for a missing cell in a column, nothing among it, without the blanks around it."""
        if not np.isnan(self.numbers[place]).any():
            return set()
        words = set(map(str.strip, self.columns[place]))
        # Minus is no marker beside plus: the two are classes.
        return {word for word in words if word.casefold() in MISSING and not (word == "-" and "+" in words)}

    def missing(self, place: int) -> np.ndarray:
        """Where a column has nothing, or what stands for it (rows,)."""
        markers = self.markers(place)
        return np.fromiter((cell.strip() in markers for cell in self.columns[place]), bool, self.rows)


def decode(content: bytes) -> str:
    """The text of an uploaded file; spreadsheets of China write GB 18030, others UTF-8 or UTF-16 with a mark."""
    marked = next((name for mark, name in BYTE_ORDER_MARKS.items() if content.startswith(mark)), None)
    for encoding in (marked,) if marked else ENCODINGS:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Invalid(N_("The file is no text: expected a table in UTF-8."), pointer="/data/csv")


@lru_cache(maxsize=4)
def read_table(
    text: str, limits: Limits | None = None, header: bool | None = None, pointer: str = "", decimal: Sign | None = None
) -> Table:
    """The columns of a text; the last few are remembered, since a form asks for them again and again.

    Without `header` said, a first line without numbers above numbers is one.
    Raises Invalid with line and pointer where there are no rows, rows of different lengths, an open quotation mark or
    two columns of one name; TooLarge where there are more rows than the limits allow.
    """
    text = UNPRINTABLE.sub("", text.removeprefix("\ufeff"))
    delimiter = find_delimiter(text)
    records, lines = _records(text, delimiter, limits or Limits(), pointer)
    if not records:
        raise Invalid(N_("The table has no rows."), pointer=pointer)
    check_columns(len(records[0]), limits or Limits(), pointer)
    check_lengths(records, lines, pointer)
    has_header = looks_like_header(records) if header is None else header
    may_have_header = header is None and not has_header and may_be_header(records)
    names = tuple(visible(name.strip()) for name in records[0]) if has_header else ("",) * len(records[0])
    rows, lines = (records[1:], lines[1:]) if has_header else (records, lines)
    if not rows:
        raise Invalid(N_("The table has a header and no rows below it."), pointer=pointer, line=1)
    check_count(len(rows), limits or Limits(), pointer)
    is_named, columns = tuple(map(bool, names)), tuple(zip(*rows, strict=True))
    return Table(
        names=named(names, pointer),
        columns=columns,
        lines=lines,
        delimiter=delimiter,
        has_header=has_header,
        is_named=is_named,
        may_have_header=may_have_header,
        decimal=decimal,
    )


def find_delimiter(text: str) -> str:
    """What parts the cells: the one that cuts most of the first lines into equally many, at least two."""
    head = list(islice(StringIO(text, newline=""), PEEKED))
    best, most = DELIMITERS[-1], 0.0
    for delimiter in DELIMITERS:
        counts = _counts(head, delimiter)
        cells, lines = max(counts.items(), key=lambda item: (item[1], item[0]), default=(1, 0))
        if cells > 1 and lines > most:
            best, most = delimiter, lines
    return best


def _counts(lines: list[str], delimiter: str) -> Counter[int]:
    """How many of the lines are cut into how many cells; none where they cannot be read so."""
    try:
        return Counter(len(row) for row in csv.reader(lines, delimiter=delimiter, skipinitialspace=True) if row)
    except csv.Error:
        return Counter()


def _records(text: str, delimiter: str, limits: Limits, pointer: str) -> tuple[list[list[str]], tuple[int, ...]]:
    """Every line that is not empty, as cells, and the numbers of these lines."""
    reader = csv.reader(StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True, strict=True)
    records: list[list[str]] = []
    lines: list[int] = []
    start = 1
    try:
        for record in reader:
            if any(record) and not all(map(str.isspace, filter(None, record))):
                records.append(record)
                lines.append(start)
                # The header is one more than the rows.
                check_count(len(records) - 1, limits, pointer)
            start = reader.line_num + 1
    except csv.Error:
        template = N_(
            "Line {row} cannot be read: a quotation mark is not closed, something stands behind a closed one, or a "
            "cell is too long."
        )
        raise Invalid(template, pointer=pointer, line=start, row=start) from None
    return records, tuple(lines)


def check_count(rows: int, limits: Limits, pointer: str) -> None:
    """Refuse more rows than the limit allows."""
    if rows > limits.max_rows:
        raise beyond("CHAINRULE_MAX_ROWS", limits.max_rows, N_("rows in one table"), pointer=pointer)


def check_columns(columns: int, limits: Limits, pointer: str) -> None:
    """Refuse more columns than the limit allows."""
    if columns > limits.max_columns:
        raise beyond("CHAINRULE_MAX_COLUMNS", limits.max_columns, N_("columns in one table"), pointer=pointer)


def check_lengths(records: Sequence[Sequence[str]], lines: Sequence[int], pointer: str) -> None:
    """Refuse the first row that has more or fewer cells than the first one."""
    expected = len(records[0])
    for record, line in zip(records, lines, strict=True):
        if len(record) != expected:
            template = N_("Line {row}: expected {expected} cells as on line {first}, got {came}.")
            fields = {"row": line, "came": len(record), "first": lines[0], "expected": expected}
            raise Invalid(template, pointer=pointer, line=line, **fields)


def named(names: Sequence[str], pointer: str) -> tuple[str, ...]:
    """The names of the columns; one without a name is called by its letter, as in a spreadsheet."""
    made = tuple(name or letters(place) for place, name in enumerate(names))
    if twice := next((name for name, times in Counter(made).items() if times > 1), None):
        template = N_("Two columns are called “{name}”; expected different names.")
        raise Invalid(template, name=shortened(twice), pointer=pointer, line=1)
    return made


def letters(place: int) -> str:
    """A, B, …, Z, AA, AB, … for the columns from 0 on."""
    before, last = divmod(place, 26)
    return (letters(before - 1) if before else "") + chr(ord("A") + last)
