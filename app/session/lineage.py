"""Where a session came from: its parent, the moment it left it, and the one thing that was changed there."""

from __future__ import annotations

from typing import Any

import msgspec


class Lineage(msgspec.Struct, frozen=True):
    """A branch's origin.

    `change` is what was changed, as JSON. A branch that `is_continued` has the parent's run up to `iteration` and goes
    on from there; any other one begins a run of its own at iteration 0.

    Ids are the right to change a session, so a copy, which is there to be handed on, has an empty `parent`.
    """

    parent: str
    iteration: int
    change: dict[str, Any]
    is_continued: bool

    def has_parent_of(self, other: Lineage) -> bool:
        """Whether both left the same session, as far as they know it."""
        return bool(self.parent) and self.parent == other.parent
