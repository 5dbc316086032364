"""Small graphs that several tests of the engine use."""

import numpy as np

from app.engine.graph import Graph, GraphBuilder, Node
from app.engine.ops import OPS, Example, Op


def two_layers() -> Graph:
    """Matt Mazur's 2-2-2 network."""
    build = GraphBuilder()
    x = build.input("x", [[0.05, 0.1]])
    w1, b1 = build.parameter("W1", [[0.15, 0.2], [0.25, 0.3]]), build.parameter("b1", [0.35, 0.35])
    a1 = build.op("sigmoid", [build.op("linear", [x, w1, b1], "z1")], "a1")
    w2, b2 = build.parameter("W2", [[0.4, 0.45], [0.5, 0.55]]), build.parameter("b2", [0.6, 0.6])
    a2 = build.op("sigmoid", [build.op("linear", [a1, w2, b2], "z2")], "a2")
    build.op("half_squared_error", [a2, build.input("y", [[0.01, 0.99]])], "loss")
    return build.build()


def chain(length: int) -> Graph:
    """A scalar sent through `length` sines."""
    build = GraphBuilder()
    node = build.parameter("n0", 1.0)
    for number in range(1, length):
        node = build.op("sin", [node], f"n{number}")
    return build.build()


def of_row(row: Op, example: Example) -> Graph:
    """One op on an example's arguments, weighted and summed to a scalar where it is not one."""
    build = GraphBuilder()
    numbers = row.class_numbers(*(np.shape(value) for value in example.arguments))
    leaves = [
        build.input(f"p{place}", value) if place in numbers else build.parameter(f"p{place}", value)
        for place, value in enumerate(example.arguments)
    ]
    output = build.op(row.name, leaves, "o", **example.attributes)
    if output.shape:
        weights = build.constant("w", np.random.default_rng(0).normal(size=output.shape))
        build.op("sum", [build.op("mul", [output, weights], "weighted")], "loss")
    return build.build()


def random_scalars(seed: int) -> Graph:
    """A seeded random graph of single numbers with forks and repeats."""
    rng = np.random.default_rng(seed)
    build = GraphBuilder()
    nodes: list[Node] = [build.parameter(f"p{number}", rng.normal()) for number in range(4)]
    for number in range(int(rng.integers(10, 30))):
        name = str(rng.choice(("sigmoid", "tanh", "sin", "softplus", "neg", "silu", "add", "sub", "mul", "maximum")))
        picked = [nodes[int(rng.integers(len(nodes)))] for _ in OPS[name].arguments]
        nodes.append(build.op(name, picked, f"n{number}"))
    total = nodes[-1]
    for number, node in enumerate(nodes[4:-1]):
        total = build.op("add", [total, node], f"t{number}")
    return build.build()
