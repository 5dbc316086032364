"""The view of the loss around the moment shown: the map, what it is a map of, and which others there are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from app.engine.elements import unraveled
from app.engine.graph import Graph
from app.notation import numbers
from app.notation.formulas import formula
from app.notation.naming import Name, textbook
from app.session.ground import movable
from app.session.landscape import Landscape, landscape
from app.views.landscape.plot import Plot, plot
from app.views.landscape.wish import CLOSER, KINDS, address_of, read_wish, words_of
from app.views.scene import Scene

CHECKPOINTS = 48
FEWEST_FOR_PATH = 3
MOST_SUGGESTED = 200
FILTER_NORMALIZED = r"d_{i}\leftarrow\frac{d_{i}}{\Vert d_{i}\Vert}\,\Vert w_{i}\Vert"
SOURCE = "https://arxiv.org/abs/1712.09913"
CITATION = "Li et al. 2018"


@dataclass(frozen=True, slots=True)
class Choice:
    """Another picture that could be looked at: what it is called, and the words of its address."""

    title: str
    words: Mapping[str, str]
    is_chosen: bool
    is_possible: bool = True


@dataclass(frozen=True, slots=True)
class Axis:
    """A direction that is one number: its name, its index, and how an address writes both."""

    name: Name
    place: str
    address: str


@dataclass(frozen=True, eq=False)
class LandscapeView:
    """A landscape in numbers, and from them what is drawn and written. The axes count from `starts`."""

    kind: str
    seed: int
    iteration: int
    axes: tuple[Axis, Axis] | None
    closer: float
    across: np.ndarray
    up: np.ndarray
    losses: np.ndarray
    loss: float
    iterations: tuple[int, ...]
    path: np.ndarray
    held: float | None
    descent: np.ndarray
    batch_descent: np.ndarray | None
    rows: int | None
    all_rows: int | None
    starts: tuple[float, float]
    kinds: tuple[Choice, ...]
    zooms: tuple[Choice, ...]
    suggested: tuple[str, ...]
    has_dropout: bool

    @cached_property
    def plot(self) -> Plot | None:
        """The picture; None where no loss of it is finite."""
        return plot(self, self.starts)

    @property
    def points(self) -> int:
        """Points along a side."""
        return len(self.across)

    @property
    def here(self) -> tuple[str, str]:
        """The loss at the moment shown, short and exact."""
        return numbers.short(self.loss), numbers.exact(self.loss)

    @property
    def lowest(self) -> str:
        """The lowest loss of all points computed, the moment among them."""
        every = np.append(self.losses, self.loss)
        finite = every[np.isfinite(every)]
        return numbers.short(float(finite.min())) if finite.size else ""

    @property
    def steepest(self) -> str:
        """−gradient in terms of the two directions."""
        return ", ".join(numbers.short(float(part), 4) for part in self.descent)

    @property
    def steepest_of_batch(self) -> str:
        return "" if self.batch_descent is None else ", ".join(numbers.short(float(x), 4) for x in self.batch_descent)

    @property
    def share(self) -> str:
        """Which part of the way lies in the plane, in percent; nothing where there is no way."""
        return "" if self.held is None else numbers.short(100 * self.held, 3)

    @property
    def is_flat(self) -> bool:
        """Whether nothing changes anywhere."""
        return bool(np.ptp(self.losses[np.isfinite(self.losses)]) == 0) if np.isfinite(self.losses).any() else False

    @property
    def another(self) -> dict[str, str]:
        """The words of the address for other random directions."""
        words = {"plane": "directions", "directions": str(self.seed + 1)}
        return words | ({} if self.closer == 1 else {"closer": f"{self.closer:g}"})

    @property
    def definition(self) -> str:
        """How random directions are scaled, as MathML."""
        return formula(FILTER_NORMALIZED, ())

    @property
    def source(self) -> str:
        return SOURCE

    @property
    def citation(self) -> str:
        return CITATION


def is_for(graph: Graph) -> bool:
    """Whether there are two numbers to move."""
    return sum(graph[id].size for id in graph.parameters if graph.has_gradient(id)) >= 2


def view(scene: Scene) -> LandscapeView:
    """The landscape that the address asks for."""
    wish, picture = read_wish(scene.options), scene.picture
    way = scene.reading.way(picture.cursor.iteration, CHECKPOINTS)
    run = scene.reading.run()
    found = landscape(picture, way, wish, scene.reading.max_work, run is not None and run.state == "running")
    axes = tuple(axis_of(*element) for element in found.elements) if found.elements else None
    return LandscapeView(
        kind=found.kind,
        seed=found.seed,
        iteration=picture.cursor.iteration,
        axes=axes,
        closer=found.closer,
        across=found.across,
        up=found.up,
        losses=found.losses,
        loss=found.loss,
        iterations=found.iterations,
        path=found.path,
        held=found.held,
        descent=found.descent,
        batch_descent=found.batch_descent,
        rows=found.rows,
        all_rows=found.all_rows,
        starts=starts_of(scene, found),
        kinds=kinds(found, len(way)),
        zooms=zooms(found),
        suggested=suggested(scene),
        has_dropout=bool(picture.problem.noises),
    )


def starts_of(scene: Scene, found: Landscape) -> tuple[float, float]:
    """What the axes count from: the two numbers themselves, or 0 where directions are more than one number."""
    if found.elements is None:
        return 0.0, 0.0
    now = scene.picture.parameters_now
    first, second = (float(now[id][index]) for id, index in found.elements)
    return first, second


def axis_of(id: str, index: tuple[int, ...]) -> Axis:
    return Axis(textbook(id), numbers.index_text(index), address_of(id, index))


def kinds(found: Landscape, checkpoints: int) -> tuple[Choice, ...]:
    """The kinds of planes; the way has none of its own before it has turned."""
    return tuple(
        Choice(
            title,
            {"plane": kind} | ({} if found.closer == 1 else {"closer": f"{found.closer:g}"}),
            kind == found.kind,
            kind != "path" or checkpoints >= FEWEST_FOR_PATH,
        )
        for kind, title in KINDS.items()
    )


def zooms(found: Landscape) -> tuple[Choice, ...]:
    """How closely to look."""
    return tuple(
        Choice(f"{factor:g}×", words_of(found, closer="" if factor == 1 else f"{factor:g}"), factor == found.closer)
        for factor in CLOSER
    )


def suggested(scene: Scene) -> tuple[str, ...]:
    """Numbers to choose from, as the fields write them; of many parameters the first."""
    graph, found = scene.picture.graph, []
    for id in movable(scene.picture):
        shape = graph[id].shape
        found += [address_of(id, unraveled(place, shape)) for place in range(min(graph[id].size, MOST_SUGGESTED))]
        if len(found) >= MOST_SUGGESTED:
            break
    return tuple(found[:MOST_SUGGESTED])
