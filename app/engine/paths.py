"""The paths on which one number reaches the loss: how many there are, the largest, and what it costs to use them all.

A path is a chain of single numbers, each an argument of the next; its product is that of the local derivatives on the
way. The products of all paths sum to the gradient (Bauer 1974). Backpropagation never walks a single one of them.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count, islice

import numpy as np

from app.engine.explain import locals_of
from app.engine.formula import Index
from app.engine.graph import Graph, Node, Operation, rule_of
from app.engine.program import unbroadcast
from app.engine.reach import Numbers, all_locals, factor_of, only, reached
from app.engine.row import Shape
from app.errors import N_, BeyondLimit

NORMS = (16, 512, 4096)
"""High norms in place of a maximum: never smaller, at most n^(1/16) times as large, and found by a vjp.

The higher, the closer, but the more of what is small beside the largest is lost to underflow; a lower one keeps it.
"""
MOST_ONE_BY_ONE = 5_000
"""How many numbers are asked one by one where nothing is known of an op but its rule."""
UNDERFLOW = 1e-300
"""How small a power may be before too much of it underflows."""
MOST_LOOKS = 12_000
"""How many numbers are looked on from; a fan of dozens counts as so many more."""
FAN = 25


@dataclass(frozen=True, slots=True)
class Step:
    """From the number before to element `index` of `node`, which changes `local` times as fast."""

    node: str
    index: Index
    local: float


@dataclass(frozen=True, slots=True)
class Path:
    """All steps from a number to the loss."""

    steps: tuple[Step, ...]
    product: float


Trail = tuple["Trail | None", Step]
"""A step and the trail that leads to it: paths that begin alike share their beginning in memory."""
Ways = list[tuple[float, Step]]
"""Steps on from a number, each with the bound of what it may lead to; the one with the largest bound is first."""
Waiting = tuple[float, int, Trail | None, float, Ways, int]
"""An entry of the queue: sorting keys, the trail and its product so far, the ways on and which of them is next."""


@dataclass(frozen=True, slots=True)
class Multiplications:
    """How many products of two numbers the gradients of all parameters take.

    `reverse` walks back once and multiplies once for each pair of numbers that depend on each other directly; `forward`
    walks forward once for every number of every parameter.
    """

    reverse: int
    forward: int


def path_count(graph: Graph, id: str) -> int:
    """The number of paths from one element of a node to the loss, those that carry nothing among them.

    Every element of a node has as many: an op treats the elements of an argument alike.
    """
    counts: dict[str, int] = {graph.loss.id: 1}
    for node in _towards(graph, id):
        counts[node.id] = sum(_fan(graph, user, argument) * counts[user.id] for user, argument in graph.flows(node.id))
    return counts[id]


def multiplications(graph: Graph) -> Multiplications:
    """Products of a local derivative and a derivative that is known already, by reverse and by forward mode."""
    leaving = {node.id: _links(graph, node) for node in _trained(graph)}
    place = {id: number for number, id in enumerate(leaving)}
    weights = np.array(list(leaving.values()), dtype=np.float64)
    after = np.zeros((len(place), (len(place) + 7) // 8), np.uint8)
    forward = 0
    for node in reversed(graph.nodes):
        if node.id not in place:
            continue
        row = after[place[node.id]]
        for user, _ in graph.flows(node.id):
            row |= after[place[user.id]]
            row[place[user.id] // 8] |= 1 << (7 - place[user.id] % 8)
        if node.kind == "parameter":
            downstream = np.unpackbits(row, count=len(place)) @ weights
            forward += leaving[node.id] + node.size * int(downstream)
    return Multiplications(sum(leaving.values()), forward)


def largest_paths(graph: Graph, values: Numbers, id: str, index: Index, most: int) -> tuple[Path, ...]:
    """The paths with the largest products in size, largest first; none where a number on the way is NaN.

    Fewer than `most` where they are hard to find; raises BeyondLimit where that is true of the first.

    Best first: what is left of a path is worth at most its bound, so no larger path is found after a smaller one.
    """
    bounds = _bounds(graph, values, id)
    own = [_exact(graph, values, user, argument, index, bounds[user.id]) for user, argument in graph.flows(id)]
    if not np.isfinite(own).all():
        return ()
    return tuple(islice(_best_first(graph, values, id, index, bounds), most))


def _trained(graph: Graph) -> Iterator[Node]:
    """The parameters, and all that depends on them and leads to the loss."""
    found: set[str] = set()
    for node in graph.nodes:
        if graph.has_gradient(node.id) and (node.kind == "parameter" or not found.isdisjoint(node.inputs)):
            found.add(node.id)
            yield node


def _best_first(graph: Graph, values: Numbers, id: str, index: Index, bounds: dict[str, np.ndarray]) -> Iterator[Path]:
    order, looks, is_found = count(), 0.0, False
    waiting: list[Waiting] = []

    def look_on(trail: Trail | None, product: float, node: str, place: Index) -> float:
        ways = _ways(graph, values, node, place, product, bounds)
        _offer(waiting, order, trail, product, ways, 0)
        return 1 + len(ways) / FAN

    looks += look_on(None, 1.0, id, index)
    while waiting:
        if looks > MOST_LOOKS and is_found:
            return
        if looks > MOST_LOOKS:
            raise BeyondLimit(N_("The paths from {node} are too many, or too long, to find the largest."), node=id)
        _, _, trail, product, ways, at = heapq.heappop(waiting)
        _offer(waiting, order, trail, product, ways, at + 1)
        _, step = ways[at]
        trail, product = (trail, step), product * step.local
        if step.node == graph.loss.id:
            is_found = True
            yield Path(_walked(trail), product)
        else:
            looks += look_on(trail, product, step.node, step.index)


def _walked(trail: Trail | None) -> tuple[Step, ...]:
    """The steps of a trail in their order."""
    steps = []
    while trail:
        trail, step = trail
        steps.append(step)
    return tuple(reversed(steps))


def _offer(
    waiting: list[Waiting], order: Iterator[int], trail: Trail | None, product: float, ways: Ways, at: int
) -> None:
    """Only the best way on waits in the queue; the next one follows when it is taken.

    Of ways that are worth the same, the one found last goes first: it is the furthest on.
    """
    if at < len(ways) and ways[at][0] > 0:
        heapq.heappush(waiting, (-ways[at][0], -next(order), trail, product, ways, at))


def _ways(graph: Graph, values: Numbers, id: str, index: Index, product: float, bounds: dict[str, np.ndarray]) -> Ways:
    """Every step on from a number, that with the largest bound first."""
    found = []
    for user, argument in graph.flows(id):
        places, local = locals_of(graph, values, user, argument, index)
        worth = np.abs(product * local) * bounds[user.id][tuple(places.T)].reshape(-1)
        found += [
            (float(worth[at]), Step(user.id, tuple(places[at].tolist()), float(local[at])))
            for at in np.flatnonzero(worth > 0)
        ]
    return sorted(found, key=lambda way: -way[0])


def _bounds(graph: Graph, values: Numbers, id: str) -> dict[str, np.ndarray]:
    """For each number behind a node, the most that a path from it to the loss can be worth; or a little more."""
    bounds = {graph.loss.id: np.ones(())}
    for node in _towards(graph, id)[:-1]:
        shares = [
            _bound(graph, values, node, user, argument, bounds[user.id]) for user, argument in graph.flows(node.id)
        ]
        bounds[node.id] = np.maximum.reduce(shares)
    return bounds


def _bound(graph: Graph, values: Numbers, node: Node, user: Operation, argument: int, after: np.ndarray) -> np.ndarray:
    """The same through one consumer."""
    with np.errstate(all="ignore"):
        local = all_locals(graph, values, user, argument)
        if local is not None:
            return _largest(np.abs(local) * after, node.shape)
        if rule_of(user, argument).factor is not None:
            return _norm(graph, values, node, user, argument, after)
    if node.size > MOST_ONE_BY_ONE:
        template = N_("The paths through {node} are too many: it has {came} numbers; {most} can be compared.")
        raise BeyondLimit(template, node=node.id, came=node.size, most=MOST_ONE_BY_ONE)
    return np.array([_exact(graph, values, user, argument, index, after) for index in np.ndindex(node.shape)]).reshape(
        node.shape
    )


def _largest(shares: np.ndarray, shape: Shape) -> np.ndarray:
    """The largest share of each element of an argument that broadcasting repeated."""
    extra = shares.ndim - len(shape)
    shares = shares.max(axis=tuple(range(extra))) if extra else shares
    repeated = tuple(axis for axis, length in enumerate(shape) if length == 1 and shares.shape[axis] > 1)
    return shares.max(axis=repeated, keepdims=True) if repeated else np.asarray(shares)


def _norm(graph: Graph, values: Numbers, node: Node, user: Operation, argument: int, after: np.ndarray) -> np.ndarray:
    """Of an op that is a sum of products: the least high norm of |other factor| × bound, which its vjp adds up."""
    factor = factor_of(user, argument)
    arguments = [np.abs(values(id)) for id in user.inputs]
    scales = [float(array.max(initial=0.0)) for array in (arguments[factor], after)]
    if not all(scales):
        return np.zeros(node.shape)
    powers, found = [np.zeros(array.shape) for array in arguments], []
    for norm in NORMS:
        powers[factor] = (arguments[factor] / scales[0]) ** norm
        share = rule_of(user, argument).vjp((after / scales[1]) ** norm, None, *powers, **user.attributes)
        total = unbroadcast(np.asarray(share), node.shape)
        found.append(np.maximum(total, UNDERFLOW) ** (1 / norm))
    least: np.ndarray = scales[0] * scales[1] * np.minimum.reduce(found)
    return least


def _exact(graph: Graph, values: Numbers, user: Operation, argument: int, index: Index, after: np.ndarray) -> float:
    places, local = locals_of(graph, values, user, argument, index)
    with np.errstate(all="ignore"):
        return float((np.abs(local) * after[tuple(places.T)].reshape(-1)).max(initial=0.0))


def _towards(graph: Graph, id: str) -> list[Node]:
    """The nodes between a node and the loss that pass a gradient on, from the loss back, the node itself last."""
    found, waiting = {id}, [id]
    while waiting:
        for user, _ in graph.flows(waiting.pop()):
            if user.id not in found:
                found.add(user.id)
                waiting.append(user.id)
    found.discard(graph.loss.id)
    return sorted((graph[one] for one in found), key=lambda node: -graph.position(node.id))


def _fan(graph: Graph, user: Operation, argument: int) -> int:
    """How many numbers of a consumer one number of its argument reaches."""
    shape = graph[user.inputs[argument]].shape
    return int(reached(graph, user, argument, only(shape, (0,) * len(shape))).sum())


def _links(graph: Graph, node: Node) -> int:
    """How many pairs of numbers there are, one of this node and one of a consumer, that depend on each other."""
    return node.size * sum(_fan(graph, user, argument) for user, argument in graph.flows(node.id))
