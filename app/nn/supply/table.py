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

import numpy as np

from app.errors import N_, Invalid
from app.nn.limits import Limits, beyond
from app.nn.wording import shortened

DELIMITERS = ("\t", ";", "；", "，", ",")
"""The likeliest last: a line of `1,5;2,5` has commas as well, but a line of `1,2` has no semicolons."""
PEEKED = 25
ENCODINGS = ("utf-8-sig", "gb18030")
BYTE_ORDER_MARKS = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
"""What no picture or document may hold; names and classes are drawn into both."""
SIGNS = str.maketrans("−–＋，．", "--+,.")


@dataclass(frozen=True)
class Table:
    """Columns of cells (texts), each with a name, and the line of the text that each row begins on."""

    names: tuple[str, ...]
    columns: tuple[tuple[str, ...], ...]
    lines: tuple[int, ...]
    delimiter: str
    has_header: bool

    @property
    def rows(self) -> int:
        return len(self.lines)

    @cached_property
    def numbers(self) -> tuple[np.ndarray, ...]:
        """Each column as numbers (rows,), NaN where a cell is none."""
        return tuple(as_numbers(column, self.delimiter) for column in self.columns)


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
def read_table(text: str, limits: Limits | None = None, header: bool | None = None, pointer: str = "") -> Table:
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
    has_header = looks_like_header(records, delimiter) if header is None else header
    names = tuple(map(str.strip, records[0])) if has_header else ()
    rows, lines = (records[1:], lines[1:]) if has_header else (records, lines)
    if not rows:
        raise Invalid(N_("The table has a header and no rows below it."), pointer=pointer, line=1)
    check_count(len(rows), limits or Limits(), pointer)
    return Table(named(names, len(records[0]), pointer), tuple(zip(*rows, strict=True)), lines, delimiter, has_header)


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


def looks_like_header(records: Sequence[Sequence[str]], delimiter: str) -> bool:
    """Whether the first line names the columns: it holds no number, and there are numbers below it."""
    first, below = records[0], records[1:PEEKED]
    if not np.isnan(as_numbers(first, delimiter)).all():
        return False
    return not below or any(not np.isnan(as_numbers(row, delimiter)).all() for row in below)


def named(names: Sequence[str], count: int, pointer: str) -> tuple[str, ...]:
    """The names of the columns; one without a name is called by its letter, as in a spreadsheet."""
    made = tuple(name or letters(place) for place, name in enumerate(names or [""] * count))
    if twice := next((name for name, times in Counter(made).items() if times > 1), None):
        template = N_("Two columns are called “{name}”; expected different names.")
        raise Invalid(template, name=shortened(twice), pointer=pointer, line=1)
    return made


def letters(place: int) -> str:
    """A, B, …, Z, AA, AB, … for the columns from 0 on."""
    before, last = divmod(place, 26)
    return (letters(before - 1) if before else "") + chr(ord("A") + last)


def as_numbers(cells: Sequence[str], delimiter: str = ",") -> np.ndarray:
    """Cells as finite numbers (cells,), NaN where one is none. Between semicolons or tabs, 1,5 is one and a half."""
    try:
        made = np.array([float(cell) for cell in cells])
        is_plain = "_" not in "".join(cells)
    except ValueError:
        is_plain = False
    if not is_plain:
        made = np.array([_number(cell, delimiter) for cell in cells])
    made[~np.isfinite(made)] = np.nan
    return made


def _number(cell: str, delimiter: str) -> float:
    plain = cell.translate(SIGNS)
    if delimiter != ",":
        plain = plain.replace(",", ".")
    try:
        # Python reads 1_000 as a number, which no spreadsheet writes.
        return float(plain) if "_" not in plain else np.nan
    except ValueError:
        return np.nan
