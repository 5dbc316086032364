"""A stable form of what overflowed or was too steep, told from the operations around it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from app.engine.graph import Graph, Leaf, Node

Remedy = Literal["sigmoid", "softplus", "softmax", "log_softmax", "log_sigmoid", "epsilon"]


def remedy(graph: Graph, kind: str, id: str) -> Remedy | None:
    """What to write instead, where a cause of this kind lies at this node."""
    node = graph[id]
    if kind == "overflow" and node.op == "exp":
        return next(_of_power(graph, node), None)
    if kind == "pole" and node.op == "log":
        return _of_logarithm(graph, graph[node.inputs[0]])
    return "epsilon" if kind == "steep" and node.op in ("sqrt", "pow") else None


def _of_power(graph: Graph, power: Node) -> Iterator[Remedy]:
    """By what becomes of an exponential: 1 is added to it, or it is summed, and that divides or goes into a log."""
    for total in _users(graph, power, "add", "sum"):
        is_of_one = total.op == "add" and any(_is_one(graph[input]) for input in total.inputs)
        if _users(graph, total, "log"):
            yield "softplus" if is_of_one else "log_softmax"
        for quotient in _users(graph, total, "div"):
            if quotient.inputs[1] == total.id:
                is_logarithm = bool(_users(graph, quotient, "log"))
                yield (
                    ("log_sigmoid" if is_logarithm else "sigmoid")
                    if is_of_one
                    else ("log_softmax" if is_logarithm else "softmax")
                )


def _of_logarithm(graph: Graph, probability: Node) -> Remedy | None:
    """By what a logarithm of 0 is taken of."""
    if probability.op == "div":
        made = (remedy for input in graph[probability.inputs[1]].inputs for remedy in _of_power(graph, graph[input]))
        return next((one for one in made if one.startswith("log_")), None)
    remedies: dict[str | None, Remedy] = {"softmax": "log_softmax", "sigmoid": "log_sigmoid"}
    return remedies.get(probability.op)


def _users(graph: Graph, node: Node, *ops: str) -> list[Node]:
    return [graph[user] for user, _ in graph.consumers(node.id) if graph[user].op in ops]


def _is_one(node: Node) -> bool:
    return isinstance(node, Leaf) and node.kind == "constant" and node.size == 1 and float(node.initial) == 1.0
