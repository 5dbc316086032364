"""The view of histograms: parameters and their gradients over time, or how the network would begin otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from app.engine.graph import Graph
from app.errors import N_, Invalid
from app.nn.wording import shown as quoted
from app.session.ground import movable
from app.views.histograms.beginnings import Beginning, beginnings
from app.views.histograms.over_time import MOST_PARAMETERS, Parameter, courses
from app.views.layers.structure import has_layers
from app.views.scene import Scene

BEGINNINGS = "beginnings"
LONGEST_NUMBER = 6


@dataclass(frozen=True, slots=True, eq=False)
class Histograms:
    """What is shown: `parameters` over time, or `beginnings`; the other is empty.

    `earlier` and `later` are the places of the parameters that the pages before and behind begin with.
    """

    iteration: int
    parameters: tuple[Parameter, ...]
    beginnings: tuple[Beginning, ...]
    count: int
    first: int
    earlier: int | None
    later: int | None

    @property
    def last(self) -> int:
        return self.first + len(self.parameters)


def is_for(graph: Graph) -> bool:
    """Whether there are layers whose weights are many."""
    return has_layers(graph)


def has_beginnings(scene: Scene) -> bool:
    """Whether this is a network whose weights can be drawn otherwise."""
    return scene.picture.problem.training is not None


def view(scene: Scene) -> Histograms:
    """The histograms that the address asks for."""
    count, here = len(movable(scene.picture)), scene.picture.cursor.iteration
    if scene.options.get("show") == BEGINNINGS and has_beginnings(scene):
        return Histograms(
            iteration=here, parameters=(), beginnings=beginnings(scene), count=count, first=0, earlier=None, later=None
        )
    first = min(read_first(scene.options), max(count - 1, 0))
    later = first + MOST_PARAMETERS
    return Histograms(
        iteration=here,
        parameters=courses(scene, first),
        beginnings=(),
        count=count,
        first=first,
        earlier=max(first - MOST_PARAMETERS, 0) if first else None,
        later=later if later < count else None,
    )


def read_first(options: Mapping[str, str]) -> int:
    """Which parameter comes first, as the address says it."""
    typed = options.get("first", "").strip() or "0"
    if not (typed.isascii() and typed.isdigit() and len(typed) <= LONGEST_NUMBER):
        raise Invalid(N_("Expected a whole number, got {came}."), came=quoted(typed), pointer="/first")
    return int(typed)
