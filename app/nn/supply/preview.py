"""What a pasted table seems to hold, before it is trained on: its columns, what each may be for, its first rows."""

from collections import Counter
from dataclasses import dataclass
from typing import Literal

import numpy as np

from app.nn.limits import Limits
from app.nn.supply.table import Table, read_table

Kind = Literal["number", "word"]
Role = Literal["input", "target", "unused"]
Task = Literal["classification", "regression"]
EXAMPLES = 3
FIRST_ROWS = 5
MOST_CLASSES = 10
"""Whole numbers that are no more than this many different ones are taken for class numbers."""
TARGET_NAMES = {
    "target", "label", "class", "y", "category", "species", "output",
    "标签", "类别", "目标", "分类", "结果", "输出",
}  # fmt: skip
NUMBERING = {"id", "index", "no", "no.", "nr", "#", "序号", "编号", "索引"}


@dataclass(frozen=True)
class Column:
    """One column: most of its cells are numbers, or words; how many differ; and what it is probably for.

    `missing` counts cells with nothing in them and, in a column of numbers, those with something else.
    """

    name: str
    kind: Kind
    distinct: int
    missing: int
    examples: tuple[str, ...]
    role: Role


@dataclass(frozen=True)
class Preview:
    """A table as the form shows it: columns with guessed roles, the first rows as texts, the count of all rows.

    `task` and `classes` (name of each class, rows of it; empty for numbers) are those of the guessed target.
    """

    columns: tuple[Column, ...]
    rows: int
    delimiter: str
    has_header: bool
    first: tuple[tuple[str, ...], ...]
    task: Task
    classes: tuple[tuple[str, int], ...]

    @property
    def target(self) -> str:
        """The name of the column that is probably to be told from the others."""
        return next(column.name for column in self.columns if column.role == "target")

    @property
    def inputs(self) -> tuple[str, ...]:
        """The names of the columns that it is probably told from."""
        return tuple(column.name for column in self.columns if column.role == "input")


def preview(
    text: str, limits: Limits | None = None, header: bool | None = None, target: str | None = None, pointer: str = ""
) -> Preview:
    """What a text holds. `header` and `target` (a column's name) are guessed unless said.

    Raises Invalid or TooLarge as `read_table` does; cells that cannot be trained on are counted, not refused.
    """
    table = read_table(text, limits, header, pointer)
    target = target if target in table.names else guess_target(table)
    place = table.names.index(target)
    task = guess_task(table, place)
    return Preview(
        columns=tuple(_column(table, number, target) for number in range(len(table.names))),
        rows=table.rows,
        delimiter=table.delimiter,
        has_header=table.has_header,
        first=tuple(zip(*(column[:FIRST_ROWS] for column in table.columns), strict=True)),
        task=task,
        classes=tuple(sorted(words_of(table, place).items())) if task == "classification" else (),
    )


def words_of(table: Table, place: int) -> Counter[str]:
    """The different cells of a column, without the blanks around them, and how often each occurs."""
    return Counter(cell.strip() for cell in table.columns[place])


def kind_of(table: Table, place: int) -> Kind:
    """What most of a column's cells are, leaving out those with nothing in them."""
    filled = sum(1 for cell in table.columns[place] if cell and not cell.isspace())
    numbers = np.count_nonzero(~np.isnan(table.numbers[place]))
    return "number" if 2 * numbers > filled else "word"


def guess_target(table: Table) -> str:
    """The column that is called so, else the last one of words that repeat, else the last."""
    for name in reversed(table.names):
        if name.casefold() in TARGET_NAMES:
            return name
    for place in reversed(range(len(table.names))):
        if kind_of(table, place) == "word" and 2 * len(words_of(table, place)) <= table.rows:
            return table.names[place]
    return table.names[-1]


def guess_task(table: Table, place: int) -> Task:
    """Words are classes; numbers are if they are whole, few different ones, and each occurs twice on average."""
    if kind_of(table, place) == "word":
        return "classification"
    numbers = table.numbers[place][~np.isnan(table.numbers[place])]
    different = np.unique(numbers)
    is_whole = bool((different == np.floor(different)).all())
    few = len(different) <= MOST_CLASSES and 2 * len(different) <= table.rows
    return "classification" if is_whole and few else "regression"


def _column(table: Table, place: int, target: str) -> Column:
    name, cells, kind = table.names[place], table.columns[place], kind_of(table, place)
    words = words_of(table, place)
    missing = np.count_nonzero(np.isnan(table.numbers[place])) if kind == "number" else words.get("", 0)
    role: Role = "target" if name == target else "input" if kind == "number" else "unused"
    if role == "input" and name.casefold() in NUMBERING and len(words) == len(cells):
        role = "unused"
    examples = tuple(word for word in list(words)[: EXAMPLES + 1] if word)[:EXAMPLES]
    return Column(name, kind, len(words) - ("" in words), int(missing), examples, role)
