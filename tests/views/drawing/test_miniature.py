"""Small pictures of graphs: every node and edge of the real layout, labels where there is room."""

import pytest

from app.nn.expression import parse
from app.nn.presets import PRESETS
from app.pages.building.outcome import flaw, outcome
from app.views.drawing.demonstration import demonstration_of
from app.views.drawing.miniature import LEAST_WIDTH, miniature
from app.views.published import problem_of
from tests.views.graphs import office


@pytest.fixture(scope="module")
def layouts():
    with office() as made:
        yield made


def drawn(layouts, graph):
    return miniature(graph, layouts.layout_for(graph, patience=60))


@pytest.mark.parametrize("name", PRESETS)
def test_every_node_and_every_edge_of_an_example_is_drawn(layouts, name):
    graph = problem_of(name).graph
    picture = drawn(layouts, graph)
    assert len(picture.lines) == sum(len(node.inputs) for node in graph.nodes)
    assert len(picture.spots) >= len(graph.nodes)
    assert {spot.kind for spot in picture.spots} <= {"input", "parameter", "constant", "op", "loss"}


def test_labels_are_names_signs_and_numbers(layouts):
    picture = drawn(layouts, parse("w1 = 2\nx = input(3)\ny = w1 * x + 0.5\nloss = sigmoid(y) ** 2"))
    labels = [(spot.label.letters + spot.label.index, spot.is_name) for spot in picture.spots]
    assert ("w1", True) in labels and ("×", False) in labels and ("0.5", False) in labels
    assert ("sigmoid", False) in labels


def test_a_square_shows_both_of_its_edges(layouts):
    assert len(drawn(layouts, parse("x = 3\ny = x * x")).lines) == 2


def test_a_small_graph_does_not_loom(layouts):
    left, _, width, _ = map(float, drawn(layouts, parse("x = 3\ny = x * x")).view_box.split())
    assert width == LEAST_WIDTH and left < 0


def test_of_a_long_graph_a_part_is_shown(layouts):
    source = "a = 1\n" + "\n".join(f"a = sin(a) * {number}.5" for number in range(100))
    picture = drawn(layouts, parse(source))
    assert picture.is_part and 0 < len(picture.spots) < 400


def test_the_demonstration_shows_how_gradients_add_up(layouts):
    shown = demonstration_of("colah", layouts)
    # ∂e/∂b = 2 + 3; the constant 1 is fed forward and gets nothing back.
    assert sorted(arrow.carried for arrow in shown.backward) == ["2", "2", "2", "3", "3"]
    assert len(shown.forward) == len(shown.backward) + 1


def test_an_outcome_counts_nodes_and_numbers_to_learn():
    problem = problem_of("mazur")
    found = outcome(problem, 1_000, None)
    assert (found.nodes, found.parameters, found.numbers, found.loss) == (11, 2, 8, "0.298371")


def test_the_loss_of_a_costly_graph_is_not_computed_while_typing():
    assert outcome(problem_of("mazur"), 10**9, None).loss is None


def test_a_flaw_quotes_the_line_around_the_column():
    found = flaw("no", "a = 1\nb = " + "a + " * 30 + "c", 2, 125)
    assert found.quote.endswith("+ c") and found.marker.index("^") == found.quote.index("c", 1)
    assert flaw("no", "a = 1", None, None).quote is None
    assert flaw("no", "a = 1", 7, 1).quote is None
