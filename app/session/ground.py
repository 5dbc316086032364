"""What a landscape is computed on: the graph without dropout, some or all rows of the data, and how many points."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from weakref import WeakKeyDictionary

import numpy as np

from app.engine.graph import Graph
from app.engine.plane import Plane
from app.engine.price import Price
from app.engine.surface import Relief, Surface
from app.nn.problem import Problem
from app.nn.supply.rows import Rows
from app.session.moment import Picture
from app.session.work import Work, check_work

WORK = 1_000_000_000
"""Elements and products that one picture may take to compute: a few tenths of a second."""
MOVING = 30_000_000
"""The same while a run goes on: there is another picture in a moment."""
QUICK = 150_000_000
"""What is computed before anybody notices: the finest grid takes no more than that."""
FINEST, FINE, COARSEST = 41, 31, 9
GRIDS = (FINE, 25, 19, 13, COARSEST)
FEWEST_ROWS = 64
ROWS = 3
"""Keeps the choice of rows apart from all else that comes from a seed."""
REMEMBERED = 12


@dataclass(eq=False)
class Ground:
    """A surface, one thread at a time, and the reliefs that were asked for last."""

    surface: Surface
    lock: threading.Lock = field(default_factory=threading.Lock)
    known: OrderedDict[bytes, Relief] = field(default_factory=OrderedDict)

    def relief(self, plane: Plane, across: np.ndarray, up: np.ndarray, leaves: Mapping[str, np.ndarray]) -> Relief:
        """The relief, computed once for the same numbers."""
        asked = digest(plane.origin, plane.across, plane.up, across, up, *leaves.values())
        with self.lock:
            if asked not in self.known:
                self.known[asked] = self.surface.relief(plane, across, up, leaves)
            self.known.move_to_end(asked)
            while len(self.known) > REMEMBERED:
                self.known.popitem(last=False)
            return self.known[asked]


_grounds: WeakKeyDictionary[Problem, dict[int, Ground]] = WeakKeyDictionary()
_grounds_lock = threading.Lock()


def is_whole(picture: Picture) -> bool:
    """Whether each iteration sees all training rows."""
    return picture.batches is not None and picture.batches.count == 1


def rows_of(picture: Picture, count: int) -> Rows:
    """The training rows as they stand; so many of them by a seed where they are more."""
    all_rows, batches = picture.training, picture.batches
    if all_rows is None or batches is None:
        raise TypeError("an expression has no rows")
    if count >= len(all_rows):
        return all_rows
    chance = np.random.Generator(np.random.PCG64(np.random.SeedSequence(batches.seed, spawn_key=(ROWS,))))
    chosen = np.sort(chance.permutation(len(all_rows))[:count])
    return Rows(all_rows.x[chosen], all_rows.y[chosen])


def resolution(picture: Picture, max_work: int, most: int = WORK) -> tuple[int, int | None]:
    """How many points along a side and how many rows of the data fit the work; first rows are left out, then points."""
    most = min(most, max_work)
    forward, training = Work(picture.graph).forward, picture.problem.training
    if training is None:
        return points_along(forward, most, max_work), None
    per_row = forward / picture.graph.data.shape[0]
    rows = min(len(training), max(int(most / (FINE**2 * per_row)), FEWEST_ROWS), picture.problem.rows_at_once)
    return points_along(int(per_row * rows) + 1, most, max_work), rows


def points_along(forward: int, most: int, max_work: int) -> int:
    """How many points a side may have where one point takes a forward pass. Raises BeyondLimit if there is no room."""
    if FINEST**2 * forward <= min(QUICK, most):
        return FINEST
    size = next((size for size in GRIDS if size**2 * forward <= most), COARSEST)
    check_work(Price(size**2 * forward, size**2 * forward), max_work)
    return size


def ground_of(picture: Picture, rows: int | None) -> tuple[Ground, dict[str, np.ndarray]]:
    """The surface for so many rows, dropout off, and the numbers of all leaves but those that move."""
    leaves = fixed_leaves(picture)
    if rows is not None:
        used = rows_of(picture, rows)
        leaves |= {picture.graph.data.id: used.x, picture.graph.target.id: used.y}
    with _grounds_lock:
        grounds = _grounds.setdefault(picture.problem, {})
        if (rows or 0) not in grounds:
            graph = picture.graph if rows is None else graph_of(picture.problem, used)
            grounds[rows or 0] = Ground(Surface(graph, picture.frozen))
        ground = grounds[rows or 0]
    return ground, {id: numbers for id, numbers in leaves.items() if id in ground.surface.graph}


def graph_of(problem: Problem, rows: Rows) -> Graph:
    """The network for so many rows with its penalties; where it has dropout, as it answers without."""
    return problem.evaluation_graph(rows.x, rows.y) if problem.noises else problem.graph_for(len(rows))


def is_own_loss(picture: Picture, ground: Ground) -> bool:
    """Whether the loss that is drawn is the one whose gradient the iteration takes: all rows, and no dropout."""
    graph = ground.surface.graph
    if picture.problem.training is None:
        return True
    return (
        is_whole(picture)
        and len(graph.nodes) == len(picture.graph.nodes)
        and graph.data.shape == picture.graph.data.shape
    )


def movable(picture: Picture) -> tuple[str, ...]:
    """The parameters that updates move."""
    graph = picture.graph
    return tuple(id for id in graph.parameters if id not in picture.frozen and graph.has_gradient(id))


def fixed_leaves(picture: Picture) -> dict[str, np.ndarray]:
    """Inputs, and parameters that no update moves, as they stand."""
    moving = movable(picture)
    leaves = (node for node in picture.graph.nodes if node.kind in ("input", "parameter") and node.id not in moving)
    return {node.id: picture.snapshot.value(node.id) for node in leaves}


def digest(*arrays: np.ndarray) -> bytes:
    """A short name for numbers: the same for the same bits only."""
    name = blake2b(digest_size=16)
    for array in arrays:
        name.update(str(array.shape).encode())
        name.update(np.ascontiguousarray(array).tobytes())
    return name.digest()
