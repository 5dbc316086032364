"""Where moves lead, sentence by sentence of the contract. EXPRESSION has the ends 3 (forward), 8 (backward), 9."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import Invalid
from app.session import moves
from app.session.moves import By, To
from app.session.state import Cursor
from tests.session.problems import EXPRESSION, problem_of

GRAPH = problem_of(EXPRESSION).graph


def test_the_example_has_its_ends_where_these_tests_expect_them() -> None:
    assert (GRAPH.forward_end, GRAPH.backward_end, GRAPH.length) == (3, 8, 9)


@pytest.mark.parametrize(
    ("begin", "end"),
    [((0, 0), (0, 3)), ((0, 3), (0, 3)), ((0, 5), (0, 3)), ((4, 8), (4, 3)), ((4, 9), (5, 3))],
)
def test_forward_goes_to_the_end_of_the_forward_pass_of_the_first_iteration_not_updated(begin, end) -> None:
    assert moves.forward(GRAPH, Cursor(*begin)) == Cursor(*end)


@pytest.mark.parametrize(("begin", "end"), [((0, 0), (0, 8)), ((0, 8), (0, 8)), ((2, 3), (2, 8)), ((2, 9), (3, 8))])
def test_backward_goes_to_the_end_of_the_backward_pass_of_the_first_iteration_not_updated(begin, end) -> None:
    assert moves.backward(GRAPH, Cursor(*begin)) == Cursor(*end)


@pytest.mark.parametrize(
    ("begin", "iterations", "end"),
    [((0, 0), 1, (0, 9)), ((0, 0), 7, (6, 9)), ((0, 5), 1, (0, 9)), ((0, 9), 1, (1, 9)), ((3, 9), 10, (13, 9))],
)
def test_step_finishes_so_many_iterations(begin, iterations, end) -> None:
    assert moves.step(GRAPH, Cursor(*begin), iterations) == Cursor(*end)


@pytest.mark.parametrize("iterations", [0, -1])
def test_steps_are_counted_from_one(iterations: int) -> None:
    with pytest.raises(Invalid) as refusal:
        moves.step(GRAPH, Cursor(), iterations)
    assert refusal.value.pointer == "/iterations"


@pytest.mark.parametrize(
    ("begin", "count", "end"),
    [
        ((0, 0), 1, (0, 1)),
        ((0, 9), 1, (1, 0)),
        ((1, 0), -1, (0, 9)),
        ((0, 0), 10, (1, 0)),
        ((3, 4), -34, (0, 0)),
        ((3, 4), 0, (3, 4)),
    ],
)
def test_by_op_the_moment_after_the_update_is_the_start_of_the_next_iteration(begin, count, end) -> None:
    assert moves.target(GRAPH, Cursor(*begin), By("op", count)) == Cursor(*end)


@pytest.mark.parametrize(
    ("begin", "count", "end"),
    [
        ((0, 0), 1, (0, 3)),
        ((0, 2), 1, (0, 3)),
        ((0, 3), 1, (0, 8)),
        ((0, 8), 1, (0, 9)),
        ((0, 9), 1, (1, 3)),
        ((1, 0), 1, (1, 3)),
        ((0, 0), 5, (1, 8)),
        ((1, 0), -1, (0, 9)),
        ((1, 3), -1, (0, 9)),
        ((1, 4), -1, (1, 3)),
        ((1, 9), -2, (1, 3)),
        ((1, 9), -5, (0, 3)),
    ],
)
def test_by_phase_a_move_goes_to_the_next_or_the_previous_end_of_one(begin, count, end) -> None:
    assert moves.target(GRAPH, Cursor(*begin), By("phase", count)) == Cursor(*end)


@pytest.mark.parametrize(
    ("begin", "count", "end"),
    [
        ((0, 0), 1, (0, 9)),
        ((0, 9), 1, (1, 9)),
        ((1, 0), 1, (1, 9)),
        ((0, 4), 3, (2, 9)),
        ((1, 0), -1, (0, 9)),
        ((1, 9), -1, (0, 9)),
        ((5, 2), -3, (2, 9)),
    ],
)
def test_by_iteration_a_move_goes_to_the_next_or_the_previous_end_of_one(begin, count, end) -> None:
    assert moves.target(GRAPH, Cursor(*begin), By("iteration", count)) == Cursor(*end)


@pytest.mark.parametrize(
    ("begin", "move"),
    [
        ((0, 0), By("op", -1)),
        ((2, 3), By("op", -24)),
        ((0, 2), By("phase", -1)),
        ((0, 3), By("phase", -1)),
        ((1, 0), By("phase", -4)),
        ((0, 9), By("iteration", -1)),
        ((0, 5), By("iteration", -1)),
        ((3, 5), By("iteration", -4)),
        ((3, 5), To(-1, 0)),
        ((3, 5), To(0, -1)),
        ((3, 5), To(0, 10)),
    ],
)
def test_moments_that_do_not_exist_are_refused_and_never_clamped(begin, move) -> None:
    with pytest.raises(Invalid):
        moves.target(GRAPH, Cursor(*begin), move)


def test_a_move_may_name_any_moment() -> None:
    assert moves.target(GRAPH, Cursor(3, 5), To(17, 9)) == Cursor(17, 9)


cursors = st.builds(Cursor, st.integers(0, 50), st.integers(0, 9))


@given(cursors, st.integers(0, 200))
def test_so_many_ops_forward_and_as_many_back_is_nothing(cursor: Cursor, count: int) -> None:
    there = moves.target(GRAPH, cursor, By("op", count))
    assert moves.target(GRAPH, there, By("op", -count)) == cursor


@given(cursors, st.sampled_from(["op", "phase", "iteration"]), st.integers(1, 30))
def test_a_move_by_a_count_is_so_many_single_moves(cursor: Cursor, by: str, count: int) -> None:
    single = cursor
    for _ in range(count):
        single = moves.target(GRAPH, single, By(by))
    assert moves.target(GRAPH, cursor, By(by, count)) == single
