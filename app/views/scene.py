"""What a view is made from: a moment, the number looked at, and what the reader has unfolded."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from app.engine.graph import Node
from app.layout.layout import GraphLayout, Pending
from app.session.moment import Picture
from app.session.reading import Reading


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """One reader's look at one moment.

    `id` and `index` are the number looked at, `is_pinned` whether the reader chose it. `sample` is the row of the batch
    looked at, `opened` names what is unfolded, `tour` the stop of the guided tour that goes along, `options` are the
    other words of the address. `place` lays out the graph.
    """

    picture: Picture
    id: str
    index: tuple[int, ...]
    is_pinned: bool
    reading: Reading
    place: Callable[[], GraphLayout | Pending]
    sample: int = 0
    opened: frozenset[str] = frozenset()
    tour: str = ""
    options: Mapping[str, str] = field(default_factory=dict)

    @property
    def node(self) -> Node:
        """The node looked at."""
        return self.picture.graph[self.id]
