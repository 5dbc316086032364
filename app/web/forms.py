"""What a person typed, on its way to a spec: the names of a form's fields are JSON pointers into the spec they fill.

`/layers/0/units` is the number of units of the first layer, so an error that points into the spec points at the field
as well. Three places differ. The data are read by `data_fields`. The settings of an optimizer, `/optimizer/adam/beta1`,
and of a schedule, `/schedule/step/gamma`, carry its kind, so that what was typed for another kind is kept. A layer's
number counts the layers that are left.
"""

import re
from collections.abc import Mapping
from typing import Any

from app.engine.schedule import Constant
from app.errors import N_, ChainruleError, Invalid
from app.nn.layers.kinds import DEFAULT as DEFAULT_LAYER
from app.nn.layers.kinds import LAYERS
from app.nn.limits import Limits
from app.nn.spec import LayersSpec
from app.web.data_fields import ROWS, TABLE, data_document
from app.web.rows import NUMBER, read_rows

Fields = Mapping[str, str]

LAYER_FIELD = re.compile(r"/layers/(\d{1,4})/(\w+)")
INTEGER = re.compile(r"[+-]?\d{1,18}", re.ASCII)
WORDS = {"true": True, "false": False}
OWN_FIELDS = frozenset(f"/{key}" for key in LayersSpec.model_fields if key != "kind")
CELL = re.compile(r"/data/([xy])/(\d+)(?:/(\d+))?").fullmatch


def typed(text: str) -> Any:
    """The JSON value that a field's text stands for; what is not a number stays text, for the spec to refuse."""
    text = text.strip()
    if INTEGER.fullmatch(text):
        return int(text)
    return float(text) if NUMBER.fullmatch(text) else WORDS.get(text, text)


def filled(fields: Fields) -> dict[str, Any]:
    """Every field that is not left empty, typed: empty means that the default holds."""
    return {name: typed(text) for name, text in fields.items() if text.strip()}


def layers_of(fields: Fields) -> list[dict[str, str]]:
    """The layers of the form in order, each with its own fields as typed."""
    layers: dict[int, dict[str, str]] = {}
    for name, text in fields.items():
        if match := LAYER_FIELD.fullmatch(name):
            layers.setdefault(int(match[1]), {})[match[2]] = text
    return [layers[number] for number in sorted(layers)]


def with_layers(fields: Fields, layers: list[dict[str, str]]) -> dict[str, str]:
    """The same form with these layers instead of its own."""
    others = {name: text for name, text in fields.items() if not LAYER_FIELD.fullmatch(name)}
    own = {f"/layers/{number}/{key}": text for number, layer in enumerate(layers) for key, text in layer.items()}
    return others | own


def with_layer_added(fields: Fields, fresh: Mapping[str, str]) -> dict[str, str]:
    """The form with one more hidden layer, before the output layer and like the hidden layer before it."""
    layers = layers_of(fields)
    place = max(len(layers) - 1, 0)
    like = layers[place - 1] if place else fresh
    return with_layers(fields, [*layers[:place], dict(like), *layers[place:]])


def without_layer(fields: Fields, number: str) -> dict[str, str]:
    """The form without the layer of this number, counted from 0."""
    return with_layers(fields, [layer for place, layer in enumerate(layers_of(fields)) if str(place) != number])


def optimizer_document(fields: Fields) -> dict[str, Any] | None:
    """The chosen optimizer with its own settings, or None where none is chosen."""
    kind = fields.get("/optimizer/kind", "").strip()
    prefix = f"/optimizer/{kind}/"
    settings = {name.removeprefix(prefix): value for name, value in filled(fields).items() if name.startswith(prefix)}
    return {"kind": kind, **settings, **schedule_document(fields)} if kind else None


def schedule_document(fields: Fields) -> dict[str, Any]:
    """The chosen schedule of the rate with its settings, for the optimizer's; nothing where the rate stays."""
    kind = fields.get("/schedule/kind", "").strip()
    if kind in ("", Constant.kind):
        return {}
    prefix = f"/schedule/{kind}/"
    settings = {name.removeprefix(prefix): value for name, value in filled(fields).items() if name.startswith(prefix)}
    return {"schedule": {"kind": kind, **settings}}


def expression_document(fields: Fields) -> dict[str, Any]:
    """The spec of the expression form."""
    # Browsers send line ends as CRLF; the text counts its columns without them.
    source = fields.get("/source", "").replace("\r\n", "\n")
    return with_optimizer({"kind": "expression", "source": source}, fields)


def preset_document(fields: Fields) -> dict[str, Any]:
    """The spec behind a preset's button."""
    return {"kind": "preset", "name": fields.get("/name", "")}


def layer_document(layer: Fields) -> dict[str, Any]:
    """One layer of the form; fields that another kind of layer had before are left out."""
    given = {"kind": DEFAULT_LAYER, **filled(layer)}
    row = LAYERS.get(given["kind"])
    return {key: value for key, value in given.items() if row is None or key in row.model_fields}


def network_document(fields: Fields, limits: Limits) -> dict[str, Any]:
    """The spec of the network form; the number of inputs follows the data, where these say it."""
    given = filled(fields)
    document = {name.removeprefix("/"): value for name, value in given.items() if name in OWN_FIELDS}
    layers = [layer_document(layer) for layer in layers_of(fields)]
    made = {"kind": "layers", **document, "layers": layers, **data_document(fields, given, limits)}
    return with_optimizer(made, fields)


def with_optimizer(document: dict[str, Any], fields: Fields) -> dict[str, Any]:
    optimizer = optimizer_document(fields)
    return document | {"optimizer": optimizer} if optimizer else document


DOCUMENTS = {"preset": preset_document, "expression": expression_document}


def spec_document(fields: Fields, limits: Limits | None = None) -> dict[str, Any]:
    """The spec that a form stands for; `Invalid` or `TooLarge` where it cannot be read."""
    kind = fields.get("/kind", "")
    if kind == "layers":
        return network_document(fields, limits or Limits())
    if kind not in DOCUMENTS:
        raise Invalid(N_("Nothing can be opened from this form."), pointer="/kind")
    return DOCUMENTS[kind](fields)


def field_at(pointer: str | None, fields: Fields) -> str | None:
    """The name of the field that an error's JSON pointer means, or None where the error belongs to the whole form."""
    if not pointer:
        return None
    for part, prefix in (("/schedule", "/optimizer/schedule"), ("/optimizer", "/optimizer")):
        kind = fields.get(f"{part}/kind", "").strip()
        own = f"{part}/{kind}{pointer.removeprefix(prefix)}"
        if pointer.startswith(f"{prefix}/") and own in fields:
            return own
    while pointer and pointer not in fields:
        is_in_data = pointer in ("/data/x", "/data/y", "/data")
        pointer = text_of_data(fields) if is_in_data else pointer.rpartition("/")[0]
    return pointer or None


def text_of_data(fields: Fields) -> str:
    """The field that a refusal of the data as a whole is about; none for a data set."""
    texts = {"csv": TABLE, "dataset": ""}
    name = texts.get(fields.get("/data/from", ""), ROWS)
    return name if name in fields else ""


def place_in_rows(error: ChainruleError, fields: Fields) -> dict[str, Any] | None:
    """Line and column of the pasted number that an error points at, or None where it points at none of them."""
    match = CELL(error.pointer or "")
    if not match or fields.get("/data/from") in ("dataset", "csv"):
        return None
    rows = read_rows(fields.get(ROWS, ""), ROWS)
    first = 1 if match[1] == "x" else int(fields["/inputs"]) + 1
    return {"row": rows.lines[int(match[2])], "cell": first + int(match[3] or 0)}
