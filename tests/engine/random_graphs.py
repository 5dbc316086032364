"""Seeded random graphs: many shapes, nodes used many times, every leaf on a path to the loss."""

from functools import reduce

import numpy as np

from app.engine.graph import Graph, GraphBuilder, Node
from app.engine.ops import OPS
from app.errors import Invalid

SHAPES = ((), (3,), (2, 3), (2, 1), (3, 3), (1, 2, 3))
# Smooth and bounded, so that a central difference is worth comparing with.
BOUNDED = ("tanh", "sigmoid", "sin", "cos", "softmax")
BINARY = ("add", "sub", "mul", "matmul", "add", "mul")
REDUCTIONS = ("sum", "mean", "log_softmax")


def random_graph(seed: int, ops: int = 25) -> Graph:
    """A graph of leaves of all SHAPES and about `ops` random ops; the loss is the mean of what nothing else uses."""
    generator = np.random.default_rng(seed)
    builder = GraphBuilder()
    nodes = [
        builder.parameter(f"p{number}", np.round(generator.normal(size=shape), 3))
        for number, shape in enumerate(SHAPES)
    ]
    used: set[str] = set()
    while len(nodes) < ops + len(SHAPES):
        _grow(builder, generator, nodes, used)
    means = [builder.op("mean", [node], f"mean of {node.id}") for node in nodes if node.id not in used]
    numbers = iter(range(len(means)))
    reduce(lambda a, b: builder.op("add", [a, b], f"total {next(numbers)}"), means)
    return builder.build()


def _grow(builder: GraphBuilder, generator: np.random.Generator, nodes: list[Node], used: set[str]) -> None:
    """Adds one op on nodes already there, and after most of them one that bounds its output."""
    names = (BINARY, BOUNDED, REDUCTIONS)[generator.choice(3, p=[0.6, 0.25, 0.15])]
    name = str(generator.choice(names))
    chosen = [nodes[generator.integers(len(nodes))] for _ in OPS[name].arguments]
    try:
        output = builder.op(name, chosen, f"n{len(nodes)}")
    except Invalid:
        return
    used.update(node.id for node in chosen)
    if names is BINARY and output.shape and generator.random() < 0.7:
        used.add(output.id)
        output = builder.op(str(generator.choice(BOUNDED)), [output], f"n{len(nodes)} bounded")
    nodes.append(output)


def shuffled(graph: Graph, seed: int) -> Graph:
    """The same graph with its nodes in another topological order, so that consumers are met in another order."""
    generator = np.random.default_rng(seed)
    builder, done = GraphBuilder(), {}
    waiting = [graph.nodes[position] for position in generator.permutation(len(graph.nodes) - 1)]
    while waiting:
        ready = next(node for node in waiting if all(id in done for id in node.inputs))
        waiting.remove(ready)
        done[ready.id] = _rebuild(builder, ready, done)
    _rebuild(builder, graph.loss, done)
    return builder.build()


def _rebuild(builder: GraphBuilder, node: Node, done: dict[str, Node]) -> Node:
    if node.kind != "op":
        return getattr(builder, node.kind)(node.id, node.initial)
    return builder.op(node.op, [done[id] for id in node.inputs], node.id, **node.attributes)
