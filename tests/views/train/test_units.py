"""Every unit's own map of the plane, and the first layer's weights as pictures."""

import numpy as np

from tests.views.train.looking import digits, look, net
from tests.views.train.test_boundary import pixels


def test_columns_go_from_the_features_to_the_output():
    banks = look(net("xor", 3, 2, data={"features": ["x1", "x1*x2"]}), 5)[1].neurons.banks
    assert [(bank.title, bank.name.letters + bank.name.index, len(bank.units)) for bank in banks] == [
        ("Features", "x", 2), ("Layer {number}", "a1", 3), ("Layer {number}", "a2", 2), ("Output", "z3", 1),
    ]  # fmt: skip
    assert [unit.title for unit in banks[0].units] == ["x₁", "x₁ · x₂"]


def test_a_map_leads_to_the_units_number_for_the_row_looked_at():
    units = look(net("xor", 3), 1, sample=4)[1].neurons.banks[1].units
    assert [(unit.node, unit.index, unit.label) for unit in units][1] == ("a1", "4,1", "a1[4, 1]")


def test_the_map_of_a_feature_is_the_plane_itself():
    first, second = look(net("xor", 3), 1)[1].neurons.banks[0].units
    across, up = pixels(first.picture), pixels(second.picture)
    assert (across == across[:1]).all() and (up == up[:, :1]).all()
    assert across[0, 0, 0] > across[0, -1, 0] and up[-1, 0, 0] > up[0, 0, 0]


def test_a_unit_that_answers_the_same_everywhere_is_said_to_be_flat():
    unit = look(net("xor", 2, initializer="zeros"), 0)[1].neurons.banks[1].units[0]
    assert unit.is_flat and unit.low == "0" and len(np.unique(pixels(unit.picture).reshape(-1, 4), axis=0)) == 1


def test_units_and_layers_beyond_the_room_are_counted():
    found = look(net("xor", 12, *[2] * 9), 0)[1].neurons
    assert (len(found.banks[1].units), found.banks[1].left_out) == (8, 4)
    assert found.left_out == 4 and found.gap == 7 and found.banks[-1].title == "Output"


def test_the_first_layers_weights_are_pictures_of_the_shape_of_the_data():
    picture, view = look(digits(), 3)
    assert len(view.filters.shown) == 8 and view.filters.left_out == 0
    first, weights = view.filters.shown[0], picture.parameters_now["W1"][0]
    shown = pixels(first.picture)
    assert shown.shape == (8, 8, 4) and first.index == f"0,{np.abs(weights).argmax()}"
    assert ((shown[..., 1] > shown[..., 0]).ravel() == (weights > 0)).all()


def test_data_that_are_no_pictures_have_no_filters():
    assert look(net("xor", 2), 0)[1].filters is None
