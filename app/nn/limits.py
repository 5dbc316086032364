"""How large a graph may be, and the refusal that names the setting."""

from dataclasses import dataclass
from math import prod
from typing import Any

from app.errors import N_, TooLarge


@dataclass(frozen=True)
class Limits:
    """Bounds on one session: nodes, elements of one array and in all, work of one request, the size of a table, bytes.

    `max_memory_bytes` is what all sessions in memory may take up together, one alone may be larger; `max_store_bytes`
    is what all sessions in the store may.
    """

    max_nodes: int = 20_000
    max_elements: int = 1_000_000
    max_total_elements: int = 20_000_000
    max_work: int = 2_000_000_000
    max_rows: int = 100_000
    max_columns: int = 1_000
    max_session_bytes: int = 3 * 2**30
    max_memory_bytes: int = 2**29
    max_store_bytes: int = 20 * 2**30


@dataclass
class Tally:
    """What a graph under construction takes up so far; refuses the first node or element too many."""

    limits: Limits
    nodes: int = 0
    elements: int = 0

    def add(self, shape: tuple[int, ...], **place: Any) -> None:
        """Count one more node of this shape; `place` is the pointer or the line and column to blame."""
        check_array(shape, self.limits, **place)
        self.nodes += 1
        self.elements += prod(shape)
        if self.nodes > self.limits.max_nodes:
            raise beyond("CHAINRULE_MAX_NODES", self.limits.max_nodes, N_("nodes in one graph"), **place)
        if self.elements > self.limits.max_total_elements:
            name, most = "CHAINRULE_MAX_TOTAL_ELEMENTS", self.limits.max_total_elements
            raise beyond(name, most, N_("elements in one session"), **place)


def check_array(shape: tuple[int, ...], limits: Limits, **place: Any) -> None:
    """Refuse an array of more elements than the limit allows."""
    if prod(shape) > limits.max_elements:
        raise beyond("CHAINRULE_MAX_ELEMENTS", limits.max_elements, N_("elements in one array"), **place)


def beyond(limit: str, most: int, what: str, **place: Any) -> TooLarge:
    """The refusal of what is larger than the setting `limit` allows."""
    template = N_("Too large: at most {most} {what} are allowed ({limit}).")
    return TooLarge(template, most=most, what=what, limit=limit, **place)
