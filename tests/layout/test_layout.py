"""Pictures as Graphviz and our painter make them: what must hold for a graph of any form."""

import re
from itertools import combinations

import pytest

from app.layout.layout import Box, EdgePath, GraphLayout
from tests.views.graphs import FORMS, chain, office, preset, recurrent

PATIENT = 60.0


@pytest.fixture(scope="module")
def layouts():
    with office() as made:
        yield made


@pytest.fixture(params=FORMS)
def drawn(request, layouts) -> tuple:
    graph = FORMS[request.param]()
    return graph, layouts.layout_for(graph, patience=PATIENT)


def outlines(layout: GraphLayout) -> list:
    return [*layout.boxes, *layout.stubs, *layout.references]


def are_apart(one, other) -> bool:
    return (
        one.x + one.width <= other.x
        or other.x + other.width <= one.x
        or one.y + one.height <= other.y
        or other.y + other.height <= one.y
    )


def points_on(path: str) -> list[tuple[float, float]]:
    """Many points along a path made of M, H and C."""
    found: list[tuple[float, float]] = []
    for letter, words in re.findall(r"([MHC])([^MHC]*)", path):
        numbers = [float(word) for word in words.split()]
        if letter == "M":
            found.append((numbers[0], numbers[1]))
            continue
        x, y = found[-1]
        corners = [(x, y), *zip(numbers[::2], numbers[1::2], strict=True)] if letter == "C" else [(numbers[0], y)] * 4
        corners[0] = (x, y)
        found += [bezier(corners, step / 16) for step in range(1, 17)]
    return found


def bezier(corners: list[tuple[float, float]], t: float) -> tuple[float, float]:
    shares = ((1 - t) ** 3, 3 * (1 - t) ** 2 * t, 3 * (1 - t) * t * t, t**3)
    return tuple(sum(share * corner[axis] for share, corner in zip(shares, corners, strict=True)) for axis in (0, 1))


def is_inside(point: tuple[float, float], box: Box) -> bool:
    return box.x + 1 < point[0] < box.right - 1 and box.y + 1 < point[1] < box.bottom - 1


def test_no_two_boxes_overlap(drawn):
    _, layout = drawn
    assert all(are_apart(one, other) for one, other in combinations(outlines(layout), 2))


def test_every_box_lies_inside_the_picture(drawn):
    _, layout = drawn
    assert all(
        it.x >= 0 and it.x + it.width <= layout.width and it.y >= 0 and it.y + it.height <= layout.height
        for it in outlines(layout)
    )


def test_lines_run_from_left_to_right(drawn):
    _, layout = drawn
    for edge in layout.edges:
        xs = [x for x, _ in points_on(edge.path)]
        assert xs == sorted(xs)
        assert edge.start[0] < edge.tip[0] == pytest.approx(layout.box_of[edge.target].x, abs=0.06)


def test_lines_pass_every_box_that_they_do_not_join(drawn):
    _, layout = drawn
    for edge in layout.edges:
        others = [box for box in layout.boxes if box.node not in (edge.source, edge.target)]
        assert not [(point, box) for point in points_on(edge.path) for box in others if is_inside(point, box)]


def test_every_argument_between_drawn_nodes_has_a_line_of_its_own(drawn):
    graph, layout = drawn
    shown = layout.box_of
    expected = {
        (source, target, argument)
        for target in shown
        for argument, source in enumerate(graph[target].inputs)
        if source in shown
    }
    assert {(edge.source, edge.target, edge.argument) for edge in layout.edges} == expected
    assert len(layout.edges) == len(expected)
    assert len({(edge.start, edge.tip) for edge in layout.edges}) == len(expected)


def test_arguments_arrive_in_their_order_from_the_top(drawn):
    graph, layout = drawn
    for target in layout.box_of:
        tips = [edge.tip[1] for edge in layout.edges_into[target]]
        if len(graph[target].inputs) == 2:
            assert tips == sorted(tips)
        assert len(set(tips)) == len(tips)


def test_words_beside_lines_stand_between_the_columns_and_apart(drawn):
    _, layout = drawn
    for edge in layout.edges:
        assert not [box for box in layout.boxes if is_inside(edge.label, box)]
    assert len({edge.label for edge in layout.edges}) == len(layout.edges)


def test_boxes_stand_in_the_order_of_the_graph(drawn):
    graph, layout = drawn
    positions = [graph.position(box.node) for box in layout.boxes]
    assert positions == sorted(positions)


def test_the_picture_is_the_same_every_time(drawn):
    graph, layout = drawn
    with office() as another:
        assert another.layout_for(graph, patience=PATIENT) == layout


@pytest.mark.parametrize("name", ["mazur", "article", "micrograd", "cs231n-sigmoid"])
def test_the_way_of_the_data_to_the_loss_is_straight(layouts, name):
    graph = preset(name)
    layout = layouts.layout_for(graph, patience=PATIENT)
    names = {
        "mazur": ["x", "z1", "a1", "z2", "a2", "loss"],
        "article": ["x", "z1", "a1", "z2", "a2", "z3", "a3"],
        "micrograd": ["_1", "d", "d.2", "d.3", "e", "f", "g"],
        "cs231n-sigmoid": ["w0x0", "dot", "exp", "f"],
    }[name]
    heights = {round(layout.box_of[id].centre[1]) for id in names}
    assert len(heights) == 1


def test_weights_stand_above_and_biases_below_the_way_of_the_data(layouts):
    layout = layouts.layout_for(preset("mazur"), patience=PATIENT)
    y = {id: box.centre[1] for id, box in layout.box_of.items()}
    assert y["W1"] < y["x"] < y["b1"]
    assert y["W2"] < y["a1"] < y["b2"]


def test_a_leaf_stands_right_before_what_it_feeds(layouts):
    layout = layouts.layout_for(preset("article"), patience=PATIENT)
    box = layout.box_of
    for leaf, consumer in [("W2", "z2"), ("b3", "z3")]:
        assert not [other for other in layout.boxes if box[leaf].right < other.x and other.right < box[consumer].x]


def test_a_leaf_used_far_away_is_named_there_again(layouts):
    layout = layouts.layout_for(chain(40), patience=PATIENT)
    assert {named.node for named in layout.references} == {"k"}
    for named in layout.references:
        (edge,) = [edge for edge in layout.edges_into[named.target] if edge.source == "k"]
        assert edge.start == pytest.approx((named.x + named.width, named.y + named.height / 2), abs=0.06)


def test_a_weight_used_at_every_time_step_stands_by_name_beside_each(layouts):
    graph = recurrent(6)
    layout = layouts.layout_for(graph, patience=PATIENT)
    assert {named.node for named in layout.references} == {"W", "U", "b"}
    for step in range(2, 7):
        assert layout.box_of[f"x{step}"].x > layout.box_of[f"h{step - 2}"].right


def test_in_a_short_picture_a_shared_leaf_keeps_all_its_lines(layouts):
    layout = layouts.layout_for(preset("micrograd"), patience=PATIENT)
    assert layout.references == ()


def test_arrow_heads_point_at_the_ends_of_the_line(layouts):
    layout = layouts.layout_for(preset("mazur"), patience=PATIENT)
    edge: EdgePath = layout.edges[0]
    tip, *rest = (tuple(map(float, corner.split(","))) for corner in edge.head.split())
    assert tip == pytest.approx(edge.tip, abs=0.06) and all(corner[0] < tip[0] for corner in rest)
    tip, *rest = (tuple(map(float, corner.split(","))) for corner in edge.tail.split())
    assert tip == pytest.approx(edge.start, abs=0.06) and all(corner[0] > tip[0] for corner in rest)
