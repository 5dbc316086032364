"""The kinds of layers: one module and one row each. Whoever builds, writes or shows a network reads the row."""

from app.nn.layers.activations import ACTIVATIONS, Activation
from app.nn.layers.dense import Dense
from app.nn.layers.layer import Layer, Module, Site

LAYERS: dict[str, type[Layer]] = {"dense": Dense}
DEFAULT = "dense"

__all__ = ["ACTIVATIONS", "DEFAULT", "LAYERS", "Activation", "Dense", "Layer", "Module", "Site"]
