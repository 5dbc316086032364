"""What can be behind a remarkable number: it is missing, 0, tiny or not finite. No words, only kinds and places."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from app.engine.formula import Place
from app.engine.remedy import Remedy

Missing = Literal["constant", "class_numbers", "no_path", "not_computed"]
Kind = Literal[
    # There is no gradient, or not yet.
    "constant",
    "class_numbers",
    "no_path",
    "not_computed",
    # A gradient is 0, because a local derivative is (`ops.Flat`), because a factor is, or without any of them.
    "off",
    "beaten",
    "kink",
    "saturated",
    "level",
    "met",
    "certain",
    "kept",
    "flat",
    "factor",
    "agreed",
    "cancel",
    "underflow",
    # A gradient is not that of the loss's own value.
    "held",
    # A gradient is tiny.
    "fading",
    "nearly_level",
    "small_factor",
    "small_slope",
    "nearly_cancel",
    "vanishing",
    # A number is not finite.
    "undefined",
    "pole",
    "overflow",
    "indeterminate",
    "given",
    "updated",
    "zero_times_infinity",
    "infinities",
    "no_logarithm",
    "steep",
    "overflow_back",
    "overflow_sum",
]


@dataclass(frozen=True, slots=True)
class Cause:
    """Why a number is as it is, followed to where that began.

    `at` is where it happened: an element of the op that is off, of the node whose terms cancel, of the op that made the
    first number that is not finite. `source` is the number that tells why: the input that is negative, the factor that
    is 0. `local` is the local derivative there, `numbers` are an op's operands. Of `among` terms or places it happened
    at `count`; `is_rows`: they are all rows of the batch, at the same place in each. Where `is_one_way`, nothing
    comes back on other ways either. `is_gradient` tells whether the gradient is explained, or the value; `remedy` is
    what to write instead.
    """

    kind: Kind
    at: Place
    op: str = ""
    source: Place | None = None
    local: float | None = None
    numbers: tuple[float, ...] = ()
    count: int = 1
    among: int = 1
    is_rows: bool = False
    is_one_way: bool = False
    is_gradient: bool = True
    remedy: Remedy | None = None
