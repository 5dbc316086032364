"""Data as a picture: points of the plane by class or by target, a curve for one input, a mosaic of small images.

Of a table with many columns the two are drawn that tell most about the target.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import isqrt

import numpy as np

from app.nn.supply.preparation import numbered
from app.plots import png

SIDE = 100.0
MARGIN = 7.0
STAMPS: Mapping[str, str] = {
    "dot": "h0",
    "square": "h0",
    "triangle": "m0-1.7l1.7 2.9h-3.4z",
    "diamond": "m0-1.8l1.8 1.8-1.8 1.8-1.8-1.8z",
    "plus": "m-1.6 0h3.2m-1.6-1.6v3.2",
    "cross": "m-1.3-1.3l2.6 2.6m0-2.6l-2.6 2.6",
}
"""The marks of classes in order, each as a path from its middle; one without length shows the ends of its line."""
FORMS = tuple(STAMPS)
SHADES = 7
TARGET = "y"


@dataclass(frozen=True)
class Points:
    """Rows to be drawn: x (rows, columns) as they came, y (rows,) class numbers, or targets where `classes` is None.

    `held` (rows,) marks those that training does not see.
    """

    x: np.ndarray
    y: np.ndarray
    held: np.ndarray
    columns: tuple[str, ...]
    classes: tuple[str, ...] | None = None
    image: tuple[int, int] | None = None


@dataclass(frozen=True)
class Marks:
    """All marks of one class: a form, a colour's number, and the paths of those trained on and of those held out."""

    form: str
    colour: str
    path: str
    held: str


@dataclass(frozen=True)
class Scatter:
    """Marks in a square of 100 × 100, with the names of its two axes and where they cross, if they do inside."""

    marks: tuple[Marks, ...]
    across: str
    up: str
    zero_across: float | None
    zero_up: float | None


@dataclass(frozen=True)
class Mosaic:
    """Small images side by side as one picture; `address` holds it."""

    address: str
    width: int
    height: int


def picture(points: Points, most: int = 1000) -> Scatter | Mosaic:
    """The picture of some rows, of at most so many of them."""
    if points.image:
        return mosaic(points.x, points.y, points.image, most)
    across, up, names = plane_of(points)
    places, zeros = placed(across, up, is_square=points.columns == numbered(2))
    chosen = np.linspace(0, len(places) - 1, min(most, len(places))).astype(int)
    groups = groups_of(points)[chosen]
    return Scatter(
        tuple(
            marks_of(number, places[chosen][groups == number], points.held[chosen][groups == number], points)
            for number in np.unique(groups).tolist()
        ),
        *names,
        *zeros,
    )


def plane_of(points: Points) -> tuple[np.ndarray, np.ndarray, tuple[str, str]]:
    """What goes to the right and what goes up, (rows,) each, and their names."""
    if points.classes is None and points.x.shape[1] != 2:
        best = order_of_worth(points)[0]
        return points.x[:, best], points.y, (points.columns[best], TARGET)
    if points.x.shape[1] == 1:
        return points.x[:, 0], points.y, (points.columns[0], "")
    first, second = sorted(order_of_worth(points)[:2]) if points.x.shape[1] > 2 else (0, 1)
    return points.x[:, first], points.x[:, second], (points.columns[first], points.columns[second])


def order_of_worth(points: Points) -> list[int]:
    """The columns by how much they tell about the target: the share of their variance between classes, or r²."""
    with np.errstate(all="ignore"):
        worth = [np.nan_to_num(share_told(column, points)) for column in points.x.T]
    return sorted(range(len(worth)), key=lambda number: -worth[number])


def share_told(column: np.ndarray, points: Points) -> float:
    """From 0 to 1, how much of a column's variance goes with the target."""
    spread = column - column.mean()
    total = float(spread @ spread)
    if total == 0:
        return 0.0
    if points.classes is None:
        target = points.y - points.y.mean()
        return float((spread @ target) ** 2 / total / max(float(target @ target), 1e-300))
    sums = (spread[points.y == number] for number in np.unique(points.y))
    return float(sum(part.sum() ** 2 / len(part) for part in sums) / total)


def placed(across: np.ndarray, up: np.ndarray, is_square: bool) -> tuple[np.ndarray, tuple[float | None, float | None]]:
    """Where each row goes in the square, (rows, 2), and where zero is across and up, if inside of it.

    `is_square`: a step to the right is as long as one up.
    """
    # By their own size first: the span of the largest numbers there are is none of them.
    sizes = np.array([np.abs(across).max(), np.abs(up).max()])
    sizes = np.where(sizes > 0, np.full(2, sizes.max()) if is_square else sizes, 1.0)
    across, up = across / sizes[0], up / sizes[1]
    lows = np.array([across.min(), up.min()])
    spans = np.array([across.max(), up.max()]) - lows
    if is_square:
        lows, spans = lows - (spans.max() - spans) / 2, np.full(2, spans.max())
    spans = np.where(spans > 0, spans, 1.0)
    scaled = (np.stack([across, up], axis=1) - lows) / spans
    zeros = -lows / spans
    room = SIDE - 2 * MARGIN
    places = MARGIN + room * np.stack([scaled[:, 0], 1 - scaled[:, 1]], axis=1)
    inside = [float(zero) if 0 <= zero <= 1 else None for zero in zeros]
    return places, (
        None if inside[0] is None else MARGIN + room * inside[0],
        None if inside[1] is None else SIDE - MARGIN - room * inside[1],
    )


def groups_of(points: Points) -> np.ndarray:
    """The group of each row: its class, or for a target over a plane one of a few shades, from low to high."""
    if points.classes is not None:
        return points.y.astype(int)
    if points.x.shape[1] != 2:
        return np.zeros(len(points.y), int)
    most = np.abs(points.y).max()
    share = points.y / most if most else points.y
    return np.round((share + 1) / 2 * (SHADES - 1)).astype(int)


def marks_of(number: int, places: np.ndarray, held: np.ndarray, points: Points) -> Marks:
    """The marks of one group."""
    form = form_of(number) if points.classes is not None else "dot"
    return Marks(form, colour_of(number, points), path_of(places[~held], form), path_of(places[held], form))


def colour_of(number: int, points: Points) -> str:
    """The name of a group's colour, which the style sheet knows."""
    if points.classes is not None:
        return class_colour(number)
    return f"shade-{number}" if points.x.shape[1] == 2 else "class-1"


def class_colour(number: int) -> str:
    """The name of a class's colour."""
    return f"class-{number % len(FORMS)}"


def form_of(number: int) -> str:
    """The form of a class's mark."""
    return FORMS[number % len(FORMS)]


def path_of(places: np.ndarray, form: str) -> str:
    """A mark of this form at each place, as one path."""
    stamp = STAMPS[form]
    return "".join([f"M{x:.1f} {y:.1f}{stamp}" for x, y in places.tolist()])


def mosaic(x: np.ndarray, y: np.ndarray, image: tuple[int, int], most: int) -> Mosaic:
    """Images in a nearly square sheet, those of a class after each other; the ink is opaque, the paper is not there."""
    chosen = np.arange(len(x))[:most]
    chosen = chosen[np.argsort(y[chosen], kind="stable")]
    along = max(isqrt(len(chosen)), 1)
    height, width = image
    sheet = np.zeros((-(-len(chosen) // along) * (height + 1) + 1, along * (width + 1) + 1))
    for place, row in enumerate(chosen.tolist()):
        top, left = place // along * (height + 1) + 1, place % along * (width + 1) + 1
        sheet[top : top + height, left : left + width] = x[row].reshape(image)
    largest = max(float(sheet.max()), 1e-300)
    alpha = np.round((sheet / largest).clip(0, 1) * 255).astype(np.uint8)
    return Mosaic(png.address(np.stack([np.zeros_like(alpha), alpha], axis=-1)), sheet.shape[1], sheet.shape[0])
