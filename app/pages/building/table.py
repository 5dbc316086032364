"""A pasted table as the form shows it: what each column is for, the first rows, the classes, and cells to mend."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from app.errors import N_
from app.nn.supply.numerals import Doubt
from app.nn.supply.preview import Preview, rows_with
from app.nn.supply.table import Table
from app.nn.wording import shortened
from app.notation import numbers
from app.pages.building.pictures import class_colour, form_of

Classes = tuple[tuple[str, int], ...]
MOST_FLAWS, MOST_CLASSES = 6, 12
KINDS: Mapping[str, str] = {"number": N_("numbers"), "word": N_("words")}
SEPARATORS: Mapping[str, str] = {
    ",": N_("commas"), ";": N_("semicolons"), "\t": N_("tabs"), "；": N_("semicolons"), "，": N_("commas"),
}  # fmt: skip
EMPTY = N_("Line {row}, column “{name}”: nothing is there.")
NO_NUMBER = N_("Line {row}, column “{name}”: “{came}” is no number.")
MARKED = N_("Line {row}, column “{name}”: “{came}” says that it is missing.")
NUMBERINGS: Mapping[str | None, str] = {"counts": N_("counts the rows"), "id": N_("different in each row"), None: ""}


@dataclass(frozen=True)
class ColumnRow:
    """One column of the table: its number, name, kind, some of its cells, how many cannot be used, and its role.

    `numbering` says why it is no input unless somebody chooses it, or nothing.
    """

    number: int
    name: str
    kind: str
    examples: tuple[str, ...]
    missing: int
    is_target: bool
    is_input: bool
    numbering: str


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
class Question:
    """Columns whose cells may be read in two ways, as one of them shows: the likelier, which was taken, and the other.

    The signs are those that would be the decimal sign.
    """

    names: str
    came: str
    taken: str
    other: str
    taken_sign: str
    other_sign: str


@dataclass(frozen=True)
class TableView:
    """A table as the form shows it. `signature` tells its columns from those of another table.

    `names` are those in a first line that may be data as well; nothing where there is no doubt about it.
    """

    columns: tuple[ColumnRow, ...]
    rows: str
    left_out: int
    separator: str
    has_header: bool
    names: str
    question: Question | None
    first: tuple[tuple[str, ...], ...]
    classes: tuple[ClassRow, ...]
    more_classes: int
    flaws: tuple[CellFlaw, ...]
    more_flaws: int
    signature: str


def table_view(
    preview: Preview, text: str, target: str, inputs: Sequence[str], classes: Classes, signature: str
) -> TableView:
    """The table of a form, with the roles chosen for its columns and the classes of its target, if it has any."""
    table = preview.table
    used = [place for place, column in enumerate(preview.columns) if column.name in (target, *inputs)]
    flaws = list(cell_flaws(table, text.splitlines(), used, rows_with(table, table.names.index(target))))
    return TableView(
        columns=tuple(
            ColumnRow(
                number=number,
                name=column.name,
                kind=KINDS[column.kind],
                examples=tuple(shortened(cell) for cell in column.examples),
                missing=column.missing,
                is_target=column.name == target,
                is_input=column.name in inputs,
                numbering="" if column.name == target else NUMBERINGS[column.numbering],
            )
            for number, column in enumerate(preview.columns)
        ),
        rows=numbers.short(table.rows),
        left_out=preview.left_out,
        separator=SEPARATORS[table.delimiter],
        has_header=table.has_header,
        names=shortened(", ".join(table.names)) if preview.is_header_likely else "",
        question=question(table, preview.doubts) if preview.doubts else None,
        first=tuple(tuple(cell_text(cell) for cell in row) for row in preview.first),
        classes=tuple(
            ClassRow(name, count, form_of(number), class_colour(number))
            for number, (name, count) in enumerate(classes[:MOST_CLASSES])
        ),
        more_classes=max(len(classes) - MOST_CLASSES, 0),
        flaws=tuple(flaws[:MOST_FLAWS]),
        more_flaws=max(len(flaws) - MOST_FLAWS, 0),
        signature=signature,
    )


def cell_text(cell: str | float) -> str:
    """A cell as it was read: a number with all its digits and a zero without a sign, or a text."""
    return shortened(cell) if isinstance(cell, str) else f"{cell + 0.0:.15g}".replace("-", "−")


def question(table: Table, doubts: Sequence[Doubt]) -> Question:
    """What is to be asked about columns, with the first such cell in both readings."""
    first, names = doubts[0], ", ".join(table.names[doubt.place] for doubt in doubts)
    taken, other = (cell_text(first.read(sign)) for sign in (first.likely, first.sign))
    return Question(
        names=shortened(names),
        came=shortened(first.cell),
        taken=taken,
        other=other,
        taken_sign=first.likely,
        other_sign=first.sign,
    )


def cell_flaws(table: Table, lines: Sequence[str], used: Sequence[int], rows: np.ndarray) -> Iterator[CellFlaw]:
    """Every cell of the used columns that cannot be used, line by line, in the rows that have a target."""
    found = [
        (row, place)
        for place in used
        if table.kinds[place] == "number"
        for row in rows[np.isnan(table.numbers[place][rows])].tolist()
    ]
    for row, place in sorted(found):
        line, came = table.lines[row], table.columns[place][row].strip()
        quote = shortened(lines[line - 1]) if line <= len(lines) else ""
        template = EMPTY if not came else MARKED if came in table.markers(place) else NO_NUMBER
        yield CellFlaw(template, line, table.names[place], shortened(came), quote)
