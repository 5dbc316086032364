"""What is typed into a form becomes the spec it stands for, and a refusal finds its field again."""

import pytest

from app.errors import Invalid
from app.nn.problem import build
from app.nn.spec import parse_spec
from app.pages.building.forms import NEW_LAYER
from app.web.forms import field_at, layers_of, place_in_rows, spec_document, typed, with_layer_added, without_layer
from tests.pages.building.typed import NETWORK as TYPED

NETWORK = {**TYPED, "/kind": "layers"}


def network(**changes: str) -> dict[str, str]:
    """The example form with other texts in some of its fields."""
    return NETWORK | {f"/{name.replace('__', '/')}": text for name, text in changes.items()}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (" 12 ", 12), ("-3", -3), ("0.5", 0.5), (".5", 0.5), ("1e-8", 1e-8), ("true", True), ("false", False),
        ("two", "two"), ("1_000", "1_000"), ("nan", "nan"), ("9" * 30, float("9" * 30)),
    ],
)  # fmt: skip
def test_a_text_is_the_number_it_reads_as_and_else_stays_text(text, value):
    assert typed(text) == value and type(typed(text)) is type(value)


def test_the_example_network_is_a_spec_that_can_be_built():
    document = spec_document(NETWORK)
    assert document["layers"][0] == {"kind": "dense", "units": 3, "activation": "tanh", "bias": True}
    assert document["data"] == {"x": [[0, 0], [0, 1], [1, 0], [1, 1]], "y": [[0], [1], [1], [0]]}
    assert document["optimizer"] == {"kind": "sgd", "learning_rate": 0.5}
    assert build(parse_spec(document)).graph.parameters == ("W1", "b1", "W2", "b2")


def test_an_empty_field_means_that_the_default_holds():
    document = spec_document(network(seed=" ", batch_size="", initializer=""))
    assert {"seed", "batch_size", "initializer"} & set(document) == set()


def test_only_the_settings_of_the_chosen_optimizer_are_sent_on():
    document = spec_document(network(optimizer__kind="adam", optimizer__adam__beta1="0.8"))
    assert document["optimizer"] == {"kind": "adam", "beta1": 0.8}


def test_class_numbers_are_one_column_of_whole_numbers():
    rows = "0 0 2\n1 1 0"
    document = spec_document(network(loss="cross_entropy", data__rows=rows, layers__1__units="3"))
    assert document["data"]["y"] == [2, 0]


def test_a_made_up_data_set_takes_the_place_of_rows():
    typed = network(data__from="dataset", data__dataset="spiral", data__samples="50", data__rows="junk")
    document = spec_document(typed)
    assert document["data"] == {"dataset": "spiral", "samples": 50}


def test_rows_that_are_too_short_name_what_is_missing():
    with pytest.raises(Invalid, match="Line 1 has 2 columns; the 2 inputs need one each"):
        spec_document(network(data__rows="1 2\n3 4"))


def test_while_the_number_of_inputs_is_none_the_spec_refuses_that_first():
    with pytest.raises(Invalid) as caught:
        parse_spec(spec_document(network(inputs="two", data__rows="also wrong")))
    assert caught.value.pointer == "/inputs"


def test_a_layer_is_added_before_the_output_and_like_the_one_before():
    fields = with_layer_added(network(layers__0__units="7"), NEW_LAYER)
    assert [layer["units"] for layer in layers_of(fields)] == ["7", "7", "1"]


def test_the_first_hidden_layer_is_a_fresh_one():
    fields = with_layer_added(without_layer(NETWORK, "0"), NEW_LAYER)
    assert [layer["units"] for layer in layers_of(fields)] == [NEW_LAYER["units"], "1"]


def test_a_removed_layer_is_gone_and_the_others_move_up():
    fields = without_layer(network(layers__0__units="7"), "0")
    assert layers_of(fields) == [{"units": "1", "activation": "sigmoid", "bias": "true"}]
    assert "/layers/1/units" not in fields


@pytest.mark.parametrize("number", ["9", "-1", "x", ""])
def test_removing_a_layer_that_is_not_there_changes_nothing(number):
    assert without_layer(NETWORK, number) == NETWORK


@pytest.mark.parametrize(
    ("pointer", "field"),
    [
        ("/layers/0/units", "/layers/0/units"),
        ("/optimizer/learning_rate", "/optimizer/sgd/learning_rate"),
        ("/data/x/3/1", "/data/rows"),
        ("/data/y", "/data/rows"),
        ("/parameters/W1", None),
        ("", None),
        (None, None),
    ],
)
def test_a_pointer_into_the_spec_finds_the_field_it_came_from(pointer, field):
    assert field_at(pointer, NETWORK) == field


def test_a_pointer_into_the_data_finds_line_and_column_of_the_pasted_text():
    fields = network(data__rows="# a b y\n0 0 0\n\n0 1 7")
    with pytest.raises(Invalid) as caught:
        build(parse_spec(spec_document(fields)))
    assert place_in_rows(caught.value, fields) == {"row": 4, "cell": 3}


def test_line_ends_as_browsers_send_them_do_not_move_the_columns():
    assert spec_document({"/kind": "expression", "/source": "a = 1\r\nb = a * a"})["source"] == "a = 1\nb = a * a"


def test_a_form_of_no_kind_is_refused():
    with pytest.raises(Invalid, match="Nothing can be opened"):
        spec_document({"/kind": "other"})
