"""What Graphviz is asked, and how its answer is read: boxes by number, no word of the user's."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from app.layout.layout import Point

RANK_GAP = 46.0
NODE_GAP = 18.0
BACKBONE_WEIGHT = 40
MAIN_WEIGHT = 4


@dataclass(frozen=True, slots=True)
class Sketch:
    """A graph to be placed: sizes of boxes, and for each box the boxes that feed it, by number and in argument order.

    Boxes come in topological order. The longest way to the box `end` is kept straight.
    """

    sizes: tuple[tuple[float, float], ...]
    inputs: tuple[tuple[int, ...], ...]
    end: int

    @property
    def edges(self) -> list[tuple[int, int, int]]:
        """(source, target, argument) of every line, targets in order."""
        return [
            (source, target, argument)
            for target, sources in enumerate(self.inputs)
            for argument, source in enumerate(sources)
        ]


@dataclass(frozen=True, slots=True)
class Placement:
    """Where the boxes of a sketch stand (centres), and the course of each of its edges (Bezier control points)."""

    width: float
    height: float
    centres: tuple[Point, ...]
    courses: tuple[tuple[Point, ...], ...]
    is_rough: bool = False


def depths(sketch: Sketch) -> list[int]:
    """The number of lines on the longest way from a leaf to each box."""
    found: list[int] = []
    for sources in sketch.inputs:
        found.append(1 + max(found[source] for source in sources) if sources else 0)
    return found


def main_arguments(sketch: Sketch) -> list[int | None]:
    """For each box the argument with the longest history, which the eye follows; the first of equals."""
    depth = depths(sketch)
    return [
        max(range(len(sources)), key=lambda a, s=sources: (depth[s[a]], -a)) if sources else None
        for sources in sketch.inputs
    ]


def backbone(sketch: Sketch) -> frozenset[tuple[int, int]]:
    """The (target, argument) of the edges on the longest way to the end."""
    mains, found = main_arguments(sketch), set()
    box = sketch.end
    while (argument := mains[box]) is not None:
        found.add((box, argument))
        box = sketch.inputs[box][argument]
    return frozenset(found)


def seats(sketch: Sketch) -> list[list[int]]:
    """For each box its arguments from top to bottom: in order, but the main one of three or more in the middle."""
    mains = main_arguments(sketch)
    return [seated(len(sources), main) for sources, main in zip(sketch.inputs, mains, strict=True)]


def seated(count: int, main: int | None) -> list[int]:
    order = list(range(count))
    if count > 2 and main is not None:
        order.remove(main)
        order.insert(count // 2, main)
    return order


def graphviz_request(sketch: Sketch, seconds: float) -> dict[str, Any]:
    """The sketch as the child process reads it."""
    straight, mains = backbone(sketch), main_arguments(sketch)
    on_backbone = {target for target, _ in straight} | {sketch.inputs[target][main] for target, main in straight}
    nodes = [
        [width, height, {"group": "backbone"} if number in on_backbone else {}]
        for number, (width, height) in enumerate(sketch.sizes)
    ]
    weights = dict.fromkeys(enumerate(mains), MAIN_WEIGHT)
    weights |= dict.fromkeys(straight, BACKBONE_WEIGHT)
    edges = [
        [sketch.inputs[target][argument], target, {"weight": weights.get((target, argument), 1)}]
        for target, order in enumerate(seats(sketch))
        for argument in order
    ]
    return {
        "seconds": seconds,
        "nodes": nodes,
        "edges": edges,
        "graph": {
            "rankdir": "LR",
            "ordering": "in",
            "splines": "spline",
            "nodesep": NODE_GAP / 72,
            "ranksep": RANK_GAP / 72,
        },
    }


def read_answer(sketch: Sketch, answer: dict[str, Any]) -> Placement:
    """The child's answer as a placement, edges in the sketch's order again."""
    by_edge = {}
    asked = ((target, argument) for target, order in enumerate(seats(sketch)) for argument in order)
    for key, numbers in zip(asked, answer["lines"], strict=True):
        by_edge[key] = points(numbers)
    return Placement(
        answer["width"],
        answer["height"],
        tuple(points([n for c in answer["centres"] for n in c])),
        tuple(by_edge[target, argument] for _, target, argument in sketch.edges),
    )


def points(numbers: Sequence[float]) -> tuple[Point, ...]:
    """`x, y, x, y, …` as points."""
    return tuple(zip(numbers[::2], numbers[1::2], strict=True))
