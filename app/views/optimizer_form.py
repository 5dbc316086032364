"""The optimizer as a form: its kind and its settings at a moment, and the kinds there are."""

from dataclasses import Field, dataclass, fields
from math import nan

from app.engine.assignment import Assignment
from app.engine.formula import Named
from app.engine.graph import Graph
from app.engine.optim import OPTIMIZERS, Optimizer
from app.views import numbers
from app.views.symbols import math
from app.views.writing import latex, pieces

W = Named("w", nan)
GRADIENT = Named(r"\tfrac{\partial\,\mathrm{loss}}{\partial w}", nan)
NO_GRAPH = Graph(())


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting of the optimizer: a number, a switch, or one of several options (value, label).

    `sentence` says what the option means that is set.
    """

    name: str
    label: str
    text: str
    is_switch: bool
    is_on: bool
    options: tuple[tuple[str, str], ...] = ()
    sentence: str = ""


@dataclass(frozen=True, slots=True)
class OptimizerForm:
    """The optimizer as it is set at this moment, and the kinds there are; its update, line by line, as MathML."""

    update: tuple[str, ...]
    kind: str
    kinds: tuple[tuple[str, str], ...]
    settings: tuple[Setting, ...]


def optimizer_form(optimizer: Optimizer) -> OptimizerForm:
    """The optimizer's fields with their present settings."""
    settings = tuple(setting(field, getattr(optimizer, field.name)) for field in fields(optimizer))
    kinds = tuple((kind, row.title) for kind, row in OPTIMIZERS.items())
    return OptimizerForm(update_of(optimizer), optimizer.kind, kinds, settings)


def setting(field: Field, now: float | bool | str) -> Setting:
    """A field of an optimizer as it is set now."""
    label, choices = field.metadata["label"], field.metadata.get("choices")
    if choices:
        options = tuple((row.name, row.label) for row in choices.values())
        return Setting(field.name, label, now, False, False, options, choices[now].sentence)
    if isinstance(now, bool):
        return Setting(field.name, label, "", True, now)
    return Setting(field.name, label, numbers.typed(now), False, False)


def update_of(optimizer: Optimizer) -> tuple[str, ...]:
    """The update of any parameter w by the gradient of the loss L, line by line, as MathML."""
    steps = optimizer.steps(W, GRADIENT, 1, *(nan for slot in optimizer.slots))
    return tuple(written(step) for step in steps)


def written(step: Assignment) -> str:
    """One line: a name and the formula that gives it its number."""
    return math(f"{latex(step.target.latex)}<mo>←</mo>{''.join(pieces(NO_GRAPH, step.formula))}")
