"""What can be changed in a branch, as a form: the choices there are and what the session has at this moment."""

from __future__ import annotations

from dataclasses import dataclass

from app.engine.optim import OPTIMIZERS
from app.nn.initializers import INITIALIZERS
from app.nn.layers.activations import ACTIVATIONS
from app.nn.presets import PRESETS
from app.notation import numbers
from app.session.moment import Picture
from app.session.moves import finished

Choices = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class BranchForm:
    """The choices by name and label; those of a network are empty for an expression.

    `iteration` is where the branch begins unless another one is said, `layers` counts the network's layers.
    """

    iteration: int
    optimizer: str
    optimizers: Choices
    rate: str
    activations: Choices = ()
    layers: int = 0
    initializer: str = ""
    initializers: Choices = ()
    seed: int = 0


def branch_form(picture: Picture) -> BranchForm:
    """The form for a session at its moment."""
    iteration, kinds = finished(picture.problem.graph, picture.cursor), _choices(OPTIMIZERS, "title")
    rate = numbers.typed(picture.optimizer.learning_rate)
    spec = picture.spec if picture.spec["kind"] != "preset" else PRESETS[picture.spec["name"]].spec
    if spec["kind"] != "layers":
        return BranchForm(iteration, picture.optimizer.kind, kinds, rate)
    return BranchForm(
        iteration=iteration,
        optimizer=picture.optimizer.kind,
        optimizers=kinds,
        rate=rate,
        activations=_choices(ACTIVATIONS, "label"),
        layers=len(spec["layers"]),
        initializer=spec.get("initializer", ""),
        initializers=_choices(INITIALIZERS, "label"),
        seed=spec.get("seed", 0) + 1,
    )


def _choices(rows: dict, label: str) -> Choices:
    return tuple((name, getattr(row, label)) for name, row in rows.items())
