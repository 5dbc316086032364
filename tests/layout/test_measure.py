"""Sizes of cards: known before any number is, and large enough for every number."""

import numpy as np
import pytest

from app.engine.graph import Graph, GraphBuilder
from app.layout import measure as rules
from app.layout.measure import Card, measure, shorten, text_width
from app.nn.expression import parse
from app.nn.limits import Limits
from app.notation.numbers import short
from tests.views.graphs import preset


def card_of(shape: tuple[int, ...], id: str = "w"):
    builder = GraphBuilder()
    leaf = builder.parameter(id, np.zeros(shape))
    builder.op("sum", [leaf], "loss")
    graph = builder.build()
    return measure(graph, graph[id])


@pytest.mark.parametrize(
    ("shape", "preview", "more"),
    [
        ((), (1, 1), (False, False)),
        ((3,), (1, 3), (False, False)),
        ((4,), (1, 3), (False, True)),
        ((2, 3), (2, 3), (False, False)),
        ((3, 2), (3, 2), (False, False)),
        ((100, 2), (2, 2), (True, False)),
        ((64, 128), (2, 3), (True, True)),
        ((5, 1, 2), (1, 2), (True, False)),
    ],
)
def test_a_card_previews_a_few_rows_and_columns(shape, preview, more):
    card = card_of(shape)
    assert (card.rows, card.columns) == preview
    assert (card.has_more_rows, card.has_more_columns) == more
    assert (card.shape != "") is any(more)


def cards_of(graph: Graph) -> list[Card]:
    """The cards of all nodes, in the graph's order."""
    return [measure(graph, node) for node in graph.nodes]


def test_the_size_of_a_card_does_not_depend_on_its_numbers():
    small, large = (parse(f"a = {number}\nb = a * a", Limits()) for number in ("1", "-0.000123456789"))
    assert cards_of(small) == cards_of(large)


@pytest.mark.parametrize("number", [0.1234567, -0.00123457, 123456.7, -1.23457e-9, 1e300, float("-inf"), float("nan")])
def test_a_number_fits_its_column(number):
    assert len(short(number)) * rules.DIGIT <= rules.NUMBER_LETTERS * rules.DIGIT + rules.COLUMN_GAP


def test_a_card_is_wide_enough_for_its_words():
    graph = preset("article-training")
    for card in cards_of(graph):
        words = [text_width(card.title, rules.TITLE_SIZE), text_width(card.operation, rules.SUBTITLE_SIZE)]
        assert (max(words) if card.is_stacked else sum(words)) < card.width


def test_a_long_name_is_shortened_and_the_card_stays_narrow():
    card = card_of((), "a_name_that_goes_on_and_on_and_on_until_nobody_reads_it_any_more")
    assert card.title.endswith("…") and card.width < 220


def test_chinese_letters_are_wider_than_latin_ones():
    assert text_width("学习率", 13) > text_width("abc", 13)
    assert shorten("一切皆是映射反向传播机制的直观理解", 13, 80).endswith("…")


def test_a_scalar_constant_is_a_small_pill_without_a_name():
    graph = parse("a = 2\nb = a * 3.5", Limits())
    (constant,) = [measure(graph, node) for node in graph.nodes if node.kind == "constant"]
    assert (constant.title, constant.has_gradient) == ("", False)
    assert constant.width < 60


def test_a_node_without_a_gradient_has_no_room_for_one():
    graph = parse("a = 2\nunused = 3\nb = a * a", Limits())
    assert measure(graph, graph["unused"]).height < measure(graph, graph["a"]).height


def test_the_name_and_the_operation_share_a_line_only_where_they_fit():
    graph = preset("article-training")
    cards = {card.node: card for card in cards_of(graph)}
    assert cards["loss"].is_stacked and not cards["z1"].is_stacked
