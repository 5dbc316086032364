"""What the workspace shows at a moment."""

import numpy as np
import pytest

from app.engine.explain import terms
from app.layout.layouts import Layouts
from app.layout.measure import measure
from app.nn.expression import parse
from app.nn.limits import Limits
from app.notation import numbers, symbols
from app.notation.naming import Name, textbook
from app.plots.curve import BUCKETS, curve
from app.session.explanation import Explanation
from app.session.moves import To
from app.session.service import Sessions
from app.session.state import Cursor
from app.views import panel, workspace
from app.views.drawing.cards import numbers_of, outline
from app.views.drawing.marks import marks
from app.views.origin import origin, shares
from app.views.timeline import MOST_BEADS, timeline
from app.views.why import SENTENCES
from tests.session.memory import MemoryStore
from tests.views.graphs import office
from tests.views.pictures import colah, expression, preset


@pytest.fixture(scope="module")
def layouts():
    with office() as made:
        yield made


def explained(picture, id, index=()):
    value, gradient = (
        None if array is None else float(array[index]) for array in (picture.value(id), picture.gradient(id))
    )
    if gradient is None:
        return Explanation(id, index, value, None, before=picture)
    found = terms(picture.graph, picture.snapshot.value, picture.snapshot.gradient, id, index)
    return Explanation(id, index, value, gradient, found, before=picture)


def panel_of(picture, id, index=(), is_pinned=True):
    return panel.panel(picture, id, index, is_pinned, origin(picture, id, explained(picture, id, index)))


@pytest.mark.parametrize(
    ("id", "name"),
    [("W1", Name("W", "1")), ("loss", Name("loss")), ("h60", Name("h", "60")), ("_119", Name("_119")),
     ("c.2", Name("c.2")), ("权重2", Name("权重", "2")), ("layer12", Name("layer12"))],
)  # fmt: skip
def test_a_number_after_few_letters_is_an_index(id: str, name: Name) -> None:
    assert textbook(id) == name
    assert name.letters + name.index == id


def test_each_kind_of_node_has_a_form_of_its_own() -> None:
    forms = {outline(kind, 120.0, 60.0) for kind in ("op", "parameter", "input", "constant")}
    assert len(forms) == 4


def test_what_is_not_computed_yet_is_empty_and_never_zero() -> None:
    picture = colah(1)
    card = measure(picture.graph, picture.graph["d"])
    its = numbers_of(picture, card)
    assert (its.value.state, its.gradient.state) == ("pending", "pending")
    assert [digits for line in its.value.lines for _, digits, _ in line.cells] == [""]


def test_a_card_has_the_same_places_for_numbers_before_and_after_they_are_known() -> None:
    before, after = preset("mazur", 0), preset("mazur", 16)
    for node in before.graph.nodes:
        card = measure(before.graph, node)
        empty, full = numbers_of(before, card), numbers_of(after, card)
        places = [[(line.y, *(x for x, _, _ in line.cells)) for line in its.value.lines] for its in (empty, full)]
        assert places[0] == places[1]


def test_a_large_matrix_shows_its_first_rows_and_columns_and_says_that_there_are_more() -> None:
    picture = expression(f"w = {np.arange(40.0).reshape(5, 8).tolist()}\nL = sum(w)")
    block = numbers_of(picture, measure(picture.graph, picture.graph["w"])).value
    assert [[digits for _, digits, _ in line.cells] for line in block.lines] == [["0", "1", "2"], ["8", "9", "10"]]
    assert [dots for _, _, dots in block.more] == ["⋯", "⋯", "⋮"]


def test_forward_the_edges_into_the_node_are_marked_and_backward_those_from_its_consumers(layouts: Layouts) -> None:
    graph = colah().graph
    layout = layouts.layout_for(graph, patience=60)
    forward = marks(colah(1), layout, None)
    backward = marks(colah(6), layout, None, shares(explained(colah(6), "c").terms))
    assert (forward.phase, len(forward.flows)) == ("forward", 2)
    assert {flow.path for flow in forward.flows} == {edge.path for edge in layout.edges_into["c"]}
    assert (backward.phase, [(flow.local, flow.product) for flow in backward.flows]) == ("backward", [("× 2", "= 2")])


def test_the_terms_of_the_panel_sum_to_the_gradient() -> None:
    shown = panel_of(colah(8), "b").origin
    assert [(term.consumer, term.upstream, term.local, term.product) for term in shown.terms] == [
        ("c", "2", "1", "2"), ("d", "3", "1", "3"),
    ]  # fmt: skip
    assert shown.total == "5"


@pytest.mark.parametrize(
    ("source", "node", "reason"),
    [("a = 2\nL = a * 3", "_1", "constant"), ("a = 2\nu = a * a\nL = a + a", "u", "no_path"),
     ("a = 2\nL = a * a", "a", "not_computed")],
)  # fmt: skip
def test_the_panel_says_why_there_is_no_gradient(source: str, node: str, reason: str) -> None:
    picture = expression(source, 1)
    assert panel_of(picture, node).reason == SENTENCES[reason]


def test_the_panel_holds_every_digit_of_every_number() -> None:
    picture = preset("mazur", 5)
    table = panel_of(picture, "a1", (0, 1)).value_table
    cells = [cell for _, row in table.rows for cell in row]
    assert [cell.exact for cell in cells] == [numbers.exact(number) for number in picture.value("a1").ravel()]
    assert [cell.index for cell in cells if cell.is_chosen] == ["0,1"]


def test_a_table_of_a_large_array_shows_the_part_around_the_chosen_number() -> None:
    array = np.arange(10_000.0).reshape(100, 100)
    table = panel.table(array, (57, 93))
    assert not table.is_whole
    assert table.first_row <= 57 < table.first_row + panel.ROWS
    assert [cell.exact for _, row in table.rows for cell in row if cell.is_chosen] == ["5793"]


def test_an_index_that_does_not_exist_falls_back_to_the_first_number() -> None:
    node = preset("mazur").graph["W1"]
    asked = [(1, 0), (2, 0), (1,), None]
    assert [panel.chosen_index(node, index) for index in asked] == [(1, 0), (0, 0), (0, 0), (0, 0)]


def test_formulas_hold_the_names_of_the_graph_escaped() -> None:
    graph = preset("mazur").graph
    definition = symbols.definition(graph, graph["z1"])
    assert "<msub><mi>W</mi><mn>1</mn></msub>" in definition
    assert "qz" not in definition
    assert symbols.gradient_formula(graph, "a1").count("<mi>∂</mi>") == 4


def test_a_dense_layer_without_a_bias_has_a_formula_without_one() -> None:
    spec = "x = input([[1.0, 2.0]])\nW = [[1.0, 2.0]]\nz = linear(x, W)\nL = sum(z)"
    graph = parse(spec, Limits())
    assert "qz" not in symbols.definition(graph, graph["z"])
    assert "+" not in symbols.definition(graph, graph["z"]).replace("&#x0002B;", "+")


def test_within_an_iteration_only_the_nodes_passed_have_changed() -> None:
    graph = colah().graph
    assert workspace.changed(graph, Cursor(0, 0), Cursor(0, 1)) == {"c"}
    assert workspace.changed(graph, Cursor(0, 6), Cursor(0, 3)) == {"e", "d", "c"}
    assert workspace.changed(graph, Cursor(0, 8), Cursor(0, 9)) == {"a", "b"}
    assert workspace.changed(graph, Cursor(0, 9), Cursor(1, 0)) is None


def test_what_is_not_among_the_changed_nodes_shows_the_same_numbers() -> None:
    graph = colah().graph
    for first in range(graph.length + 1):
        for last in range(graph.length + 1):
            changed = workspace.changed(graph, Cursor(0, first), Cursor(0, last))
            before, after = colah(first), colah(last)
            for node in graph.nodes:
                if node.id not in changed:
                    card = measure(graph, node)
                    assert numbers_of(before, card) == numbers_of(after, card)


def test_the_timeline_has_a_bead_for_every_moment_and_lines_where_they_would_be_too_many() -> None:
    lines = ["c0 = 1.0", *(f"c{number} = c{number - 1} * c0" for number in range(1, 60))]
    short, long = colah().graph, parse("\n".join(lines), Limits())
    beads = timeline(short, 4).beads
    assert [bead.when for bead in beads] == ["past"] * 4 + ["now"] + ["ahead"] * 5
    assert [bead.phase for bead in beads][-1] == "update"
    assert long.length > MOST_BEADS
    assert timeline(long, 4).beads == ()


def test_the_curve_of_many_losses_is_short_and_keeps_every_spike() -> None:
    losses = np.linspace(2.0, 1.0, 50_000)
    losses[31_234] = 9.0
    drawn = curve(losses)
    assert drawn.path.count("L") <= 2 * BUCKETS + 2
    lowest_y = min(float(point.split()[1]) for point in drawn.path[1:].split("L"))
    assert lowest_y < drawn.top + 12
    assert not drawn.is_logarithmic


def test_a_wide_curve_is_logarithmic_and_losses_that_are_not_finite_are_counted() -> None:
    drawn = curve(np.array([1e3, 1.0, np.nan, 1e-3]))
    assert drawn.is_logarithmic
    assert drawn.gaps == 1
    assert curve(np.empty(0)).path == ""


def test_the_axes_of_the_curve_carry_round_numbers() -> None:
    drawn = curve(np.linspace(0.034, 0.002, 1011))
    assert [tick.label for tick in drawn.rows] == ["0.01", "0.02", "0.03"]
    assert [tick.label for tick in drawn.columns] == ["0", "500", "1000"]
    assert [tick.label for tick in curve(np.array([1e3, 1.0, 1e-3])).rows] == ["0.01", "1", "100"]
    assert [tick.label for tick in curve(np.array([0.036])).columns] == ["0"]
    assert len(curve(np.array([0.247 + 1e-11, 0.247])).rows) == 1
    assert all(np.isfinite(tick.place) for tick in curve(np.array([1e308, -1e308])).rows)


def test_the_status_names_the_first_node_that_is_not_finite() -> None:
    picture = expression("a = 800.0\nb = exp(a)\nL = b - b", 2)
    assert workspace.status(picture).first_non_finite == "b"
    assert workspace.status(picture).loss == "NaN"


def test_a_run_that_broke_earlier_says_in_which_iteration() -> None:
    sessions, growing = Sessions(MemoryStore()), "a = 3.0\nb = a ** 4"
    id = sessions.create({"kind": "expression", "source": growing, "optimizer": {"kind": "sgd"}}).id
    assert workspace.status(sessions.step(id)).broken_since is None
    broken = sessions.step(id, 20)
    since = workspace.status(broken).broken_since
    assert np.isfinite(broken.losses[:since]).all() and not np.isfinite(broken.losses[since])
    at_break = sessions.move(id, To(since, broken.length))
    assert workspace.status(at_break).broken_since is None and at_break.first_non_finite


def test_the_status_says_of_a_parameter_when_it_has_moved() -> None:
    sessions = Sessions(MemoryStore())
    id = sessions.create({"kind": "preset", "name": "mazur"}).id
    at_once = sessions.move(id, To(0, sessions.read(id).positions.backward["W2"]))
    assert workspace.status(at_once).telling == workspace.TELLING["backward"]
    sessions.edit_optimizer(id, {"update_order": "sequential"})
    moments = at_once.positions.backward
    told = {node: workspace.status(sessions.move(id, To(0, moments[node]))).telling for node in ("W2", "a1", "b2")}
    assert told["W2"] == workspace.TELLING["move"]
    assert told["a1"] == told["b2"] == workspace.TELLING["backward"]
