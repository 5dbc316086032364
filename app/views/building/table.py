"""A pasted table as the form shows it: what each column is for, the first rows, the classes, and cells to mend."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from app.errors import N_
from app.nn.supply.preview import Preview, words_of
from app.nn.supply.table import Table, as_numbers
from app.nn.wording import shortened
from app.views import numbers
from app.views.building.pictures import class_colour, form_of

Classes = tuple[tuple[str, int], ...]
MOST_FLAWS, MOST_CLASSES = 6, 12
KINDS: Mapping[str, str] = {"number": N_("numbers"), "word": N_("words")}
SEPARATORS: Mapping[str, str] = {
    ",": N_("commas"), ";": N_("semicolons"), "\t": N_("tabs"), "；": N_("semicolons"), "，": N_("commas"),
}  # fmt: skip
EMPTY = N_("Line {row}, column “{name}”: nothing is there.")
NO_NUMBER = N_("Line {row}, column “{name}”: “{came}” is no number.")


@dataclass(frozen=True)
class ColumnRow:
    """One column of the table: its number, name, kind, some of its cells, how many cannot be used, and its role."""

    number: int
    name: str
    kind: str
    examples: tuple[str, ...]
    missing: int
    is_target: bool
    is_input: bool


@dataclass(frozen=True)
class ClassRow:
    """One class of the target: its word, how many rows have it, and its mark."""

    name: str
    count: int
    form: str
    colour: str


@dataclass(frozen=True)
class CellFlaw:
    """A cell that cannot be used: what is wrong with it, in a template and its fields, and its line as it stands."""

    template: str
    line: int
    name: str
    came: str
    quote: str


@dataclass(frozen=True)
class TableView:
    """A table as the form shows it. `signature` tells its columns from those of another table."""

    columns: tuple[ColumnRow, ...]
    rows: str
    separator: str
    has_header: bool
    first: tuple[tuple[str, ...], ...]
    classes: tuple[ClassRow, ...]
    more_classes: int
    flaws: tuple[CellFlaw, ...]
    more_flaws: int
    signature: str


def classes_of(table: Table, target: str) -> Classes:
    """The classes of a column, numbers by size and words by their letters, and how many rows each has."""
    words = words_of(table, table.names.index(target))
    sizes = np.nan_to_num(as_numbers(list(words), table.delimiter), nan=np.inf).tolist()
    ordered = sorted(zip(sizes, words, strict=True))
    return tuple((word, words[word]) for _, word in ordered)


def table_view(
    preview: Preview,
    table: Table,
    text: str,
    target: str,
    inputs: Sequence[str],
    classes: Classes,
    signature: str,
) -> TableView:
    """The table of a form, with the roles chosen for its columns and the classes of its target, if it has any."""
    used = [place for place, column in enumerate(preview.columns) if column.name in (target, *inputs)]
    flaws = list(cell_flaws(preview, table, text.splitlines(), used))
    return TableView(
        tuple(
            ColumnRow(
                number,
                column.name,
                KINDS[column.kind],
                tuple(shortened(cell) for cell in column.examples),
                column.missing,
                column.name == target,
                column.name in inputs,
            )
            for number, column in enumerate(preview.columns)
        ),
        numbers.short(preview.rows),
        SEPARATORS[preview.delimiter],
        preview.has_header,
        tuple(tuple(shortened(cell) for cell in row) for row in preview.first),
        tuple(
            ClassRow(name, count, form_of(number), class_colour(number))
            for number, (name, count) in enumerate(classes[:MOST_CLASSES])
        ),
        max(len(classes) - MOST_CLASSES, 0),
        tuple(flaws[:MOST_FLAWS]),
        max(len(flaws) - MOST_FLAWS, 0),
        signature,
    )


def cell_flaws(preview: Preview, table: Table, lines: Sequence[str], used: Sequence[int]) -> Iterator[CellFlaw]:
    """Every cell of the used columns that cannot be used, line by line."""
    found = {
        (row, place)
        for place in used
        if preview.columns[place].missing
        for row in wrong_rows(table, place, preview.columns[place].kind)
    }
    for row, place in sorted(found):
        line, came = table.lines[row], table.columns[place][row].strip()
        quote = shortened(lines[line - 1]) if line <= len(lines) else ""
        yield CellFlaw(NO_NUMBER if came else EMPTY, line, table.names[place], shortened(came), quote)


def wrong_rows(table: Table, place: int, kind: str) -> list[int]:
    """The rows whose cell in this column is empty, or no number among numbers."""
    if kind == "number":
        return np.flatnonzero(np.isnan(table.numbers[place])).tolist()
    return [row for row, cell in enumerate(table.columns[place]) if not cell.strip()]
