"""Names of a script: each node, gradient and result between has one that Python accepts and nothing else has."""

from __future__ import annotations

import builtins
import keyword
from collections.abc import Iterable

RESERVED = frozenset({*keyword.kwlist, *keyword.softkwlist, *dir(builtins), "np", "math", "nn", "torch", "json", "sys"})


class Names:
    """Gives out names; the same key gets the same name again."""

    def __init__(self, taken: Iterable[str] = ()) -> None:
        self._taken = {*RESERVED, *taken}
        self._given: dict[str, str] = {}
        self._counts: dict[str, int] = {}

    def of(self, key: str) -> str:
        """The name of a node, or of something that belongs to it."""
        if key not in self._given:
            self._given[key] = self.fresh(key.replace(".", "_"))
        return self._given[key]

    def fresh_part(self) -> str:
        """A name for something in between."""
        return self.fresh("part")

    def fresh(self, wish: str) -> str:
        """A name like this one that nothing has yet."""
        name, count = wish, self._counts.get(wish, 1)
        while name in self._taken:
            count += 1
            name = f"{wish}_{count}"
        self._taken.add(name)
        self._counts[wish] = count
        return name
