"""A reader's own table as samples: which column is told from which, and its words as class numbers."""

from collections.abc import Sequence

import numpy as np

from app.errors import N_, Invalid
from app.nn.fields import unknown_choice
from app.nn.limits import check_array
from app.nn.supply.datasets import seeded
from app.nn.supply.preview import guess_target, guess_task, kind_of
from app.nn.supply.samples import Samples, Wanted, class_targets, number_targets
from app.nn.supply.table import Table, read_table
from app.nn.wording import shortened

POINTER = "/data/csv"


def own_samples(wanted: Wanted) -> Samples:
    """The rows of a pasted table. Raises Invalid with the line, and the column by name, of what cannot be used."""
    given = wanted.request.data
    table = read_table(given.csv, wanted.limits, given.header, POINTER)
    target = chosen_target(given.target, table)
    inputs = chosen_inputs(given.inputs, target, table)
    check_array((table.rows, len(inputs)), wanted.limits, pointer=POINTER)
    raw = numbers_of(table, inputs)
    classes = None
    if (given.task or guess_task(table, target)) == "classification":
        numbers, classes = labels_of(table, target)
        y = class_targets(numbers, len(classes), wanted)
    else:
        y = number_targets(numbers_of(table, [target])[:, 0], wanted)
    return Samples(raw, y, tuple(table.names[place] for place in inputs), classes, seeded(given.seed))


def chosen_target(name: str | None, table: Table) -> int:
    """The place of the column to tell, guessed unless it is said."""
    name = guess_target(table) if name is None else name
    return place_of(name, table, "/data/target")


def chosen_inputs(names: Sequence[str] | None, target: int, table: Table) -> list[int]:
    """The places of the columns to tell it from: those said, else all others."""
    if names is None:
        others = [place for place in range(len(table.names)) if place != target]
        if not others:
            template = N_("Expected at least two columns, one to tell from the others; got one.")
            raise Invalid(template, pointer=POINTER)
        return others
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
    if name not in table.names:
        raise unknown_choice(name, list(table.names), pointer)
    return table.names.index(name)


def numbers_of(table: Table, places: Sequence[int]) -> np.ndarray:
    """Columns of numbers, (rows, columns). Raises Invalid at the first cell that is none."""
    made = np.stack([table.numbers[place] for place in places], axis=1)
    wrong = np.argwhere(np.isnan(made))
    if len(wrong):
        row, number = wrong[0]
        raise refused_number(table, int(row), places[number])
    return made


def refused_number(table: Table, row: int, place: int) -> Invalid:
    """The refusal of a cell where a number goes."""
    cell = table.columns[place][row].strip()
    template = N_("Line {row}, column “{name}”: expected a number, but nothing is there.")
    if cell and kind_of(table, place) == "word":
        template = N_("Line {row}, column “{name}”: expected a number, not “{came}”. Words can only be the target.")
    elif cell:
        template = N_("Line {row}, column “{name}”: expected a number, not “{came}”.")
    return refused_cell(table, row, place, template, came=shortened(cell))


def refused_cell(table: Table, row: int, place: int, template: str, **fields: str) -> Invalid:
    """A refusal at a cell, by its line in the text and its column's name."""
    line, name = table.lines[row], shortened(table.names[place])
    return Invalid(template, pointer=POINTER, line=line, column=place + 1, row=line, name=name, **fields)


def labels_of(table: Table, place: int) -> tuple[np.ndarray, tuple[str, ...]]:
    """Class numbers (rows,) and the names of the classes: words in the order of their letters, numbers by size."""
    cells = np.array([cell.strip() for cell in table.columns[place]], dtype=object)
    if not all(cells):
        row = next(number for number, cell in enumerate(cells) if not cell)
        template = N_("Line {row}, column “{name}”: expected a class, but nothing is there.")
        raise refused_cell(table, row, place, template)
    if kind_of(table, place) == "number":
        different, numbers = np.unique(numbers_of(table, [place])[:, 0], return_inverse=True)
        names = tuple(map(spelled, different.tolist()))
    else:
        names = tuple(sorted(set(cells)))
        order = {name: number for number, name in enumerate(names)}
        numbers = np.array([order[cell] for cell in cells])
    if len(names) < 2:
        template = N_("Every row of the column “{name}” is “{came}”; expected two classes or more.")
        fields = {"name": shortened(table.names[place]), "came": shortened(names[0])}
        raise Invalid(template, pointer=POINTER, **fields)
    return numbers.astype(np.float64), names


def spelled(number: float) -> str:
    """A number that names a class, with all its digits."""
    return (str(int(number)) if number == int(number) else str(number)).replace("-", "−")
