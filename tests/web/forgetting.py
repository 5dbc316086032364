"""A process as it was when it began: every cache that a module of the product holds is empty."""

import sys
from collections.abc import Iterator
from types import FunctionType, ModuleType
from typing import Any
from weakref import WeakKeyDictionary

from app.web.rendering import environment

COMPILED = environment
"""Compiling templates takes a second, and they are the same for everybody; what they remember besides is forgotten."""


def forget() -> None:
    """Empty every cache, also those that will be added: they are looked for in the modules."""
    for cache in caches():
        if cache is not COMPILED:
            (cache.clear if isinstance(cache, WeakKeyDictionary) else cache.cache_clear)()
    for template in environment().cache.values():
        template._module = None


def caches() -> Iterator[Any]:
    """What remembers something: `functools` caches and dictionaries by object, in modules, classes and closures."""
    modules = [module for name, module in list(sys.modules.items()) if name.partition(".")[0] == "app"]
    for module in modules:
        for held in parts_of(module):
            if hasattr(held, "cache_clear") or isinstance(held, WeakKeyDictionary):
                yield held


def parts_of(holder: Any) -> Iterator[Any]:
    """What a module, one of its classes, or a function holds on to."""
    for held in list(vars(holder).values()):
        yield held
        if isinstance(held, type) and isinstance(holder, ModuleType) and held.__module__ == holder.__name__:
            yield from parts_of(held)
        if isinstance(held, FunctionType):
            yield from (cell.cell_contents for cell in held.__closure__ or ())
