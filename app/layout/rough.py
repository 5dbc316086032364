"""A simple way to place boxes that always answers at once: columns by depth, no search for fewer crossings."""

from app.layout.layout import Point
from app.layout.placing import NODE_GAP, RANK_GAP, Placement, Sketch, backbone, depths


def place_roughly(sketch: Sketch) -> Placement:
    """Boxes in columns by their depth, leaves right before what they feed, the way to the end on one level."""
    columns = by_column(sketch)
    level = {sketch.inputs[target][argument] for target, argument in backbone(sketch)} | {sketch.end}
    centres: dict[int, Point] = {}
    x = 0.0
    for members in columns:
        width = max(sketch.sizes[box][0] for box in members)
        for box, y in zip(members, stacked(sketch, members, level), strict=True):
            centres[box] = (x + width / 2, y)
        x += width + RANK_GAP
    top = min(y - sketch.sizes[box][1] / 2 for box, (_, y) in centres.items())
    bottom = max(y + sketch.sizes[box][1] / 2 for box, (_, y) in centres.items())
    places = tuple((centres[box][0], centres[box][1] - top) for box in range(len(sketch.sizes)))
    return Placement(x - RANK_GAP, bottom - top, places, ((),) * len(sketch.edges), is_rough=True)


def by_column(sketch: Sketch) -> list[list[int]]:
    """The boxes of each column from left to right, none empty."""
    column = depths(sketch)
    first_use = [len(column)] * len(column)
    for target, sources in enumerate(sketch.inputs):
        for source in sources:
            first_use[source] = min(first_use[source], column[target])
    for box, sources in enumerate(sketch.inputs):
        if not sources and first_use[box] < len(column):
            column[box] = first_use[box] - 1
    members: list[list[int]] = [[] for _ in range(max(column) + 1)]
    for box, number in enumerate(column):
        members[number].append(box)
    return [found for found in members if found]


def stacked(sketch: Sketch, members: list[int], level: set[int]) -> list[float]:
    """The heights of a column's boxes: stacked, with the one on the way to the end (or the middle) at 0."""
    heights, y = [], 0.0
    for box in members:
        height = sketch.sizes[box][1]
        heights.append(y + height / 2)
        y += height + NODE_GAP
    zero = next((height for box, height in zip(members, heights, strict=True) if box in level), (y - NODE_GAP) / 2)
    return [height - zero for height in heights]
