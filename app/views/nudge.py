"""One number nudged: what its gradient predicts of the loss beside what the loss truly does, in numbers and drawn."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields

from app.engine.graph import Node
from app.engine.nudge import ZOOMS, LossCurve, Step
from app.engine.why import missing
from app.errors import N_, Invalid
from app.notation import numbers
from app.notation.naming import Name, textbook
from app.session.moment import Picture
from app.session.nudge import Nudge, is_movable
from app.views.nudge_plot import Plot, plot
from app.views.scene import Scene
from app.views.why import SENTENCES

NOTCHES = 100
"""Places that the slider can take to either side."""


@dataclass(frozen=True, slots=True)
class StepLine:
    """One step as the list of steps writes it, with all digits beside; nothing is predicted without a gradient.

    `factor` is the step behind a sign: a negative one stands in parentheses.
    """

    by: str
    factor: str
    loss: str
    exact_loss: str
    predicted: str
    exact_predicted: str
    true: str
    exact_true: str
    error: str
    is_exact: bool


@dataclass(frozen=True, slots=True)
class Choice:
    """A zoom: how far it reaches as written, as an address writes it, and the step that keeps the slider's place."""

    reach: str
    zoom: str
    by: str
    is_chosen: bool


@dataclass(frozen=True, slots=True, eq=False)
class NudgeView:
    """A nudge in numbers, and from them what is drawn and written. None is not computed, or not there.

    `is_before_update` says that the page shows newer numbers than those that were nudged, `reason` why there is no
    gradient.
    """

    id: str
    index: tuple[int, ...]
    value: float | None
    gradient: float | None
    loss: float | None
    zoom: float
    reach: float
    by: float
    steps: tuple[Step, ...]
    curve: LossCurve | None
    is_square: bool | None
    is_before_update: bool
    is_sequential: bool
    reason: str | None

    @property
    def name(self) -> Name:
        return textbook(self.id)

    @property
    def place(self) -> str:
        """The index behind the name."""
        return numbers.index_text(self.index)

    @property
    def asked(self) -> str:
        """The index as an address writes it."""
        return numbers.index_address(self.index)

    @property
    def address(self) -> str:
        return address_of(self.id, self.index)

    @property
    def state(self) -> str:
        """Whether there is something to show: `ready`, or what is missing."""
        if self.loss is None:
            return "no loss"
        return "ready" if self.steps else "not finite"

    @property
    def verdict(self) -> str:
        """What the steps show of the tangent: `none` there is, `exact`, `square`, `sequential`, `kink`, or `large`."""
        if self.gradient is None or not self.steps or not math.isfinite(self.gradient):
            return "none"
        if all(step.is_exact for step in self.steps):
            return "exact"
        if self.is_square is False:
            return "sequential" if self.is_sequential else "kink"
        return "square" if self.is_square else "large"

    @property
    def lines(self) -> tuple[StepLine, ...]:
        """The steps as they are listed, the one asked for first."""
        return tuple(step_line(step) for step in self.steps)

    @property
    def loss_before(self) -> str:
        return written(self.loss)

    @property
    def loss_taken(self) -> str:
        """The loss behind a minus sign."""
        return enclosed(self.loss)

    @property
    def slope(self) -> str:
        return written(self.gradient)

    @property
    def number(self) -> str:
        return written(self.value)

    @property
    def moved(self) -> str:
        """The number with the step added."""
        return written(float(f"{self.value + self.by:.12g}"))

    @property
    def notch(self) -> str:
        """The distance between two places of the slider."""
        return tidy(self.reach / NOTCHES)

    @property
    def furthest(self) -> str:
        return tidy(self.reach)

    @property
    def typed(self) -> str:
        """The step as the slider's value."""
        return tidy(self.by)

    @property
    def choices(self) -> tuple[Choice, ...]:
        """How closely the loss can be looked at."""
        return tuple(
            Choice(
                numbers.short(self.reach / self.zoom * zoom, 3),
                f"{zoom:g}",
                tidy(self.by / self.zoom * zoom),
                zoom == self.zoom,
            )
            for zoom in ZOOMS
        )

    @property
    def plot(self) -> Plot | None:
        """The picture; None where there is nothing to draw."""
        if self.curve is None:
            return None
        return plot(self.curve, self.value, self.loss, self.gradient, self.steps[0])


def nudge(scene: Scene) -> NudgeView:
    """The section about the number looked at, moved as the address says."""
    by, zoom = read_options(scene.options, address_of(scene.id, scene.index))
    picture, node = scene.picture, scene.node
    found = scene.reading.nudge(scene.id, scene.index, by, zoom)
    return NudgeView(
        **{field.name: getattr(found, field.name) for field in fields(Nudge)},
        is_before_update=picture.is_updated(node.id),
        is_sequential=picture.is_sequential,
        reason=SENTENCES[missing(picture.graph, scene.id)] if found.gradient is None else None,
    )


def is_for(picture: Picture, node: Node) -> bool:
    """Whether a node's numbers can be nudged."""
    return is_movable(node)


def read_options(options: Mapping[str, str], address: str) -> tuple[float | None, float]:
    """By how much, and how closely, as the address says; None and 1 where it does not. Raises Invalid.

    A page that says which number it nudged means no other by this step.
    """
    by, zoom = (options.get(name, "").strip().replace(numbers.MINUS, "-") for name in ("by", "zoom"))
    is_meant = options.get("nudged", address) == address
    return (read_number(by, "/by") if by and is_meant else None), (read_number(zoom, "/zoom") if zoom else 1.0)


def address_of(id: str, index: tuple[int, ...]) -> str:
    """A number by its node and its index."""
    return f"{id}:{','.join(map(str, index))}"


def read_number(typed: str, pointer: str) -> float:
    """A number as an address writes it."""
    try:
        return float(typed)
    except ValueError:
        raise Invalid(N_("Expected a number, got {came}."), came=typed[:60], pointer=pointer) from None


def step_line(step: Step) -> StepLine:
    """A step in short numbers and in full."""
    return StepLine(
        by=written(step.by),
        factor=enclosed(step.by),
        loss=written(step.loss),
        exact_loss=numbers.exact(step.loss),
        predicted=written(step.predicted),
        exact_predicted="" if step.predicted is None else numbers.exact(step.predicted),
        true=written(step.true),
        exact_true=numbers.exact(step.true),
        error=written(step.error, 3),
        is_exact=step.is_exact,
    )


def written(number: float | None, significant: int = 6) -> str:
    """A number rounded for the eye; nothing where there is none."""
    return "" if number is None else numbers.short(number, significant)


def enclosed(number: float | None) -> str:
    """A number behind a sign of its own: in parentheses if it is negative."""
    text = written(number)
    return f"({text})" if text.startswith(numbers.MINUS) else text


def tidy(number: float) -> str:
    """A number for a field or an address, without the noise of the last digits: 0.3, not 0.30000000000000004."""
    return numbers.typed(float(f"{number:.12g}"))
