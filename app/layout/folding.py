"""Which part of a graph is drawn: all of it, or, where it is too large, a window around the node looked at.

A window is a function of the graph and of the node alone. The ops are cut, in their order, into blocks; the window of a
block shows it with a margin on both sides. So the picture holds still while the cursor walks through a block, and the
cursor is always at least a margin away from the border.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from app.engine.graph import Graph
from app.layout.layout import Side, Window
from app.layout.measure import Card, measure, shorten, text_width
from app.layout.placing import Sketch

MOST_NODES = 1_500
MOST_COLUMNS = 120
BLOCK = 16
MARGIN = 14
LONG = 18
REACH = 6
SHORT_REACH = 2
MANY_USES = 5
STUB_HEIGHT = 22.0
STUB_SIZE = 11.0
STUB_WORDS = 56.0
REFERENCE_ROOM = 90.0


@dataclass(frozen=True, slots=True)
class Hidden:
    """Neighbours of a node that a window leaves out: on which side, how many, and the nearest."""

    node: str
    side: Side
    count: int
    neighbour: str


@dataclass(frozen=True, slots=True)
class Part:
    """What is drawn of a graph: the cards of its nodes in the graph's order, and what is left out beside them.

    `references` are (leaf, consumer) where the leaf is named again instead of a long line. The sketch's boxes are those
    of `before`, `references`, `cards`, `after`. `arguments` has one number for each of the sketch's edges: which
    argument of its target it is, or None where the edge leads from or to a hidden one.
    """

    before: tuple[Hidden, ...]
    references: tuple[tuple[str, str], ...]
    cards: tuple[Card, ...]
    after: tuple[Hidden, ...]
    sketch: Sketch
    arguments: tuple[int | None, ...]
    window: Window | None


class Order:
    """A graph's ops in their order, and near which of them a leaf belongs. Made once for each graph."""

    def __init__(self, graph: Graph) -> None:
        self.ops = [node.id for node in graph.nodes if node.kind == "op"]
        self.number = {id: number for number, id in enumerate(self.ops)}
        self.op_before: list[int] = []
        passed = -1
        for node in graph.nodes:
            passed += node.kind == "op"
            self.op_before.append(max(0, passed))
        self.columns = 1 + max(depths_of(graph, [node.id for node in graph.nodes]).values())

    def anchor(self, graph: Graph, id: str) -> int:
        """The number of the op itself, of the first op a leaf feeds, or of the last one before an unused leaf."""
        if id in self.number:
            return self.number[id]
        consumers = graph.consumers(id)
        return self.number[consumers[0][0]] if consumers else self.op_before[graph.position(id)]


class Folding:
    """Cuts graphs into what can be drawn, remembering the order of each graph for as long as the graph lives."""

    def __init__(self) -> None:
        self._orders: WeakKeyDictionary[Graph, Order] = WeakKeyDictionary()

    def whole(self, graph: Graph) -> Part:
        """All of a graph."""
        return part_of(graph, [node.id for node in graph.nodes], None)

    def is_readable(self, graph: Graph) -> bool:
        """Whether the whole graph makes a picture that a person can find the way in."""
        return len(graph.nodes) <= MOST_NODES and self.order(graph).columns <= MOST_COLUMNS

    def block(self, graph: Graph, focus: str | None) -> int:
        """The number of the window that shows a node; without a node, of the first."""
        return 0 if focus is None else self.order(graph).anchor(graph, focus) // BLOCK

    def name(self, graph: Graph, focus: str | None) -> tuple[int, str | None]:
        """What tells the window around a node from all others: its block, and the node where nothing else draws it."""
        is_unused = focus is not None and focus not in self.order(graph).number and not graph.consumers(focus)
        return self.block(graph, focus), focus if is_unused else None

    def window(self, graph: Graph, focus: str | None) -> Part:
        """The window around a node."""
        order, block = self.order(graph), self.block(graph, focus)
        core = range(block * BLOCK, min((block + 1) * BLOCK, len(order.ops)))
        wide = range(max(0, core.start - MARGIN), min(len(order.ops), core.stop + MARGIN))
        shown = window_nodes(graph, order, core, wide)
        shown.update([focus] if focus else ())
        ids = sorted(shown, key=graph.position)
        return part_of(
            graph,
            ids,
            Window(
                total=len(graph.nodes),
                shown=len(ids),
                ops_before=wide.start,
                ops_after=len(order.ops) - wide.stop,
                earlier=order.ops[core.start - 1] if wide.start else None,
                later=order.ops[core.stop] if wide.stop < len(order.ops) else None,
            ),
        )

    def order(self, graph: Graph) -> Order:
        found = self._orders.get(graph)
        if found is None:
            found = self._orders[graph] = Order(graph)
        return found


def window_nodes(graph: Graph, order: Order, core: range, wide: range) -> set[str]:
    """The ops of a window with their leaves, and every neighbour that feeds, or is first fed by, an op of its core."""
    shown = {order.ops[number] for number in wide}
    for number in wide:
        inputs = graph[order.ops[number]].inputs
        shown.update(id for id in inputs if number in core or id not in order.number)
    for number in core:
        shown.update(consumer for consumer, _ in graph.consumers(order.ops[number])[:1])
    return shown


def part_of(graph: Graph, ids: list[str], window: Window | None) -> Part:
    """The given nodes, in the graph's order, with boxes for what they are connected to and is not among them."""
    shown = frozenset(ids)
    before = tuple(hidden_inputs(graph, ids, shown)) if window else ()
    after = tuple(hidden_consumers(graph, ids, shown)) if window else ()
    references = far_uses(graph, ids, shown)
    cards = tuple(measure(graph, graph[id]) for id in ids)
    boxes = Boxes(before, references, ids)
    inputs: list[list[tuple[int, int | None]]] = [[] for _ in (*before, *references)]
    inputs += (boxes.feeding(id, graph[id].inputs) for id in ids)
    inputs += ([(boxes.card[hidden.node], None)] for hidden in after)
    sizes = (
        *map(stub_size, before),
        *(reference_size(leaf) for leaf, _ in references),
        *((card.width, card.height) for card in cards),
        *map(stub_size, after),
    )
    sketch = Sketch(sizes, tuple(tuple(box for box, _ in feeding) for feeding in inputs), end=boxes.card[ids[-1]])
    arguments = tuple(argument for feeding in inputs for _, argument in feeding)
    return Part(
        before=before,
        references=references,
        cards=cards,
        after=after,
        sketch=sketch,
        arguments=arguments,
        window=window,
    )


class Boxes:
    """The numbers of a part's boxes in its sketch."""

    def __init__(self, before: tuple[Hidden, ...], references: tuple[tuple[str, str], ...], ids: list[str]) -> None:
        self.stub = {hidden.node: number for number, hidden in enumerate(before)}
        self.reference = {pair: number for number, pair in enumerate(references, len(before))}
        self.card = {id: number for number, id in enumerate(ids, len(before) + len(references))}

    def feeding(self, id: str, inputs: tuple[str, ...]) -> list[tuple[int, int | None]]:
        """The boxes that feed a node, and which arguments they are; hidden ones are one box, in place of the first."""
        found: list[tuple[int, int | None]] = []
        for argument, source in enumerate(inputs):
            if source in self.card:
                found.append((self.reference.get((source, id), self.card[source]), argument))
            elif (self.stub[id], None) not in found:
                found.append((self.stub[id], None))
        return found


def depths_of(graph: Graph, ids: list[str]) -> dict[str, int]:
    """For each of these nodes, the number of edges on the longest way to it from the first of them."""
    found: dict[str, int] = {}
    for id in ids:
        found[id] = 1 + max((found[source] for source in graph[id].inputs if source in found), default=-1)
    return found


def latest_columns(graph: Graph, ids: list[str]) -> dict[str, int]:
    """The column of each of these nodes if all stand as far to the right as what they feed allows."""
    found = depths_of(graph, ids)
    latest: dict[str, int] = {}
    for id in reversed(ids):
        column = latest.setdefault(id, found[id])
        for source in graph[id].inputs:
            if source in found:
                latest[source] = min(latest.get(source, column), column - 1)
    return latest


def far_uses(graph: Graph, ids: list[str], shown: frozenset[str]) -> tuple[tuple[str, str], ...]:
    """In a long picture, the (leaf, consumer) that are many columns apart from where the leaf is used first."""
    column = latest_columns(graph, ids)
    if max(column.values()) < LONG:
        return ()
    uses = [(source, id) for id in ids for source in graph[id].inputs if source in shown and graph[source].op is None]
    nearest: dict[str, int] = {}
    for source, id in uses:
        nearest[source] = min(nearest.get(source, column[id]), column[id])
    count = Counter(source for source, _ in uses)
    return tuple(
        dict.fromkeys(
            (source, id)
            for source, id in uses
            if column[id] - nearest[source] > (REACH if count[source] < MANY_USES else SHORT_REACH)
        )
    )


def hidden_inputs(graph: Graph, ids: list[str], shown: frozenset[str]) -> Iterator[Hidden]:
    """For each node the inputs that are left out."""
    for id in ids:
        left_out = [source for source in dict.fromkeys(graph[id].inputs) if source not in shown]
        if left_out:
            yield Hidden(id, "before", len(left_out), left_out[0])


def hidden_consumers(graph: Graph, ids: list[str], shown: frozenset[str]) -> Iterator[Hidden]:
    """For each node the edges to consumers that are left out, counted without walking through thousands of them."""
    drawn = dict.fromkeys(ids, 0)
    for id in ids:
        for source in graph[id].inputs:
            if source in shown:
                drawn[source] += 1
    for id in ids:
        consumers = graph.consumers(id)
        count = len(consumers) - drawn[id]
        if count:
            yield Hidden(id, "after", count, next(consumer for consumer, _ in consumers if consumer not in shown))


def stub_size(hidden: Hidden) -> tuple[float, float]:
    """The size of the small box that says how many neighbours are left out."""
    return round(STUB_WORDS + text_width(str(hidden.count), STUB_SIZE)), STUB_HEIGHT


def reference_text(leaf: str) -> str:
    """What a reference says: the leaf's name, or its beginning."""
    return shorten(leaf, STUB_SIZE, REFERENCE_ROOM)


def reference_size(leaf: str) -> tuple[float, float]:
    """The size of the small box that names a leaf again."""
    return round(20 + text_width(reference_text(leaf), STUB_SIZE)), STUB_HEIGHT
