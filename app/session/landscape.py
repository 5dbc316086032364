"""The loss around a moment, over a plane of parameters: which plane, which rows of the data, and how many points.

Everything here is a function of a picture and of the way that led to it; the session's own plan is not touched.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from app.engine.elements import unraveled
from app.engine.formula import Index
from app.engine.plane import Plane, axis, filter_normalized, flat, main_directions
from app.errors import N_, Invalid
from app.session.edits import node_of, read_index
from app.session.ground import MOVING, WORK, ground_of, is_own_loss, movable, resolution
from app.session.moment import Picture
from app.session.way import Way

DIRECTIONS = 4
"""Keeps the random directions apart from all else that comes from a seed."""
LEAST_REACH = 1.0
LARGEST = float(np.finfo(np.float64).max)
ROOM = 1.5
"""How much further the picture reaches than the way that it is to hold."""

Element = tuple[str, Index]


@dataclass(frozen=True, slots=True)
class Wish:
    """Which part of which plane is asked for. A `kind` of None is the usual one for the graph.

    `seed` is that of random directions, `elements` are the two numbers of a plane of `parameters`; `closer` is how many
    times closer than usual the picture is.
    """

    kind: str | None = None
    seed: int = 0
    elements: tuple[Element, Element] | None = None
    closer: float = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class Landscape:
    """Losses over a plane, (up, across), at points `across` and `up` in terms of its directions; 0, 0 is the moment.

    `path` are the checkpoints' nearest points of the plane, (points, 2), of `iterations`. `descent` is the direction of
    −gradient in the plane, of the loss that is drawn; `batch_descent` that of the iteration's own batch where it is
    another loss, None before it is computed. `held` is the part of the way that the plane holds, None where there is
    no way. `rows` of `all_rows` were used; both are None for an expression.
    """

    kind: str
    seed: int
    elements: tuple[Element, Element] | None
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


def landscape(picture: Picture, way: Way, wish: Wish, max_work: int, is_moving: bool = False) -> Landscape:
    """The landscape around a picture's moment. Raises Invalid for what cannot be drawn, BeyondLimit for too much."""
    training, ids = picture.problem.training, movable(picture)
    elements = elements_of(picture, wish, ids)
    size, rows = resolution(picture, max_work, MOVING if is_moving else WORK)
    now = picture.parameters_now
    origin = flat(now, ids)
    if not np.isfinite(origin).all():
        raise Invalid(N_("The parameters are not all finite at this moment, so there is no landscape around it."))
    points = np.array([flat(parameters, ids) for _, parameters in way]).reshape(-1, len(origin))
    kind = kind_of(picture, wish)
    plane = plane_of(kind, wish, elements, {id: now[id] for id in ids}, points - origin)
    path = plane.path(points)
    across, up = window(kind, elements, now, path, wish.closer, size)
    ground, leaves = ground_of(picture, rows)
    found = ground.relief(plane, across, up, leaves)
    return Landscape(
        kind=kind,
        seed=wish.seed,
        elements=elements if kind == "parameters" else None,
        closer=wish.closer,
        across=across,
        up=up,
        losses=found.losses,
        loss=found.loss,
        iterations=tuple(iteration for iteration, _ in way),
        path=path,
        held=held(plane, points),
        descent=-plane.coordinates(found.gradient),
        batch_descent=None if is_own_loss(picture, ground) else descent_of_batch(picture, plane, ids),
        rows=None if training is None else len(leaves[picture.graph.data.id]),
        all_rows=None if training is None else len(training),
    )


def kind_of(picture: Picture, wish: Wish) -> str:
    """The kind of plane asked for; of an expression two numbers, of a network random directions."""
    if wish.kind:
        return wish.kind
    return "parameters" if wish.elements or picture.problem.training is None else "directions"


def elements_of(picture: Picture, wish: Wish, ids: Sequence[str]) -> tuple[Element, Element]:
    """The two numbers of a plane of parameters: those asked for, else the first two."""
    graph = picture.graph
    if wish.elements is None:
        first = [(id, unraveled(place, graph[id].shape)) for id in ids for place in range(min(2, graph[id].size))]
        if len(first) < 2:
            raise Invalid(N_("A landscape needs two numbers that updates move; here there are fewer."))
        return first[0], first[1]
    for pointer, (id, index) in zip(("/across", "/up"), wish.elements, strict=True):
        read_index(node_of(graph, id), index, pointer)
        if id not in ids:
            raise Invalid(N_("Expected a parameter that updates move, got {came}."), came=id, pointer=pointer)
    if wish.elements[0] == wish.elements[1]:
        raise Invalid(N_("Expected two different numbers, got the same one twice."), pointer="/up")
    return wish.elements


def plane_of(
    kind: str, wish: Wish, elements: tuple[Element, Element], now: Mapping[str, np.ndarray], offsets: np.ndarray
) -> Plane:
    """The plane of a kind through the parameters as they stand."""
    origin = flat(now, list(now))
    if kind == "parameters":
        sizes = {id: array.size for id, array in now.items()}
        places = (int(np.ravel_multi_index(index, now[id].shape)) if index else 0 for id, index in elements)
        return Plane(origin, *(axis(sizes, id, at) for (id, _), at in zip(elements, places, strict=True)))
    if kind == "path":
        found = main_directions(offsets)
        if found is None:
            template = N_("The path so far has no two directions; run a few iterations, and it will.")
            raise Invalid(template, pointer="/plane")
        return Plane(origin, *found[:2])
    chance = np.random.Generator(np.random.PCG64(np.random.SeedSequence(wish.seed, spawn_key=(DIRECTIONS,))))
    drawn = [filter_normalized(list(now.values()), chance) for _ in range(2)]
    if not all(direction.any() for direction in drawn):
        template = N_("All weights are 0, and so are directions of their lengths; choose two parameters instead.")
        raise Invalid(template, pointer="/plane")
    return Plane(origin, *drawn)


def window(
    kind: str,
    elements: tuple[Element, Element],
    now: Mapping[str, np.ndarray],
    path: np.ndarray,
    closer: float,
    size: int,
) -> tuple[np.ndarray, np.ndarray]:
    """The points across and up: a square around the moment and the way there; seen closer, around the moment alone."""
    reach, middle = LEAST_REACH, np.zeros(2)
    if kind != "directions" and len(path) and np.isfinite(path).all():
        corners = np.stack([np.minimum(path.min(axis=0), 0), np.maximum(path.max(axis=0), 0)])
        middle = corners.mean(axis=0) if closer <= 1 else middle
        reach = ROOM * float(np.ptp(corners, axis=0).max()) / 2
    if kind == "parameters":
        reach = max(reach, LEAST_REACH, *(abs(float(now[id][index])) / 2 for id, index in elements))
    steps = np.linspace(-1, 1, size) * min(reach / closer, LARGEST)
    across, up = np.clip(middle[:, None] + steps, -LARGEST, LARGEST)
    return across, up


def descent_of_batch(picture: Picture, plane: Plane, ids: Sequence[str]) -> np.ndarray | None:
    """−gradient of the iteration's own batch in the plane, where it is known for the parameters as they stand."""
    if not all(picture.has_gradient(id) and not picture.is_updated(id) for id in ids):
        return None
    return -plane.coordinates(flat({id: picture.snapshot.gradient(id) for id in ids}, ids))


def held(plane: Plane, points: np.ndarray) -> float | None:
    """Which part of the way lies in the plane: lengths squared of what is seen of it, by all of them."""
    offsets = points - plane.origin
    total = float(np.sum(offsets**2))
    if not total or not np.isfinite(total):
        return None
    seen = plane.coordinates(offsets) @ np.stack([plane.across, plane.up])
    return float(np.sum(seen**2)) / total
