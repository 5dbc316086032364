"""Matt Mazur's step-by-step example, by gradient descent as he has it and by Adam."""

from typing import Any

from app.errors import N_
from app.nn.preset import Preset, figures

SOURCE = "https://mattmazur.com/2015/03/17/a-step-by-step-backpropagation-example/"
ADAM_SOURCE = (
    "https://github.com/mcp-tool-shop-org/backprop-trace (fixtures/external/pytorch.adam.multi-step.golden.jsonl)"
)


def network(optimizer: dict[str, Any]) -> dict[str, Any]:
    """Two inputs, two hidden units, two outputs; the biases stand still."""
    return {
        "kind": "layers",
        "inputs": 2,
        "layers": [
            {"kind": "dense", "units": 2, "activation": "sigmoid"},
            {"kind": "dense", "units": 2, "activation": "sigmoid"},
        ],
        "loss": "half_squared_error",
        "data": {"x": [[0.05, 0.1]], "y": [[0.01, 0.99]]},
        "parameters": {
            "W1": [[0.15, 0.2], [0.25, 0.3]],
            "b1": [0.35, 0.35],
            "W2": [[0.4, 0.45], [0.5, 0.55]],
            "b2": [0.6, 0.6],
        },
        "frozen": ["b1", "b2"],
        "optimizer": optimizer,
        "seed": 0,
    }


FIRST_STEP = (
    *figures(
        "value",
        "net_h1 z1[0,0] 0.3775",
        "out_h1 a1[0,0] 0.593269992",
        "out_h2 a1[0,1] 0.596884378",
        "net_o1 z2[0,0] 1.105905967",
        "out_o1 a2[0,0] 0.75136507",
        "out_o2 a2[0,1] 0.772928465",
        "E_total loss 0.298371109",
    ),
    *figures("share", "E_o1 loss[0] 0.274811083", "E_o2 loss[1] 0.023560026"),
    *figures(
        "gradient",
        "∂E/∂out_o1 a2[0,0] 0.74136507",
        "∂E/∂net_o1 z2[0,0] 0.138498562",
        "∂E/∂w5 W2[0,0] 0.082167041",
        "∂E/∂out_h1 a1[0,0] 0.036350306",
        "∂E/∂w1 W1[0,0] 0.000438568",
    ),
    *figures(
        "local",
        "∂out_o1/∂net_o1 z2[0,0]>a2[0,0] 0.186815602",
        "∂net_o1/∂w5 W2[0,0]>z2[0,0] 0.593269992",
        "∂out_h1/∂net_h1 z1[0,0]>a1[0,0] 0.241300709",
    ),
    *figures(
        "term",
        "∂E_o1/∂out_h1 a1[0,0]>z2[0,0] 0.055399425",
        "∂E_o2/∂out_h1 a1[0,0]>z2[0,1] -0.019049119 -0.019049118258278118",
    ),
    *figures(
        "updated",
        "w5 W2[0,0] 0.35891648",
        "w6 W2[0,1] 0.408666186",
        "w7 W2[1,0] 0.511301270",
        "w8 W2[1,1] 0.561370121",
        "w1 W1[0,0] 0.149780716",
        "w2 W1[0,1] 0.19956143",
        "w3 W1[1,0] 0.24975114",
        "w4 W1[1,1] 0.29950229",
    ),
)

AFTERWARDS = (
    *figures("value", "E_total loss 0.291027924 0.29102777369359933", iteration=1),
    *figures(
        "value",
        "E_total loss 0.0000351085 3.510187782978859e-05",
        "out_o1 a2[0,0] 0.015912196 0.01591362044355068",
        "out_o2 a2[0,1] 0.984065734 0.9840642735146238",
        iteration=10_000,
    ),
)

ADAM = (
    *figures("value", "loss loss 0.298371109", iteration=0, tolerance=3e-9),
    *figures("value", "loss loss 0.296243364", iteration=1, tolerance=3e-9),
    *figures("value", "loss loss 0.294120009", iteration=2, tolerance=3e-9),
    *figures("value", "loss loss 0.292001164", iteration=3, tolerance=3e-9),
    *figures(
        "gradient",
        "w_x1_h1 W1[0,0] 0.000438567734",
        "w_x2_h1 W1[0,1] 0.000877135469",
        "w_x1_h2 W1[1,0] 0.000497712735",
        "w_x2_h2 W1[1,1] 0.000995425471",
        "w_h1_o1 W2[0,0] 0.0821670406",
        "w_h2_o1 W2[0,1] 0.0826676278",
        "w_h1_o2 W2[1,0] -0.0226025405",
        "w_h2_o2 W2[1,1] -0.0227402422",
        iteration=0,
        tolerance=3e-9,
    ),
    *figures(
        "gradient",
        "w_x1_h1 W1[0,0] 0.000422984957",
        "w_x2_h1 W1[0,1] 0.000845969915",
        "w_x1_h2 W1[1,0] 0.000482803855",
        "w_x2_h2 W1[1,1] 0.00096560771",
        "w_h1_o1 W2[0,0] 0.0823650565",
        "w_h2_o1 W2[0,1] 0.0828672994",
        "w_h1_o2 W2[1,0] -0.0222383691",
        "w_h2_o2 W2[1,1] -0.0223739735",
        iteration=1,
        tolerance=3e-9,
    ),
    *figures(
        "gradient",
        "w_x1_h1 W1[0,0] 0.00040733868",
        "w_x2_h1 W1[0,1] 0.00081467736",
        "w_x1_h2 W1[1,0] 0.00046782055",
        "w_x2_h2 W1[1,1] 0.0009356411",
        "w_h1_o1 W2[0,0] 0.0825563156",
        "w_h2_o1 W2[0,1] 0.0830601646",
        "w_h1_o2 W2[1,0] -0.0218790284",
        "w_h2_o2 W2[1,1] -0.0220125582",
        iteration=2,
        tolerance=3e-9,
    ),
    *figures(
        "updated",
        "w_x1_h1 W1[0,0] 0.140000228",
        "w_x2_h1 W1[0,1] 0.190000114",
        "w_x1_h2 W1[1,0] 0.240000201",
        "w_x2_h2 W1[1,1] 0.2900001",
        "w_h1_o1 W2[0,0] 0.390000001",
        "w_h2_o1 W2[0,1] 0.440000001",
        "w_h1_o2 W2[1,0] 0.509999996",
        "w_h2_o2 W2[1,1] 0.559999996",
        iteration=0,
        tolerance=3e-9,
    ),
    *figures(
        "updated",
        "w_x1_h1 W1[0,0] 0.130011523",
        "w_x2_h1 W1[0,1] 0.180011293",
        "w_x1_h2 W1[1,0] 0.230009486",
        "w_x2_h2 W1[1,1] 0.280009284",
        "w_h1_o1 W2[0,0] 0.379999382",
        "w_h2_o1 W2[0,1] 0.429999381",
        "w_h1_o2 W2[1,0] 0.519995428",
        "w_h2_o2 W2[1,1] 0.569995429",
        iteration=1,
        tolerance=3e-9,
    ),
    *figures(
        "updated",
        "w_x1_h1 W1[0,0] 0.120041925",
        "w_x2_h1 W1[0,1] 0.170041577",
        "w_x1_h2 W1[1,0] 0.220034379",
        "w_x2_h2 W1[1,1] 0.270034074",
        "w_h1_o1 W2[0,0] 0.369997762",
        "w_h2_o1 W2[0,1] 0.419997756",
        "w_h1_o2 W2[1,0] 0.529983248",
        "w_h2_o2 W2[1,1] 0.579983254",
        iteration=2,
        tolerance=3e-9,
    ),
)

PRESETS = (
    Preset(
        name="mazur",
        title=N_("Matt Mazur's step-by-step example"),
        summary=N_("The example most people learn from: two inputs, two hidden units, two outputs, printed in full."),
        source=SOURCE,
        make=lambda: network({"kind": "sgd", "learning_rate": 0.5}),
        published=FIRST_STEP + AFTERWARDS,
        notes=(
            N_("The biases are not updated, as in the source."),
            N_("The hidden gradients are taken with the output weights before their update, as the source says."),
            N_("For ∂E_o2/∂out_h1 the source prints −0.019049119; correctly rounded it is −0.019049118."),
            N_(
                "The closing figures of the source (0.291027924 after one round; 0.0000351085, 0.015912196 and "
                "0.984065734 after 10,000) do not come from the algorithm it describes: but for 0.0000351085 they come "
                "from updating the output weights before the hidden gradients are taken. Every gradient taken first, "
                "it is 0.291027774; 0.0000351019, 0.015913620 and 0.984064274."
            ),
            N_(
                "0.0000351085 is the loss that the algorithm as described gives after 9,999 rounds, one round earlier "
                "than the source says."
            ),
            N_(
                "Set the optimizer's order of updates to sequential, and the session gives the other closing figures "
                "of the source: 0.291027924, then 0.015912196 and 0.984065734."
            ),
        ),
    ),
    Preset(
        name="mazur-adam",
        title=N_("Mazur's network under Adam"),
        summary=N_("The same network, three steps of Adam with rate 0.01, against figures recorded from PyTorch."),
        source=ADAM_SOURCE,
        make=lambda: network({"kind": "adam", "learning_rate": 0.01}),
        published=ADAM,
        notes=(
            N_(
                "The recorded figures have nine digits and each step starts from rounded parameters, so they are "
                "compared to within 0.000000003."
            ),
        ),
    ),
)
