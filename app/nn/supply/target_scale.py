"""The scale on which numbers are told: what a network is trained to answer, and its answers back in the target's unit.

Adam moves a bias by about its learning rate in a step, so a target of thousands is never reached as it is.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from app.errors import N_, Invalid
from app.nn.losses import LOSSES
from app.nn.supply.preparation import SCALES, Scale, movement

RAW, STANDARDIZE = "raw", "standardize"
TargetScaleName = Literal["raw", "standardize"]
TARGET_SCALES: Mapping[str, Scale] = {
    row.name: row
    for row in (
        Scale(RAW, N_("as it is"), N_("The network is trained to answer the target’s own numbers."), None),
        Scale(
            STANDARDIZE,
            N_("standardized"),
            N_("Mean 0 and standard deviation 1 over the training part; what is answered is scaled back."),
            SCALES[STANDARDIZE].fit,
        ),
    )
}
POINTER = "/data/target_scale"


@dataclass(frozen=True, eq=False)
class TargetScale:
    """How far targets are moved, and what they are divided by, (outputs,) each; None where they stay as they are."""

    name: str = RAW
    shift: np.ndarray | None = None
    divisor: np.ndarray | None = None

    @property
    def is_raw(self) -> bool:
        return self.shift is None

    def scaled(self, y: np.ndarray) -> np.ndarray:
        """Targets (rows, outputs) as the network is to tell them."""
        return y if self.is_raw else (y - self.shift) / self.divisor

    def undone(self, y: np.ndarray) -> np.ndarray:
        """Targets or answers (rows, outputs) in the target's own unit."""
        return y if self.is_raw else y * self.divisor + self.shift


def fitted(said: str | None, usual: str, y: np.ndarray, training: np.ndarray, are_numbers: bool) -> TargetScale:
    """The scale said of targets y, else the usual one where they are numbers; fitted on the training rows only.

    Raises Invalid where classes or probabilities are to be scaled, or numbers are too large to be.
    """
    if said == STANDARDIZE and not are_numbers:
        template = N_("Only targets that are numbers can be standardized; these are classes or probabilities.")
        raise Invalid(template, pointer=POINTER)
    name = said or (usual if are_numbers else RAW)
    with np.errstate(all="ignore"):
        scale = TargetScale(name, *movement(TARGET_SCALES[name], y[training]))
        if not np.isfinite(scale.undone(scale.scaled(y))).all():
            raise Invalid(N_("The numbers are too large: the standardized target is not finite."), pointer="/data")
    return scale


def written_out(document: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """A spec's JSON that says the scale of a table's numbers: what is usual may change, a session kept may not."""
    data = document.get("data", {})
    if "csv" not in data or data.get("target_scale") or not LOSSES[document["loss"]].takes_numbers:
        return document
    return {**document, "data": {**data, "target_scale": name}}
