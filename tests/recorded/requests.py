"""What is asked: specs of every kind, and of each session moves, numbers, views, documents and edits."""

from app.nn.presets import PRESETS
from app.views.catalog import VIEWS as CATALOG


def dense(units: int, activation: str = "identity", **more: object) -> dict:
    return {"kind": "dense", "units": units, "activation": activation, **more}


def layers(*rows: dict, loss: str, data: dict, inputs: int = 2, **more: object) -> dict:
    return {"kind": "layers", "inputs": inputs, "layers": list(rows), "loss": loss, "data": data, **more}


MOONS = {"dataset": "moons", "samples": 40, "seed": 1}
TABLE = {"csv": "a,b,c\n1,2,3\n2,1,5\n3,5,4\n4,4,7\n5,3,6\n6,8,9\n"}
NETS = {
    "penalized": layers(
        dense(4, "tanh", dropout=0.25), dense(3, "relu", bias=False), dense(2, "softmax"),
        loss="cross_entropy", data={**MOONS, "validation_fraction": 0.25}, l1=0.01, l2=0.1, batch_size=8,
        optimizer={"kind": "adamw", "clip_norm": 1.0, "schedule": {"kind": "cosine", "t_max": 50}},
    ),
    "labels": layers(
        dense(3, "gelu"), dense(1), loss="hinge", data=MOONS, optimizer={"kind": "sgd", "momentum": 0.9}, batch_size=7
    ),
    "table": layers(dense(3, "silu"), dense(1), loss="mean_squared_error", data=TABLE, optimizer={"kind": "rmsprop"}),
    "sequential": layers(
        dense(2, "sigmoid"), dense(1, "sigmoid"), loss="binary_cross_entropy",
        data={"x": [[0.5, -1.0]], "y": [[1.0]]}, optimizer={"kind": "adam", "update_order": "sequential"},
    ),
}  # fmt: skip
EXPRESSIONS = {
    "chain": {"kind": "expression", "source": "a = 2\nb = 1\nc = a + b\nd = b + 1\ne = c * d"},
    "vectors": {"kind": "expression", "source": "x = [1, -2, 3]\nw = input([0.5, 1, 0])\ny = sum(relu(x * w)) ** 2"},
    "nan": {"kind": "expression", "source": "x = [0, 0, 0]\ny = sqrt(x @ x)"},
}
SPECS = {**{name: {"kind": "preset", "name": name} for name in PRESETS}, **NETS, **EXPRESSIONS}
PATHS = ("/api/ops", "/api/presets", "/openapi.json", "/api/sessions/none", "/api/sessions/none/check")
MOVES = (
    ("/forward", {}),
    ("/backward", {}),
    ("/check", {}),
    ("/step", {}),
    ("/step", {"iterations": 20}),
    ("/move", {"by": "phase", "count": 2}),
)
VIEWS = (
    *(f"/views/{view}" for view in CATALOG),
    *(f"/export/{format}" for format in ("json", "numpy", "pytorch")),
    "/derivation",
    "",
)
EDITS = (
    ("/branch", {"seed": 3}),
    ("/branch", {"activation": "relu"}),
    ("/branch", {"l2": 0.01}),
    ("/branch", {"initializer": "he_normal"}),
    ("/step", {"iterations": 2}),
)
