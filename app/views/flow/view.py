"""How the gradient flows: the diagnosis, the layers at this moment, and over time."""

from __future__ import annotations

from dataclasses import dataclass

from app.engine import flow
from app.engine.graph import Graph
from app.engine.illness import Course
from app.errors import N_
from app.session.moment import Picture
from app.views import numbers
from app.views.flow.course import course_of, is_complete
from app.views.flow.cures import Cure, prescribed
from app.views.flow.illnesses import Finding, diagnosed
from app.views.flow.rows import Rows, rows_of
from app.views.flow.strips import Strip, strips
from app.views.scene import Scene
from app.views.why import Part

SPREAD = N_("The largest and the smallest gradient of the layers differ by a factor of {factor}.")
STEPS = N_("The update moves the weights by {least} to {most} of their size.")
STEP = N_("The update moves the weights by {most} of their size.")


@dataclass(frozen=True, slots=True)
class Flow:
    """What is shown. Without a finding the words say what speaks for health; without a gauge nothing is known yet.

    `prescribed` is the worked example that differs from this one only in what cures it.
    """

    finding: Finding | None
    words: tuple[Part, ...]
    prescribed: Cure | None
    is_measured: bool
    is_complete: bool
    iteration: int
    layers: Rows
    strips: tuple[Strip, ...]


def is_for(graph: Graph) -> bool:
    """Only what has matrices of weights has layers for a gradient to flow through."""
    return bool(flow.layers(graph))


def build(scene: Scene) -> Flow:
    """The flow at a moment."""
    picture = scene.picture
    course, here = course_of(picture), picture.cursor.iteration
    finding = diagnosed(picture, course)
    return Flow(
        finding,
        () if finding else health(course),
        prescribed(picture),
        course.has_gauges,
        is_complete(picture),
        here,
        rows_of(picture, course.layers, course.steps),
        strips(picture.gauges, course.layers, last_of(picture), here),
    )


def last_of(picture: Picture) -> int:
    """The last iteration of which anything is known."""
    taken = picture.gauges.iterations
    return max(len(picture.known) - 1, picture.cursor.iteration, int(taken[-1]) if len(taken) else 0)


def health(course: Course) -> tuple[Part, ...]:
    """The numbers that speak for a run in which nothing is wrong."""
    if not course.has_gauges:
        return ()
    norms = [course.lately(layer.weight, "gradient_norm") for layer in course.layers]
    found = []
    if len(norms) > 1 and min(norms) > 0:
        found.append(Part(SPREAD, {"factor": numbers.short(max(norms) / min(norms), 2)}))
    if course.steps:
        sizes = {"least": short(min(course.steps.values())), "most": short(max(course.steps.values()))}
        found.append(Part(STEPS if sizes["least"] != sizes["most"] else STEP, sizes))
    return tuple(found)


def short(number: float) -> str:
    return numbers.short(number, 2)
