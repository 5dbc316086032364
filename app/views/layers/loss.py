"""What the common losses send back to the last layer, as an equation between whole matrices: (1/n)(a − y), p − y.

Only for the loss at the graph's end, to which penalties may be added; the others' gradients are shown as one matrix.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from app.engine.graph import Graph, Node
from app.engine.ops import OPS
from app.notation.numbers import short
from app.views.layers import letters
from app.views.layers.equations import Desk, Part, Piece, Scalar, flat


@dataclass(frozen=True, slots=True)
class Difference:
    """A loss whose gradient is a factor times (f(prediction) − target); `function` is the op f, None for itself.

    `above` and `below` make the factor; `below` counts `n` samples or all `N` numbers.
    """

    above: int
    below: str
    function: str | None = None


DIFFERENCES: Mapping[str, Difference] = {
    "half_squared_error": Difference(1, "n"),
    "mean_squared_error": Difference(2, "N"),
    "binary_cross_entropy_with_logits": Difference(1, "N", "sigmoid"),
    "cross_entropy": Difference(1, "n", "softmax"),
}


def share_of_loss(desk: Desk, node: Node, argument: int) -> tuple[Part, ...] | None:
    """∂loss/∂a as the loss's own formula has it; None for a loss without a simple one."""
    if argument != 0 or node.op not in DIFFERENCES or not is_summand(desk.graph, node):
        return None
    difference = DIFFERENCES[node.op]
    target = target_of(desk, node)
    if target is None or (difference.function == "softmax" and desk.is_column and not desk.turns):
        return None
    return (*factor(desk, node, difference), "(", prediction(desk, difference), "−", target, ")")


def is_summand(graph: Graph, node: Node) -> bool:
    """Whether a node is the loss, or penalties are only added to it: then its gradient is 1."""
    while node is not graph.loss:
        users = [graph[user] for user, _ in graph.consumers(node.id)]
        if len(users) != 1 or users[0].op != "add":
            return False
        node = users[0]
    return True


def factor(desk: Desk, node: Node, difference: Difference) -> tuple[Part, ...]:
    """1/n or 2/N with its number; nothing where it is 1."""
    shape = desk.graph[desk.layer.output].shape
    count = desk.graph[desk.layer.output].size if difference.below == "N" else (shape[0] if len(shape) > 1 else 1)
    if count == difference.above:
        return ()
    symbol = letters.ratio(str(difference.above), difference.below)
    written = letters.ratio(str(difference.above), short(count)).replace("<mi>", "<mn>").replace("</mi>", "</mn>")
    return (Scalar(symbol, written, difference.above / count),)


def prediction(desk: Desk, difference: Difference) -> Piece:
    """The output, or the probabilities that the loss itself makes of it."""
    made = desk.value(desk.layer.output, desk.a)
    if difference.function is None:
        return made
    value = desk.picture.value(desk.layer.output)
    array = None if value is None else flat(OPS[difference.function].value(value))
    return replace(made, symbol=letters.applied(difference.function, desk.a), role="local", array=array)


def target_of(desk: Desk, loss: Node) -> Piece | None:
    """The targets in the shape of the output; class numbers as rows with a single 1. None for rows of other sums."""
    id, output = loss.inputs[1], desk.graph[desk.layer.output]
    value, symbol = desk.picture.value(id), letters.of_node(desk.graph, id)
    if desk.graph[id].shape != output.shape:
        return one_hot(desk, id, value, output)
    is_weighted = (
        value is not None and loss.op == "cross_entropy" and not np.array_equal(value.sum(axis=-1), ones(value))
    )
    return None if is_weighted else desk.value(id, symbol)


def ones(rows: np.ndarray) -> np.ndarray:
    """What the sums of rows of probabilities are."""
    return np.ones(rows.shape[:-1])


def one_hot(desk: Desk, id: str, value: np.ndarray | None, output: Node) -> Piece:
    """Class numbers as rows with a single 1; each row leads to its class number."""
    symbol = f'<mi mathvariant="normal">one-hot</mi>{letters.called(letters.of_node(desk.graph, id))}'
    array = None if value is None else np.equal(np.expand_dims(value, -1), np.arange(output.shape[-1])) * 1.0
    made = desk.samples(desk.layer.output, symbol, "value", array)
    has_rows = bool(desk.graph[id].shape)
    return replace(made, node=id, index_of=lambda row, column: (row,) if has_rows else ())
