"""The paths of a number to the loss: counted without walking them, the largest first, summing to the gradient."""

from itertools import product
from math import fsum, isclose

import numpy as np
import pytest

from app.engine import paths
from app.engine.explain import terms
from app.engine.graph import Graph
from app.engine.paths import Multiplications, largest_paths, multiplications, path_count
from app.engine.plan import Plan
from app.engine.snapshot import Snapshot
from app.errors import BeyondLimit
from app.nn.expression import parse
from app.nn.limits import Limits
from app.nn.problem import build
from app.nn.spec import parse_spec
from tests.engine.random_graphs import random_graph

EVERYTHING = 100_000


def run(graph: Graph) -> Snapshot:
    plan = Plan(graph)
    plan.run(1, graph.backward_end)
    return plan.snapshot()


def preset(name: str) -> Graph:
    return build(parse_spec({"kind": "preset", "name": name})).graph


def text(source: str) -> Graph:
    return parse(source, Limits())


def walked(moment: Snapshot, id: str, index: tuple[int, ...]) -> list[float]:
    """The product of every path, by walking every single one."""
    found, waiting = [], [(1.0, id, index)]
    while waiting:
        so_far, node, place = waiting.pop()
        if node == moment.graph.loss.id:
            found.append(so_far)
            continue
        for term in terms(moment.graph, moment.value, moment.gradient, node, place):
            waiting.append((so_far * term.local, term.consumer, term.index))
    return found


MATRICES = "x = input([[0.5, -1.0], [0.2, 0.9]])\nW = [[0.3, -0.2], [0.7, 0.1]]\nz = softmax(x @ W)\nloss = mean(z * z)"
SUMS = "a = [[1.5, -2.0]]\nb = transpose(a)\nc = sum(b * b, axis=0)\nd = sum(c * c)"
GRAPHS = {
    "mazur": lambda: (preset("mazur"), "W1", (0, 0)),
    "article": lambda: (preset("article"), "W1", (1, 0)),
    "a batch": lambda: (preset("article-training"), "W2", (0, 1)),
    "softmax": lambda: (text(MATRICES), "W", (0, 1)),
    "a transpose and sums": lambda: (text(SUMS), "a", (0, 1)),
}  # fmt: skip


@pytest.fixture(params=GRAPHS, name="case")
def every_case(request: pytest.FixtureRequest) -> tuple[Graph, str, tuple[int, ...]]:
    return GRAPHS[request.param]()


def test_the_count_is_that_of_walking_every_path(case) -> None:
    graph, id, index = case
    assert path_count(graph, id) == len(walked(run(graph), id, index))


def test_the_products_of_all_paths_sum_to_the_gradient(case) -> None:
    graph, id, index = case
    moment = run(graph)
    found = largest_paths(graph, moment.value, id, index, EVERYTHING)
    assert isclose(fsum(path.product for path in found), moment.gradient(id)[index], rel_tol=1e-12)


def test_the_paths_found_are_the_largest_in_order(case) -> None:
    graph, id, index = case
    moment = run(graph)
    sizes = sorted((abs(one) for one in walked(moment, id, index)), reverse=True)[:5]
    found = [abs(path.product) for path in largest_paths(graph, moment.value, id, index, 5)]
    assert found == pytest.approx([size for size in sizes if size], rel=1e-12)


@pytest.mark.parametrize("seed", range(12))
def test_random_graphs_agree_with_walking(seed: int) -> None:
    graph = random_graph(np.random.default_rng(seed))
    moment = run(graph)
    for id in graph.parameters[:2]:
        if not graph.has_gradient(id) or path_count(graph, id) > 3_000:
            continue
        index = (0,) * len(graph[id].shape)
        sizes = sorted((abs(one) for one in walked(moment, id, index)), reverse=True)[:4]
        found = [abs(path.product) for path in largest_paths(graph, moment.value, id, index, 4)]
        assert found == pytest.approx([size for size in sizes if size], rel=1e-9)


def test_a_number_used_twice_has_two_paths() -> None:
    graph = text("x = 3.0\ny = x * x")
    listed = largest_paths(graph, run(graph).value, "x", (), 9)
    assert path_count(graph, "x") == 2 and [path.product for path in listed] == [3.0, 3.0]


def test_a_chain_that_doubles_has_more_paths_than_could_be_walked() -> None:
    graph = text("x0 = 1.0\n" + "\n".join(f"x{at + 1} = x{at} + x{at}" for at in range(300)))
    assert path_count(graph, "x0") == 2**300
    listed = largest_paths(graph, run(graph).value, "x0", (), 3)
    assert [len(path.steps) for path in listed] == [300] * 3


def test_a_long_chain_has_one_long_path() -> None:
    graph = text("x0 = 1.0\n" + "\n".join(f"x{at + 1} = x{at} * 1.0" for at in range(3_000)))
    (path,) = largest_paths(graph, run(graph).value, "x0", (), 3)
    assert len(path.steps) == 3_000 and path.product == 1.0


def test_the_largest_paths_of_a_deep_and_wide_net_are_found_without_looking_on_from_many_numbers(monkeypatch) -> None:
    made, width = np.random.default_rng(0), 24
    rows = [made.normal(size=(4, width)).tolist() for _ in "xy"]
    layers = [{"kind": "dense", "units": width, "activation": "gelu"}] * 30
    spec = {"kind": "layers", "inputs": width, "layers": layers, "loss": "mean_squared_error"}
    graph = build(parse_spec(spec | {"data": {"x": rows[0], "y": rows[1]}})).graph
    looks: list[str] = []
    ways = paths._ways
    monkeypatch.setattr(paths, "_ways", lambda *asked: looks.append(asked[2]) or ways(*asked))
    found = largest_paths(graph, run(graph).value, "W1", (0, 0), 6)
    assert len(found) == 6 and len(looks) < 600


def test_a_search_that_would_not_end_is_refused(monkeypatch) -> None:
    graph = text("x0 = 1.0\n" + "\n".join(f"x{at + 1} = x{at} * 1.0" for at in range(100)))
    monkeypatch.setattr(paths, "MOST_LOOKS", 50)
    with pytest.raises(BeyondLimit):
        largest_paths(graph, run(graph).value, "x0", (), 3)


def test_a_search_that_would_not_end_gives_what_it_has_found(monkeypatch) -> None:
    graph = text("x0 = 1.0\n" + "\n".join(f"x{at + 1} = x{at} + x{at}" for at in range(100)))
    monkeypatch.setattr(paths, "MOST_LOOKS", 120)
    assert 0 < len(largest_paths(graph, run(graph).value, "x0", (), 1000)) < 1000


def test_paths_that_carry_nothing_are_counted_and_not_listed() -> None:
    graph = text("x = -1.0\ny = relu(x) + x")
    listed = largest_paths(graph, run(graph).value, "x", (), 9)
    assert path_count(graph, "x") == 2 and [path.product for path in listed] == [1.0]


def test_a_number_that_is_not_finite_has_no_list() -> None:
    graph = text("x = 0.0\ny = log(x) * x")
    assert largest_paths(graph, run(graph).value, "x", (), 9) == ()


def counted_by_hand(graph: Graph) -> Multiplications:
    """Every pair of numbers that depend on each other directly, counted from the terms of every number."""
    moment = run(graph)
    places = [(node.id, index) for node in graph.nodes for index in product(*map(range, node.shape))]
    after = {
        place: [(term.consumer, term.index) for term in terms(graph, moment.value, moment.gradient, *place)]
        for place in places
        if graph.has_gradient(place[0])
    }
    parameters = [place for place in after if graph[place[0]].kind == "parameter"]
    trained: set = set()
    forward = 0
    for parameter in parameters:
        nodes, waiting = {parameter[0]}, [parameter]
        while waiting:
            for place in after[waiting.pop()]:
                if place[0] not in nodes:
                    nodes.add(place[0])
                    waiting.append(place)
        trained |= nodes
        forward += len(after[parameter])
        forward += sum(len(after[place]) for place in after if place[0] in nodes - {parameter[0]})
    return Multiplications(sum(len(after[place]) for place in after if place[0] in trained), forward)


@pytest.mark.parametrize("name", ["mazur", "article", "colah"])
def test_multiplications_are_those_counted_one_by_one(name: str) -> None:
    graph = preset(name)
    assert multiplications(graph) == counted_by_hand(graph)
