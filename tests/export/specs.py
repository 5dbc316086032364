"""Sessions that are exported and run: every activation, loss, optimizer, and what else a script must know."""

from typing import Any


def dense(units: int, **more: Any) -> dict[str, Any]:
    return {"kind": "dense", "units": units, **more}


def net(*layers: dict[str, Any], **more: Any) -> dict[str, Any]:
    given = {"kind": "layers", "inputs": 2, "layers": list(layers), "loss": "mean_squared_error"}
    return given | {"data": {"dataset": "moons", "samples": 20, "noise": 0.1}} | more


CURVED = ("sigmoid", "tanh", "relu", "leaky_relu", "elu", "gelu", "softplus", "silu")
FEATURES = ["x1", "x2", "x1^2", "x1*x2", "sin x1"]

NETS: dict[str, dict[str, Any]] = {
    "mazur": {"kind": "preset", "name": "mazur"},
    "spiral with features, standardized": net(
        dense(8, activation="tanh"),
        dense(1),
        inputs=5,
        loss="binary_cross_entropy_with_logits",
        data={"dataset": "spiral", "samples": 60, "features": FEATURES, "scale": "standardize"},
        batch_size=16,
        optimizer={"kind": "sgd", "momentum": 0.9, "nesterov": True, "weight_decay": 0.01},
    ),
    "digits": net(
        dense(16, activation="relu"),
        dense(10),
        inputs=64,
        loss="cross_entropy",
        data={"dataset": "digits", "samples": 120},
        batch_size=32,
        optimizer={"kind": "adam"},
    ),
    "dropout and penalties": net(
        dense(8, activation="relu", dropout=0.3),
        dense(4, activation="elu", dropout=0.2, bias=False),
        dense(1),
        loss="hinge",
        batch_size=8,
        l1=0.01,
        l2=0.02,
        optimizer={"kind": "rmsprop"},
    ),
    "every activation": net(
        *(dense(3, activation=name) for name in CURVED),
        dense(2, activation="softmax"),
        loss="binary_cross_entropy",
        optimizer={"kind": "adagrad"},
    ),
    "frozen": net(dense(4, activation="silu"), dense(1), loss="huber", frozen=["W1"], optimizer={"kind": "adamw"}),
    "clipped and scheduled": net(
        dense(4, activation="softplus"),
        dense(1),
        loss="mean_absolute_error",
        batch_size=8,
        optimizer={"kind": "adam", "clip_norm": 0.05, "schedule": {"kind": "cosine"}},
    ),
    "clipped by value": net(
        dense(4, activation="tanh"),
        dense(1),
        loss="half_squared_error",
        optimizer={"kind": "sgd", "clip_value": 0.05, "schedule": {"kind": "exponential", "gamma": 0.9}},
    ),
    "one-hot rows": net(
        dense(3),
        loss="cross_entropy",
        data={"x": [[0.1, 0.9], [0.8, -0.2]], "y": [[1, 0, 0], [0, 0, 1]]},
    ),
}

SEQUENTIAL = net(dense(4, activation="tanh"), dense(1), optimizer={"kind": "adam", "update_order": "sequential"})

EXPRESSIONS: dict[str, dict[str, Any]] = {
    "scalars": {"kind": "expression", "source": "a = 2\nb = 1\nc = a + b\nd = b + 1\ne = c * d"},
    "a name again, an input, an array": {
        "kind": "expression",
        "source": "a = 2\nb = input([1, 2])\nc = a + b\nc *= b\nd = b + [0.5, 1]\ne = sum(c * d)",
        "optimizer": {"kind": "adam"},
    },
    "names that Python keeps": {
        "kind": "expression",
        "source": "parameters = 2\nsum1 = [1, 2.5]\nx = parameters * sum1\nupdate = sum(x * sigmoid(sum1))",
        "optimizer": {"kind": "rmsprop", "update_order": "sequential"},
    },
    "targets that are trained, moved in between": {
        "kind": "expression",
        "source": "z = [[0.5, -1.0, 0.2], [2.0, 0.3, 1.0]]\ny = [[1, 0, 0], [0, 0, 1]]\nloss = cross_entropy(z, y)",
        "optimizer": {"kind": "sgd", "update_order": "sequential"},
    },
    "numbers that Python refuses to compute with": {
        "kind": "expression",
        "source": "a = 2.0\nb = minimum(1.0 / 0.0, a) + (10.0**400.0) ** -1.0\nloss = b + (0.0 ** -1.0) ** -1.0",
        "optimizer": {"kind": "sgd", "learning_rate": 1e-300, "schedule": {"kind": "exponential", "gamma": 1e160}},
    },
    "a loss divided by nothing": {"kind": "expression", "source": "a = 0.5\nloss = a / 0.0"},
    "many ops": {
        "kind": "expression",
        "source": (
            "w = [[0.5, -1.0], [2.0, 0.3]]\nv = [0.2, 0.7]\nu = w @ v\np = max(gelu(u), axis=0) + mean(exp(w))\n"
            "q = sum(reshape(transpose(w), shape=(4,))) ** 2 + log(p)\nloss = maximum(q, p) + abs(u) @ v"
        ),
        "optimizer": {"kind": "sgd", "learning_rate": 0.01, "momentum": 0.5},
    },
}
