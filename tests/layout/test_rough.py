"""The simple way of placing: not pretty, but complete and in order, for a graph of any form."""

from itertools import combinations

import pytest

from app.layout.drafting import draft
from app.layout.folding import Folding
from app.layout.rough import place_roughly
from tests.layout.test_layout import are_apart, is_inside, outlines, points_on
from tests.views.graphs import FORMS


@pytest.fixture(params=FORMS)
def layout(request):
    graph, folding = FORMS[request.param](), Folding()
    part = folding.whole(graph) if folding.is_readable(graph) else folding.window(graph, None)
    return draft(part, place_roughly(part.sketch), "rough")


def test_no_two_boxes_overlap(layout):
    assert all(are_apart(one, other) for one, other in combinations(outlines(layout), 2))


def test_lines_run_from_left_to_right_and_pass_every_other_box(layout):
    for edge in layout.edges:
        points = points_on(edge.path)
        assert [x for x, _ in points] == sorted(x for x, _ in points)
        others = [box for box in layout.boxes if box.node not in (edge.source, edge.target)]
        assert not [point for point in points for box in others if is_inside(point, box)]


def test_it_says_that_it_is_rough(layout):
    assert layout.is_rough
