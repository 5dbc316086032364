"""Windows of large graphs: bounded, still while the cursor walks, and honest about what they leave out."""

import pytest

from app.layout.folding import BLOCK, MARGIN, Folding
from app.nn.expression import parse
from app.nn.limits import Limits
from tests.views.graphs import chain, preset, scalar_network, wide_sum

GRAPHS = {"chain": chain(3_000), "sum": wide_sum(2_000), "network": scalar_network(10, 16, 12, 4)}


@pytest.fixture(params=GRAPHS)
def graph(request):
    return GRAPHS[request.param]


def shown(part) -> set[str]:
    return {card.node for card in part.cards}


def test_every_node_is_in_its_own_window_and_every_window_is_bounded(graph):
    folding = Folding()
    for node in graph.nodes[::37]:
        part = folding.window(graph, node.id)
        assert node.id in shown(part)
        assert len(part.cards) <= 170 and len(part.sketch.sizes) <= 340


def test_the_inputs_and_a_consumer_of_the_node_looked_at_are_shown(graph):
    folding = Folding()
    for node in graph.nodes[::41]:
        part = folding.window(graph, node.id)
        assert set(node.inputs) <= shown(part)
        consumers = {consumer for consumer, _ in graph.consumers(node.id)}
        assert not consumers or consumers & shown(part)


def test_the_window_holds_still_while_the_cursor_walks_through_a_block(graph):
    folding = Folding()
    ops = [node.id for node in graph.nodes if node.kind == "op"]
    for first in range(0, len(ops) - BLOCK, 10 * BLOCK):
        names = {folding.name(graph, id) for id in ops[first : first + BLOCK]}
        assert len(names) == 1
        parts = [folding.window(graph, ops[first]), folding.window(graph, ops[first + BLOCK - 1])]
        assert parts[0] == parts[1]


def test_the_cursor_is_never_at_the_border_of_its_window(graph):
    folding = Folding()
    ops = [node.id for node in graph.nodes if node.kind == "op"]
    for number in range(MARGIN, len(ops) - MARGIN, 53):
        assert set(ops[number - MARGIN : number + MARGIN + 1]) <= shown(folding.window(graph, ops[number]))


def test_earlier_and_later_lead_to_the_next_windows_and_in_the_end_through_the_whole_graph():
    graph, folding = chain(400), Folding()
    focus, seen = None, set()
    while True:
        part = folding.window(graph, focus)
        seen |= shown(part)
        if part.window.later is None:
            break
        assert folding.block(graph, part.window.later) == folding.block(graph, focus) + 1
        focus = part.window.later
    assert seen == {node.id for node in graph.nodes}


def test_what_is_left_out_is_counted_on_both_sides():
    graph = chain(3_000)
    part = Folding().window(graph, "c1500")
    first, last = min(shown(part) - {"k"}, key=graph.position), max(shown(part), key=graph.position)
    (before,) = part.before
    after = {hidden.node: hidden for hidden in part.after}
    assert (before.node, before.count, before.neighbour) == (first, 1, graph[first].inputs[0])
    assert after[last].count == 1 and after[last].neighbour not in shown(part)
    drawn = sum("k" in graph[id].inputs for id in shown(part))
    assert after["k"].count == 3_000 - drawn
    assert part.window.ops_before + part.window.ops_after + len(shown(part) - {"k"}) == 3_000


def test_a_node_fed_by_nothing_and_feeding_nothing_can_be_looked_at():
    lines = "\n".join(f"u{number} = 1" for number in range(2_000))
    graph = parse(f"{lines}\na = 2\nb = a * a", Limits())
    folding = Folding()
    assert "u700" in shown(folding.window(graph, "u700"))
    assert folding.name(graph, "u700") != folding.name(graph, "u701")


def test_a_graph_of_thousands_of_unused_names_opens_on_its_op():
    lines = "\n".join(f"u{number} = 1" for number in range(2_000))
    graph = parse(f"{lines}\na = 2\nb = a * a", Limits())
    assert shown(Folding().window(graph, None)) == {"a", "b"}


def test_hidden_inputs_of_one_op_are_one_box_in_their_place():
    graph = scalar_network(10, 16, 12, 4)
    part = Folding().window(graph, "h2_0")
    for hidden in part.before:
        left_out = [id for id in dict.fromkeys(graph[hidden.node].inputs) if id not in shown(part)]
        assert hidden.count == len(left_out) and hidden.neighbour == left_out[0]


def test_the_whole_graph_leaves_nothing_out():
    graph = preset("article")
    part = Folding().whole(graph)
    assert shown(part) == {node.id for node in graph.nodes}
    assert (part.before, part.after, part.window) == ((), (), None)


@pytest.mark.parametrize(
    ("graph", "expected"),
    [
        (preset("micrograd"), True),
        (chain(100), True),
        (chain(130), False),
        (GRAPHS["sum"], False),
        (scalar_network(3, 6, 5, 2), True),
    ],
)
def test_only_a_graph_that_can_be_read_is_drawn_whole(graph, expected):
    assert Folding().is_readable(graph) is expected
