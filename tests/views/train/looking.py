"""Sessions that have been trained a little, and what the view of training shows of them."""

from typing import Any

import numpy as np

from app.session.moment import Picture
from app.session.moves import To
from app.session.reading import Reading
from app.session.service import Sessions
from app.views.scene import Scene
from app.views.train.view import Training, build
from tests.session.memory import MemoryStore

LOGITS = "binary_cross_entropy_with_logits"


def net(dataset: str = "circle", *units: int, loss: str = LOGITS, inputs: int = 2, **more: Any) -> dict[str, Any]:
    """A network with hidden layers of so many units, on a data set of which a third is held out."""
    layers = [{"units": count, "activation": "tanh"} for count in units]
    data = {"dataset": dataset, "test_fraction": 0.3, **more.pop("data", {})}
    outputs = {"cross_entropy": more.pop("outputs", 2)}.get(loss, 1)
    return {
        "kind": "layers",
        "inputs": inputs,
        "layers": [*layers, {"units": outputs}],
        "loss": loss,
        "data": data,
        "optimizer": {"kind": "adam", "learning_rate": 0.05},
        "seed": 1,
        **more,
    }


def digits(**data: Any) -> dict[str, Any]:
    """A small network on a part of the digits."""
    return net("digits", 8, loss="cross_entropy", inputs=64, outputs=10, data={"samples": 300, **data})


def table(*columns: str, rows: int = 30, target: str = "kind") -> str:
    """A table with three clouds of points, one for each class."""
    generator = np.random.default_rng(0)
    lines = [",".join([*columns, target])]
    for number, name in enumerate(("cat", "dog", "emu")):
        for point in generator.normal(3.0 * number, 0.4, (rows, len(columns))):
            lines.append(",".join([*map(str, point.round(3)), name]))
    return "\n".join(lines)


def look(spec: dict[str, Any], iteration: int = 0, sample: int = 0, **options: str) -> tuple[Picture, Training]:
    """A session at the end of an iteration, and what is seen of its training."""
    sessions = Sessions(MemoryStore())
    made = sessions.create(spec)
    picture = sessions.move(made.id, To(iteration, made.length if iteration else 0))
    return picture, build(scene(sessions, picture, sample, **options))


def scene(sessions: Sessions, picture: Picture, sample: int = 0, **options: str) -> Scene:
    reading = Reading.of(sessions, picture)
    return Scene(picture, picture.graph.loss.id, (), False, reading, lambda: None, sample, options=options)
