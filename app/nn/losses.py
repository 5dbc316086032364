"""The losses of layered networks: one row each, saying what their targets must be."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from app.engine.ops import OPS
from app.errors import N_, Invalid


@dataclass(frozen=True)
class Targets:
    """What `y` may hold. `is_allowed` marks the elements that may stand; `label` makes a target of a label ±1.

    A single target above `middle` is the second class.
    """

    expected: str
    is_allowed: Callable[[np.ndarray], np.ndarray]
    label: Callable[[np.ndarray], np.ndarray]
    middle: float = 0.5


NO_CLASS = -1
"""Stands for the class of a row whose numbers are not all finite: NaN is on no side of a threshold."""


def _class_numbers(rows: np.ndarray, threshold: float) -> np.ndarray:
    found = (rows[:, 0] > threshold).astype(np.int64) if rows.shape[1] == 1 else rows.argmax(axis=1)
    return np.where(np.isfinite(rows).all(axis=1), found, NO_CLASS)


def softmax(logits: np.ndarray) -> np.ndarray:
    """Probabilities of logits (rows, classes)."""
    raised = np.exp(logits - logits.max(axis=1, keepdims=True))
    shares: np.ndarray = raised / raised.sum(axis=1, keepdims=True)
    return shares


def sigmoid(logits: np.ndarray) -> np.ndarray:
    """Probabilities of single logits."""
    with np.errstate(over="ignore"):
        shares: np.ndarray = OPS["sigmoid"].value(logits)
    return shares


@dataclass(frozen=True)
class Loss:
    """A loss of (prediction, target), both (batch, outputs); the op of the same name computes it.

    A prediction of one output above `threshold` is the second class. `probability` makes probabilities of predictions;
    it is None where they mean none. `pytorch` is PyTorch's expression for the loss of `output` beside `y`.
    """

    name: str
    label: str
    convention: str
    targets: Targets
    takes_classes: bool = False
    threshold: float = 0.5
    probability: Callable[[np.ndarray], np.ndarray] | None = None
    pytorch: str = ""

    def decided(self, predictions: np.ndarray) -> np.ndarray:
        """The class numbers (rows,) that predictions (rows, outputs) stand for, NO_CLASS where one is not finite."""
        return _class_numbers(predictions, self.threshold)

    def labelled(self, y: np.ndarray) -> np.ndarray:
        """The class numbers (rows,) that targets stand for, NO_CLASS where one is not finite."""
        return y.astype(np.int64) if y.ndim == 1 else _class_numbers(y, self.targets.middle)

    def check(self, y: np.ndarray, outputs: int, batch: int, pointer: str) -> None:
        """Refuse targets of a wrong shape (saying both) or with numbers this loss does not take."""
        allowed = [(batch, outputs), (batch,)] if self.takes_classes else [(batch, outputs)]
        if y.shape not in allowed:
            template = N_("Expected y of shape {expected}, got one of shape {came}.")
            expected = " / ".join(map(str, allowed))
            raise Invalid(template, expected=expected, came=str(y.shape), pointer=pointer)
        if not self.takes_classes:
            _refuse(y, self.targets.is_allowed(y), self.targets.expected, pointer)
        elif y.ndim == 1:
            is_class = (y == np.floor(y)) & (y >= 0) & (y < outputs)
            template = N_("Expected a class number, an integer from 0 to {highest}, got {came}.")
            if outputs == 1:
                template = N_("The output layer needs one unit for each class; it has one, but got class {came}.")
            _refuse(y, is_class, template, pointer, highest=outputs - 1)
        else:
            is_one_hot = ((y == 0) | (y == 1)).all(axis=1) & (y.sum(axis=1) == 1)
            _refuse(y, is_one_hot, N_("Expected one-hot rows, a single 1 and else 0, got {came}."), pointer)

    @property
    def takes_numbers(self) -> bool:
        """Whether any number may be a target."""
        return self.targets is REAL

    def targets_of(self, numbers: np.ndarray, classes: int, outputs: int) -> np.ndarray | None:
        """Class numbers (rows,) as this loss's y; None if a net of so many outputs cannot tell so many classes."""
        if self.takes_classes:
            return numbers * 1.0 if outputs >= classes else None
        if outputs == 1 and classes == 2:
            return self.targets.label(np.where(numbers[:, None] > 0, 1.0, -1.0))
        if outputs == classes:
            return self.targets.label(np.where(numbers[:, None] == np.arange(classes), 1.0, -1.0))
        return None


def _refuse(y: np.ndarray, is_allowed: np.ndarray, template: str, pointer: str, **fields: Any) -> None:
    """Raise Invalid at the first element (or row) that is not allowed."""
    if is_allowed.all():
        return
    place = tuple(int(index) for index in np.argwhere(~is_allowed)[0])
    came = y[place].tolist()
    raise Invalid(template, came=str(came), pointer=pointer + "".join(f"/{index}" for index in place), **fields)


REAL = Targets(N_("Expected a number, got {came}."), np.isfinite, lambda signs: (signs > 0) * 1.0)
ONE_HOT = replace(REAL, middle=np.inf)
"""Of one class, which is the first."""
SIGNS = Targets(N_("Expected a label, 1 or -1, got {came}."), lambda y: np.abs(y) == 1, lambda signs: signs, 0.0)
PROBABILITIES = Targets(
    N_("Expected a probability from 0 to 1, got {came}."),
    lambda y: (y >= 0) & (y <= 1),
    lambda signs: (signs > 0) * 1.0,
)

ROWS = (
    Loss(
        "half_squared_error",
        N_("half squared error"),
        N_("½ (ŷ − y)² summed over the outputs, averaged over the batch."),
        REAL,
        pytorch="0.5 * ((output - y) ** 2).sum() / len(output)",
    ),
    Loss(
        "mean_squared_error",
        N_("mean squared error"),
        N_("(ŷ − y)² averaged over every element."),
        REAL,
        pytorch="nn.functional.mse_loss(output, y)",
    ),
    Loss(
        "mean_absolute_error",
        N_("mean absolute error"),
        N_("|ŷ − y| averaged over every element."),
        REAL,
        pytorch="nn.functional.l1_loss(output, y)",
    ),
    Loss(
        "huber",
        N_("Huber loss"),
        N_("Squared up to a distance of 1, absolute beyond."),
        REAL,
        pytorch="nn.functional.huber_loss(output, y)",
    ),
    Loss(
        "hinge",
        N_("hinge loss"),
        N_("max(0, 1 − y ŷ) averaged over every element; labels are 1 and −1."),
        SIGNS,
        threshold=0.0,
        pytorch="torch.relu(1 - y * output).mean()",
    ),
    Loss(
        "binary_cross_entropy",
        N_("binary cross-entropy"),
        N_("Of probabilities; targets from 0 to 1; logarithms held at −100."),
        PROBABILITIES,
        probability=lambda predictions: predictions,
        pytorch="nn.functional.binary_cross_entropy(output, y)",
    ),
    Loss(
        "binary_cross_entropy_with_logits",
        N_("binary cross-entropy of logits"),
        N_("Of what a sigmoid would be applied to; targets from 0 to 1."),
        PROBABILITIES,
        threshold=0.0,
        probability=sigmoid,
        pytorch="nn.functional.binary_cross_entropy_with_logits(output, y)",
    ),
    Loss(
        "cross_entropy",
        N_("cross-entropy"),
        N_("Of logits; y holds class numbers or one-hot rows; averaged over the batch."),
        ONE_HOT,
        takes_classes=True,
        threshold=np.inf,
        probability=softmax,
        pytorch="nn.functional.cross_entropy(output, y)",
    ),
)

LossName = Literal[
    "half_squared_error",
    "mean_squared_error",
    "mean_absolute_error",
    "huber",
    "hinge",
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
    "cross_entropy",
]
LOSSES: Mapping[str, Loss] = {row.name: row for row in ROWS}
