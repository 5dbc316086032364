"""The table of forms in which a session can leave: a row each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Any, Literal

from app.errors import N_, TooLarge
from app.export.curves import curves
from app.export.network import network
from app.export.numpy_code import numpy_code
from app.export.pytorch_code import pytorch_code
from app.session.departure import Departure
from app.session.moment import Picture

PYTHON, JSON, CSV = "text/x-python", "application/json", "text/csv"
MOST_IN_PROGRAM = 1_000_000
"""Numbers that a program may hold: it is written as a whole."""


def short_enough(departure: Departure) -> Departure:
    """The same. Raises TooLarge where a program would hold too many numbers."""
    arrays = (*departure.leaves.values(), *chain(*departure.slots.values()))
    count = sum(array.size for array in arrays)
    if count > MOST_IN_PROGRAM:
        template = N_("A program would hold {came} numbers; {most} are allowed. The network as JSON has all of them.")
        raise TooLarge(template, came=count, most=MOST_IN_PROGRAM)
    return departure


@dataclass(frozen=True, slots=True)
class Format:
    """`write(title, picture, departure)` gives a text, the pieces of one, or plain values and arrays for JSON; `file`
    is what the file is called. Some forms are of networks only, and programs are of so many numbers at most.
    """

    name: str
    label: str
    file: str
    media_type: str
    write: Callable[[str, Picture, Departure], Any]
    needs_network: bool = False


FormatName = Literal["json", "numpy", "pytorch", "curves.csv"]
FORMATS: Mapping[str, Format] = {
    row.name: row
    for row in (
        Format(
            "json",
            N_("The network as JSON"),
            "chainrule-network.json",
            JSON,
            lambda title, picture, departure: network(title, picture.spec, departure),
        ),
        Format(
            "numpy",
            N_("NumPy code"),
            "chainrule_numpy.py",
            PYTHON,
            lambda title, picture, departure: numpy_code(title, short_enough(departure)),
        ),
        Format(
            "pytorch",
            N_("PyTorch code"),
            "chainrule_pytorch.py",
            PYTHON,
            lambda title, picture, departure: pytorch_code(title, short_enough(departure)),
            needs_network=True,
        ),
        Format(
            "curves.csv",
            N_("The curves as CSV"),
            "chainrule-curves.csv",
            CSV,
            lambda title, picture, departure: curves(picture),
        ),
    )
}
