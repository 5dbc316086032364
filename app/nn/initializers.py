"""How weights begin: one row each, with PyTorch's fans and gains."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import sqrt
from typing import Literal

import numpy as np

from app.engine.row import Shape
from app.errors import N_

Draw = Callable[[np.random.Generator, Shape, int, int], np.ndarray]


@dataclass(frozen=True)
class Initializer:
    """`draw(generator, shape, fan_in, fan_out)` gives weights of any shape."""

    name: str
    label: str
    sentence: str
    source: str
    draw: Draw


def uniform(bound: Callable[[int, int], float]) -> Draw:
    """Weights spread evenly between −bound and bound."""

    def draw(generator: np.random.Generator, shape: Shape, fan_in: int, fan_out: int) -> np.ndarray:
        limit = bound(fan_out, fan_in)
        return generator.uniform(-limit, limit, shape)

    return draw


def normal(deviation: Callable[[int, int], float]) -> Draw:
    """Weights from a normal distribution around 0."""

    def draw(generator: np.random.Generator, shape: Shape, fan_in: int, fan_out: int) -> np.ndarray:
        return generator.normal(0.0, deviation(fan_out, fan_in), shape)

    return draw


GLOROT = "Glorot & Bengio 2010, https://proceedings.mlr.press/v9/glorot10a.html"
HE = "He et al. 2015, https://arxiv.org/abs/1502.01852"
LECUN = "LeCun et al. 1998, Efficient BackProp"

ROWS = (
    Initializer(
        "zeros",
        N_("zeros"),
        N_("Every weight is 0, so all units of a layer stay alike for ever."),
        "",
        lambda generator, shape, fan_in, fan_out: np.zeros(shape),
    ),
    Initializer(
        "normal", N_("normal"), N_("Standard normal, whatever the layer's size."), "", normal(lambda o, i: 1.0)
    ),
    Initializer(
        "xavier_uniform",
        N_("Xavier, uniform"),
        N_("Evenly between ±√(6 / (inputs + units)), which keeps the scale both ways."),
        GLOROT,
        uniform(lambda o, i: sqrt(6 / (o + i))),
    ),
    Initializer(
        "xavier_normal",
        N_("Xavier, normal"),
        N_("Normal with variance 2 / (inputs + units)."),
        GLOROT,
        normal(lambda o, i: sqrt(2 / (o + i))),
    ),
    Initializer(
        "he_uniform",
        N_("He, uniform"),
        N_("Evenly between ±√(6 / inputs), made for relu."),
        HE,
        uniform(lambda o, i: sqrt(6 / i)),
    ),
    Initializer(
        "he_normal",
        N_("He, normal"),
        N_("Normal with variance 2 / inputs, made for relu."),
        HE,
        normal(lambda o, i: sqrt(2 / i)),
    ),
    Initializer(
        "lecun_normal",
        N_("LeCun, normal"),
        N_("Normal with variance 1 / inputs."),
        LECUN,
        normal(lambda o, i: sqrt(1 / i)),
    ),
)

InitializerName = Literal[
    "zeros", "normal", "xavier_uniform", "xavier_normal", "he_uniform", "he_normal", "lecun_normal"
]
INITIALIZERS: Mapping[str, Initializer] = {row.name: row for row in ROWS}
DEFAULT = "xavier_uniform"
