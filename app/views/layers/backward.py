"""The way back through a dense layer as equations between whole matrices: δ, then the gradients of W and b.

For column vectors (one sample): δ = (W⁺ᵀ δ⁺) ⊙ σ′(z), ∂C/∂W = δ aᵀ, ∂C/∂b = δ (Rumelhart, Hinton, Williams 1986;
Nielsen, "Neural Networks and Deep Learning", chapter 2). For rows: δ = (δ⁺ W⁺) ⊙ σ′(z), ∂C/∂W = δᵀ a, ∂C/∂b = Σ δ.
An equation that would not hold, because something else has a share in it, is not written.
"""

from dataclasses import replace

import numpy as np

from app.engine.ops import OPS
from app.notation import symbols
from app.views.layers import letters
from app.views.layers.equations import Desk, Equation, Part, Piece, Total
from app.views.layers.loss import share_of_loss
from app.views.layers.structure import Layer

JACOBIANS = ("softmax", "log_softmax")


def backward(desk: Desk) -> tuple[Equation, ...]:
    """Every equation of the way back that holds for this layer."""
    found = (upstream(desk), delta(desk), of_weights(desk), of_bias(desk), of_input(desk))
    return tuple(equation for equation in found if equation)


def arriving(desk: Desk) -> tuple[Part, ...] | None:
    """∂loss/∂a made of what comes after it: the next layer's weights and δ, or the loss; None where it is more."""
    users = desk.graph.flows(desk.layer.output)
    following = desk.layers[desk.number]
    if len(users) != 1:
        return None
    if following.is_loss:
        return share_of_loss(desk, *users[0])
    ahead = replace(desk, layer=following)
    if not following.is_dense or users[0][0].id != following.products[0].id:
        return None
    return returned(ahead) if (ahead.is_column, ahead.turns) == (desk.is_column, desk.turns) else None


def returned(desk: Desk) -> tuple[Part, ...]:
    """What a layer sends back to its input: Wᵀ δ, for rows δ W."""
    weights = desk.weights("value", True, is_back=True)
    return (weights, "·", desk.delta) if desk.is_column else (desk.delta, "·", weights)


def is_only_activated(desk: Desk) -> bool:
    """Whether z goes through the activation and nowhere else."""
    layer = desk.layer
    return layer.activation is None or len(desk.graph.flows(layer.sum)) == 1


def upstream(desk: Desk) -> Equation | None:
    """∂loss/∂a by itself, where δ needs it as a whole: an activation that mixes the units, as softmax does."""
    if desk.layer.activation not in JACOBIANS or not desk.graph.has_gradient(desk.layer.output):
        return None
    made = arriving(desk)
    return made and Equation("output", "backward", gradient_of_output(desk), bare(made))


def gradient_of_output(desk: Desk) -> Piece:
    """∂loss/∂a as one matrix."""
    return desk.gradient(desk.layer.output, symbols.loss_by(desk.graph, desk.a))


def delta(desk: Desk) -> Equation | None:
    """δ = ∂loss/∂a ⊙ σ′(z), with ∂loss/∂a written out where that is simple."""
    layer, graph = desk.layer, desk.graph
    if not graph.has_gradient(layer.sum) or not is_only_activated(desk):
        return None
    whole, also = desk.delta, symbols.loss_by(graph, desk.z)
    if layer.activation in JACOBIANS:
        made = through_softmax(desk)
        return made and Equation("delta-jacobian", "backward", whole, made, also)
    made = arriving(desk)
    name = "delta-last" if desk.layers[desk.number].is_loss else "delta"
    if layer.activation is None:
        return Equation(name, "backward", whole, bare(made) if made else (gradient_of_output(desk),), also)
    if OPS[layer.activation].is_elementwise:
        before = grouped(made) if made else (gradient_of_output(desk),)
        return Equation(name, "backward", whole, (*before, "⊙", desk.slope), also)
    return None


def bare(parts: tuple[Part, ...]) -> tuple[Part, ...]:
    """A difference that stands alone needs no parentheses."""
    return parts[1:-1] if parts[0] == "(" else parts


def grouped(parts: tuple[Part, ...]) -> tuple[Part, ...]:
    """A product in parentheses; a difference has them already."""
    return parts if ")" in parts else ("(", *parts, ")")


def through_softmax(desk: Desk) -> tuple[Part, ...] | None:
    """p ⊙ (g − Σ g ⊙ p) for softmax and g − p ⊙ Σ g for its logarithm, the sums along each sample."""
    shape = desk.graph[desk.layer.sum].shape
    if desk.attributes.get("axis", -1) not in (-1, len(shape) - 1) or (desk.is_column and not desk.turns):
        return None
    upstream, is_logarithm = gradient_of_output(desk), desk.layer.activation == "log_softmax"
    output = desk.value(desk.layer.output, desk.a)
    if not is_logarithm:
        return (output, "⊙", "(", upstream, "−", sum_of(desk, upstream, output), ")")
    powers = None if output.array is None else np.exp(output.array)
    probability = replace(output, symbol=f"<msup><mi>e</mi>{desk.a}</msup>", role="local", array=powers)
    return (upstream, "−", probability, "⊙", sum_of(desk, upstream, None))


def sum_of(desk: Desk, upstream: Piece, weights: Piece | None) -> Piece:
    """Σ g ⊙ p along each sample, one number for each."""
    symbol, array = upstream.symbol, upstream.array
    if weights is not None:
        symbol = f"{symbol}<mo>⊙</mo>{weights.symbol}"
    if array is not None:
        array = (array if weights is None else array * weights.array).sum(axis=1, keepdims=True)
    return Piece(
        symbol=f'<mrow><mo largeop="false">∑</mo><mrow>{symbol}</mrow></mrow>', node=None,
        role="local", shape=(upstream.shape[0], 1),
        array=array, is_turned=desk.turns, batch_axis=upstream.batch_axis,
    )  # fmt: skip


def of_weights(desk: Desk) -> Equation | None:
    """∂loss/∂W = δ aᵀ, where nothing else uses W."""
    layer = desk.layer
    if not is_own(desk, layer.weights):
        return None
    x = desk.value(layer.input, desk.input_symbol)
    turned_x = replace(x, is_turned=not x.is_turned, symbol=turned(desk, layer))
    delta = desk.delta
    turned_delta = replace(delta, is_turned=not delta.is_turned, symbol=letters.of_layer("δ", desk.number, True))
    if desk.is_column:
        right: tuple[Part, ...] = (delta, "·", turned_x)
    elif layer.products[0].form == "rows":
        right = (turned_delta, "·", x)
    else:
        right = (turned_x, "·", delta)
    return Equation("weights", "backward", desk.weights("gradient", False), right)


def turned(desk: Desk, layer: Layer) -> str:
    """The symbol of a layer's input on its side."""
    before = desk.layers[desk.number - 2] if desk.number > 1 else None
    if before is not None and before.output == layer.input:
        return letters.of_layer("a", before.number, True)
    return letters.of_node(desk.graph, layer.input, True)


def of_bias(desk: Desk) -> Equation | None:
    """∂loss/∂b = δ, summed over the samples."""
    layer = desk.layer
    if layer.bias is None or not is_own(desk, layer.bias):
        return None
    total: tuple[Part, ...] = (Total(1 if desk.is_column else 0),) if desk.count > 1 else ()
    return Equation("bias", "backward", desk.bias("gradient"), (*total, desk.delta))


def of_input(desk: Desk) -> Equation | None:
    """∂loss/∂x = Wᵀ δ, for an input that no layer writes about."""
    layer = desk.layer
    before = desk.layers[desk.number - 2] if desk.number > 1 else None
    if (before is not None and before.output == layer.input) or not is_own(desk, layer.input):
        return None
    symbol = symbols.loss_by(desk.graph, desk.input_symbol)
    return Equation("input", "backward", desk.gradient(layer.input, symbol), returned(desk))


def is_own(desk: Desk, id: str) -> bool:
    """Whether a node has a gradient, and all of it comes from this layer."""
    return desk.graph.has_gradient(id) and len(desk.graph.flows(id)) == 1
