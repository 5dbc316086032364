"""What somebody may have typed into the form for a network."""

from collections.abc import Mapping

from app.pages.building.forms import EXAMPLE_ROWS

NETWORK: Mapping[str, str] = {
    "/inputs": "2",
    "/layers/0/units": "3",
    "/layers/0/activation": "tanh",
    "/layers/0/bias": "true",
    "/layers/1/units": "1",
    "/layers/1/activation": "sigmoid",
    "/layers/1/bias": "true",
    "/loss": "binary_cross_entropy",
    "/data/from": "rows",
    "/data/rows": EXAMPLE_ROWS,
    "/optimizer/kind": "sgd",
    "/optimizer/sgd/learning_rate": "0.5",
}
