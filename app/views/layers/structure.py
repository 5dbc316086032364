"""The layers of a graph, found in the graph itself: products with weights, each with what is done to it afterwards.

Every product that feeds on another one's outcome is a level further on. What a level holds is one layer: a dense layer
has one product, a step of a recurrent net two. What follows the last activation is the loss, a block of its own.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from app.engine.graph import Graph, Node
from app.nn.layers.activations import ACTIVATIONS

ACTIVATION_OPS = frozenset(row.op for row in ACTIVATIONS.values() if row.op) | {"log_softmax", "sin"}
VIEWS_OF_WEIGHTS = ("transpose", "reshape")

Form = Literal["rows", "right", "left"]


@dataclass(frozen=True, slots=True)
class Product:
    """One product with weights. `form` says how: `rows` is x Wᵀ (+ b), `right` is x W, `left` is W x."""

    id: str
    form: Form
    input: str
    weights: str
    bias: str | None = None


@dataclass(frozen=True, slots=True)
class Layer:
    """A block of nodes in the graph's order, the leaves that first come in with it among them.

    `weights`, `bias` and `input` are those of its first product. `sum` is what goes into the activation (z), `output`
    what leaves the layer (a). `is_dense` says that this is all: one product, a bias or none, an activation or none.
    The last block, the loss, has `is_loss`; `output` is the loss, `input` what is compared with the targets.
    """

    number: int
    nodes: tuple[str, ...]
    input: str
    sum: str
    output: str
    weights: str | None = None
    bias: str | None = None
    activation: str | None = None
    inputs: int | None = None
    units: int | None = None
    products: tuple[Product, ...] = ()
    is_dense: bool = False
    is_loss: bool = False


def layers_of(graph: Graph) -> tuple[Layer, ...]:
    """The layers in the order they are computed, the loss last; a graph without products with weights is one block."""
    products = products_of(graph)
    levels = levels_of(graph, products)
    last = levels.get(graph.loss.id, 0)
    members: dict[int, list[str]] = {level: [] for level in range(1, last + 1)}
    for node in graph.nodes:
        if node.kind == "op":
            members.setdefault(min(max(levels[node.id], 1), max(last, 1)), []).append(node.id)
    if not products or not last:
        return (loss_block(graph, 1, [node.id for node in graph.nodes], graph.loss.id),)
    heads = [head(graph, number, members[number], products, number == last) for number in range(1, last + 1)]
    rest = [id for id in members[last] if id not in heads[-1].nodes]
    heads.append(loss_block(graph, last + 1, rest or [graph.loss.id], heads[-1].output))
    return with_leaves(graph, heads)


def products_of(graph: Graph) -> dict[str, Product]:
    """Every product with weights that something follows, by its id."""
    found = {node.id: product_of(graph, node) for node in graph.nodes if node is not graph.loss}
    return {id: product for id, product in found.items() if product}


def has_layers(graph: Graph) -> bool:
    """Whether there is a product with weights on the way to the loss."""
    return any(product_of(graph, node) for node in graph.nodes[:-1] if node.op and graph.has_gradient(node.id))


def product_of(graph: Graph, node: Node) -> Product | None:
    """A product with weights, if a node is one: with a parameter, which may be turned around."""
    if node.op == "linear":
        x, weights, *bias = node.inputs
        return Product(node.id, "rows", x, weights, *bias) if is_weights(graph, weights) else None
    if node.op != "matmul":
        return None
    left, right = node.inputs
    is_left, is_right = is_weights(graph, left), is_weights(graph, right)
    if is_left and is_right:
        # Both could be weights: those have rows and columns, and what comes from another op is a layer's input.
        is_left = len(graph[left].shape) > len(graph[right].shape)
    if is_left:
        return Product(node.id, "left", right, left)
    return Product(node.id, "right", left, right) if is_right else None


def is_weights(graph: Graph, id: str) -> bool:
    """Whether a node is a parameter, or one looked at in another shape."""
    while graph[id].op in VIEWS_OF_WEIGHTS:
        id = graph[id].inputs[0]
    return graph[id].kind == "parameter"


def levels_of(graph: Graph, products: Mapping[str, Product]) -> dict[str, int]:
    """How many products in a row lead to each op, counted from the loss: what is needed late belongs to the late."""
    earliest: dict[str, int] = {}
    for node in graph.nodes:
        if node.kind == "op":
            earliest[node.id] = max((earliest.get(id, 0) for id in node.inputs), default=0) + (node.id in products)
    levels = dict(earliest)
    for node in reversed(graph.nodes):
        users = [user for user, _ in graph.consumers(node.id)]
        if node.kind == "op" and users:
            levels[node.id] = min(levels[user] - is_fed(products, user, node.id) for user in users)
    return levels


def is_fed(products: Mapping[str, Product], user: str, id: str) -> bool:
    """Whether a node is what a product with weights multiplies, and so belongs to the layer before."""
    return user in products and products[user].input == id


def head(graph: Graph, number: int, ids: list[str], products: Mapping[str, Product], is_last: bool) -> Layer:
    """One layer: its products, their sum, the activation; the last one ends there, the others with all they hold."""
    own = [products[id] for id in ids if id in products]
    first = own[0]
    total, bias = summed(graph, first, ids, {product.id for product in own})
    activated = activated_by(graph, total, ids)
    chain = ancestors_within(graph, activated or total, set(ids))
    nodes = [id for id in ids if id in chain] if is_last else ids
    output = (activated or total) if is_last else leaving(graph, nodes)
    shape, inputs = graph[total].shape, graph[first.input].shape
    return Layer(
        number=number,
        nodes=tuple(nodes),
        input=first.input,
        sum=total,
        output=output,
        weights=first.weights,
        bias=bias,
        activation=graph[activated].op if activated else None,
        inputs=inputs[0 if first.form == "left" else -1] if inputs else None,
        units=shape[0 if first.form == "left" else -1] if shape else None,
        products=tuple(own),
        is_dense=len(own) == 1 and output in (total, activated) and is_plain(graph, first, total, bias),
    )


def summed(graph: Graph, product: Product, ids: list[str], products: set[str]) -> tuple[str, str | None]:
    """The node of a product with all that is added to it, and the bias among that."""
    total, bias = product.id, product.bias
    while added := next((graph[user] for user, _ in graph.consumers(total) if adds(graph, user, ids)), None):
        other = next((id for id in added.inputs if id != total), total)
        if graph[other].kind == "parameter":
            bias = bias or other
        elif other not in products:
            break
        total = added.id
    return total, bias


def adds(graph: Graph, user: str, ids: list[str]) -> bool:
    """Whether a consumer is an addition of the same layer."""
    return user in ids and graph[user].op == "add" and user != graph.loss.id


def activated_by(graph: Graph, total: str, ids: list[str]) -> str | None:
    """The activation of a sum, if the sum goes through one and nowhere else."""
    users = [user for user, _ in graph.consumers(total)]
    if len(users) != 1 or users[0] not in ids or users[0] == graph.loss.id:
        return None
    return users[0] if graph[users[0]].op in ACTIVATION_OPS else None


def ancestors_within(graph: Graph, id: str, ids: set[str]) -> set[str]:
    """A node and all of a set that it is computed from."""
    found, waiting = {id}, [id]
    while waiting:
        for input in graph[waiting.pop()].inputs:
            if input in ids and input not in found:
                found.add(input)
                waiting.append(input)
    return found


def leaving(graph: Graph, ids: list[str]) -> str:
    """The last node of a block that something outside of it uses."""
    inside = set(ids)
    users = {id: [user for user, _ in graph.consumers(id)] for id in ids}
    return next((id for id in reversed(ids) if any(user not in inside for user in users[id])), ids[-1])


def is_plain(graph: Graph, product: Product, total: str, bias: str | None) -> bool:
    """Whether a layer is just z = W x + b on rows, on columns or on one sample, each bias added to every sample."""
    weights, x, z = (graph[id] for id in (product.weights, product.input, total))
    if len(weights.shape) != 2 or len(x.shape) not in (1, 2) or z.shape != graph[product.id].shape:
        return False
    # Nothing else may use what lies between the product and the sum.
    between = {product.id} if product.id != total else set()
    if not all(len(graph.consumers(id)) == 1 for id in between):
        return False
    return bias is None or (is_added_once(graph, product, total, bias) and fits(graph, product, z, bias))


def is_added_once(graph: Graph, product: Product, total: str, bias: str) -> bool:
    """Whether a bias is part of the product's own op, or added to it in one step, and nothing else is."""
    if total == product.id:
        return True
    return product.bias is None and set(graph[total].inputs) == {product.id, bias}


def fits(graph: Graph, product: Product, z: Node, bias: str) -> bool:
    """Whether a bias has one number for each unit, the same for every sample."""
    shape = graph[bias].shape
    if product.form == "left" and len(z.shape) == 2:
        return shape == (z.shape[0], 1)
    return shape in (z.shape[-1:], (1, z.shape[-1]))[: len(z.shape)]


def loss_block(graph: Graph, number: int, ids: Iterable[str], input: str) -> Layer:
    """What stands between the last layer and the loss, the loss included."""
    return Layer(number, tuple(ids), input, graph.loss.id, graph.loss.id, is_loss=True)


def with_leaves(graph: Graph, layers: list[Layer]) -> tuple[Layer, ...]:
    """The layers with each leaf put to the first one that uses it."""
    home = {id: place for place, layer in enumerate(layers) for id in layer.nodes}
    members: list[list[str]] = [[] for _ in layers]
    for node in graph.nodes:
        users = [home[user] for user, _ in graph.consumers(node.id)]
        place = home[node.id] if node.kind == "op" else min(users, default=len(layers) - 1)
        members[place].append(node.id)
    return tuple(replace(layer, nodes=tuple(ids)) for layer, ids in zip(layers, members, strict=True))
