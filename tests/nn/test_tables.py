"""The rows that networks are made of: batches, initializers, data sets."""

from itertools import chain
from math import sqrt

import numpy as np
import pytest

from app.nn.batches import Batches
from app.nn.initializers import INITIALIZERS
from app.nn.supply.datasets import DATASETS, Dataset
from app.nn.wording import nearest, shortened, shown


def batches(rows: int, size: int | None, seed: int = 0) -> Batches:
    return Batches(np.arange(rows * 2.0).reshape(rows, 2), np.zeros((rows, 1)), size, seed)


def generator(seed: int = 0) -> np.random.Generator:
    return np.random.Generator(np.random.PCG64(seed))


# -- batches ----------------------------------------------------------------------------------------------------------


def test_an_epoch_sees_every_row_once_and_its_last_minibatch_may_be_short() -> None:
    made = batches(10, 4)
    seen = [made.rows(iteration).tolist() for iteration in range(3)]
    assert [len(rows) for rows in seen] == [4, 4, 2]
    assert sorted(chain.from_iterable(seen)) == list(range(10))
    assert [made.epoch(iteration) for iteration in (0, 2, 3, 5, 6)] == [0, 0, 1, 1, 2]


def test_the_order_is_a_function_of_the_seed_and_the_epoch() -> None:
    def order(seed: int, epoch: int) -> list[int]:
        made = batches(50, 50 - 1, seed)
        return [*made.rows(2 * epoch).tolist(), *made.rows(2 * epoch + 1).tolist()]

    assert order(3, 7) == order(3, 7)
    assert len({tuple(order(seed, epoch)) for seed in range(3) for epoch in range(3)}) == 9


@pytest.mark.parametrize("size", [None, 10, 11])
def test_the_full_batch_is_never_shuffled(size: int | None) -> None:
    made = batches(10, size)
    assert made.count == 1
    assert made.rows(7).tolist() == list(range(10))


# -- initializers -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "deviation"),
    [
        ("zeros", 0.0),
        ("normal", 1.0),
        ("xavier_uniform", sqrt(2 / (300 + 500))),
        ("xavier_normal", sqrt(2 / (300 + 500))),
        ("he_uniform", sqrt(2 / 500)),
        ("he_normal", sqrt(2 / 500)),
        ("lecun_normal", sqrt(1 / 500)),
    ],
)
def test_an_initializer_spreads_weights_as_pytorch_does(name: str, deviation: float) -> None:
    weights = INITIALIZERS[name].draw(generator(), (300, 500), 500, 300)
    assert weights.shape == (300, 500)
    assert weights.std() == pytest.approx(deviation, rel=0.01)
    assert abs(weights.mean()) <= 4 * deviation / sqrt(weights.size)


def test_uniform_weights_stay_within_their_bounds() -> None:
    assert np.abs(INITIALIZERS["xavier_uniform"].draw(generator(), (30, 50), 50, 30)).max() <= sqrt(6 / 80)
    assert np.abs(INITIALIZERS["he_uniform"].draw(generator(), (30, 50), 50, 30)).max() <= sqrt(6 / 50)


# -- data sets --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("row", DATASETS.values(), ids=list(DATASETS))
@pytest.mark.parametrize("samples", [1, 2, 7, 100])
def test_a_data_set_has_as_many_points_as_asked_for(row: Dataset, samples: int) -> None:
    x, targets = row.make(row.generator(0), samples, 0.2)
    assert x.shape == (samples, len(row.columns)) and targets.shape == (samples,)
    assert np.isfinite(x).all() and np.isfinite(targets).all()
    if row.classes:
        assert set(targets.tolist()) <= set(range(len(row.classes)))


@pytest.mark.parametrize("row", DATASETS.values(), ids=list(DATASETS))
def test_a_data_set_is_a_function_of_its_seed(row: Dataset) -> None:
    first, again, other = (row.make(row.generator(seed), 50, 0.1) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first[0], again[0])
    np.testing.assert_array_equal(first[1], again[1])
    assert not np.array_equal(first[1], other[1]) or not np.array_equal(first[0], other[0])


def points(name: str) -> tuple[np.ndarray, np.ndarray]:
    return DATASETS[name].make(generator(), 400, 0.0)


def test_without_noise_the_spiral_lies_on_its_two_arms() -> None:
    x, labels = points("spiral")
    radius, angle = np.hypot(*x.T), np.arctan2(x[:, 0], x[:, 1])
    expected = 1.75 * radius / 5 * 2 * np.pi + np.where(labels > 0, 0, np.pi)
    assert np.cos(angle - expected)[radius > 0].min() > 1 - 1e-9


def test_without_noise_the_circle_is_a_disc_in_a_ring() -> None:
    x, labels = points("circle")
    radius = np.hypot(*x.T)
    assert radius[labels > 0].max() <= 2.5 and radius[labels == 0].min() >= 3.5


def test_without_noise_xor_is_the_sign_of_the_product_away_from_the_axes() -> None:
    x, labels = points("xor")
    assert ((x[:, 0] * x[:, 1] > 0) == labels).all()
    assert np.abs(x).min() >= 0.3 and np.abs(x).max() <= 5.3


def test_the_clouds_lie_around_two_and_minus_two_with_the_playgrounds_variance() -> None:
    x, labels = DATASETS["gauss"].make(generator(), 20_000, 0.5)
    assert x[labels > 0].mean(axis=0) == pytest.approx([2, 2], abs=0.1)
    assert x[labels == 0].mean(axis=0) == pytest.approx([-2, -2], abs=0.1)
    assert x[labels > 0].var(axis=0) == pytest.approx([4, 4], rel=0.1)


def test_without_noise_the_moons_are_two_half_circles() -> None:
    x, labels = points("moons")
    upper, lower = x[labels == 0], x[labels > 0]
    assert np.hypot(*upper.T) == pytest.approx(np.ones(200)) and upper[:, 1].min() >= -1e-12
    assert np.hypot(*(lower - [1, 0.5]).T) == pytest.approx(np.ones(200))


# -- wording ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (3, "3"), (0.5, "0.5"), ("a", '"a"'), (True, "true"), (None, "null"), ([], "an empty list"), ([1], "a list"),
        ({}, "an object"), (float("nan"), "NaN"), (object(), "object"), ("x" * 99, '"' + "x" * 58 + "…"),
    ],
)  # fmt: skip
def test_what_came_is_shown_in_a_few_words(value: object, words: str) -> None:
    assert shown(value) == words


def test_a_shown_text_is_on_one_line_and_can_be_encoded() -> None:
    assert shortened("a\n  \ud800b") == "a ?b"


def test_the_nearest_names_ignore_case() -> None:
    assert nearest("Sigmod", ["tanh", "sigmoid"]) == ["sigmoid"]
    assert nearest(3, ["a"]) == []
