"""Write article.json: the losses of the article's training program, done right, in PyTorch under every optimizer.

The tests read the figures only, so PyTorch is needed for nothing but writing them anew:

    python -m venv figures && figures/bin/pip install torch==2.13.0 numpy
    figures/bin/python tests/nn/golden/make_article_figures.py

Section 5.2: np.random.seed(0), then 100 points, their targets and the parameters in the order of the program; layers
2-3-1-1 of sigmoids, mean squared error, the full batch.
"""

import itertools
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch

FIGURES = Path(__file__).with_name("article.json")
ITERATIONS = 50
WIDTHS = (2, 3, 1, 1)

# Our settings, PyTorch's class, and the same settings in its words.
OPTIMIZERS: list[tuple[dict, Callable, dict]] = [
    ({"kind": "sgd", "learning_rate": 0.1}, torch.optim.SGD, {"lr": 0.1}),
    ({"kind": "sgd", "learning_rate": 0.1, "momentum": 0.9}, torch.optim.SGD, {"lr": 0.1, "momentum": 0.9}),
    (
        {"kind": "sgd", "learning_rate": 0.1, "momentum": 0.9, "nesterov": True},
        torch.optim.SGD,
        {"lr": 0.1, "momentum": 0.9, "nesterov": True},
    ),
    ({"kind": "sgd", "learning_rate": 0.1, "weight_decay": 0.01}, torch.optim.SGD, {"lr": 0.1, "weight_decay": 0.01}),
    ({"kind": "rmsprop", "learning_rate": 0.01}, torch.optim.RMSprop, {"lr": 0.01}),
    ({"kind": "adagrad", "learning_rate": 0.1}, torch.optim.Adagrad, {"lr": 0.1}),
    ({"kind": "adam", "learning_rate": 0.01}, torch.optim.Adam, {"lr": 0.01}),
    ({"kind": "adamw", "learning_rate": 0.01}, torch.optim.AdamW, {"lr": 0.01}),
]


def program() -> tuple[torch.Tensor, torch.Tensor, list[torch.Tensor]]:
    """Points, targets, and W1, b1, W2, … in the program's layout, for x @ W + b."""
    np.random.seed(0)
    x, y = np.random.randn(100, 2), np.random.randint(2, size=(100, 1)).astype(np.float64)
    parameters = []
    for inputs, units in itertools.pairwise(WIDTHS):
        parameters += [np.random.randn(inputs, units), np.random.randn(units)]
    return torch.tensor(x), torch.tensor(y), [torch.tensor(numbers, requires_grad=True) for numbers in parameters]


def losses(optimizer: Callable, settings: dict) -> list[float]:
    """The loss of each iteration, as computed before its update."""
    x, y, parameters = program()
    rule = optimizer(parameters, foreach=False, **settings)
    found = []
    for _ in range(ITERATIONS):
        rule.zero_grad()
        a = x
        for W, b in zip(parameters[::2], parameters[1::2], strict=True):
            a = torch.sigmoid(a @ W + b)
        loss = torch.mean((a - y) ** 2)
        loss.backward()
        rule.step()
        found.append(loss.item())
    return found


def lines() -> list[str]:
    """The file, one optimizer a line."""
    source = f"PyTorch {torch.__version__.split('+')[0]}, float64, one CPU thread"
    rows = [{"optimizer": ours, "losses": losses(*theirs)} for ours, *theirs in OPTIMIZERS]
    return [f'{{"source": {json.dumps(source)}, "runs": [', ",\n".join(map(json.dumps, rows)), "]}"]


if __name__ == "__main__":
    torch.set_num_threads(1)
    FIGURES.write_text("\n".join(lines()) + "\n", encoding="utf-8")
