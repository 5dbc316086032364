"""The data of a network's form on their way to a spec: a data set, a table of one's own, or a few rows of numbers.

The columns of a table have numbers, from 0: `/data/target` is the number of the one to tell, `/data/inputs/2` is
`true` where the third is an input. They hold as long as the table has the columns of `/data/columns`; else they are
guessed again, and what was said of another table is forgotten. `/data/previous` is the number of the target that the
page shows: the one chosen instead changes places with it.
"""

import json
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from app.errors import N_, ChainruleError, Invalid
from app.nn.limits import Limits
from app.nn.losses import LOSSES
from app.nn.spec import DatasetChosen, Handling
from app.nn.supply.datasets import DATASETS
from app.nn.supply.numerals import OTHER
from app.nn.supply.preparation import FEATURES, MOST_COLUMNS
from app.nn.supply.preview import Preview, preview
from app.web.rows import Rows, read_rows

Fields = Mapping[str, str]

ROWS, TABLE, COLUMNS, TARGET = "/data/rows", "/data/csv", "/data/columns", "/data/target"
PREVIOUS, TASK, HEADER, DECIMAL = "/data/previous", "/data/task", "/data/header", "/data/decimal"
TARGET_SCALE = "/data/target_scale"
SAID = (TASK, HEADER, DECIMAL)
WORDS = {"true": True, "false": False}
FEATURE = re.compile(r"/data/features/\d{1,3}").fullmatch
INPUT = re.compile(r"/data/inputs/(\d{1,5})").fullmatch
MADE = frozenset(f"/data/{key}" for key in DatasetChosen.model_fields)
HANDLING = frozenset(f"/data/{key}" for key in Handling.model_fields) - {TARGET_SCALE}


def data_document(fields: Fields, filled: Mapping[str, Any], limits: Limits) -> dict[str, Any]:
    """What the form says of its data, and how many inputs they give, as keys of a spec."""
    source = fields.get("/data/from", "")
    return DOCUMENTS.get(source, rows_document)(fields, filled, limits)


def made_document(fields: Fields, filled: Mapping[str, Any], limits: Limits) -> dict[str, Any]:
    """A data set with its settings."""
    row = DATASETS.get(fields.get("/data/dataset", ""))
    own = {key: value for key, value in picked(filled, MADE).items() if key != "noise" or not row or row.takes_noise}
    return with_inputs(fields, {**own, **picked(filled, HANDLING)}, row.columns if row else ("x₁", "x₂"))


def table_document(fields: Fields, filled: Mapping[str, Any], limits: Limits) -> dict[str, Any]:
    """A table of one's own, with what each column is for."""
    text = table_text(fields)
    if not text.strip():
        raise Invalid(N_("Paste a table, or choose a file."), pointer=TABLE)
    table = table_preview(fields, limits)
    target, inputs = roles_of(fields, table)
    if not inputs:
        raise Invalid(N_("Choose at least one column of numbers to tell the target from."), pointer=TABLE)
    # How the page shows it read is how it is to be read, whatever is likely to a later version.
    read = {"header": table.table.has_header, "decimal": table.table.decimal}
    own = {"csv": text, "target": target, "inputs": inputs, **picked(filled, frozenset((TASK,)))}
    own |= {key: value for key, value in read.items() if value is not None}
    if own.get("task", table.task) == "regression":
        own |= picked(filled, frozenset((TARGET_SCALE,)))
    return with_inputs(fields, {**own, **picked(filled, HANDLING)}, tuple(inputs))


def rows_document(fields: Fields, filled: Mapping[str, Any], limits: Limits) -> dict[str, Any]:
    """Rows of numbers as they are typed; without data while the number of inputs is not one, for the spec to refuse."""
    inputs = filled.get("/inputs")
    if not isinstance(inputs, int) or inputs < 1:
        return {}
    return {"data": part_columns(read_rows(fields.get(ROWS, ""), ROWS), inputs, filled.get("/loss"))}


DOCUMENTS = {"dataset": made_document, "csv": table_document, "rows": rows_document}


def picked(filled: Mapping[str, Any], names: frozenset[str]) -> dict[str, Any]:
    """The fields of the data that have these names, as keys of a spec."""
    return {name.removeprefix("/data/"): value for name, value in filled.items() if name in names}


def with_inputs(fields: Fields, data: dict[str, Any], columns: tuple[str, ...]) -> dict[str, Any]:
    """Data with the features chosen for them, and the number of inputs that this makes."""
    features = features_of(fields, columns)
    plain = list(FEATURES)[: len(columns)]
    if features in ([], plain):
        return {"data": data, "inputs": len(columns)}
    return {"data": data | {"features": features}, "inputs": len(features)}


def features_of(fields: Fields, columns: tuple[str, ...]) -> list[str]:
    """The features chosen, of those that can be made of so few columns, in the table's order."""
    chosen = {value for name, value in fields.items() if FEATURE(name)}
    known = [name for name, row in FEATURES.items() if row.needs <= len(columns) <= MOST_COLUMNS]
    return [name for name in known if name in chosen]


def table_text(fields: Fields) -> str:
    """The pasted table; browsers send line ends as CRLF."""
    return fields.get(TABLE, "").replace("\r\n", "\n")


def table_preview(fields: Fields, limits: Limits) -> Preview:
    """What the pasted table holds, by the target chosen; refuses what cannot be read."""
    guessed = read_preview(fields, limits)
    target, _ = roles_of(fields, guessed)
    return guessed if target == guessed.target else read_preview(fields, limits, target)


def read_preview(fields: Fields, limits: Limits, target: str | None = None) -> Preview:
    """What the pasted table holds, read as the form says."""
    header, decimal = WORDS.get(fields.get(HEADER, "")), fields.get(DECIMAL, "")
    return remembered(table_text(fields), limits, header, target, TABLE, decimal if decimal in OTHER else None)


def forgetting(fields: Fields, limits: Limits) -> Fields:
    """The form without what was said of another table than the one that is in it now."""
    if COLUMNS not in fields or not any(fields.get(name) for name in SAID):
        return fields
    try:
        is_same = fields[COLUMNS] == signature(read_preview(fields, limits))
    except ChainruleError:
        return fields
    return fields if is_same else {name: text for name, text in fields.items() if name not in SAID}


remembered = lru_cache(maxsize=8)(preview)
"""The form is sent whole with every change in it, and mostly the table is still the same."""


def roles_of(fields: Fields, table: Preview) -> tuple[str, list[str]]:
    """The target and the inputs: those chosen, else those that the table seems to have."""
    names = [column.name for column in table.columns]
    place, places = fields.get(TARGET, ""), {str(number): name for number, name in enumerate(names)}
    if fields.get(COLUMNS) != signature(table) or place not in places:
        return table.target, list(table.inputs)
    target, previous = places[place], fields.get(PREVIOUS, place)
    usable = {str(number) for number, column in enumerate(table.columns) if column.is_usable}
    chosen = {int(match[1]) for name, text in fields.items() if (match := INPUT(name)) and text == "true"}
    if previous != place and previous in usable:
        chosen.add(int(previous))
    return target, [name for number, name in enumerate(names) if number in chosen and name != target]


def signature(table: Preview) -> str:
    """The columns of a table in one text, to see whether another one was pasted."""
    return json.dumps([column.name for column in table.columns], ensure_ascii=False)


def part_columns(rows: Rows, inputs: int, loss: Any) -> dict[str, Any]:
    """Pasted rows as the spec's `x` and `y`; one column of class numbers becomes a list of them."""
    if rows.columns <= inputs:
        raise Invalid(
            N_("Line {row} has {came} columns; the {inputs} inputs need one each and the target at least one more."),
            pointer=ROWS,
            line=rows.lines[0],
            row=rows.lines[0],
            came=rows.columns,
            inputs=inputs,
        )
    x, y = rows.parted(inputs)
    if loss in LOSSES and LOSSES[loss].takes_classes and rows.columns == inputs + 1:
        return {"x": x, "y": [int(row[0]) if row[0].is_integer() else row[0] for row in y]}
    return {"x": x, "y": y}
