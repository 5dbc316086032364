"""How training goes: its curves, what the net answers, what each unit makes of the plane, and what is told wrong."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from app.engine.graph import Graph
from app.session.moment import Picture
from app.views.scene import Scene
from app.views.train.answers import ask, has_plane
from app.views.train.boundary import Boundary, boundary
from app.views.train.confusion import Confusion, confusion
from app.views.train.curves import Chart, charts
from app.views.train.filters import Filters, filters
from app.views.train.neurons import Neurons, drawn_layers, neurons
from app.views.train.words import Said, note, unit, words
from app.views.warnings import Warned, warnings_of


@dataclass(frozen=True, slots=True)
class Training:
    """The view at a moment. What the session's data have nothing to show for is None.

    `length` is the position at the end of an iteration, where a point of a curve leads; `warnings` say what does not go
    together in the session, however well it seems to train.
    """

    iteration: int
    length: int
    words: tuple[Said, ...]
    warnings: tuple[Warned, ...]
    charts: tuple[Chart, ...]
    boundary: Boundary | None = None
    neurons: Neurons | None = None
    confusion: Confusion | None = None
    filters: Filters | None = None
    note: str | None = None
    unit: Said | None = None


def is_for(graph: Graph) -> bool:
    """Whether there is anything to train."""
    return bool(graph.parameters)


def build(scene: Scene) -> Training:
    """The view for one reader."""
    picture, problem = scene.picture, scene.picture.problem
    where, warned = (picture.cursor.iteration, picture.length), warnings_of(problem)
    is_finished = picture.cursor.position == picture.length
    if problem.training is None:
        found = charts(picture.known, picture.gauges, picture.cursor.iteration, {}, is_finished)
        return Training(*where, words(picture, None, found), warned, found)
    units = drawn_layers(picture.graph) if has_plane(problem) else ()
    answers = scene.reading.evaluate(partial(ask, picture=picture, units=units))
    found = charts(picture.known, picture.gauges, picture.cursor.iteration, answers.scores, is_finished)
    is_square = answers.plane is not None and answers.plane.raw.shape[1] == 2
    return Training(
        *where,
        words(picture, answers, found),
        warned,
        found,
        boundary(problem, answers),
        neurons(problem, picture.graph, answers.plane, sample_of(picture, scene.sample)) if is_square else None,
        confusion(problem, answers, scene.options.get("of", ""), scene.options.get("cell", "")),
        filters(problem, picture),
        note(picture),
        unit(problem),
    )


def sample_of(picture: Picture, asked: int) -> int:
    """The row of the batch whose numbers the maps lead to."""
    return max(0, min(asked, picture.graph.data.shape[0] - 1))
