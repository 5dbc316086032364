"""The table of forms in which a session can leave: a row each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from app.errors import N_
from app.session.departure import Departure
from app.session.moment import Picture
from app.views.export.curves import curves
from app.views.export.network import network
from app.views.export.numpy_code import numpy_code
from app.views.export.pytorch_code import pytorch_code

PYTHON, JSON, CSV = "text/x-python", "application/json", "text/csv"


@dataclass(frozen=True, slots=True)
class Format:
    """`write(title, picture, departure)` gives a text, or plain values for JSON; `file` is what the file is called.

    Some forms are of networks only.
    """

    name: str
    label: str
    file: str
    media_type: str
    write: Callable[[str, Picture, Departure], Any]
    needs_network: bool = False


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
            lambda title, picture, departure: numpy_code(title, departure),
        ),
        Format(
            "pytorch",
            N_("PyTorch code"),
            "chainrule_pytorch.py",
            PYTHON,
            lambda title, picture, departure: pytorch_code(title, departure),
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
