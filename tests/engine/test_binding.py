"""A tape bound to memory computes what the rule computes on arrays, wherever its buffers were shared."""

import numpy as np
import pytest

from app.engine.binding import Binding, Scratch, aligned
from app.engine.staging import Tape


def run(rule, arrays, targets=None):
    """Stages `rule`, binds its results to `targets` (or fresh buffers) and runs the calls."""
    tape = Tape()
    symbols = [tape.symbol(array.shape) for array in arrays]
    results = rule(*symbols)
    targets = targets or [aligned(result.size).reshape(result.shape) for result in results]
    known, placed = dict(zip(symbols, arrays, strict=True)), list(zip(results, targets, strict=True))
    binding = Binding(tape, known, placed, Scratch())
    for function, arguments in binding.calls:
        function(*arguments)
    return targets, binding.calls


def test_a_chain_of_elementwise_calls_works_in_the_buffer_of_its_result():
    x = np.linspace(-2, 2, 12).reshape(3, 4)
    (y,), calls = run(lambda x: (np.reciprocal(np.exp(-x) + 1.0),), [x])
    assert all(arguments[-1] is y for _, arguments in calls)
    assert np.array_equal(y, np.reciprocal(np.exp(-x) + 1.0))


def test_a_result_may_overwrite_what_it_was_made_from():
    w, g, m = (np.random.default_rng(0).normal(size=6) for _ in range(3))
    expected_m = 0.9 * m + g
    expected_w = w - 0.1 * (g + 0.9 * expected_m)

    def update(w, g, m):
        m = 0.9 * m + g
        return w - 0.1 * (g + 0.9 * m), m

    run(update, [w, g, m], [w, m])
    assert np.array_equal(w, expected_w) and np.array_equal(m, expected_m)


def test_a_result_waits_until_the_old_number_in_its_place_has_been_read():
    """The first result replaces a, but the second one still needs the old a."""
    a, b = np.array([1.0, 2.0]), np.array([10.0, 20.0])
    run(lambda a, b: (a + b, a * 3.0), [a, b], [a, b])
    assert a.tolist() == [11.0, 22.0] and b.tolist() == [3.0, 6.0]


def test_a_temporary_does_not_trample_on_an_old_number_read_through_a_view():
    a = np.array([[1.0, 2.0], [3.0, 4.0]])
    expected = (a.T * 2.0 + 1.0) * a
    run(lambda a: ((a.T * 2.0 + 1.0) * a,), [a], [a])
    assert np.array_equal(a, expected)


def test_an_old_number_is_handed_on_before_a_result_replaces_it():
    w, g, before = np.array([1.0, 2.0]), np.array([0.5, 0.5]), np.zeros(2)
    run(lambda w, g, before: (w - g, w), [w, g, before], [w, before])
    assert w.tolist() == [0.5, 1.5] and before.tolist() == [1.0, 2.0]


def test_known_numbers_may_change_places_unchanged_and_transposed():
    a, b = np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([[5.0, 6.0], [7.0, 8.0]])
    run(lambda a, b: (b.T, a), [a, b], [a, b])
    assert a.tolist() == [[5.0, 7.0], [6.0, 8.0]] and b.tolist() == [[1.0, 2.0], [3.0, 4.0]]


def test_results_may_change_places():
    a, b = np.array([1.0]), np.array([2.0])
    run(lambda a, b: (b + 0.0, a + 0.0), [a, b], [a, b])
    assert (a.item(), b.item()) == (2.0, 1.0)


def test_a_call_that_nobody_reads_is_dropped():
    def rule(x):
        np.exp(x)
        return (x * 2.0,)

    _, calls = run(rule, [np.ones(3)])
    assert [function.__name__ for function, _ in calls] == ["multiply"]


def test_constants_and_views_can_be_results():
    x = np.arange(6.0).reshape(2, 3)
    (turned, flat), _ = run(lambda x: (x.T, np.reshape(x.T, (-1,))), [x])
    assert np.array_equal(turned, x.T) and np.array_equal(flat, x.T.reshape(-1))


@pytest.mark.parametrize(
    "rule",
    [
        lambda x: np.matmul(x, np.swapaxes(x, -1, -2)),
        lambda x: np.where(x > 0.0, x, 0.01 * x),
        lambda x: np.add.reduce(x, axis=(0, 2), keepdims=True) + np.maximum.reduce(x, axis=None),
        lambda x: np.expand_dims(x[..., 0], -1) * x,
    ],
)
def test_a_staged_rule_gives_the_numbers_of_numpy(rule):
    x = np.random.default_rng(1).normal(size=(2, 3, 4))
    (y,), _ = run(lambda x: (rule(x),), [x])
    assert np.array_equal(y, rule(x))


def test_buffers_start_on_a_cache_line():
    assert all(aligned(size).ctypes.data % 64 == 0 for size in (1, 3, 64, 1000))
