"""Data become pictures: every row a mark of its class's form, what is held out apart, images as a sheet."""

import base64
import re

import numpy as np
import pytest

from app.nn.supply.datasets import DATASETS
from app.pages.building.gallery import cards, points_of, samples_of
from app.pages.building.pictures import FORMS, Mosaic, Points, picture


def points(x, y, classes=("a", "b"), held=None, columns=("x₁", "x₂")) -> Points:
    x, y = np.array(x, float), np.array(y, float)
    return Points(x, y, np.zeros(len(x), bool) if held is None else np.array(held), columns, classes)


def places(path: str) -> list[tuple[float, float]]:
    """Where the marks of a path stand."""
    return [(float(x), float(y)) for x, y in re.findall(r"M([\d.]+) ([\d.]+)", path)]


def test_every_class_has_a_form_and_a_colour_of_its_own():
    made = picture(points([[0, 0], [1, 1], [2, 0]], [0, 1, 2], ("a", "b", "c")))
    assert [(marks.form, marks.colour) for marks in made.marks] == [
        ("dot", "class-0"), ("square", "class-1"), ("triangle", "class-2"),
    ]  # fmt: skip


def test_up_is_up_and_right_is_right():
    made = picture(points([[-1, -1], [1, 1]], [0, 1]))
    (low,), (high,) = places(made.marks[0].path), places(made.marks[1].path)
    assert low[0] < high[0] and low[1] > high[1]
    assert (made.zero_across, made.zero_up) == (50.0, 50.0)


def test_what_is_held_out_is_a_path_of_its_own():
    made = picture(points([[0, 0], [1, 1], [2, 2]], [0, 0, 0], ("a",), [False, True, False]))
    assert (len(places(made.marks[0].path)), len(places(made.marks[0].held))) == (2, 1)


def test_of_many_columns_the_two_are_drawn_that_tell_the_classes_apart():
    noise = np.random.Generator(np.random.PCG64(0)).normal(size=(60, 4))
    kinds = np.arange(60) % 2
    noise[:, 1] += 10 * kinds
    noise[:, 3] -= 10 * kinds
    made = picture(points(noise, kinds, columns=("a", "b", "c", "d")))
    assert (made.across, made.up) == ("b", "d")


def test_a_curve_is_drawn_over_its_one_input():
    made = picture(points([[0], [1], [2]], [5, 7, 6], None, columns=("hour",)))
    heights = [y for _, y in places(made.marks[0].path)]
    assert made.across == "hour" and heights[1] < heights[2] < heights[0]


def test_a_target_over_the_plane_is_told_by_shades():
    made = picture(points([[0, 0], [1, 1], [2, 2]], [-1, 0, 1], None))
    assert [marks.colour for marks in made.marks] == ["shade-0", "shade-3", "shade-6"]


def test_a_picture_has_no_more_marks_than_are_asked_for():
    made = picture(points(np.zeros((500, 2)), np.zeros(500), ("a",)), 40)
    assert len(places(made.marks[0].path)) == 40


@pytest.mark.parametrize("y", [[0.0, 0.0], [1e308, -1e308], [5e-324, 0.0]])
@pytest.mark.parametrize(
    "x", [[[1, 1], [1, 1]], [[1e308, 0], [-1e308, 0]], [[1e308], [-1e308]], [[1, 2, 3], [1e300, 0, 5]]]
)
def test_numbers_that_are_alike_huge_or_tiny_can_be_drawn(x, y):
    made = picture(points(x, y, None, columns=("x₁", "x₂", "x₃")[: len(x[0])]))
    spots = [place for marks in made.marks for place in places(marks.path)]
    assert len(spots) == 2 and all(0 <= coordinate <= 100 for place in spots for coordinate in place)


def test_images_stand_on_one_sheet():
    x = np.arange(4 * 64.0).reshape(4, 64)
    made = picture(Points(x, np.zeros(4), np.zeros(4, bool), ("p",) * 64, ("0",), (8, 8)))
    assert isinstance(made, Mosaic) and (made.width, made.height) == (19, 19)
    assert base64.b64decode(made.address.partition(",")[2]).startswith(b"\x89PNG")


@pytest.mark.parametrize("name", [name for name, row in DATASETS.items() if row.is_here])
def test_every_data_set_has_a_card_with_its_own_points(name):
    card = next(card for card in cards({"/data/samples": "30"}, name) if card.name == name)
    row = DATASETS[name]
    made = points_of(row, 30, 0.0, 0)
    assert card.is_chosen and card.label == row.label and len(made.x) == 30
    if not row.image:
        assert sum(len(places(marks.path)) for marks in card.picture.marks) == 30


@pytest.mark.parametrize("typed", ["", "many", "nan", "-5", "1e300", "inf"])
def test_a_card_is_drawn_whatever_is_typed_into_its_settings(typed):
    fields = {f"/data/{key}": typed for key in ("samples", "noise", "seed")}
    assert len(cards(fields)) == sum(row.is_here for row in DATASETS.values())
    assert 10 <= samples_of(DATASETS["spiral"], fields) <= 600


def test_noise_and_seed_change_the_pictures():
    calm, noisy, other = (
        cards({"/data/noise": noise, "/data/seed": seed})[0].picture
        for noise, seed in [("0", "0"), ("0.5", "0"), ("0.5", "1")]
    )
    assert len({calm, noisy, other}) == 3 and set(FORMS) >= {marks.form for marks in calm.marks}
