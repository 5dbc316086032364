"""Staging: run a rule once on symbolic arrays and keep the list of NumPy calls it makes.

The rules of `ops` and `optim` are plain NumPy expressions. Given arrays they compute; given `Symbol`s they are
written down on a `Tape` instead, call by call, and an executor binds that tape to memory once and runs it many times.
The idea of staging a program as a list of equations is that of JAX's autodidax (docs/autodidax2_part1.md).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

View = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True, slots=True, eq=False)
class Call:
    """One NumPy call: `function` applied to `inputs`, its result named `output`."""

    function: Any
    inputs: tuple[Any, ...]
    output: Symbol
    axis: Any = None
    keepdims: bool = False
    is_reduction: bool = False

    @property
    def is_elementwise(self) -> bool:
        return isinstance(self.function, np.ufunc) and not self.is_reduction and self.function is not np.matmul


@dataclass(slots=True, eq=False)
class Tape:
    """The calls staged so far, in order."""

    calls: list[Call] = field(default_factory=list)

    def symbol(self, shape: tuple[int, ...], dtype: Any = np.float64) -> Symbol:
        """A new symbolic array of this shape."""
        return Symbol(self, np.broadcast_to(np.zeros((), dtype), shape))

    def record(
        self, function: Any, inputs: tuple[Any, ...], shape: tuple[int, ...], dtype: Any = np.float64, **kw: Any
    ) -> Symbol:
        output = self.symbol(shape, dtype)
        self.calls.append(Call(function, inputs, output, **kw))
        return output


class Symbol(NDArrayOperatorsMixin):
    """An array known by shape only. A view (transposed, reshaped, …) remembers its root and the way from it."""

    __slots__ = ("like", "path", "root", "tape")
    # Symbols are keys of dictionaries, so == is identity; a rule that compares says np.equal.
    __eq__, __ne__, __hash__ = object.__eq__, object.__ne__, object.__hash__

    def __init__(self, tape: Tape, like: np.ndarray, root: Symbol | None = None, path: tuple[View, ...] = ()):
        self.tape, self.like, self.root, self.path = tape, like, root or self, path

    @property
    def shape(self) -> tuple[int, ...]:
        return self.like.shape

    @property
    def ndim(self) -> int:
        return self.like.ndim

    @property
    def size(self) -> int:
        return self.like.size

    @property
    def dtype(self) -> np.dtype[Any]:
        return self.like.dtype

    @property
    def T(self) -> Symbol:
        return self.view(np.transpose)

    def __getitem__(self, index: Any) -> Symbol:
        return self.view(lambda array: array[index])

    def view(self, look: View) -> Symbol:
        """The same memory looked at in another way."""
        return Symbol(self.tape, look(self.like), self.root, (*self.path, look))

    def copy(self) -> Symbol:
        return self.tape.record(np.positive, (self,), self.shape, self.dtype)

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kw: Any) -> Any:
        if method == "reduce":
            return _reduce(ufunc, *inputs, **kw)
        if method != "__call__" or kw:
            return NotImplemented
        if ufunc is np.matmul:
            return _matmul(self.tape, *inputs)
        shape = np.broadcast_shapes(*(np.shape(x) for x in inputs))
        return self.tape.record(ufunc, inputs, shape, bool if ufunc in COMPARISONS else np.float64)

    def __array_function__(self, function: Any, _types: Any, args: tuple[Any, ...], kw: dict[str, Any]) -> Any:
        if function in (np.shape, np.ndim, np.size):
            return function(args[0].like)
        if function is np.dot:
            return _matmul(self.tape, *args)
        if function is np.where:
            condition, yes, no = args
            return select(condition, yes, no)
        if function is np.reshape:
            # NumPy would copy behind our back, and a copy does not follow its source.
            return (self.copy() if self.path else self).view(lambda array: np.reshape(array, *args[1:], **kw))
        if function in VIEWS:
            return args[0].view(lambda array: function(array, *args[1:], **kw))
        return NotImplemented


COMPARISONS = {np.logical_and, np.greater, np.greater_equal, np.less, np.less_equal, np.equal, np.not_equal}
VIEWS = {np.transpose, np.swapaxes, np.expand_dims, np.broadcast_to, np.squeeze, np.moveaxis}


def _reduce(ufunc: np.ufunc, x: Symbol, axis: Any = 0, keepdims: Any = False) -> Symbol:
    shape = np.add.reduce(x.like, axis=axis, keepdims=keepdims).shape
    if x.ndim == 0:
        return x.copy()
    return x.tape.record(ufunc, (x,), shape, axis=axis, keepdims=keepdims, is_reduction=True)


def _matmul(tape: Tape, a: Any, b: Any) -> Symbol:
    # np.dot is twice as fast as np.matmul on small matrices and the same thing up to two dimensions.
    function = np.dot if a.ndim <= 2 and b.ndim <= 2 else np.matmul
    return tape.record(function, (a, b), matmul_shape(a.shape, b.shape))


def matmul_shape(a: tuple[int, ...], b: tuple[int, ...]) -> tuple[int, ...]:
    """The shape of a @ b by NumPy's rules, 1-D operands included. Raises ValueError where there is none."""
    rows, columns = a[:-1][-1:], b[-1:] if len(b) > 1 else ()
    if not a or not b or a[-1] != (b[-2] if len(b) > 1 else b[0]):
        raise ValueError(f"matmul of {a} and {b}")
    return (*np.broadcast_shapes(a[:-2], b[:-2]), *rows, *columns)


@dataclass(frozen=True, slots=True, eq=False)
class Kernel:
    """A step that no single NumPy call does: `run(*inputs, out)` writes its result, of `shape(*inputs)`, into `out`."""

    run: Callable[..., None]
    shape: Callable[..., tuple[int, ...]]

    def __call__(self, *inputs: Any) -> Any:
        shape = self.shape(*inputs)
        tape = next((x.tape for x in inputs if isinstance(x, Symbol)), None)
        if tape is not None:
            return tape.record(self, inputs, shape)
        out = np.empty(shape)
        self.run(*inputs, out)
        return out


def _run_select(condition: np.ndarray, yes: np.ndarray, no: np.ndarray, out: np.ndarray) -> None:
    np.copyto(out, no)
    np.copyto(out, yes, where=condition)


def _run_erfc(x: np.ndarray, out: np.ndarray) -> None:
    out[...] = np.reshape([math.erfc(number) for number in np.ravel(x).tolist()], out.shape)


def _broadcast_shape(*inputs: Any) -> tuple[int, ...]:
    return np.broadcast_shapes(*(np.shape(x) for x in inputs))


select = Kernel(_run_select, _broadcast_shape)
"""where(condition, yes, no)"""
erfc = Kernel(_run_erfc, np.shape)
"""1 less the error function, in all digits, element by element; NumPy has none."""
as_numbers = Kernel(lambda truths, out: np.copyto(out, truths), np.shape)
"""1.0 for true and 0.0 for false."""
