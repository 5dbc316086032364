"""The paths on which a number reaches the loss: counted, the largest listed, and what walking them all would cost."""

from __future__ import annotations

from dataclasses import dataclass
from math import floor, fsum, log10

from app.engine.graph import Graph, Node, once_for_each
from app.engine.paths import Multiplications, Path, Step, largest_paths, multiplications, path_count
from app.notation import numbers
from app.notation.naming import Name, textbook
from app.session.moment import Picture
from app.views.scene import Scene

MOST_PATHS = 6
MOST_STEPS = 40
DIGITS = 6


@dataclass(frozen=True, slots=True)
class StepLine:
    """One number on a path, and the local derivative that leads to it."""

    node: str
    name: Name
    index: str
    index_label: str
    local: str


@dataclass(frozen=True, slots=True)
class PathLine:
    """One path: its product and its steps; of a very long one, `left_out` steps are missing before the one at `gap`."""

    product: str
    exact: str
    steps: tuple[StepLine, ...]
    left_out: int
    gap: int | None


@dataclass(frozen=True, slots=True)
class PathList:
    """All paths of one number. `rest` is what those not listed carry together; `state` is why there is no list.

    `forward` and `reverse` are the multiplications that the gradients of all parameters take in either mode; `ratio` is
    how many times as many forward mode needs, empty where there are no parameters.
    """

    state: str
    name: Name
    index_label: str
    count: str
    paths: tuple[PathLine, ...]
    others: str
    rest: str
    gradient: str
    forward: str
    reverse: str
    ratio: str


def paths_of(scene: Scene) -> PathList:
    """The paths of the number looked at, with the numbers of the forward pass."""
    graph, explanation = scene.picture.graph, scene.reading.explain(scene.id, scene.index)
    total, found = path_count(graph, scene.id), ()
    state = state_of(scene.picture, explanation.gradient)
    if state == "known":
        found = largest_paths(graph, explanation.values, scene.id, scene.index, MOST_PATHS)
        state = "known" if found else "nothing"
    cost = counted(graph)
    rest = None if explanation.gradient is None else left(explanation.gradient, [path.product for path in found])
    return PathList(
        state=state,
        name=textbook(scene.id),
        index_label=numbers.index_text(scene.index),
        count=grouped(total),
        paths=tuple(map(line, found)),
        others=grouped(total - len(found)) if total > len(found) else "",
        rest="" if rest is None else numbers.short(rest, DIGITS),
        gradient="" if explanation.gradient is None else numbers.short(explanation.gradient, 9),
        forward=grouped(cost.forward),
        reverse=grouped(cost.reverse),
        ratio=numbers.short(cost.forward / cost.reverse, 2) if cost.reverse else "",
    )


def left(gradient: float, products: list[float]) -> float:
    """What is left of a gradient without these products; ∞ or NaN where they lead there."""
    try:
        return gradient - fsum(products)
    except (OverflowError, ValueError):
        # The exact sum is none of numbers too large for it; the plain one has IEEE 754's answer.
        return gradient - sum(products)


def state_of(picture: Picture, gradient: float | None) -> str:
    """Whether the local derivatives on the paths are known at this moment."""
    if not picture.has_value(picture.graph.loss.id):
        return "not run"
    if picture.is_sequential and gradient is not None:
        return "sequential"
    return "known"


@once_for_each
def counted(graph: Graph) -> Multiplications:
    """What all gradients of a graph cost; it does not change from moment to moment."""
    return multiplications(graph)


def line(path: Path) -> PathLine:
    """A path as it is listed; the beginning and the end of a very long one."""
    steps = path.steps
    half = MOST_STEPS // 2
    left_out = max(0, len(steps) - MOST_STEPS)
    shown = (*steps[:half], *steps[-half:]) if left_out else steps
    return PathLine(
        numbers.short(path.product, DIGITS),
        numbers.exact(path.product),
        tuple(map(step_line, shown)),
        left_out,
        half if left_out else None,
    )


def step_line(step: Step) -> StepLine:
    """One step of a path."""
    return StepLine(
        step.node,
        textbook(step.node),
        numbers.index_address(step.index),
        numbers.index_text(step.index),
        numbers.short(step.local, DIGITS),
    )


def grouped(count: int) -> str:
    """A count with thin spaces between its thousands; a huge one by its power of ten."""
    if count < 10**15:
        return f"{count:,}".replace(",", "\N{NARROW NO-BREAK SPACE}")
    # Python writes no integer of thousands of digits.
    power = floor(log10(count))
    power += (count >= 10 ** (power + 1)) - (count < 10**power)
    digits = str(count // 10 ** (power - 2))
    return f"{digits[0]}.{digits[1:]} × 10^{power}"


def is_for(picture: Picture, node: Node) -> bool:
    """Whether there are paths: from the loss itself there is nothing to walk."""
    return picture.graph.has_gradient(node.id) and node.id != picture.graph.loss.id
