"""What a net of circles and lines is drawn from: circles with numbers in them, lines with numbers on them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from app.notation import numbers
from app.notation.naming import Name
from app.session.moment import Picture

DIGIT, POINT = 6.5, 3.3
LINE_ROOM = 58.0
PENDING = "0000"


@dataclass(frozen=True, slots=True)
class Figure:
    """A number of the graph where it is drawn: its place, its digits as they fit, and what is read out.

    `value` and `gradient` are None while they are not computed; `has_gradient` says whether there will ever be one.
    """

    node: str
    index: str
    label: str
    value: str | None
    gradient: str | None
    has_gradient: bool
    is_chosen: bool
    is_visited: bool


@dataclass(frozen=True, slots=True)
class Part:
    """A circle, or one half of it, with one figure in it. `path` is drawn around the circle's middle."""

    figure: Figure
    path: str
    x: float
    role: str


@dataclass(frozen=True, slots=True)
class Circle:
    """A unit: its middle, its parts from left to right, and beneath it the bias; `caption` is a name or a number.

    A small circle `is_tight`: its bias shows only while it is pointed at, or looked at (`is_near`).
    """

    key: str
    kind: str
    x: float
    y: float
    radius: float
    parts: tuple[Part, ...]
    caption: Name | None = None
    bias: Figure | None = None
    operation: str = ""
    is_near: bool = False
    is_tight: bool = False

    @property
    def is_chosen(self) -> bool:
        return any(part.figure.is_chosen for part in self.parts)

    @property
    def is_visited(self) -> bool:
        return any(part.figure.is_visited for part in self.parts)


@dataclass(frozen=True, slots=True)
class Line:
    """A line between two circles, its width and sign from the number on it, which stands at (x, y), `breadth` wide.

    `shows` says when: always, near (its circle is under the pointer) or never. `is_near` touches what is looked at;
    along a line that `is_flowing` numbers came to, or from, the node visited.
    """

    key: str
    path: str
    width: float
    is_negative: bool
    figure: Figure | None
    x: float
    y: float
    shows: str
    is_near: bool
    is_flowing: bool

    @property
    def breadth(self) -> float:
        """The room that the number takes on the line, in pixels."""
        texts = (self.figure.value or PENDING, self.figure.gradient or PENDING) if self.figure else ()
        return max(map(width, texts), default=0.0) + 10.0


@dataclass(frozen=True, slots=True)
class Marking:
    """What is special at a moment: the number looked at, if one was chosen, and the node visited."""

    picture: Picture
    chosen: tuple[str, tuple[int, ...]] | None

    def figure(self, id: str, index: tuple[int, ...], room: float) -> Figure:
        """A number of a node with its gradient, in as many digits as fit the room in pixels."""
        picture = self.picture
        return Figure(
            node=id,
            index=numbers.index_address(index),
            label=f"{id}{numbers.index_text(index)}",
            value=digits(picture.value(id), index, room),
            gradient=digits(picture.gradient(id), index, room),
            has_gradient=picture.graph.has_gradient(id),
            is_chosen=self.chosen == (id, index),
            is_visited=picture.is_visited(id),
        )


def digits(array: np.ndarray | None, index: tuple[int, ...], room: float) -> str | None:
    """One number of an array in as many digits as fit; None where it is not computed."""
    return None if array is None else fitted(float(array[index]), room)


def fitted(number: float, room: float) -> str:
    """A number in at most four significant digits, fewer where they do not fit the room in pixels."""
    tries = [numbers.short(number, count) for count in (4, 3, 2, 1)]
    return next((text for text in tries if width(text) <= room), tries[-1])


def width(text: str) -> float:
    """The width of a number's digits in pixels, at the size they have in circles and on lines."""
    return sum(POINT if letter == "." else DIGIT for letter in text)


def whole(radius: float) -> str:
    """A circle as a path around its middle."""
    return f"M-{radius:g} 0a{radius:g} {radius:g} 0 1 1 {2 * radius:g} 0a{radius:g} {radius:g} 0 1 1-{2 * radius:g} 0z"


def left_half(radius: float) -> str:
    """The left half of a circle as a path around its middle."""
    return f"M0-{radius:g}a{radius:g} {radius:g} 0 0 0 0 {2 * radius:g}z"


def right_half(radius: float) -> str:
    """The right half of a circle as a path around its middle."""
    return f"M0-{radius:g}a{radius:g} {radius:g} 0 0 1 0 {2 * radius:g}z"
