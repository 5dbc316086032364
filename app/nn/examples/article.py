"""The article behind the product: its worked example and its training program, done right."""

from typing import Any

import numpy as np

from app.errors import N_
from app.nn.preset import Preset, figures

SOURCE = "《一切皆是映射：反向传播机制的直观理解》"


def worked_example() -> dict[str, Any]:
    """Section 4.3: three sigmoid layers of two units, one sample, both targets 1."""
    return {
        "kind": "layers",
        "inputs": 2,
        "layers": [{"kind": "dense", "units": 2, "activation": "sigmoid"} for _ in range(3)],
        "loss": "half_squared_error",
        "data": {"x": [[0.5, 0.2]], "y": [[1.0, 1.0]]},
        "parameters": {
            "W1": [[0.1, 0.3], [0.4, 0.6]],
            "b1": [0.2, 0.5],
            "W2": [[0.7, 0.9], [0.8, 1.1]],
            "b2": [0.4, 0.8],
            "W3": [[0.5, 0.7], [0.8, 1.2]],
            "b3": [0.1, 0.4],
        },
        "optimizer": {"kind": "sgd", "learning_rate": 0.1},
    }


def training() -> dict[str, Any]:
    """Section 5.2: layers 2-3-1-1, data and parameters from np.random.seed(0) in the order of the program."""
    random = np.random.RandomState(0)
    x, y = random.randn(100, 2), random.randint(2, size=(100, 1))
    parameters = {}
    for number, (inputs, units) in enumerate([(2, 3), (3, 1), (1, 1)], start=1):
        # The program writes x @ W; here the rows of W are units.
        parameters[f"W{number}"] = random.randn(inputs, units).T.tolist()
        parameters[f"b{number}"] = random.randn(units).tolist()
    return {
        "kind": "layers",
        "inputs": 2,
        "layers": [{"kind": "dense", "units": units, "activation": "sigmoid"} for units in (3, 1, 1)],
        "loss": "mean_squared_error",
        "data": {"x": x.tolist(), "y": y.astype(float).tolist()},
        "parameters": parameters,
        "optimizer": {"kind": "sgd", "learning_rate": 0.1},
    }


WORKED = (
    *figures(
        "value",
        "z1 z1[0,0] 0.4 0.31",
        "z1 z1[0,1] 0.8 0.82",
        "a1 a1[0,0] 0.9 0.57688526",
        "a1 a1[0,1] 0.9 0.69423634",
        "z2 z2[0,0] 2.5 1.42863239",
        "z2 z2[0,1] 3.2 2.02516818",
        "a2 a2[0,0] 0.9 0.80668814",
        "a2 a2[0,1] 0.9 0.88341435",
        "z3 z3[0,0] 1.6 1.12173412",
        "z3 z3[0,1] 2.4 2.10544773",
        "y a3[0,0] 0.9 0.75431024",
        "y a3[0,1] 0.9 0.89143154",
        "C loss - 0.03607528510662207",
    ),
    *figures(
        "gradient",
        "∂C/∂z3 z3[0,0] 0.2 -0.04553278",
        "∂C/∂z3 z3[0,1] 0.2 -0.0105074",
        "∂C/∂a2 a2[0,0] 0.18 -0.03117231",
        "∂C/∂a2 a2[0,1] 0.18 -0.04448183",
        "∂C/∂z2 z2[0,0] 0.162 -0.00486108",
        "∂C/∂z2 z2[0,1] 0.162 -0.00458134",
        "∂C/∂a1 a1[0,0] 0.1458 -0.00706783",
        "∂C/∂a1 a1[0,1] 0.1458 -0.00941445",
        "∂C/∂z1 z1[0,0] - -0.00172518",
        "∂C/∂z1 z1[0,1] - -0.00199843",
        "∂C/∂x x[0,0] 0.13122 -0.00097189",
        "∂C/∂x x[0,1] 0.13122 -0.00171661",
    ),
)

LOSSES = {
    0: "0.2722229414176627",
    100: "0.2506913200304918",
    200: "0.24956298720612538",
    300: "0.2491332490315125",
    400: "0.24875224378657543",
    500: "0.2484016141792311",
    600: "0.24807785540929042",
    700: "0.24777832366890493",
    800: "0.24750081574117577",
    900: "0.2472434697391378",
    1000: "0.24700469124525687",
}

PRESETS = (
    Preset(
        name="article",
        title=N_("The article's worked example"),
        summary=N_("Two inputs through three sigmoid layers: every number of the article, and what it should be."),
        source=f"{SOURCE} §4.3",
        make=worked_example,
        published=WORKED,
        notes=(
            N_("z1 is not W1 x + b1 of the printed numbers: it is [0.31, 0.82], not [0.4, 0.8]."),
            N_("σ(0.4) is 0.5987, not 0.9; and a1 has two entries, not one."),
            N_("The derivative of ½ (y − ŷ)² has no factor 2: the ½ cancels it."),
            N_("The derivative with respect to the output ŷ is ŷ − y; the article has the sign the other way round."),
            N_("∂C/∂z3 lacks the factor σ′(z3)."),
            N_("The step back to a2 multiplies by σ(z3), where it needs the transposed output weights W3ᵀ."),
            N_("Everywhere σ(z) stands where σ′(z) = σ(z)(1 − σ(z)) belongs."),
            N_("The rule for ∂C/∂W adds a term ∂b/∂W, which is zero."),
            N_("The letter y means both the target and the output; here the output is a3 and the target y."),
            N_("The network is said to have one hidden layer; it has two."),
            N_("Backpropagation is said to prevent overfitting; it does not, it only computes gradients."),
            N_(
                "The article's program feeds the targets in as the predictions, so its loss is always 0 and reaches "
                "no parameter."
            ),
            N_("The article's WO and bO are W3 and b3 here."),
        ),
    ),
    Preset(
        name="article-training",
        title=N_("The article's training program, done right"),
        summary=N_("100 random points and random targets, layers 2-3-1-1, 1,000 iterations: the loss can hardly fall."),
        source=f"{SOURCE} §5.2",
        make=training,
        published=tuple(
            figure
            for iteration, loss in LOSSES.items()
            for figure in figures("value", f"loss loss - {loss}", iteration=iteration, tolerance=1e-12)
        ),
        notes=(
            N_(
                "The article's program feeds the targets in as the predictions, so its loss is always 0 and reaches "
                "no parameter. Here the network's output is compared with the targets."
            ),
            N_("The targets are random, so there is nothing to learn but their mean: the loss stays near 0.25."),
            N_("The article prints none of these losses: they are those of its program, done right, in plain NumPy."),
        ),
    ),
)
