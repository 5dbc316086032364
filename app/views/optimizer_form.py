"""The optimizer as a form: its kind and its settings at a moment, and the kinds there are."""

from dataclasses import dataclass, fields

from app.engine.optim import OPTIMIZERS, Optimizer
from app.views import numbers
from app.views.formulas import formula

GRADIENT = r"\tfrac{\partial L}{\partial w}"


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting of the optimizer: a number or a choice."""

    name: str
    label: str
    text: str
    is_choice: bool
    is_on: bool


@dataclass(frozen=True, slots=True)
class OptimizerForm:
    """The optimizer as it is set at this moment, and the kinds there are; its update, line by line, as MathML."""

    update: tuple[str, ...]
    kind: str
    kinds: tuple[tuple[str, str], ...]
    settings: tuple[Setting, ...]


def optimizer_form(optimizer: Optimizer) -> OptimizerForm:
    """The optimizer's fields with their present settings."""
    settings = []
    for field in fields(optimizer):
        setting = getattr(optimizer, field.name)
        is_choice = isinstance(setting, bool)
        text = "" if is_choice else numbers.typed(setting)
        settings.append(Setting(field.name, field.metadata["label"], text, is_choice, is_choice and setting))
    kinds = tuple((kind, row.title) for kind, row in OPTIMIZERS.items())
    return OptimizerForm(tuple(map(written, optimizer.latex)), optimizer.kind, kinds, tuple(settings))


def written(latex: str) -> str:
    """One line of an update as MathML, of a parameter w and the gradient of the loss L."""
    # A derivative is a fraction, so its square needs parentheses.
    bracketed = latex.replace("{#g}^", r"\left(#g\right)^")
    return formula(bracketed.replace("#w", "w").replace("#g", GRADIENT), (), block=True)
