"""A trained network as JSON: what it is built of, how rows are prepared, and its parameters with every digit."""

from __future__ import annotations

from typing import Any

from app.engine.graph import Graph, Node
from app.nn.evaluation import criterion_of
from app.nn.optimizers import document_of
from app.nn.supply.preparation import Preparation
from app.nn.supply.target_scale import TargetScale
from app.notation import numbers
from app.session.departure import Departure

FORMAT = 1
"""Version of this document."""


def network(title: str, spec: Any, departure: Departure) -> dict[str, Any]:
    """The document; what is not finite stands there by its name."""
    problem = departure.problem
    graph = problem.graph if problem.batches is None else answering(departure)
    return {
        "format": f"chainrule-network/{FORMAT}",
        "title": title,
        "iteration": departure.iteration,
        "inputs": graph.data.shape[1] if problem.batches is not None else None,
        "preparation": None if problem.preparation is None else preparation(problem.preparation),
        "target_scale": target_scale(problem.target_scale),
        "task": problem.task,
        "classes": problem.classes,
        "image": problem.image,
        "loss": problem.loss.name if problem.loss else None,
        "nodes": [node(one) for one in graph.nodes],
        "answer": graph.loss.inputs[0] if problem.batches is not None else graph.loss.id,
        "parameters": dict(departure.parameters),
        "optimizer": document_of(departure.optimizer),
        "updates": departure.steps,
        "spec": spec,
    }


def answering(departure: Departure) -> Graph:
    """The graph as it answers when training is over, up to what compares answers with targets."""
    problem = departure.problem
    graph = problem.evaluation_graph(*(array[:1] for array in departure.data))
    return Graph(graph.nodes[: graph.position(criterion_of(problem, graph).id) + 1])


def preparation(made: Preparation) -> dict[str, Any]:
    """How raw rows become inputs: features of columns, less `shift`, divided by `divisor`."""
    return {
        "columns": made.columns,
        "inputs": made.inputs,
        "features": [feature.name for feature in made.features] or None,
        "shift": None if made.shift is None else numbers.literal(made.shift),
        "divisor": None if made.divisor is None else numbers.literal(made.divisor),
    }


def target_scale(made: TargetScale) -> dict[str, Any] | None:
    """How answers become numbers in the target's own unit: times `divisor`, plus `shift`; None where they are."""
    if made.is_raw:
        return None
    return {"shift": numbers.literal(made.shift), "divisor": numbers.literal(made.divisor)}


def node(one: Node) -> dict[str, Any]:
    """A node: an op with what it is applied to, or a leaf."""
    document = {"id": one.id, "kind": one.kind, "op": one.op, "inputs": one.inputs, "attributes": dict(one.attributes)}
    return document | ({"value": numbers.literal(one.initial)} if one.kind == "constant" else {})
