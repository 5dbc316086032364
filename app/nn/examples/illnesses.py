"""What goes wrong in training, each beside a net that differs only in what cures it (the article's section 3.3)."""

from collections.abc import Callable
from typing import Any

import numpy as np

from app.errors import N_
from app.nn.preset import Preset

ARTICLE = "《一切皆是映射：反向传播机制的直观理解》 §3.3"
GLOROT = "https://proceedings.mlr.press/v9/glorot10a.html (Glorot & Bengio 2010)"
CS231N = "https://cs231n.github.io/neural-networks-3/ (Karpathy, CS231n)"
LECUN = "LeCun, Bottou, Orr, Müller: Efficient BackProp (1998)"
PARCELS = 120

Make = Callable[[], dict[str, Any]]


def net(activation: str, widths: list[int], initializer: str, rate: float, **more: Any) -> Make:
    """What makes the spec of a dense net with one output that tells a disc from the ring around it."""
    return lambda: {
        "kind": "layers",
        "inputs": 2,
        "layers": [
            *({"kind": "dense", "units": units, "activation": activation} for units in widths),
            {"kind": "dense", "units": 1},
        ],
        "loss": "binary_cross_entropy_with_logits",
        "data": {"dataset": "circle", "samples": 200, "seed": 0},
        "initializer": initializer,
        "optimizer": {"kind": "sgd", "learning_rate": rate},
        "seed": 0,
        **more,
    }


def parcels(scale: str) -> Make:
    """Lengths and widths of made-up parcels in millimetres; those with an area above the middle one are large."""
    random = np.random.RandomState(0)
    sides = random.normal([340.0, 220.0], [60.0, 50.0], (PARCELS, 2)).round()
    areas = sides.prod(axis=1)
    large = (areas > np.median(areas)).astype(float)
    data = {"x": sides.tolist(), "y": large[:, None].tolist(), "scale": scale}
    return net("tanh", [6], "xavier_uniform", 0.3, data=data)


def relus(bias: float) -> Make:
    """Two layers of eight relus whose biases begin here."""
    parameters = {"b1": [bias] * 8, "b2": [bias] * 8}
    return net("relu", [8, 8], "he_normal", 0.1, parameters=parameters)


VANISHING = (
    Preset(
        name="vanishing-sigmoid",
        title=N_("Twenty layers of sigmoid: the gradient vanishes"),
        summary=N_(
            "A sigmoid’s slope is at most 1/4, so of the last layer’s gradient next to nothing gets to the first."
        ),
        source=ARTICLE,
        make=net("sigmoid", [12] * 19, "xavier_uniform", 0.05, seed=1),
        illness="vanishing",
        iterations=50,
        cure="vanishing-relu",
        notes=(
            N_("Look at the gradient flow: every layer towards the input gets about a quarter of the one behind it."),
            N_("Look at W1: its gradient is less than a trillionth of W20’s, so the first layers do not learn."),
        ),
    ),
    Preset(
        name="vanishing-relu",
        title=N_("The same twenty layers with relu and He’s weights"),
        summary=N_("A relu’s slope is 0 or 1, and He’s weights make up for the half that is off: all layers learn."),
        source="He et al. 2015, Delving Deep into Rectifiers",
        make=net("relu", [12] * 19, "he_normal", 0.05, seed=1),
        iterations=600,
        notes=(
            N_("Look at the gradient flow: the first layer’s gradient is of the size of the last one’s."),
            N_("Only the activation and the initial weights differ from the net that vanishes."),
        ),
    ),
)

EXPLODING = (
    Preset(
        name="exploding-normal",
        title=N_("Ten layers with standard normal weights: the gradient explodes"),
        summary=N_("Each layer of 16 relus makes everything almost three times as large, ten times over."),
        source=ARTICLE,
        make=net("relu", [16] * 9, "normal", 0.01),
        illness="exploding",
        iterations=10,
        cure="exploding-he",
        notes=(
            N_("Look at the gradient flow before the first update: the gradients are hundreds of times the weights."),
            N_("Look at the loss: it begins above a thousand and is no number after a few iterations."),
        ),
    ),
    Preset(
        name="exploding-he",
        title=N_("The same ten layers with He’s weights"),
        summary=N_("Weights with the variance 2 / inputs keep the size of what passes, forward and back."),
        source="He et al. 2015, Delving Deep into Rectifiers",
        make=net("relu", [16] * 9, "he_normal", 0.01),
        iterations=300,
        notes=(N_("Only the initial weights differ from the net that explodes."),),
    ),
)

ALIKE = (
    Preset(
        name="alike-zeros",
        title=N_("All weights begin at zero: the units stay alike"),
        summary=N_("Units with the same weights get the same gradients; here they even get none."),
        source=ARTICLE,
        make=net("tanh", [6, 6], "zeros", 0.3),
        illness="alike",
        iterations=50,
        cure="alike-xavier",
        notes=(
            N_("Look at the layers: all rows of W1 are the same, and the gradients of all weights are 0."),
            N_("Look at the loss: it stays at ln 2 = 0.693, the loss of saying one half to everything."),
        ),
    ),
    Preset(
        name="alike-xavier",
        title=N_("The same net with Xavier’s weights"),
        summary=N_("Random weights tell the units apart, and Xavier’s keep the size of what passes."),
        source=GLOROT,
        make=net("tanh", [6, 6], "xavier_uniform", 0.3),
        iterations=300,
        notes=(N_("Only the initial weights differ from the net of zeros."),),
    ),
)

RATES = (
    Preset(
        name="rate-swinging",
        title=N_("Too large a rate: the loss swings"),
        summary=N_("With the rate 15 each step jumps across the valley that it should go down into."),
        source=CS231N,
        make=net("tanh", [6, 6], "xavier_uniform", 15.0),
        illness="too_fast",
        iterations=200,
        cure="rate-fits",
        notes=(N_("Look at the loss: it rises as often as it falls, although every batch is all the rows."),),
    ),
    Preset(
        name="rate-fits",
        title=N_("The same net with a rate that fits"),
        summary=N_("With the rate 1 the loss falls below a hundredth of what it began with."),
        source=CS231N,
        make=net("tanh", [6, 6], "xavier_uniform", 1.0),
        iterations=200,
        notes=(N_("Only the learning rate differs from the net that swings."),),
    ),
    Preset(
        name="rate-diverging",
        title=N_("Too large a rate: the loss overflows"),
        summary=N_("With the rate 0.3 each step lands higher than the one before, until a number is too large."),
        source=CS231N,
        make=net("leaky_relu", [8, 8], "he_normal", 0.3, loss="mean_squared_error"),
        illness="too_fast",
        iterations=10,
        cure="rate-descending",
        notes=(
            N_("Look at the first iterations: the gradient grows with the error, and the step with the gradient."),
            N_("Look at the first node that is not finite: the workspace names it."),
        ),
    ),
    Preset(
        name="rate-descending",
        title=N_("The same net with a thirtieth of the rate"),
        summary=N_("With the rate 0.01 the squared error falls."),
        source=CS231N,
        make=net("leaky_relu", [8, 8], "he_normal", 0.01, loss="mean_squared_error"),
        iterations=200,
        notes=(N_("Only the learning rate differs from the net that overflows."),),
    ),
)

UNITS = (
    Preset(
        name="dead-relus",
        title=N_("Dead relus: biases far below zero"),
        summary=N_("A relu that is off for every point gets no gradient, so nothing can ever switch it on again."),
        source=CS231N,
        make=relus(-10.0),
        illness="dead",
        iterations=20,
        cure="living-relus",
        notes=(
            N_("Look at a1 and a2: whole columns are 0, and so are the gradients of the weights in front of them."),
            N_("Look at why a gradient of W1 is 0: a relu on its way back is off in all rows."),
        ),
    ),
    Preset(
        name="living-relus",
        title=N_("The same relus with biases of zero"),
        summary=N_("Every relu is on for some of the points, and learns from those."),
        source=CS231N,
        make=relus(0.0),
        iterations=300,
        notes=(N_("Only the biases differ from the net of dead relus."),),
    ),
    Preset(
        name="saturated-raw",
        title=N_("Saturated tanh: inputs in millimetres"),
        summary=N_("Parcels some hundred millimetres long: every sum is far out, where a tanh is flat."),
        source=LECUN,
        make=parcels("raw"),
        illness="saturated",
        iterations=50,
        cure="saturated-standardized",
        notes=(
            N_("Look at z1 and a1: sums of a hundred and more, and answers of −1 and 1."),
            N_("Look at W1: hardly anything of the gradient at a1 gets through to it."),
        ),
    ),
    Preset(
        name="saturated-standardized",
        title=N_("The same parcels, standardized"),
        summary=N_("Each input less its mean, by its standard deviation: now the tanh bends where the data are."),
        source=LECUN,
        make=parcels("standardize"),
        iterations=300,
        notes=(N_("Only the scale of the inputs differs from the net that is saturated."),),
    ),
)

PRESETS = (*VANISHING, *EXPLODING, *ALIKE, *RATES, *UNITS)
