"""The weights and the gradients of each parameter as histograms over time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from app.layout.measure import shape_text
from app.notation import numbers
from app.notation.naming import Name, textbook
from app.plots.ridges import Crowd, Ridges, crowd, reach, ridges
from app.session.ground import movable
from app.session.moment import Picture
from app.views.scene import Scene

MOMENTS, FEW_MOMENTS = 16, 9
MOST_ROOMY = 6
MOST_PARAMETERS = 12


@dataclass(frozen=True, slots=True, eq=False)
class Course:
    """One quantity of one parameter over time: `iterations`, and in the same order `crowds` on one axis.

    `axis` is from where to where it goes. `state` is `known`, or why there is nothing: `pending`.
    """

    kind: str
    axis: tuple[float, float]
    iterations: tuple[int, ...]
    crowds: tuple[Crowd, ...]
    state: str

    @property
    def drawing(self) -> Ridges:
        return ridges(self.crowds, *self.axis)

    @property
    def last(self) -> Crowd | None:
        return self.crowds[-1] if self.crowds else None

    @property
    def deviation(self) -> str:
        """The standard deviation of the newest ones."""
        return numbers.short(self.last.deviation, 3) if self.last and self.last.deviation is not None else ""

    @property
    def odd(self) -> int:
        """How many numbers are not finite, at all times together."""
        return sum(one.odd for one in self.crowds)


@dataclass(frozen=True, slots=True, eq=False)
class Parameter:
    """One parameter: its weights and its gradients over time."""

    id: str
    shape: str
    size: int
    weights: Course
    gradients: Course

    @property
    def name(self) -> Name:
        return textbook(self.id)


def courses(scene: Scene, first: int) -> tuple[Parameter, ...]:
    """The parameters from a place on, as far as there is room."""
    picture = scene.picture
    ids = movable(picture)
    shown = ids[first : first + MOST_PARAMETERS]
    moments = MOMENTS if len(shown) <= MOST_ROOMY else FEW_MOMENTS
    here = picture.cursor.iteration
    way = [(iteration, found) for iteration, found in scene.reading.way(here, moments) if iteration < here]
    slopes = scene.reading.gradients([iteration for iteration, _ in way])
    return tuple(parameter(picture, id, [*way, (here, picture.parameters_now)], slopes) for id in shown)


def parameter(
    picture: Picture,
    id: str,
    way: Sequence[tuple[int, Mapping[str, np.ndarray]]],
    slopes: Sequence[tuple[int, Mapping[str, np.ndarray]]],
) -> Parameter:
    """One parameter; its gradient at the moment shown is left out as long as it is not computed."""
    here, gradient = picture.cursor.iteration, picture.gradient(id)
    past = [(iteration, found[id]) for iteration, found in slopes if id in found]
    now = [] if gradient is None else [(here, gradient)]
    node = picture.graph[id]
    weights = course("weights", [(iteration, found[id]) for iteration, found in way])
    return Parameter(id, shape_text(node.shape), node.size, weights, course("gradients", [*past, *now]))


def course(kind: str, found: Sequence[tuple[int, np.ndarray]]) -> Course:
    """Numbers at several iterations on one axis."""
    low, high = reach([array for _, array in found])
    crowds = tuple(crowd(str(iteration), array, low, high) for iteration, array in found)
    return Course(
        kind, (low, high), tuple(iteration for iteration, _ in found), crowds, "known" if found else "pending"
    )
