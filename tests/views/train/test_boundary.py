"""The net's answers over the plane: fitted to the moment shown, in coordinates of the data as they came."""

import base64
import struct
import zlib

import numpy as np
import pytest

from app.views.train.answers import FINE
from app.views.train.boundary import frontier_of
from app.views.train.window import window
from tests.views.train.looking import look, net, table


def pixels(address: str) -> np.ndarray:
    """The pixels (height, width, 4) of a picture."""
    file = base64.b64decode(address.partition(",")[2])
    width, height = struct.unpack(">II", file[16:24])
    length = struct.unpack(">I", file[33:37])[0]
    rows = np.frombuffer(zlib.decompress(file[41 : 41 + length]), np.uint8).reshape(height, 1 + 4 * width)
    return rows[:, 1:].reshape(height, width, 4)


def ends(path: str) -> np.ndarray:
    """All points of a path of straight lines, (points, 2)."""
    return np.array([list(map(float, point.split())) for point in path.replace("M", "L").split("L")[1:]])


def orange(picture: np.ndarray) -> np.ndarray:
    return picture[..., 0] > picture[..., 2]


def test_the_picture_shows_the_side_that_the_net_answers():
    picture, view = look(net("gauss", 4, data={"seed": 2}), 60)
    shown = orange(pixels(view.boundary.picture))
    assert shown.shape == (FINE, FINE)
    # The cloud of the class 1 lies around (2, 2), up on the right.
    assert not shown[10, -10] and shown[-10, 10]


def test_going_back_shows_the_boundary_of_that_moment():
    spec = net("circle", 6)
    early, late = look(spec, 3)[1].boundary, look(spec, 150)[1].boundary
    assert early.picture != late.picture and early.marks == late.marks
    assert (early.rows, early.columns) == (late.rows, late.columns)


def test_inputs_made_of_the_columns_keep_the_axes_of_the_columns():
    data = {"features": ["x1^2", "x2^2"], "scale": "standardize"}
    view = look(net("circle", data=data), 200)[1]
    line = ends(view.boundary.line)
    distance = np.hypot(*(line - FINE / 2).T) / FINE
    # A disc in the middle: the boundary is about equally far from it everywhere.
    assert (view.boundary.across, view.boundary.up) == ("x₁", "x₂")
    assert distance.min() > 0.6 * distance.max()


def test_points_are_told_by_set_and_class_and_those_told_wrong_are_ringed():
    picture, view = look(net("circle", 2), 1)
    found = view.boundary
    assert {(one.rows, one.colour) for one in found.marks} == {
        (rows, colour) for rows in ("training", "test") for colour in ("class-0", "class-1")
    }
    assert sum(one.path.count("M") for one in found.marks) == 200
    assert found.wrong.count("M") == view.confusion.total - view.confusion.right + wrong_of_training(picture, view)


def wrong_of_training(picture, view) -> int:
    return round((1 - view.charts[1].lines[0].now) * len(picture.problem.training))


def test_many_rows_are_thinned_out_and_it_is_said_how_many():
    found = look(net("gauss", data={"samples": 2000, "test_fraction": 0.5}), 0)[1].boundary
    assert found.left_out == 1200 and sum(one.path.count("M") for one in found.marks) == 800


def test_three_classes_have_three_colours_and_lines_between_them():
    spec = net("circle", 6, loss="cross_entropy", outputs=3) | {"data": {"csv": table("length", "width")}}
    found = look(spec, 80)[1].boundary
    assert [one.title for one in found.legend] == ["cat", "dog", "emu"] and found.scale is None
    assert (found.across, found.up) == ("length", "width")
    assert len(np.unique(pixels(found.picture)[..., :3].reshape(-1, 3), axis=0)) == 3 and found.line


def test_a_regression_over_the_plane_is_a_scale_of_its_targets():
    picture, view = look(net("plane", 4, loss="mean_squared_error"), 120)
    targets = picture.problem.training.y
    assert view.boundary.kind == "target" and not view.boundary.line and not view.boundary.wrong
    assert float(view.boundary.scale.low.replace("−", "-")) == pytest.approx(targets.min(), rel=0.01)
    shown = orange(pixels(view.boundary.picture))
    assert shown[-3, 2] and not shown[2, -3]


def test_one_column_is_a_line_through_its_points():
    view = look(net("sine", 8, loss="mean_squared_error", inputs=1), 300)[1]
    heights = ends(view.boundary.line)[:, 1]
    assert view.boundary.is_line and not view.boundary.picture and view.neurons is None
    assert heights.min() < 40 and heights.max() > 60
    assert sum(one.path.count("M") for one in view.boundary.marks) == 100


def test_more_columns_have_no_plane():
    view = look(net("iris", 4, loss="cross_entropy", inputs=4, outputs=3), 2)[1]
    assert view.boundary is None and view.neurons is None and view.confusion.classes[0] == "setosa"


def test_a_net_whose_numbers_broke_has_no_boundary():
    spec = net("plane", 4, loss="mean_squared_error") | {
        "layers": [{"units": 4}, {"units": 1}],
        "optimizer": {"kind": "sgd", "learning_rate": 1e9},
    }
    view = look(spec, 60)[1]
    assert view.boundary is None and "not finite" in " ".join(one.template for one in view.words)


def test_a_window_holds_every_row_and_keeps_the_shape_of_what_is_about_as_wide_as_high():
    raw = np.array([[0.0, 10.0], [4.0, 13.0]])
    found = window(raw)
    places = found.places(raw)
    assert (places > 0).all() and (places < 100).all()
    assert found.across.high - found.across.low == pytest.approx(found.up.high - found.up.low)
    grid = found.places(found.grid(4)).reshape(4, 4, 2)
    assert np.allclose(grid[0, :, 0], [12.5, 37.5, 62.5, 87.5]) and np.allclose(grid[:, 0, 1], [12.5, 37.5, 62.5, 87.5])


def test_the_edge_between_two_halves_is_a_straight_line_from_end_to_end():
    across = (np.arange(8) + 0.5)[None, :].repeat(8, axis=0)
    line = ends(frontier_of(across - 3.25))
    assert np.allclose(line[:, 0], 3.25, atol=0.01) and {line[:, 1].min(), line[:, 1].max()} == {-0.5, 8.5}


@pytest.mark.parametrize("targets", [(1.0, 1.0), (1000.01, 1000.02), (-0.0, 0.0)])
def test_the_scale_of_the_targets_has_two_ends(targets: tuple[float, float]) -> None:
    rows = {"x": [[0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], "y": [[targets[0]], [targets[1]], [targets[1]]]}
    spec = net(loss="mean_squared_error") | {"layers": [{"units": 1}], "data": rows}
    scale = look(spec)[1].boundary.scale
    assert len({scale.low, scale.middle, scale.high}) == 3
