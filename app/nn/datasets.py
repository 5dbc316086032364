"""Made-up data to learn from: points of the plane in two classes, one row for each way to lay them out.

All but the moons are those of TensorFlow Playground (src/dataset.ts), whose noise goes from 0 to 0.5.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from app.errors import N_

PLAYGROUND = "https://github.com/tensorflow/playground/blob/master/src/dataset.ts"
SKLEARN = "https://scikit-learn.org/stable/modules/generated/sklearn.datasets.make_moons.html"
Points = tuple[np.ndarray, np.ndarray]
RADIUS = 5.0


@dataclass(frozen=True)
class Dataset:
    """`make(generator, samples, noise)` gives points (samples, 2) and their labels ±1 (samples,)."""

    name: str
    label: str
    sentence: str
    source: str
    make: Callable[[np.random.Generator, int, float], Points]


@dataclass(frozen=True)
class Split:
    """Points to train on and points held out, with labels ±1."""

    x: np.ndarray
    labels: np.ndarray
    test_x: np.ndarray
    test_labels: np.ndarray


def split(dataset: Dataset, samples: int, noise: float, test_fraction: float, seed: int) -> Split:
    """Make the points, shuffle them, and hold a part of them out of training (at least one stays in)."""
    generator = np.random.Generator(np.random.PCG64(seed))
    x, labels = dataset.make(generator, samples, noise)
    order = generator.permutation(samples)
    training = max(samples - round(samples * test_fraction), 1)
    kept, held = order[:training], order[training:]
    return Split(x[kept], labels[kept], x[held], labels[held])


def _halves(samples: int) -> tuple[int, int]:
    return (samples + 1) // 2, samples // 2


def _both(parts: list[np.ndarray]) -> Points:
    labels = np.concatenate([np.full(len(part), sign) for part, sign in zip(parts, (1.0, -1.0), strict=True)])
    return np.concatenate(parts), labels


def spiral(generator: np.random.Generator, samples: int, noise: float) -> Points:
    """Two arms that wind around each other."""
    arms = []
    for count, turn in zip(_halves(samples), (0.0, np.pi), strict=True):
        part = np.arange(count) / max(count, 1)
        angle = 1.75 * part * 2 * np.pi + turn
        arm = (part * RADIUS)[:, None] * np.stack([np.sin(angle), np.cos(angle)], axis=1)
        arms.append(arm + generator.uniform(-1, 1, (count, 2)) * noise)
    return _both(arms)


def circle(generator: np.random.Generator, samples: int, noise: float) -> Points:
    """A disc, and a ring around it; noise moves a point across the line for its label, not for its place."""
    rings = []
    for count, (inner, outer) in zip(_halves(samples), ((0.0, 0.5), (0.7, 1.0)), strict=True):
        radius = generator.uniform(RADIUS * inner, RADIUS * outer, count)
        angle = generator.uniform(0, 2 * np.pi, count)
        rings.append(radius[:, None] * np.stack([np.sin(angle), np.cos(angle)], axis=1))
    x = np.concatenate(rings)
    seen = x + generator.uniform(-RADIUS, RADIUS, x.shape) * noise
    return x, np.where(np.hypot(*seen.T) < RADIUS * 0.5, 1.0, -1.0)


def xor(generator: np.random.Generator, samples: int, noise: float) -> Points:
    """Four squares, opposite ones alike; noise moves a point across the line for its label, not for its place."""
    x = generator.uniform(-RADIUS, RADIUS, (samples, 2))
    x = x + np.where(x > 0, 0.3, -0.3)
    seen = x + generator.uniform(-RADIUS, RADIUS, x.shape) * noise
    return x, np.where(seen[:, 0] * seen[:, 1] >= 0, 1.0, -1.0)


def gauss(generator: np.random.Generator, samples: int, noise: float) -> Points:
    """Two clouds, around (2, 2) and (−2, −2); noise from 0 to 0.5 takes the variance from 0.5 to 4."""
    deviation = np.sqrt(0.5 + 7.0 * noise)
    counts = zip(_halves(samples), (2.0, -2.0), strict=True)
    return _both([generator.normal(centre, deviation, (count, 2)) for count, centre in counts])


def moons(generator: np.random.Generator, samples: int, noise: float) -> Points:
    """Two half circles that reach into each other; noise is the standard deviation of what is added."""
    upper, lower = (np.linspace(0, np.pi, count) for count in _halves(samples))
    x, labels = _both(
        [
            np.stack([1 - np.cos(upper), 0.5 - np.sin(upper)], axis=1),
            np.stack([np.cos(lower), np.sin(lower)], axis=1),
        ]
    )
    return x + generator.normal(0.0, noise, x.shape), labels


ROWS = (
    Dataset("spiral", N_("spiral"), N_("Two arms that wind around each other."), PLAYGROUND, spiral),
    Dataset("circle", N_("circle"), N_("A disc, and a ring around it."), PLAYGROUND, circle),
    Dataset("xor", N_("exclusive or"), N_("Four squares, opposite ones alike."), PLAYGROUND, xor),
    Dataset("gauss", N_("two clouds"), N_("Two clouds of points that a line can part."), PLAYGROUND, gauss),
    Dataset("moons", N_("moons"), N_("Two half circles that reach into each other."), SKLEARN, moons),
)

DATASETS: Mapping[str, Dataset] = {row.name: row for row in ROWS}
