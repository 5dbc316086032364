"""The optimizer as a form: its kind and its settings at a moment, and the kinds there are."""

from dataclasses import Field, dataclass, fields

from app.engine.optim import OPTIMIZERS, Optimizer
from app.views import numbers
from app.views.formulas import formula

GRADIENT = r"\tfrac{\partial L}{\partial w}"


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
    return OptimizerForm(tuple(map(written, optimizer.latex)), optimizer.kind, kinds, settings)


def setting(field: Field, now: float | bool | str) -> Setting:
    """A field of an optimizer as it is set now."""
    label, choices = field.metadata["label"], field.metadata.get("choices")
    if choices:
        options = tuple((row.name, row.label) for row in choices.values())
        return Setting(field.name, label, now, False, False, options, choices[now].sentence)
    if isinstance(now, bool):
        return Setting(field.name, label, "", True, now)
    return Setting(field.name, label, numbers.typed(now), False, False)


def written(latex: str) -> str:
    """One line of an update as MathML, of a parameter w and the gradient of the loss L."""
    # A derivative is a fraction, so its square needs parentheses.
    bracketed = latex.replace("{#g}^", r"\left(#g\right)^")
    return formula(bracketed.replace("#w", "w").replace("#g", GRADIENT), (), block=True)
