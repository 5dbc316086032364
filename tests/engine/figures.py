"""The stored PyTorch figures, read once, and the graphs they are compared on."""

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import numpy as np

from app.engine.graph import Graph, GraphBuilder
from app.engine.optim import OPTIMIZERS, Optimizer
from app.engine.schedule import SCHEDULES

FIGURES = Path(__file__).parent / "golden" / "torch.json"


@cache
def torch_figures() -> dict:
    return json.loads(FIGURES.read_text(encoding="utf-8"))


def as_array(numbers: object) -> np.ndarray:
    """Nested lists, in which what JSON cannot say is a string, as float64."""
    return np.array(numbers, dtype=object).astype(np.float64)


def op_graph(figures: dict) -> Graph:
    """The op of one case as node `y`, and a loss Σ y · upstream whose gradient at `y` is the upstream one."""
    attributes = {key: tuple(v) if isinstance(v, list) else v for key, v in figures["attributes"].items()}
    builder = GraphBuilder()
    leaves = [builder.input(f"x{number}", as_array(value)) for number, value in enumerate(figures["arguments"])]
    output = builder.op(figures["op"], leaves, "y", **attributes)
    upstream = builder.constant("upstream", as_array(figures["upstream"]))
    builder.op("sum", [builder.op("mul", [output, upstream], "weighted")], "loss")
    return builder.build()


def optimizer_of(kind: str, hyperparameters: dict) -> Optimizer:
    """An optimizer with these settings; a schedule among them is a part of its own."""
    settings = dict(hyperparameters)
    if "schedule" in settings:
        schedule = dict(settings["schedule"])
        settings["schedule"] = SCHEDULES[schedule.pop("kind")](**schedule)
    return OPTIMIZERS[kind](**settings)


def single_numbers(figures: dict) -> Iterator[dict]:
    """An elementwise case on arguments of one shape, number by number: the figures of scalar graphs."""
    upstream, output, *others = (
        np.ravel(as_array(numbers))
        for numbers in (figures["upstream"], figures["output"], *figures["arguments"], *figures["gradients"])
    )
    count = len(figures["arguments"])
    for place in range(output.size):
        numbers = [array[place] for array in others]
        single = {"arguments": numbers[:count], "gradients": numbers[count:]}
        yield figures | single | {"upstream": upstream[place], "output": output[place]}


def network(values: dict) -> Graph:
    """The 2-3-2 tanh network with half_squared_error that the optimizers' figures come from."""
    builder = GraphBuilder()
    x, y = builder.input("x", values["x"]), builder.input("y", values["y"])
    W1, b1, W2, b2 = (builder.parameter(id, values[id]) for id in ("W1", "b1", "W2", "b2"))
    hidden = builder.op("tanh", [builder.op("linear", [x, W1, b1], "z1")], "a1")
    prediction = builder.op("linear", [hidden, W2, b2], "z2")
    builder.op("half_squared_error", [prediction, y], "loss")
    return builder.build()
