"""Scalar graphs, in Python floats: each staged call is one line of generated source.

For one number at a time NumPy's dispatch costs ten times the arithmetic. No text of a user's ever gets here: a line
holds only slot numbers, constants written by `repr`, and names from the table below. IEEE 754 holds throughout: where
Python raises (1/0, exp(1000), log(-1)), NumPy's answer for that one call is taken.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from app.engine.binding import Scratch, lower
from app.engine.staging import Call, Symbol, Tape, erfc, select

TEMPLATES: Mapping[Any, str] = {
    np.add: "{0} + {1}",
    np.subtract: "{0} - {1}",
    np.multiply: "{0} * {1}",
    np.negative: "-{0}",
    np.positive: "{0}",
    np.absolute: "abs({0})",
    np.greater: "{0} > {1}",
    np.greater_equal: "{0} >= {1}",
    np.less: "{0} < {1}",
    np.less_equal: "{0} <= {1}",
    np.equal: "{0} == {1}",
    np.logical_and: "{0} and {1}",
    np.maximum: "{0} if {0} >= {1} or {0} != {0} else {1}",
    np.minimum: "{0} if {0} <= {1} or {0} != {0} else {1}",
    np.sign: "sign({0})",
    np.floor: "floor({0})",
    np.divide: "divide({0}, {1})",
    np.reciprocal: "divide(1.0, {0})",
    np.power: "power({0}, {1})",
    select: "{1} if {0} else {2}",
    erfc: "erfc({0})",
    **{
        f: f.__name__ + "({0})" for f in (np.exp, np.expm1, np.log, np.log1p, np.sqrt, np.sin, np.cos, np.tanh, np.cosh)
    },
}


def _guarded(fast: Callable[..., float], ieee: Callable[..., Any]) -> Callable[..., float]:
    def call(*numbers: float) -> float:
        try:
            return fast(*numbers)
        except (ValueError, OverflowError, ZeroDivisionError):
            with np.errstate(all="ignore"):
                return float(ieee(*numbers))

    return call


def _sign(x: float) -> float:
    return x if x != x else float((x > 0) - (x < 0))


NAMES: Mapping[str, Any] = {
    "abs": abs,
    "sign": _sign,
    "erfc": math.erfc,
    "floor": lambda x: float(np.floor(x)),
    "tanh": math.tanh,
    "inf": math.inf,
    "nan": math.nan,
    "divide": _guarded(operator.truediv, np.divide),
    "power": _guarded(math.pow, np.power),
    "exp": _guarded(math.exp, np.exp),
    "expm1": _guarded(math.expm1, np.expm1),
    "log": _guarded(math.log, np.log),
    "log1p": _guarded(math.log1p, np.log1p),
    "sqrt": _guarded(math.sqrt, np.sqrt),
    "sin": _guarded(math.sin, np.sin),
    "cos": _guarded(math.cos, np.cos),
    "cosh": _guarded(math.cosh, np.cosh),
}


LINES_PER_FUNCTION = 2000
"""Compiling a function takes time that grows faster than its length."""


class Source:
    """Lines over the lists v(alues), g(radients), c(ontext), s(lots) and n (step); compiled when first run."""

    __slots__ = ("_function", "_names", "lines")

    def __init__(self, lines: list[str], names: dict[str, Any]) -> None:
        self.lines, self._names = lines, names
        self._function: Callable[..., None] | None = None

    @property
    def function(self) -> Callable[..., None]:
        if self._function is None:
            exec("def run(v, g, c, s, n):\n " + "\n ".join(self.lines or ["pass"]), self._names)
            self._function = self._names.pop("run")
        return self._function


class Lines:
    """The source of one tape. `known` and the targets of `results` are places such as `v[3]`."""

    def __init__(self, tape: Tape, known: Mapping[Symbol, str], results: list[tuple[Any, str]], names: dict[str, Any]):
        self._places = dict(known)
        self._names = names
        self.lines = [self._line(call, f"t{number}") for number, call in enumerate(tape.calls)]
        if len(results) == 1 and tape.calls and results[0][0] is tape.calls[-1].output:
            self.lines[-1] = self._line(tape.calls[-1], results[0][1])
        elif results:
            # All at once, because a result may stand where another one is still read from.
            targets = ", ".join(place for _, place in results)
            self.lines.append(f"{targets} = {', '.join(self._operand(value) for value, _ in results)}")

    def _line(self, call: Call, target: str) -> str:
        operands = [self._operand(x) for x in call.inputs]
        self._places[call.output] = target
        template = TEMPLATES.get(call.function) or self._foreign(call)
        return f"{target} = " + template.format(*operands)

    def _operand(self, x: Any) -> str:
        # A view of one number is that number.
        return self._places[x.root] if isinstance(x, Symbol) else f"({float(x)!r})"

    def _foreign(self, call: Call) -> str:
        """A call that no line of Python does: NumPy does it, on arrays of the right shape."""
        name = f"call{len(self._names)}"
        self._names[name] = _through_numpy(call)
        return f"{name}({', '.join(f'{{{i}}}' for i in range(len(call.inputs)))})"


def _through_numpy(call: Call) -> Callable[..., float]:
    out = Scratch().take(call.output.shape, call.output.dtype)
    operands = tuple(np.zeros(np.shape(x)) for x in call.inputs)
    function, arguments = lower(call, operands, out)

    def run(*numbers: float) -> float:
        for operand, number in zip(operands, numbers, strict=True):
            operand[...] = number
        function(*arguments)
        return float(out)

    return run


def is_scalar(tape: Tape) -> bool:
    """Whether every array of the tape is one number."""
    return all(call.output.size == 1 and all(np.size(x) == 1 for x in call.inputs) for call in tape.calls)
