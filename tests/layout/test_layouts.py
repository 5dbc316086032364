"""The office that makes layouts: it waits a little, remembers, and always has a picture in the end."""

import gc
import sys
import weakref
from concurrent.futures import ThreadPoolExecutor

import pytest

from app.layout import layouts as office_module
from app.layout.layout import GraphLayout, Pending
from app.layout.layout_process import LayoutProcess
from app.layout.measure import measure
from app.nn.expression import parse
from app.nn.limits import Limits
from tests.views.graphs import chain, office, preset, scalar_network, wide_sum

PATIENT = 60.0
SLEEPER = (sys.executable, "-c", "import sys, time; sys.stdin.readline(); time.sleep(600)")


class Counting(LayoutProcess):
    """A child that counts what it is asked."""

    asked = 0

    def ask(self, request, seconds):
        self.asked += 1
        return super().ask(request, seconds)


class Slow(LayoutProcess):
    """A child that never answers: every request runs into the limit."""

    def __init__(self) -> None:
        super().__init__(SLEEPER, starting_seconds=0.0)


def test_a_small_graph_is_drawn_whole():
    graph = preset("article")
    with office() as layouts:
        layout = layouts.layout_for(graph, patience=PATIENT)
    assert layout.window is None and not layout.is_rough
    assert {box.node for box in layout.boxes} == {node.id for node in graph.nodes}


def test_who_cannot_wait_is_told_to_ask_again_and_gets_the_picture_then():
    graph = scalar_network(3, 6, 5, 2)
    with office() as layouts:
        assert isinstance(layouts.layout_for(graph, patience=0.0), Pending)
        assert isinstance(layouts.layout_for(graph, patience=PATIENT), GraphLayout)
        assert isinstance(layouts.layout_for(graph, patience=0.0), GraphLayout)


def test_graphs_of_the_same_structure_share_one_layout():
    process = Counting()
    with office(lambda: process) as layouts:
        one = layouts.layout_for(preset("mazur"), patience=PATIENT)
        another = layouts.layout_for(preset("mazur"), patience=PATIENT)
    assert one is another and process.asked == 1


OPERATION = "u = 2\nv = 3\nw = u {} v"
FUNCTION = "u = 2\nw = {}(u)"
ROWS = "x = input({})\nw = [[1, 2]]\nloss = sum(x * w)"
TWINS = [
    *(((OPERATION.format("+")), OPERATION.format(sign)) for sign in "*-/"),
    (FUNCTION.format("sin"), FUNCTION.format("cos")),
    (ROWS.format([[1, 2]] * 41), ROWS.format([[1, 2]] * 57)),
    ("u = 2\nv = 3\nw = u * v", "u = 2\nv = input(3)\nw = u * v"),
    ("u = 2\nw = u * 3", "u = 2\nw = u * 4"),
    ("u = 2\nw = u + u", "u = 2\nv = 2\nw = u + v"),
    ("u = 2\nv = 3\nw = u - v", "u = 2\nv = 3\nw = v - u"),
    ("u = 2\nv = 3\nw = u * v", "u = 2\nt = 3\nw = u * t"),
]
"""Pairs of graphs that differ in one thing: an op, rows, a kind, a number, an edge, an order, a name."""


@pytest.fixture(scope="module")
def shared():
    """One office that all pairs are laid out in."""
    with office() as layouts:
        yield layouts


@pytest.mark.parametrize("twins", TWINS)
def test_a_layout_is_the_graph_s_own_whatever_was_laid_out_before(twins, shared):
    for source in twins:
        graph = parse(source, Limits())
        layout = shared.layout_for(graph, patience=PATIENT)
        assert layout.cards == tuple(measure(graph, node) for node in graph.nodes)
        arguments = [(id, node.id, place) for node in graph.nodes for place, id in enumerate(node.inputs)]
        assert [(edge.source, edge.target, edge.argument) for edge in layout.edges] == arguments


def test_a_window_leads_to_what_its_own_graph_leaves_out():
    with office() as layouts:
        for name in ("near", "away"):
            layout = layouts.layout_for(chain_used_again(name), "c150", patience=PATIENT)
            assert name in [stub.neighbour for stub in layout.stubs]


def chain_used_again(name):
    """A long chain of which one link is also used far behind it, under a name."""
    products = (f"c{number + 1} = c{number} * k" for number in range(300))
    uses = (f"{name} = c150 * k", f"loss = c300 + {name}")
    return parse("\n".join(["k = 0.5", "c0 = 1.0", *products, *uses]), Limits())


def test_many_who_ask_at_once_wait_for_one_layout():
    process, graph = Counting(), preset("micrograd")
    with office(lambda: process) as layouts, ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda _: layouts.layout_for(graph, patience=PATIENT), range(8)))
    assert process.asked == 1 and all(layout is found[0] for layout in found)


def test_where_graphviz_takes_too_long_a_rough_picture_comes():
    with office(Slow, seconds=0.3) as layouts:
        layout = layouts.layout_for(preset("micrograd"), patience=PATIENT)
    assert layout.is_rough and layout.window is None


def test_where_graphviz_cannot_be_started_a_rough_picture_comes():
    with office(lambda: LayoutProcess(("/nowhere/graphviz",))) as layouts:
        assert layouts.layout_for(preset("mazur"), patience=PATIENT).is_rough


def test_a_larger_graph_that_cannot_be_placed_in_time_is_shown_by_windows():
    graph = scalar_network(6, 12, 8, 2)
    with office(Slow, seconds=0.3) as layouts:
        layout = layouts.layout_for(graph, "h2_3", patience=PATIENT)
        assert layout.window is not None and "h2_3" in layout.box_of
        assert layouts.layout_for(graph, "h2_3", patience=0.0) is layout


def test_a_small_picture_does_not_wait_for_a_large_one():
    large, small = scalar_network(6, 12, 8, 2), preset("mazur")
    children = iter([LayoutProcess(), Slow()])
    with office(lambda: next(children)) as layouts:
        assert isinstance(layouts.layout_for(large, patience=0.0), Pending)
        assert not layouts.layout_for(small, patience=PATIENT).is_rough


def test_after_the_end_a_rough_picture_still_comes():
    with office() as layouts:
        layouts.close()
        assert layouts.layout_for(preset("mazur"), patience=PATIENT).is_rough


def test_who_waits_in_the_queue_at_the_end_gets_a_rough_picture():
    with office(Slow) as layouts, ThreadPoolExecutor(2) as threads:
        assert isinstance(layouts.layout_for(preset("mazur"), patience=0.1), Pending)
        waiting = threads.submit(layouts.layout_for, preset("article"), patience=PATIENT)
        while len(layouts._making) < 2 and not waiting.done():
            pass
        layouts.close()
        assert waiting.result(PATIENT).is_rough


def test_where_too_many_wait_a_rough_picture_comes_at_once(monkeypatch):
    monkeypatch.setattr(office_module, "MAX_WAITING", 1)
    with office(Slow) as layouts:
        assert isinstance(layouts.layout_for(preset("mazur"), patience=0.0), Pending)
        assert layouts.layout_for(preset("article"), patience=0.0).is_rough


def test_where_many_are_being_made_nobody_waits(monkeypatch):
    monkeypatch.setattr(office_module, "MOST_WAITED_FOR", 0)
    with office() as layouts:
        assert isinstance(layouts.layout_for(chain(3), patience=60.0), Pending)


def test_what_was_made_long_ago_is_forgotten(monkeypatch):
    monkeypatch.setattr(office_module, "MAX_REMEMBERED_BOXES", 20)
    process = Counting()
    with office(lambda: process) as layouts:
        for name in ("mazur", "article", "mazur"):
            layouts.layout_for(preset(name), patience=PATIENT)
    assert process.asked == 3


def test_a_graph_that_nobody_holds_is_not_held_here():
    with office() as layouts:
        graph = preset("mazur")
        layouts.layout_for(graph, patience=PATIENT)
        watched = weakref.ref(graph)
        del graph
        gc.collect()
        assert watched() is None


@pytest.mark.parametrize(("graph", "focus"), [(chain(8_990), "c4000"), (wide_sum(5_000), "x3000")])
def test_a_huge_graph_is_shown_by_a_window_that_holds_the_node_looked_at(graph, focus):
    with office() as layouts:
        layout = layouts.layout_for(graph, focus, patience=PATIENT)
    assert focus in layout.box_of and len(layout.boxes) < 150
    assert layout.window.total == len(graph.nodes) and not layout.is_rough


def test_a_long_graph_is_shown_by_windows_even_if_it_has_few_nodes():
    with office() as layouts:
        assert layouts.layout_for(chain(300), "c150", patience=PATIENT).window is not None


def test_names_in_any_writing_are_placed():
    graph = parse("权重 = 2\n输入 = input(3)\nz = 权重 * 输入", Limits())
    with office() as layouts:
        layout = layouts.layout_for(graph, patience=PATIENT)
    assert not layout.is_rough and "权重" in layout.box_of
