"""Rules written as Python: the very NumPy expressions of the ops and optimizers, run on names instead of arrays."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import total_ordering
from typing import Any

import numpy as np

from app.engine.staging import Symbol, Tape, as_numbers, erfc, select

ATOM, POWER, UNARY, PRODUCT, SUM, RELATION = 6, 5, 4, 3, 2, 1
INFIX: dict[Any, tuple[str, int]] = {
    np.add: ("+", SUM),
    np.subtract: ("-", SUM),
    np.multiply: ("*", PRODUCT),
    np.true_divide: ("/", PRODUCT),
    np.power: ("**", POWER),
    np.greater: (">", RELATION),
    np.greater_equal: (">=", RELATION),
    np.less: ("<", RELATION),
    np.less_equal: ("<=", RELATION),
    np.equal: ("==", RELATION),
    np.not_equal: ("!=", RELATION),
}
REDUCED = {np.add: "np.sum", np.maximum: "np.max", np.minimum: "np.min", np.multiply: "np.prod"}


@total_ordering
class Rows:
    """The size of a batch where a script may see several: a number here, but written as `len(x)`."""

    def __init__(self, count: int, code: str) -> None:
        self.count, self.code = count, code

    def __index__(self) -> int:
        return self.count

    def __eq__(self, other: Any) -> bool:
        return self.count == int(other)

    def __lt__(self, other: Any) -> bool:
        return self.count < int(other)

    def __hash__(self) -> int:
        return hash(self.count)

    def __mul__(self, other: int) -> Rows:
        return self if other == 1 else Rows(self.count * int(other), f"({self.code} * {int(other)})")

    __rmul__ = __mul__

    def __rtruediv__(self, other: float) -> Written:
        return Written(Sheet(), f"{number(other)} / {self.code}", PRODUCT)


class Sheet(Tape):
    """A tape on which each call becomes the text of the expression it is part of.

    What is used more than once is written once, as a line of its own with a name: a first run counts the uses, a
    second one, on a sheet that knows which calls are `named`, writes the `lines`.
    """

    def __init__(self, named: Mapping[int, str] | None = None) -> None:
        super().__init__()
        self.named, self.lines, self.recorded = named or {}, [], []

    def record(
        self, function: Any, inputs: tuple, shape: tuple[int, ...], dtype: Any = np.float64, **kw: Any
    ) -> Written:
        like = np.broadcast_to(np.zeros((), dtype), shape)
        text, level = written_call(function, inputs, **kw)
        if len(self.recorded) in self.named:
            name = self.named[len(self.recorded)]
            self.lines.append(f"{name} = {text}")
            text, level = name, ATOM
        made = Written(self, text, level, like, _follows(function, inputs, like, kw))
        self.recorded.append(made)
        return made

    def name(self, text: str, shape: tuple[int, ...], is_batch: bool = False) -> Written:
        """An array that has a name already; `is_batch` says that its first axis is the batch."""
        return Written(self, text, ATOM, np.broadcast_to(np.zeros(()), shape), is_batch and shape != ())


class Written(Symbol):
    """An array known by shape and by the expression that computes it; `source` is what it only repeats."""

    __slots__ = ("is_batch", "level", "source", "text", "uses")

    def __init__(
        self,
        tape: Tape,
        text: str,
        level: int,
        like: np.ndarray | None = None,
        is_batch: bool = False,
        source: Written | None = None,
    ) -> None:
        super().__init__(tape, np.zeros(()) if like is None else like)
        self.text, self.level, self.is_batch, self.source, self.uses = text, level, is_batch, source, 0

    @property
    def shape(self) -> tuple[Any, ...]:  # type: ignore[override]
        shape = self.like.shape
        return (Rows(shape[0], "len(x)"), *shape[1:]) if self.is_batch else shape

    @property
    def size(self) -> Any:  # type: ignore[override]
        size: Any = 1
        for length in self.shape:
            size = length * size
        return size

    @property
    def T(self) -> Written:
        return Written(self.tape, f"{self.within(ATOM)}.T", ATOM, self.like.T)

    def __getitem__(self, index: Any) -> Written:
        return Written(self.tape, f"{self.within(ATOM)}[{_index(index)}]", ATOM, self.like[index])

    def copy(self) -> Written:
        return self

    def within(self, level: int = 0) -> str:
        """The text as an operand of something that binds so strongly."""
        self.uses += 1
        return self.text if self.level >= level else f"({self.text})"

    def __array_function__(self, function: Any, types: Any, args: tuple, kw: dict) -> Any:
        if function in (np.shape, np.ndim, np.size):
            return function(self.like)
        if function in (np.dot, np.where):
            return super().__array_function__(function, types, args, kw)
        return _looked_at(function, *args, **kw)


def _looked_at(function: Any, array: Written, *rest: Any, **kw: Any) -> Written:
    """A view: the same numbers in another order or shape."""
    like = function(array.like, *rest, **kw)
    is_batch = function is not np.transpose and array.is_batch and like.shape[:1] == array.like.shape[:1]
    is_spread = function is np.broadcast_to
    if is_spread and rest[0] and isinstance(rest[0][0], Rows):
        is_batch = True
    if function is np.reshape and is_batch and rest[0][0] != -1:
        rest = ((array.shape[0], *rest[0][1:]), *rest[1:])
    given = [*map(_argument, rest), *(f"{name}={_argument(one)}" for name, one in kw.items())]
    text = f"np.{function.__name__}({', '.join([array.within(), *given])})"
    return Written(array.tape, text, ATOM, like, is_batch, array if is_spread else None)


def written_call(
    function: Any, inputs: tuple, axis: Any = None, keepdims: bool = False, is_reduction: bool = False
) -> tuple[str, int]:
    """A call as text, and how strongly its outermost operation binds."""
    if is_reduction:
        return _reduction(function, inputs[0], axis, keepdims), ATOM
    if function in (np.dot, np.matmul):
        return _product(*inputs)
    if function is np.negative:
        return f"-{operand(inputs[0], UNARY)}", UNARY
    if function is np.positive:
        return operand(inputs[0], SUM), SUM
    if function in KERNELS:
        return KERNELS[function](*(operand(one, 0) for one in inputs)), ATOM
    if function in INFIX:
        return _infix(function, *inputs)
    return f"np.{function.__name__}({', '.join(operand(one, 0) for one in inputs)})", ATOM


def _infix(function: Any, left: Any, right: Any) -> tuple[str, int]:
    sign, level = INFIX[function]
    if function is np.multiply and is_one(left) and isinstance(right, Written):
        return right.within(), right.level
    if function is np.multiply and is_one(right) and isinstance(left, Written):
        return left.within(), left.level
    left, right = _unspread(left, right), _unspread(right, left)
    # a − b − c is read from the left, powers from the right.
    above = (level + 1, level) if function is np.power else (level, level + 1)
    return f"{operand(left, above[0])} {sign} {operand(right, above[1])}", level


def _unspread(one: Any, other: Any) -> Any:
    """What NumPy repeats by itself beside an array of the full shape need not be repeated."""
    source = one.source if isinstance(one, Written) else None
    is_full = isinstance(other, Written) and other.source is None and source is not None
    return source if is_full and other.like.shape == one.like.shape else one


def _product(left: Any, right: Any) -> tuple[str, int]:
    if isinstance(left, np.ndarray) and left.ndim == 1 and (left == 1).all():
        return f"np.sum({operand(right, 0)}, axis=0)", ATOM
    if isinstance(right, np.ndarray) and right.shape[1:] == (1,) and (right == 1).all():
        return f"np.sum({operand(left, 0)}, axis=-1, keepdims=True)", ATOM
    return f"{operand(left, PRODUCT)} @ {operand(right, UNARY)}", PRODUCT


def _reduction(function: Any, array: Any, axis: Any, keepdims: bool) -> str:
    given = "" if axis is None else f", axis={axis!r}"
    return f"{REDUCED[function]}({operand(array, 0)}{given}{', keepdims=True' if keepdims else ''})"


def _follows(function: Any, inputs: tuple, like: np.ndarray, kw: dict) -> bool:
    """Whether the first axis of a result is still the batch."""
    batches = [one for one in inputs if isinstance(one, Written) and one.is_batch]
    if not batches or not like.ndim:
        return False
    if function in (np.dot, np.matmul):
        return isinstance(inputs[0], Written) and inputs[0].is_batch
    if kw.get("is_reduction"):
        axes = kw.get("axis")
        axes = () if axes is None else axes if isinstance(axes, tuple) else (axes,)
        return bool(axes) and not any(axis % inputs[0].ndim == 0 for axis in axes)
    return any(one.ndim == like.ndim for one in batches)


def operand(one: Any, level: int) -> str:
    """Something inside of an expression."""
    if isinstance(one, Written):
        return one.within(level)
    if isinstance(one, np.ndarray) and one.ndim:
        return number(one.flat[0]) if one.size and (one == one.flat[0]).all() else f"np.array({one.tolist()!r})"
    text = number(one)
    return f"({text})" if text.startswith("-") and level > PRODUCT else text


def number(value: Any) -> str:
    """A number with all its digits; whole ones without a point look the same to NumPy, so they keep it."""
    found = float(value)
    if np.isnan(found):
        return "np.nan"
    if np.isinf(found):
        return "np.inf" if found > 0 else "-np.inf"
    return repr(found)


def is_one(value: Any) -> bool:
    """Whether a factor changes nothing."""
    return not isinstance(value, Written) and np.ndim(value) == 0 and float(value) == 1.0


def _index(index: Any) -> str:
    parts = index if isinstance(index, tuple) else (index,)
    words = {type(Ellipsis): "...", type(None): "None"}
    return ", ".join(words.get(type(part)) or (":" if part == slice(None) else repr(part)) for part in parts)


def _argument(value: Any) -> str:
    if isinstance(value, tuple):
        inner = ", ".join(_argument(part) for part in value)
        return f"({inner},)" if len(value) == 1 else f"({inner})"
    return value.code if isinstance(value, Rows) else repr(value)


KERNELS: dict[Any, Callable[..., str]] = {
    select: lambda condition, yes, no: f"np.where({condition}, {yes}, {no})",
    erfc: lambda x: f"erfc({x})",
    as_numbers: lambda truths: f"np.asarray({truths}, dtype=float)",
}


@dataclass(frozen=True, slots=True)
class Assignments:
    """Lines that give names to results; which of the results begin with the batch."""

    lines: tuple[str, ...]
    is_batch: tuple[bool, ...]


def assignments(results: Callable[[Sheet], Any], names: Sequence[str], fresh: Callable[[], str]) -> Assignments:
    """Lines that give the results their names; what is used more than once is computed once, under a `fresh` name."""
    counted = Sheet()
    wanted = several(results(counted))
    for one in wanted:
        if isinstance(one, Written):
            one.within()
    own = {id(one): name for one, name in zip(wanted, names, strict=True)}
    named = {number: own.get(id(made)) or fresh() for number, made in enumerate(counted.recorded) if made.uses > 1}
    sheet = Sheet(named)
    last = several(results(sheet))
    closing = [(name, whole(one)) for name, one in zip(names, last, strict=True)]
    lines = [f"{name} = {text}" for name, text in closing if text != name]
    flags = tuple(isinstance(one, Written) and one.is_batch for one in last)
    return Assignments((*sheet.lines, *lines), flags)


def whole(one: Any) -> str:
    """A result in full: where it is the same number everywhere, it still has its shape; a single one is NumPy's."""
    if not isinstance(one, Written) and np.ndim(one) == 0:
        return f"np.float64({number(one)})"
    is_uniform = isinstance(one, np.ndarray) and one.ndim and (one == one.flat[0]).all()
    return f"np.full({one.shape}, {number(one.flat[0])})" if is_uniform else operand(one, 0)


def several(result: Any) -> tuple[Any, ...]:
    """What a rule returns, alone or in a tuple."""
    return result if isinstance(result, tuple) else (result,)
