"""Odd graphs and odd networks: numbers at the ends of float64, every op, extreme settings, hostile names."""

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import fields
from random import Random
from typing import Any

import numpy as np

from app.engine.ops import OPS, Op
from app.engine.optim import OPTIMIZERS
from app.engine.schedule import SCHEDULES
from app.engine.update_order import UPDATE_ORDERS
from app.errors import ChainruleError
from app.nn.expression import parse
from app.nn.initializers import INITIALIZERS
from app.nn.layers.activations import ACTIVATIONS
from app.nn.limits import Limits
from app.nn.losses import LOSSES
from app.nn.spec import source_of
from app.nn.supply.datasets import DATASETS
from app.nn.supply.preparation import SCALES
from app.pages.building.forms import START

LARGEST = 1.7976931348623157e308
ENDS = (0.0, -0.0, 5e-324, -5e-324, 1e-308, 2.2250738585072014e-308, 1e-160, 1e160, -1e308, LARGEST, -LARGEST)
PLAIN = (1.0, -1.0, 0.5, 2.0, -3.25, 1e-3, 700.0, 1e16)
NAMES = ("zq<zq>\"zq'zq&amp;", "{{7*7}}{0}%s", "\\input{x}$^_", "名字", "a" * 70, "=1+1", "`#*|~")
"""What a person may call a column or a class; the first would break out of any markup that it is not escaped in."""
BROKEN_OUT = ("zq<zq", 'zq"zq')
"""Parts of it that stand on no page as they are."""
NOT_FINITE = ("NaN", "Infinity", "-Infinity")


def number(random: Random, least: float = -LARGEST, most: float = LARGEST) -> float:
    """A number between bounds, as often as not one at an end of float64."""
    found = random.choice(ENDS if random.random() < 0.5 else PLAIN)
    return min(max(found, least), most)


def written(numbers: Any) -> str:
    """A number or nested lists of them as an expression says them."""
    return str(numbers)


def replaced(random: Random, numbers: Any, part: float) -> Any:
    """Numbers, nested as they are, of which a part are odd ones instead."""
    if isinstance(numbers, list):
        return [replaced(random, one, part) for one in numbers]
    return number(random) if random.random() < part else numbers


def graph(random: Random, ops: Iterable[str], more: int = 3) -> dict[str, Any]:
    """An expression in which each of `ops` has arguments of its own, and some more ops work on what there is."""
    lines, names = [], []
    for op in ops:
        names.append(call(random, OPS[op], lines))
    for _ in range(more):
        grow(random, lines, names)
    total = " + ".join(f"{random.choice(('sum', 'mean', 'max'))}({name})" for name in names)
    spec = {"kind": "expression", "source": "\n".join([*lines, f"loss = {total}"]), "optimizer": optimizer(random)}
    if random.random() < 0.3 and not spec["optimizer"].get("clip_norm"):
        spec["update_order"] = spec["optimizer"]["update_order"] = "sequential"
    return spec


def call(random: Random, op: Op, lines: list[str]) -> str:
    """One call of an op on one of its examples, with some numbers of it replaced; the name of what it gives."""
    example, number = random.choice(op.examples), len(lines)
    classes = op.class_numbers(*(np.shape(one) for one in example.arguments))
    arguments = []
    for place, argument in enumerate(example.arguments):
        nested = np.asarray(argument).tolist()
        odd = nested if place in classes else replaced(random, nested, random.choice((0.0, 0.3, 1.0)))
        kind = "input({})" if place in classes or random.random() < 0.2 else "{}"
        lines.append(f"p{number}_{place} = {kind.format(written(odd))}")
        arguments.append(f"p{number}_{place}")
    keywords = [f"{key}={value}" for key, value in example.attributes.items()]
    lines.append(f"y{number} = {op.name}({', '.join([*arguments, *keywords])})")
    return f"y{number}"


def grow(random: Random, lines: list[str], names: list[str]) -> None:
    """One more op on what is there, if it takes that."""
    op = random.choice(list(OPS.values()))
    name = f"y{len(lines)}"
    line = f"{name} = {op.name}({', '.join(random.choice(names) for _ in op.arguments)})"
    try:
        parse("\n".join([*lines, line, f"loss = sum({name})"]), Limits())
    except ChainruleError:
        return
    lines.append(line)
    names.append(name)


def optimizer(random: Random, kind: str = "") -> dict[str, Any]:
    """An optimizer with some extreme settings, within the bounds that they have."""
    row = OPTIMIZERS[kind or random.choice(list(OPTIMIZERS))]
    settings: dict[str, Any] = {"kind": row.kind}
    for field in fields(row):
        if field.name == "update_order":
            settings[field.name] = random.choice(list(UPDATE_ORDERS))
        elif field.name == "schedule" and random.random() < 0.4:
            settings[field.name] = schedule(random)
        elif (type(field.default) is float or field.default is None) and random.random() < 0.4:
            settings[field.name] = setting(random, field.metadata)
    settings.pop("clip_norm" if settings["update_order"] == "sequential" else "clip_value", None)
    return settings


def schedule(random: Random) -> dict[str, Any]:
    """A schedule with extreme settings."""
    row = random.choice(list(SCHEDULES.values()))
    found = {
        field.name: random.choice((1, 2, 2**31)) if type(field.default) is int else setting(random, field.metadata)
        for field in fields(row)
    }
    return {"kind": row.kind, **found}


def setting(random: Random, bounds: Mapping[str, Any]) -> float:
    """A number that a setting may have."""
    least = 5e-324 if "above" in bounds else 0.0
    most = bounds.get("most", LARGEST) if bounds.get("below") is None else float(np.nextafter(bounds["below"], 0.0))
    return abs(number(random, least, most))


def network(random: Random, loss: str = "", activation: str = "") -> dict[str, Any]:
    """A layered network with odd data, settings and parameters."""
    loss = loss or random.choice(list(LOSSES))
    inputs, outputs = random.choice((1, 2, 3)), random.choice((1, 2, 3))
    layers = [layer(random, random.choice((1, 2, 4))) for _ in range(random.choice((0, 1, 2)))]
    layers.append(layer(random, outputs, activation) | {"dropout": 0.0})
    spec: dict[str, Any] = {
        "kind": "layers",
        "inputs": inputs,
        "layers": layers,
        "loss": loss,
        "initializer": random.choice(list(INITIALIZERS)),
        "optimizer": optimizer(random),
        "batch_size": random.choice((None, 1, 2, 5)),
        "seed": random.choice((0, 2**31 - 1)),
        "l1": random.choice((0.0, 0.0, number(random, 0.0))),
        "l2": random.choice((0.0, 0.0, number(random, 0.0))),
    }
    spec["data"] = random.choice((rows, made, table))(random, spec)
    if random.random() < 0.4:
        shape = (layers[0]["units"], spec["inputs"])
        spec["parameters"] = {"W1": replaced(random, np.full(shape, 0.5).tolist(), 0.7)}
    return spec


def layer(random: Random, units: int, activation: str = "") -> dict[str, Any]:
    """One dense layer."""
    return {
        "units": units,
        "activation": activation or random.choice(list(ACTIVATIONS)),
        "bias": random.random() < 0.8,
        "dropout": random.choice((0.0, 0.0, 0.5, 0.999999)),
    }


def rows(random: Random, spec: dict[str, Any]) -> dict[str, Any]:
    """A few rows of odd numbers, with targets that the loss takes."""
    count, outputs = random.choice((1, 3, 6)), spec["layers"][-1]["units"]
    x = [[number(random) for _ in range(spec["inputs"])] for _ in range(count)]
    return {"x": x, "y": targets(random, spec["loss"], count, outputs), **handling(random)}


def targets(random: Random, loss: str, count: int, outputs: int) -> list[Any]:
    """Targets that a loss takes, class numbers where it has classes."""
    if LOSSES[loss].takes_classes:
        return [random.randrange(outputs) for _ in range(count)]
    known = {"hinge": (1.0, -1.0)}.get(loss, (0.0, 1.0, 5e-324) if "binary" in loss else ())
    return [[random.choice(known) if known else number(random) for _ in range(outputs)] for _ in range(count)]


def made(random: Random, spec: dict[str, Any]) -> dict[str, Any]:
    """Points of a data set, for a network of as many inputs as it has columns."""
    is_for_numbers = LOSSES[spec["loss"]].takes_numbers
    row = random.choice([row for row in DATASETS.values() if row.is_here and (row.classes or is_for_numbers)])
    spec["inputs"] = len(row.columns)
    spec["layers"][-1]["units"] = units_for(random, spec["loss"], len(row.classes or (1,)))
    noise = random.choice((0.0, 1e6)) if row.takes_noise else 0.0
    return {"dataset": row.name, "samples": random.choice((2, 9, 30)), "noise": noise, **handling(random)}


def table(random: Random, spec: dict[str, Any]) -> dict[str, Any]:
    """A table whose columns and classes have hostile names."""
    is_told = not LOSSES[spec["loss"]].takes_numbers
    heads, kinds = random.sample(NAMES, spec["inputs"] + 1), random.sample(NAMES, random.choice((2, 3)))
    spec["layers"][-1]["units"] = units_for(random, spec["loss"], len(kinds)) if is_told else 1
    body = [
        [number(random) for _ in range(spec["inputs"])] + [kinds[place % len(kinds)] if is_told else number(random)]
        for place in range(8)
    ]
    text = io.StringIO()
    csv.writer(text).writerows([heads, *body])
    task = "classification" if is_told else "regression"
    said = {"csv": text.getvalue(), "header": True, "decimal": ".", "target": heads[-1], "task": task}
    return said | handling(random)


def units_for(random: Random, loss: str, classes: int) -> int:
    """How many units tell so many classes, perhaps one that none of them needs."""
    if LOSSES[loss].takes_classes:
        return classes + random.choice((0, 1))
    return random.choice((1, classes)) if classes == 2 else classes


def handling(random: Random) -> dict[str, Any]:
    """What is done to the rows."""
    return {
        "scale": random.choice(list(SCALES)),
        "test_fraction": random.choice((0.0, 0.3)),
        "validation_fraction": random.choice((0.0, 0.3)),
    }


SHOWN = ("kind", "units", "activation", "steps", "scale")
"""The fields of layers that are typed."""


def forms(spec: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """The forms in which a person would have typed this spec, by where they are sent."""
    if spec["kind"] == "expression":
        return {"/expression/check": {"/source": spec["source"]}}
    typed = START | {"/inputs": str(spec["inputs"]), "/loss": spec["loss"], **typed_data(spec["data"])}
    for number, one in enumerate(spec["layers"]):
        typed |= {f"/layers/{number}/{name}": str(value) for name, value in one.items() if name in SHOWN}
    return {"/build": typed, "/build/check": typed}


def typed_data(data: Mapping[str, Any]) -> dict[str, str]:
    """Data as the form for a network asks for them."""
    source = source_of(data)
    typed = {"/data/from": source, "/data/scale": data["scale"], "/data/test_fraction": str(data["test_fraction"])}
    if source == "rows":
        pairs = zip(data["x"], data["y"], strict=True)
        lines = [", ".join(map(str, [*x, *(y if isinstance(y, list) else [y])])) for x, y in pairs]
        return typed | {"/data/rows": "\n".join(lines)}
    return typed | {f"/data/{name}": str(data[name]) for name in ("csv", "dataset", "samples", "noise") if name in data}
