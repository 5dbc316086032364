"""A small graph in columns: each node right of what it needs, few lines across each other, long lines led around."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

SWEEPS = 12
SETTLING = 40

Slot = tuple[int, float]


@dataclass(frozen=True, slots=True)
class Ranking:
    """Each node's (column, height), and for a line over several columns the places it passes on its way.

    Heights are in steps of at least 1 within a column, the uppermost 0. `doubled` holds pairs with two lines.
    """

    places: tuple[Slot, ...]
    bends: Mapping[tuple[int, int], tuple[Slot, ...]]
    doubled: frozenset[tuple[int, int]]

    def is_doubled(self, source: int, target: int) -> bool:
        """Whether two lines join the same two nodes."""
        return (source, target) in self.doubled


@lru_cache(maxsize=64)
def ranking(inputs: tuple[tuple[int, ...], ...]) -> Ranking:
    """The columns of a graph given as the numbers of each node's inputs, in topological order."""
    column = columns(inputs)
    ways = {(source, target): [] for target, sources in enumerate(inputs) for source in sources}
    level = list(column)
    neighbours: list[set[int]] = [set() for _ in inputs]
    for (source, target), way in ways.items():
        chain = [source]
        for passed in range(column[source] + 1, column[target]):
            level.append(passed)
            neighbours.append(set())
            way.append(len(level) - 1)
            chain.append(len(level) - 1)
        for before, after in zip(chain, [*chain[1:], target], strict=True):
            neighbours[before].add(after)
            neighbours[after].add(before)
    members = ordered(level, neighbours)
    heights = settled(members, neighbours)
    top = min(heights)
    slots = [(level[number], heights[number] - top) for number in range(len(level))]
    bends = {pair: tuple(slots[number] for number in way) for pair, way in ways.items()}
    doubled = frozenset(
        (source, target) for target, sources in enumerate(inputs) for source in sources if sources.count(source) > 1
    )
    return Ranking(tuple(slots[: len(inputs)]), bends, doubled)


def columns(inputs: tuple[tuple[int, ...], ...]) -> list[int]:
    """Ops by the longest way to them, leaves right before their first use."""
    found: list[int] = []
    for sources in inputs:
        found.append(1 + max(found[source] for source in sources) if sources else 0)
    first_use = [len(found)] * len(found)
    for target, sources in enumerate(inputs):
        for source in sources:
            first_use[source] = min(first_use[source], found[target])
    return [
        first_use[number] - 1 if not sources and first_use[number] < len(found) else found[number]
        for number, sources in enumerate(inputs)
    ]


def ordered(level: list[int], neighbours: list[set[int]]) -> list[list[int]]:
    """The members of each column from top to bottom, near what they are joined to on either side in turn."""
    members: list[list[int]] = [[] for _ in range(max(level) + 1)]
    for number, column in enumerate(level):
        members[column].append(number)
    place = {number: at for found in members for at, number in enumerate(found)}
    best, fewest = [list(found) for found in members], crossings(members, neighbours, level)
    for sweep in range(SWEEPS):
        side = -1 if sweep % 2 == 0 else 1
        for column in range(len(members)) if side < 0 else reversed(range(len(members))):
            middles = {
                number: middle([place[other] for other in neighbours[number] if level[other] == column + side], at)
                for at, number in enumerate(members[column])
            }
            members[column].sort(key=middles.__getitem__)
            place |= {number: at for at, number in enumerate(members[column])}
        found = crossings(members, neighbours, level)
        if found < fewest:
            best, fewest = [list(line) for line in members], found
    return best


def middle(places: list[int], own: int) -> float:
    """The mean of some places; its own where there are none."""
    return sum(places) / len(places) if places else float(own)


def crossings(members: list[list[int]], neighbours: list[set[int]], level: list[int]) -> int:
    """How many pairs of lines cross."""
    place = {number: at for found in members for at, number in enumerate(found)}
    count = 0
    for column, found in enumerate(members[:-1]):
        ends = [
            (place[number], place[other]) for number in found for other in neighbours[number] if level[other] > column
        ]
        count += sum((a - c) * (b - d) < 0 for at, (a, b) in enumerate(ends) for c, d in ends[at + 1 :])
    return count


def settled(members: list[list[int]], neighbours: list[set[int]]) -> list[float]:
    """Heights near those of what each is joined to, in the order of its column and at least 1 apart."""
    heights = [0.0] * len(neighbours)
    for found in members:
        for at, number in enumerate(found):
            heights[number] = at - (len(found) - 1) / 2
    for turn in range(SETTLING):
        for found in members if turn % 2 == 0 else reversed(members):
            wished = [
                sum(heights[other] for other in neighbours[number]) / (len(neighbours[number]) or 1) for number in found
            ]
            for number, height in zip(found, apart(wished), strict=True):
                heights[number] = height
    return [round(height * 2) / 2 for height in heights] if is_tidy(members, heights) else heights


def is_tidy(members: list[list[int]], heights: list[float]) -> bool:
    """Whether all heights of a column stay apart when rounded to halves."""
    rounded = [round(height * 2) / 2 for height in heights]
    return all(
        rounded[after] - rounded[before] >= 1 for found in members for before, after in itertools.pairwise(found)
    )


def apart(wished: list[float]) -> list[float]:
    """Heights as near as wished, at least 1 apart, in order: neighbours that would meet are moved as one block."""
    blocks: list[list[float]] = []
    for at, height in enumerate(wished):
        blocks.append([height - at, 1.0])
        while len(blocks) > 1 and blocks[-2][0] > blocks[-1][0]:
            (low, few), (high, more) = blocks[-2:]
            blocks[-2:] = [[(low * few + high * more) / (few + more), few + more]]
    level = [mean for mean, count in blocks for _ in range(int(count))]
    return [mean + at for at, mean in enumerate(level)]
