"""Data to learn from, one row for each set: points made up with a seed, and measured ones that scikit-learn carries.

The points of the plane, all but the moons, are those of TensorFlow Playground (src/dataset.ts), whose noise goes from 0
to 0.5.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from app.errors import N_
from app.nn.supply import bundled

PLAYGROUND = "https://github.com/tensorflow/playground/blob/master/src/dataset.ts"
SKLEARN = "https://scikit-learn.org/stable/modules/generated/sklearn.datasets"
ARTICLE = "《一切皆是映射：反向传播机制的直观理解》 §5.2"
Points = tuple[np.ndarray, np.ndarray]
BISHOP = "Bishop 2006, Pattern Recognition and Machine Learning §1.1"
RADIUS = 5.0
PLANE_RADIUS = 6.0
SIGNS = ("−1", "1")


def seeded(seed: int) -> np.random.Generator:
    """The chance that everything made up with this seed comes from."""
    return np.random.Generator(np.random.PCG64(seed))


def legacy(seed: int) -> np.random.RandomState:
    """NumPy's older chance, which np.random.seed(seed) sets; it takes seeds of 32 bits."""
    return np.random.RandomState(seed % 2**32)


@dataclass(frozen=True)
class Dataset:
    """`make(generator, samples, noise)` gives points (samples, columns) and their targets (samples,).

    A target is a class number, or a number to tell where `classes` is None. `samples` is how many there are unless
    said, `most` how many there are at all; the rows of `image` (height, width) are pictures. `keeps_order` leaves the
    points as they were made where none are held out. `is_here` says whether its file is installed.
    """

    name: str
    label: str
    sentence: str
    source: str
    make: Callable[[Any, int, float], Points]
    columns: tuple[str, ...] = ("x₁", "x₂")
    classes: tuple[str, ...] | None = SIGNS
    image: tuple[int, int] | None = None
    samples: int = 200
    most: int | None = None
    takes_noise: bool = True
    generator: Callable[[int], Any] = seeded
    keeps_order: bool = False
    file: str | None = None

    @property
    def task(self) -> str:
        """Whether classes are told or numbers."""
        return "regression" if self.classes is None else "classification"

    @property
    def is_here(self) -> bool:
        """Whether it can be used: some come with a library that may not be installed."""
        return self.file is None or bundled.is_here(self.file)


def _halves(samples: int) -> tuple[int, int]:
    return (samples + 1) // 2, samples // 2


def _both(parts: list[np.ndarray]) -> Points:
    numbers = np.concatenate([np.full(len(part), number) for part, number in zip(parts, (1.0, 0.0), strict=True)])
    return np.concatenate(parts), numbers


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
    return x, (np.hypot(*seen.T) < RADIUS * 0.5) * 1.0


def xor(generator: np.random.Generator, samples: int, noise: float) -> Points:
    """Four squares, opposite ones alike; noise moves a point across the line for its label, not for its place."""
    x = generator.uniform(-RADIUS, RADIUS, (samples, 2))
    x = x + np.where(x > 0, 0.3, -0.3)
    seen = x + generator.uniform(-RADIUS, RADIUS, x.shape) * noise
    return x, (seen[:, 0] * seen[:, 1] >= 0) * 1.0


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


def plane(generator: np.random.Generator, samples: int, noise: float) -> Points:
    """A slope from −1 to 1 across the plane; noise moves a point for its number, not for its place."""
    x, seen = _spread(generator, samples, noise)
    return x, seen.sum(axis=1) / 10


HILLS = np.array([[-4, 2.5, 1], [0, 2.5, -1], [4, 2.5, 1], [-4, -2.5, -1], [0, -2.5, 1], [4, -2.5, -1]])


def hills(generator: np.random.Generator, samples: int, noise: float) -> Points:
    """Three hills and three hollows in turn, each falling off to nothing at a distance of 2."""
    x, seen = _spread(generator, samples, noise)
    distances = np.hypot(*np.moveaxis(seen[:, None, :] - HILLS[:, :2], 2, 0))
    heights = HILLS[:, 2] * np.clip(1 - distances / 2, 0, 1)
    return x, heights[np.arange(samples), np.abs(heights).argmax(axis=1)]


def _spread(generator: np.random.Generator, samples: int, noise: float) -> Points:
    x = generator.uniform(-PLANE_RADIUS, PLANE_RADIUS, (samples, 2))
    return x, x + generator.uniform(-PLANE_RADIUS, PLANE_RADIUS, x.shape) * noise


def sine(generator: np.random.Generator, samples: int, noise: float) -> Points:
    """One period and a half of a sine; noise is the standard deviation of what is added."""
    x = generator.uniform(-1.5 * np.pi, 1.5 * np.pi, (samples, 1))
    return x, np.sin(x[:, 0]) + generator.normal(0.0, noise, samples)


def chance(generator: np.random.RandomState, samples: int, noise: float) -> Points:
    """Points and classes that have nothing to do with each other, drawn in the order of the article's program."""
    x = generator.randn(samples, 2)
    return x, generator.randint(2, size=(samples, 1))[:, 0] * 1.0


def some_of(whole: Callable[[], Points]) -> Callable[[np.random.Generator, int, float], Points]:
    """What makes a part of a measured set: so many of its samples, by chance."""

    def make(generator: np.random.Generator, samples: int, noise: float) -> Points:
        x, targets = whole()
        chosen = generator.permutation(len(x))[:samples]
        return x[chosen], targets[chosen]

    return make


ROWS = (
    Dataset("spiral", N_("spiral"), N_("Two arms that wind around each other."), PLAYGROUND, spiral),
    Dataset("circle", N_("circle"), N_("A disc, and a ring around it."), PLAYGROUND, circle),
    Dataset("xor", N_("XOR"), N_("Four squares, opposite ones alike."), PLAYGROUND, xor),
    Dataset("gauss", N_("two clouds"), N_("Two clouds of points that a line can part."), PLAYGROUND, gauss),
    Dataset(
        "moons",
        N_("moons"),
        N_("Two half circles that reach into each other."),
        f"{SKLEARN}.make_moons.html",
        moons,
    ),
    Dataset(
        "chance",
        N_("pure chance"),
        N_("The article's points: where one lies says nothing about its class, so there is nothing to learn."),
        ARTICLE,
        chance,
        classes=("0", "1"),
        samples=100,
        takes_noise=False,
        generator=legacy,
        keeps_order=True,
    ),
    Dataset(
        "plane",
        N_("slope"),
        N_("A number that grows evenly across the plane."),
        PLAYGROUND,
        plane,
        classes=None,
    ),
    Dataset(
        "hills",
        N_("hills and hollows"),
        N_("A number that rises and falls three times each across the plane."),
        PLAYGROUND,
        hills,
        classes=None,
    ),
    Dataset(
        "sine",
        N_("sine curve"),
        N_("A curve to follow: one number in, its sine out."),
        BISHOP,
        sine,
        columns=("x",),
        classes=None,
        samples=100,
    ),
    Dataset(
        "digits",
        N_("written digits"),
        N_("1,797 digits written by hand, each a picture of 8 × 8 grey pixels from 0 to 16."),
        f"{SKLEARN}.load_digits.html",
        some_of(bundled.digits),
        columns=tuple(f"pixel_{row}_{column}" for row in range(8) for column in range(8)),
        classes=tuple("0123456789"),
        image=(8, 8),
        samples=1797,
        most=1797,
        takes_noise=False,
        file=bundled.DIGITS,
    ),
    Dataset(
        "iris",
        N_("irises"),
        N_("150 flowers of three kinds, by length and width of sepals and petals in centimetres (Fisher 1936)."),
        f"{SKLEARN}.load_iris.html",
        some_of(bundled.iris),
        columns=("sepal length", "sepal width", "petal length", "petal width"),
        classes=("setosa", "versicolor", "virginica"),
        samples=150,
        most=150,
        takes_noise=False,
        file=bundled.IRIS,
    ),
)

DatasetName = Literal["spiral", "circle", "xor", "gauss", "moons", "chance", "plane", "hills", "sine", "digits", "iris"]
DATASETS: Mapping[str, Dataset] = {row.name: row for row in ROWS}
