"""A worked example: its spec, where it comes from, and the figures that its source prints."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any, Literal

from app.nn.supply import bundled

Quantity = Literal["value", "gradient", "updated", "local", "term", "share", "central_difference"]
Index = tuple[int, ...]
_PATH = re.compile(r"([^\[\]>]+)(?:\[([\d,]+)\])?")


@dataclass(frozen=True)
class Printed:
    """One figure of a source, and where the same number is found here.

    `quantity` says of what: a node's value or gradient in an iteration, a parameter's value after the update
    (`updated`), the local derivative or the whole term that a number gets from its consumer `via`, one output's share
    of the loss, or a central difference (h = 0.0001). `digits` are as printed, None where the source prints nothing;
    `actual` is the right number where the source is wrong, silent or too brief to tell.
    """

    name: str
    node: str
    index: Index
    quantity: Quantity
    digits: str | None
    actual: str | None = None
    iteration: int = 0
    via: tuple[str, Index] | None = None
    tolerance: float | None = None

    @property
    def is_misprint(self) -> bool:
        """Whether the source prints another number than its own example gives, even as rounded."""
        if self.digits is None or self.actual is None:
            return False
        return abs(Decimal(self.digits) - Decimal(self.actual)) > half_a_unit(self.digits)


@dataclass(frozen=True)
class Preset:
    """A spec with a name. `notes` say where the source is wrong or uses another convention, or what to look at.

    Where it shows what goes wrong in training, `illness` names it, which is plain after so many `iterations`, and
    `cure` the example that differs only in what cures it. `file` is one of data that must be installed for it.
    """

    name: str
    title: str
    summary: str
    source: str
    make: Callable[[], dict[str, Any]]
    published: tuple[Printed, ...] = ()
    notes: tuple[str, ...] = ()
    file: str | None = None
    illness: str = ""
    iterations: int = 0
    cure: str = ""

    @property
    def is_here(self) -> bool:
        """Whether the data it needs are installed."""
        return self.file is None or bundled.is_here(self.file)

    @cached_property
    def spec(self) -> dict[str, Any]:
        """The spec in the public format; not to be changed."""
        return self.make()


def half_a_unit(digits: str) -> Decimal:
    """Half a unit in the last place of a printed number."""
    return Decimal(5).scaleb(int(Decimal(digits).as_tuple().exponent) - 1)


def figures(quantity: Quantity, *rows: str, iteration: int = 0, tolerance: float | None = None) -> tuple[Printed, ...]:
    """Printed figures from rows of text: `name place digits [actual]`.

    A place is `z1[0,0]`, or `a1[0,0]>z2[0,1]` for what a number gets from a consumer; digits `-` mean none printed.
    """
    made = []
    for row in rows:
        name, place, digits, *actual = row.split()
        own, *consumer = [_place(part) for part in place.split(">")]
        made.append(
            Printed(
                name=name,
                node=own[0],
                index=own[1],
                quantity=quantity,
                digits=None if digits == "-" else digits,
                actual=actual[0] if actual else None,
                iteration=iteration,
                via=consumer[0] if consumer else None,
                tolerance=tolerance,
            )
        )
    return tuple(made)


def expression(source: str, learning_rate: float = 0.1) -> Callable[[], dict[str, Any]]:
    """What makes the spec of an expression."""
    optimizer = {"kind": "sgd", "learning_rate": learning_rate}
    return lambda: {"kind": "expression", "source": source.strip() + "\n", "optimizer": dict(optimizer)}


def by_name(*presets: Preset) -> Mapping[str, Preset]:
    """Presets in order, by their names."""
    return {preset.name: preset for preset in presets}


def _place(text: str) -> tuple[str, Index]:
    match = _PATH.fullmatch(text)
    if match is None:
        raise ValueError(f"not a place: {text}")
    return match[1], tuple(map(int, match[2].split(","))) if match[2] else ()
