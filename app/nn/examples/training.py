"""Networks to train: the data sets of TensorFlow Playground, a curve, written digits, irises."""

from collections.abc import Callable
from typing import Any

from app.errors import N_
from app.nn.preset import Preset
from app.nn.supply import bundled
from app.nn.supply.datasets import BISHOP, DATASETS, PLAYGROUND

Layer = tuple[int, str]
LOGITS, CLASSES, NUMBERS = "binary_cross_entropy_with_logits", "cross_entropy", "mean_squared_error"


def network(
    dataset: str, layers: tuple[Layer, ...], loss: str, optimizer: tuple[str, float], held: dict[str, Any], **rest: Any
) -> Callable[[], dict[str, Any]]:
    """What makes the spec of a network on a data set; layers are (units, activation), `held` the rest of its data."""
    kind, rate = optimizer
    features = held.get("features") or DATASETS[dataset].columns
    return lambda: {
        "kind": "layers",
        "inputs": len(features),
        "layers": [{"kind": "dense", "units": units, "activation": activation} for units, activation in layers],
        "loss": loss,
        "data": {"dataset": dataset, **held, "seed": 1},
        "optimizer": {"kind": kind, "learning_rate": rate},
        "seed": 0,
        **rest,
    }


PRESETS = (
    Preset(
        name="spiral-classifier",
        title=N_("Two spirals, 2-8-8-1"),
        summary=N_("The hardest points of the Playground, by plain gradient descent: the boundary forms slowly."),
        source=PLAYGROUND,
        make=network(
            "spiral",
            ((8, "tanh"), (8, "tanh"), (1, "identity")),
            LOGITS,
            ("sgd", 0.3),
            {"samples": 300, "test_fraction": 0.3},
        ),
        notes=(
            N_("Gradient descent takes about 3,000 iterations; branch off with Adam, and it takes a few hundred."),
            N_("The last layer gives a logit: the sigmoid is inside the loss. Above 0 means the class 1."),
        ),
    ),
    Preset(
        name="circle-classifier",
        title=N_("A disc in a ring, 2-4-1"),
        summary=N_("No line parts them; four hidden units draw a closed curve."),
        source=PLAYGROUND,
        make=network(
            "circle",
            ((4, "tanh"), (1, "identity")),
            LOGITS,
            ("sgd", 0.3),
            {"noise": 0.1, "test_fraction": 0.3},
        ),
        notes=(N_("With the features x₁² and x₂² instead, one unit without any hidden layer is enough."),),
    ),
    Preset(
        name="xor-classifier",
        title=N_("Exclusive or, 2-4-1"),
        summary=N_("Opposite squares are alike: what one layer alone can never learn (Minsky and Papert 1969)."),
        source=PLAYGROUND,
        make=network(
            "xor",
            ((4, "tanh"), (1, "identity")),
            LOGITS,
            ("sgd", 0.3),
            {"noise": 0.1, "test_fraction": 0.3},
        ),
    ),
    Preset(
        name="sine-regression",
        title=N_("A curve through noisy points, 1-10-10-1"),
        summary=N_("One number in, one number out: the network bends into a sine."),
        source=BISHOP,
        make=network(
            "sine",
            ((10, "tanh"), (10, "tanh"), (1, "identity")),
            NUMBERS,
            ("adam", 0.01),
            {"noise": 0.1, "validation_fraction": 0.2, "test_fraction": 0.2},
        ),
        notes=(N_("The noise alone is a loss of 0.01: below that, training learns the noise by heart."),),
    ),
    Preset(
        name="digits-classifier",
        title=N_("Written digits, 64-32-10"),
        summary=N_("1,797 pictures of 8 × 8 pixels, minibatches of 32, Adam: over 95 % of new ones right in seconds."),
        source=DATASETS["digits"].source,
        make=network(
            "digits",
            ((32, "relu"), (10, "identity")),
            CLASSES,
            ("adam", 0.003),
            {"scale": "min_max", "validation_fraction": 0.1, "test_fraction": 0.2},
            initializer="he_normal",
            batch_size=32,
        ),
        notes=(N_("The last layer gives ten logits; softmax is inside the loss."),),
        file=bundled.DIGITS,
    ),
    Preset(
        name="iris-classifier",
        title=N_("Three kinds of irises, 4-8-3"),
        summary=N_("Four measures of a flower, standardized; one kind stands apart, the other two overlap."),
        source=DATASETS["iris"].source,
        make=network(
            "iris",
            ((8, "tanh"), (3, "identity")),
            CLASSES,
            ("sgd", 0.1),
            {"scale": "standardize", "test_fraction": 0.3},
        ),
        file=bundled.IRIS,
    ),
)
