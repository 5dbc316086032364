"""A reader's own table as samples: which column is told from which, and its words as class numbers."""

from collections.abc import Sequence

import numpy as np

from app.errors import N_, ChainruleError, Invalid, visible
from app.nn.fields import unknown_choice
from app.nn.limits import check_array
from app.nn.spec import OwnRows
from app.nn.supply.datasets import seeded
from app.nn.supply.preview import guess_target, guess_task, labels_of, numbering_of, rows_with
from app.nn.supply.samples import Reading, Samples, Wanted, class_targets, number_targets
from app.nn.supply.table import Table, read_table
from app.nn.wording import shortened

POINTER = "/data/csv"


def own_samples(given: OwnRows, wanted: Wanted) -> Samples:
    """The rows of a pasted table. Raises Invalid with the line, and the column by name, of what cannot be used."""
    table = read(given, wanted)
    doubt = doubt_of_table(table)
    try:
        return samples_of(given, table, wanted, doubt)
    except ChainruleError as refusal:
        # What is in doubt is said before what follows from having read it in one way.
        raise doubt or refusal from None


def read(given: OwnRows, wanted: Wanted) -> Table:
    """The table of a spec; names that the spec says settle whether the first line has them."""
    table = read_table(given.csv, wanted.limits, given.header, POINTER, given.decimal)
    said = {visible(name) for name in (given.target, *(given.inputs or ())) if name is not None}
    if table.may_have_header and said:
        headed = read_table(given.csv, wanted.limits, True, POINTER, given.decimal)
        return headed if said <= set(headed.names) else table
    return table


def samples_of(given: OwnRows, table: Table, wanted: Wanted, doubt: ChainruleError | None) -> Samples:
    """The rows that have a target, and how the table was read."""
    target = chosen_target(given.target, table)
    inputs, numberings = chosen_inputs(given.inputs, target, table, wanted.request.inputs)
    rows = rows_with(table, target)
    if not len(rows):
        template = N_("No row has anything in the column “{name}”; expected targets.")
        raise Invalid(template, name=shortened(table.names[target]), pointer=POINTER)
    check_array((len(rows), len(inputs)), wanted.limits, pointer=POINTER)
    raw = numbers_of(table, inputs, rows)
    classes = None
    if (given.task or guess_task(table, target)) == "classification":
        numbers, classes = classes_of(table, target, rows)
        y = class_targets(numbers, len(classes), wanted)
    else:
        y = number_targets(numbers_of(table, [target], rows)[:, 0], wanted)
    names = tuple(table.names[place] for place in inputs)
    if given.inputs is None and not doubt:
        doubt = next((doubt_of_input(name) for name in names if name in numberings), None)
    left_out = table.rows - len(rows)
    reading = Reading(
        rows=len(rows),
        left_out=left_out,
        has_header=table.has_header,
        target=table.names[target],
        inputs=names,
        numberings=numberings,
        doubt=doubt,
    )
    return Samples(raw, y, names, classes, seeded(given.seed), reading=reading)


def doubt_of_table(table: Table) -> ChainruleError | None:
    """Why a table may be read in another way: its first line may be names, a comma may part thousands."""
    if table.may_have_header:
        template = N_("The first line may name the columns or be a row: {came}. Say header: true or false.")
        first = shortened(", ".join(column[0].strip() for column in table.columns))
        return Invalid(template, came=first, pointer="/data/header")
    if not table.doubts:
        return None
    doubt = table.doubts[0]
    template = N_(
        "In the column “{name}”, “{came}” may be {thousands} or {fraction}. Say decimal: “{likely}” or “{sign}” is the "
        "decimal sign."
    )
    return Invalid(
        template,
        pointer="/data/decimal",
        name=shortened(table.names[doubt.place]),
        came=shortened(doubt.cell),
        thousands=f"{doubt.read(doubt.likely):.15g}",
        fraction=f"{doubt.read(doubt.sign):.15g}",
        likely=doubt.likely,
        sign=doubt.sign,
    )


def doubt_of_input(name: str) -> ChainruleError:
    """Why a column should not be an input unless somebody says so."""
    template = N_(
        "The column “{name}” only tells the rows apart, and may give the target away. Name the inputs to take it all "
        "the same."
    )
    return Invalid(template, name=shortened(name), pointer="/data/inputs")


def chosen_target(name: str | None, table: Table) -> int:
    """The place of the column to tell, guessed unless it is said."""
    name = guess_target(table) if name is None else name
    return place_of(name, table, "/data/target")


def chosen_inputs(
    names: Sequence[str] | None, target: int, table: Table, wanted: int
) -> tuple[list[int], dict[str, str]]:
    """The places of the columns to tell it from, those said, else all others, and the columns that only number rows.

    Such a column is none of the others, unless the network wants as many inputs as there are with it.
    """
    others = [place for place in range(len(table.names)) if place != target]
    numberings: dict[str, str] = {table.names[place]: how for place in others if (how := numbering_of(table, place))}
    if names is not None:
        return said_inputs(names, target, table), numberings
    if not others:
        template = N_("Expected at least two columns, one to tell from the others; got one.")
        raise Invalid(template, pointer=POINTER)
    telling = [place for place in others if table.names[place] not in numberings]
    return telling if telling and wanted != len(others) else others, numberings


def said_inputs(names: Sequence[str], target: int, table: Table) -> list[int]:
    """The places of columns by their names. Raises Invalid for one that is not there, twice, or the target."""
    places: list[int] = []
    for number, name in enumerate(names):
        pointer = f"/data/inputs/{number}"
        place = place_of(name, table, pointer)
        if place == target:
            template = N_("The column “{name}” is the target; it cannot be an input as well.")
            raise Invalid(template, name=shortened(name), pointer=pointer)
        if place in places:
            raise Invalid(N_("The column “{name}” is there twice."), name=shortened(name), pointer=pointer)
        places.append(place)
    return places


def place_of(name: str, table: Table, pointer: str) -> int:
    """Where a column stands. Raises Invalid naming the nearest ones."""
    name = visible(name)
    if name not in table.names:
        raise unknown_choice(name, list(table.names), pointer)
    return table.names.index(name)


def numbers_of(table: Table, places: Sequence[int], rows: np.ndarray) -> np.ndarray:
    """Rows of columns of numbers, (rows, columns). Raises Invalid at the first cell that is none."""
    made = np.stack([table.numbers[place][rows] for place in places], axis=1)
    wrong = np.argwhere(np.isnan(made))
    if len(wrong):
        row, number = wrong[0]
        raise refused_number(table, int(rows[row]), places[number])
    return made


def refused_number(table: Table, row: int, place: int) -> Invalid:
    """The refusal of a cell where a number goes."""
    cell = table.columns[place][row].strip()
    template = N_("Line {row}, column “{name}”: expected a number, not “{came}”.")
    if not cell:
        template = N_("Line {row}, column “{name}”: expected a number, but nothing is there.")
    elif cell in table.markers(place):
        template = N_("Line {row}, column “{name}”: expected a number; “{came}” says that it is missing.")
    elif table.kinds[place] == "word":
        template = N_("Line {row}, column “{name}”: expected a number, not “{came}”. Words can only be the target.")
    return refused_cell(table, row, place, template, came=shortened(cell))


def refused_cell(table: Table, row: int, place: int, template: str, **fields: str) -> Invalid:
    """A refusal at a cell, by its line in the text and its column's name."""
    line, name = table.lines[row], shortened(table.names[place])
    return Invalid(template, pointer=POINTER, line=line, column=place + 1, row=line, name=name, **fields)


def classes_of(table: Table, place: int, rows: np.ndarray) -> tuple[np.ndarray, tuple[str, ...]]:
    """Class numbers (rows,) and the names of the classes. Raises Invalid where there are none to tell apart."""
    if table.kinds[place] == "number":
        numbers_of(table, [place], rows)
    numbers, names = labels_of(table, place, rows)
    if len(names) < 2:
        template = N_("Every row of the column “{name}” is “{came}”; expected two classes or more.")
        name, came = shortened(table.names[place]), shortened(names[0])
        raise Invalid(template, pointer=POINTER, name=name, came=came)
    return numbers.astype(np.float64), names
