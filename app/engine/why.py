"""Why a number is missing, exactly 0, tiny or not finite: each cause followed to its source. Words are elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from app.engine.cause import Cause, Missing
from app.engine.formula import Index, Place
from app.engine.graph import Graph
from app.engine.held import why_held
from app.engine.reach import Numbers
from app.engine.remedy import remedy
from app.engine.tiny import why_tiny
from app.engine.unfinite import why_gradient_not_finite, why_not_finite
from app.engine.zero import why_zero

SMALL = ("fading", "nearly_level", "small_slope", "vanishing")

Computed = Callable[[str], np.ndarray | None]
"""A node's id → its numbers, None where they are not computed yet."""


def causes(
    graph: Graph,
    values: Computed,
    gradients: Computed,
    id: str,
    index: Index,
    now: float | None = None,
    read: Numbers | None = None,
) -> tuple[Cause, ...]:
    """What is behind a number that is remarkable, first of its value and then of its gradient; mostly nothing.

    `values` and `gradients` are those of the forward and backward pass; `now` is the number after the update, and
    `read` are the values that the backward pass found, where some parameters had moved by then.
    """
    value, gradient = values(id), gradients(id)
    forward, backward = _known(values), _known(gradients)
    of_value = () if value is None else _of_value(graph, forward, id, index, now)
    if gradient is None:
        return (*of_value, Cause(missing(graph, id), _place(id, index, value)))
    number = float(gradient[index])
    if not np.isfinite(number) and not np.isfinite(forward(id)[index]):
        # What the value has said needs no saying twice.
        return of_value
    if not np.isfinite(number):
        sources = why_gradient_not_finite(graph, read or forward, backward, id, index)
        return (*of_value, *(_moved(forward, _cured(graph, cause)) for cause in sources))
    search = why_zero if number == 0 else why_tiny
    found = search(graph, read or forward, backward, id, index)
    if found is None or found.kind in SMALL:
        # What is held makes a gradient small however steep or flat the way is.
        found = why_held(graph, read or forward, id, index) or found
    return (*of_value, found) if found else of_value


def _known(computed: Computed) -> Numbers:
    """The same numbers, of nodes that are known to be computed. Raises TypeError for others."""

    def numbers(id: str) -> np.ndarray:
        found = computed(id)
        if found is None:
            raise TypeError(f"{id} is not computed yet")
        return found

    return numbers


def _cured(graph: Graph, cause: Cause) -> Cause:
    return replace(cause, remedy=remedy(graph, cause.kind, cause.at.node))


def _moved(values: Numbers, cause: Cause) -> Cause:
    """A number that was finite in the forward pass was not given so: an update in between has spoiled it."""
    is_spoiled = cause.kind == "given" and np.isfinite(values(cause.at.node)[cause.at.index])
    return replace(cause, kind="updated") if is_spoiled else cause


def _of_value(graph: Graph, values: Numbers, id: str, index: Index, now: float | None) -> tuple[Cause, ...]:
    if not np.isfinite(values(id)[index]):
        return tuple(_cured(graph, cause) for cause in why_not_finite(graph, values, id, index))
    if now is not None and not np.isfinite(now):
        return (Cause("updated", Place(id, index, now), is_gradient=False),)
    return ()


def _place(id: str, index: Index, value: np.ndarray | None) -> Place:
    return Place(id, index, float("nan") if value is None else float(value[index]))


def missing(graph: Graph, id: str) -> Missing:
    """What keeps a node from having a gradient."""
    node = graph[id]
    if node.kind == "constant":
        return "constant"
    if node.integer:
        return "class_numbers"
    return "not_computed" if graph.has_gradient(id) else "no_path"
