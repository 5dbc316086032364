"""The layers of a network, as its nodes name them."""

from app.nn.limits import Limits
from app.nn.problem import build
from app.nn.spec import parse_spec


def test_every_node_says_which_layer_it_belongs_to_and_what_it_is_there() -> None:
    document = {
        "kind": "layers",
        "inputs": 2,
        "layers": [{"kind": "dense", "units": 3, "activation": "relu", "dropout": 0.5}, {"kind": "dense", "units": 1}],
        "loss": "mean_squared_error",
        "data": {"x": [[1, 2]], "y": [[3]]},
        "l1": 0.1,
        "l2": 0.1,
    }
    graph = build(parse_spec(document, Limits())).graph
    assert graph.layers == ("1", "2")
    assert {node.id: (node.scope, node.role) for node in graph.nodes} == {
        "x": (None, "data"),
        "W1": ("1", "weight"), "b1": ("1", "bias"), "z1": ("1", "product"), "a1": ("1", "activation"),
        "m1": ("1", "mask"), "d1": ("1", "output"),
        "W2": ("2", "weight"), "b2": ("2", "bias"), "z2": ("2", "product"),
        "y": (None, "target"), "fit": (None, "loss"),
        "l1": (None, None), "l1W1": (None, "penalty"), "l1W2": (None, "penalty"),
        "l2": (None, None), "l2W1": (None, "penalty"), "l2W2": (None, "penalty"),
        "s1": (None, None), "s2": (None, None), "s3": (None, None), "loss": (None, "loss"),
    }  # fmt: skip
    assert [node.id for node in graph.by_role("weight")] == ["W1", "W2"]
    assert [node.id for node in graph.by_role("product", "2")] == ["z2"]
    assert (graph.by_role("gate"), graph.scope_of("m1")) == ((), "1")


def test_nobody_says_what_the_nodes_of_an_expression_are() -> None:
    graph = build(parse_spec({"kind": "expression", "source": "W1 = 2\nx = W1 * 3"}, Limits())).graph
    assert (graph.layers, {node.role for node in graph.nodes}) == ((), {None})
