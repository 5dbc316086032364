"""A plane through all parameters: two directions from where they stand, and what lies beside it projected onto it.

Parameters are flat vectors here: the numbers of one after the other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from app.engine.flow import norm

FLAT = 1e-12
"""How much smaller the second main direction of a way may be before the way counts as a straight line."""


class Chance(Protocol):
    """Where random numbers come from, such as a generator with a seed."""

    def standard_normal(self, size: int | tuple[int, ...]) -> np.ndarray: ...


@dataclass(frozen=True, slots=True, eq=False)
class Plane:
    """All points origin + a · across + b · up, each vector (numbers,)."""

    origin: np.ndarray
    across: np.ndarray
    up: np.ndarray

    def point(self, a: float, b: float) -> np.ndarray:
        """The parameters at a point of the plane."""
        return self.origin + a * self.across + b * self.up

    def coordinates(self, vectors: np.ndarray) -> np.ndarray:
        """Vectors (…, numbers) in terms of the two directions, (…, 2): what comes closest by least squares."""
        basis = np.stack([self.across, self.up], axis=1)
        return vectors @ np.linalg.pinv(basis).T

    def path(self, points: np.ndarray) -> np.ndarray:
        """Parameters (…, numbers) as the nearest points of the plane, (…, 2)."""
        return self.coordinates(points - self.origin)


def flat(parameters: Mapping[str, np.ndarray], ids: Sequence[str]) -> np.ndarray:
    """Some parameters as one vector."""
    return np.concatenate([np.ravel(parameters[id]) for id in ids]).astype(np.float64)


def axis(sizes: Mapping[str, int], id: str, place: int) -> np.ndarray:
    """The direction in which one number grows by 1 and all else stays; `place` counts the numbers of its parameter."""
    direction = np.zeros(sum(sizes.values()))
    before = list(sizes)[: list(sizes).index(id)]
    direction[sum(sizes[one] for one in before) + place] = 1.0
    return direction


def filter_normalized(parameters: Sequence[np.ndarray], chance: Chance) -> np.ndarray:
    """A random direction in which each row of weights is as long as the weights' own row; biases stay.

    Source: Li, Xu, Taylor, Studer, Goldstein 2018, "Visualizing the Loss Landscape of Neural Nets", section 4,
    d ← d / ‖d‖ · ‖w‖ for every filter; here a filter is a row of a matrix. Where there is no matrix, all numbers
    together are one.
    """
    if all(array.ndim < 2 for array in parameters):
        whole = np.concatenate([array.ravel() for array in parameters])
        return scaled(chance.standard_normal(whole.size)[None, :], whole[None, :]).ravel()
    drawn = [chance.standard_normal(array.shape) for array in parameters]
    return np.concatenate(
        [
            (scaled(one, array) if array.ndim > 1 else np.zeros(array.shape)).ravel()
            for one, array in zip(drawn, parameters, strict=True)
        ]
    )


def scaled(drawn: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Rows of the lengths that the weights' rows have; a row is all that belongs to one index of the first axis."""
    rows, own = drawn.reshape(len(drawn), -1), weights.reshape(len(weights), -1)
    longest = np.finfo(np.float64).max
    lengths = np.array([min(norm(row), longest) for row in own])
    found: np.ndarray = rows / np.linalg.norm(rows, axis=1)[:, None] * lengths[:, None]
    return found.reshape(drawn.shape)


def main_directions(offsets: np.ndarray) -> tuple[np.ndarray, np.ndarray, float] | None:
    """The two directions of length 1 that come closest to a way, and the part of it that they hold, from 0 to 1.

    `offsets` are the points of the way as seen from the point that the plane goes through, (points, numbers). None
    where the way is a straight line. Source: Li et al. 2018, section 7, principal components of a trajectory.
    """
    if len(offsets) < 2 or not np.isfinite(offsets).all():
        return None
    _, strengths, directions = np.linalg.svd(offsets, full_matrices=False)
    if len(strengths) < 2 or strengths[1] <= FLAT * strengths[0]:
        return None
    # A direction and its opposite serve as well: the way begins on the left, and most of it lies above.
    first = directions[0] * (-1.0 if offsets[0] @ directions[0] > 0 else 1.0)
    second = directions[1] * (-1.0 if (offsets @ directions[1]).sum() < 0 else 1.0)
    return first, second, float(np.sum(strengths[:2] ** 2) / np.sum(strengths**2))
