"""What is agreed upon in a session, and what published sources do otherwise: they differ by little else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from app.engine.graph import Graph, Node
from app.engine.ops import OPS
from app.engine.row import Convention
from app.engine.update_order import UPDATE_ORDERS
from app.errors import N_
from app.nn.dropout import Mask
from app.session.moment import Picture

MOST_NAMES = 6

SIGN = Convention(
    N_("Descent: w ← w − η · gradient"),
    N_("A gradient here is never negated. Some sources print δ with the other sign and add it."),
)
ROWS = Convention(
    N_("Gradients are those of the mean over {count} rows"),
    N_("Summing over the rows instead makes gradients {count} times as large, and needs a rate as many times smaller."),
)
TARGET = Convention(
    N_("The target is standardized: less its mean over the training rows, divided by its deviation"),
    N_("Losses, gradients and y are in this unit; mean errors, fitted lines and predictions are in the target’s own."),
)
BIASES = Convention(
    N_("Biases are updated, as weights are"),
    N_("Some worked examples leave biases as they are and have other numbers after the first update."),
)
DROPOUT = Convention(
    N_("Dropout: what stays of {names} is divided by 1 − p, and at evaluation all of it stays"),
    N_("The first paper (Srivastava et al. 2014) divides nothing in training and multiplies by 1 − p at evaluation."),
)
FROZEN = Convention(
    N_("Not updated: {names}"),
    N_(
        "A parameter that is held still has a gradient all the same. "
        "Some worked examples hold the biases, others do not."
    ),
)


@dataclass(frozen=True, slots=True)
class Agreement:
    """A convention that holds here; `fields` stand in the gaps of both of its sentences."""

    name: str
    convention: Convention
    fields: Mapping[str, Any] = field(default_factory=dict)


def conventions(picture: Picture) -> tuple[Agreement, ...]:
    """Every convention that matters for a session's numbers, the loss and the update first, then kinks and ties."""
    graph = picture.graph
    order = UPDATE_ORDERS[picture.optimizer.update_order]
    return (
        *of_node(graph.criterion or graph.loss),
        *rows(picture),
        *target(picture),
        Agreement("sign", SIGN),
        Agreement("order", order.convention),
        *parameters(picture),
        *dropped(picture),
        *inside(graph),
    )


def of_node(node: Node) -> tuple[Agreement, ...]:
    """What is agreed upon about one node's operation."""
    row = node.row if node.op else None
    return (Agreement(row.name, row.convention),) if row and row.convention else ()


def inside(graph: Graph) -> Iterator[Agreement]:
    """What is agreed upon about operations before the loss, each of them once."""
    names = dict.fromkeys(node.op for node in graph.nodes[:-1] if node.op)
    for name in names:
        if name != (graph.criterion or graph.loss).op and OPS[name].convention:
            yield Agreement(name, OPS[name].convention)


def rows(picture: Picture) -> Iterator[Agreement]:
    """That a batch of several rows counts as their mean."""
    count = 0 if picture.rows is None else len(picture.rows)
    if count > 1:
        yield Agreement("rows", ROWS, {"count": count})


def target(picture: Picture) -> Iterator[Agreement]:
    """That numbers are told on a scale of their own."""
    if not picture.problem.target_scale.is_raw:
        yield Agreement("target", TARGET)


def parameters(picture: Picture) -> Iterator[Agreement]:
    """Which parameters stand still, and whether biases move."""
    graph = picture.graph
    held = [id for id in graph.parameters if id in picture.frozen]
    if held:
        names = ", ".join(held[:MOST_NAMES]) + (", …" if len(held) > MOST_NAMES else "")
        yield Agreement("frozen", FROZEN, {"names": names})
    if any(id not in picture.frozen for id in biases(graph)):
        yield Agreement("biases", BIASES)


def dropped(picture: Picture) -> Iterator[Agreement]:
    """That units are left out by chance, and how what stays makes up for them."""
    of = {node.inputs[1]: node.inputs[0] for node in picture.graph.nodes if node.op == "mul"}
    names = [f"{of[mask.id]} (p = {mask.rate:g})" for mask in picture.problem.noises if isinstance(mask, Mask)]
    if names:
        yield Agreement("dropout", DROPOUT, {"names": ", ".join(names[:MOST_NAMES])})


def biases(graph: Graph) -> Iterator[str]:
    """The parameters that a dense layer adds to its weighted sums."""
    for node in graph.nodes:
        if node.op and "b" in node.row.arguments[2:3]:
            yield from (id for id in node.inputs[2:3] if graph[id].kind == "parameter")
