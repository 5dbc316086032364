"""What a pasted table seems to hold, before it is trained on: its columns, what each may be for, its first rows."""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from app.errors import visible
from app.nn.limits import Limits
from app.nn.supply.numerals import Doubt, Sign
from app.nn.supply.table import Kind, Table, read_table

Role = Literal["input", "target", "unused"]
Task = Literal["classification", "regression"]
Numbering = Literal["counts", "id"]
EXAMPLES = 3
FIRST_ROWS = 5
MOST_CLASSES = 10
"""Whole numbers that are no more than this many different ones are taken for class numbers."""
TARGET_NAMES = {
    "target", "label", "class", "y", "category", "species", "output",
    "标签", "类别", "目标", "分类", "结果", "输出",
}  # fmt: skip
NUMBERING = {"index", "no", "no.", "nr", "#", "unnamed: 0", "rownames"}
ID = re.compile(r"(?<![^\W_])id$|(?-i:[a-z]I[Dd]$)|(?:序号|编号|学号|索引)$", re.IGNORECASE)
"""How the names of columns end that only tell rows apart: `id`, `customer_id`, `CustomerID`, but not `paid`."""
FEWEST = 5
"""With fewer rows and no header, a first column that counts may be an input like others."""


@dataclass(frozen=True)
class Column:
    """One column: most of its cells are numbers, or words; and what it is probably for.

    `missing` counts cells with nothing in them and, in a column of numbers, those with something else. `numbering` says
    how its numbers only tell rows apart: it is no input then, unless somebody chooses it.
    """

    name: str
    kind: Kind
    missing: int
    examples: tuple[str, ...]
    is_target: bool
    numbering: Numbering | None

    @property
    def is_usable(self) -> bool:
        """Whether it is an input unless it is the target."""
        return self.kind == "number" and self.numbering is None

    @property
    def role(self) -> Role:
        return "target" if self.is_target else "input" if self.is_usable else "unused"


@dataclass(frozen=True)
class Preview:
    """A table as the form shows it: columns with guessed roles, the first rows, the count of rows that have a target.

    `table` is read in the likeliest way; `doubts` are its columns that may be read in another, and `is_header_likely`
    that its first line was taken for names though numbers are in it. `left_out` counts rows without a target; `task`
    and `classes` (name of each class, rows of it; empty for numbers) are those of the guessed target.
    """

    table: Table
    columns: tuple[Column, ...]
    rows: int
    left_out: int
    first: tuple[tuple[str | float, ...], ...]
    task: Task
    classes: tuple[tuple[str, int], ...]
    doubts: tuple[Doubt, ...] = ()
    is_header_likely: bool = False

    @property
    def target(self) -> str:
        """The name of the column that is probably to be told from the others."""
        return next(column.name for column in self.columns if column.role == "target")

    @property
    def inputs(self) -> tuple[str, ...]:
        """The names of the columns that it is probably told from."""
        return tuple(column.name for column in self.columns if column.role == "input")


def preview(
    text: str,
    limits: Limits | None = None,
    header: bool | None = None,
    target: str | None = None,
    pointer: str = "",
    decimal: Sign | None = None,
) -> Preview:
    """What a text holds. `header`, `target` (a column's name) and `decimal` are guessed unless said.

    Raises Invalid or TooLarge as `read_table` does; cells that cannot be trained on are counted, not refused.
    """
    table = read_table(text, limits, header, pointer, decimal)
    is_header_likely = table.may_have_header
    if is_header_likely:
        table = read_table(text, limits, True, pointer, decimal)
    doubts = table.doubts
    if doubts:
        table = replace(table, decimal=doubts[0].likely)
    target = target if target in table.names else guess_target(table)
    place = table.names.index(target)
    task, rows = guess_task(table, place), rows_with(table, place)
    return Preview(
        table=table,
        columns=tuple(_column(table, number, target) for number in range(len(table.names))),
        rows=len(rows),
        left_out=table.rows - len(rows),
        first=tuple(_as_read(table, row) for row in range(min(table.rows, FIRST_ROWS))),
        task=task,
        classes=class_counts(table, place) if task == "classification" else (),
        doubts=doubts,
        is_header_likely=is_header_likely,
    )


def _as_read(table: Table, row: int) -> tuple[str | float, ...]:
    """A row as it is read: numbers of columns of numbers, and the texts of other cells."""
    read = ((numbers[row], cells[row]) for numbers, cells in zip(table.numbers, table.columns, strict=True))
    return tuple(
        float(number) if kind == "number" and not np.isnan(number) else cell.strip()
        for kind, (number, cell) in zip(table.kinds, read, strict=True)
    )


def rows_with(table: Table, place: int) -> np.ndarray:
    """The numbers of the rows that have something in a column, as a row must have a target."""
    return np.flatnonzero(~table.missing(place))


def words_of(table: Table, place: int) -> Counter[str]:
    """The different cells of a column that are not missing, without blanks around them, and how often each occurs."""
    words = Counter(map(str.strip, table.columns[place]))
    for marker in table.markers(place):
        del words[marker]
    return words


def labels_of(table: Table, place: int, rows: np.ndarray) -> tuple[np.ndarray, tuple[str, ...]]:
    """Class numbers of rows and the names of the classes: words in the order of their letters, numbers by size."""
    if table.kinds[place] == "number":
        different, labels = np.unique(table.numbers[place][rows], return_inverse=True)
        return labels, tuple(map(spelled, different.tolist()))
    cells = [table.columns[place][row].strip() for row in rows.tolist()]
    names = tuple(sorted(set(cells)))
    order: Mapping[str, int] = {name: number for number, name in enumerate(names)}
    return np.array([order[cell] for cell in cells], int), tuple(map(visible, names))


def class_counts(table: Table, place: int) -> tuple[tuple[str, int], ...]:
    """The classes of a column and how many rows each has; cells that are no number among numbers have none."""
    rows = rows_with(table, place)
    if table.kinds[place] == "number":
        rows = np.flatnonzero(~np.isnan(table.numbers[place]))
    labels, names = labels_of(table, place, rows)
    return tuple(zip(names, np.bincount(labels, minlength=len(names)).tolist(), strict=True))


def spelled(number: float) -> str:
    """A number with all its digits, as it names a class."""
    return (str(int(number)) if number == int(number) else str(number)).replace("-", "−")


def guess_target(table: Table) -> str:
    """The column that the file calls so, else the last of words that repeat, else the last one that tells anything."""
    for place in reversed(range(len(table.names))):
        if table.is_named[place] and table.names[place].casefold() in TARGET_NAMES:
            return table.names[place]
    for place in reversed(range(len(table.names))):
        if table.kinds[place] == "word" and 1 < len(words_of(table, place)) <= table.rows / 2:
            return table.names[place]
    telling = (
        name for place, name in enumerate(table.names) if words_of(table, place) and not numbering_of(table, place)
    )
    return [table.names[-1], *telling][-1]


def guess_task(table: Table, place: int) -> Task:
    """Words are classes; numbers are if they are whole, few different ones, and each occurs twice on average."""
    if table.kinds[place] == "word":
        return "classification"
    numbers = table.numbers[place][~np.isnan(table.numbers[place])]
    different = np.unique(numbers)
    is_whole = bool((different == np.floor(different)).all())
    few = len(different) <= MOST_CLASSES and 2 * len(different) <= table.rows
    return "classification" if is_whole and few else "regression"


def numbering_of(table: Table, place: int) -> Numbering | None:
    """How a column only tells rows apart: it has no name and counts them, or is called so and never repeats."""
    numbers, name = table.numbers[place], table.names[place].casefold()
    if np.isnan(numbers).any() or not (numbers == np.floor(numbers)).all():
        return None
    if not table.is_named[place]:
        counts = place == 0 and numbers[0] in (0, 1) and bool((np.diff(numbers) == 1).all())
        return "counts" if counts and len(table.names) > 2 and (table.has_header or table.rows >= FEWEST) else None
    if len(np.unique(numbers)) < len(numbers):
        return None
    # A name like `userid` may be one like `humid`: then numbers without a gap tell.
    is_gapless = name.endswith("id") and np.ptp(numbers) == len(numbers) - 1
    return "id" if name in NUMBERING or ID.search(table.names[place]) or is_gapless else None


def _column(table: Table, place: int, target: str) -> Column:
    name, kind, numbering = table.names[place], table.kinds[place], numbering_of(table, place)
    words = words_of(table, place)
    missing = np.count_nonzero(np.isnan(table.numbers[place])) if kind == "number" else table.rows - words.total()
    return Column(
        name=name,
        kind=kind,
        missing=int(missing),
        examples=tuple(words)[:EXAMPLES],
        is_target=name == target,
        numbering=numbering,
    )
