"""How the gradient flows: the diagnosis, the layers at this moment, and over time."""

from __future__ import annotations

from dataclasses import dataclass

from app.engine import flow
from app.engine.course import Course
from app.engine.graph import Graph
from app.errors import N_
from app.notation import numbers
from app.session.moment import Picture
from app.views.flow.course import course_of, flows, is_complete
from app.views.flow.cures import Cure, prescribed
from app.views.flow.illnesses import Finding, diagnosed
from app.views.flow.rows import Rows, rows_of
from app.views.flow.strips import BY_LAYER, BY_PARAMETER, Strip, strips
from app.views.scene import Scene
from app.views.warnings import warnings_of
from app.views.why import Part

SPREAD = N_("The largest and the smallest gradient of the layers differ by a factor of {factor}.")
STEPS = N_("The update moves the weights by {least} to {most} of their size.")
GONE = N_("In {count} iterations the loss has gone from {first} to {last}.")
UNFINISHED = N_("No iteration is finished yet, so there is nothing to say of how it trains.")
STEP = N_("The update moves the weights by {most} of their size.")


@dataclass(frozen=True, slots=True)
class Flow:
    """What is shown. Without a finding the words say what speaks for health, and what the reader was warned of all the
    same; without a gauge nothing is known yet, and where nothing is trained there is nothing to judge.

    `prescribed` is the worked example that differs from this one only in what cures it.
    """

    finding: Finding | None
    words: tuple[Part, ...]
    prescribed: Cure | None
    is_measured: bool
    is_trained: bool
    has_layers: bool
    is_complete: bool
    iteration: int
    layers: Rows
    strips: tuple[Strip, ...]


def is_for(graph: Graph) -> bool:
    """Only to parameters can a gradient flow that is of use."""
    return bool(flow.measured(graph))


def build(scene: Scene) -> Flow:
    """The flow at a moment."""
    picture = scene.picture
    course, here = course_of(picture), picture.cursor.iteration
    finding, rows = diagnosed(picture, course), flow.measured(picture.graph)
    return Flow(
        finding=finding,
        words=() if finding else (*health(course), *warned(picture)),
        prescribed=prescribed(picture),
        is_measured=course.has_gauges,
        is_trained=bool(course.trained),
        has_layers=bool(course.layers),
        is_complete=is_complete(picture),
        iteration=here,
        layers=rows_of(picture, rows, course.steps),
        strips=strips(
            flows(picture),
            rows,
            last_of(picture),
            here,
            BY_LAYER if course.layers else BY_PARAMETER,
            here if is_complete(picture) else here - 1,
        ),
    )


def last_of(picture: Picture) -> int:
    """The last iteration of which anything is known."""
    taken = picture.gauges.iterations
    return max(len(picture.known) - 1, picture.cursor.iteration, int(taken[-1]) if len(taken) else 0)


def health(course: Course) -> tuple[Part, ...]:
    """The numbers that speak for a run in which nothing is wrong."""
    if not course.has_gauges:
        return ()
    if not course.layers:
        return (fallen(course),)
    norms = [course.lately(layer.weight, "gradient_norm") for layer in course.layers]
    found = []
    if len(norms) > 1 and min(norms) > 0:
        found.append(Part(SPREAD, {"factor": numbers.short(max(norms) / min(norms), 2)}))
    if course.steps:
        sizes = {"least": short(min(course.steps.values())), "most": short(max(course.steps.values()))}
        found.append(Part(STEPS if sizes["least"] != sizes["most"] else STEP, sizes))
    return tuple(found)


def warned(picture: Picture) -> tuple[Part, ...]:
    """What does not go together although it trains, as numbers of two shapes that are made to meet."""
    return tuple(part for one in warnings_of(picture.problem) for part in one.parts)


def fallen(course: Course) -> Part:
    """What the losses of an expression say, if there are any."""
    if not len(course.losses):
        return Part(UNFINISHED, {})
    first, last = (numbers.short(number, 4) for number in (course.losses[0], course.losses[-1]))
    return Part(GONE, {"first": first, "last": last, "count": str(len(course.losses))})


def short(number: float) -> str:
    return numbers.short(number, 2)
