"""What one row of the table of ops says."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from math import prod
from typing import Any, Literal

Shape = tuple[int, ...]
Operand = Any
"""What a rule is given and returns: arrays, symbols while it is staged, or formulas and elements where it is written
out. A rule is one expression for all of them."""
Flat = Literal["off", "beaten", "kink", "saturated", "level", "met", "certain", "kept", "flat"]
"""Off like a relu; not the one a maximum takes; at a kink; at the end of a curve that fades, or where one turns; the
prediction, or its probability, meets the target; a margin is kept; simply a slope of 0."""


@dataclass(frozen=True, slots=True)
class Rule:
    """How one argument's gradient follows from the upstream one: `vjp(g, y, *arguments, **attributes)`.

    `jvp(t, *arguments)` is how far the output moves when the argument moves by t; only ops that send one number to many
    outputs need it, to explain one number without a vjp for each of them, and not where `factor` says it already.

    `local(y, *arguments, **attributes)` writes the local derivative out over single numbers, the Places y and arguments
    of an element; ops that are not elementwise get `local(place, index, y, *arguments, **attributes)`: the derivative
    of the output's element `place` in the argument's element `index`, all of them Elements. An elementwise row may
    leave it out where the vjp of 1 says it well.

    `flat` says what it means where the local derivative is 0 (or, of a bend that fades, nearly 0). Where the local
    derivative is simply an element of another argument, `factor` is that argument's number; `local` then also takes
    many places at once and arrays.
    """

    vjp: Callable[..., Any]
    latex: str
    jvp: Callable[..., Any] | None = None
    local: Callable[..., Any] | None = None
    flat: Flat = "flat"
    factor: int | None = None


@dataclass(frozen=True, slots=True)
class Convention:
    """What is agreed upon here where others may do otherwise: what we say, and what published sources say."""

    says: str
    differs: str


@dataclass(frozen=True, slots=True)
class Example:
    """Arguments (nested lists) clear of kinks and of the edges of the domain, for the gradient test and the gallery."""

    arguments: tuple[Any, ...]
    attributes: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Op:
    """One row. `cost(output shape, *argument shapes)` counts elements and products of one forward pass; an element that
    takes as long to compute as twenty others counts as twenty.

    `element(*arguments, **attributes)` writes an element of the output out over single numbers as textbooks do, given
    Places; ops that are not elementwise get `element(place, *arguments, **attributes)`, all of them Elements. An
    elementwise row may leave it out where `forward` says it well.

    `sign` stands for the op where there is no room for its name, or where it is clearer; most have none.
    `class_numbers(*argument shapes)` maps each argument that holds class numbers to the number of classes.
    `held(*arguments)` tells at which elements of the first argument the rules hold the slope to what is agreed upon.
    `slope(y)` is the local derivative told from the output alone, of a curve that flattens towards its ends.
    `bounds` are the numbers between which every output lies; None where that depends on what goes in. A loss `takes`
    scores of any size, probabilities or plain numbers; `best(target, shape)` is the prediction of that shape at which
    it is lowest.
    """

    name: str
    arguments: tuple[str, ...]
    forward: Callable[..., Any]
    rules: tuple[Rule | None, ...]
    latex: str
    sentence: str
    examples: tuple[Example, ...]
    element: Callable[..., Any] | None = None
    cost: Callable[..., int] = lambda output, *arguments: prod(output)
    attributes: Mapping[str, Any] = field(default_factory=dict)
    optional: int = 0
    class_numbers: Callable[..., Mapping[int, int]] = lambda *shapes: {}
    sign: str = ""
    held: Callable[..., Any] | None = None
    slope: Callable[[Any], Any] | None = None
    is_elementwise: bool = True
    is_loss: bool = False
    bounds: tuple[float, float] | None = None
    takes: Literal["", "numbers", "scores", "probabilities"] = ""
    best: Callable[[Any, Shape], Any] | None = None
    convention: Convention | None = None

    def value(self, *arguments: Any, **attributes: Any) -> Any:
        """The output alone, without what the forward pass saves for the rules."""
        result = self.forward(*arguments, **attributes)
        return result[0] if isinstance(result, tuple) else result
