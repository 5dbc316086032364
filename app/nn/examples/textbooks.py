"""Colah's graph, Nielsen's slow neuron and a university's homework."""

from typing import Any

from app.errors import N_
from app.nn.preset import Preset, expression, figures

COLAH_SOURCE = "https://colah.github.io/posts/2015-08-Backprop/"
NIELSEN = "http://neuralnetworksanddeeplearning.com/chap3.html"
HOMEWORK = "https://github.com/MohammedJMustafa/relu-backprop-simulator (relu_sim/homework.py)"

COLAH = (
    Preset(
        name="colah",
        title=N_("Colah: e = (a + b)(b + 1)"),
        summary=N_("Two paths lead from b to e, and the gradients along them add up to 5."),
        source=COLAH_SOURCE,
        make=expression("a = 2\nb = 1\nc = a + b\nd = b + 1\ne = c * d"),
        published=(
            *figures("value", "c c 3", "d d 2", "e e 6"),
            *figures("gradient", "∂e/∂e e 1", "∂e/∂c c 2", "∂e/∂d d 3", "∂e/∂a a 2", "∂e/∂b b 5"),
        ),
    ),
)


def neuron(weight: float, bias: float) -> dict[str, Any]:
    """One sigmoid neuron that should learn to turn 1 into 0."""
    return {
        "kind": "layers",
        "inputs": 1,
        "layers": [{"kind": "dense", "units": 1, "activation": "sigmoid"}],
        "loss": "half_squared_error",
        "data": {"x": [[1.0]], "y": [[0.0]]},
        "parameters": {"W1": [[weight]], "b1": [bias]},
        "optimizer": {"kind": "sgd", "learning_rate": 0.15},
    }


def homework(activation: str) -> dict[str, Any]:
    """Two inputs, two hidden units, one output."""
    return {
        "kind": "layers",
        "inputs": 2,
        "layers": [
            {"kind": "dense", "units": 2, "activation": activation},
            {"kind": "dense", "units": 1, "activation": activation},
        ],
        "loss": "half_squared_error",
        "data": {"x": [[1.2, 0.5]], "y": [[1.0]]},
        "parameters": {"W1": [[0.6, 0.8], [0.3, 0.4]], "b1": [0.2, 0.1], "W2": [[0.6, -0.2]], "b2": [0.1]},
        "optimizer": {"kind": "sgd", "learning_rate": 0.1},
    }


RELU = (
    *figures(
        "value",
        "f1 z1[0,0] 1.32",
        "h1 a1[0,0] 1.32",
        "f2 z1[0,1] 0.66",
        "h2 a1[0,1] 0.66",
        "f_out z2[0,0] 0.76",
        "h_out a2[0,0] 0.76",
        "E loss 0.0288",
    ),
    *figures(
        "gradient",
        "∂E/∂h_out a2[0,0] -0.24",
        "∂E/∂w5 W2[0,0] -0.3168",
        "∂E/∂w6 W2[0,1] -0.1584",
        "∂E/∂b3 b2[0] -0.24",
        "∂E/∂w1 W1[0,0] -0.1728",
        "∂E/∂w2 W1[0,1] -0.072",
        "∂E/∂b1 b1[0] -0.144",
        "∂E/∂w3 W1[1,0] 0.0576",
        "∂E/∂w4 W1[1,1] 0.024",
        "∂E/∂b2 b1[1] 0.048",
    ),
    *figures(
        "updated",
        "w1 W1[0,0] 0.61728",
        "w2 W1[0,1] 0.80720",
        "w3 W1[1,0] 0.29424",
        "w4 W1[1,1] 0.39760",
        "w5 W2[0,0] 0.63168",
        "w6 W2[0,1] -0.18416",
        "b1 b1[0] 0.21440",
        "b2 b1[1] 0.09520",
        "b3 b2[0] 0.12400",
    ),
    *figures(
        "value",
        "f1 z1[0,0] 1.3587",
        "h1 a1[0,0] 1.3587",
        "f2 z1[0,1] 0.6471",
        "h2 a1[0,1] 0.6471",
        "f_out z2[0,0] 0.8631",
        "h_out a2[0,0] 0.8631",
        "E loss 0.0094",
        iteration=1,
    ),
)

SIGMOID = (
    *figures("value", "h_out a2[0,0] 0.6086 0.6086537769635074", "E loss 0.0766"),
    *figures("gradient", "∂E/∂w1 W1[0,0] -0.0112"),
    *figures("value", "E loss 0.0748", iteration=1),
)

PRESETS = (
    Preset(
        name="nielsen-a",
        title=N_("Nielsen: a neuron that learns quickly"),
        summary=N_("One sigmoid neuron, slightly wrong at first: the output falls from 0.82 to 0.09 in 300 steps."),
        source=NIELSEN,
        make=lambda: neuron(0.6, 0.9),
        published=(
            *figures("value", "a a1[0,0] 0.82"),
            *figures("value", "a a1[0,0] 0.09", iteration=300),
        ),
    ),
    Preset(
        name="nielsen-b",
        title=N_("Nielsen: a neuron that learns slowly"),
        summary=N_("The same neuron, badly wrong and therefore saturated: for about 150 iterations it hardly moves."),
        source=NIELSEN,
        make=lambda: neuron(2.0, 2.0),
        published=(
            *figures("value", "a a1[0,0] 0.98"),
            *figures("value", "a a1[0,0] 0.20", iteration=300),
        ),
    ),
    Preset(
        name="homework-relu",
        title=N_("A homework with ReLU"),
        summary=N_("Forty answers of a university's exercise sheet: forward, backward, update and forward again."),
        source=HOMEWORK,
        make=lambda: homework("relu"),
        published=RELU,
    ),
    Preset(
        name="homework-sigmoid",
        title=N_("The same homework with sigmoid"),
        summary=N_("The network of the homework again, with sigmoid in both layers."),
        source=HOMEWORK,
        make=lambda: homework("sigmoid"),
        published=SIGMOID,
        notes=(N_("The sheet prints 0.6086 for h_out; it is 0.608654, rounded 0.6087."),),
    ),
)
