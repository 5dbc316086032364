"""The table of the kinds of layers: whoever builds, writes or shows a network reads a row of it."""

from collections.abc import Mapping
from typing import Any

from app.nn.layers.dense import Dense
from app.nn.layers.layer import Layer

LAYERS: dict[str, type[Layer]] = {"dense": Dense}
DEFAULT = "dense"


def has_field(document: Mapping[str, Any], name: str) -> bool:
    """Tell whether a layer, as the JSON of a spec, is of a kind that has a field."""
    return name in LAYERS[document.get("kind", DEFAULT)].model_fields
