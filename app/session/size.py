"""How many bytes a session takes up in memory and in the store, told before it is made, and the refusal of too many."""

from __future__ import annotations

from app.errors import N_, TooLarge
from app.nn.limits import Limits
from app.nn.problem import Problem
from app.nn.spec import LayersSpec, Spec

NUMBER = 8
"""Bytes of a float64."""
NODE = 2400
"""Bytes of a node's compiled calls and its place in tables."""


def bytes_to_build(spec: Spec, limits: Limits) -> int:
    """What the first numbers of a spec's network take up while they are drawn: themselves, and a copy."""
    if not isinstance(spec.request, LayersSpec):
        return 0
    pairs = zip(spec.request.layers, spec.request.shapes, strict=False)
    weights = sum(layer.size(shape) for layer, shape in pairs)
    return 2 * NUMBER * min(weights, limits.max_total_elements)


def bytes_of(problem: Problem) -> int:
    """What a session takes up once it has run: its first numbers; values and gradients, and copies of them to look at;
    what its optimizer remembers; and three checkpoints, of which the first has no more than its first numbers.
    """
    graph = problem.graph
    size = sum(node.size for node in graph.nodes)
    first = sum(node.size for node in graph.nodes if node.initial is not None)
    first += sum(rows.x.size + rows.y.size for rows in problem.sets.values())
    moved = sum(graph[id].size for id in graph.parameters if id not in problem.frozen)
    slots = len(problem.optimizer.slots)
    return NODE * len(graph.nodes) + NUMBER * (first + 4 * size + slots * moved + (1 + 2 * (1 + slots)) * moved)


def check_size(problem: Problem, limits: Limits) -> int:
    """The bytes of a session. Raises TooLarge where they are more than one may have."""
    size = bytes_of(problem)
    if size > limits.max_session_bytes:
        template = N_("The session would take up {came} bytes; {most} are allowed ({limit}).")
        limit = "CHAINRULE_MAX_SESSION_BYTES"
        raise TooLarge(template, came=size, most=limits.max_session_bytes, limit=limit)
    return size
