"""The layers that are found in graphs of many forms."""

import pytest

from app.engine.graph import Graph
from app.nn.expression import parse
from app.nn.limits import Limits
from app.views.layers.structure import Layer, has_layers, layers_of
from tests.engine.random_graphs import random_graph
from tests.views.graphs import FORMS, preset


def written(source: str) -> Graph:
    return parse(source, Limits())


def facts(layer: Layer) -> tuple:
    return layer.input, layer.weights, layer.bias, layer.sum, layer.output, layer.activation


def test_a_layered_network_has_its_layers_and_the_loss() -> None:
    first, second, loss = layers_of(preset("mazur"))
    assert facts(first) == ("x", "W1", "b1", "z1", "a1", "sigmoid")
    assert facts(second) == ("a1", "W2", "b2", "z2", "a2", "sigmoid")
    assert (first.number, first.inputs, first.units, first.is_dense) == (1, 2, 2, True)
    assert (loss.is_loss, loss.input, loss.output, loss.nodes) == (True, "a2", "loss", ("y", "loss"))


@pytest.mark.parametrize("name", list(FORMS))
def test_every_node_is_in_exactly_one_block(name: str) -> None:
    graph = FORMS[name]()
    assert sorted(id for layer in layers_of(graph) for id in layer.nodes) == sorted(node.id for node in graph.nodes)


@pytest.mark.parametrize("seed", range(20))
def test_every_node_of_a_random_graph_is_in_exactly_one_block(seed: int) -> None:
    graph = random_graph(seed)
    layers = layers_of(graph)
    assert sorted(id for layer in layers for id in layer.nodes) == sorted(node.id for node in graph.nodes)
    assert [layer.number for layer in layers] == list(range(1, len(layers) + 1))
    assert [layer.is_loss for layer in layers] == [False] * (len(layers) - 1) + [True]


def test_a_network_written_out_has_the_same_layers_as_one_of_layers() -> None:
    graph = written(
        "x = input([[1, 2], [3, 4], [5, 6]])\nW = [[1, 2, 0], [3, 4, 0]]\nb = [1, 2, 3]\nV = [[1], [2], [3]]\n"
        "z = x @ W + b\nh = tanh(z)\ny = h @ V\nL = mean((y - 1) ** 2) + 0.1 * sum(W ** 2)"
    )
    first, second, loss = layers_of(graph)
    assert facts(first) == ("x", "W", "b", "z", "h", "tanh")
    assert (first.products[0].form, first.inputs, first.units, first.is_dense) == ("right", 2, 3, True)
    assert facts(second) == ("h", "V", None, "y", "y", None)
    assert (second.units, second.is_dense, loss.input) == (1, True, "y")
    assert "L" in loss.nodes and "V" not in loss.nodes


def test_columns_are_found_as_well_as_rows() -> None:
    (layer, _) = layers_of(written("x = input([1, 2])\nW = [[1, 2], [3, 4]]\nL = sum(relu(W @ x + [1, 1]))"))
    assert (layer.products[0].form, layer.input, layer.weights, layer.is_dense) == ("left", "x", "W", True)
    (layer, _) = layers_of(written("x = input([[1, 2]])\nW = [[1, 2], [3, 4]]\nL = sum(x @ transpose(W))"))
    assert (layer.products[0].form, layer.input, layer.is_dense) == ("right", "x", True)


def test_each_step_of_a_recurrent_net_is_one_layer_of_two_products() -> None:
    steps = layers_of(FORMS["recurrent"]())[:-1]
    assert [layer.output for layer in steps] == [f"h{step}" for step in range(1, 7)]
    assert [{product.weights for product in layer.products} for layer in steps] == [{"W", "U"}] * 6
    assert not any(layer.is_dense for layer in steps)


@pytest.mark.parametrize(
    "source",
    [
        "x = input([[1, 2]])\nW = [[1, 2], [3, 4]]\nh = tanh(x @ W) + x\nV = [[1], [1]]\nL = sum(h @ V)",
        "x = input([[1, 2]])\nW = [[1, 2], [3, 4]]\nz = x @ W\nh = z / (1 + exp(-z))\nV = [[1], [1]]\nL = sum(h @ V)",
        "x = input([[1, 2], [3, 4]])\nW = [[1, 2], [3, 4]]\nz = W @ x + [1, 2]\nV = [[1, 1]]\nL = sum(V @ z)",
    ],
    ids=["a shortcut around it", "an activation of several operations", "a bias of each sample"],
)
def test_what_is_more_than_a_dense_layer_does_not_claim_to_be_one(source: str) -> None:
    first, second, _ = layers_of(written(source))
    assert not first.is_dense
    assert second.is_dense
    assert second.input == first.output


def test_a_graph_without_products_is_one_block() -> None:
    for name in ("colah", "one node", "micrograd"):
        graph = FORMS[name]()
        (block,) = layers_of(graph)
        assert (block.is_loss, block.output, has_layers(graph)) == (True, graph.loss.id, False)


def test_a_product_that_is_the_loss_itself_is_no_layer() -> None:
    graph = written("w = [1, 2]\nx = input([3, 4])\nL = w @ x")
    assert len(layers_of(graph)) == 1
    (layer, loss) = layers_of(written("w = [1, 2]\nx = input([3, 4])\nz = w @ x\nL = sigmoid(z)"))
    assert (layer.output, layer.activation, loss.nodes) == ("z", None, ("L",))
