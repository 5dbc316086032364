"""The view of layers: what its cards say, and that the matrices of an unfolded layer are the session's own."""

from typing import Any

import numpy as np
import pytest

from app.notation import numbers
from app.session.moment import Picture
from app.session.moves import To
from app.session.reading import Reading
from app.session.service import Sessions
from app.views.layers import view as layers
from app.views.layers.detail import Detail, Line
from app.views.layers.matrices import Matrix
from app.views.layers.strip import flow_strip
from app.views.layers.view import Card, LayersView
from app.views.layers.words import REMARKS
from app.views.scene import Scene
from tests.session.memory import MemoryStore
from tests.views.layers.test_layer_equations import NETS, network

ARTICLE = {"kind": "preset", "name": "article"}
MAZUR = {"kind": "preset", "name": "mazur"}
DEEP = network(*[4] * 30, activation="sigmoid")
WIDE = NETS["wide"]


def look(
    spec: dict[str, Any] | str,
    position: int | None = None,
    opened: tuple[str, ...] = (),
    chosen: tuple[str, tuple[int, ...]] | None = None,
    sample: int = 0,
) -> tuple[LayersView, Picture]:
    """The view of a new session at a position, after the backward pass if none is given, and the session's picture."""
    sessions = Sessions(MemoryStore())
    document = {"kind": "expression", "source": spec} if isinstance(spec, str) else spec
    made = sessions.create(document)
    picture = sessions.move(made.id, To(0, made.graph.backward_end if position is None else position))
    id, index = chosen or (picture.graph.loss.id, ())
    reading = Reading.of(sessions, picture)
    scene = Scene(picture, id, index, chosen is not None, reading, lambda: None, sample, frozenset(opened))
    return layers.build(scene), picture


def detail_of(view: LayersView, number: int) -> Detail:
    return view.cards[number - 1].detail


def line_of(view: LayersView, number: int, name: str) -> Line:
    return next(line for line in detail_of(view, number).lines if line.name == name)


def matrices(detail: Detail) -> list[Matrix]:
    return [token.matrix for line in detail.lines for token in line.tokens if token.matrix]


def written(matrix: Matrix) -> np.ndarray:
    """A matrix as a reader sees it, with all its digits."""
    return np.array([[float(entry.exact.replace(numbers.MINUS, "-")) for entry in row] for row in matrix.rows])


def test_the_cards_say_what_each_layer_is() -> None:
    view, _ = look(MAZUR, 0)
    assert [(card.name, card.inputs, card.units, card.activation, card.output_shape) for card in view.cards] == [
        ("layer1", 2, 2, "sigmoid", "1×2"), ("layer2", 2, 2, "sigmoid", "1×2"), ("layer3", None, None, "", ""),
    ]  # fmt: skip
    assert (view.entrance.id, view.entrance.shape) == ("x", "1×2")
    assert view.cards[-1].is_loss and view.cards[-1].operation == "half squared error"


def test_a_card_shows_the_norms_of_weights_and_output_and_of_their_gradients() -> None:
    view, picture = look(MAZUR)
    (weights, weights_gradient), (output, output_gradient) = view.cards[1].pairs
    shown = [one.size for one in (weights, weights_gradient, output, output_gradient)]
    arrays = [picture.value("W2"), picture.gradient("W2"), picture.value("a2"), picture.gradient("a2")]
    assert shown == [numbers.short(np.linalg.norm(array), 3) for array in arrays]
    assert [pair.size for pair in view.cards[2].pairs[0]] == ["0.2984", "1"]


@pytest.mark.parametrize("position", range(18))
def test_what_is_not_computed_yet_is_pending_and_never_a_number(position: int) -> None:
    view, picture = look(MAZUR, position, ("layer1", "layer2", "layer3"))
    for card in view.cards:
        for value, gradient in card.pairs:
            assert (value.state == "known") == (value.size != "") == picture.has_value(value.node)
            assert (gradient.state == "known") == (gradient.size != "") == picture.has_gradient(value.node)
        for matrix in matrices(card.detail):
            texts = {entry.short == "" for row in matrix.rows for entry in row}
            assert texts == {matrix.state == "pending"}


def test_the_layer_just_visited_is_marked() -> None:
    for position, name in ((1, "layer1"), (3, "layer2"), (5, "layer3"), (9, "layer2"), (13, "layer1")):
        view, picture = look(MAZUR, position)
        assert [card.name for card in view.cards if card.is_visited] == [name], picture.node


def test_places_for_numbers_are_there_before_the_numbers() -> None:
    spec = network(9, 7, 2, batch=8)
    empty, full = (look(spec, position, ("layer1", "layer2"))[0] for position in (0, None))
    for before, after in zip(empty.cards, full.cards, strict=True):
        sizes = [
            [(one.shade.width, one.shade.height) for pair in card.pairs for one in pair if one and one.shade]
            for card in (before, after)
        ]
        assert sizes[0] == sizes[1]
    for before, after in zip(matrices(detail_of(empty, 2)), matrices(detail_of(full, 2)), strict=True):
        assert [len(row) for row in before.rows] == [len(row) for row in after.rows]
        assert (before.heat is None) == (after.heat is None)
        assert before.heat is None or (before.heat.width, before.heat.height) == (after.heat.width, after.heat.height)


def test_the_article_can_be_checked_by_hand_from_what_is_written() -> None:
    view, _ = look(ARTICLE, opened=("layer1", "layer2", "layer3", "layer4"))
    total, weights, x, bias = (written(one.matrix) for one in line_of(view, 1, "sum").tokens if one.matrix)
    np.testing.assert_allclose(weights @ x + bias, total, rtol=1e-12)
    assert total.ravel().round(12).tolist() == [0.31, 0.82]
    delta, back, ahead, slope = (written(one.matrix) for one in line_of(view, 2, "delta").tokens if one.matrix)
    np.testing.assert_allclose((back @ ahead) * slope, delta, rtol=1e-12)
    gradient, delta, output = (written(one.matrix) for one in line_of(view, 3, "weights").tokens if one.matrix)
    np.testing.assert_allclose(delta @ output, gradient, rtol=1e-12)
    arriving, output, target = (written(one.matrix) for one in line_of(view, 4, "loss").tokens if one.matrix)
    np.testing.assert_allclose(output - target, arriving, rtol=1e-12)


def test_every_number_leads_to_its_own_panel() -> None:
    view, picture = look(ARTICLE, opened=("layer2",), chosen=("W2", (0, 1)))
    for matrix in matrices(detail_of(view, 2)):
        if matrix.node and matrix.role != "local":
            array = picture.gradient(matrix.node) if matrix.role == "gradient" else picture.value(matrix.node)
            for row in matrix.rows:
                for entry in row:
                    index = tuple(map(int, entry.index.split(",")))
                    assert entry.exact == numbers.exact(array[index])
                    assert entry.is_chosen == (matrix.node == "W2" and index == (0, 1))


def test_after_the_update_the_equations_keep_the_weights_they_were_computed_with() -> None:
    spec = network(3, 2, batch=1)
    view, picture = look(spec, position=look(spec)[1].graph.length, opened=("layer1",))
    total, weights, x, bias = (written(one.matrix) for one in line_of(view, 1, "sum").tokens if one.matrix)
    np.testing.assert_allclose(weights @ x + bias, total, rtol=1e-12)
    assert view.is_updated and not np.array_equal(weights, picture.value("W1"))


@pytest.mark.parametrize("moments_left", [1, 0])
def test_with_sequential_updates_the_way_back_has_the_weights_that_the_backward_pass_found(moments_left: int) -> None:
    spec = network(3, 3, 2, batch=1) | {"update_order": "sequential"}
    view, picture = look(spec, look(spec)[1].length - moments_left, opened=("layer1", "layer2"))
    total, weights, x, bias = (written(one.matrix) for one in line_of(view, 2, "sum").tokens if one.matrix)
    np.testing.assert_allclose(weights @ x + bias, total, rtol=1e-12)
    delta, back, ahead, slope = (written(one.matrix) for one in line_of(view, 1, "delta").tokens if one.matrix)
    np.testing.assert_allclose((back @ ahead) * slope, delta, rtol=1e-12)
    assert (back == picture.value("W2").T).all() and not (back == weights.T).any()
    assert REMARKS["moved"] in detail_of(view, 1).remarks


def test_large_matrices_are_maps_that_lead_to_their_largest_numbers() -> None:
    view, picture = look(WIDE, opened=("layer2",))
    maps = [matrix for matrix in matrices(detail_of(view, 2)) if matrix.heat]
    assert len(maps) > 8
    weights = next(matrix for matrix in maps if matrix.node == "W2" and matrix.role == "value")
    assert weights.shape == "64×128" or weights.shape == "128×64"
    assert len(weights.heat.targets) <= 36
    indexes = [tuple(map(int, target.index.split(","))) for target in weights.heat.targets]
    assert max(abs(picture.value("W2")[index]) for index in indexes) == np.abs(picture.value("W2")).max()
    right = max(target.x + target.width for target in weights.heat.targets)
    assert right == weights.heat.columns


def test_a_long_thin_matrix_is_cut_around_the_number_looked_at() -> None:
    training = {"kind": "preset", "name": "article-training"}
    view, _ = look(training, opened=("layer2",), chosen=("a1", (50, 1)))
    shown = next(matrix for matrix in matrices(detail_of(view, 2)) if matrix.node == "a1")
    assert (shown.has_rows_above, shown.has_rows_below, shown.all_rows) == (True, True, 100)
    assert [entry.index for row in shown.rows for entry in row if entry.is_chosen] == ["50,1"]
    others = [matrix for matrix in matrices(detail_of(view, 2)) if matrix.all_rows == 100 and matrix.node]
    assert {matrix.rows[0][0].index for matrix in others} == {shown.rows[0][0].index}
    view, _ = look(training, opened=("layer2",), sample=99)
    shown = next(matrix for matrix in matrices(detail_of(view, 2)) if matrix.node == "z2")
    assert shown.rows[-1][0].index == "99,0" and not shown.has_rows_below


def test_thirty_layers_are_compact_and_show_how_the_gradient_vanishes() -> None:
    view, picture = look(DEEP)
    assert view.is_compact and len(view.cards) == 31
    assert all(quantity.shade is None for card in view.cards for pair in card.pairs for quantity in pair)
    heights = [stem.y for stem in view.strip.stems]
    assert heights[0] > heights[15] > heights[29]
    ratio = np.linalg.norm(picture.gradient("W1")) / np.linalg.norm(picture.gradient("W30"))
    assert view.strip.ratio == numbers.short(ratio, 3)


def test_before_the_backward_pass_the_strip_has_places_and_no_norms() -> None:
    view, _ = look(DEEP, 0)
    assert {(stem.state, stem.norm) for stem in view.strip.stems} == {("pending", "")}
    assert look(MAZUR)[0].strip is None


def test_the_strip_tells_a_zero_from_what_is_not_known_and_from_what_is_not_finite() -> None:
    strip = flow_strip([(1, None), (2, 0.0), (3, float("inf")), (4, 1e-200), (5, 1e150)])
    assert [stem.state for stem in strip.stems] == ["pending", "zero", "odd", "known", "known"]
    assert strip.stems[3].y > strip.stems[4].y
    assert len(strip.ticks) <= 6
    assert strip.ratio == ""


def test_no_more_layers_are_unfolded_at_once_than_a_page_can_carry() -> None:
    view, _ = look(DEEP, opened=tuple(f"layer{number}" for number in range(1, 32)))
    assert [card.name for card in view.cards if card.is_open] == ["layer1", "layer2", "layer3", "layer4"]
    assert [card.is_open for card in view.cards] == [card.detail is not None for card in view.cards]


def mistakes(view: LayersView) -> dict[tuple[int, str], str]:
    return {
        (card.number, line.name): line.mistake
        for card in view.cards
        if card.detail
        for line in card.detail.lines
        if line.mistake
    }


def test_the_articles_mistakes_stand_beside_the_equations_in_its_own_sessions_only() -> None:
    opened = ("layer1", "layer2", "layer3", "layer4")
    found = mistakes(look(ARTICLE, opened=opened)[0])
    assert {name for _, name in found} == {"sum", "activation", "delta", "delta-last", "loss", "weights"}
    assert (1, "sum") in found and (2, "sum") not in found
    assert "∂b/∂W" in found[2, "weights"]
    training = mistakes(look({"kind": "preset", "name": "article-training"}, opened=opened)[0])
    assert {name for _, name in training} == {"delta", "weights"}
    assert mistakes(look(MAZUR, opened=opened)[0]) == {}


def test_what_has_no_short_rule_shows_its_operations_and_says_why() -> None:
    shared = look(NETS["shared weights"], opened=("layer1", "layer2"))[0]
    assert any("weights have a share elsewhere" in remark for remark in detail_of(shared, 1).remarks)
    source = "x = input([[1, 2]])\nW = [[1, 2], [3, 4]]\nh = tanh(x @ W) + x\nV = [[1], [1]]\nL = sum(h @ V)"
    (card, *_) = look(source, opened=("layer1",))[0].cards
    assert card.detail.lines == () and "more than one product" in card.detail.remarks[0]
    assert [operation.id for operation in card.detail.operations][-1] == "h"


def test_softmax_is_not_said_to_have_a_slope_for_each_number() -> None:
    view, _ = look(NETS["softmax and squared error"], opened=("layer2",))
    names = [line.name for line in detail_of(view, 2).lines]
    assert names == ["sum", "activation", "output", "delta-jacobian", "weights", "bias"]
    assert "Jacobian" in line_of(view, 2, "delta-jacobian").words


def test_products_that_lead_nowhere_make_no_layer() -> None:
    source = "x = input([[1, 2]])\nW = [[1, 2], [3, 4]]\nh = tanh(x @ W)\nL = sum(x * 2.0)"
    assert not layers.is_for(look(source)[1].graph)


def test_norms_of_huge_numbers_do_not_overflow() -> None:
    assert layers.size_of(np.array([3e200, 4e200])) == "5e200"
    assert layers.size_of(np.zeros(3)) == "0"
    assert layers.size_of(np.array([np.nan, 1.0])) == "NaN"


def test_the_view_is_offered_where_there_are_layers() -> None:
    assert layers.is_for(look(MAZUR)[1].graph)
    assert not layers.is_for(look("a = 2\nb = a * a")[1].graph)


def card_sizes(card: Card) -> list[str]:
    return [one.size for pair in card.pairs for one in pair if one]


@pytest.mark.parametrize("name", NETS)
def test_every_moment_of_every_network_can_be_shown_unfolded(name: str) -> None:
    graph = look(NETS[name], 0)[1].graph
    opened = ("layer1", "layer2", "layer3")
    for position in {0, 1, graph.forward_end, graph.backward_end, graph.length}:
        view, _ = look(NETS[name], position, opened)
        assert all(isinstance(size, str) for card in view.cards for size in card_sizes(card))
