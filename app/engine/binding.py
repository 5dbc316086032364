"""Binding a tape to memory: every symbol gets a buffer once, every call becomes (function, arguments) with `out`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

import numpy as np

from app.engine.staging import Call, Kernel, Symbol, Tape

Bound = tuple[Any, tuple[Any, ...]]
"""A function and its positional arguments, buffers included."""

ALIGNMENT = 8
"""Buffers start at multiples of this many float64 (64 bytes, a cache line)."""


def aligned(size: int, dtype: Any = np.float64) -> np.ndarray:
    """A flat zeroed array that starts on a cache line, so that its address never changes the speed or a bit."""
    itemsize = np.dtype(dtype).itemsize
    raw = np.zeros(size * itemsize + 64, np.uint8)
    start = -raw.ctypes.data % 64
    return raw[start : start + size * itemsize].view(dtype)


class Scratch:
    """Temporary buffers, lent while one tape is bound and shared by all of them."""

    def __init__(self) -> None:
        self._free: defaultdict[tuple[int, np.dtype[Any]], list[np.ndarray]] = defaultdict(list)

    def take(self, shape: tuple[int, ...], dtype: Any) -> np.ndarray:
        size = int(np.prod(shape, dtype=int))
        free = self._free[size, np.dtype(dtype)]
        return (free.pop() if free else aligned(size, dtype)).reshape(shape)

    def give_back(self, buffer: np.ndarray) -> None:
        self._free[buffer.size, buffer.dtype].append(buffer.reshape(-1))


class Binding:
    """One tape, walked backwards once: a call nobody reads is dropped, a temporary takes its reader's buffer if it can.

    `known` gives the memory of the symbols that come from outside, `results` the buffers that must hold a symbol's (or
    a constant's) numbers when the calls have run. A result may overwrite a known symbol.
    """

    def __init__(
        self,
        tape: Tape,
        known: Mapping[Symbol, np.ndarray],
        results: Iterable[tuple[Any, np.ndarray]],
        scratch: Scratch,
    ) -> None:
        self._known = dict(known)
        results = [(self._read_in_time(value, target), target) for value, target in results]
        self._calls = tape.calls
        self._memory = dict(known)
        self._scratch = scratch
        self._lent: dict[Symbol, np.ndarray] = {}
        self._defined = {call.output: number for number, call in enumerate(tape.calls)}
        self._last_read: dict[Symbol, int] = {}
        for number, call in enumerate(tape.calls):
            for symbol in roots(call):
                self._last_read[symbol] = number
        copies = [pair for pair in results if not self._is_placed(*pair)]
        for value, _ in copies:
            if isinstance(value, Symbol):
                self._last_read[value.root] = len(self._calls)
                self._ensure(value.root)
        bound = [self._bind(number) for number in reversed(range(len(self._calls)))]
        self.calls: list[Bound] = [call for call in reversed(bound) if call is not None]
        self.calls += [(target.__setitem__, (..., self._resolve(value))) for value, target in copies]

    def _read_in_time(self, value: Any, target: np.ndarray) -> Any:
        """A known number that is handed on to another place is copied by a call: another result may overwrite it."""
        if not isinstance(value, Symbol) or value.root not in self._known:
            return value
        return value if self._known[value.root] is target and not value.path else value.copy()

    def _is_placed(self, value: Any, target: np.ndarray) -> bool:
        """Lets a result be computed in its place, unless something still has to read what stands there."""
        if not isinstance(value, Symbol):
            return False
        if value in self._memory:
            return self._memory[value] is target
        if value.path or value.dtype != target.dtype:
            return False
        if any(self._last_read.get(old, -1) > self._defined[value] for old in self._standing_in(target)):
            return False
        self._memory[value] = target
        return True

    def _standing_in(self, target: np.ndarray) -> list[Symbol]:
        return [symbol for symbol, memory in self._known.items() if memory is target]

    def _bind(self, number: int) -> Bound | None:
        call = self._calls[number]
        out = self._memory.get(call.output)
        if out is None:
            return None
        sharing = self._share(call, number, out)
        for symbol in roots(call):
            self._ensure(symbol)
        if not sharing and call.output in self._lent:
            self._scratch.give_back(self._lent.pop(call.output))
        return lower(call, tuple(self._resolve(x) for x in call.inputs), out)

    def _share(self, call: Call, number: int, out: np.ndarray) -> bool:
        """Computes in place: gives the first input that ends here the buffer of the output."""
        if not is_plain(call):
            return False
        for x in call.inputs:
            if isinstance(x, Symbol) and self._may_share(x, call.output, number, out):
                self._memory[x] = out
                if call.output in self._lent:
                    self._lent[x] = self._lent.pop(call.output)
                return True
        return False

    def _may_share(self, x: Symbol, output: Symbol, number: int, out: np.ndarray) -> bool:
        if x in self._memory or x.shape != output.shape or x.dtype != output.dtype or self._last_read[x] != number:
            return False
        maker = self._defined[x]
        # What stands in the buffer from before must have been read, at the latest by the call that makes x.
        latest = maker if is_plain(self._calls[maker]) else maker - 1
        return all(self._last_read.get(old, -1) <= latest for old in self._standing_in(out))

    def _ensure(self, symbol: Symbol) -> None:
        if symbol not in self._memory:
            self._memory[symbol] = self._lent[symbol] = self._scratch.take(symbol.shape, symbol.dtype)

    def _resolve(self, x: Any) -> Any:
        if not isinstance(x, Symbol):
            return np.asarray(x)
        array = self._memory[x.root]
        for look in x.path:
            array = look(array)
        return array


def is_plain(call: Call) -> bool:
    """Whether output element i needs input elements i only, so that the output may stand where an input stood."""
    return call.is_elementwise and not any(isinstance(x, Symbol) and x.path for x in call.inputs)


def roots(call: Call) -> list[Symbol]:
    """The symbols whose memory a call reads."""
    return [x.root for x in call.inputs if isinstance(x, Symbol)]


def lower(call: Call, inputs: tuple[Any, ...], out: np.ndarray) -> Bound:
    """The cheapest way to make NumPy do this call into `out`."""
    function = call.function
    if isinstance(function, Kernel):
        return function.run, (*inputs, out)
    if call.is_reduction:
        return function.reduce, (inputs[0], call.axis, None, out, call.keepdims)
    if function is np.positive:
        return out.__setitem__, (..., inputs[0])
    if function is np.dot:
        # The method skips the look for other array types that the function makes: a quarter of a small product's time.
        return inputs[0].dot, (inputs[1], out)
    if function in (np.maximum, np.minimum):
        # A positional third argument is deprecated for these two, and slow.
        return partial(function, out=out), inputs
    return function, (*inputs, out)
