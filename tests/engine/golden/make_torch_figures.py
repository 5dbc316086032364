"""Write torch.json: what PyTorch answers for every op and every optimizer of the engine, in float64.

The tests read the figures only, so PyTorch is needed for nothing but writing them anew:

    python -m venv figures && figures/bin/pip install torch==2.13.0 numpy
    figures/bin/python tests/engine/golden/make_torch_figures.py

Where PyTorch has several functions for one op, the one recorded is named in TORCH below: `amax` for `max` (ties over
an axis share the gradient evenly), `maximum` and `minimum` (two equal arguments take half each), `relu` for hinge
(no gradient at the kink). Losses follow this product's conventions, composed from PyTorch's functions.
`softplus` is recorded outside 20 < x < 40 only: PyTorch answers x itself above 20, which is wrong by up to 2e-9 there.
For predictions of exactly 0 or 1 binary_cross_entropy is recorded without the gradient of its target, which PyTorch
takes of logarithms not held at −100.
"""

import json
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

FIGURES = Path(__file__).with_name("torch.json")
NAN, INFINITY = float("nan"), float("inf")


def draw(kind: str, shape: tuple[int, ...], seed: str) -> np.ndarray:
    """Seeded numbers of a kind that stay clear of an op's edges, four decimals each so that the file stays short."""
    generator = np.random.default_rng(zlib.crc32(seed.encode()))
    if kind == "normal":
        return np.round(generator.normal(size=shape), 4)
    if kind == "positive":
        return np.round(generator.uniform(0.2, 3.0, size=shape), 4)
    if kind == "nonzero":
        return np.round(generator.uniform(0.3, 2.0, size=shape) * generator.choice([-1.0, 1.0], size=shape), 4)
    if kind == "probability":
        return np.round(generator.uniform(0.05, 0.95, size=shape), 4)
    if kind == "sign":
        return generator.choice([-1.0, 1.0], size=shape)
    raise ValueError(kind)


class Drawn:
    """An argument still to be drawn: its kind and its shape."""

    def __init__(self, kind: str, *shape: int) -> None:
        self.kind, self.shape = kind, shape


class Classes:
    """An argument of class numbers, through which no gradient flows."""

    def __init__(self, *numbers: int, alone: bool = False) -> None:
        self.numbers = numbers[0] if alone else numbers


class Still:
    """An argument whose gradient is not recorded."""

    def __init__(self, numbers: list) -> None:
        self.numbers = numbers


def normal(*shape: int) -> Drawn:
    return Drawn("normal", *shape)


def positive(*shape: int) -> Drawn:
    return Drawn("positive", *shape)


def nonzero(*shape: int) -> Drawn:
    return Drawn("nonzero", *shape)


def probability(*shape: int) -> Drawn:
    return Drawn("probability", *shape)


def sign(*shape: int) -> Drawn:
    return Drawn("sign", *shape)


def half_squared_error(prediction: Tensor, target: Tensor) -> Tensor:
    batch = prediction.shape[0] if prediction.ndim > 1 else 1
    return 0.5 * ((prediction - target) ** 2).sum() / batch


def transpose(x: Tensor, axes: tuple[int, ...] | None = None) -> Tensor:
    return x.permute(axes if axes is not None else tuple(reversed(range(x.ndim))))


TORCH: dict[str, Callable[..., Tensor]] = {
    "add": torch.add,
    "sub": torch.sub,
    "mul": torch.mul,
    "div": torch.div,
    "neg": torch.neg,
    "pow": torch.pow,
    "matmul": torch.matmul,
    "transpose": transpose,
    "reshape": lambda x, shape: x.reshape(shape),
    "exp": torch.exp,
    "log": torch.log,
    "sqrt": torch.sqrt,
    "abs": torch.abs,
    "sin": torch.sin,
    "cos": torch.cos,
    "maximum": torch.maximum,
    "minimum": torch.minimum,
    "sum": lambda x, axis=None, keepdims=False: torch.sum(x, dim=axis, keepdim=keepdims),
    "mean": lambda x, axis=None, keepdims=False: torch.mean(x, dim=axis, keepdim=keepdims),
    "max": lambda x, axis=(), keepdims=False: torch.amax(x, dim=axis, keepdim=keepdims),
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "relu": torch.relu,
    "leaky_relu": lambda x: F.leaky_relu(x, 0.01),
    "elu": F.elu,
    "gelu": F.gelu,
    "softplus": F.softplus,
    "silu": F.silu,
    "softmax": lambda x, axis=-1: F.softmax(x, dim=axis),
    "log_softmax": lambda x, axis=-1: F.log_softmax(x, dim=axis),
    "linear": F.linear,
    "l1_penalty": lambda weights, rate: rate * weights.abs().sum(),
    "l2_penalty": lambda weights, rate: rate / 2 * (weights**2).sum(),
    "half_squared_error": half_squared_error,
    "mean_squared_error": F.mse_loss,
    "mean_absolute_error": F.l1_loss,
    "huber": F.huber_loss,
    "hinge": lambda prediction, target: torch.relu(1.0 - target * prediction).mean(),
    "binary_cross_entropy": F.binary_cross_entropy,
    "binary_cross_entropy_with_logits": F.binary_cross_entropy_with_logits,
    "cross_entropy": F.cross_entropy,
}

LARGE = [-1000.0, -100.0, -40.0, -1.0, -1e-8, 0.0, 1e-8, 1.0, 20.0, 40.0, 100.0, 1000.0]
AROUND_ZERO = [-2.0, -1.0, -0.5, -1e-9, -0.0, 0.0, 1e-9, 0.5, 1.0, 2.0]
TIED = [[1.0, 3.0, 3.0], [2.0, 2.0, 2.0], [-1.0, -4.0, -1.0]]
LARGE_ROWS = [[1000.0, 0.0, -1000.0], [1000.0, 1000.0, 999.0], [-1000.0, -1001.0, -1000.0], [0.0, 0.0, 0.0]]

# Every op: its cases, each a name, the arguments and the attributes.
BINARY_SHAPES = {
    "scalars": ((), ()),
    "vectors": ((4,), (4,)),
    "matrices": ((2, 3), (2, 3)),
    "a row over a matrix": ((2, 3), (3,)),
    "a column against a row": ((3, 1), (1, 4)),
    "a scalar over a matrix": ((), (2, 3)),
    "one row of one over three axes": ((2, 1, 3), (4, 1)),
    "one element against a scalar": ((1, 1), ()),
}
REDUCTIONS = {
    "everything": ((2, 3), {}),
    "everything of a scalar": ((), {}),
    "everything kept": ((2, 3), {"keepdims": True}),
    "axis 0": ((2, 3), {"axis": 0}),
    "axis 1 kept": ((2, 3), {"axis": 1, "keepdims": True}),
    "axis -1": ((2, 3, 2), {"axis": -1}),
    "axis -2 kept": ((2, 3, 2), {"axis": -2, "keepdims": True}),
    "axes 0 and 2": ((2, 3, 2), {"axis": (0, 2)}),
    "axes -1 and 0 kept": ((2, 3, 2), {"axis": (-1, 0), "keepdims": True}),
    "the only axis": ((5,), {"axis": 0}),
}
MATMUL_SHAPES = {
    "vector by vector": ((3,), (3,)),
    "vector by matrix": ((3,), (3, 2)),
    "matrix by vector": ((2, 3), (3,)),
    "matrix by matrix": ((2, 3), (3, 4)),
    "one by one": ((1, 1), (1, 1)),
    "batch by batch": ((2, 3, 4), (2, 4, 2)),
    "batch by matrix": ((2, 3, 4), (4, 2)),
    "matrix by batch": ((3, 4), (2, 4, 2)),
    "a batch of one by a batch": ((1, 3, 4), (3, 4, 2)),
    "batches broadcast both ways": ((2, 1, 2, 3), (3, 3, 2)),
    "vector by batch": ((4,), (2, 4, 3)),
    "batch by vector": ((2, 3, 4), (4,)),
}


def binary(first: Callable[..., Drawn], second: Callable[..., Drawn], **edges: tuple) -> dict:
    cases = {name: ((first(*a), second(*b)), {}) for name, (a, b) in BINARY_SHAPES.items()}
    return cases | {name.replace("_", " "): (arguments, {}) for name, arguments in edges.items()}


def reductions(**edges: tuple) -> dict:
    cases = {name: ((normal(*shape),), attributes) for name, (shape, attributes) in REDUCTIONS.items()}
    return cases | {name.replace("_", " "): case for name, case in edges.items()}


def unary(kind: Callable[..., Drawn] = normal, **edges: list) -> dict:
    cases = {"scalar": ((kind(),), {}), "vector": ((kind(5),), {}), "matrix": ((kind(2, 3),), {})}
    cases["three axes"] = ((kind(2, 2, 3),), {})
    return cases | {name.replace("_", " "): ((numbers,), {}) for name, numbers in edges.items()}


def loss(first: Callable[..., Drawn], second: Callable[..., Drawn], **edges: tuple) -> dict:
    shapes = {"one number": (1, 1), "one row": (1, 3), "one column": (4, 1), "matrix": (4, 3)}
    shapes |= {"scalar": (), "vector": (3,), "three axes": (2, 3, 2)}
    cases = {name: ((first(*shape), second(*shape)), {}) for name, shape in shapes.items()}
    return cases | {name.replace("_", " "): (arguments, {}) for name, arguments in edges.items()}


def penalty(**edges: tuple) -> dict:
    shapes = {"scalar": (), "vector": (4,), "matrix": (3, 2), "three axes": (2, 3, 2)}
    cases = {name: ((nonzero(*shape), positive()), {}) for name, shape in shapes.items()}
    return cases | {name.replace("_", " "): (arguments, {}) for name, arguments in edges.items()}


SOFT = {
    "vector": ((normal(4),), {}),
    "matrix": ((normal(3, 4),), {}),
    "three axes": ((normal(2, 2, 3),), {}),
    "one entry a row": ((normal(3, 1),), {}),
    "axis 0": ((normal(3, 4),), {"axis": 0}),
    "thousands": ((LARGE_ROWS,), {}),
}

CASES: dict[str, dict] = {
    "add": binary(normal, normal),
    "sub": binary(normal, normal),
    "mul": binary(normal, normal, zeros=([0.0, -0.0, 2.0], [3.0, 4.0, 0.0])),
    "div": binary(normal, nonzero, by_zero=([1.0, -1.0, 0.0], [0.0, 0.0, 0.0])),
    "neg": unary(zeros=[0.0, -0.0, 1.0]),
    "pow": binary(
        positive,
        normal,
        a_negative_base_to_integers=([-2.0, -2.0, -0.5, -1.5], [2.0, 3.0, -1.0, 0.0]),
        a_negative_base_to_one_integer=([-2.0, -0.5, 1.5], 3.0),
        a_negative_base_to_a_fraction=([-2.0, 4.0], [0.5, 0.5]),
        a_zero_base=([0.0, 0.0, 0.0, 0.0, 0.0], [0.0, 1.0, 2.0, 3.0, 0.5]),
        a_zero_base_to_a_negative=([0.0, 0.0], [-1.0, -2.0]),
        squares=([-1.5, 0.0, 0.7, 2.0], 2.0),
    ),
    "matmul": {name: ((normal(*a), normal(*b)), {}) for name, (a, b) in MATMUL_SHAPES.items()},
    "transpose": {
        "vector": ((normal(3),), {}),
        "matrix": ((normal(2, 3),), {}),
        "three axes": ((normal(2, 3, 4),), {}),
        "three axes in turn": ((normal(2, 3, 4),), {"axes": (1, 2, 0)}),
        "negative axes": ((normal(2, 3, 4),), {"axes": (0, -1, -2)}),
    },
    "reshape": {
        "vector to matrix": ((normal(6),), {"shape": (2, 3)}),
        "matrix to matrix": ((normal(2, 3),), {"shape": (3, 2)}),
        "the rest": ((normal(2, 3, 2),), {"shape": (4, -1)}),
        "scalar to matrix": ((normal(),), {"shape": (1, 1)}),
        "one element to scalar": ((normal(1, 1),), {"shape": ()}),
    },
    "exp": unary(large=[-1000.0, -1.0, 0.0, 700.0, 1000.0]),
    "log": unary(positive, edges=[0.0, 1.0, 5e-324, 1e300, -1.0]),
    "sqrt": unary(positive, edges=[0.0, 1.0, 1e-300, 1e300, -1.0]),
    "abs": unary(around_the_kink=AROUND_ZERO),
    "sin": unary(large=[-100.0, 0.0, 1e-9, 3.14159, 1e6]),
    "cos": unary(large=[-100.0, 0.0, 1e-9, 3.14159, 1e6]),
    "maximum": binary(normal, normal, ties=([1.0, 2.0, 0.0, -3.0], [1.0, 1.0, -0.0, -3.0]), a_tied_scalar=(TIED, 2.0)),
    "minimum": binary(normal, normal, ties=([1.0, 2.0, 0.0, -3.0], [1.0, 1.0, -0.0, -3.0]), a_tied_scalar=(TIED, 2.0)),
    "sum": reductions(),
    "mean": reductions(),
    "max": reductions(
        ties=((TIED,), {}),
        ties_over_axis_0=((TIED,), {"axis": 0}),
        ties_over_axis_1=((TIED,), {"axis": 1}),
        ties_over_both_kept=((TIED,), {"axis": (0, 1), "keepdims": True}),
    ),
    "sigmoid": unary(thousands=LARGE),
    "tanh": unary(thousands=LARGE),
    "relu": unary(around_the_kink=AROUND_ZERO),
    "leaky_relu": unary(around_the_kink=AROUND_ZERO),
    "elu": unary(around_the_kink=AROUND_ZERO, thousands=LARGE),
    "gelu": unary(around_zero=AROUND_ZERO, thousands=LARGE),
    "softplus": unary(around_zero=AROUND_ZERO, thousands=LARGE),
    "silu": unary(around_zero=AROUND_ZERO, thousands=LARGE),
    "softmax": SOFT,
    "log_softmax": SOFT,
    "linear": {
        "one row": ((normal(1, 2), normal(3, 2), normal(3)), {}),
        "batch": ((normal(4, 2), normal(3, 2), normal(3)), {}),
        "one unit": ((normal(4, 3), normal(1, 3), normal(1)), {}),
        "without a bias": ((normal(4, 3), normal(2, 3)), {}),
        "vector": ((normal(3), normal(2, 3), normal(2)), {}),
        "three axes": ((normal(2, 4, 3), normal(2, 3), normal(2)), {}),
    },
    "l1_penalty": penalty(around_the_kink=(AROUND_ZERO, 0.5)),
    "l2_penalty": penalty(zero=([[0.0, -0.0]], 0.5)),
    "half_squared_error": loss(normal, normal, exact=([[1.0, 2.0]], [[1.0, 3.0]])),
    "mean_squared_error": loss(normal, normal, exact=([[1.0, 2.0]], [[1.0, 3.0]])),
    "mean_absolute_error": loss(normal, normal, around_the_kink=([AROUND_ZERO], [[0.0] * 10])),
    "huber": loss(
        normal,
        normal,
        around_the_kinks=([AROUND_ZERO], [[0.0] * 10]),
        far=([[1000.0, -1000.0, 1.0 + 1e-9, -1.0 - 1e-9]], [[0.0, 0.0, 0.0, 0.0]]),
    ),
    "hinge": loss(normal, sign, around_the_kink=([[1.0, -1.0, 0.5, 2.0, 0.0]], [[1.0, -1.0, 1.0, -1.0, 1.0]])),
    "binary_cross_entropy": loss(
        probability,
        probability,
        labels=([[0.2], [0.9], [0.5]], [[0.0], [1.0], [1.0]]),
        certain=([[0.0, 1.0, 0.0, 1.0, 0.5]], Still([[0.0, 1.0, 1.0, 0.0, 0.5]])),
        nearly_certain=([[1e-50, 1e-12, 1.0 - 1e-12]], Still([[1.0, 0.0, 0.0]])),
    ),
    "binary_cross_entropy_with_logits": loss(
        normal, probability, thousands=([LARGE, LARGE], [[0.0] * 12, [1.0] * 12]), zero=([[0.0, -0.0]], [[0.0, 1.0]])
    ),
    "cross_entropy": {
        "classes": ((normal(4, 3), Classes(0, 2, 1, 2)), {}),
        "one row of classes": ((normal(1, 3), Classes(1)), {}),
        "one-hot rows": ((normal(3, 3), [[0.0, 1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]), {}),
        "one class": ((normal(3), Classes(2, alone=True)), {}),
        "one one-hot vector": ((normal(3), [0.0, 0.0, 1.0]), {}),
        "shares": ((normal(2, 3), [[0.2, 0.3, 0.5], [0.9, 0.1, 0.0]]), {}),
        "rows that do not sum to one": ((normal(2, 3), normal(2, 3)), {}),
        "thousands by class": ((LARGE_ROWS, Classes(0, 2, 1, 1)), {}),
        "thousands by row": (
            (LARGE_ROWS, [[1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, 1.0, 0.0], [0.0, 1.0, 0.0]]),
            {},
        ),
    },
}

# The network every optimizer is run on: 2-3-2, tanh between, half_squared_error, four rows, the full batch.
ITERATIONS = 50
NETWORK = {
    "x": [[0.5, -1.0], [1.5, 0.25], [-0.75, 0.8], [0.1, 0.9]],
    "y": [[0.2, -0.6], [1.0, 0.4], [-0.5, 0.3], [0.7, -0.1]],
    "W1": [[0.3, -0.2], [0.5, 0.4], [-0.6, 0.1]],
    "b1": [0.05, -0.1, 0.2],
    "W2": [[0.7, -0.3, 0.2], [-0.4, 0.6, 0.5]],
    "b2": [0.1, -0.05],
}
PARAMETERS = ("W1", "b1", "W2", "b2")

# Our kind, our hyperparameters, and PyTorch's class with the same hyperparameters in its words. Choose runs in which
# a change of one bit at the start stays small: RMSProp with alpha 0.9 magnifies it 1e8 times in PyTorch too.
OPTIMIZERS: list[tuple[str, dict, Callable, dict]] = [
    ("sgd", {"learning_rate": 0.1}, torch.optim.SGD, {"lr": 0.1}),
    ("sgd", {"learning_rate": 0.1, "momentum": 0.9}, torch.optim.SGD, {"lr": 0.1, "momentum": 0.9}),
    (
        "sgd",
        {"learning_rate": 0.1, "momentum": 0.9, "nesterov": True},
        torch.optim.SGD,
        {"lr": 0.1, "momentum": 0.9, "nesterov": True},
    ),
    ("sgd", {"learning_rate": 0.1, "weight_decay": 0.02}, torch.optim.SGD, {"lr": 0.1, "weight_decay": 0.02}),
    (
        "sgd",
        {"learning_rate": 0.05, "momentum": 0.8, "nesterov": True, "weight_decay": 0.02},
        torch.optim.SGD,
        {"lr": 0.05, "momentum": 0.8, "nesterov": True, "weight_decay": 0.02},
    ),
    (
        "sgd",
        {"learning_rate": 0.05, "momentum": 0.8, "weight_decay": 0.02},
        torch.optim.SGD,
        {"lr": 0.05, "momentum": 0.8, "weight_decay": 0.02},
    ),
    ("adam", {"learning_rate": 0.01}, torch.optim.Adam, {"lr": 0.01}),
    (
        "adam",
        {"learning_rate": 0.02, "beta1": 0.8, "beta2": 0.95, "epsilon": 1e-6},
        torch.optim.Adam,
        {"lr": 0.02, "betas": (0.8, 0.95), "eps": 1e-6},
    ),
    ("adam", {"learning_rate": 0.01, "weight_decay": 0.1}, torch.optim.Adam, {"lr": 0.01, "weight_decay": 0.1}),
    ("adamw", {"learning_rate": 0.01}, torch.optim.AdamW, {"lr": 0.01}),
    ("adamw", {"learning_rate": 0.01, "weight_decay": 0.2}, torch.optim.AdamW, {"lr": 0.01, "weight_decay": 0.2}),
    ("rmsprop", {"learning_rate": 0.01}, torch.optim.RMSprop, {"lr": 0.01}),
    (
        "rmsprop",
        {"learning_rate": 0.005, "alpha": 0.95, "epsilon": 1e-4},
        torch.optim.RMSprop,
        {"lr": 0.005, "alpha": 0.95, "eps": 1e-4},
    ),
    ("rmsprop", {"learning_rate": 0.01, "weight_decay": 0.05}, torch.optim.RMSprop, {"lr": 0.01, "weight_decay": 0.05}),
    ("adagrad", {"learning_rate": 0.1}, torch.optim.Adagrad, {"lr": 0.1}),
    ("adagrad", {"learning_rate": 0.05, "epsilon": 1e-3}, torch.optim.Adagrad, {"lr": 0.05, "eps": 1e-3}),
    ("adagrad", {"learning_rate": 0.1, "weight_decay": 0.05}, torch.optim.Adagrad, {"lr": 0.1, "weight_decay": 0.05}),
]

SCHEDULERS = torch.optim.lr_scheduler
# Our schedule or clipping, and what is called in PyTorch: of the optimizer once, of the parameters before each update.
SCHEDULES: list[tuple[dict, Callable]] = [
    ({"kind": "constant"}, lambda rule: SCHEDULERS.ConstantLR(rule, factor=1.0)),
    ({"kind": "step", "step_size": 7, "gamma": 0.5}, lambda rule: SCHEDULERS.StepLR(rule, 7, 0.5)),
    ({"kind": "exponential", "gamma": 0.95}, lambda rule: SCHEDULERS.ExponentialLR(rule, 0.95)),
    (
        {"kind": "cosine", "t_max": 30, "eta_min": 0.001},
        lambda rule: SCHEDULERS.CosineAnnealingLR(rule, 30, 0.001),
    ),
    (
        {"kind": "warmup", "total_iters": 12, "start_factor": 0.2},
        lambda rule: SCHEDULERS.LinearLR(rule, start_factor=0.2, total_iters=12),
    ),
    (
        {"kind": "warmup_cosine", "total_iters": 10, "start_factor": 0.25, "t_max": 40, "eta_min": 0.002},
        lambda rule: SCHEDULERS.SequentialLR(
            rule,
            [SCHEDULERS.LinearLR(rule, 0.25, total_iters=10), SCHEDULERS.CosineAnnealingLR(rule, 40, 0.002)],
            milestones=[10],
        ),
    ),
]
CLIPPING: list[tuple[dict, Callable]] = [
    ({"clip_norm": 0.2}, lambda parameters: torch.nn.utils.clip_grad_norm_(parameters, 0.2, foreach=False)),
    ({"clip_value": 0.05}, lambda parameters: torch.nn.utils.clip_grad_value_(parameters, 0.05, foreach=False)),
]
PLAIN = {
    "sgd": (torch.optim.SGD, {"learning_rate": 0.1, "momentum": 0.9}, {"lr": 0.1, "momentum": 0.9}),
    "adam": (torch.optim.Adam, {"learning_rate": 0.02}, {"lr": 0.02}),
    "adamw": (torch.optim.AdamW, {"learning_rate": 0.02, "weight_decay": 0.1}, {"lr": 0.02, "weight_decay": 0.1}),
    "rmsprop": (torch.optim.RMSprop, {"learning_rate": 0.01}, {"lr": 0.01}),
    "adagrad": (torch.optim.Adagrad, {"learning_rate": 0.1, "weight_decay": 0.05}, {"lr": 0.1, "weight_decay": 0.05}),
}


def regulated() -> Iterator[tuple]:
    """Every optimizer with every schedule and every way to clip."""
    for kind, (optimizer, ours, settings) in PLAIN.items():
        for schedule, scheduler in SCHEDULES:
            yield kind, {**ours, "schedule": schedule}, optimizer, settings, scheduler, None
        for clipping, clip in CLIPPING:
            yield kind, {**ours, **clipping}, optimizer, settings, None, clip
        both = {**ours, "schedule": SCHEDULES[-1][0], **CLIPPING[0][0]}
        yield kind, both, optimizer, settings, SCHEDULES[-1][1], CLIPPING[0][1]


def as_array(argument: object, seed: str) -> np.ndarray:
    if isinstance(argument, Drawn):
        return draw(argument.kind, argument.shape, seed)
    if isinstance(argument, Classes):
        return np.array(argument.numbers, dtype=np.int64)
    if isinstance(argument, Still):
        return np.array(argument.numbers, dtype=np.float64)
    return np.array(argument, dtype=np.float64)


def as_json(numbers: object) -> object:
    """Nested lists that read back to the same bits; what JSON cannot say becomes a string."""
    if isinstance(numbers, list):
        return [as_json(number) for number in numbers]
    if isinstance(numbers, float) and not np.isfinite(numbers):
        return "NaN" if np.isnan(numbers) else "Infinity" if numbers > 0 else "-Infinity"
    return numbers


def op_figures(op: str, name: str, arguments: tuple, attributes: dict) -> dict:
    """One case: the arguments, the upstream gradient, PyTorch's output and the gradient of every argument."""
    arrays = [as_array(argument, f"{op} {name} {number}") for number, argument in enumerate(arguments)]
    flows = [not isinstance(argument, Classes | Still) for argument in arguments]
    tensors = [torch.tensor(array, requires_grad=flow) for array, flow in zip(arrays, flows, strict=True)]
    output = TORCH[op](*tensors, **attributes)
    upstream = draw("normal", tuple(output.shape), f"{op} {name} upstream")
    output.backward(torch.tensor(upstream))
    return {
        "op": op,
        "case": name,
        "attributes": {key: list(value) if isinstance(value, tuple) else value for key, value in attributes.items()},
        "integers": [number for number, array in enumerate(arrays) if array.dtype == np.int64],
        "arguments": [as_json(array.tolist()) for array in arrays],
        "upstream": as_json(upstream.tolist()),
        "output": as_json(output.detach().tolist()),
        "gradients": [None if tensor.grad is None else as_json(tensor.grad.tolist()) for tensor in tensors],
    }


def optimizer_figures(
    kind: str,
    hyperparameters: dict,
    optimizer: Callable,
    settings: dict,
    schedule: Callable | None = None,
    clip: Callable | None = None,
) -> dict:
    """The losses of ITERATIONS updates, each as computed before its update, and the parameters they end at."""
    tensors = {name: torch.tensor(value, dtype=torch.float64) for name, value in NETWORK.items()}
    parameters = [tensors[name].requires_grad_() for name in PARAMETERS]
    rule = optimizer(parameters, foreach=False, **settings)
    scheduler = schedule(rule) if schedule else None
    losses = []
    for _ in range(ITERATIONS):
        rule.zero_grad()
        hidden = torch.tanh(F.linear(tensors["x"], tensors["W1"], tensors["b1"]))
        error = half_squared_error(F.linear(hidden, tensors["W2"], tensors["b2"]), tensors["y"])
        error.backward()
        if clip:
            clip(parameters)
        rule.step()
        if scheduler:
            scheduler.step()
        losses.append(error.item())
    final = {name: tensors[name].detach().tolist() for name in PARAMETERS}
    return {"kind": kind, "hyperparameters": hyperparameters, "losses": losses, "parameters": final}


def lines() -> Iterator[str]:
    """The file, one case a line so that a change of one figure is a change of one line."""
    source = f"PyTorch {torch.__version__.split('+')[0]}, float64, one CPU thread"
    ops = [op_figures(op, name, *case) for op, cases in CASES.items() for name, case in cases.items()]
    optimizers = [optimizer_figures(*row) for row in (*OPTIMIZERS, *regulated())]
    yield "{" + f'"source": {json.dumps(source)},'
    yield '"ops": ['
    yield ",\n".join(json.dumps(figures, allow_nan=False) for figures in ops)
    yield "],"
    yield f'"network": {json.dumps(NETWORK)},'
    yield '"optimizers": ['
    yield ",\n".join(json.dumps(figures, allow_nan=False) for figures in optimizers)
    yield "]}"


if __name__ == "__main__":
    torch.set_num_threads(1)
    FIGURES.write_text("\n".join(lines()) + "\n", encoding="utf-8")
