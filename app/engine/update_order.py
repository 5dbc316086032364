"""When the parameters of an iteration move. Published figures of the same network differ by it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from app.engine.row import Convention
from app.errors import N_


@dataclass(frozen=True, slots=True)
class UpdateOrder:
    """When parameters move: all at the end of an iteration, or each as soon as the backward pass has reached it."""

    name: str
    label: str
    sentence: str
    convention: Convention


SIMULTANEOUS, SEQUENTIAL = "simultaneous", "sequential"
OrderName = Literal["simultaneous", "sequential"]
UPDATE_ORDERS: Mapping[str, UpdateOrder] = {
    row.name: row
    for row in (
        UpdateOrder(
            SIMULTANEOUS,
            N_("simultaneous"),
            N_("All gradients are taken first; then all parameters move at once."),
            Convention(
                N_("Updates: simultaneous"),
                N_(
                    "Libraries do this. Some worked examples update layer by layer, which gives slightly other numbers."
                ),
            ),
        ),
        UpdateOrder(
            SEQUENTIAL,
            N_("sequential"),
            N_(
                "Each parameter moves as soon as its gradient is complete; "
                "the gradients that come after it, those of earlier layers, are taken with the moved number."
            ),
            Convention(
                N_("Updates: sequential"),
                N_("Some worked examples do this. Libraries update all at once, which gives slightly other numbers."),
            ),
        ),
    )
}
