"""Specs of what goes wrong, each alone, and of nets and expressions in which nothing does."""

from typing import Any

import numpy as np

RANDOM = np.random.default_rng(0)
POINTS = RANDOM.normal(size=(60, 2))
SIGNS = np.where(POINTS[:, :1] * POINTS[:, 1:] > 0, 1.0, -1.0)
PRICES = 20_000 + 5_000 * POINTS[:, :1] - 3_000 * POINTS[:, 1:] + 500 * RANDOM.normal(size=(60, 1))
STANDARD = (PRICES - PRICES.mean()) / PRICES.std()
MILLIMETRES = 300 + 50 * POINTS


def rows(x: np.ndarray, y: np.ndarray, **more: Any) -> dict[str, Any]:
    return {"x": x.tolist(), "y": y.tolist(), **more}


def net(hidden: tuple[int, ...] = (6,), activation: str = "tanh", output: str = "identity", **more: Any) -> Any:
    """A net with one output that tells a disc from the ring around it, by gradient descent unless said otherwise."""
    settings = {"kind": "sgd", "learning_rate": 0.3, **more.pop("optimizer", {})}
    return {
        "kind": "layers",
        "inputs": 2,
        "layers": [
            *({"units": units, "activation": activation} for units in hidden),
            {"units": more.pop("outputs", 1), "activation": output},
        ],
        "loss": "binary_cross_entropy_with_logits",
        "data": {"dataset": "circle"},
        "optimizer": settings,
        **more,
    }


def iris(output: str) -> Any:
    data = {"dataset": "iris", "scale": "standardize"}
    return net((8,), output=output, outputs=3, inputs=4, loss="cross_entropy", data=data)


def prices(targets: np.ndarray, x: np.ndarray = POINTS, hidden: tuple[int, ...] = (6,), **settings: Any) -> Any:
    data = rows(x, targets)
    return net(hidden, loss="mean_squared_error", data=data, optimizer={"learning_rate": 0.1, **settings})


def expression(source: str, rate: float = 0.1, **settings: Any) -> dict[str, Any]:
    optimizer = {"kind": "sgd", "learning_rate": rate, **settings}
    return {"kind": "expression", "source": source, "optimizer": optimizer}


SIGMOID = "b = 1\nx = input(2)\ny = sigmoid(w * x + b)\nL = y ** 2"
MOMENTUM = {"momentum": 0.9}

ILL: dict[str, tuple[dict[str, Any], int, tuple[str, str]]] = {
    # Penalties.
    "l2 flips": (net(l2=10.0), 1, ("penalty", "flipping")),
    "l2 flips later": (net(l2=10.0), 50, ("penalty", "flipping")),
    "decay flips": (net(optimizer={"weight_decay": 10.0}), 5, ("penalty", "flipping")),
    "adamw flips": (net(optimizer={"kind": "adamw", "learning_rate": 0.01, "weight_decay": 300.0}), 5,
                    ("penalty", "flipping")),
    "l2 swings": (net(l2=12.9, optimizer=MOMENTUM), 5, ("penalty", "momentum")),
    "l2 swings ahead": (net(l2=5.0, optimizer={**MOMENTUM, "nesterov": True}), 5, ("penalty", "momentum")),
    "l1 jumps": (net(l1=1.0), 50, ("penalty", "jumping")),
    "l2 empties": (net(l2=1.0), 50, ("penalty", "emptied")),
    "decay empties": (net(optimizer={"weight_decay": 1.0}), 50, ("penalty", "emptied")),
    "adam's l2 empties": (net(l2=10.0, optimizer={"kind": "adam", "learning_rate": 0.01}), 300,
                          ("penalty", "emptied")),
    "adam's l1 empties": (net(l1=1.0, optimizer={"kind": "adam", "learning_rate": 0.01}), 300,
                          ("penalty", "emptied")),
    "clipped l2 empties": (net(l2=10.0, optimizer={"clip_norm": 1.0}), 300, ("penalty", "emptied")),
    # Losses that do not fit.
    "softmax twice": (iris("softmax"), 300, ("mismatch", "scores")),
    "sigmoid twice": (net(output="sigmoid"), 1, ("mismatch", "scores")),
    "tanh before logits": (net(output="tanh"), 100, ("mismatch", "scores")),
    "no sigmoid": (net(loss="binary_cross_entropy"), 1, ("mismatch", "probabilities")),
    "relu instead of sigmoid": (net(output="relu", loss="binary_cross_entropy"), 5, ("mismatch", "probabilities")),
    "hinge of sigmoid": (net(output="sigmoid", loss="hinge", data=rows(POINTS, SIGNS)), 5, ("mismatch", "targets")),
    "relu below 0": (net(output="relu", loss="mean_squared_error", data=rows(POINTS, SIGNS - 2)), 5,
                     ("mismatch", "targets")),
    "softmax of one": (net(output="softmax", loss="binary_cross_entropy"), 5, ("mismatch", "single")),
    "expression's softmax twice": (expression("z = [[1, 2, 3]]\nt = input([1])\nL = cross_entropy(softmax(z), t)"), 50,
                                   ("mismatch", "scores")),
    "expression's scores": (expression("w = 2\nx = input([[1], [2]])\nt = input([[0], [1]])\n"
                                       "L = binary_cross_entropy(x * w - 3, t)"), 1, ("mismatch", "beyond")),
    # Losses without a lowest value.
    "cube": (expression("m = 3\nc = m ** 3", 0.5), 2, ("unbounded", "falling")),
    "cube overflown": (expression("m = 3\nc = m ** 3", 0.5), 20, ("unbounded", "overflowing")),
    "line": (expression("w = 1\nc = 3 * w"), 2, ("unbounded", "falling")),
    "logarithm": (expression("w = 1\nc = -log(w)"), 50, ("unbounded", "falling")),
    "product": (expression("a = 1\nb = 0.5\nc = a * b"), 50, ("unbounded", "falling")),
    "climbing without end": (expression("x = 0.3\nf = (x - 2) ** 2\nc = -f"), 5, ("unbounded", "falling")),
    # Expressions that do not move, or move too far.
    "saddle": (expression("a = 0\nb = 0\nc = a * b"), 1, ("standing", "saddle")),
    "inflection": (expression("x = 0\nc = x ** 3"), 5, ("standing", "saddle")),
    "top": (expression("x = 0\nc = cos(x)"), 5, ("standing", "saddle")),
    "dead": (expression("w = 1\nb = -5\nx = input(2)\nh = relu(w * x + b)\nL = (h - 1) ** 2"), 1, ("standing", "flat")),
    "fully saturated": (expression("w = 500\n" + SIGMOID), 5, ("standing", "flat")),
    "saturated": (expression("w = 5\n" + SIGMOID), 100, ("too_slow", "faded")),
    "hopping": (expression("x = 3\nc = x * x", 1.0), 11, ("too_fast", "hopping")),
    "rising": (expression("x = 3\nc = x * x", 1.1), 9, ("too_fast", "rising")),
    "slow": (expression("x = 3\nc = x * x", 1e-7), 100, ("too_slow", "")),
    "not a number": (expression("a = -5\nb = 2\nc = a ** b"), 1, ("non_finite", "")),
    # Data of another size.
    "thousands by adam": (prices(PRICES, kind="adam", learning_rate=0.01), 25, ("unscaled", "far")),
    "thousands by descent": (prices(PRICES, learning_rate=0.3), 10, ("unscaled", "targets")),
    "thousands saturate": (prices(PRICES), 100, ("unscaled", "targets")),
    "millimetres": (prices(STANDARD, MILLIMETRES, ()), 3, ("unscaled", "inputs")),
    "millimetres to classes": (net((), data=rows(MILLIMETRES, (POINTS[:, :1] > 0) * 1.0)), 10, ("unscaled", "inputs")),
    "both": (prices(PRICES, MILLIMETRES, ()), 3, ("unscaled", "both")),
}  # fmt: skip
"""What goes wrong, after how many iterations it is looked at, and what it is called then."""

WELL: dict[str, dict[str, Any]] = {
    "l2": net(l2=0.001),
    "l1": net(l1=0.001),
    "l2 of a tenth": net(l2=0.1),
    "decay": net(optimizer={"weight_decay": 0.001}),
    "adamw": net(optimizer={"kind": "adamw", "learning_rate": 0.01}),
    "adam and l2": net(l2=0.01, optimizer={"kind": "adam", "learning_rate": 0.01}),
    "momentum and l2": net(l2=0.001, optimizer={**MOMENTUM, "learning_rate": 0.1}),
    "minibatches and l1": net(l1=0.001, batch_size=20),
    "irises": iris("identity"),
    "sigmoid": net(output="sigmoid", loss="binary_cross_entropy"),
    "sigmoid and squares": net(output="sigmoid", loss="mean_squared_error", optimizer={"learning_rate": 2.0}),
    "hinge": net(loss="hinge", data=rows(POINTS, SIGNS)),
    "hinge of tanh": net(output="tanh", loss="hinge", data=rows(POINTS, SIGNS)),
    "relu above 0": net(output="relu", loss="mean_squared_error", data=rows(POINTS, SIGNS + 1),
                        optimizer={"learning_rate": 0.05}, seed=1),
    "standard prices": prices(STANDARD),
    "standard prices by adam": prices(STANDARD, kind="adam", learning_rate=0.01),
    "thousands on a line": prices(PRICES, hidden=()),
    "dozens by adam": prices(50 + STANDARD, kind="adam", learning_rate=0.05),
    "noise": prices(np.random.default_rng(1).normal(size=(60, 1)), kind="adam", learning_rate=0.001),
    "parabola": expression("x = 3\nc = x * x"),
    "below 0": expression("x = 50\nc = x * x - 100"),
    "climbing to a top": expression("x = 0.3\nf = 5 - (x - 2) ** 2\nc = -f"),
    "climbing to an end": expression("w = -3\nc = -sigmoid(w)", 1.0),
    "two valleys": expression("x = 3\nc = x ** 4 - x ** 2", 0.01),
    "down from near a top": expression("x = 0.1\nc = cos(x)"),
    "at the lowest place": expression("x = 0\nc = x ** 2"),
    "a target met": expression("x = 3\nc = mean_squared_error(x, input(3))"),
    "a vector": expression("w = [1, -2, 0.5]\nx = input([[1, 0, 2], [0, 1, 1], [2, 1, 0]])\nt = input([1, 2, 3])\n"
                           "c = mean_squared_error(x @ w, t)"),
    "a neuron": expression("w = 0.5\nb = 0\nx = input([1, 2, -1])\nt = input([1, 1, 0])\n"
                           "c = binary_cross_entropy(sigmoid(x * w + b), t)"),
    "a relu that stays a probability": expression("w = 0.5\nc = binary_cross_entropy(relu(w), input(0.4))", 0.05),
    "only decay moves": expression("w = -1\nc = relu(w) + 1", weight_decay=0.1),
    "penalized": expression("w = [2, -3]\nt = input([1, 1])\nc = mean_squared_error(w, t) + l2_penalty(w, 0.01)"),
}  # fmt: skip
"""In these nothing goes wrong."""
