"""The view of layers: the network as a row of cards, each with what flows through it and what flows back."""

from dataclasses import dataclass, replace
from math import ceil, prod

import numpy as np

from app.engine.flow import norm
from app.engine.graph import Graph, Node
from app.engine.reach import Numbers
from app.layout.measure import shape_text
from app.nn.layers.activations import ACTIVATIONS
from app.notation import numbers, symbols
from app.notation.mathml import MathML
from app.notation.naming import Name, operation_words, textbook
from app.plots.heat import coarser, heat
from app.session.moment import Picture
from app.views.layers import letters
from app.views.layers.detail import Detail, detail
from app.views.layers.equations import Desk
from app.views.layers.matrices import Focus
from app.views.layers.strip import FlowStrip, flow_strip
from app.views.layers.structure import Layer, has_layers, layers_of
from app.views.scene import Scene

MOST_ROOMY = 8
MOST_OPEN = 4
ROOM = (88.0, 60.0)
FEW_LINES, MOST_LINES = 6, 20
LABELS = {row.op: row.label for row in ACTIVATIONS.values() if row.op}


@dataclass(frozen=True, slots=True)
class Shade:
    """A small map that cannot be entered: its size in pixels, and the paths of each shade."""

    width: float
    height: float
    cell: float
    paths: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Quantity:
    """The value or the gradient of one node of a layer, as a whole. `state` is known or pending.

    `size` is its norm; of a single number, `is_single`, that number.
    """

    symbol: MathML
    node: str
    role: str
    state: str
    size: str
    is_single: bool
    shade: Shade | None
    is_fresh: bool


@dataclass(frozen=True, slots=True)
class Card:
    """One layer. `name` unfolds it; `measure` is the norm of its parameters' gradient, with `bar` of 0 to 1 for it.

    `pairs` are the values and gradients of its weights and of its output. `passes` says how far the run has come in it.
    """

    number: int
    name: str
    is_loss: bool
    operation: str
    activation: str
    inputs: int | None
    units: int | None
    output: str
    output_shape: str
    passes: str
    is_visited: bool
    pairs: tuple[tuple[Quantity, Quantity | None], ...]
    is_open: bool
    detail: Detail | None


@dataclass(frozen=True, slots=True)
class Entrance:
    """What goes into the first layer."""

    id: str
    name: Name
    shape: str
    state: str
    shade: Shade


@dataclass(frozen=True, slots=True)
class LayersView:
    """`is_compact` says that the layers are many and their cards small. `is_updated`: W is newer than its equations."""

    entrance: Entrance
    cards: tuple[Card, ...]
    strip: FlowStrip | None
    is_compact: bool
    is_updated: bool
    most_open: int


def is_for(graph: Graph) -> bool:
    """Whether there are layers to be shown."""
    return has_layers(graph)


def build(scene: Scene) -> LayersView:
    """The view at a moment."""
    picture = scene.picture
    layers = layers_of(picture.graph)
    is_compact = len(layers) > MOST_ROOMY
    unfolded = [layer for layer in layers if name_of(layer) in scene.opened][:MOST_OPEN]
    desk = desk_of(scene, layers) if unfolded else None
    focus = Focus(scene.id, scene.index, sample_of(scene, layers))
    cards = tuple(
        card(picture, layer, is_compact, detail(replace(desk, layer=layer), focus) if layer in unfolded else None)
        for layer in layers
    )
    strip = flow_strip([(layer.number, gradient_norm(picture, layer)) for layer in layers if not layer.is_loss])
    is_updated = any(map(picture.is_updated, picture.graph.parameters))
    return LayersView(
        entrance=entrance(picture, layers[0]),
        cards=cards,
        strip=strip,
        is_compact=is_compact,
        is_updated=is_updated,
        most_open=MOST_OPEN,
    )


def sample_of(scene: Scene, layers: tuple[Layer, ...]) -> int:
    """The row of the batch looked at: that of the number looked at, if it belongs to one sample."""
    of_samples = {id: layer for layer in layers if layer.products for id in (layer.input, layer.sum, layer.output)}
    if scene.id not in of_samples or len(scene.index) != 2 or not scene.is_pinned:
        return scene.sample
    return scene.index[1 if of_samples[scene.id].products[0].form == "left" else 0]


def desk_of(scene: Scene, layers: tuple[Layer, ...]) -> Desk:
    """What layers are written down from: the moment with the parameters that the forward pass used."""
    graph, explain = scene.picture.graph, scene.reading.explain
    before = explain(graph.loss.id).before

    def found(id: str) -> Numbers:
        return explain(id, (0,) * len(graph[id].shape)).arguments if before.is_sequential else before.snapshot.value

    return Desk(before, layers, layers[0], found)


def name_of(layer: Layer) -> str:
    """The word in the address that unfolds a layer."""
    return f"layer{layer.number}"


def entrance(picture: Picture, first: Layer) -> Entrance:
    """The input of the first layer."""
    value, shape = picture.value(first.input), picture.graph[first.input].shape
    return Entrance(first.input, textbook(first.input), shape_text(shape), state_of(value), shade(shape, value))


def card(picture: Picture, layer: Layer, is_compact: bool, unfolded: Detail | None) -> Card:
    """One layer as a card."""
    graph = picture.graph
    return Card(
        number=layer.number,
        name=name_of(layer),
        is_loss=layer.is_loss,
        operation=operation_of((graph.criterion if layer.is_loss else None) or graph[layer.output]),
        activation=LABELS.get(layer.activation, (layer.activation or "").replace("_", " ")) if layer.activation else "",
        inputs=layer.inputs,
        units=layer.units,
        output=layer.output,
        output_shape=shape_text(graph[layer.output].shape),
        passes=passes(picture, layer),
        is_visited=picture.node in layer.nodes,
        pairs=tuple(pair(picture, id, symbol, is_compact) for id, symbol in shown(graph, layer)),
        is_open=unfolded is not None,
        detail=unfolded,
    )


def operation_of(node: Node) -> str:
    """The words for an op, to be translated."""
    return operation_words(node.op or "")


def shown(graph: Graph, layer: Layer) -> list[tuple[str, str]]:
    """The nodes that a card shows, with their symbols: its weights, and what leaves it."""
    if layer.is_loss:
        return [(layer.output, letters.of_node(graph, layer.output))]
    if layer.is_dense:
        found = [(layer.weights, letters.of_layer("W", layer.number))]
    else:
        found = [(product.weights, letters.of_node(graph, product.weights)) for product in layer.products[:2]]
    # What dropout leaves is no activation any more.
    is_dropped = not layer.is_dense and graph[layer.output].op == "mul"
    symbol = letters.of_node(graph, layer.output) if is_dropped else letters.of_layer("a", layer.number)
    return [*found, (layer.output, symbol)]


def pair(picture: Picture, id: str, symbol: str, is_compact: bool) -> tuple[Quantity, Quantity | None]:
    """The value and the gradient of one node."""
    node, value, gradient = picture.graph[id], picture.value(id), picture.gradient(id)
    is_visited = picture.node == id
    first = quantity(symbol, node, "value", value, is_compact, is_visited and picture.phase == "forward")
    if not picture.graph.has_gradient(id):
        return first, None
    symbol = letters.partial_in_line(picture.graph, symbol)
    return first, quantity(symbol, node, "gradient", gradient, is_compact, is_visited and picture.phase == "backward")


def quantity(
    symbol: str, node: Node, role: str, array: np.ndarray | None, is_compact: bool, is_fresh: bool
) -> Quantity:
    """An array as a whole: its norm, and where there is room a map of it."""
    is_single = node.size == 1
    drawn = None if is_compact or is_single else shade(node.shape, array)
    symbol = letters.in_norm(symbol) if is_compact and not is_single else symbol
    size = "" if array is None else size_of(array)
    return Quantity(
        symbol=symbols.math(symbol),
        node=node.id,
        role=role,
        state=state_of(array),
        size=size,
        is_single=is_single,
        shade=drawn,
        is_fresh=is_fresh,
    )


def size_of(array: np.ndarray) -> str:
    """The norm of an array; a single number as it is."""
    return numbers.short(array.item(), 4) if array.size == 1 else numbers.short(norm(array), 3)


def state_of(array: np.ndarray | None) -> str:
    """Whether an array is computed yet."""
    return "pending" if array is None else "known"


def shade(shape: tuple[int, ...], array: np.ndarray | None) -> Shade:
    """A small map of an array; of the same size, and empty, while there is nothing to show."""
    flat = np.zeros(matrix_shape(shape)) if array is None else numbers.matrix(array)
    # A long thin one is shown with its beginning: of a batch the first samples.
    flat = flat[: max(FEW_LINES, 4 * flat.shape[1]), : max(FEW_LINES, 4 * flat.shape[0])]
    coarse, _ = coarser(flat, (ceil(flat.shape[0] / MOST_LINES), ceil(flat.shape[1] / MOST_LINES)))
    drawn = heat(coarse, lambda row, column: (), room=ROOM)
    paths = () if array is None else tuple((one.name, one.path) for one in drawn.shades)
    return Shade(drawn.width, drawn.height, drawn.cell, paths)


def matrix_shape(shape: tuple[int, ...]) -> tuple[int, int]:
    """Rows and columns of an array as a matrix; leading axes follow each other."""
    return (prod(shape[:-1]), shape[-1]) if shape else (1, 1)


def passes(picture: Picture, layer: Layer) -> str:
    """How far the run has come in a layer: nothing, forward or backward is complete."""
    if picture.has_gradient(layer.sum):
        return "backward"
    return "forward" if picture.has_value(layer.output) else "ahead"


def gradient_norm(picture: Picture, layer: Layer) -> float | None:
    """The norm of the gradient of all weights of a layer; None while they are not all computed."""
    ids = dict.fromkeys(product.weights for product in layer.products)
    found = [picture.gradient(id) for id in ids]
    return None if any(array is None for array in found) else norm(np.array(list(map(norm, found))))
