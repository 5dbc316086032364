"""The functions a formula may call, one row each: how to compute them and how they are written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import pi, sqrt
from typing import Any

import numpy as np

from app.engine.staging import erfc


@dataclass(frozen=True, slots=True)
class Function:
    """`compute` takes numbers or arrays; what takes many numbers is one of NumPy's functions, which reduces them.

    In LaTeX `#1`, `#2` are the arguments and `#*` is all of them, with commas.

    The LaTeX encloses its arguments: none of them ever needs brackets of its own.
    """

    compute: Any
    latex: str

    def __call__(self, *numbers: float) -> float:
        """The function of single numbers in floating point: ln(0) is −∞ and ln(−1) is NaN, never an error."""
        if len(numbers) > 2:
            return self.of_many(np.array(numbers))
        with np.errstate(all="ignore"):
            return float(self.compute(*map(np.float64, numbers)))

    def of_many(self, numbers: np.ndarray) -> float:
        """The largest or smallest of all these numbers."""
        return float(self.compute.reduce(numbers))


FUNCTIONS: Mapping[str, Function] = {
    "exp": Function(np.exp, r"e^{#1}"),
    "expm1": Function(np.expm1, r"\left(e^{#1} - 1\right)"),
    "ln": Function(np.log, r"\ln\left(#1\right)"),
    "log1p": Function(np.log1p, r"\ln\left(1 + #1\right)"),
    "log1m": Function(lambda x: np.log1p(-x), r"\ln\left(1 - #1\right)"),
    "sqrt": Function(np.sqrt, r"\sqrt{#1}"),
    "abs": Function(np.abs, r"\left|#1\right|"),
    "sign": Function(np.sign, r"\operatorname{sign}\left(#1\right)"),
    "floor": Function(np.floor, r"\left\lfloor #1 \right\rfloor"),
    "sin": Function(np.sin, r"\sin\left(#1\right)"),
    "cos": Function(np.cos, r"\cos\left(#1\right)"),
    "tanh": Function(np.tanh, r"\tanh\left(#1\right)"),
    "cosh": Function(np.cosh, r"\cosh\left(#1\right)"),
    "sigmoid": Function(lambda x: 1.0 / (1.0 + np.exp(-x)), r"\sigma\left(#1\right)"),
    # The distribution function and the density of a standard normal number.
    "Phi": Function(lambda x: 0.5 * erfc(x * -sqrt(0.5)), r"\Phi\left(#1\right)"),
    "phi": Function(lambda x: np.exp(-0.5 * x * x) * (1 / sqrt(2 * pi)), r"\varphi\left(#1\right)"),
    "max": Function(np.maximum, r"\max\left(#*\right)"),
    "min": Function(np.minimum, r"\min\left(#*\right)"),
    "is_greater": Function(np.greater, r"\left[#1 > #2\right]"),
    "is_equal": Function(np.equal, r"\left[#1 = #2\right]"),
}
